-- @case the locale of another library
-- @old
create collation c (provider = icu, locale = 'de');
-- @new
create collation c (provider = icu, locale = 'sv');
-- @case deterministic no more
-- @old
create collation c (provider = icu, locale = 'de');
-- @new
create collation c (provider = icu, locale = 'de', deterministic = false);
-- @case the library
-- @old
create collation c (provider = icu, locale = 'de');
-- @new
create collation c (provider = libc, locale = 'C');
-- @case of a column
-- @old
create collation c (provider = icu, locale = 'de');
create table t (a text collate c);
create index t_a on t (a);
-- @new
create collation c (provider = icu, locale = 'sv');
create table t (a text collate c);
create index t_a on t (a);

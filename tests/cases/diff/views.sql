-- @case add
-- @both
create schema s;
create table s.t(a int primary key, b text, c numeric);
-- @old
-- @new
create view s.v as select a, b from s.t;

-- @case column
-- @both
create schema s;
create table s.t(a int primary key, b text, c numeric);
-- @old
create view s.v as select a, b from s.t;
-- @new
create view s.v as select a, b, c from s.t;

-- @case column with default comment
-- @both
create schema s;
create table s.t(a int primary key, b text, c numeric);
-- @old
create view s.v as select a, b from s.t;
-- @new
create view s.v as select a, b, c from s.t;
alter view s.v alter c set default 4;
comment on column s.v.c is 'x';
grant select (c) on s.v to case_bob;

-- @case rename column
-- @both
create schema s;
create table s.t(a int primary key, b text, c numeric);
-- @old
create view s.v as select a, b from s.t;
create view s.w as select * from s.v;
-- @new
create view s.v as select a, b as bb from s.t;
create view s.w as select * from s.v;

-- @case retype
-- @both
create schema s;
create table s.t(a int primary key, b text, c numeric);
-- @old
create view s.v as select a, b from s.t;
create view s.w as select a from s.v;
comment on view s.w is 'w';
grant select on s.w to case_bob;
-- @new
create view s.v as select a, b::varchar(10) from s.t;
create view s.w as select a from s.v;
comment on view s.w is 'w';
grant select on s.w to case_bob;

-- @case options
-- @both
create schema s;
create table s.t(a int primary key, b text, c numeric);
create view s.v as select a, b from s.t;
-- @old
alter view s.v set (security_barrier);
-- @new
alter view s.v set (security_invoker, check_option=local);

-- @case options query
-- @both
create schema s;
create table s.t(a int primary key, b text, c numeric);
-- @old
create view s.v with (security_barrier) as select a, b from s.t;
-- @new
create view s.v with (check_option=cascaded) as select a, b from s.t where a > 3;

-- @case default
-- @both
create schema s;
create table s.t(a int primary key, b text, c numeric);
create view s.v as select a, b from s.t;
-- @old
alter view s.v alter a set default 3;
-- @new
alter view s.v alter a set default 4;
alter view s.v alter b set default 'x';

-- @case base type
-- @both
create schema s;
-- @old
create table s.t (a int, b text);
create view s.v as select a from s.t;
alter view s.v alter a set default 4;
create rule r as on insert to s.v do instead nothing;
comment on rule r on s.v is 'r';
grant select on s.v to case_bob;
comment on column s.v.a is 'c';
-- @new
create table s.t (a bigint, b text);
create view s.v as select a from s.t;
alter view s.v alter a set default 4;
create rule r as on insert to s.v do instead nothing;
comment on rule r on s.v is 'r';
grant select on s.v to case_bob;
comment on column s.v.a is 'c';

-- @case recursive
-- @both
create schema s;
create table s.t(a int primary key, b text, c numeric);
-- @old
-- @new
create recursive view s.r (n) as values (1) union all select n + 1 from r where n < 10;

-- @case to table
-- @both
create schema s;
create table s.t(a int primary key, b text, c numeric);
-- @old
create view s.v as select a, b from s.t;
-- @new
create table s.v (a int, b text);

-- @case to matview
-- @both
create schema s;
create table s.t(a int primary key, b text, c numeric);
-- @old
create view s.v as select a, b from s.t;
-- @new
create materialized view s.v as select a, b from s.t;

-- @case circular
-- @both
create schema s;
create table s.t(a int primary key, b text, c numeric);
-- @old
-- @new
create view s.v as select 1 as a, 'x'::text as b;
create function s.fv() returns setof s.v language sql as 'select a, b from s.t';
create or replace view s.v as select * from s.fv();

-- @case circular 2
-- @both
create schema s;
create table s.t(a int primary key, b text, c numeric);
-- @old
-- @new
create view s.v as select 1 as a, 'x'::text as b;
create function s.fv() returns setof s.v begin atomic select a, b from s.t; end;
create or replace view s.v as select * from s.fv();
comment on column s.v.a is 'q';
grant select on s.v to case_bob;
alter view s.v set (security_barrier);

-- @case circular 3
-- @both
create schema s;
create table s.t(a int primary key, b text, c numeric);
create function s.g(a int) returns int language sql as 'select 1';
-- @old
create view s.v as select 1 as a, 'x'::text as b;
create function s.fv() returns setof s.v begin atomic select a, b from s.t; end;
create or replace view s.v as select * from s.fv();
create view s.w as select * from s.v;
-- @new
create view s.v as select 1 as a, 'x'::text as b, 3 as c;
create function s.fv() returns setof s.v begin atomic select a, b, s.g(a) from s.t; end;
create or replace view s.v as select a, b, c from s.fv();
create view s.w as select * from s.v;

-- @case pk group
-- @both
create schema s;
-- @old
create table s.t(a int primary key, b text);
create view s.v as select a, b from s.t group by a;
-- @new
create table s.t(a int, b text, constraint other primary key (a));
create view s.v as select a, b from s.t group by a;

-- @case drop column
-- @both
create schema s;
-- @old
create table s.t(a int, b text);
create view s.v as select a, b from s.t;
-- @new
create table s.t(a int);
create view s.v as select a from s.t;

-- @case drop column lets go
-- @both
create schema s;
-- @old
create table s.t(a int, b text);
create view s.v as select a from s.t where b > '';
-- @new
create table s.t(a int);
create view s.v as select a from s.t;

-- @case collation
-- @both
create schema s;
-- @old
create table s.t(a text);
create view s.v as select a from s.t;
-- @new
create table s.t(a text);
create view s.v as select a collate "C" as a from s.t;

-- @case quoted
-- @both
create schema "S x";
create table "S x"."t""t" ("A b" int, "select" int);
-- @old
create view "S x"."V ""v" as select "A b" from "S x"."t""t";
-- @new
create view "S x"."V ""v" as select "A b", "select" from "S x"."t""t";
comment on column "S x"."V ""v"."select" is 'it''s \ back';
alter view "S x"."V ""v" alter column "select" set default 3;

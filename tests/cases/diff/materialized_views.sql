-- @case add
-- @both
create schema s;
create table s.t(a int primary key, b text, c numeric);
-- @old
-- @new
create materialized view s.m with (autovacuum_enabled=false, fillfactor=70, toast.autovacuum_enabled=false) as select a, b from s.t with no data;
create unique index i on s.m (a);
comment on materialized view s.m is 'm';
comment on index s.i is 'i';
alter materialized view s.m alter b set statistics 100;
alter materialized view s.m alter b set storage external;
alter materialized view s.m alter b set compression pglz;
alter materialized view s.m alter a set (n_distinct=5);
alter materialized view s.m cluster on i;

-- @case query
-- @both
create schema s;
create table s.t(a int primary key, b text, c numeric);
-- @old
create materialized view s.m as select a, b from s.t;
create unique index i on s.m (a);
comment on column s.m.a is 'x';
create view s.w as select * from s.m;
grant select on s.m to case_bob;
-- @new
create materialized view s.m as select a, b from s.t where a > 3;
create unique index i on s.m (a);
comment on column s.m.a is 'x';
create view s.w as select * from s.m;
grant select on s.m to case_bob;

-- @case options
-- @both
create schema s;
create table s.t(a int primary key, b text, c numeric);
create materialized view s.m as select a, b from s.t;
-- @old
alter materialized view s.m set (fillfactor=70);
-- @new
alter materialized view s.m set (autovacuum_enabled=false, toast.autovacuum_enabled=false);

-- @case columns
-- @both
create schema s;
create table s.t(a int primary key, b text, c numeric);
create materialized view s.m as select a, b from s.t;
-- @old
alter materialized view s.m alter b set statistics 100;
-- @new
alter materialized view s.m alter b set storage external;
alter materialized view s.m alter b set compression pglz;
alter materialized view s.m alter a set (n_distinct=5);

-- @case clustered
-- @both
create schema s;
create table s.t(a int primary key, b text, c numeric);
create materialized view s.m as select a, b from s.t;
create index i on s.m (a);
-- @old
-- @new
alter materialized view s.m cluster on i;

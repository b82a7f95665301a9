-- @case add
-- @old
-- @new
create extension hstore;
comment on extension hstore is 'mine';
create table t (a hstore);

-- @case schema
-- @both
create schema s;
create schema z;
-- @old
create extension hstore schema s;
create table t (a s.hstore);
-- @new
create extension hstore schema z;
create table t (a z.hstore);

-- @case comment
-- @both
create extension hstore;
-- @old
comment on extension hstore is null;
-- @new
comment on extension hstore is 'x';

-- @case depends
-- @both
create extension hstore;
create table t(a int);
create function public.f() returns trigger language plpgsql as 'begin return new; end';
-- @old
create trigger x before insert on t for each row execute function f();
create materialized view m as select 1 as a;
create index i on t (a);
-- @new
create trigger x before insert on t for each row execute function f();
create materialized view m as select 1 as a;
create index i on t (a);
alter trigger x on t depends on extension hstore;
alter materialized view m depends on extension hstore;
alter index i depends on extension hstore;

-- @case depends replace
-- @both
create extension hstore;
create table t(a int);
create function public.f() returns trigger language plpgsql as 'begin return new; end';
-- @old
create trigger x before insert on t for each row execute function f();
alter trigger x on t depends on extension hstore;
-- @new
create trigger x before insert or update on t for each row execute function f();
alter trigger x on t depends on extension hstore;

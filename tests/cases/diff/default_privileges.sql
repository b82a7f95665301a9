-- @case schema
-- @both
create schema s;
-- @old
-- @new
alter default privileges in schema s grant select on tables to case_bob;
create table s.t (a int);

-- @case before
-- @both
create schema s;
alter default privileges in schema s grant select, insert on tables to case_bob;
alter default privileges revoke all on tables from current_user;
alter default privileges grant all on sequences to case_ann;
-- @old
-- @new
create table s.t (a serial);
create view s.v as select 1 as a;
revoke insert on s.v from case_bob;
create schema z;

-- @case global
-- @old
alter default privileges revoke execute on functions from public;
alter default privileges for role case_bob grant usage on types to case_ann;
-- @new
alter default privileges grant usage on schemas to case_bob;
alter default privileges for role case_bob revoke usage on types from public;

-- @case change
-- @both
create schema s;
-- @old
alter default privileges in schema s grant select on tables to case_bob with grant option;
-- @new
alter default privileges in schema s grant select, update on tables to case_bob, case_ann;

-- @case drop schema
-- @old
create schema s;
alter default privileges in schema s grant select on tables to case_bob with grant option;
create table s.t (a int);
-- @new

-- @case drop with new
-- @both
create schema s;
-- @old
alter default privileges in schema s grant select on tables to case_bob;
-- @new
create table s.t (a int);

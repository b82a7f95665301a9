-- @case table
-- @both
create schema s;
create table s.t(a int primary key, b text, c numeric);
-- @old
grant select, insert on s.t to case_bob;
grant all on s.t to case_ann;
-- @new
grant select on s.t to case_bob with grant option;
grant all on s.t to public;
revoke delete on s.t from current_user;

-- @case option
-- @both
create schema s;
create table s.t(a int primary key, b text, c numeric);
-- @old
grant select on s.t to case_bob with grant option;
-- @new
grant select on s.t to case_bob;

-- @case grantor
-- @both
create schema s;
create table s.t(a int primary key, b text, c numeric);
grant usage on schema s to public;
grant select on s.t to case_bob with grant option;
-- @old
-- @new
set role case_bob;
grant select on s.t to case_ann;
reset role;

-- @case grantor new
-- @both
create schema s;
create table s.t(a int primary key, b text, c numeric);
-- @old
-- @new
grant usage on schema s to public;
grant select on s.t to case_bob with grant option;
set role case_bob;
grant select on s.t to case_ann;
reset role;

-- @case columns
-- @both
create schema s;
create table s.t(a int primary key, b text, c numeric);
-- @old
grant select (a, b), update (a) on s.t to case_bob;
-- @new
grant select (a, c), update (a) on s.t to case_bob, case_ann;
grant insert (b) on s.t to case_ann with grant option;

-- @case columns new
-- @both
create schema s;
-- @old
-- @new
create table s.t(a int, b text, c int);
grant select (a, b), update (a) on s.t to case_bob, case_ann;
grant insert (c) on s.t to public;

-- @case columns and table
-- @both
create schema s;
create table s.t(a int primary key, b text, c numeric);
grant select (a), update (b) on s.t to case_bob;
-- @old
grant select, update on s.t to case_bob;
-- @new

-- @case columns and table 2
-- @both
create schema s;
create table s.t(a int primary key, b text, c numeric);
-- @old
grant select, update on s.t to case_bob;
grant select (a), update (b) on s.t to case_bob;
-- @new
grant select on s.t to case_bob;
grant select (b), update (b) on s.t to case_bob;

-- @case view matview seq
-- @both
create schema s;
create table s.t(a int primary key, b text, c numeric);
create view s.v as select a, b from s.t;
create materialized view s.m as select 1 as a;
create sequence s.q;
-- @old
grant usage on sequence s.q to case_bob;
-- @new
grant select on s.v, s.m to case_bob;
grant all on sequence s.q to case_bob;
grant update on sequence s.q to case_ann;

-- @case schema
-- @both
create schema s;
-- @old
grant usage on schema s to case_bob;
-- @new
grant create, usage on schema s to case_bob;
grant usage on schema s to case_ann;
grant create on schema public to case_bob;
revoke usage on schema public from public;

-- @case owner change
-- @both
create schema s;
create table s.t(a int primary key, b text, c numeric);
-- @old
grant select on s.t to case_bob;
grant insert on s.t to case_ann;
-- @new
grant select on s.t to case_ann;
alter table s.t owner to case_bob;
alter schema s owner to case_ann;

-- @case owner change 2
-- @both
create schema s;
create table s.t(a int primary key, b text, c numeric);
grant select (a) on s.t to case_bob;
-- @old
grant select on s.t to case_bob with grant option;
-- @new
grant select on s.t to case_bob with grant option;
alter table s.t owner to case_ann;

-- @case serial owner
-- @both
create schema s;
-- @old
create table s.t (a serial, b int generated always as identity);
-- @new
create table s.t (a serial, b int generated always as identity);
alter table s.t owner to case_bob;
grant all on s.t to case_ann;

-- @case serial owner new
-- @both
create schema s;
-- @old
-- @new
create table s.t (a serial, b int generated always as identity);
alter table s.t owner to case_bob;
grant select on sequence s.t_b_seq to case_ann;

-- @case on a column whose type is made anew
-- @old
create type mood as enum ('a', 'b');
create table moody (m mood, n mood);
grant select (m) on moody to case_bob;
-- @new
create type mood as enum ('b', 'c');
create table moody (m mood, n mood);
grant select (m) on moody to case_ann;
comment on column moody.n is 'other';

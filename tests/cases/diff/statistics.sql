-- @case add
-- @both
create schema s;
create table s.t(a int primary key, b text, c numeric);
-- @old
-- @new
create statistics s.x (ndistinct, mcv) on a, b, (b || 'x'), c from s.t;
alter statistics s.x set statistics 100;
comment on statistics s.x is 'c';

-- @case kinds
-- @both
create schema s;
create table s.t(a int primary key, b text, c numeric);
-- @old
create statistics s.x (ndistinct, mcv) on a, b from s.t;
-- @new
create statistics s.x (dependencies) on a, b from s.t;

-- @case columns
-- @both
create schema s;
create table s.t(a int primary key, b text, c numeric);
-- @old
create statistics s.x on a, b from s.t;
-- @new
create statistics s.x on a, (lower(b)) from s.t;

-- @case target
-- @both
create schema s;
create table s.t(a int primary key, b text, c numeric);
create statistics s.x on a, b from s.t;
-- @old
-- @new
alter statistics s.x set statistics 10;

-- @case base type
-- @both
create schema s;
-- @old
create table s.t (a int, b int);
create statistics s.x on a, b from s.t;
-- @new
create table s.t (a bigint, b int);
create statistics s.x on a, b from s.t;

-- @case drop column
-- @both
create schema s;
-- @old
create table s.t (a int, b int);
create statistics s.x on a, b from s.t;
-- @new
create table s.t (a int);

-- @case schema and owner
-- @both
create schema s;
create table s.t(a int primary key, b text, c numeric);
create schema z;
-- @old
create statistics s.x on a, b from s.t;
-- @new
create statistics z.x on a, b from s.t;
alter statistics z.x owner to case_bob;

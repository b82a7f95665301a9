-- @case an enum without labels is there
-- @old
-- @new
create type nothing as enum ();
comment on type nothing is 'not yet';
-- @case an enum gets its first label
-- @old
create type nothing as enum ();
-- @new
create type nothing as enum ('one');
-- @case an operator class, of a family that is built in
-- @old
-- @new
create operator class own_int for type int using hash family integer_ops as storage int;
-- @case an aggregate without any other routine
-- @old
-- @new
create aggregate add_up (int) (sfunc = int4pl, stype = int);
-- @case a type that has a name only
-- @old
-- @new
create type shell;
-- @case bodies of statements that return their parameters
-- @both
create table t (p int);
-- @old
-- @new
create function f(p int, "Q q" text) returns int language sql begin atomic select $1; end;
create function g(p int, "Q q" text) returns text language sql begin atomic select $2 from t; end;
create function h(p int) returns int language sql begin atomic select p; end;
create function i(p int) returns text language sql begin atomic select 'x'::text from t; end;
-- @case a function that returns rows, by a body of statements
-- @old
create table rows (a int, b int);
create function all_rows() returns setof rows language sql begin atomic select * from rows; end;
create view of_rows as select a from all_rows();
-- @new
create table rows (a int);
create function all_rows() returns setof rows language sql begin atomic select * from rows; end;
create view of_rows as select a from all_rows();

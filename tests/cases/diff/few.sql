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

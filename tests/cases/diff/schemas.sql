-- @case public
-- @old
drop schema public;
-- @new

-- @case public 2
-- @old
drop schema public;
create schema public;
-- @new
comment on schema public is 'mine';

-- @case public 3
-- @old
comment on schema public is null;
-- @new
drop schema public;
create schema public;
grant create on schema public to public;
comment on schema public is 'standard public schema';

-- @case add
-- @old
-- @new
create schema "S x";
comment on schema "S x" is 'x';
alter schema "S x" owner to case_bob;

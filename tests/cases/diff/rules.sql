-- @case add
-- @both
create schema s;
create table s.t(a int primary key, b text, c numeric);
-- @old
-- @new
create rule r as on update to s.t where new.a <> 3 do also (insert into s.t values (1);
select 1);
comment on rule r on s.t is 'x';
alter table s.t disable rule r;

-- @case change
-- @both
create schema s;
create table s.t(a int primary key, b text, c numeric);
-- @old
create rule r as on update to s.t do also notify x;
-- @new
create rule r as on insert to s.t where new.a > 1 do instead nothing;

-- @case enabled
-- @both
create schema s;
create table s.t(a int primary key, b text, c numeric);
-- @old
create rule r as on update to s.t do also notify x;
alter table s.t enable always rule r;
comment on rule r on s.t is 'x';
-- @new
create rule r as on update to s.t do also notify y;
alter table s.t enable replica rule r;
comment on rule r on s.t is 'y';

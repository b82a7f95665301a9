-- @case add
-- @both
create schema s;
create table s.t(a int primary key, b text, c numeric);
-- @old
-- @new
create policy p on s.t as restrictive for select to "case ""odd"" role", case_bob using (a > (select max(a) from s.t));
comment on policy p on s.t is 'c';
create policy q on s.t with check (true);

-- @case alter
-- @both
create schema s;
create table s.t(a int primary key, b text, c numeric);
-- @old
create policy p on s.t for update using (a > 3);
-- @new
create policy p on s.t for update to case_bob using (a > 4) with check (a > 5);

-- @case roles
-- @both
create schema s;
create table s.t(a int primary key, b text, c numeric);
-- @old
create policy p on s.t to case_bob, case_ann using (a > 3);
-- @new
create policy p on s.t to case_ann, current_user using (a > 3);

-- @case command
-- @both
create schema s;
create table s.t(a int primary key, b text, c numeric);
-- @old
create policy p on s.t to case_bob, case_ann using (a > 3);
-- @new
create policy p on s.t for select to case_bob, case_ann using (a > 3);

-- @case restrictive
-- @both
create schema s;
create table s.t(a int primary key, b text, c numeric);
-- @old
create policy p on s.t as restrictive using (a > 3);
-- @new
create policy p on s.t using (a > 3);

-- @case base type
-- @both
create schema s;
-- @old
create table s.t (a int);
create policy p on s.t using (a > 3);
-- @new
create table s.t (a bigint);
create policy p on s.t using (a > 3);

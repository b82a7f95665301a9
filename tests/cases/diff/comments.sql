-- @case all
-- @both
create schema s;
create table s.t(a int primary key, b text, c numeric);
create index i on s.t (b);
create view s.v as select 1 as a;
create sequence s.q;
alter table s.t add constraint ck check (a > 0), add constraint fk foreign key (a) references s.t;
create statistics s.st on a, b from s.t;
create policy p on s.t;
create rule r as on insert to s.t do also notify x;
-- @old
comment on table s.t is 'was';
-- @new
comment on table s.t is 't';
comment on column s.t.a is 'c';
comment on index s.i is 'i';
comment on index s.t_pkey is 'pi';
comment on constraint t_pkey on s.t is 'pc';
comment on constraint ck on s.t is 'ck';
comment on constraint fk on s.t is 'fk';
comment on view s.v is 'v';
comment on column s.v.a is 'va';
comment on sequence s.q is 'q';
comment on statistics s.st is 'st';
comment on policy p on s.t is 'p';
comment on rule r on s.t is 'r';
comment on schema s is 's';

-- @case new
-- @both
create schema s;
-- @old
-- @new
create table s.t (a int primary key, b int not null check (b > 0), c serial unique);
comment on table s.t is 't';
comment on column s.t.a is E'c\n\'x\'\\';
comment on index s.t_pkey is 'pi';
comment on constraint t_pkey on s.t is 'pc';
comment on constraint t_b_check on s.t is 'ck';
comment on sequence s.t_c_seq is 'q';

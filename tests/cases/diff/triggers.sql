-- @case add
-- @both
create schema s;
create table s.t(a int primary key, b text, c numeric);
create function public.f() returns trigger language plpgsql as 'begin return new; end';
-- @old
-- @new
create trigger x before insert or update of a, b on s.t for each row when (new.a > 3) execute function f('x', 'y');
comment on trigger x on s.t is 'c';
alter table s.t disable trigger x;
create trigger y after update on s.t referencing old table as o new table as n for each statement execute function f();
create trigger z after truncate on s.t execute function f();
alter table s.t enable always trigger z;

-- @case change
-- @both
create schema s;
create table s.t(a int primary key, b text, c numeric);
create function public.f() returns trigger language plpgsql as 'begin return new; end';
-- @old
create trigger x before insert on s.t for each row execute function f();
comment on trigger x on s.t is 'c';
alter table s.t disable trigger x;
-- @new
create trigger x after insert or delete on s.t for each row execute function f();
comment on trigger x on s.t is 'c';
alter table s.t disable trigger x;

-- @case enabled
-- @both
create schema s;
create table s.t(a int primary key, b text, c numeric);
create function public.f() returns trigger language plpgsql as 'begin return new; end';
create trigger x before insert on s.t for each row execute function f();
-- @old
alter table s.t disable trigger x;
-- @new
alter table s.t enable replica trigger x;

-- @case constraint
-- @both
create schema s;
create table s.t(a int primary key, b text, c numeric);
create function public.f() returns trigger language plpgsql as 'begin return new; end';
-- @old
create constraint trigger x after insert on s.t deferrable for each row execute function f();
-- @new
create constraint trigger x after insert or update on s.t deferrable initially deferred for each row execute function f();
comment on trigger x on s.t is 'c';

-- @case constraint plain
-- @both
create schema s;
create table s.t(a int primary key, b text, c numeric);
create function public.f() returns trigger language plpgsql as 'begin return new; end';
-- @old
create constraint trigger x after insert on s.t for each row execute function f();
-- @new
create trigger x after insert on s.t for each row execute function f();

-- @case constraint from
-- @both
create schema s;
create table s.t(a int primary key, b text, c numeric);
create function public.f() returns trigger language plpgsql as 'begin return new; end';
create table s.u(a int);
-- @old
create constraint trigger x after insert on s.t from s.u deferrable for each row execute function f();
-- @new

-- @case view
-- @both
create schema s;
create table s.t(a int primary key, b text, c numeric);
create view s.v as select a, b from s.t;
create function public.f() returns trigger language plpgsql as 'begin return new; end';
-- @old
create trigger x instead of insert on s.v for each row execute function f();
-- @new
create trigger x instead of update or insert on s.v for each row execute function f();

-- @case view replaced
-- @both
create schema s;
create table s.t(a int primary key, b text, c numeric);
create function public.f() returns trigger language plpgsql as 'begin return new; end';
-- @old
create view s.v as select a, b from s.t;
create trigger x instead of insert on s.v for each row execute function f();
comment on trigger x on s.v is 'c';
-- @new
create view s.v as select b, a from s.t;
create trigger x instead of insert on s.v for each row execute function f();
comment on trigger x on s.v is 'c';

-- @case part add
-- @both
create schema s;
create table s.p (a int, b int) partition by range (a);
create table s.p1 partition of s.p for values from (1) to (10) partition by range (a);
create table s.p11 partition of s.p1 for values from (1) to (5);
create table s.p2 partition of s.p for values from (10) to (20);
create function public.f() returns trigger language plpgsql as 'begin return new; end';
-- @old
-- @new
create trigger x after insert on s.p for each row execute function f();

-- @case part state
-- @both
create schema s;
create table s.p (a int, b int) partition by range (a);
create table s.p1 partition of s.p for values from (1) to (10) partition by range (a);
create table s.p11 partition of s.p1 for values from (1) to (5);
create table s.p2 partition of s.p for values from (10) to (20);
create function public.f() returns trigger language plpgsql as 'begin return new; end';
create trigger x after insert on s.p for each row execute function f();
-- @old
-- @new
alter table s.p disable trigger x;

-- @case part state only
-- @both
create schema s;
create table s.p (a int, b int) partition by range (a);
create table s.p1 partition of s.p for values from (1) to (10) partition by range (a);
create table s.p11 partition of s.p1 for values from (1) to (5);
create table s.p2 partition of s.p for values from (10) to (20);
create function public.f() returns trigger language plpgsql as 'begin return new; end';
create trigger x after insert on s.p for each row execute function f();
-- @old
alter table only s.p disable trigger x;
-- @new
alter table s.p11 enable always trigger x;

-- @case part state mixed
-- @both
create schema s;
create table s.p (a int, b int) partition by range (a);
create table s.p1 partition of s.p for values from (1) to (10) partition by range (a);
create table s.p11 partition of s.p1 for values from (1) to (5);
create table s.p2 partition of s.p for values from (10) to (20);
create function public.f() returns trigger language plpgsql as 'begin return new; end';
-- @old
create trigger x after insert on s.p for each row execute function f();
alter table s.p disable trigger x;
alter table s.p2 enable trigger x;
-- @new
create trigger x after insert on s.p for each row execute function f();
alter table s.p enable always trigger x;
alter table s.p2 enable trigger x;

-- @case part change
-- @both
create schema s;
create table s.p (a int, b int) partition by range (a);
create table s.p1 partition of s.p for values from (1) to (10) partition by range (a);
create table s.p11 partition of s.p1 for values from (1) to (5);
create table s.p2 partition of s.p for values from (10) to (20);
create function public.f() returns trigger language plpgsql as 'begin return new; end';
-- @old
create trigger x after insert on s.p for each row execute function f();
alter table s.p2 disable trigger x;
-- @new
create trigger x after insert or update on s.p for each row execute function f();
alter table s.p2 disable trigger x;

-- @case part new
-- @both
create schema s;
create table s.p (a int, b int) partition by range (a);
create table s.p1 partition of s.p for values from (1) to (10) partition by range (a);
create table s.p11 partition of s.p1 for values from (1) to (5);
create table s.p2 partition of s.p for values from (10) to (20);
create function public.f() returns trigger language plpgsql as 'begin return new; end';
-- @old
-- @new
create trigger x after insert on s.p for each row execute function f();
alter table s.p2 disable trigger x;

-- @case part new partition
-- @both
create schema s;
create table s.p (a int, b int) partition by range (a);
create table s.p1 partition of s.p for values from (1) to (10) partition by range (a);
create table s.p11 partition of s.p1 for values from (1) to (5);
create table s.p2 partition of s.p for values from (10) to (20);
create function public.f() returns trigger language plpgsql as 'begin return new; end';
create trigger x after insert on s.p for each row execute function f();
-- @old
-- @new
create table s.p3 partition of s.p for values from (20) to (30);
alter table s.p3 disable trigger x;

-- @case part detach
-- @both
create schema s;
create table s.p (a int, b int) partition by range (a);
create table s.p1 partition of s.p for values from (1) to (10) partition by range (a);
create table s.p11 partition of s.p1 for values from (1) to (5);
create table s.p2 partition of s.p for values from (10) to (20);
create function public.f() returns trigger language plpgsql as 'begin return new; end';
create trigger x after insert on s.p for each row execute function f();
-- @old
-- @new
alter table s.p detach partition s.p2;

-- @case part detach own
-- @both
create schema s;
create table s.p (a int, b int) partition by range (a);
create table s.p1 partition of s.p for values from (1) to (10) partition by range (a);
create table s.p11 partition of s.p1 for values from (1) to (5);
create table s.p2 partition of s.p for values from (10) to (20);
create function public.f() returns trigger language plpgsql as 'begin return new; end';
create trigger x after insert on s.p for each row execute function f();
-- @old
-- @new
alter table s.p detach partition s.p2;
create trigger x after delete on s.p2 for each row execute function f();

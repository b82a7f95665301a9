-- Several attributes at once, of the kinds that are hard.
-- @case statistics: kinds, columns and target together
-- @both
create table t (a int, b int, c text, d date);
-- @old
create statistics s (ndistinct) on a, b from t;
comment on statistics s is 'one';
-- @new
create statistics s (dependencies, mcv) on a, b, d from t;
alter statistics s set statistics 200;
comment on statistics s is 'two';

-- @case statistics on expressions over a column that changes its type
-- @old
create table t (a int, b int);
create statistics s on (a + b), (a * 2) from t;
-- @new
create table t (a bigint, b int);
create statistics s on (a + b), (a * 3) from t;

-- @case statistics over a table that moves columns and index targets
-- @old
create table t (a int, b int);
create index i on t ((a + b));
alter index i alter column 1 set statistics 50;
alter table t alter a set statistics 10;
create statistics s on a, b from t;
-- @new
create table t (b int, a int, c int);
create index i on t ((a + b), c);
alter index i alter column 1 set statistics 70;
alter table t alter c set statistics 10;
create statistics s on a, b, c from t;

-- @case text search: dictionary, configuration and what is indexed by it
-- @old
create text search dictionary d (template = simple, accept = false);
create text search configuration c (parser = default);
alter text search configuration c add mapping for asciiword, word with d, simple;
create table t (a text);
create index i on t using gin (to_tsvector('c', a));
-- @new
create text search dictionary d (template = simple, accept = true);
comment on text search dictionary d is 'd';
create text search configuration c (parser = default);
alter text search configuration c add mapping for asciiword with simple;
alter text search configuration c add mapping for word, numword with d;
create table t (a text, b text);
create index i on t using gin (to_tsvector('c', a), to_tsvector('c', b));

-- @case text search: dictionary of another template
-- @old
create text search dictionary d (template = simple);
create text search configuration c (copy = simple);
alter text search configuration c alter mapping for asciiword with d;
-- @new
create text search dictionary d (template = snowball, language = german);
create text search configuration c (copy = simple);
alter text search configuration c alter mapping for asciiword with d, simple;

-- @case operators: another function and commutator, used in a view and a check
-- @old
create function f(int, int) returns boolean immutable language sql as 'select $1 < $2';
create operator <<< (function = f, leftarg = int, rightarg = int);
create table t (a int, b int, check (a operator(public.<<<) b));
create view v as select a operator(public.<<<) b as x from t;
-- @new
create function g(int, int) returns boolean immutable language sql as 'select $1 < $2';
create operator <<< (function = g, leftarg = int, rightarg = int, restrict = scalarltsel);
create table t (a int, b int, c int, check (a operator(public.<<<) b));
create view v as select a operator(public.<<<) b as x, c from t;

-- @case operators: class and index over it
-- @old
create function cmp(int, int) returns int immutable language sql as 'select btint4cmp($2, $1)';
create operator class down for type int using btree as operator 1 >, operator 2 >=, operator 3 =, operator 4 <=, operator 5 <, function 1 cmp(int, int);
create table t (a int);
create index i on t (a down);
-- @new
create function cmp(int, int) returns int immutable language sql as 'select btint4cmp($2, $1) + 0';
create operator class down for type int using btree as operator 1 >, operator 2 >=, operator 3 =, operator 4 <=, operator 5 <, function 1 cmp(int, int);
comment on operator class down using btree is 'down';
create table t (a int, b int);
create unique index i on t (a down, b down desc);

-- @case typed table: attribute added, default and check of its own
-- @old
create type p as (a int, b text);
create table t of p (a with options primary key);
-- @new
create type p as (a int, b text, c date);
create table t of p (a with options primary key, b with options default 'x', check (c > '2000-01-01'));
comment on column t.c is 'c';

-- @case typed table becomes a plain one
-- @old
create type p as (a int, b text);
create table t of p (a with options not null);
create index i on t (b);
-- @new
create type p as (a int, b text);
create table t (a int not null, b text, c int);
create index i on t (b, c);

-- @case inheritance: defaults, not nulls and checks of the child
-- @old
create table p (a int default 1, b text, constraint k check (a > 0) no inherit);
create table c (d int) inherits (p);
alter table c alter a set default 2;
-- @new
create table p (a int default 3, b text not null, constraint k check (a > 1));
create table c (d int, e int) inherits (p);
alter table c alter a drop default, alter b set default 'x';

-- @case inheritance: type of a handed-down column with a view over the child
-- @old
create table p (a int, b numeric(6,2)); create table c (x int) inherits (p); create table d () inherits (c);
create view v as select a, x from d;
create index i on d (a);
-- @new
create table p (a bigint, b numeric(8,2)); create table c (x int) inherits (p); create table d () inherits (c);
create view v as select a, x, b from d;
create index i on d (a desc);

-- @case partitions: another bound, another column and an index that is attached
-- @old
create table t (a int, b int) partition by range (a);
create table t1 partition of t for values from (0) to (10);
create table t2 partition of t for values from (10) to (20);
create index i on t (b);
-- @new
create table t (a int, b int, c text) partition by range (a);
create table t1 partition of t for values from (0) to (15);
create table t2 partition of t for values from (15) to (20);
create index i on t (b);
create index j on t (c);

-- @case partitions: another key and another column
-- @old
create table t (a int, b int) partition by list (a);
create table t1 partition of t for values in (1); create table t2 partition of t default; create index i on t (b);
-- @new
create table t (a int, b int, c text not null default 'c') partition by list (b);
create table t1 partition of t for values in (2); create table t2 partition of t default; create index i on t (b, c);

-- @case partitions: sub-partitioned, with a key and an identity default
-- @old
create table t (a int, b int, primary key (a, b)) partition by list (a);
create table t1 partition of t for values in (1);
-- @new
create table t (a int, b int, c int default 5, primary key (a, b)) partition by list (a);
create table t1 partition of t for values in (1, 2) partition by list (b);
create table t11 partition of t1 default;
alter table t1 alter c set default 6;

-- @case partitions: a key over a function that changes, with foreign keys in and out
-- @old
create function k(int) returns int immutable language sql as 'select $1 % 10';
create table r (id int primary key);
create table t (a int references r, b int) partition by list (k(a));
create table t0 partition of t for values in (0); create table t1 partition of t for values in (1);
-- @new
create function k(x int) returns int immutable language sql as 'select x % 10';
create table r (id int primary key);
create table t (a int references r on delete cascade, b int) partition by list (k(a));
create table t0 partition of t for values in (0); create table t1 partition of t default;

-- @case partitions: plain becomes partitioned, with views, triggers and grants
-- @old
create table t (a int primary key, b text);
create view v as select * from t;
create function f() returns trigger language plpgsql as 'begin return new; end';
create trigger x before insert on t for each row execute function f();
grant select on t to case_bob;
-- @new
create table t (a int primary key, b text) partition by hash (a);
create table t0 partition of t for values with (modulus 2, remainder 0);
create table t1 partition of t for values with (modulus 2, remainder 1);
create view v as select * from t;
create function f() returns trigger language plpgsql as 'begin return new; end';
create trigger x before insert or update on t for each row execute function f();
grant select on t to case_bob; grant insert (b) on t to case_ann;

-- @case partitions: one leaves, one comes from a plain table with an index of its own
-- @old
create table t (a int, b int) partition by list (a); create index i on t (b);
create table t1 partition of t for values in (1); create table t2 (a int, b int); create index mine on t2 (b);
-- @new
create table t (a int, b int) partition by list (a); create index i on t (b);
create table t1 (a int, b int); create index t1_b_idx on t1 (b);
create table t2 partition of t for values in (1);

-- @case partitions: trigger and statistics on one of them
-- @old
create table t (a int, b int) partition by list (a);
create table t1 partition of t for values in (1); create table t2 partition of t for values in (2);
create function f() returns trigger language plpgsql as 'begin return new; end';
create trigger x after insert on t for each row execute function f();
-- @new
create table t (a int, b int) partition by list (a);
create table t1 partition of t for values in (1); create table t2 partition of t for values in (2);
create function f() returns trigger language plpgsql as 'begin return new; end';
create trigger x after insert or delete on t for each row when (pg_trigger_depth() = 0) execute function f();
alter table t2 disable trigger x;
alter table t1 alter b set statistics 7;
create statistics s on a, b from t1;

-- @case sequences: unlogged, type, owner column and limits together
-- @old
create unlogged sequence s as int increment 2 maxvalue 1000;
create table t (a int, b int default nextval('s'));
-- @new
create sequence s as bigint increment 3 minvalue 1 cycle cache 4;
create table t (a int, b bigint default nextval('s'));
alter sequence s owned by t.b;

-- @case identity over an existing serial column
-- @old
create table t (id serial primary key, b int);
-- @new
create table t (id bigint generated by default as identity (start 10 increment 5) primary key, b int generated always as identity);

-- @case identity becomes a serial one, and one a plain default
-- @old
create table t (id int generated always as identity, n int generated by default as identity (maxvalue 99));
-- @new
create table t (id serial, n int default 7 not null);

-- @case comments: of view columns, indexes, constraints, at once with their change
-- @old
create table t (a int constraint k check (a > 0), b int); create index i on t (a);
create view v as select a, b from t;
comment on column v.a is 'a'; comment on index i is 'i'; comment on constraint k on t is 'k';
-- @new
create table t (a int constraint k check (a > 1), b bigint); create index i on t (a, b);
create view v as select a, b, a + b as c from t;
comment on column v.a is 'other'; comment on column v.c is 'c'; comment on index i is 'i'; comment on constraint k on t is 'k'; comment on view v is 'v';

-- @case grants: default privileges and column grants with a new table and an old one
-- @old
alter default privileges grant select on tables to case_bob;
create table t (a int, b int); revoke select on t from case_bob;
grant select (a) on t to case_ann with grant option;
-- @new
alter default privileges grant select, insert on tables to case_bob;
alter default privileges grant execute on functions to case_ann;
create table t (a int, b int); revoke insert on t from case_bob;
grant select (b), update (a) on t to case_ann;
create table n (x int);
create function f() returns int language sql as 'select 1';
revoke execute on function f() from public;

-- @case grants: on a view that is made anew, a sequence, a schema and a type
-- @old
create schema s; create table s.t (a int); create view s.v as select a from s.t;
grant select on s.v to case_bob; create type s.e as enum ('a');
-- @new
create schema s; create table s.t (a text); create view s.v as select a as b from s.t;
grant select on s.v to case_bob with grant option; grant usage on schema s to case_bob; create type s.e as enum ('a', 'b');
revoke usage on type s.e from public; grant usage on type s.e to case_ann;

-- @case order through bodies: default, check, index and function
-- @old
create table t (a int);
-- @new
create function c(int) returns int immutable language sql as 'select $1';
create function b(int) returns int immutable language sql as 'select public.c($1) + 1';
create function a(int) returns int immutable language sql as 'select public.b($1) + 1';
create table t (a int default a(1), check (b(a) > 0));
create index i on t (a(a));
create view v as select a(a) as z from t;

-- @case order through bodies: a function in between has another result
-- @old
create function x(int) returns int immutable language sql as 'select $1';
create function y(int) returns int immutable language sql as 'select public.x($1) + 1';
create table t (a int, b int generated always as (y(a)) stored, check (x(a) > 0));
create index i on t (y(a));
-- @new
create function x(int) returns bigint immutable language sql as 'select $1::bigint';
create function y(int) returns int immutable language sql as 'select public.x($1)::int + 1';
create table t (a int, b int generated always as (y(a) * 2) stored, check (x(a) > 1));
create index i on t (y(a), x(a));

-- @case functions: new argument names with view, policy, trigger and default over it
-- @old
create function f(a int) returns boolean immutable language sql as 'select a > 0';
create table t (a int, b boolean default f(1)); alter table t enable row level security;
create policy p on t using (f(a)); create view v as select f(a) as x from t;
create materialized view m as select f(a) as x from t;
-- @new
create function f(n int) returns boolean immutable strict language sql as 'select n > 0';
create table t (a int, b boolean default f(2)); alter table t enable row level security;
create policy p on t for select to case_bob using (f(a)); create view v as select f(a) as x, b from t;
create materialized view m as select f(a) as x from t with no data;
create unique index mi on m (x);

-- @case functions: defaults, variadic and overloads
-- @old
create function f(a int, b int default 2) returns int language sql as 'select a + b';
create function f(a text) returns int language sql as 'select 1';
-- @new
create function f(a int, b int default 3, c int default 4) returns int language sql as 'select a + b + c';
create function f(variadic a text[]) returns int language sql as 'select 1';
create view v as select f(1, 2) as x;
comment on function f(int, int, int) is 'sum';

-- @case functions: procedure becomes function, aggregate changes
-- @old
create procedure p(a int) language sql as 'select 1';
create aggregate total(int) (sfunc = int4pl, stype = int, initcond = '0');
create view v as select total(x) as t from generate_series(1, 3) x;
-- @new
create function p(a int) returns void language sql as 'select 1';
create aggregate total(int) (sfunc = int4pl, stype = int, initcond = '5', parallel = safe);
create view v as select total(x) as t, count(*) as n from generate_series(1, 3) x;

-- @case enums: another one for a column with default, index, check and array
-- @old
create type e as enum ('a', 'b', 'c'); create type f as enum ('b', 'a', 'z');
create table t (x e default 'a', y e[] default '{a}', check (x <> 'b'));
create index i on t (x) where x = 'a';
-- @new
create type e as enum ('c', 'a', 'b'); create type f as enum ('b', 'a', 'z', 'y');
create table t (x f default 'z', y f[] default '{a,b}', check (x <> 'a'));
create index i on t (x, y) where x = 'b';

-- @case enums: labels that go and come, under a domain, a composite and a function
-- @old
create type e as enum ('a', 'b', 'c'); create domain d as e check (value <> 'c');
create type p as (x e, n int); create table t (d d, p p);
create function f(e) returns e language sql as 'select $1';
create view v as select f(d) as x, (p).n from t;
-- @new
create type e as enum ('b', 'a', 'd'); create domain d as e default 'a' check (value <> 'd');
create type p as (x e, n bigint); create table t (d d, p p);
create function f(e) returns e language sql as 'select $1';
create view v as select f(d) as x, (p).n from t;

-- @case domains: type, default and constraints under columns and views
-- @old
create domain d as varchar(10) default 'x' constraint short check (length(value) < 10);
create table t (a d, b d[] not null); create view v as select a from t; create index i on t (a);
-- @new
create domain d as text not null constraint short check (length(value) < 20) constraint filled check (value <> '');
create table t (a d, b d[]); create view v as select a, b from t; create index i on t (a) include (b);

-- @case named not-nulls, with a key and a check
-- @old
create table t (a int constraint a_there not null, b int not null, c int);
-- @new
create table t (a int not null, b int constraint b_there not null, c int primary key, check (a > b));

-- @case generated column: expression, type and index over it
-- @old
create table t (a int, b int, g int generated always as (a + b) stored); create index i on t (g);
create view v as select g from t;
-- @new
create table t (a bigint, b int, g bigint generated always as (a * b) stored, h text generated always as (b::text) stored);
create index i on t (g, h); create view v as select g, h from t;

-- @case foreign keys: a circle, with actions and columns that change
-- @old
create table a (id int primary key, b int); create table b (id int primary key, a int references a);
alter table a add constraint ab foreign key (b) references b;
-- @new
create table a (id bigint primary key, b bigint); create table b (id bigint primary key, a bigint references a on delete set null deferrable);
alter table a add constraint ab foreign key (b) references b on update cascade not valid;

-- @case keys: primary key moves to other columns, unique with include, replica identity
-- @old
create table t (a int primary key, b int not null, c int); create unique index u on t (b);
alter table t replica identity using index u;
create table r (t int references t (a));
-- @new
create table t (a int, b int, c int not null, primary key (b, c), constraint ua unique nulls not distinct (a) include (c));
alter table t replica identity full;
create table r (t int references t (a));

-- @case exclusion constraint, storage, compression and fillfactor at once
-- @old
create table t (a int4range, b text, exclude using gist (a with &&)) with (fillfactor = 70);
-- @new
create table t (a int4range, b text, n int, constraint t_a_excl exclude using gist (a with &&, a with -|-) where (n > 0) deferrable) with (fillfactor = 80, autovacuum_enabled = off);
alter table t alter b set storage external;

-- @case rules and row security on a view and table, changed together
-- @old
create table t (a int); create table log (a int); create view v as select a from t;
create rule r as on insert to v do instead insert into t values (new.a);
alter table t enable row level security; create policy p on t as restrictive for update using (a > 0) with check (a > 1);
-- @new
create table t (a int); create table log (a int, at timestamptz default now()); create view v with (security_barrier) as select a, a as b from t;
create rule r as on insert to v do instead (insert into t values (new.a); insert into log values (new.b));
alter table t force row level security; create policy p on t for update to case_ann using (a > 0);

-- @case views on views, recursive and materialized, over a column that changes
-- @old
create table t (a int, p int); create recursive view r (a) as select a from t where p is null union all select t.a from t join r on t.p = r.a;
create view v1 as select a from r; create materialized view m as select a from v1; create index mi on m (a);
create view v2 as select a from m;
-- @new
create table t (a bigint, p bigint); create recursive view r (a) as select a from t where p is null union all select t.a from t join r on t.p = r.a;
create view v1 as select a, a + 1 as b from r; create materialized view m as select a, b from v1; create unique index mi on m (a);
create view v2 as select a from m where b > 0;

-- @case event trigger, publication and schema of objects
-- @old
create schema s; create table s.t (id int primary key, n text); create table u (id int primary key);
create publication p for table s.t (id) where (id > 0), u with (publish = 'insert');
create function f() returns event_trigger language plpgsql as 'begin end';
create event trigger x on ddl_command_end when tag in ('CREATE TABLE') execute function f();
-- @new
create schema s; create table s.t (id bigint primary key, n text); create table u (id int primary key);
create publication p for tables in schema s with (publish = 'insert, update', publish_via_partition_root);
create function f() returns event_trigger language plpgsql as 'begin end';
create event trigger x on ddl_command_start when tag in ('CREATE TABLE', 'DROP TABLE') execute function f();
alter event trigger x enable always;

-- @case unlogged, tablespace of nothing, typed columns and collations
-- @old
create collation c (provider = libc, locale = 'C');
create table t (a text collate c, b varchar(10)); create index i on t (a);
-- @new
create collation c (provider = libc, locale = 'POSIX');
create unlogged table t (a text collate c, b varchar(20) collate "C"); create index i on t (a collate "C", b);

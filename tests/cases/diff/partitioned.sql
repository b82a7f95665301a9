-- @case the index of a partition on a column that goes with its table's
-- @old
CREATE TABLE t (bar int, foo text, id int) PARTITION BY LIST (foo);
CREATE TABLE t_1 PARTITION OF t FOR VALUES IN ('x');
CREATE INDEX t_1_own ON t_1 (foo, bar, id);
CREATE VIEW v AS SELECT id FROM t_1;
-- @new
CREATE TABLE t (bar int, foo text) PARTITION BY LIST (foo);
CREATE TABLE t_1 PARTITION OF t FOR VALUES IN ('x');

-- @case what a partition has on a column that changes its type
-- @old
CREATE TABLE t (id int, foo text, PRIMARY KEY (id, foo)) PARTITION BY LIST (foo);
CREATE TABLE t_1 PARTITION OF t FOR VALUES IN ('x') PARTITION BY RANGE (id);
CREATE TABLE t_1_low PARTITION OF t_1 FOR VALUES FROM (0) TO (10);
CREATE VIEW v AS SELECT id + 1 AS next FROM t_1_low;
CREATE POLICY p ON t_1_low USING (id > 3);
-- @new
CREATE TABLE t (id int, foo text, bar bigint, PRIMARY KEY (id, foo)) PARTITION BY LIST (foo);
CREATE TABLE t_1 PARTITION OF t FOR VALUES IN ('x') PARTITION BY RANGE (id);
CREATE TABLE t_1_low PARTITION OF t_1 FOR VALUES FROM (0) TO (10);
CREATE VIEW v AS SELECT bar + 1 AS next FROM t_1_low;
CREATE POLICY p ON t_1_low USING (bar > 3);

-- @case a column of a partition's index gets another type
-- @old
CREATE TABLE t (foo text, n int) PARTITION BY LIST (foo);
CREATE TABLE t_1 PARTITION OF t FOR VALUES IN ('x');
CREATE INDEX t_1_own ON t_1 (n);
CREATE VIEW v AS SELECT n FROM t_1;
-- @new
CREATE TABLE t (foo text, n bigint) PARTITION BY LIST (foo);
CREATE TABLE t_1 PARTITION OF t FOR VALUES IN ('x');
CREATE INDEX t_1_own ON t_1 (n);
CREATE VIEW v AS SELECT n FROM t_1;

-- @case a plain table becomes partitioned, with foreign keys in a circle
-- @both
CREATE FUNCTION touched() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
-- @old
CREATE TABLE t (id int, n serial, foo text, bar text, UNIQUE (foo, bar));
CREATE INDEX t_id ON t (id);
CREATE TABLE u (foo text, bar text);
CREATE UNIQUE INDEX u_foo ON u (foo, bar);
ALTER TABLE u ADD CONSTRAINT u_t FOREIGN KEY (foo, bar) REFERENCES t (foo, bar);
ALTER TABLE t ADD CONSTRAINT t_u FOREIGN KEY (foo, bar) REFERENCES u (foo, bar);
CREATE TRIGGER touched BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION touched();
-- @new
CREATE TABLE t (id int, n serial, foo text, bar text, UNIQUE (foo, bar)) PARTITION BY LIST (foo);
CREATE TABLE t_1 PARTITION OF t FOR VALUES IN ('x');
CREATE INDEX t_id ON t (id);
CREATE TABLE u (foo text, bar text) PARTITION BY LIST (foo);
CREATE TABLE u_1 PARTITION OF u FOR VALUES IN ('x');
CREATE UNIQUE INDEX u_foo ON u (foo, bar);
ALTER TABLE u ADD CONSTRAINT u_t FOREIGN KEY (foo, bar) REFERENCES t (foo, bar);
ALTER TABLE t ADD CONSTRAINT t_u FOREIGN KEY (foo, bar) REFERENCES u (foo, bar);
CREATE TRIGGER touched BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION touched();

-- @case another partition key, with partitions that stay, come and go
-- @old
CREATE TABLE t (id int NOT NULL, foo text NOT NULL, day date NOT NULL DEFAULT '2024-01-01', CHECK (id > 0)) PARTITION BY LIST (foo);
CREATE TABLE t_1 PARTITION OF t FOR VALUES IN ('x');
CREATE TABLE t_2 PARTITION OF t DEFAULT;
CREATE INDEX t_id ON t (id);
GRANT SELECT ON t TO PUBLIC;
-- @new
CREATE TABLE t (id int NOT NULL, foo text NOT NULL, day date NOT NULL DEFAULT '2024-01-01', CHECK (id > 0)) PARTITION BY RANGE (id);
CREATE TABLE t_1 PARTITION OF t FOR VALUES FROM (1) TO (10);
CREATE TABLE t_3 PARTITION OF t DEFAULT;
CREATE INDEX t_id ON t (id);
GRANT SELECT ON t TO PUBLIC;

-- @case a partition is divided
-- @old
CREATE TABLE t (id int NOT NULL, foo text NOT NULL, PRIMARY KEY (id, foo)) PARTITION BY LIST (foo);
CREATE TABLE t_1 PARTITION OF t FOR VALUES IN ('x');
CREATE TABLE u (id int, foo text, FOREIGN KEY (id, foo) REFERENCES t (id, foo));
-- @new
CREATE TABLE t (id int NOT NULL, foo text NOT NULL, PRIMARY KEY (id, foo)) PARTITION BY LIST (foo);
CREATE TABLE t_1 PARTITION OF t FOR VALUES IN ('x') PARTITION BY HASH (id);
CREATE TABLE t_1_0 PARTITION OF t_1 FOR VALUES WITH (MODULUS 1, REMAINDER 0);
CREATE TABLE u (id int, foo text, FOREIGN KEY (id, foo) REFERENCES t (id, foo));

-- @case serial becomes identity
-- @old
CREATE TABLE t (id serial PRIMARY KEY);
-- @new
CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY);

-- @case an index that only some partitions have
-- @old
-- @new
create table p (a int, k int) partition by list (k);
create table p1 partition of p for values in (1);
create table p2 partition of p for values in (2);
create index p_a on only p (a);
create index p1_other on p1 (a);
alter index p_a attach partition p1_other;
create index p_k on only p (k);

-- @case the index of a partition by another name
-- @both
create table p (a int, k int, primary key (k)) partition by list (k);
create table p1 partition of p for values in (1);
create table p2 partition of p for values in (2);
create index p_a on p (a);
-- @old
-- @new
alter index p1_a_idx rename to "P one";
comment on index "P one" is 'renamed';
alter table p2 rename constraint p2_pkey to two;

-- @case a part of an index that stays, and is its part no more
-- @both
create table p (a int, k int) partition by list (k);
create table p1 partition of p for values in (1);
create table p2 partition of p for values in (2);
create index p_a on only p (a);
comment on index p_a is 'whole';
create index p1_a on p1 (a);
-- @old
alter index p_a attach partition p1_a;
-- @new

-- Changes that somebody makes by hand, one at a time. After each: what drift calls it, one line for each difference.
-- `strict` in the first line: it is looked for with --strict. `>=18`: on newer servers only. `stays`: no statement of SQL
-- takes all of it back. A line that begins with >=18 is what newer servers name beside.

-- @ schema: one that nobody manages
CREATE SCHEMA other;
-- @ schema: a comment strict
COMMENT ON SCHEMA app IS 'other';
-- > changed schema app comment
-- @ schema: a grant strict
GRANT CREATE ON SCHEMA app TO drift_reader;
-- > changed schema app acl
-- @ schema: an owner strict
ALTER SCHEMA app OWNER TO drift_owner;
-- > changed schema app owner
-- @ table: one more
CREATE TABLE app.more (id int PRIMARY KEY, name text);
-- > added table app.more
-- @ table: one less
DROP TABLE app.scratch;
-- > removed table app.scratch
-- @ table: persistence
ALTER TABLE app.scratch SET LOGGED;
-- > changed table app.scratch persistence
-- @ table: storage parameters strict
ALTER TABLE app.pet SET (fillfactor = 80, autovacuum_enabled = false);
-- > changed table app.pet options
-- @ table: a storage parameter gone strict
ALTER TABLE app.pet RESET (fillfactor);
-- > changed table app.pet options
-- @ table: replica identity
ALTER TABLE app.pet REPLICA IDENTITY FULL;
-- > changed table app.pet replica_identity
-- @ table: row security off
ALTER TABLE app.person DISABLE ROW LEVEL SECURITY;
-- > changed table app.person row_security
-- @ table: row security forced
ALTER TABLE app.person FORCE ROW LEVEL SECURITY;
-- > changed table app.person force_row_security
-- @ table: an owner strict
ALTER TABLE app.pet OWNER TO drift_owner;
-- > changed sequence app.pet_id_seq owner
-- > changed table app.pet owner
-- @ table: a comment strict
COMMENT ON TABLE app.person IS 'somebody else';
-- > changed table app.person comment
-- @ table: a comment gone strict
COMMENT ON TABLE app.person IS NULL;
-- > changed table app.person comment
-- @ table: a grant more strict
GRANT INSERT ON app.pet TO drift_reader;
-- > changed table app.pet acl
-- @ table: a grant less strict
REVOKE GRANT OPTION FOR SELECT ON app.person FROM drift_reader;
-- > changed table app.person acl
-- @ table: no longer inherits stays
ALTER TABLE app.dog NO INHERIT app.animal;
-- > changed column app.dog.id inherited
-- > changed column app.dog.id local
-- > changed column app.dog.weight inherited
-- > changed column app.dog.weight local
-- > changed constraint app.dog.animal_weight_check inherited
-- > changed constraint app.dog.animal_weight_check local
-- > changed table app.dog inherits
-- @ table: no longer typed
ALTER TABLE app.typed NOT OF;
-- > changed table app.typed of_type
-- @ table: with a name that has to be quoted
ALTER TABLE "näme ""q"""."täble ""q""" ADD COLUMN "nöch ""q""" int;
-- > added column "näme ""q"""."täble ""q"""."nöch ""q"""
-- @ partition: detached
ALTER TABLE app.event DETACH PARTITION app.event_2024;
-- >=18 changed column app.event_2024.at not_null_local
-- >=18 changed column app.event_2024.at not_null_local
-- > changed column app.event_2024.at inherited
-- > changed column app.event_2024.at local
-- > changed column app.event_2024.what inherited
-- > changed column app.event_2024.what local
-- > changed index app.event_2024.event_2024_what_idx attached_to
-- > changed table app.event_2024 partition_bound
-- > changed table app.event_2024 partition_of
-- > removed trigger app.event_2024.event_row
-- @ partition: bounds
ALTER TABLE app.event DETACH PARTITION app.event_2024;
ALTER TABLE app.event ATTACH PARTITION app.event_2024 FOR VALUES FROM ('2024-01-01 00:00+00') TO ('2024-07-01 00:00+00');
-- > changed table app.event_2024 partition_bound
-- @ partition: one less
DROP TABLE app.event_2024;
-- > removed table app.event_2024
-- @ partition: one more strict
CREATE TABLE app.event_2025 PARTITION OF app.event FOR VALUES FROM ('2025-01-01 00:00+00') TO ('2026-01-01 00:00+00');
-- > added table app.event_2025
-- @ column: one more
ALTER TABLE app.person ADD COLUMN phone varchar(20) NOT NULL DEFAULT '';
-- > added column app.person.phone
-- @ column: one less
ALTER TABLE app.scratch DROP COLUMN padding;
-- > removed column app.scratch.padding
-- @ column: type
ALTER TABLE app.person ALTER COLUMN last_column TYPE bigint;
-- > changed column app.person.last_column type
-- @ column: type modifier
ALTER TABLE app.scratch ALTER COLUMN padding TYPE varchar(20);
-- > changed column app.scratch.padding type
-- @ column: collation
ALTER TABLE app.scratch ALTER COLUMN padding TYPE varchar(10) COLLATE "POSIX";
-- > changed column app.scratch.padding collation
-- @ column: default
ALTER TABLE app.person ALTER COLUMN name SET DEFAULT 'somebody';
-- > changed default app.person.name expression
-- @ column: default gone
ALTER TABLE app.person ALTER COLUMN mood DROP DEFAULT;
-- > removed default app.person.mood
-- @ column: default more
ALTER TABLE app.person ALTER COLUMN born SET DEFAULT CURRENT_DATE;
-- > added default app.person.born
-- @ column: not null gone
ALTER TABLE app.person ALTER COLUMN email DROP NOT NULL;
-- > changed column app.person.email not_null
-- @ column: not null more
ALTER TABLE app.person ALTER COLUMN born SET NOT NULL;
-- > changed column app.person.born not_null
-- @ column: identity by default
ALTER TABLE app.person ALTER COLUMN id SET GENERATED BY DEFAULT;
-- > changed column app.person.id identity
-- @ column: identity's steps
ALTER TABLE app.person ALTER COLUMN id SET INCREMENT BY 3;
-- > changed sequence app.person_id_seq increment
-- @ column: identity gone
ALTER TABLE app.person ALTER COLUMN id DROP IDENTITY;
-- > changed column app.person.id identity
-- > removed sequence app.person_id_seq
-- @ column: generated no more
ALTER TABLE app.person ALTER COLUMN full_name DROP EXPRESSION;
-- > changed column app.person.full_name generated
-- > changed column app.person.full_name generation
-- @ column: statistics target strict
ALTER TABLE app.person ALTER COLUMN born SET STATISTICS 500;
-- > changed column app.person.born statistics
-- @ column: options strict
ALTER TABLE app.person ALTER COLUMN born SET (n_distinct = 100);
-- > changed column app.person.born options
-- @ column: storage
ALTER TABLE app.person ALTER COLUMN email SET STORAGE EXTERNAL;
-- > changed column app.person.email storage
-- @ column: compression
ALTER TABLE app.person ALTER COLUMN email SET COMPRESSION pglz;
-- > changed column app.person.email compression
-- @ column: a comment strict
COMMENT ON COLUMN app.person.email IS 'another';
-- > changed column app.person.email comment
-- @ column: a grant strict
GRANT SELECT (born) ON app.person TO PUBLIC;
-- > changed column app.person.born acl
-- @ column: a grant less strict
REVOKE UPDATE (name) ON app.person FROM drift_reader;
-- > changed column app.person.name acl
-- @ column: renamed, where it is handed down stays
ALTER TABLE app.animal RENAME COLUMN weight TO mass;
-- > added column app.animal.mass
-- > added column app.cat.mass
-- > added column app.dog.mass
-- > changed constraint app.animal.animal_weight_check columns
-- > changed constraint app.cat.animal_weight_check columns
-- > changed constraint app.dog.animal_weight_check columns
-- > removed column app.animal.weight
-- > removed column app.cat.weight
-- > removed column app.dog.weight
-- @ column: renamed
ALTER TABLE app.scratch RENAME COLUMN padding TO filling;
-- > added column app.scratch.filling
-- > removed column app.scratch.padding
-- @ column: virtual >=18
ALTER TABLE app.virtual ALTER COLUMN doubled SET EXPRESSION AS (a * 3);
-- > changed column app.virtual.doubled generation
-- @ constraint: primary key gone
ALTER TABLE app.person DROP CONSTRAINT person_pkey CASCADE;
-- > removed constraint app.person.person_pkey
-- > removed constraint app.pet.pet_owner_fkey
-- @ constraint: renamed
ALTER TABLE app.person RENAME CONSTRAINT person_email_key TO person_mail_key;
-- > added constraint app.person.person_mail_key
-- > removed constraint app.person.person_email_key
-- @ constraint: unique, nulls not distinct
ALTER TABLE app.person DROP CONSTRAINT person_email_key, ADD CONSTRAINT person_email_key UNIQUE NULLS NOT DISTINCT (email);
-- > changed constraint app.person.person_email_key definition
-- @ constraint: unique, including a column
ALTER TABLE app.person DROP CONSTRAINT person_email_key, ADD CONSTRAINT person_email_key UNIQUE (email) INCLUDE (born);
-- > changed constraint app.person.person_email_key definition
-- @ constraint: unique, deferrable
ALTER TABLE app.person DROP CONSTRAINT person_email_key, ADD CONSTRAINT person_email_key UNIQUE (email) DEFERRABLE;
-- > changed constraint app.person.person_email_key deferrable
-- @ constraint: check
ALTER TABLE app.person DROP CONSTRAINT person_born_check, ADD CONSTRAINT person_born_check CHECK (born > '1800-01-01');
-- > changed constraint app.person.person_born_check definition
-- @ constraint: check gone
ALTER TABLE app.person DROP CONSTRAINT person_born_check;
-- > removed constraint app.person.person_born_check
-- @ constraint: check not valid
ALTER TABLE app.person ADD CONSTRAINT person_tags_check CHECK (cardinality(tags) < 9) NOT VALID;
-- > added constraint app.person.person_tags_check
-- @ constraint: check not inherited
ALTER TABLE app.animal ADD CONSTRAINT light CHECK (weight < 10) NO INHERIT;
-- > added constraint app.animal.light
-- @ constraint: foreign key, action
ALTER TABLE app.pet DROP CONSTRAINT pet_owner_fkey, ADD CONSTRAINT pet_owner_fkey FOREIGN KEY (owner_id) REFERENCES app.person ON DELETE SET NULL;
-- > changed constraint app.pet.pet_owner_fkey definition
-- @ constraint: foreign key, deferrable
ALTER TABLE app.pet ALTER CONSTRAINT pet_owner_fkey DEFERRABLE INITIALLY DEFERRED;
-- > changed constraint app.pet.pet_owner_fkey deferrable
-- > changed constraint app.pet.pet_owner_fkey deferred
-- @ constraint: foreign key gone
ALTER TABLE app.pet DROP CONSTRAINT pet_owner_fkey;
-- > removed constraint app.pet.pet_owner_fkey
-- @ constraint: exclusion gone
ALTER TABLE app.person DROP CONSTRAINT person_during_excl;
-- > removed constraint app.person.person_during_excl
-- @ constraint: exclusion, another operator
ALTER TABLE app.person DROP CONSTRAINT person_during_excl, ADD CONSTRAINT person_during_excl EXCLUDE USING gist (during WITH &&) WHERE (born IS NOT NULL);
-- > changed constraint app.person.person_during_excl definition
-- @ constraint: a comment strict
COMMENT ON CONSTRAINT person_born_check ON app.person IS NULL;
-- > changed constraint app.person.person_born_check comment
-- @ constraint: not null, by name >=18
ALTER TABLE app.booking RENAME CONSTRAINT booking_room_not_null TO room_there;
-- > changed column app.booking.room not_null_name
-- @ constraint: enforced >=18
ALTER TABLE app.booking DROP CONSTRAINT booking_valid, ADD CONSTRAINT booking_valid CHECK (room > 0);
-- > changed constraint app.booking.booking_valid definition
-- > changed constraint app.booking.booking_valid not_valid
-- @ index: one more
CREATE INDEX pet_name_idx ON app.pet (name);
-- > added index app.pet.pet_name_idx
-- @ index: one less
DROP INDEX app.person_tags_idx;
-- > removed index app.person.person_tags_idx
-- @ index: access method
DROP INDEX app.person_name_idx;
CREATE INDEX person_name_idx ON app.person USING hash (name);
COMMENT ON INDEX app.person_name_idx IS 'for the list';
-- > changed index app.person.person_name_idx method
-- @ index: order
DROP INDEX app.person_born_idx;
CREATE INDEX person_born_idx ON app.person USING btree (born) INCLUDE (name) WHERE born IS NOT NULL;
-- > changed index app.person.person_born_idx definition
-- @ index: condition
DROP INDEX app.person_born_idx;
CREATE INDEX person_born_idx ON app.person USING btree (born DESC NULLS LAST) INCLUDE (name);
-- > changed index app.person.person_born_idx predicate
-- @ index: unique
DROP INDEX app.person_born_idx;
CREATE UNIQUE INDEX person_born_idx ON app.person USING btree (born DESC NULLS LAST) INCLUDE (name) WHERE born IS NOT NULL;
-- > changed index app.person.person_born_idx unique
-- @ index: operator class
DROP INDEX app.person_lower_idx;
CREATE INDEX person_lower_idx ON app.person (lower(email)) WITH (fillfactor = 70);
-- > changed index app.person.person_lower_idx definition
-- @ index: parameters
ALTER INDEX app.person_lower_idx SET (fillfactor = 60);
-- > changed index app.person.person_lower_idx options
-- @ index: statistics of an expression strict
ALTER INDEX app.person_lower_idx ALTER COLUMN 1 SET STATISTICS 200;
-- > changed index app.person.person_lower_idx statistics
-- @ index: a comment strict
COMMENT ON INDEX app.person_name_idx IS 'other';
-- > changed index app.person.person_name_idx comment
-- @ index: what a table is clustered by
ALTER TABLE app.person CLUSTER ON person_name_idx;
-- > changed index app.person.person_name_idx clustered
-- @ index: invalid
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'app.person_name_idx'::regclass;
-- > changed index app.person.person_name_idx invalid
-- @ index: of a partitioned table
DROP INDEX app.event_what_idx;
-- > removed index app.event.event_what_idx
-- > removed index app.event_2024.event_2024_what_idx
-- > removed index app.event_rest.event_rest_what_idx
-- @ index: of a partition only
CREATE INDEX event_2024_at_idx ON app.event_2024 (at);
-- > added index app.event_2024.event_2024_at_idx
-- @ sequence: one more
CREATE SEQUENCE app.more_numbers;
-- > added sequence app.more_numbers
-- @ sequence: step
ALTER SEQUENCE app.numbers INCREMENT BY 4 CACHE 1 CYCLE MAXVALUE 1000;
-- > changed sequence app.numbers cache
-- > changed sequence app.numbers cycle
-- > changed sequence app.numbers increment
-- > changed sequence app.numbers maximum
-- @ sequence: type
ALTER SEQUENCE app.numbers AS integer;
-- > changed sequence app.numbers maximum
-- > changed sequence app.numbers type
-- @ sequence: owned
ALTER SEQUENCE app.numbers OWNED BY app.pet.number;
-- > changed sequence app.numbers owned_by
-- @ sequence: unlogged
ALTER SEQUENCE app.numbers SET UNLOGGED;
-- > changed sequence app.numbers persistence
-- @ enum: a value more
ALTER TYPE app.mood ADD VALUE 'elated';
-- > changed enum type app.mood labels
-- @ enum: a value between
ALTER TYPE app.mood ADD VALUE 'so so' BEFORE 'ok';
-- > changed enum type app.mood labels
-- @ enum: a value renamed
ALTER TYPE app.mood RENAME VALUE 'sad' TO 'blue';
-- > changed enum type app.mood labels
-- @ domain: default
ALTER DOMAIN app.zip SET DEFAULT '99999';
-- > changed domain app.zip default
-- @ domain: null
ALTER DOMAIN app.zip DROP NOT NULL;
-- > changed domain app.zip not_null
-- @ domain: constraint gone
ALTER DOMAIN app.zip DROP CONSTRAINT zip_length;
-- > removed domain constraint app.zip.zip_length
-- @ domain: constraint
ALTER DOMAIN app.zip DROP CONSTRAINT zip_length;
ALTER DOMAIN app.zip ADD CONSTRAINT zip_length CHECK (length(VALUE) = 6);
-- > changed domain constraint app.zip.zip_length definition
-- @ domain: constraint more
ALTER DOMAIN app.zip ADD CONSTRAINT digits CHECK (VALUE ~ '^[0-9]+$');
-- > added domain constraint app.zip.digits
-- @ composite: one more
CREATE TYPE app.triple AS (a int, b int, c int);
-- > added composite type app.triple
-- @ composite: type of an attribute
ALTER TYPE app.pair ALTER ATTRIBUTE b TYPE varchar(10) CASCADE;
-- > changed attribute app.pair.b type
-- > changed column app.typed.b type
-- @ range: one more
CREATE TYPE app.int_span AS RANGE (subtype = int4);
-- > added range type app.int_span
-- @ range: its functions
DROP TYPE app.span;
CREATE TYPE app.span AS RANGE (subtype = float8, subtype_diff = app.gap);
-- > changed range type app.span difference
-- @ view: query
CREATE OR REPLACE VIEW app.adult AS SELECT id, name FROM app.person WHERE born < '2001-01-01';
-- > changed view app.adult query
-- @ view: column
CREATE OR REPLACE VIEW app.adult AS SELECT id, name, email FROM app.person WHERE born < '2000-01-01';
-- > added view column app.adult.email
-- > changed view app.adult query
-- @ view: options
ALTER VIEW app.adult SET (security_barrier = true);
-- > changed view app.adult options
-- @ view: a default
ALTER VIEW app.adult ALTER COLUMN name SET DEFAULT 'x';
-- > added default app.adult.name
-- @ view: gone
DROP VIEW app.adult;
-- > removed view app.adult
-- @ view: a comment strict
COMMENT ON VIEW app.adult IS 'other';
-- > changed view app.adult comment
-- @ view: a column's comment strict
COMMENT ON COLUMN app.adult.name IS 'other';
-- > changed view column app.adult.name comment
-- @ materialized view: query
DROP MATERIALIZED VIEW app.totals;
CREATE MATERIALIZED VIEW app.totals AS SELECT mood, count(*) AS number FROM app.person WHERE born IS NOT NULL GROUP BY mood;
CREATE UNIQUE INDEX totals_mood_idx ON app.totals (mood);
-- > changed materialized view app.totals query
-- @ materialized view: gone
DROP MATERIALIZED VIEW app.totals;
-- > removed materialized view app.totals
-- @ rule: action
CREATE OR REPLACE RULE pet_protect AS ON DELETE TO app.pet WHERE old.name = 'Max' DO INSTEAD NOTHING;
-- > changed rule app.pet.pet_protect definition
-- @ rule: off
ALTER TABLE app.pet DISABLE RULE pet_protect;
-- > changed rule app.pet.pet_protect enabled
-- @ rule: gone
DROP RULE pet_protect ON app.pet;
-- > removed rule app.pet.pet_protect
-- @ function: body
CREATE OR REPLACE FUNCTION app.twice(n int) RETURNS int LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS 'SELECT n + n';
-- > changed function app.twice(integer) body
-- @ function: volatility
ALTER FUNCTION app.twice(int) STABLE;
-- > changed function app.twice(integer) volatility
-- @ function: called on null, leakproof
ALTER FUNCTION app.twice(int) CALLED ON NULL INPUT LEAKPROOF;
-- > changed function app.twice(integer) leakproof
-- > changed function app.twice(integer) strict
-- @ function: security
ALTER FUNCTION app.twice(int) SECURITY DEFINER SET search_path = app;
-- > changed function app.twice(integer) config
-- > changed function app.twice(integer) security_definer
-- @ function: cost
ALTER FUNCTION app.twice(int) COST 7;
-- > changed function app.twice(integer) cost
-- @ function: parallel
ALTER FUNCTION app.twice(int) PARALLEL RESTRICTED;
-- > changed function app.twice(integer) parallel
-- @ function: result
DROP FUNCTION app.twice(int);
CREATE FUNCTION app.twice(n int) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS 'SELECT n::bigint * 2';
-- > changed function app.twice(integer) body
-- > changed function app.twice(integer) returns
-- @ function: another of the name
CREATE FUNCTION app.twice(n numeric) RETURNS numeric LANGUAGE sql AS 'SELECT n * 2';
-- > added function app.twice(numeric)
-- @ function: a grant strict
REVOKE EXECUTE ON FUNCTION app.twice(int) FROM PUBLIC;
-- > changed function app.twice(integer) acl
-- @ function: a comment strict
COMMENT ON FUNCTION app.twice(int) IS NULL;
-- > changed function app.twice(integer) comment
-- @ function: an owner strict
ALTER FUNCTION app.twice(int) OWNER TO drift_owner;
-- > changed function app.twice(integer) owner
-- @ procedure: body
CREATE OR REPLACE PROCEDURE app.clean() LANGUAGE sql AS 'TRUNCATE app.scratch';
-- > changed procedure app.clean() body
-- @ procedure: gone
DROP PROCEDURE app.clean();
-- > removed procedure app.clean()
-- @ aggregate: start
CREATE OR REPLACE AGGREGATE app.total(int) (SFUNC = int4pl, STYPE = int, INITCOND = '5');
-- > changed aggregate app.total(integer) initcond
-- @ aggregate: gone
DROP AGGREGATE app.total(int);
-- > removed aggregate app.total(integer)
-- @ operator: selectivity
ALTER OPERATOR app.=== (app.pair, app.pair) SET (RESTRICT = eqsel, JOIN = eqjoinsel);
-- > changed operator app.===(app.pair, app.pair) join
-- > changed operator app.===(app.pair, app.pair) restrict
-- @ operator: gone
DROP OPERATOR app.=== (app.pair, app.pair);
-- > removed operator app.===(app.pair, app.pair)
-- @ operator family: a member
ALTER OPERATOR FAMILY app.reversed USING btree ADD FUNCTION 1 (int8, int8) btint8cmp(int8, int8);
-- > changed operator family app.reversed using btree functions
-- @ operator class: gone
DROP OPERATOR CLASS app.reversed_int USING btree;
-- > removed operator class app.reversed_int using btree
-- @ cast: gone
DROP CAST (int AS app.pair);
-- > removed cast integer AS app.pair
-- @ cast: when
DROP CAST (int AS app.pair);
CREATE CAST (int AS app.pair) WITH FUNCTION app.as_pair(int) AS IMPLICIT;
-- > changed cast integer AS app.pair context
-- @ trigger: event
CREATE OR REPLACE TRIGGER pet_stamp BEFORE INSERT OR DELETE ON app.pet FOR EACH ROW EXECUTE FUNCTION app.stamp('x');
-- > changed trigger app.pet.pet_stamp columns
-- > changed trigger app.pet.pet_stamp events
-- > changed trigger app.pet.pet_stamp definition
-- @ trigger: event, with the same condition
CREATE OR REPLACE TRIGGER pet_stamp BEFORE INSERT OR UPDATE ON app.pet FOR EACH ROW WHEN (new.name <> '') EXECUTE FUNCTION app.stamp('x');
-- > changed trigger app.pet.pet_stamp columns
-- @ rule: action and event
CREATE OR REPLACE RULE pet_protect AS ON UPDATE TO app.pet WHERE old.name = 'Tom' DO INSTEAD NOTHING;
-- > changed rule app.pet.pet_protect event
-- > changed rule app.pet.pet_protect definition
-- @ trigger: arguments
CREATE OR REPLACE TRIGGER pet_stamp BEFORE INSERT OR UPDATE OF name ON app.pet FOR EACH ROW WHEN (new.name <> '') EXECUTE FUNCTION app.stamp('y');
-- > changed trigger app.pet.pet_stamp definition
-- @ trigger: off
ALTER TABLE app.pet DISABLE TRIGGER pet_stamp;
-- > changed trigger app.pet.pet_stamp enabled
-- @ trigger: always
ALTER TABLE app.pet ENABLE ALWAYS TRIGGER pet_stamp;
-- > changed trigger app.pet.pet_stamp enabled
-- @ trigger: gone
DROP TRIGGER pet_stamp ON app.pet;
-- > removed trigger app.pet.pet_stamp
-- @ trigger: a comment strict
COMMENT ON TRIGGER pet_stamp ON app.pet IS NULL;
-- > changed trigger app.pet.pet_stamp comment
-- @ event trigger: off
ALTER EVENT TRIGGER watch DISABLE;
-- > changed event trigger watch enabled
-- @ event trigger: gone
DROP EVENT TRIGGER watch;
-- > removed event trigger watch
-- @ event trigger: tags
DROP EVENT TRIGGER watch;
CREATE EVENT TRIGGER watch ON ddl_command_end WHEN TAG IN ('CREATE VIEW') EXECUTE FUNCTION app.watch();
-- > changed event trigger watch tags
-- @ policy: expression
ALTER POLICY own_rows ON app.person USING (true);
-- > changed policy app.person.own_rows using
-- @ policy: roles
ALTER POLICY own_rows ON app.person TO drift_reader;
-- > changed policy app.person.own_rows roles
-- @ policy: restrictive
DROP POLICY own_rows ON app.person;
CREATE POLICY own_rows ON app.person AS RESTRICTIVE FOR SELECT TO PUBLIC USING (email = CURRENT_USER);
-- > changed policy app.person.own_rows permissive
-- @ policy: one more
CREATE POLICY all_rows ON app.person FOR UPDATE USING (true) WITH CHECK (false);
-- > added policy app.person.all_rows
-- @ statistics: kinds
DROP STATISTICS app.person_stats;
CREATE STATISTICS app.person_stats (mcv) ON name, born FROM app.person;
-- > changed statistics app.person_stats kinds
-- @ statistics: target strict
ALTER STATISTICS app.person_stats SET STATISTICS 300;
-- > changed statistics app.person_stats statistics
-- @ statistics: gone
DROP STATISTICS app.person_stats;
-- > removed statistics app.person_stats
-- @ collation: one more
CREATE COLLATION app.more (provider = libc, locale = 'C');
-- > added collation app.more
-- @ collation: locale
DROP COLLATION app.by_c;
CREATE COLLATION app.by_c (provider = libc, locale = 'POSIX');
-- > changed collation app.by_c lc_collate
-- > changed collation app.by_c lc_ctype
-- @ conversion: gone
DROP CONVERSION app.to_latin1;
-- > removed conversion app.to_latin1
-- @ conversion: default
DROP CONVERSION app.to_latin1;
CREATE DEFAULT CONVERSION app.to_latin1 FOR 'UTF8' TO 'LATIN1' FROM utf8_to_iso8859_1;
-- > changed conversion app.to_latin1 default
-- @ language: trusted
CREATE OR REPLACE LANGUAGE other_sql HANDLER plpgsql_call_handler INLINE plpgsql_inline_handler VALIDATOR plpgsql_validator;
-- > changed language other_sql trusted
-- @ access method: gone
DROP TABLE app.in_heap_too;
DROP ACCESS METHOD heap_too;
-- > removed access method heap_too
-- > removed table app.in_heap_too
-- @ table: access method
DROP TABLE app.in_heap_too;
CREATE TABLE app.in_heap_too (id int);
REVOKE SELECT ON app.in_heap_too FROM drift_reader;
-- > changed table app.in_heap_too access_method
-- @ transform: gone
DROP TRANSFORM FOR int LANGUAGE other_sql;
-- > removed transform integer FOR other_sql
-- @ base type: typmod
ALTER TYPE app.number SET (TYPMOD_IN = numerictypmodin);
-- > changed base type app.number typmod_in
-- @ base type: one more
CREATE TYPE app.shell;
-- > added shell type app.shell
-- @ text search parser: gone
DROP TEXT SEARCH PARSER app.words;
-- > removed text search parser app.words
-- @ text search parser: headline
DROP TEXT SEARCH PARSER app.words;
CREATE TEXT SEARCH PARSER app.words (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype, HEADLINE = prsd_headline);
-- > changed text search parser app.words headline
-- @ text search template: gone
DROP TEXT SEARCH TEMPLATE app.simple_too;
-- > removed text search template app.simple_too
-- @ text search dictionary: options
ALTER TEXT SEARCH DICTIONARY app.plain (accept = false);
-- > changed text search dictionary app.plain options
-- @ text search configuration: mapping
ALTER TEXT SEARCH CONFIGURATION app.plain ADD MAPPING FOR int WITH simple;
-- > changed text search configuration app.plain mappings
-- @ text search configuration: mapping less
ALTER TEXT SEARCH CONFIGURATION app.plain DROP MAPPING FOR word;
-- > changed text search configuration app.plain mappings
-- @ text search configuration: gone
DROP TEXT SEARCH CONFIGURATION app.plain;
-- > removed text search configuration app.plain
-- @ foreign data wrapper: options
ALTER FOREIGN DATA WRAPPER nowhere_fdw OPTIONS (SET debug 'false');
-- > changed foreign data wrapper nowhere_fdw options
-- @ server: options
ALTER SERVER elsewhere OPTIONS (SET host 'nowhere', ADD port '5433', DROP dbname);
-- > changed server elsewhere options
-- @ server: version
ALTER SERVER elsewhere VERSION '2';
-- > changed server elsewhere version
-- @ user mapping: options
ALTER USER MAPPING FOR PUBLIC SERVER elsewhere OPTIONS (SET user 'other');
-- > changed user mapping elsewhere.public options
-- @ user mapping: gone
DROP USER MAPPING FOR PUBLIC SERVER elsewhere;
-- > removed user mapping elsewhere.public
-- @ foreign table: options
ALTER FOREIGN TABLE app.far OPTIONS (SET table_name 'farther');
-- > changed foreign table app.far foreign_options
-- @ foreign table: options of a column
ALTER FOREIGN TABLE app.far ALTER COLUMN id OPTIONS (SET column_name 'number');
-- > changed column app.far.id foreign_options
-- @ foreign table: column
ALTER FOREIGN TABLE app.far ADD COLUMN more text;
-- > added column app.far.more
-- @ foreign table: gone
DROP FOREIGN TABLE app.far;
-- > removed foreign table app.far
-- @ publication: what is published
ALTER PUBLICATION changes SET (publish = 'insert', publish_via_partition_root = true);
-- > changed publication changes publish
-- > changed publication changes via_partition_root
-- @ publication: tables
ALTER PUBLICATION changes ADD TABLE app.person;
-- > changed publication changes tables
-- @ publication: columns and rows
ALTER PUBLICATION changes SET TABLE app.pet (id) WHERE (id > 5);
-- > changed publication changes tables
-- @ publication: gone
DROP PUBLICATION changes;
-- > removed publication changes
-- @ default privileges: more strict
ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT INSERT ON TABLES TO drift_reader;
-- > changed default privileges in schema app on tables acl
-- @ default privileges: less strict
ALTER DEFAULT PRIVILEGES IN SCHEMA app REVOKE SELECT ON TABLES FROM drift_reader;
-- > removed default privileges in schema app on tables
-- @ default privileges: of functions strict
ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT EXECUTE ON FUNCTIONS TO drift_reader;
-- > added default privileges in schema app on functions

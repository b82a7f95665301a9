-- One object of each kind, each with what can be said of it. A line that begins with {>=18} is for newer servers only.
CREATE SCHEMA app;
COMMENT ON SCHEMA app IS 'what the application has';
CREATE SCHEMA "näme ""q""";

CREATE COLLATION app.by_c (provider = libc, locale = 'C');
CREATE TYPE app.mood AS ENUM ('sad', 'ok', 'happy');
CREATE DOMAIN app.zip AS text DEFAULT '00000' NOT NULL CONSTRAINT zip_length CHECK (length(VALUE) = 5);
CREATE TYPE app.pair AS (a int, b text);
CREATE FUNCTION app.gap(a float8, b float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS 'SELECT b - a';
CREATE TYPE app.span AS RANGE (subtype = float8);
CREATE SEQUENCE app.numbers AS bigint INCREMENT BY 2 START WITH 10 CACHE 5;

CREATE TABLE app.person (
    id bigint GENERATED ALWAYS AS IDENTITY (START WITH 100 INCREMENT BY 10) CONSTRAINT person_pkey PRIMARY KEY,
    email text NOT NULL,
    name varchar(40) DEFAULT 'nobody' COLLATE "C",
    mood app.mood DEFAULT 'ok',
    born date,
    tags text[],
    data jsonb,
    during tsrange,
    last_column int,
    full_name text GENERATED ALWAYS AS (name || '!') STORED,
    CONSTRAINT person_email_key UNIQUE (email),
    CONSTRAINT person_born_check CHECK (born > '1900-01-01'),
    CONSTRAINT person_during_excl EXCLUDE USING gist (during WITH &&)
);
COMMENT ON TABLE app.person IS 'somebody';
COMMENT ON COLUMN app.person.email IS 'an address';
COMMENT ON CONSTRAINT person_born_check ON app.person IS 'nobody is that old';
CREATE TABLE app.pet (
    id serial PRIMARY KEY,
    owner_id bigint CONSTRAINT pet_owner_fkey REFERENCES app.person ON DELETE CASCADE,
    name text,
    number bigint DEFAULT nextval('app.numbers')
) WITH (fillfactor = 90);
CREATE TABLE app.animal (id int, weight int CHECK (weight > 0));
CREATE TABLE app.dog (breed text) INHERITS (app.animal);
CREATE TABLE app.typed OF app.pair;
CREATE TABLE app.event (at timestamptz NOT NULL, what text) PARTITION BY RANGE (at);
CREATE TABLE app.event_2024 PARTITION OF app.event FOR VALUES FROM ('2024-01-01 00:00+00') TO ('2025-01-01 00:00+00');
CREATE TABLE app.event_rest PARTITION OF app.event DEFAULT;
CREATE INDEX event_what_idx ON app.event (what);
CREATE UNLOGGED TABLE app.scratch (id int, padding varchar(10));
CREATE TABLE "näme ""q"""."täble ""q""" ("cölumn ""q""" int);

CREATE INDEX person_name_idx ON app.person (name);
CREATE INDEX person_born_idx ON app.person USING btree (born DESC NULLS LAST) INCLUDE (name) WHERE born IS NOT NULL;
CREATE INDEX person_tags_idx ON app.person USING gin (tags);
CREATE INDEX person_lower_idx ON app.person (lower(email) text_pattern_ops) WITH (fillfactor = 70);
COMMENT ON INDEX app.person_name_idx IS 'for the list';
CREATE STATISTICS app.person_stats (ndistinct, dependencies) ON name, born FROM app.person;

CREATE VIEW app.adult AS SELECT id, name FROM app.person WHERE born < '2000-01-01';
COMMENT ON VIEW app.adult IS 'may vote';
CREATE MATERIALIZED VIEW app.totals AS SELECT mood, count(*) AS number FROM app.person GROUP BY mood;
CREATE UNIQUE INDEX totals_mood_idx ON app.totals (mood);
CREATE RULE pet_protect AS ON DELETE TO app.pet WHERE old.name = 'Rex' DO INSTEAD NOTHING;

CREATE FUNCTION app.twice(n int) RETURNS int LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS 'SELECT n * 2';
COMMENT ON FUNCTION app.twice(int) IS 'two times';
CREATE PROCEDURE app.clean() LANGUAGE sql AS 'DELETE FROM app.scratch';
CREATE AGGREGATE app.total(int) (SFUNC = int4pl, STYPE = int, INITCOND = '0');
CREATE FUNCTION app.same_pair(app.pair, app.pair) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT $1.a = $2.a';
CREATE OPERATOR app.=== (FUNCTION = app.same_pair, LEFTARG = app.pair, RIGHTARG = app.pair, COMMUTATOR = OPERATOR(app.===));
CREATE FUNCTION app.backwards(int, int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT btint4cmp($2, $1)';
CREATE OPERATOR FAMILY app.reversed USING btree;
CREATE OPERATOR CLASS app.reversed_int FOR TYPE int USING btree FAMILY app.reversed AS
    OPERATOR 1 >, OPERATOR 2 >=, OPERATOR 3 =, OPERATOR 4 <=, OPERATOR 5 <, FUNCTION 1 app.backwards(int, int);
CREATE FUNCTION app.as_pair(int) RETURNS app.pair LANGUAGE sql IMMUTABLE AS 'SELECT ROW($1, NULL)::app.pair';
CREATE CAST (int AS app.pair) WITH FUNCTION app.as_pair(int) AS ASSIGNMENT;
CREATE FUNCTION app.stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE TRIGGER pet_stamp BEFORE INSERT OR UPDATE OF name ON app.pet FOR EACH ROW WHEN (new.name <> '') EXECUTE FUNCTION app.stamp('x');
COMMENT ON TRIGGER pet_stamp ON app.pet IS 'notes the time';
CREATE FUNCTION app.watch() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER watch ON ddl_command_end WHEN TAG IN ('CREATE SEQUENCE') EXECUTE FUNCTION app.watch();
CREATE CONVERSION app.to_latin1 FOR 'UTF8' TO 'LATIN1' FROM utf8_to_iso8859_1;

ALTER TABLE app.person ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON app.person FOR SELECT TO PUBLIC USING (email = CURRENT_USER);

-- pg_dump leaves out a handler that is an extension's, so that its dump cannot be restored: {no dump}.
{no dump} CREATE TRUSTED LANGUAGE other_sql HANDLER plpgsql_call_handler INLINE plpgsql_inline_handler VALIDATOR plpgsql_validator;
CREATE ACCESS METHOD heap_too TYPE TABLE HANDLER heap_tableam_handler;
CREATE TABLE app.in_heap_too (id int) USING heap_too;
{no dump} CREATE TRANSFORM FOR int LANGUAGE other_sql (FROM SQL WITH FUNCTION prsd_lextype(internal), TO SQL WITH FUNCTION int4recv(internal));
CREATE TYPE app.number;
CREATE FUNCTION app.number_in(cstring) RETURNS app.number LANGUAGE internal IMMUTABLE STRICT AS 'int4in';
CREATE FUNCTION app.number_out(app.number) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int4out';
CREATE TYPE app.number (INPUT = app.number_in, OUTPUT = app.number_out, LIKE = int4);

CREATE TEXT SEARCH PARSER app.words (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype);
CREATE TEXT SEARCH TEMPLATE app.simple_too (INIT = dsimple_init, LEXIZE = dsimple_lexize);
CREATE TEXT SEARCH DICTIONARY app.plain (TEMPLATE = simple, stopwords = english);
CREATE TEXT SEARCH CONFIGURATION app.plain (PARSER = default);
ALTER TEXT SEARCH CONFIGURATION app.plain ADD MAPPING FOR asciiword, word WITH app.plain;

CREATE FOREIGN DATA WRAPPER nowhere_fdw OPTIONS (debug 'true');
CREATE SERVER elsewhere TYPE 'kind' VERSION '1' FOREIGN DATA WRAPPER nowhere_fdw OPTIONS (host 'elsewhere', dbname 'there');
CREATE USER MAPPING FOR PUBLIC SERVER elsewhere OPTIONS (user 'guest');
CREATE FOREIGN TABLE app.far (id int OPTIONS (column_name 'nr') NOT NULL, name text) SERVER elsewhere OPTIONS (table_name 'far');
CREATE PUBLICATION changes FOR TABLE app.pet (id, name) WHERE (id > 0) WITH (publish = 'insert, update');

ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO drift_reader;
GRANT USAGE ON SCHEMA app TO drift_reader;
GRANT SELECT ON app.person TO drift_reader WITH GRANT OPTION;
GRANT UPDATE (name) ON app.person TO drift_reader;
GRANT EXECUTE ON FUNCTION app.twice(int) TO drift_reader;
{>=18} CREATE TABLE app.booking (room int, at tsrange, CONSTRAINT booking_room_not_null NOT NULL room, CONSTRAINT booking_valid CHECK (room > 0) NOT ENFORCED);
{>=18} CREATE TABLE app.virtual (a int, doubled int GENERATED ALWAYS AS (a * 2) VIRTUAL);

-- What else can be said of them.
CREATE TYPE app.colored AS (c text COLLATE "C", d int);
CREATE DOMAIN app.small AS varchar(10) COLLATE "C";
CREATE UNLOGGED SEQUENCE app.fast;
CREATE TABLE app.keyed (a int NOT NULL, b text NOT NULL, c text, d tsvector, e text,
    CONSTRAINT keyed_pkey PRIMARY KEY (a), CONSTRAINT keyed_b_key UNIQUE (b) WITH (fillfactor = 80), CONSTRAINT keyed_ab_key UNIQUE (a, b));
ALTER TABLE app.keyed ALTER COLUMN c SET STATISTICS 50, ALTER COLUMN c SET (n_distinct = 5), ALTER COLUMN c SET COMPRESSION pglz,
    ALTER COLUMN e SET STORAGE EXTERNAL;
CREATE TABLE app.referring (a int, b text,
    CONSTRAINT referring_fkey FOREIGN KEY (a, b) REFERENCES app.keyed (a, b) ON UPDATE CASCADE ON DELETE SET NULL (b),
    CONSTRAINT referring_own CHECK (a > 0) NO INHERIT);
ALTER TABLE app.referring ADD CONSTRAINT referring_unproven CHECK (a > 1) NOT VALID;
CREATE TABLE app.cat (id int DEFAULT 7, weight int DEFAULT 3) INHERITS (app.animal);
CREATE INDEX keyed_c_idx ON app.keyed (c COLLATE "C" text_pattern_ops, a DESC);
CREATE INDEX keyed_brin_idx ON app.keyed USING brin (a) WITH (pages_per_range = 64);
CREATE INDEX keyed_gist_idx ON app.keyed USING gist (d tsvector_ops (siglen = 100));
CREATE INDEX keyed_hash_idx ON app.keyed ((b || c)) INCLUDE (a);
ALTER INDEX app.keyed_hash_idx ALTER COLUMN 1 SET STATISTICS 70;
CREATE STATISTICS app.keyed_stats (mcv) ON (a % 10), b FROM app.keyed;
CREATE FUNCTION app.many(n int, m int DEFAULT 2) RETURNS SETOF int LANGUAGE sql ROWS 10 SET work_mem TO '1MB' AS 'SELECT n';
CREATE FUNCTION app.atomic(n int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT n + 1; END;
CREATE FUNCTION app.add_more(int, int, VARIADIC int[]) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE AGGREGATE app.mean(float8) (SFUNC = float8_accum, STYPE = float8[], FINALFUNC = float8_avg, COMBINEFUNC = float8_combine, INITCOND = '{0,0,0}', PARALLEL = SAFE);
CREATE TRIGGER keyed_after AFTER INSERT ON app.keyed REFERENCING NEW TABLE AS news FOR EACH STATEMENT EXECUTE FUNCTION app.stamp();
CREATE CONSTRAINT TRIGGER keyed_late AFTER INSERT ON app.keyed DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION app.stamp();
CREATE TRIGGER adult_instead INSTEAD OF INSERT ON app.adult FOR EACH ROW EXECUTE FUNCTION app.stamp();
CREATE TRIGGER event_row AFTER UPDATE ON app.event FOR EACH ROW EXECUTE FUNCTION app.stamp();
CREATE POLICY all_ok ON app.keyed TO drift_reader USING (a > 0) WITH CHECK (a > 1);
CREATE VIEW app.checked WITH (check_option = local) AS SELECT a, b FROM app.keyed WHERE a > 0;
CREATE PUBLICATION everything FOR ALL TABLES;
CREATE PUBLICATION of_schema FOR TABLES IN SCHEMA app;
CREATE CAST (app.pair AS text) WITH INOUT;
CREATE FUNCTION app.fdw_options(text[], oid) RETURNS bool LANGUAGE sql AS 'SELECT true';
COMMENT ON DOMAIN app.zip IS 'a code';
{>=18} CREATE TABLE app.period (id int4range, at tsrange, CONSTRAINT period_pkey PRIMARY KEY (id, at WITHOUT OVERLAPS));
{>=18} CREATE TABLE app.of_period (id int4range, at tsrange, CONSTRAINT of_period_fkey FOREIGN KEY (id, PERIOD at) REFERENCES app.period (id, PERIOD at));
{>=18} CREATE TABLE app.nulls (a int CONSTRAINT a_there NOT NULL NO INHERIT, b int, c int NOT NULL);
{>=18} ALTER TABLE app.nulls ADD CONSTRAINT b_there NOT NULL b NOT VALID;
{>=18} CREATE EXTENSION vector SCHEMA public;
{>=18} CREATE TABLE app.embedding (id int, v public.vector(3), w public.vector(3));
{>=18} CREATE INDEX embedding_hnsw ON app.embedding USING hnsw (v public.vector_l2_ops) WITH (m = 8);
{>=18} CREATE INDEX embedding_ivfflat ON app.embedding USING ivfflat (w public.vector_cosine_ops) WITH (lists = 10);

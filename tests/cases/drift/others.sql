-- Attributes of what is no relation, one at a time. How to read it is said in mutations.sql.

-- @ extension comment strict >=18
COMMENT ON EXTENSION vector IS 'other';
-- > changed extension vector comment
-- @ schema grant with grant option strict
GRANT USAGE ON SCHEMA app TO drift_reader WITH GRANT OPTION;
-- > changed schema app acl
-- @ schema public a grant strict
GRANT CREATE ON SCHEMA public TO drift_reader;
-- > changed schema public acl
-- @ schema public taken from everybody strict
REVOKE USAGE ON SCHEMA public FROM PUBLIC;
-- > changed schema public acl
-- @ schema public a comment strict
COMMENT ON SCHEMA public IS NULL;
-- > changed schema public comment
-- @ schema public an owner strict
ALTER SCHEMA public OWNER TO drift_owner;
-- > changed schema public owner
-- @ schema renamed stays
ALTER SCHEMA "näme ""q""" RENAME TO plain;
-- > removed schema "näme ""q"""
-- @ collation owner strict
ALTER COLLATION app.by_c OWNER TO drift_owner;
-- > changed collation app.by_c owner
-- @ collation comment strict
COMMENT ON COLLATION app.by_c IS 'plain';
-- > changed collation app.by_c comment
-- @ conversion function
DROP CONVERSION app.to_latin1;
CREATE CONVERSION app.to_latin1 FOR 'UTF8' TO 'LATIN2' FROM utf8_to_iso8859;
-- > changed conversion app.to_latin1 function
-- > changed conversion app.to_latin1 to_encoding
-- @ conversion owner strict
ALTER CONVERSION app.to_latin1 OWNER TO drift_owner;
-- > changed conversion app.to_latin1 owner
-- @ conversion comment strict
COMMENT ON CONVERSION app.to_latin1 IS 'old';
-- > changed conversion app.to_latin1 comment
-- @ enum owner strict
ALTER TYPE app.mood OWNER TO drift_owner;
-- > changed enum type app.mood owner
-- @ enum comment strict
COMMENT ON TYPE app.mood IS 'felt';
-- > changed enum type app.mood comment
-- @ enum grant strict
REVOKE USAGE ON TYPE app.mood FROM PUBLIC;
-- > changed enum type app.mood acl
-- @ domain type
DROP DOMAIN app.small;
CREATE DOMAIN app.small AS varchar(20) COLLATE "C";
-- > changed domain app.small type
-- @ domain collation
DROP DOMAIN app.small;
CREATE DOMAIN app.small AS varchar(10);
-- > changed domain app.small collation
-- @ domain constraint not valid
ALTER DOMAIN app.zip DROP CONSTRAINT zip_length;
ALTER DOMAIN app.zip ADD CONSTRAINT zip_length CHECK (length(VALUE) = 5) NOT VALID;
-- > changed domain constraint app.zip.zip_length not_valid
-- @ domain constraint renamed
ALTER DOMAIN app.zip RENAME CONSTRAINT zip_length TO zip_size;
-- > added domain constraint app.zip.zip_size
-- > removed domain constraint app.zip.zip_length
-- @ domain constraint comment strict
COMMENT ON CONSTRAINT zip_length ON DOMAIN app.zip IS 'five';
-- > changed domain constraint app.zip.zip_length comment
-- @ domain default gone
ALTER DOMAIN app.zip DROP DEFAULT;
-- > changed domain app.zip default
-- @ domain owner strict
ALTER DOMAIN app.zip OWNER TO drift_owner;
-- > changed domain app.zip owner
-- @ domain comment strict
COMMENT ON DOMAIN app.zip IS NULL;
-- > changed domain app.zip comment
-- @ domain grant strict
GRANT USAGE ON TYPE app.zip TO drift_reader WITH GRANT OPTION;
-- > changed domain app.zip acl
-- @ composite attribute more
ALTER TYPE app.colored ADD ATTRIBUTE e int;
-- > added attribute app.colored.e
-- @ composite attribute less
ALTER TYPE app.colored DROP ATTRIBUTE d;
-- > removed attribute app.colored.d
-- @ composite attribute renamed
ALTER TYPE app.colored RENAME ATTRIBUTE d TO dee;
-- > added attribute app.colored.dee
-- > removed attribute app.colored.d
-- @ composite attribute collation
ALTER TYPE app.colored ALTER ATTRIBUTE c TYPE text COLLATE "POSIX";
-- > changed attribute app.colored.c collation
-- @ composite attribute comment strict
COMMENT ON COLUMN app.colored.c IS 'red';
-- > changed attribute app.colored.c comment
-- @ composite owner strict
ALTER TYPE app.colored OWNER TO drift_owner;
-- > changed composite type app.colored owner
-- @ composite comment strict
COMMENT ON TYPE app.colored IS 'with a colour';
-- > changed composite type app.colored comment
-- @ composite grant strict
GRANT USAGE ON TYPE app.colored TO drift_reader;
-- > changed composite type app.colored acl
-- @ range subtype
DROP TYPE app.span;
CREATE TYPE app.span AS RANGE (subtype = numeric);
-- > changed range type app.span subtype
-- @ range multirange
DROP TYPE app.span;
CREATE TYPE app.span AS RANGE (subtype = float8, multirange_type_name = app.spans);
-- > changed range type app.span multirange
-- @ range operator class
DROP TYPE app.span;
CREATE TYPE app.span AS RANGE (subtype = text, subtype_opclass = text_pattern_ops, collation = "C");
-- > changed range type app.span collation
-- > changed range type app.span operator_class
-- > changed range type app.span subtype
-- @ range owner strict
ALTER TYPE app.span OWNER TO drift_owner;
-- > changed range type app.span owner
-- @ range comment strict
COMMENT ON TYPE app.span IS 'from to';
-- > changed range type app.span comment
-- @ range grant strict
REVOKE USAGE ON TYPE app.span FROM PUBLIC;
-- > changed range type app.span acl
-- @ base type storage
ALTER TYPE app.number SET (ANALYZE = array_typanalyze);
-- > changed base type app.number analyze
-- @ base type owner strict
ALTER TYPE app.number OWNER TO drift_owner;
-- > changed base type app.number owner
-- @ base type comment strict
COMMENT ON TYPE app.number IS 'four bytes';
-- > changed base type app.number comment
-- @ base type grant strict
REVOKE USAGE ON TYPE app.number FROM PUBLIC;
-- > changed base type app.number acl
-- @ function rows
ALTER FUNCTION app.many(int, int) ROWS 20;
-- > changed function app.many(integer, integer) rows
-- @ function rows as usual
ALTER FUNCTION app.many(int, int) ROWS 1000;
-- > changed function app.many(integer, integer) rows
-- @ function setting
ALTER FUNCTION app.many(int, int) SET work_mem TO '2MB';
-- > changed function app.many(integer, integer) config
-- @ function setting gone
ALTER FUNCTION app.many(int, int) RESET work_mem;
-- > changed function app.many(integer, integer) config
-- @ function setting more
ALTER FUNCTION app.many(int, int) SET search_path TO app, "näme ""q""", public;
-- > changed function app.many(integer, integer) config
-- @ function setting with quotes
ALTER FUNCTION app.many(int, int) SET application_name TO 'it''s "x", y';
-- > changed function app.many(integer, integer) config
-- @ function leakproof
ALTER FUNCTION app.twice(int) LEAKPROOF;
-- > changed function app.twice(integer) leakproof
-- @ function strict
ALTER FUNCTION app.twice(int) CALLED ON NULL INPUT;
-- > changed function app.twice(integer) strict
-- @ function security definer
ALTER FUNCTION app.twice(int) SECURITY DEFINER;
-- > changed function app.twice(integer) security_definer
-- @ function support
ALTER FUNCTION app.twice(int) SUPPORT pg_catalog.generate_series_int4_support;
-- > changed function app.twice(integer) support
-- @ function default of a parameter
CREATE OR REPLACE FUNCTION app.many(n int, m int DEFAULT 3) RETURNS SETOF int LANGUAGE sql ROWS 10 SET work_mem TO '1MB' AS 'SELECT n';
-- > changed function app.many(integer, integer) parameters
-- @ function default of a parameter gone
DROP FUNCTION app.many(int, int);
CREATE FUNCTION app.many(n int, m int) RETURNS SETOF int LANGUAGE sql ROWS 10 SET work_mem TO '1MB' AS 'SELECT n';
-- > changed function app.many(integer, integer) parameters
-- @ function name of a parameter
DROP FUNCTION app.many(int, int);
CREATE FUNCTION app.many(n int, o int DEFAULT 2) RETURNS SETOF int LANGUAGE sql ROWS 10 SET work_mem TO '1MB' AS 'SELECT n';
-- > changed function app.many(integer, integer) parameters
-- @ function variadic no more
DROP FUNCTION app.add_more(int, int, int[]);
CREATE FUNCTION app.add_more(int, int, int[]) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1';
-- > changed function app.add_more(integer, integer, integer[]) parameters
-- @ function body of statements
CREATE OR REPLACE FUNCTION app.atomic(n int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT n + 2; END;
-- > changed function app.atomic(integer) atomic_body
-- @ function body a string
CREATE OR REPLACE FUNCTION app.atomic(n int) RETURNS int LANGUAGE sql AS 'SELECT n + 1';
-- > changed function app.atomic(integer) atomic_body
-- > changed function app.atomic(integer) body
-- @ function language
CREATE OR REPLACE FUNCTION app.atomic(n int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN n + 1; END';
-- > changed function app.atomic(integer) atomic_body
-- > changed function app.atomic(integer) body
-- > changed function app.atomic(integer) language
-- @ function grant with grant option strict
GRANT EXECUTE ON FUNCTION app.twice(int) TO drift_reader WITH GRANT OPTION;
-- > changed function app.twice(integer) acl
-- @ procedure security
ALTER PROCEDURE app.clean() SECURITY DEFINER;
-- > changed procedure app.clean() security_definer
-- @ procedure comment strict
COMMENT ON PROCEDURE app.clean() IS 'sweeps';
-- > changed procedure app.clean() comment
-- @ procedure owner strict
ALTER PROCEDURE app.clean() OWNER TO drift_owner;
-- > changed procedure app.clean() owner
-- @ procedure grant strict
REVOKE EXECUTE ON PROCEDURE app.clean() FROM PUBLIC;
-- > changed procedure app.clean() acl
-- @ aggregate final function
CREATE OR REPLACE AGGREGATE app.mean(float8) (SFUNC = float8_accum, STYPE = float8[], FINALFUNC = float8_var_pop, COMBINEFUNC = float8_combine, INITCOND = '{0,0,0}', PARALLEL = SAFE);
-- > changed aggregate app.mean(double precision) finalfunc
-- @ aggregate parallel
CREATE OR REPLACE AGGREGATE app.mean(float8) (SFUNC = float8_accum, STYPE = float8[], FINALFUNC = float8_avg, COMBINEFUNC = float8_combine, INITCOND = '{0,0,0}');
-- > changed aggregate app.mean(double precision) parallel
-- @ aggregate combine function
CREATE OR REPLACE AGGREGATE app.mean(float8) (SFUNC = float8_accum, STYPE = float8[], FINALFUNC = float8_avg, INITCOND = '{0,0,0}', PARALLEL = SAFE);
-- > changed aggregate app.mean(double precision) combinefunc
-- @ aggregate size of the state
CREATE OR REPLACE AGGREGATE app.mean(float8) (SFUNC = float8_accum, STYPE = float8[], SSPACE = 99, FINALFUNC = float8_avg, COMBINEFUNC = float8_combine, INITCOND = '{0,0,0}', PARALLEL = SAFE);
-- > changed aggregate app.mean(double precision) sspace
-- @ aggregate sort operator
CREATE OR REPLACE AGGREGATE app.total(int) (SFUNC = int4pl, STYPE = int, INITCOND = '0', SORTOP = <);
-- > changed aggregate app.total(integer) sortop
-- @ aggregate moving
CREATE OR REPLACE AGGREGATE app.total(int) (SFUNC = int4pl, STYPE = int, INITCOND = '0', MSFUNC = int4pl, MINVFUNC = int4mi, MSTYPE = int, MINITCOND = '0');
-- > changed aggregate app.total(integer) minitcond
-- > changed aggregate app.total(integer) minvfunc
-- > changed aggregate app.total(integer) msfunc
-- > changed aggregate app.total(integer) mstype
-- @ aggregate final function writes
CREATE OR REPLACE AGGREGATE app.mean(float8) (SFUNC = float8_accum, STYPE = float8[], FINALFUNC = float8_avg, FINALFUNC_MODIFY = READ_WRITE, COMBINEFUNC = float8_combine, INITCOND = '{0,0,0}', PARALLEL = SAFE);
-- > changed aggregate app.mean(double precision) finalfunc_modify
-- @ aggregate owner strict
ALTER AGGREGATE app.total(int) OWNER TO drift_owner;
-- > changed aggregate app.total(integer) owner
-- @ aggregate comment strict
COMMENT ON AGGREGATE app.total(int) IS 'adds';
-- > changed aggregate app.total(integer) comment
-- @ aggregate grant strict
REVOKE EXECUTE ON FUNCTION app.total(int) FROM PUBLIC;
-- > changed aggregate app.total(integer) acl
-- @ operator function
DROP OPERATOR app.=== (app.pair, app.pair);
CREATE FUNCTION app.same_too(app.pair, app.pair) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT $1.a = $2.a';
CREATE OPERATOR app.=== (FUNCTION = app.same_too, LEFTARG = app.pair, RIGHTARG = app.pair, COMMUTATOR = OPERATOR(app.===));
-- > added function app.same_too(app.pair, app.pair)
-- > changed operator app.===(app.pair, app.pair) function
-- @ operator merges and hashes
DROP OPERATOR app.=== (app.pair, app.pair);
CREATE OPERATOR app.=== (FUNCTION = app.same_pair, LEFTARG = app.pair, RIGHTARG = app.pair, COMMUTATOR = OPERATOR(app.===), HASHES, MERGES);
-- > changed operator app.===(app.pair, app.pair) hashes
-- > changed operator app.===(app.pair, app.pair) merges
-- @ operator commutator gone
DROP OPERATOR app.=== (app.pair, app.pair);
CREATE OPERATOR app.=== (FUNCTION = app.same_pair, LEFTARG = app.pair, RIGHTARG = app.pair);
-- > changed operator app.===(app.pair, app.pair) commutator
-- @ operator negator
CREATE FUNCTION app.other_pair(app.pair, app.pair) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT $1.a <> $2.a';
CREATE OPERATOR app.!== (FUNCTION = app.other_pair, LEFTARG = app.pair, RIGHTARG = app.pair, NEGATOR = OPERATOR(app.===));
-- > added function app.other_pair(app.pair, app.pair)
-- > added operator app.!==(app.pair, app.pair)
-- > changed operator app.===(app.pair, app.pair) negator
-- @ operator of one side
CREATE OPERATOR app.~~~ (FUNCTION = app.twice, RIGHTARG = int);
-- > added operator app.~~~(NONE, integer)
-- @ operator owner strict
ALTER OPERATOR app.=== (app.pair, app.pair) OWNER TO drift_owner;
-- > changed operator app.===(app.pair, app.pair) owner
-- @ operator comment strict
COMMENT ON OPERATOR app.=== (app.pair, app.pair) IS 'the same';
-- > changed operator app.===(app.pair, app.pair) comment
-- @ operator family owner strict
ALTER OPERATOR FAMILY app.reversed USING btree OWNER TO drift_owner;
-- > changed operator family app.reversed using btree owner
-- @ operator family comment strict
COMMENT ON OPERATOR FAMILY app.reversed USING btree IS 'downwards';
-- > changed operator family app.reversed using btree comment
-- @ operator family renamed
ALTER OPERATOR FAMILY app.reversed USING btree RENAME TO upside_down;
-- > added operator family app.upside_down using btree
-- > changed operator class app.reversed_int using btree family
-- > removed operator family app.reversed using btree
-- @ operator class owner strict
ALTER OPERATOR CLASS app.reversed_int USING btree OWNER TO drift_owner;
-- > changed operator class app.reversed_int using btree owner
-- @ operator class comment strict
COMMENT ON OPERATOR CLASS app.reversed_int USING btree IS 'downwards';
-- > changed operator class app.reversed_int using btree comment
-- @ operator class of a family that is built in
CREATE OPERATOR CLASS app.own_int FOR TYPE int USING btree FAMILY integer_ops AS STORAGE int;
-- > added operator class app.own_int using btree
-- @ cast inout no more
DROP CAST (app.pair AS text);
CREATE CAST (app.pair AS text) WITH INOUT AS ASSIGNMENT;
-- > changed cast app.pair AS text context
-- @ cast comment strict
COMMENT ON CAST (int AS app.pair) IS 'first';
-- > changed cast integer AS app.pair comment
-- @ transform comment strict
COMMENT ON TRANSFORM FOR int LANGUAGE other_sql IS 'odd';
-- > changed transform integer FOR other_sql comment
-- @ transform one way
DROP TRANSFORM FOR int LANGUAGE other_sql;
CREATE TRANSFORM FOR int LANGUAGE other_sql (FROM SQL WITH FUNCTION prsd_lextype(internal));
-- > changed transform integer FOR other_sql to_sql
-- @ language owner strict
ALTER LANGUAGE other_sql OWNER TO drift_owner;
-- > changed language other_sql owner
-- @ language comment strict
COMMENT ON LANGUAGE other_sql IS 'odd';
-- > changed language other_sql comment
-- @ language grant strict
GRANT USAGE ON LANGUAGE other_sql TO drift_reader;
-- > changed language other_sql acl
-- @ language validator
CREATE OR REPLACE TRUSTED LANGUAGE other_sql HANDLER plpgsql_call_handler INLINE plpgsql_inline_handler;
-- > changed language other_sql validator
-- @ access method comment strict
COMMENT ON ACCESS METHOD heap_too IS 'again';
-- > changed access method heap_too comment
-- @ event trigger always
ALTER EVENT TRIGGER watch ENABLE ALWAYS;
-- > changed event trigger watch enabled
-- @ event trigger for replicas
ALTER EVENT TRIGGER watch ENABLE REPLICA;
-- > changed event trigger watch enabled
-- @ event trigger event
DROP EVENT TRIGGER watch;
CREATE EVENT TRIGGER watch ON ddl_command_start WHEN TAG IN ('CREATE SEQUENCE') EXECUTE FUNCTION app.watch();
-- > changed event trigger watch event
-- @ event trigger comment strict
COMMENT ON EVENT TRIGGER watch IS 'looks';
-- > changed event trigger watch comment
-- @ text search dictionary template
DROP TEXT SEARCH CONFIGURATION app.plain;
DROP TEXT SEARCH DICTIONARY app.plain;
CREATE TEXT SEARCH DICTIONARY app.plain (TEMPLATE = app.simple_too, stopwords = english);
CREATE TEXT SEARCH CONFIGURATION app.plain (PARSER = default);
ALTER TEXT SEARCH CONFIGURATION app.plain ADD MAPPING FOR asciiword, word WITH app.plain;
-- > changed text search dictionary app.plain template
-- @ text search dictionary owner strict
ALTER TEXT SEARCH DICTIONARY app.plain OWNER TO drift_owner;
-- > changed text search dictionary app.plain owner
-- @ text search dictionary comment strict
COMMENT ON TEXT SEARCH DICTIONARY app.plain IS 'few words';
-- > changed text search dictionary app.plain comment
-- @ text search dictionary option gone
ALTER TEXT SEARCH DICTIONARY app.plain (stopwords);
-- > changed text search dictionary app.plain options
-- @ text search configuration order of dictionaries
ALTER TEXT SEARCH CONFIGURATION app.plain ALTER MAPPING FOR word WITH simple, app.plain;
-- > changed text search configuration app.plain mappings
-- @ text search configuration parser
DROP TEXT SEARCH CONFIGURATION app.plain;
CREATE TEXT SEARCH CONFIGURATION app.plain (PARSER = app.words);
ALTER TEXT SEARCH CONFIGURATION app.plain ADD MAPPING FOR asciiword, word WITH app.plain;
-- > changed text search configuration app.plain parser
-- @ text search configuration owner strict
ALTER TEXT SEARCH CONFIGURATION app.plain OWNER TO drift_owner;
-- > changed text search configuration app.plain owner
-- @ text search configuration comment strict
COMMENT ON TEXT SEARCH CONFIGURATION app.plain IS 'few words';
-- > changed text search configuration app.plain comment
-- @ text search parser comment strict
COMMENT ON TEXT SEARCH PARSER app.words IS 'splits';
-- > changed text search parser app.words comment
-- @ text search template comment strict
COMMENT ON TEXT SEARCH TEMPLATE app.simple_too IS 'simple';
-- > changed text search template app.simple_too comment
-- @ text search template init
DROP TEXT SEARCH TEMPLATE app.simple_too;
CREATE TEXT SEARCH TEMPLATE app.simple_too (LEXIZE = dsimple_lexize);
-- > changed text search template app.simple_too init
-- @ foreign data wrapper owner strict
ALTER FOREIGN DATA WRAPPER nowhere_fdw OWNER TO postgres;
COMMENT ON FOREIGN DATA WRAPPER nowhere_fdw IS 'nowhere';
-- > changed foreign data wrapper nowhere_fdw comment
-- @ foreign data wrapper grant strict
GRANT USAGE ON FOREIGN DATA WRAPPER nowhere_fdw TO drift_reader;
-- > changed foreign data wrapper nowhere_fdw acl
-- @ foreign data wrapper validator
ALTER FOREIGN DATA WRAPPER nowhere_fdw VALIDATOR postgresql_fdw_validator;
-- > changed foreign data wrapper nowhere_fdw validator
-- @ server type
DROP SERVER elsewhere CASCADE;
CREATE SERVER elsewhere TYPE 'other' VERSION '1' FOREIGN DATA WRAPPER nowhere_fdw OPTIONS (host 'elsewhere', dbname 'there');
CREATE USER MAPPING FOR PUBLIC SERVER elsewhere OPTIONS (user 'guest');
CREATE FOREIGN TABLE app.far (id int OPTIONS (column_name 'nr') NOT NULL, name text) SERVER elsewhere OPTIONS (table_name 'far');
-- > changed server elsewhere type
-- @ server owner strict
GRANT USAGE ON FOREIGN DATA WRAPPER nowhere_fdw TO drift_owner;
ALTER SERVER elsewhere OWNER TO drift_owner;
-- > changed foreign data wrapper nowhere_fdw acl
-- > changed server elsewhere owner
-- @ server grant strict
GRANT USAGE ON FOREIGN SERVER elsewhere TO drift_reader;
-- > changed server elsewhere acl
-- @ server comment strict
COMMENT ON SERVER elsewhere IS 'far';
-- > changed server elsewhere comment
-- @ user mapping of a role strict
CREATE USER MAPPING FOR drift_reader SERVER elsewhere OPTIONS (user 'reader', password 'hidden');
-- > added user mapping elsewhere.drift_reader
-- @ publication row filter
ALTER PUBLICATION changes SET TABLE app.pet (id, name) WHERE (id > 9);
-- > changed publication changes tables
-- @ publication row filter gone
ALTER PUBLICATION changes SET TABLE app.pet (id, name);
-- > changed publication changes tables
-- @ publication column list
ALTER PUBLICATION changes SET TABLE app.pet (id, name, number) WHERE (id > 0);
-- > changed publication changes tables
-- @ publication schemas
ALTER PUBLICATION of_schema ADD TABLES IN SCHEMA public;
-- > changed publication of_schema schemas
-- @ publication schemas none
ALTER PUBLICATION of_schema DROP TABLES IN SCHEMA app;
-- > changed publication of_schema schemas
-- @ publication of all tables truncates no more
ALTER PUBLICATION everything SET (publish = 'insert, update, delete');
-- > changed publication everything publish
-- @ publication by the root
ALTER PUBLICATION changes SET (publish_via_partition_root = true);
-- > changed publication changes via_partition_root
-- @ publication generated columns >=18
ALTER PUBLICATION changes SET (publish_generated_columns = stored);
-- > changed publication changes generated_columns
-- @ publication owner strict
ALTER PUBLICATION everything OWNER TO postgres;
COMMENT ON PUBLICATION everything IS 'all';
-- > changed publication everything comment
-- @ subscription strict
CREATE SUBSCRIPTION drift_sub CONNECTION 'dbname=nowhere' PUBLICATION p WITH (connect = false, slot_name = NONE);
-- > added subscription drift_sub
-- @ default privileges of sequences strict
ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT USAGE ON SEQUENCES TO drift_reader WITH GRANT OPTION;
-- > added default privileges in schema app on sequences
-- @ default privileges of types strict
ALTER DEFAULT PRIVILEGES REVOKE USAGE ON TYPES FROM PUBLIC;
-- > added default privileges on types
-- @ default privileges of schemas strict
ALTER DEFAULT PRIVILEGES GRANT CREATE ON SCHEMAS TO drift_reader;
-- > added default privileges on schemas
-- @ default privileges of functions everywhere strict
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
-- > added default privileges on functions
-- @ default privileges of another role strict
ALTER DEFAULT PRIVILEGES FOR ROLE drift_owner IN SCHEMA app GRANT SELECT ON TABLES TO drift_reader;
-- > added default privileges of drift_owner in schema app on tables
-- @ default privileges of large objects strict >=18
ALTER DEFAULT PRIVILEGES GRANT SELECT ON LARGE OBJECTS TO drift_reader;
-- > added default privileges on large objects

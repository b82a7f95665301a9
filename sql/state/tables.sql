-- The tables that may be a version table ($1: its name) or belong to the ledger ($2: the journal's name), in whichever
-- schema. Which of them count is decided by the caller: a filter here costs more than the rows that it spares. Of what
-- stands in the ledger's schema ($3: its name, quoted, as a text) the columns are told as well.
SELECT
    (SELECT n.nspname FROM pg_catalog.pg_namespace AS n WHERE n.oid = c.relnamespace),
    c.relname,
    c.relkind,
    c.relrowsecurity,
    pg_catalog.has_schema_privilege(c.relnamespace, 'USAGE'),
    pg_catalog.has_table_privilege(c.oid, 'SELECT'),
    pg_catalog.has_table_privilege(c.oid, 'INSERT'),
    pg_catalog.has_table_privilege(c.oid, 'UPDATE'),
    pg_catalog.has_table_privilege(c.oid, 'DELETE'),
    -- a column that is dropped loses its name
    (SELECT a.atttypmod FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = c.oid AND a.attname = 'version_num'),
    CASE WHEN c.relnamespace = pg_catalog.to_regnamespace($3)::oid THEN pg_catalog.array_to_string(ARRAY(
        SELECT a.attname::text FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum > 0), ',')
    END
FROM pg_catalog.pg_class AS c
WHERE c.relname IN ($1, $2, 'history')

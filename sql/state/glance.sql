-- Where a version table is ($1: its name), and whether there is a journal ($2: its name), with as few calls as may be: a
-- cold backend has to ask its catalog about each. What is out of the ordinary is looked at with server.sql and tables.sql.
SELECT
    pg_catalog.current_schemas(false),
    pg_catalog.pg_is_in_recovery(),
    c.relnamespace::pg_catalog.regnamespace,
    c.relname,
    c.relkind,
    c.relrowsecurity
FROM pg_catalog.pg_class AS c
WHERE c.relname = $1 OR c.relname = $2

-- Which tables could be the ledger of a migration tool, or stand beside one?
-- $1 schemas to look in; $2 table names, lower case; $3 columns that tell a renamed ledger.
-- Names narrow the search for renamed ledgers: reading the columns of every table would cost more than all the rest.
-- `readable` is false where the role may not read every row (schema usage, SELECT, row security).
SELECT
    n.nspname::pg_catalog.text AS schema,
    c.relname::pg_catalog.text AS name,
    pg_catalog.pg_get_userbyid(c.relowner)::pg_catalog.text AS owner,
    COALESCE(
        pg_catalog.has_schema_privilege(n.oid, 'USAGE')
        AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
        AND NOT pg_catalog.row_security_active(c.oid),
        false
    ) AS readable,
    columns.names,
    columns.types
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
    SELECT
        COALESCE(pg_catalog.array_agg(a.attname::pg_catalog.text ORDER BY a.attnum), '{}') AS names,
        COALESCE(pg_catalog.array_agg(pg_catalog.format_type(a.atttypid, NULL) ORDER BY a.attnum), '{}') AS types
    FROM pg_catalog.pg_attribute AS a
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
) AS columns
WHERE n.nspname = ANY ($1)
    AND c.relkind IN ('r', 'p')
    AND NOT c.relispartition
    AND c.relpersistence <> 't'
    AND (
        pg_catalog.lower(c.relname::pg_catalog.text) = ANY ($2)
        OR (
            c.relname ~* '(migrat|schema|version|revision|history|changelog|flyway|liquibase|goose|knex|prisma|phinx)'
            AND (
                SELECT pg_catalog.count(*) FROM pg_catalog.pg_attribute AS a
                WHERE a.attrelid = c.oid AND a.attname = ANY ($3) AND NOT a.attisdropped
            ) > 0
        )
    )
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS d
        WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e'
    )
ORDER BY 1, 2

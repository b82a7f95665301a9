-- How far wanted default privileges are there. Without an entry the built-in ones hold; entries of a schema add to them.
--   $wanted rows as JSON
WITH wanted AS (
    SELECT w.*, CASE WHEN w.grantee IS NULL THEN 0::oid ELSE r.oid END AS role, maker.oid AS maker, s.oid AS schema,
        CASE w."on" WHEN 'tables' THEN 'r' WHEN 'sequences' THEN 'S' WHEN 'types' THEN 'T' WHEN 'schemas' THEN 'n' ELSE 'f' END::"char" AS kind
    FROM ROWS FROM (pg_catalog.json_to_recordset($wanted::json)
        AS (n int, "on" text, name text, grantee text, privileges text[], grantable bool, by text)) AS w
    LEFT JOIN pg_catalog.pg_roles AS r ON r.rolname = w.grantee
    LEFT JOIN pg_catalog.pg_roles AS maker ON maker.rolname = w.by
    LEFT JOIN pg_catalog.pg_namespace AS s ON s.nspname = w.name
)
SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
    'n', w.n,
    'found', w.name IS NULL OR w.schema IS NOT NULL,
    'missing', w.maker IS NULL OR EXISTS (
        SELECT FROM pg_catalog.unnest(w.privileges) AS wanted_privilege (name)
        WHERE NOT EXISTS (
            SELECT
            FROM (VALUES (1)) AS one
            LEFT JOIN pg_catalog.pg_default_acl AS d
                ON d.defaclrole = w.maker AND d.defaclobjtype = w.kind AND d.defaclnamespace = coalesce(w.schema, 0::oid)
            CROSS JOIN LATERAL pg_catalog.aclexplode(coalesce(
                d.defaclacl,
                CASE WHEN w.name IS NULL THEN pg_catalog.acldefault(CASE w.kind WHEN 'S' THEN 's'::"char" ELSE w.kind END, w.maker) END
            )) AS a
            WHERE a.grantee = w.role AND a.privilege_type = wanted_privilege.name AND (a.is_grantable OR NOT w.grantable)))
) ORDER BY w.n), '[]')
FROM wanted AS w

-- How far wanted privileges are there: of each, whether what they are on was found and whether one is missing on it.
-- Members of extensions are left out: they are the extension's, on platforms often another role's.
--   $wanted rows as JSON
WITH wanted AS (
    SELECT w.*, CASE WHEN w.grantee IS NULL THEN 0::oid ELSE r.oid END AS role
    FROM ROWS FROM (pg_catalog.json_to_recordset($wanted::json)
        AS (n int, "on" text, name text, grantee text, privileges text[], grantable bool)) AS w
    LEFT JOIN pg_catalog.pg_roles AS r ON r.rolname = w.grantee
),
places AS (
    SELECT w.n, s.oid, s.nspacl, s.nspowner
    FROM wanted AS w
    JOIN pg_catalog.pg_namespace AS s ON s.nspname = w.name AND w."on" <> 'database'
),
things (n, acl) AS (
    SELECT w.n, coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba))
    FROM wanted AS w
    JOIN pg_catalog.pg_database AS d ON d.datname = w.name
    WHERE w."on" = 'database'
    UNION ALL
    SELECT p.n, coalesce(p.nspacl, pg_catalog.acldefault('n', p.nspowner))
    FROM wanted AS w
    JOIN places AS p USING (n)
    WHERE w."on" = 'schema'
    UNION ALL
    SELECT p.n, coalesce(c.relacl, pg_catalog.acldefault(CASE c.relkind WHEN 'S' THEN 's'::"char" ELSE 'r'::"char" END, c.relowner))
    FROM wanted AS w
    JOIN places AS p USING (n)
    JOIN pg_catalog.pg_class AS c ON c.relnamespace = p.oid
    WHERE (w."on" = 'tables' AND c.relkind IN ('r', 'p', 'v', 'm', 'f') OR w."on" = 'sequences' AND c.relkind = 'S')
        AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_depend AS e
            WHERE e.classid = 'pg_catalog.pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
    UNION ALL
    SELECT p.n, coalesce(f.proacl, pg_catalog.acldefault('f', f.proowner))
    FROM wanted AS w
    JOIN places AS p USING (n)
    JOIN pg_catalog.pg_proc AS f ON f.pronamespace = p.oid
    WHERE (w."on" = 'routines' OR w."on" = 'functions' AND f.prokind <> 'p' OR w."on" = 'procedures' AND f.prokind = 'p')
        AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_depend AS e
            WHERE e.classid = 'pg_catalog.pg_proc'::regclass AND e.objid = f.oid AND e.deptype = 'e')
)
SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
    'n', w.n,
    'found', CASE w."on"
        WHEN 'database' THEN EXISTS (SELECT FROM things AS t WHERE t.n = w.n)
        ELSE EXISTS (SELECT FROM places AS p WHERE p.n = w.n)
    END,
    'missing', EXISTS (
        SELECT FROM things AS t
        CROSS JOIN pg_catalog.unnest(w.privileges) AS wanted_privilege (name)
        WHERE t.n = w.n AND NOT EXISTS (
            SELECT FROM pg_catalog.aclexplode(t.acl) AS a
            WHERE a.grantee = w.role AND a.privilege_type = wanted_privilege.name AND (a.is_grantable OR NOT w.grantable)))
) ORDER BY w.n), '[]')
FROM wanted AS w

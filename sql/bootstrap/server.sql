-- The server, the role that asks, and what tells a hosting platform.
--   $roles roles of platforms, $schemas their schemas as name and owner (or NULL), $lists parameters that list extensions
SELECT pg_catalog.json_build_object(
    'role', r.rolname,
    'superuser', r.rolsuper,
    'createrole', r.rolcreaterole,
    'createdb', r.rolcreatedb,
    'version', pg_catalog.current_setting('server_version_num')::int,
    'in_recovery', pg_catalog.pg_is_in_recovery(),
    'platform_roles', (
        WITH RECURSIVE belongs (oid) AS (
            SELECT r.oid
            UNION
            SELECT m.roleid FROM pg_catalog.pg_auth_members AS m JOIN belongs AS b ON b.oid = m.member
        )
        SELECT coalesce(pg_catalog.json_agg(p.rolname), '[]')
        FROM pg_catalog.pg_roles AS p
        WHERE p.oid IN (SELECT oid FROM belongs) AND p.rolname = ANY ($roles::text[])
    ),
    'platform_schemas', (
        SELECT coalesce(pg_catalog.json_agg(n.nspname), '[]')
        FROM (VALUES $schemas) AS known (name, owner)
        JOIN pg_catalog.pg_namespace AS n ON n.nspname = known.name
        WHERE known.owner IS NULL OR pg_catalog.pg_get_userbyid(n.nspowner) = known.owner
    ),
    'allow_lists', (
        SELECT coalesce(pg_catalog.json_object_agg(name, pg_catalog.current_setting(name, true)), '{}')
        FROM pg_catalog.unnest($lists::text[]) AS name
        WHERE pg_catalog.current_setting(name, true) IS NOT NULL
    )
)
FROM pg_catalog.pg_roles AS r
WHERE r.rolname = CURRENT_USER

-- The roles of these names that exist. From 16 on a membership says whether it lets the member do anything, and only
-- the SET option lets one own things in the other's name; to_jsonb() reads columns that older servers do not have.
--   $names names as a text array
SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
    'name', r.rolname,
    'login', r.rolcanlogin,
    'superuser', r.rolsuper,
    'createdb', r.rolcreatedb,
    'createrole', r.rolcreaterole,
    'inherit', r.rolinherit,
    'replication', r.rolreplication,
    'bypassrls', r.rolbypassrls,
    'connection_limit', r.rolconnlimit,
    'member_of', (
        SELECT coalesce(pg_catalog.json_agg(DISTINCT pg_catalog.pg_get_userbyid(m.roleid)), '[]')
        FROM pg_catalog.pg_auth_members AS m
        WHERE m.member = r.oid
            AND (coalesce((pg_catalog.to_jsonb(m) ->> 'set_option')::bool, true)
                OR coalesce((pg_catalog.to_jsonb(m) ->> 'inherit_option')::bool, true))
    ),
    'parameters', (
        SELECT coalesce(pg_catalog.to_json(s.setconfig), '[]')
        FROM (VALUES (1)) AS one
        LEFT JOIN pg_catalog.pg_db_role_setting AS s ON s.setrole = r.oid AND s.setdatabase = 0
    ),
    'is_mine', CASE
        WHEN pg_catalog.current_setting('server_version_num')::int >= 160000 THEN pg_catalog.pg_has_role(r.oid, 'SET')
        ELSE pg_catalog.pg_has_role(r.oid, 'MEMBER')
    END
)), '[]')
FROM pg_catalog.pg_roles AS r
WHERE r.rolname = ANY ($names::text[])

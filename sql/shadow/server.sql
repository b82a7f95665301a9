-- What the server of shadow databases is, and what the role may do there.
--   $1 extensions that are wanted (an array of text literals)
SELECT json_build_object(
    'version', current_setting('server_version_num')::int,
    'server', current_setting('server_version'),
    'role', current_user,
    'may_create_databases', role.rolsuper OR role.rolcreatedb,
    'syncs', current_setting('fsync') = 'on',
    'offered', coalesce((
        SELECT json_agg(name || ' ' || default_version ORDER BY name) FROM pg_available_extensions
        WHERE name = ANY ($1::text[])
    ), '[]')
)
FROM pg_roles AS role
WHERE role.rolname = current_user

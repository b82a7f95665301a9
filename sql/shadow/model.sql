-- What a shadow database has to have in common with the database that the session is connected to.
SELECT json_build_object(
    'version', current_setting('server_version_num')::int,
    'role', current_user,
    'may_create_databases', role.rolsuper OR role.rolcreatedb,
    'encoding', pg_encoding_to_char(database.encoding),
    'database', to_json(database),
    'settings', coalesce((
        SELECT to_json(setting.setconfig) FROM pg_db_role_setting AS setting
        WHERE setting.setdatabase = database.oid AND setting.setrole = 0
    ), '[]'),
    'search_path', current_setting('search_path'),
    'time_zone', current_setting('TimeZone'),
    'extensions', coalesce((
        SELECT json_agg(json_build_object('name', extname, 'schema', nspname) ORDER BY extname)
        FROM pg_extension AS extension JOIN pg_namespace AS namespace ON namespace.oid = extension.extnamespace
        WHERE extname <> 'plpgsql'
    ), '[]'),
    'schemas', (
        SELECT json_agg(nspname ORDER BY nspname) FROM pg_namespace
        WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
    ),
    'roles', (SELECT json_agg(rolname ORDER BY rolname) FROM pg_roles WHERE rolname !~ '^pg_')
)
FROM pg_database AS database, pg_roles AS role
WHERE database.datname = current_database() AND role.rolname = current_user

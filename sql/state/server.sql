-- What a run has to know of server, session and database before it decides anything, in one row of JSON.
--   $1 name of the version table, $2 name of the journal, $3 schema of the ledger (text literals, put in by the caller)
SELECT pg_catalog.json_build_object(
    'database', pg_catalog.current_database(),
    'role', CURRENT_USER,
    'version', pg_catalog.current_setting('server_version_num')::int,
    'in_recovery', pg_catalog.pg_is_in_recovery(),
    'search_path', pg_catalog.to_json(pg_catalog.current_schemas(false)),
    'search_path_setting', pg_catalog.current_setting('search_path'),
    'deadlock_timeout_ms', (EXTRACT(epoch FROM pg_catalog.current_setting('deadlock_timeout')::interval) * 1000)::int,
    -- client_connection_check_interval works where the server's platform can tell a closed socket
    'checks_clients', pg_catalog.version() ~* 'linux|darwin|apple|bsd',
    'version_tables', (
        SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
            'schema', n.nspname,
            'row_security', c.relrowsecurity,
            'readable', pg_catalog.has_table_privilege(c.oid, 'SELECT')
                AND pg_catalog.has_schema_privilege(n.oid, 'USAGE'),
            'writable', pg_catalog.has_table_privilege(c.oid, 'INSERT')
                AND pg_catalog.has_table_privilege(c.oid, 'UPDATE')
                AND pg_catalog.has_table_privilege(c.oid, 'DELETE'),
            'is_ours', EXISTS (
                SELECT FROM pg_catalog.pg_attribute AS a
                WHERE a.attrelid = c.oid AND a.attname = 'version_num' AND a.attnum > 0 AND NOT a.attisdropped),
            'width', (
                SELECT CASE WHEN a.atttypmod > 4 THEN a.atttypmod - 4 END
                FROM pg_catalog.pg_attribute AS a
                WHERE a.attrelid = c.oid AND a.attname = 'version_num' AND a.attnum > 0 AND NOT a.attisdropped)
        ) ORDER BY n.nspname), '[]')
        FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE c.relname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
            AND n.nspname NOT LIKE 'pg\_temp\_%' AND n.nspname NOT IN ('pg_catalog', 'information_schema')
    ),
    'ledger_tables', (
        SELECT coalesce(pg_catalog.json_agg(c.relname), '[]')
        FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE n.nspname = $3 AND c.relname IN ($2, 'history') AND c.relkind = 'r'
    ),
    'ledger_readable', (
        SELECT coalesce(pg_catalog.bool_and(pg_catalog.has_schema_privilege(n.oid, 'USAGE')
            AND pg_catalog.has_table_privilege(c.oid, 'SELECT')), false)
        FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE n.nspname = $3 AND c.relname IN ($2, 'history') AND c.relkind = 'r'
    ),
    'may_create_schemas', pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE'),
    'has_ledger_schema', EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = $3),
    'ledger_writable', (
        SELECT CASE
            WHEN pg_catalog.count(c.oid) = 2 THEN pg_catalog.bool_and(
                pg_catalog.has_schema_privilege(n.oid, 'USAGE')
                AND pg_catalog.has_table_privilege(c.oid, 'INSERT')
                AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
                AND (c.relname <> $2 OR (pg_catalog.has_table_privilege(c.oid, 'UPDATE')
                    AND pg_catalog.has_table_privilege(c.oid, 'DELETE'))))
            ELSE pg_catalog.bool_and(pg_catalog.has_schema_privilege(n.oid, 'CREATE'))
        END
        FROM pg_catalog.pg_namespace AS n
        LEFT JOIN pg_catalog.pg_class AS c
            ON c.relnamespace = n.oid AND c.relname IN ($2, 'history') AND c.relkind = 'r'
        WHERE n.nspname = $3
    )
)

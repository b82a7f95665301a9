-- What a run has to know of server and session before it decides anything. Plain calls, no JSON: all
-- this is asked of a cold backend, for which each function and operator costs a look into the catalog.
--   $1 schema of the ledger (a text literal, put in by the caller)
SELECT
    pg_catalog.current_database(),
    CURRENT_USER,
    pg_catalog.current_setting('server_version_num'),
    pg_catalog.pg_is_in_recovery(),
    pg_catalog.to_json(pg_catalog.current_schemas(false)),
    pg_catalog.current_setting('search_path'),
    pg_catalog.current_setting('deadlock_timeout'),
    pg_catalog.version(),
    pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE'),
    pg_catalog.has_schema_privilege(pg_catalog.to_regnamespace(pg_catalog.quote_ident($1))::oid, 'CREATE'),
    EXISTS (SELECT FROM pg_catalog.pg_event_trigger)

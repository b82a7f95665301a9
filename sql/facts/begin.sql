-- Opens the reading transaction: one snapshot, no writes, no timeouts of the role. The session's own search_path is asked for before it is
-- pinned; the one row is a JSON array, existing schemas only, in order. With row_security off a table whose rows a
-- policy would hide raises an error instead of looking empty. A ledger that another session holds locked is not waited
-- for long: that is reported.
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SET LOCAL statement_timeout = 0;
SELECT pg_catalog.array_to_json(pg_catalog.current_schemas(false))::pg_catalog.text AS search_path;
SELECT pg_catalog.set_config(name, '0', true) FROM pg_catalog.pg_settings
WHERE name IN ('idle_in_transaction_session_timeout', 'transaction_timeout');
SET LOCAL search_path = '';
SET LOCAL jit = off;
SET LOCAL lock_timeout = '2s';
SET LOCAL row_security = off;
SET LOCAL TimeZone = 'UTC';
SET LOCAL DateStyle = 'ISO';

-- Whom a backend waits for ($1: its pid), the statement and how long that runs.
SELECT pg_catalog.json_build_object(
    'pid', b.pid,
    'role', a.usename,
    'application', a.application_name,
    'state', a.state,
    'seconds', pg_catalog.round(EXTRACT(epoch FROM pg_catalog.clock_timestamp() - a.xact_start))::int,
    'query', pg_catalog.left(pg_catalog.regexp_replace(a.query, '\s+', ' ', 'g'), 80)
)
FROM pg_catalog.unnest(pg_catalog.pg_blocking_pids($1)) AS b (pid)
LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = b.pid

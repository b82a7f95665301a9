-- Who holds the advisory lock with this key ($1 and $2: its high and low half, as pg_locks shows them).
SELECT pg_catalog.json_build_object(
    'pid', l.pid,
    'role', a.usename,
    'application', a.application_name,
    'client', coalesce(pg_catalog.host(a.client_addr), 'local socket'),
    'since', pg_catalog.to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
)
FROM pg_catalog.pg_locks AS l
LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.granted AND l.classid = $1 AND l.objid = $2 AND l.objsubid = 1
    AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())

-- The backend that runs our statements, as it is noted in the journal.
SELECT pg_catalog.json_build_object(
    'pid', pid,
    'started', pg_catalog.to_char(backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US')
)
FROM pg_catalog.pg_stat_activity
WHERE pid = pg_catalog.pg_backend_pid()

-- Whether a backend of a killed run is still at work. $1 its pid, $2 when it started. Behind a pooler it may live on, idle,
-- and may even be the one that answers this; what it does is null for a role that may not see it.
SELECT pg_catalog.to_json(EXISTS (
    SELECT FROM pg_catalog.pg_stat_activity
    WHERE pid = $1 AND pid <> pg_catalog.pg_backend_pid()
        AND coalesce(state <> 'idle' OR state_change > pg_catalog.clock_timestamp() - interval '1 second', true)
        AND coalesce(pg_catalog.to_char(backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') = $2, true)
))

-- Whether a backend of a killed run is still there. $1 its pid, $2 when it started.
SELECT pg_catalog.to_json(EXISTS (
    SELECT FROM pg_catalog.pg_stat_activity
    WHERE pid = $1
        AND coalesce(pg_catalog.to_char(backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') = $2, true)
))

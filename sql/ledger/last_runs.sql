-- The newest rows of the history, newest first. $history is its qualified, quoted name, $1 the version table.
SELECT coalesce(pg_catalog.json_agg(r), '[]') FROM (
    SELECT run_id, revision, direction, started_at, duration_ms, statements_done, statements_total, outcome, error,
        role, client_host, tool_version
    FROM $history
    WHERE version_table = $1
    ORDER BY id DESC
    LIMIT 5
) AS r

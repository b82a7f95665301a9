-- How many rows the version table had after the newest step of it that succeeded: how a table without rows came to be so.
SELECT pg_catalog.to_json((
    SELECT pg_catalog.cardinality(rows_after)
    FROM $history
    WHERE version_table = $1 AND outcome = 'done'
    ORDER BY id DESC
    LIMIT 1
))

-- What the newest step of a version table that succeeded was: how a table without rows came to be so.
SELECT pg_catalog.to_json((
    SELECT direction
    FROM $history
    WHERE version_table = $1 AND outcome = 'done'
    ORDER BY id DESC
    LIMIT 1
))

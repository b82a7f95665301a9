-- How far a DETACH PARTITION CONCURRENTLY came: null when the partition is no partition any more.
-- $1 the parent, $2 the partition, as the statement names them, quoted.
SELECT pg_catalog.to_json((
    SELECT CASE WHEN inhdetachpending THEN 'pending' ELSE 'attached' END
    FROM pg_catalog.pg_inherits
    WHERE inhparent = pg_catalog.to_regclass($1) AND inhrelid = pg_catalog.to_regclass($2)
))

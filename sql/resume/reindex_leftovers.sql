-- What an interrupted REINDEX CONCURRENTLY leaves: invalid indexes with its own suffixes (PostgreSQL manual, REINDEX).
-- $1 what was to be rebuilt: an index, a table (each with its partitions), a schema or the database; $2 its name as the
-- statement has it, of index and table quoted. A long name is cut where the suffix needs the room.
SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
    'schema', n.nspname,
    'name', c.relname,
    'valid', false,
    'builder', p.pid
) ORDER BY c.relname), '[]')
FROM pg_catalog.pg_index AS i
JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid AND c.relkind = 'i'
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_stat_progress_create_index AS p ON p.index_relid = i.indexrelid
WHERE NOT i.indisvalid AND c.relname ~ '_cc(new|old)[0-9]*$' AND n.nspname !~ '^pg_'
    AND CASE $1
        WHEN 'table' THEN i.indrelid = pg_catalog.to_regclass($2)
            OR i.indrelid IN (SELECT relid FROM pg_catalog.pg_partition_tree(pg_catalog.to_regclass($2)))
        WHEN 'index' THEN EXISTS (
            SELECT FROM pg_catalog.pg_index AS named
            JOIN pg_catalog.pg_class AS its ON its.oid = named.indexrelid
            WHERE named.indrelid = i.indrelid
                AND (named.indexrelid = pg_catalog.to_regclass($2)
                    OR named.indexrelid IN (
                        SELECT relid FROM pg_catalog.pg_partition_tree(pg_catalog.to_regclass($2))))
                AND pg_catalog.starts_with(
                    its.relname::text, pg_catalog.regexp_replace(c.relname::text, '_cc(new|old)[0-9]*$', ''))
                AND (pg_catalog.octet_length(c.relname::text) > 59
                    OR its.relname = pg_catalog.regexp_replace(c.relname::text, '_cc(new|old)[0-9]*$', '')))
        WHEN 'schema' THEN n.nspname = $2
        ELSE true
    END

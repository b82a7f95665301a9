-- The indexes of a table, and who builds them at this moment. $1 the table as the statement names it, quoted.
SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
    'schema', n.nspname,
    'name', c.relname,
    'valid', i.indisvalid AND i.indisready,
    'builder', p.pid
) ORDER BY c.relname), '[]')
FROM pg_catalog.pg_index AS i
JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid AND c.relkind = 'i'
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_stat_progress_create_index AS p ON p.index_relid = i.indexrelid
WHERE i.indrelid = pg_catalog.to_regclass($1)

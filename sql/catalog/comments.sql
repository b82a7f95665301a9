-- Comments. Those of extensions are read with them.
SELECT d.classoid AS class, d.objoid AS oid, d.objsubid AS sub, d.description AS comment
  FROM pg_description d
 WHERE d.objoid >= 16384 AND d.classoid <> 'pg_extension'::regclass
   AND NOT EXISTS (SELECT FROM pg_namespace n WHERE n.tableoid = d.classoid AND n.oid = d.objoid AND n.nspname = 'public')
UNION ALL
-- The schema that initdb makes has a comment: what counts is another one, or none.
SELECT n.tableoid, n.oid, 0, coalesce(d.description, '')
  FROM pg_namespace n
  LEFT JOIN pg_description d ON d.classoid = n.tableoid AND d.objoid = n.oid AND d.objsubid = 0
 WHERE n.nspname = 'public' AND d.description IS DISTINCT FROM 'standard public schema'

-- Extensions. What they have made is left out, and stands for them.
SELECT 'extension' AS kind, e.tableoid AS class, e.oid, e.extname AS name, e.extversion AS version,
       n.nspname AS in_schema
  FROM pg_extension e
  JOIN pg_namespace n ON n.oid = e.extnamespace
 WHERE e.extname <> 'plpgsql'

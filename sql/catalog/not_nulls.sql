-- 18: what is more to say of the not-null of a column: a name that is not the one which a new table would give, and so on.
SELECT 'column' AS kind, c.tableoid AS class, c.oid, k.conkey[1] AS sub,
       n.nspname AS schema, c.relname AS parent, a.attname AS name,
       CASE WHEN k.conname <> left(c.relname || '_' || a.attname || '_not_null', 63) THEN k.conname END AS not_null_name,
       CASE WHEN k.connoinherit THEN 'true' END AS not_null_no_inherit,
       CASE WHEN NOT k.convalidated THEN 'true' END AS not_null_not_valid,
       CASE WHEN k.conislocal THEN 'true' END AS not_null_local
  FROM pg_constraint k
  JOIN pg_class c ON c.oid = k.conrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
 WHERE k.contype = 'n'
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = c.tableoid AND e.objid = c.oid AND e.objsubid = 0 AND e.deptype = 'e')

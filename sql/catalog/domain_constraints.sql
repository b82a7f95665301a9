-- Checks of domains. A not-null is an attribute of its domain.
SELECT 'domain constraint' AS kind, k.tableoid AS class, k.oid, n.nspname AS schema, t.typname AS parent, k.conname AS name,
       CASE WHEN NOT k.convalidated THEN 'true' END AS not_valid,
       pg_get_constraintdef(k.oid) AS definition
  FROM pg_constraint k
  JOIN pg_type t ON t.oid = k.contypid
  JOIN pg_namespace n ON n.oid = t.typnamespace
 WHERE k.contype = 'c'
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = t.tableoid AND e.objid = t.oid AND e.deptype = 'e')

-- Composite types. Their attributes are objects of their own.
SELECT 'composite type' AS kind, t.tableoid AS class, t.oid, n.nspname AS schema, t.typname AS name,
       CASE WHEN t.typowner = me.oid THEN NULL ELSE pg_get_userbyid(t.typowner) END AS owner
  FROM pg_type t
  JOIN pg_class c ON c.oid = t.typrelid AND c.relkind = 'c'
  JOIN pg_namespace n ON n.oid = t.typnamespace
  JOIN pg_roles me ON me.rolname = CURRENT_USER
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = t.tableoid AND e.objid = t.oid AND e.deptype = 'e')

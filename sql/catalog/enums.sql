-- Enum types.
SELECT 'enum type' AS kind, t.tableoid AS class, t.oid, n.nspname AS schema, t.typname AS name,
       CASE WHEN t.typowner = me.oid THEN NULL ELSE pg_get_userbyid(t.typowner) END AS owner,
       (SELECT json_agg(l.enumlabel ORDER BY l.enumsortorder) FROM pg_enum l WHERE l.enumtypid = t.oid) AS labels
  FROM pg_type t
  JOIN pg_namespace n ON n.oid = t.typnamespace
  JOIN pg_roles me ON me.rolname = CURRENT_USER
 WHERE t.typtype = 'e'
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = t.tableoid AND e.objid = t.oid AND e.deptype = 'e')

-- Schemas of users.
SELECT 'schema' AS kind, n.tableoid AS class, n.oid, n.nspname AS name,
       CASE WHEN n.nspowner = me.oid OR n.nspname = 'public' AND pg_get_userbyid(n.nspowner) = 'pg_database_owner' THEN NULL
            ELSE pg_get_userbyid(n.nspowner) END AS owner
  FROM pg_namespace n
  JOIN pg_roles me ON me.rolname = CURRENT_USER
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = n.tableoid AND e.objid = n.oid AND e.deptype = 'e')

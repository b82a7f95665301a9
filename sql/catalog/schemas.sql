-- Schemas of users. `public` is owned by pg_database_owner where nobody says anything.
SELECT 'schema' AS kind, n.tableoid AS class, n.oid, n.nspname AS name,
       CASE WHEN pg_get_userbyid(n.nspowner) = CASE n.nspname WHEN 'public' THEN 'pg_database_owner' ELSE CURRENT_USER END THEN NULL
            WHEN pg_get_userbyid(n.nspowner) = CURRENT_USER THEN '@me'
            ELSE pg_get_userbyid(n.nspowner) END AS owner
  FROM pg_namespace n
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = n.tableoid AND e.objid = n.oid AND e.deptype = 'e')

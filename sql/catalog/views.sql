-- Views and materialized views.
SELECT CASE c.relkind WHEN 'v' THEN 'view' ELSE 'materialized view' END AS kind,
       c.tableoid AS class, c.oid, n.nspname AS schema, c.relname AS name,
       CASE WHEN c.relowner = me.oid THEN NULL ELSE pg_get_userbyid(c.relowner) END AS owner,
       pg_get_viewdef(c.oid) AS query,
       (SELECT json_agg(o ORDER BY o) FROM unnest(c.reloptions) o) AS options,
       (SELECT json_agg(o ORDER BY o) FROM pg_class toast, unnest(toast.reloptions) o WHERE toast.oid = c.reltoastrelid) AS toast_options,
       CASE WHEN c.relkind = 'm' AND am.amname <> 'heap' THEN am.amname END AS access_method,
       t.spcname AS tablespace,
       -- Whether it was filled is no part of the schema: a dump of the schema does not tell.
       CASE WHEN c.relkind = 'm' THEN c.relispopulated::text END AS _populated
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_roles me ON me.rolname = CURRENT_USER
  LEFT JOIN pg_am am ON am.oid = c.relam
  LEFT JOIN pg_tablespace t ON t.oid = c.reltablespace
 WHERE c.relkind IN ('v', 'm')
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = c.tableoid AND e.objid = c.oid AND e.deptype = 'e')

-- Text search dictionaries.
SELECT 'text search dictionary' AS kind, d.tableoid AS class, d.oid, n.nspname AS schema, d.dictname AS name,
       CASE WHEN d.dictowner = me.oid THEN NULL ELSE pg_get_userbyid(d.dictowner) END AS owner,
       quote_ident(tn.nspname) || '.' || quote_ident(t.tmplname) AS template,
       d.dictinitoption AS options
  FROM pg_ts_dict d
  JOIN pg_namespace n ON n.oid = d.dictnamespace
  JOIN pg_ts_template t ON t.oid = d.dicttemplate
  JOIN pg_namespace tn ON tn.oid = t.tmplnamespace
  JOIN pg_roles me ON me.rolname = CURRENT_USER
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = d.tableoid AND e.objid = d.oid AND e.deptype = 'e')

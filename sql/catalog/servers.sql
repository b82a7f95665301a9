-- Foreign servers. Options that are secrets are read as `name=***`.
SELECT 'server' AS kind, s.tableoid AS class, s.oid, s.srvname AS name,
       CASE WHEN s.srvowner = me.oid THEN NULL ELSE pg_get_userbyid(s.srvowner) END AS owner,
       w.fdwname AS wrapper,
       s.srvtype AS type,
       s.srvversion AS version,
       (SELECT json_agg(o ORDER BY o)
          FROM (SELECT CASE WHEN split_part(o, '=', 1) ~* 'pass|pwd|secret|token|credential|(api|access|private|account)_?key'
                            THEN split_part(o, '=', 1) || '=***' ELSE o END FROM unnest(s.srvoptions) o) x(o)) AS options
  FROM pg_foreign_server s
  JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw
  JOIN pg_roles me ON me.rolname = CURRENT_USER
 WHERE NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = s.tableoid AND e.objid = s.oid AND e.deptype = 'e')

-- Foreign data wrappers. Options that are secrets are read as `name=***`.
SELECT 'foreign data wrapper' AS kind, w.tableoid AS class, w.oid, w.fdwname AS name,
       CASE WHEN w.fdwowner = me.oid THEN NULL ELSE pg_get_userbyid(w.fdwowner) END AS owner,
       CASE WHEN w.fdwhandler <> 0 THEN w.fdwhandler::regproc::text END AS handler,
       CASE WHEN w.fdwvalidator <> 0 THEN w.fdwvalidator::regproc::text END AS validator,
       (SELECT json_agg(o ORDER BY o)
          FROM (SELECT CASE WHEN split_part(o, '=', 1) ~* 'pass|pwd|secret|token|credential|(api|access|private|account)_?key'
                            THEN split_part(o, '=', 1) || '=***' ELSE o END FROM unnest(w.fdwoptions) o) x(o)) AS options
  FROM pg_foreign_data_wrapper w
  JOIN pg_roles me ON me.rolname = CURRENT_USER
 WHERE NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = w.tableoid AND e.objid = w.oid AND e.deptype = 'e')

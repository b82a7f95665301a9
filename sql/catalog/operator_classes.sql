-- Operator classes, with their operators and functions.
SELECT 'operator class' AS kind, c.tableoid AS class, c.oid, n.nspname AS schema, c.opcname AS name, am.amname AS arguments,
       CASE WHEN c.opcowner = me.oid THEN NULL ELSE pg_get_userbyid(c.opcowner) END AS owner,
       format_type(c.opcintype, NULL) AS type,
       quote_ident(fn.nspname) || '.' || quote_ident(f.opfname) AS family,
       c.opcdefault::text AS "default",
       CASE WHEN c.opckeytype <> 0 THEN format_type(c.opckeytype, NULL) END AS storage,
       (SELECT json_agg(o.amopstrategy || ' ' || o.amopopr::regoperator ||
                        CASE WHEN o.amopsortfamily <> 0 THEN ' FOR ORDER BY ' || quote_ident(sn.nspname) || '.' || quote_ident(s.opfname) ELSE '' END
                        ORDER BY o.amopstrategy, o.amopopr::regoperator::text)
          FROM pg_depend d
          JOIN pg_amop o ON o.oid = d.objid
          LEFT JOIN pg_opfamily s ON s.oid = o.amopsortfamily
          LEFT JOIN pg_namespace sn ON sn.oid = s.opfnamespace
         WHERE d.classid = 'pg_amop'::regclass AND d.refclassid = c.tableoid AND d.refobjid = c.oid) AS operators,
       (SELECT json_agg(p.amprocnum || ' (' || format_type(p.amproclefttype, NULL) || ', ' || format_type(p.amprocrighttype, NULL) || ') ' ||
                        p.amproc::oid::regprocedure
                        ORDER BY p.amprocnum, format_type(p.amproclefttype, NULL), format_type(p.amprocrighttype, NULL))
          FROM pg_depend d
          JOIN pg_amproc p ON p.oid = d.objid
         WHERE d.classid = 'pg_amproc'::regclass AND d.refclassid = c.tableoid AND d.refobjid = c.oid) AS functions
  FROM pg_opclass c
  JOIN pg_am am ON am.oid = c.opcmethod
  JOIN pg_opfamily f ON f.oid = c.opcfamily
  JOIN pg_namespace fn ON fn.oid = f.opfnamespace
  JOIN pg_namespace n ON n.oid = c.opcnamespace
  JOIN pg_roles me ON me.rolname = CURRENT_USER
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = c.tableoid AND e.objid = c.oid AND e.deptype = 'e')

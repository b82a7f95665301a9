-- Operator families, with the operators and functions that belong to none of their classes.
SELECT 'operator family' AS kind, f.tableoid AS class, f.oid, n.nspname AS schema, f.opfname AS name, am.amname AS arguments,
       CASE WHEN f.opfowner = me.oid THEN NULL ELSE pg_get_userbyid(f.opfowner) END AS owner,
       (SELECT json_agg(o.amopstrategy || ' ' || o.amopopr::regoperator ||
                        CASE WHEN o.amopsortfamily <> 0 THEN ' FOR ORDER BY ' || quote_ident(sn.nspname) || '.' || quote_ident(s.opfname) ELSE '' END
                        ORDER BY o.amopstrategy, o.amopopr::regoperator::text)
          FROM pg_depend d
          JOIN pg_amop o ON o.oid = d.objid
          LEFT JOIN pg_opfamily s ON s.oid = o.amopsortfamily
          LEFT JOIN pg_namespace sn ON sn.oid = s.opfnamespace
         WHERE d.classid = 'pg_amop'::regclass AND d.refclassid = f.tableoid AND d.refobjid = f.oid AND o.amopfamily = f.oid) AS operators,
       (SELECT json_agg(p.amprocnum || ' (' || format_type(p.amproclefttype, NULL) || ', ' || format_type(p.amprocrighttype, NULL) || ') ' ||
                        p.amproc::oid::regprocedure
                        ORDER BY p.amprocnum, format_type(p.amproclefttype, NULL), format_type(p.amprocrighttype, NULL))
          FROM pg_depend d
          JOIN pg_amproc p ON p.oid = d.objid
         WHERE d.classid = 'pg_amproc'::regclass AND d.refclassid = f.tableoid AND d.refobjid = f.oid AND p.amprocfamily = f.oid) AS functions
  FROM pg_opfamily f
  JOIN pg_am am ON am.oid = f.opfmethod
  JOIN pg_namespace n ON n.oid = f.opfnamespace
  JOIN pg_roles me ON me.rolname = CURRENT_USER
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = f.tableoid AND e.objid = f.oid AND e.deptype = 'e')

-- What depends on what.
SELECT d.classid AS class, d.objid AS oid, d.objsubid AS sub,
       d.refclassid AS to_class, d.refobjid AS to_oid, d.refobjsubid AS to_sub, d.deptype AS type
  FROM pg_depend d
 WHERE d.objid >= 16384 AND d.deptype IN ('n', 'a', 'i', 'P', 'S', 'x')
   AND (d.refobjid >= 16384 OR d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass)

-- What is dropped with an extension without being a member: DEPENDS ON EXTENSION.
SELECT d.classid AS class, d.objid AS oid, 0 AS sub, json_agg(quote_ident(e.extname) ORDER BY e.extname) AS extensions
  FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
 WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'x'
 GROUP BY 1, 2

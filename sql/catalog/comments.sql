-- Comments on everything.
SELECT d.classoid AS class, d.objoid AS oid, d.objsubid AS sub, d.description AS comment
  FROM pg_description d
 WHERE d.objoid >= 16384 OR d.classoid = 'pg_catalog.pg_namespace'::pg_catalog.regclass

-- Access methods of indexes and tables.
SELECT 'access method' AS kind, a.tableoid AS class, a.oid, a.amname AS name,
       CASE a.amtype WHEN 'i' THEN 'index' WHEN 't' THEN 'table' ELSE a.amtype::text END AS type,
       a.amhandler::regproc::text AS handler
  FROM pg_am a
 WHERE a.oid >= 16384
   AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = a.tableoid AND e.objid = a.oid AND e.deptype = 'e')

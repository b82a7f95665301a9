-- Text search parsers.
SELECT 'text search parser' AS kind, p.tableoid AS class, p.oid, n.nspname AS schema, p.prsname AS name,
       p.prsstart::regproc::text AS start,
       p.prstoken::regproc::text AS gettoken,
       p.prsend::regproc::text AS "end",
       p.prslextype::regproc::text AS lextypes,
       CASE WHEN p.prsheadline <> 0 THEN p.prsheadline::regproc::text END AS headline
  FROM pg_ts_parser p
  JOIN pg_namespace n ON n.oid = p.prsnamespace
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = p.tableoid AND e.objid = p.oid AND e.deptype = 'e')

-- Conversions between encodings.
SELECT 'conversion' AS kind, c.tableoid AS class, c.oid, n.nspname AS schema, c.conname AS name,
       CASE WHEN c.conowner = me.oid THEN NULL ELSE pg_get_userbyid(c.conowner) END AS owner,
       pg_encoding_to_char(c.conforencoding) AS for_encoding, pg_encoding_to_char(c.contoencoding) AS to_encoding,
       c.conproc::regproc::text AS function,
       c.condefault::text AS "default"
  FROM pg_conversion c
  JOIN pg_namespace n ON n.oid = c.connamespace
  JOIN pg_roles me ON me.rolname = CURRENT_USER
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = c.tableoid AND e.objid = c.oid AND e.deptype = 'e')

-- Transforms of types for procedural languages.
SELECT 'transform' AS kind, t.tableoid AS class, t.oid, format_type(t.trftype, NULL) || ' FOR ' || quote_ident(l.lanname) AS name,
       CASE WHEN t.trffromsql <> 0 THEN t.trffromsql::regprocedure::text END AS from_sql,
       CASE WHEN t.trftosql <> 0 THEN t.trftosql::regprocedure::text END AS to_sql,
       format_type(t.trftype, NULL) AS _type,
       quote_ident(l.lanname) AS _language
  FROM pg_transform t
  JOIN pg_language l ON l.oid = t.trflang
 WHERE t.oid >= 16384
   AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = t.tableoid AND e.objid = t.oid AND e.deptype = 'e')

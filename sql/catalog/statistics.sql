-- Extended statistics.
SELECT 'statistics' AS kind, s.tableoid AS class, s.oid, n.nspname AS schema, s.stxname AS name,
       CASE WHEN s.stxowner = me.oid THEN NULL ELSE pg_get_userbyid(s.stxowner) END AS owner,
       quote_ident(tn.nspname) || '.' || quote_ident(t.relname) AS "table",
       (SELECT json_agg(k.name ORDER BY k.name)
          FROM (SELECT CASE u.kind WHEN 'd' THEN 'ndistinct' WHEN 'f' THEN 'dependencies' WHEN 'm' THEN 'mcv' ELSE u.kind::text END AS name
                  FROM unnest(s.stxkind) u(kind) WHERE u.kind <> 'e') k) AS kinds,
       -- They have no order but that in which they stand in the table.
       (SELECT json_agg(a.attname ORDER BY a.attname) FROM unnest(s.stxkeys) u(num)
          JOIN pg_attribute a ON a.attrelid = s.stxrelid AND a.attnum = u.num) AS columns,
       to_json(pg_get_statisticsobjdef_expressions(s.oid)) AS expressions,
       NULLIF(s.stxstattarget, -1) AS statistics,
       pg_get_statisticsobjdef(s.oid) AS _definition
  FROM pg_statistic_ext s
  JOIN pg_namespace n ON n.oid = s.stxnamespace
  JOIN pg_class t ON t.oid = s.stxrelid
  JOIN pg_namespace tn ON tn.oid = t.relnamespace
  JOIN pg_roles me ON me.rolname = CURRENT_USER
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = s.tableoid AND e.objid = s.oid AND e.deptype = 'e')
   AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = t.tableoid AND e.objid = t.oid AND e.objsubid = 0 AND e.deptype = 'e')

-- Base types, and types that have a name only.
SELECT CASE WHEN t.typisdefined THEN 'base type' ELSE 'shell type' END AS kind,
       t.tableoid AS class, t.oid, n.nspname AS schema, t.typname AS name,
       CASE WHEN t.typowner = me.oid THEN NULL ELSE pg_get_userbyid(t.typowner) END AS owner,
       CASE WHEN t.typinput <> 0 THEN t.typinput::regproc::text END AS input,
       CASE WHEN t.typoutput <> 0 THEN t.typoutput::regproc::text END AS output,
       CASE WHEN t.typreceive <> 0 THEN t.typreceive::regproc::text END AS receive,
       CASE WHEN t.typsend <> 0 THEN t.typsend::regproc::text END AS send,
       CASE WHEN t.typmodin <> 0 THEN t.typmodin::regproc::text END AS typmod_in,
       CASE WHEN t.typmodout <> 0 THEN t.typmodout::regproc::text END AS typmod_out,
       CASE WHEN t.typanalyze <> 0 THEN t.typanalyze::regproc::text END AS analyze,
       CASE WHEN t.typsubscript <> 0 THEN t.typsubscript::regproc::text END AS subscript,
       CASE t.typlen WHEN -1 THEN 'variable' ELSE t.typlen::text END AS internal_length,
       t.typbyval::text AS passed_by_value,
       CASE t.typalign WHEN 'c' THEN 'char' WHEN 's' THEN 'int2' WHEN 'i' THEN 'int4' WHEN 'd' THEN 'double' ELSE t.typalign::text END AS alignment,
       CASE t.typstorage WHEN 'p' THEN 'plain' WHEN 'e' THEN 'external' WHEN 'm' THEN 'main' WHEN 'x' THEN 'extended'
                         ELSE t.typstorage::text END AS storage,
       CASE WHEN t.typcategory <> 'U' THEN t.typcategory::text END AS category,
       CASE WHEN t.typispreferred THEN 'true' END AS preferred,
       COALESCE(pg_get_expr(t.typdefaultbin, 0), CASE WHEN t.typdefault IS NOT NULL THEN quote_literal(t.typdefault) END) AS "default",
       CASE WHEN t.typelem <> 0 THEN format_type(t.typelem, NULL) END AS element,
       CASE WHEN t.typdelim <> ',' THEN t.typdelim::text END AS delimiter,
       CASE WHEN t.typcollation <> 0 THEN 'true' END AS collatable
  FROM pg_type t
  JOIN pg_namespace n ON n.oid = t.typnamespace
  JOIN pg_roles me ON me.rolname = CURRENT_USER
 WHERE (t.typtype = 'b' OR t.typtype = 'p' AND NOT t.typisdefined)
   AND NOT EXISTS (SELECT FROM pg_type element WHERE element.oid = t.typelem AND element.typarray = t.oid)
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = t.tableoid AND e.objid = t.oid AND e.deptype = 'e')

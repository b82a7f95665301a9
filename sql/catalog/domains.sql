-- Domains. Their checks are objects of their own.
SELECT 'domain' AS kind, t.tableoid AS class, t.oid, n.nspname AS schema, t.typname AS name,
       CASE WHEN t.typowner = me.oid THEN NULL ELSE pg_get_userbyid(t.typowner) END AS owner,
       format_type(t.typbasetype, t.typtypmod) AS type,
       CASE WHEN t.typcollation <> b.typcollation
            THEN (SELECT quote_ident(cn.nspname) || '.' || quote_ident(co.collname)
                    FROM pg_collation co JOIN pg_namespace cn ON cn.oid = co.collnamespace
                   WHERE co.oid = t.typcollation) END AS collation,
       -- A domain over a domain inherits the text of the default without its expression.
       COALESCE(pg_get_expr(t.typdefaultbin, 0), CASE WHEN t.typdefault IS NOT NULL THEN quote_literal(t.typdefault) END) AS "default",
       t.typnotnull::text AS not_null
  FROM pg_type t
  JOIN pg_type b ON b.oid = t.typbasetype
  JOIN pg_namespace n ON n.oid = t.typnamespace
  JOIN pg_roles me ON me.rolname = CURRENT_USER
 WHERE t.typtype = 'd'
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = t.tableoid AND e.objid = t.oid AND e.deptype = 'e')

-- Functions and procedures. The constructors of range types belong to them and are left out.
SELECT CASE p.prokind WHEN 'p' THEN 'procedure' ELSE 'function' END AS kind,
       p.tableoid AS class, p.oid, n.nspname AS schema, p.proname AS name, oidvectortypes(p.proargtypes) AS arguments,
       CASE WHEN p.proowner = me.oid THEN NULL ELSE pg_get_userbyid(p.proowner) END AS owner,
       l.lanname AS language,
       pg_get_function_arguments(p.oid) AS parameters,
       pg_get_function_result(p.oid) AS returns,
       CASE WHEN p.prosqlbody IS NULL THEN p.prosrc END AS body,
       pg_get_function_sqlbody(p.oid) AS atomic_body,
       p.probin AS library,
       CASE WHEN p.prokind = 'w' THEN 'true' END AS "window",
       CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' END AS volatility,
       CASE WHEN p.proisstrict THEN 'true' END AS strict,
       CASE WHEN p.proleakproof THEN 'true' END AS leakproof,
       CASE WHEN p.prosecdef THEN 'true' END AS security_definer,
       CASE p.proparallel WHEN 's' THEN 'safe' WHEN 'r' THEN 'restricted' END AS parallel,
       CASE WHEN p.procost <> CASE WHEN l.lanname IN ('c', 'internal') THEN 1 ELSE 100 END THEN p.procost::text END AS cost,
       CASE WHEN p.proretset AND p.prorows <> 1000 THEN p.prorows::text END AS rows,
       CASE WHEN p.prosupport <> 0 THEN p.prosupport::regproc::text END AS support,
       (SELECT json_agg(c ORDER BY c) FROM unnest(p.proconfig) c) AS config,
       (SELECT json_agg(format_type(u.type, NULL) ORDER BY u.ord) FROM unnest(p.protrftypes) WITH ORDINALITY u(type, ord)) AS transforms,
       -- What CREATE OR REPLACE keeps or refuses to change: names of what goes in, names and types of what comes out.
       (SELECT json_agg(COALESCE(p.proargnames[u.ord], '') ORDER BY u.ord)
          FROM unnest(COALESCE(p.proargmodes, array_fill('i'::"char", ARRAY[p.pronargs::int]))) WITH ORDINALITY u(mode, ord)
         WHERE u.mode IN ('i', 'b', 'v')) AS _inputs,
       (SELECT json_agg(COALESCE(p.proargnames[u.ord], '') || ' ' || format_type(p.proallargtypes[u.ord], NULL) ORDER BY u.ord)
          FROM unnest(p.proargmodes) WITH ORDINALITY u(mode, ord) WHERE u.mode IN ('o', 'b', 't')) AS _outputs,
       p.pronargdefaults AS _defaults,
       pg_get_function_identity_arguments(p.oid) AS _signature,
       pg_get_functiondef(p.oid) AS _definition
  FROM pg_proc p
  JOIN pg_namespace n ON n.oid = p.pronamespace
  JOIN pg_language l ON l.oid = p.prolang
  JOIN pg_roles me ON me.rolname = CURRENT_USER
 WHERE p.prokind IN ('f', 'w', 'p')
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = p.tableoid AND e.objid = p.oid AND e.deptype IN ('e', 'i'))

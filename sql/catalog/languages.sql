-- Procedural languages. Those of an extension, as plpgsql, are left out.
SELECT 'language' AS kind, l.tableoid AS class, l.oid, l.lanname AS name,
       CASE WHEN l.lanowner = me.oid THEN NULL ELSE pg_get_userbyid(l.lanowner) END AS owner,
       l.lanpltrusted::text AS trusted,
       CASE WHEN l.lanplcallfoid <> 0 THEN l.lanplcallfoid::regproc::text END AS handler,
       CASE WHEN l.laninline <> 0 THEN l.laninline::regproc::text END AS inline,
       CASE WHEN l.lanvalidator <> 0 THEN l.lanvalidator::regproc::text END AS validator
  FROM pg_language l
  JOIN pg_roles me ON me.rolname = CURRENT_USER
 WHERE l.lanispl AND l.oid >= 16384
   AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = l.tableoid AND e.objid = l.oid AND e.deptype = 'e')

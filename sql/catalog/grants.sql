-- Grants that are not those which every object of the kind has. `@owner` is the owner, whatever its name.
WITH granted AS (
  SELECT c.tableoid AS class, c.oid, 0 AS sub, c.relowner AS owner, c.relacl AS acl,
         acldefault(CASE c.relkind WHEN 'S' THEN 's'::"char" ELSE 'r' END, c.relowner) AS usual
    FROM pg_class c WHERE c.relacl IS NOT NULL AND c.oid >= 16384
  UNION ALL
  SELECT c.tableoid, c.oid, a.attnum, c.relowner, a.attacl, '{}'
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
   WHERE a.attacl IS NOT NULL AND a.attnum > 0 AND NOT a.attisdropped AND c.oid >= 16384
  UNION ALL
  -- The schema that initdb makes has one grant more than others.
  SELECT n.tableoid, n.oid, 0, n.nspowner, coalesce(n.nspacl, acldefault('n', n.nspowner)),
         CASE n.nspname WHEN 'public' THEN acldefault('n', n.nspowner) || makeaclitem(0, n.nspowner, 'USAGE', false)
                        ELSE acldefault('n', n.nspowner) END
    FROM pg_namespace n WHERE n.nspname = 'public' OR n.nspacl IS NOT NULL AND n.oid >= 16384
  UNION ALL
  SELECT p.tableoid, p.oid, 0, p.proowner, p.proacl, acldefault('f', p.proowner)
    FROM pg_proc p WHERE p.proacl IS NOT NULL AND p.oid >= 16384
  UNION ALL
  SELECT t.tableoid, t.oid, 0, t.typowner, t.typacl, acldefault('T', t.typowner)
    FROM pg_type t WHERE t.typacl IS NOT NULL AND t.oid >= 16384
  UNION ALL
  SELECT l.tableoid, l.oid, 0, l.lanowner, l.lanacl, acldefault('l', l.lanowner)
    FROM pg_language l WHERE l.lanacl IS NOT NULL AND l.oid >= 16384
  UNION ALL
  SELECT w.tableoid, w.oid, 0, w.fdwowner, w.fdwacl, acldefault('F', w.fdwowner)
    FROM pg_foreign_data_wrapper w WHERE w.fdwacl IS NOT NULL
  UNION ALL
  SELECT s.tableoid, s.oid, 0, s.srvowner, s.srvacl, acldefault('S', s.srvowner)
    FROM pg_foreign_server s WHERE s.srvacl IS NOT NULL
)
SELECT g.class, g.oid, g.sub, coalesce(l.acl, '[]') AS acl
  FROM granted g
 CROSS JOIN LATERAL (
       SELECT json_agg(i.item ORDER BY i.item)
         FROM (SELECT CASE x.grantee WHEN 0 THEN 'PUBLIC' WHEN g.owner THEN '@owner' ELSE quote_ident(pg_get_userbyid(x.grantee)) END
                      || ' ' || x.privilege_type || CASE WHEN x.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
                      || CASE WHEN x.grantor <> g.owner THEN ' GRANTED BY ' || quote_ident(pg_get_userbyid(x.grantor)) ELSE '' END AS item
                 FROM aclexplode(g.acl) x) i) l(acl)
 WHERE NOT (g.acl @> g.usual AND g.usual @> g.acl)

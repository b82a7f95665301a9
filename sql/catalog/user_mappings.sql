-- User mappings. Options that are secrets are read as `name=***`; the server hides all of them from others than the owners.
SELECT 'user mapping' AS kind, 'pg_user_mapping'::regclass::oid AS class, m.umid AS oid, m.srvname AS parent,
       CASE WHEN m.umuser = 0 THEN 'public' ELSE m.usename END AS name,
       CASE WHEN m.umuser = 0 THEN 'PUBLIC' ELSE quote_ident(m.usename) END AS _user,
       (SELECT json_agg(o ORDER BY o)
          FROM (SELECT CASE WHEN split_part(o, '=', 1) ~* 'pass|pwd|secret|token|credential|(api|access|private|account)_?key'
                            THEN split_part(o, '=', 1) || '=***' ELSE o END FROM unnest(m.umoptions) o) x(o)) AS options
  FROM pg_user_mappings m
 WHERE NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_user_mapping'::regclass AND e.objid = m.umid AND e.deptype = 'e')

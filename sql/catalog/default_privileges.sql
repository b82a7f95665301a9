-- What objects that a role creates are granted at once. Without a schema: the whole of it, in place of what is built in; in a
-- schema: what is added to that.
SELECT 'default privileges' AS kind, d.tableoid AS class, d.oid, n.nspname AS schema,
       CASE WHEN d.defaclrole = me.oid THEN '@me' ELSE pg_get_userbyid(d.defaclrole) END AS parent,
       CASE d.defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions' WHEN 'T' THEN 'types'
                            WHEN 'n' THEN 'schemas' WHEN 'L' THEN 'large objects' ELSE d.defaclobjtype::text END AS name,
       (SELECT json_agg(g.item ORDER BY g.item)
          FROM (SELECT CASE x.grantee WHEN 0 THEN 'PUBLIC' WHEN d.defaclrole THEN '@owner' ELSE quote_ident(pg_get_userbyid(x.grantee)) END
                       || ' ' || x.privilege_type || CASE WHEN x.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END AS item
                  FROM aclexplode(d.defaclacl) x) g) AS acl
  FROM pg_default_acl d
  JOIN pg_roles me ON me.rolname = CURRENT_USER
  LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
 WHERE n.nspname IS NULL OR n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'

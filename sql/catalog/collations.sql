-- Collations. Their versions are the operating system's and no part of the schema.
SELECT 'collation' AS kind, c.tableoid AS class, c.oid, n.nspname AS schema, c.collname AS name,
       CASE WHEN c.collowner = me.oid THEN NULL ELSE pg_get_userbyid(c.collowner) END AS owner,
       CASE c.collprovider WHEN 'b' THEN 'builtin' WHEN 'c' THEN 'libc' WHEN 'd' THEN 'default' WHEN 'i' THEN 'icu'
                           ELSE c.collprovider::text END AS provider,
       c.collcollate AS lc_collate, c.collctype AS lc_ctype,
       -- 17 has renamed the column, and 16 has added the rules.
       COALESCE(to_jsonb(c) ->> 'colllocale', to_jsonb(c) ->> 'colliculocale') AS locale,
       to_jsonb(c) ->> 'collicurules' AS rules,
       c.collisdeterministic::text AS deterministic
  FROM pg_collation c
  JOIN pg_namespace n ON n.oid = c.collnamespace
  JOIN pg_roles me ON me.rolname = CURRENT_USER
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND c.collencoding IN (-1, (SELECT d.encoding FROM pg_database d WHERE d.datname = current_database()))
   AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = c.tableoid AND e.objid = c.oid AND e.deptype = 'e')

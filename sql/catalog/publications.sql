-- Publications, with their tables as ALTER PUBLICATION takes them, and their schemas.
SELECT 'publication' AS kind, p.tableoid AS class, p.oid, p.pubname AS name,
       CASE WHEN p.pubowner = me.oid THEN NULL ELSE pg_get_userbyid(p.pubowner) END AS owner,
       p.puballtables::text AS all_tables,
       t.tables, t._tables, t._names,
       (SELECT json_agg(quote_ident(n.nspname) ORDER BY n.nspname)
          FROM pg_publication_namespace s JOIN pg_namespace n ON n.oid = s.pnnspid
         WHERE s.pnpubid = p.oid) AS schemas,
       (SELECT json_agg(op ORDER BY ord)
          FROM (VALUES (1, 'insert', p.pubinsert), (2, 'update', p.pubupdate), (3, 'delete', p.pubdelete), (4, 'truncate', p.pubtruncate))
               AS v(ord, op, published) WHERE published) AS publish,
       CASE WHEN p.pubviaroot THEN 'true' END AS via_partition_root,
       -- 18.
       CASE WHEN to_jsonb(p) ->> 'pubgencols' = 's' THEN 'stored' END AS generated_columns
  FROM pg_publication p
  LEFT JOIN LATERAL
       (SELECT json_agg(x.entry ORDER BY x.entry) AS tables,
               json_agg(x.prefix || x.entry ORDER BY x.entry) AS _tables,
               json_agg(x.name ORDER BY x.entry) AS _names
          FROM (SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name,
                       -- Its children have been published or not for themselves.
                       CASE WHEN c.relkind = 'r' AND EXISTS (SELECT FROM pg_inherits i WHERE i.inhparent = c.oid) THEN 'ONLY ' ELSE '' END AS prefix,
                       quote_ident(n.nspname) || '.' || quote_ident(c.relname) ||
                       -- The server sorts the columns as the table has them.
                       COALESCE((SELECT ' (' || string_agg(quote_ident(a.attname), ', ' ORDER BY a.attname) || ')' FROM pg_attribute a
                                  WHERE a.attrelid = c.oid AND a.attnum = ANY (r.prattrs)), '') ||
                       COALESCE(' WHERE (' || pg_get_expr(r.prqual, r.prrelid) || ')', '') AS entry
                  FROM pg_publication_rel r
                  JOIN pg_class c ON c.oid = r.prrelid
                  JOIN pg_namespace n ON n.oid = c.relnamespace
                 WHERE r.prpubid = p.oid) x) t ON true
  JOIN pg_roles me ON me.rolname = CURRENT_USER
 WHERE NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = p.tableoid AND e.objid = p.oid AND e.deptype = 'e')

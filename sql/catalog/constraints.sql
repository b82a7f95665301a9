-- Constraints of tables, each with the index that serves it. A not-null is an attribute of its column.
SELECT 'constraint' AS kind, k.tableoid AS class, k.oid, n.nspname AS schema, c.relname AS parent, k.conname AS name,
       CASE k.contype WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique' WHEN 'f' THEN 'foreign key' WHEN 'c' THEN 'check'
                      WHEN 'x' THEN 'exclusion' ELSE k.contype::text END AS type,
       (SELECT json_agg((SELECT a.attname FROM pg_attribute a WHERE a.attrelid = k.conrelid AND a.attnum = u.num) ORDER BY u.ord)
          FROM unnest(k.conkey) WITH ORDINALITY u(num, ord) WHERE u.num <> 0) AS columns,
       CASE WHEN k.confrelid <> 0 THEN k.confrelid::regclass::text END AS references,
       -- Whether a check that a child has from its parent alone is proven, is nowhere printed.
       CASE WHEN k.contype = 'c' AND NOT k.conislocal AND NOT c.relispartition THEN regexp_replace(pg_get_constraintdef(k.oid), ' NOT VALID$', '')
            ELSE pg_get_constraintdef(k.oid) END AS definition,
       CASE WHEN k.condeferrable THEN 'true' END AS deferrable,
       CASE WHEN k.condeferred THEN 'true' END AS deferred,
       CASE WHEN NOT k.convalidated AND (k.contype <> 'c' OR k.conislocal OR c.relispartition) THEN 'true' END AS not_valid,
       CASE WHEN k.connoinherit AND k.contype = 'c' THEN 'true' END AS no_inherit,
       k.conislocal::text AS local,
       CASE WHEN k.coninhcount > 0 OR k.conparentid <> 0 THEN 'true' END AS inherited,
       -- Made by a foreign key for a partition, and printed with that.
       CASE WHEN k.contype = 'f' AND k.conparentid <> 0 THEN 'true' END AS cloned,
       CASE WHEN ix.reloptions IS NOT NULL THEN (SELECT json_agg(o ORDER BY o) FROM unnest(ix.reloptions) o) END AS index_options,
       t.spcname AS tablespace,
       CASE WHEN i.indisclustered THEN 'true' END AS clustered,
       CASE WHEN i.indisreplident THEN 'true' END AS replica_identity,
       CASE WHEN NOT i.indisvalid THEN 'true' END AS invalid,
       CASE WHEN ix.relispartition THEN
            (SELECT quote_ident(pn.nspname) || '.' || quote_ident(p.relname) FROM pg_inherits h
               JOIN pg_class p ON p.oid = h.inhparent JOIN pg_namespace pn ON pn.oid = p.relnamespace
              WHERE h.inhrelid = ix.oid) END AS attached_to
  FROM pg_constraint k
  JOIN pg_class c ON c.oid = k.conrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_index i ON i.indexrelid = k.conindid AND k.contype IN ('p', 'u', 'x')
  LEFT JOIN pg_class ix ON ix.oid = i.indexrelid
  LEFT JOIN pg_tablespace t ON t.oid = ix.reltablespace
 WHERE k.contype NOT IN ('n', 't') AND k.conrelid <> 0
   -- What a foreign key makes for each partition that it refers to is nowhere printed.
   AND NOT EXISTS (SELECT FROM pg_constraint p WHERE p.oid = k.conparentid AND p.conrelid = k.conrelid)
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = c.tableoid AND e.objid = c.oid AND e.objsubid = 0 AND e.deptype = 'e')

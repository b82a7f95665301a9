-- Indexes that serve no constraint.
SELECT 'index' AS kind, x.tableoid AS class, x.oid, n.nspname AS schema, c.relname AS parent, x.relname AS name,
       am.amname AS method,
       i.indisunique::text AS unique,
       -- The server prints a column ten times slower than it is looked up.
       (SELECT json_agg(CASE WHEN i.indkey[pos - 1] = 0 THEN pg_get_indexdef(x.oid, pos, true)
                             ELSE (SELECT quote_ident(a.attname) FROM pg_attribute a
                                    WHERE a.attrelid = i.indrelid AND a.attnum = i.indkey[pos - 1]) END ORDER BY pos)
          FROM generate_series(1, i.indnkeyatts) pos) AS columns,
       CASE WHEN i.indnatts > i.indnkeyatts THEN
            (SELECT json_agg(pg_get_indexdef(x.oid, pos, true) ORDER BY pos) FROM generate_series(i.indnkeyatts + 1, i.indnatts) pos)
       END AS include,
       pg_get_expr(i.indpred, i.indrelid) AS predicate,
       CASE WHEN i.indnullsnotdistinct THEN 'true' END AS nulls_not_distinct,
       CASE WHEN x.reloptions IS NOT NULL THEN (SELECT json_agg(o ORDER BY o) FROM unnest(x.reloptions) o) END AS options,
       t.spcname AS tablespace,
       CASE WHEN NOT i.indisvalid THEN 'true' END AS invalid,
       CASE WHEN i.indisclustered THEN 'true' END AS clustered,
       CASE WHEN i.indisreplident THEN 'true' END AS replica_identity,
       -- Only expressions have statistics of their own.
       CASE WHEN 0 = ANY (i.indkey) THEN
            (SELECT json_agg(a.attnum || ' ' || a.attstattarget ORDER BY a.attnum) FROM pg_attribute a
              WHERE a.attrelid = x.oid AND a.attstattarget >= 0) END AS statistics,
       CASE WHEN x.relispartition THEN
            (SELECT quote_ident(pn.nspname) || '.' || quote_ident(p.relname) FROM pg_inherits h
               JOIN pg_class p ON p.oid = h.inhparent JOIN pg_namespace pn ON pn.oid = p.relnamespace
              WHERE h.inhrelid = x.oid) END AS attached_to,
       pg_get_indexdef(x.oid) AS definition
  FROM pg_index i
  JOIN pg_class x ON x.oid = i.indexrelid
  JOIN pg_class c ON c.oid = i.indrelid
  JOIN pg_namespace n ON n.oid = x.relnamespace
  JOIN pg_am am ON am.oid = x.relam
  LEFT JOIN pg_tablespace t ON t.oid = x.reltablespace
 WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = x.oid AND k.contype IN ('p', 'u', 'x'))
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = c.tableoid AND e.objid = c.oid AND e.objsubid = 0 AND e.deptype = 'e')
   AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = x.tableoid AND e.objid = x.oid AND e.objsubid = 0 AND e.deptype = 'e')

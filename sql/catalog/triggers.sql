-- Triggers of users. Those of foreign keys and deferrable unique constraints are parts of them.
SELECT 'trigger' AS kind, t.tableoid AS class, t.oid, n.nspname AS schema, c.relname AS parent, t.tgname AS name,
       CASE WHEN t.tgtype & 2 <> 0 THEN 'before' WHEN t.tgtype & 64 <> 0 THEN 'instead of' ELSE 'after' END AS timing,
       to_json(array_remove(ARRAY[CASE WHEN t.tgtype & 4 <> 0 THEN 'insert' END, CASE WHEN t.tgtype & 16 <> 0 THEN 'update' END,
                                  CASE WHEN t.tgtype & 8 <> 0 THEN 'delete' END, CASE WHEN t.tgtype & 32 <> 0 THEN 'truncate' END],
                            NULL)) AS events,
       (SELECT json_agg(a.attname ORDER BY u.ord) FROM unnest(t.tgattr) WITH ORDINALITY u(num, ord)
          JOIN pg_attribute a ON a.attrelid = t.tgrelid AND a.attnum = u.num) AS columns,
       CASE WHEN t.tgtype & 1 <> 0 THEN 'row' ELSE 'statement' END AS level,
       quote_ident(fn.nspname) || '.' || quote_ident(f.proname) AS function,
       CASE WHEN t.tgconstraint <> 0 THEN 'true' END AS constraint_trigger,
       CASE WHEN t.tgdeferrable THEN 'true' END AS deferrable,
       CASE WHEN t.tginitdeferred THEN 'true' END AS deferred,
       CASE t.tgenabled WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica' WHEN 'A' THEN 'always' END AS enabled,
       -- A copy, on a partition, of the trigger of the partitioned table.
       CASE WHEN t.tgparentid <> 0 THEN 'true' END AS inherited,
       pg_get_triggerdef(t.oid) AS definition
  FROM pg_trigger t
  JOIN pg_class c ON c.oid = t.tgrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_proc f ON f.oid = t.tgfoid
  JOIN pg_namespace fn ON fn.oid = f.pronamespace
 WHERE NOT t.tgisinternal
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = c.tableoid AND e.objid = c.oid AND e.objsubid = 0 AND e.deptype = 'e')
   AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = t.tableoid AND e.objid = t.oid AND e.deptype = 'e')

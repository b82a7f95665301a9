-- Tables, partitioned tables, partitions and foreign tables.
SELECT CASE c.relkind WHEN 'f' THEN 'foreign table' ELSE 'table' END AS kind,
       c.tableoid AS class, c.oid, n.nspname AS schema, c.relname AS name,
       CASE WHEN c.relowner = me.oid THEN NULL ELSE pg_get_userbyid(c.relowner) END AS owner,
       CASE c.relpersistence WHEN 'u' THEN 'unlogged' END AS persistence,
       CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END AS partition_key,
       CASE WHEN c.relispartition THEN (SELECT quote_ident(pn.nspname) || '.' || quote_ident(p.relname)
                                          FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent
                                          JOIN pg_namespace pn ON pn.oid = p.relnamespace
                                         WHERE i.inhrelid = c.oid AND NOT i.inhdetachpending) END AS partition_of,
       CASE WHEN c.relispartition THEN pg_get_expr(c.relpartbound, c.oid) END AS partition_bound,
       CASE WHEN NOT c.relispartition AND c.relhassubclass IS NOT NULL THEN
            (SELECT json_agg(quote_ident(pn.nspname) || '.' || quote_ident(p.relname) ORDER BY i.inhseqno)
               FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent JOIN pg_namespace pn ON pn.oid = p.relnamespace
              WHERE i.inhrelid = c.oid) END AS inherits,
       CASE WHEN c.reloftype <> 0 THEN format_type(c.reloftype, NULL) END AS of_type,
       -- heap is what a table has where nobody says anything.
       CASE WHEN am.amname <> 'heap' THEN am.amname END AS access_method,
       t.spcname AS tablespace,
       CASE WHEN c.reloptions IS NOT NULL THEN (SELECT json_agg(o ORDER BY o) FROM unnest(c.reloptions) o) END AS options,
       (SELECT json_agg(o ORDER BY o) FROM pg_class toast, unnest(toast.reloptions) o WHERE toast.oid = c.reltoastrelid) AS toast_options,
       -- That of a foreign table cannot be set, and is stored as nothing.
       CASE WHEN c.relkind <> 'f' THEN
            CASE c.relreplident WHEN 'n' THEN 'nothing' WHEN 'f' THEN 'full' WHEN 'i' THEN 'index' END END AS replica_identity,
       c.relrowsecurity::text AS row_security, c.relforcerowsecurity::text AS force_row_security,
       s.srvname AS server,
       CASE WHEN f.ftoptions IS NOT NULL THEN (SELECT json_agg(o ORDER BY o) FROM unnest(f.ftoptions) o) END AS foreign_options
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_roles me ON me.rolname = CURRENT_USER
  LEFT JOIN pg_am am ON am.oid = c.relam
  LEFT JOIN pg_tablespace t ON t.oid = c.reltablespace
  LEFT JOIN pg_foreign_table f ON f.ftrelid = c.oid
  LEFT JOIN pg_foreign_server s ON s.oid = f.ftserver
 WHERE c.relkind IN ('r', 'p', 'f')
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = c.tableoid AND d.objid = c.oid AND d.deptype = 'e')

-- Defaults of columns of tables, foreign tables and views. They name no column, so that the server need not open the table
-- to print them.
SELECT 'default' AS kind, d.tableoid AS class, d.oid, n.nspname AS schema, c.relname AS parent, a.attname AS name,
       pg_get_expr(d.adbin, 0) AS expression
  FROM pg_attrdef d
  JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum AND a.attgenerated = ''
  JOIN pg_class c ON c.oid = d.adrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = c.tableoid AND e.objid = c.oid AND e.objsubid = 0 AND e.deptype = 'e')

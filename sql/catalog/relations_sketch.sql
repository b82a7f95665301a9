-- As sketch.sql, of the names of relations alone: a quick look whether the sketch is worth its price.
WITH excluded AS MATERIALIZED (
  SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE (n.nspname, c.relname) IN ($excluded) OR c.relname = $version_table AND c.relkind = 'r'
), without AS MATERIALIZED (
  SELECT oid FROM excluded
  UNION ALL SELECT i.indexrelid FROM pg_index i WHERE i.indrelid IN (SELECT oid FROM excluded)
  -- What a job makes with its partitions.
  UNION ALL SELECT i.indexrelid FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid WHERE t.relispartition
)
SELECT n.nspname, sum(hashtextextended(concat_ws(' ', c.relname, c.relkind), 0))::text
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relkind IN ('r', 'p', 'f', 'v', 'm', 'i', 'I', 'c')
   AND NOT c.relispartition AND c.oid NOT IN (SELECT oid FROM without)
 GROUP BY n.nspname

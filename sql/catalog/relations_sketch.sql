-- As sketch.sql, of the names of relations alone: a quick look whether the sketch is worth its price.
SELECT n.nspname, sum(hashtextextended(concat_ws(' ', c.relname, c.relkind), 0))::text
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relkind IN ('r', 'p', 'f', 'v', 'm', 'i', 'I', 'c')
   AND NOT c.relispartition AND (n.nspname, c.relname) NOT IN ($excluded)
 GROUP BY n.nspname

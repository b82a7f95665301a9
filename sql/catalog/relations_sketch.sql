-- As sketch.sql, of the names of relations alone: a quick look whether the sketch is worth its price. It is asked after each
-- revision of a replay, and made of what the server plans and runs in the least time. $but_partitions leaves out
-- what a job makes with its partitions, where the database has any.
SELECT n.nspname, s.sum
  FROM (SELECT c.relnamespace, sum(hashtextextended(c.relname::text || ' ' || c.relkind::text, 0))::text
          FROM pg_class c
         WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p', 'f', 'v', 'm', 'i', 'I', 'c') AND NOT c.relispartition
           AND c.oid <> ALL (ARRAY(SELECT e.oid FROM pg_class e WHERE e.relname = ANY (ARRAY[$names]::name[]) AND $excluded))
           AND c.oid <> ALL (ARRAY(SELECT i.indexrelid FROM pg_class e JOIN pg_index i ON i.indrelid = e.oid
                                    WHERE e.relname = ANY (ARRAY[$names]::name[]) AND $excluded))
           AND $but_partitions
         GROUP BY c.relnamespace) s(oid, sum)
  JOIN pg_namespace n ON n.oid = s.oid

-- The tables of users, each with the number that it keeps as long as it is the same table, and that of its file, which it keeps
-- as long as it is not rewritten.
SELECT n.nspname, c.relname, c.oid, c.relfilenode, c.relkind
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
 ORDER BY n.nspname, c.relname

-- The names of tables and views in the schemas of users, and whether each is a partition: what is missing, or too much, says
-- how much of a replay need not be looked at.
SELECT n.nspname, c.relname, c.relispartition
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p', 'f', 'v', 'm')

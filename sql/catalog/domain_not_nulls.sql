-- 18: the name of the not-null of a domain where it is not the one that a new domain would give it, and its comment.
SELECT t.tableoid AS class, t.oid,
       CASE WHEN k.conname <> left(t.typname || '_not_null', 63) THEN k.conname END AS not_null_name,
       k.conname AS _not_null_name,
       obj_description(k.oid, 'pg_constraint') AS not_null_comment
  FROM pg_constraint k
  JOIN pg_type t ON t.oid = k.contypid
  JOIN pg_namespace n ON n.oid = t.typnamespace
 WHERE k.contype = 'n' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'

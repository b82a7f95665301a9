-- A number for each schema that is the same wherever the schema is, as far as names and the plainest attributes go: a sum over
-- its objects, so that what two independent revisions add to it does not depend on their order. $excluded are tables to leave out, and $version_table is, wherever it is.
WITH excluded AS MATERIALIZED (
  SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE (n.nspname, c.relname) IN ($excluded) OR c.relname = $version_table AND c.relkind = 'r'
), without AS MATERIALIZED (
  SELECT oid FROM excluded
  UNION ALL SELECT i.indexrelid FROM pg_index i WHERE i.indrelid IN (SELECT oid FROM excluded)
), relation AS MATERIALIZED (
  SELECT c.oid, n.nspname, c.relname, c.relkind
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relkind IN ('r', 'p', 'f', 'v', 'm', 'i', 'I', 'c')
     AND NOT c.relispartition
     AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
     AND c.oid NOT IN (SELECT oid FROM without)
), part (nspname, of) AS (
  SELECT nspname, concat_ws(' ', relname, relkind) FROM relation WHERE relkind NOT IN ('i', 'I')
  UNION ALL
  SELECT r.nspname, concat_ws(' ', r.relname, i.indisunique, i.indisvalid, i.indnatts, coalesce(i.indpred::text <> '', false))
    FROM relation r JOIN pg_index i ON i.indexrelid = r.oid JOIN relation t ON t.oid = i.indrelid
  UNION ALL
  SELECT r.nspname, concat_ws(' ', r.relname, a.attname, t.typname, a.atttypmod, a.attnotnull, a.atthasdef, a.attidentity, a.attgenerated)
    FROM relation r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_type t ON t.oid = a.atttypid
   WHERE r.relkind NOT IN ('i', 'I')
  UNION ALL
  SELECT r.nspname, concat_ws(' ', r.relname, k.conname, k.contype, k.convalidated, k.condeferrable, k.confdeltype)
    FROM relation r JOIN pg_constraint k ON k.conrelid = r.oid AND k.contype NOT IN ('n', 't')
  UNION ALL
  SELECT r.nspname, concat_ws(' ', r.relname, g.tgname, g.tgenabled, g.tgtype)
    FROM relation r JOIN pg_trigger g ON g.tgrelid = r.oid AND NOT g.tgisinternal
  UNION ALL
  SELECT r.nspname, concat_ws(' ', r.relname, p.polname, p.polcmd) FROM relation r JOIN pg_policy p ON p.polrelid = r.oid
  UNION ALL
  SELECT n.nspname, concat_ws(' ', p.proname, p.pronargs, p.provolatile, p.prosrc)
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
   WHERE p.oid >= 16384 AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
     AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
  UNION ALL
  SELECT n.nspname, concat_ws(' ', t.typname, coalesce(e.enumlabel::text, t.typtype::text))
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_enum e ON e.enumtypid = t.oid
   WHERE t.oid >= 16384 AND t.typtype IN ('e', 'd', 'r') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
     AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e')
)
SELECT nspname, sum(hashtextextended(of, 0))::text FROM part GROUP BY nspname

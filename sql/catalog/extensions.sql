-- Extensions. What they have made is left out, and stands for them.
SELECT 'extension' AS kind, e.tableoid AS class, e.oid, e.extname AS name,
       e.extversion AS version,
       n.nspname AS in_schema,
       -- The control file gives a comment.
       CASE WHEN d.description IS DISTINCT FROM a.comment THEN coalesce(d.description, '') END AS comment,
       a.comment AS _comment, a.default_version AS _default_version, e.extrelocatable::text AS _relocatable
  FROM pg_extension e
  JOIN pg_namespace n ON n.oid = e.extnamespace
  LEFT JOIN pg_description d ON d.classoid = e.tableoid AND d.objoid = e.oid AND d.objsubid = 0
  LEFT JOIN pg_available_extensions() a ON a.name = e.extname
 WHERE e.extname <> 'plpgsql'

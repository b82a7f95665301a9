-- Extensions. What they have made is left out, and stands for them.
SELECT 'extension' AS kind, e.tableoid AS class, e.oid, e.extname AS name,
       e.extversion AS version,
       n.nspname AS in_schema,
       -- The control file gives a comment.
       CASE WHEN d.description IS DISTINCT FROM a.comment THEN coalesce(d.description, '') END AS comment,
       a.comment AS _comment, a.default_version AS _default_version, e.extrelocatable::text AS _relocatable,
       -- The function fails where the files of the extension are gone.
       CASE WHEN a.name IS NOT NULL THEN
            (SELECT json_agg(u.target ORDER BY u.target) FROM pg_extension_update_paths(e.extname) u
              WHERE u.source = e.extversion AND u.path IS NOT NULL) END AS _updates
  FROM pg_extension e
  JOIN pg_namespace n ON n.oid = e.extnamespace
  LEFT JOIN pg_description d ON d.classoid = e.tableoid AND d.objoid = e.oid AND d.objsubid = 0
  LEFT JOIN pg_available_extensions() a ON a.name = e.extname
 WHERE e.extname <> 'plpgsql'

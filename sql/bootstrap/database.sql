-- The database of this name, if it exists.
--   $name its name
SELECT pg_catalog.json_build_object(
    'owner', pg_catalog.pg_get_userbyid(d.datdba),
    'encoding', pg_catalog.pg_encoding_to_char(d.encoding),
    'locale', d.datcollate,
    'parameters', coalesce((
        SELECT pg_catalog.to_json(s.setconfig)
        FROM pg_catalog.pg_db_role_setting AS s
        WHERE s.setdatabase = d.oid AND s.setrole = 0
    ), '[]')
)
FROM (VALUES ($name)) AS wanted (name)
LEFT JOIN pg_catalog.pg_database AS d ON d.datname = wanted.name
WHERE d.oid IS NOT NULL

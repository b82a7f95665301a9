-- Which of the wanted schemas and extensions there are, and which extensions the server offers.
--   $schemas and $extensions are text arrays
SELECT pg_catalog.json_build_object(
    'schemas', (
        SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
            'name', n.nspname, 'owner', pg_catalog.pg_get_userbyid(n.nspowner))), '[]')
        FROM pg_catalog.pg_namespace AS n
        WHERE n.nspname = ANY ($schemas::text[])
    ),
    'extensions', (
        SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
            'name', e.extname, 'version', e.extversion, 'schema', n.nspname)), '[]')
        FROM pg_catalog.pg_extension AS e
        JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace
        WHERE e.extname = ANY ($extensions::text[])
    ),
    'offered', (
        SELECT coalesce(pg_catalog.json_agg(offered), '[]')
        FROM (
            -- of a version that is trusted, the owner of the database is enough
            SELECT v.name, pg_catalog.json_agg(v.version) AS versions, pg_catalog.bool_and(v.superuser AND NOT v.trusted) AS superuser
            FROM pg_catalog.pg_available_extension_versions AS v
            WHERE v.name = ANY ($extensions::text[])
            GROUP BY v.name
        ) AS offered
    ),
    'may_create', pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE')
)

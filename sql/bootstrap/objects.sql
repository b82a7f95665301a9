-- Which of the wanted schemas and extensions there are, and which extensions the server offers.
--   schemas and extensions come as text arrays
SELECT pg_catalog.json_build_object(
    'schemas', (SELECT coalesce(pg_catalog.json_agg(nspname), '[]') FROM pg_catalog.pg_namespace
        WHERE nspname = ANY ($1::text[])),
    'extensions', (SELECT coalesce(pg_catalog.json_agg(extname), '[]') FROM pg_catalog.pg_extension
        WHERE extname = ANY ($2::text[])),
    'offered', (SELECT coalesce(pg_catalog.json_agg(name), '[]') FROM pg_catalog.pg_available_extensions
        WHERE name = ANY ($2::text[]))
)

-- Whether a schema exists. $1 its name, a text.
SELECT pg_catalog.to_json(EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = $1))

-- Whether the role may create tables in a schema ($1: its name, a text); null where there is no such schema.
SELECT pg_catalog.to_json(
    pg_catalog.has_schema_privilege(pg_catalog.to_regnamespace(pg_catalog.quote_ident($1))::oid, 'CREATE')
)

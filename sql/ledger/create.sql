-- Makes the ledger in its schema.
CREATE TABLE IF NOT EXISTS $schema.history (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id text NOT NULL,
    version_table text NOT NULL,
    revision text NOT NULL,
    direction text NOT NULL,
    checksum text,
    started_at timestamptz NOT NULL,
    finished_at timestamptz NOT NULL,
    duration_ms double precision NOT NULL,
    statement_ms double precision[],
    statements_done integer NOT NULL,
    statements_total integer NOT NULL,
    outcome text NOT NULL,
    error text,
    rows_after text[],
    role name NOT NULL DEFAULT SESSION_USER,
    client_host text NOT NULL,
    tool_version text NOT NULL
);
CREATE TABLE IF NOT EXISTS $schema.journal (
    version_table text NOT NULL,
    revision text NOT NULL,
    direction text NOT NULL,
    statement integer NOT NULL,
    total integer NOT NULL,
    checksum text NOT NULL,
    state text NOT NULL,
    detail jsonb,
    run_id text NOT NULL,
    at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    PRIMARY KEY (version_table, revision, direction, statement)
);

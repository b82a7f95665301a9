-- Makes the schema of the ledger.
CREATE SCHEMA IF NOT EXISTS $schema;
COMMENT ON SCHEMA $schema IS 'pgkeel: history of migration runs, and what is done of sections without transaction';

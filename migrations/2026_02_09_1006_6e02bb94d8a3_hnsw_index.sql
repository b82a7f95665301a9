-- Index for nearest-neighbour search by cosine distance
--
-- Building an HNSW index takes long, and a plain CREATE INDEX would keep writers out all the while. CONCURRENTLY lets
-- them go on, but can't run in a transaction: hence `transaction=off`, and one statement a section.
--
-- revision: 6e02bb94d8a3
-- down_revision: d15a38f70e9c
-- create_date: 2026-02-09T10:06:12Z

-- migrate:up transaction=off
CREATE INDEX CONCURRENTLY embeddings_embedding_idx ON embeddings USING hnsw (embedding vector_cosine_ops);

-- migrate:down transaction=off
DROP INDEX CONCURRENTLY embeddings_embedding_idx;

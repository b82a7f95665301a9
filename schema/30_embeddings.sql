-- Embeddings of documents: a document is cut into chunks, each chunk has a vector of 384 numbers from one model.
-- The type `vector` comes from the extension that bootstrap creates (pgkeel.toml).

CREATE TABLE embeddings (
    document_id bigint NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    chunk integer NOT NULL,
    content text NOT NULL,
    model text NOT NULL,
    embedding vector(384) NOT NULL,
    CONSTRAINT embeddings_pkey PRIMARY KEY (document_id, chunk),
    CONSTRAINT embeddings_chunk_check CHECK (chunk >= 0)
);

CREATE INDEX embeddings_embedding_idx ON embeddings USING hnsw (embedding vector_cosine_ops);

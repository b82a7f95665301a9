-- Embeddings of documents, and the view that search reads
--
-- A document is cut into chunks; each chunk has a vector of 384 numbers from one model. The type `vector` comes from
-- the extension that bootstrap creates (pgkeel.toml), not from a revision.
--
-- revision: d15a38f70e9c
-- down_revision: 07c9e6b4a15d
-- create_date: 2026-02-02T15:47:58Z

-- migrate:up
CREATE TABLE embeddings (
    document_id bigint NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    chunk integer NOT NULL,
    content text NOT NULL,
    model text NOT NULL,
    embedding vector(384) NOT NULL,
    CONSTRAINT embeddings_pkey PRIMARY KEY (document_id, chunk),
    CONSTRAINT embeddings_chunk_check CHECK (chunk >= 0)
);

CREATE VIEW searchable_documents AS
SELECT
    d.id,
    d.title,
    d.updated_at,
    u.display_name AS owner_name,
    (SELECT count(*) FROM embeddings AS e WHERE e.document_id = d.id) AS chunks
FROM documents AS d
JOIN users AS u ON u.id = d.owner_id
WHERE d.status = 'published';

-- migrate:down
DROP VIEW searchable_documents;

DROP TABLE embeddings;

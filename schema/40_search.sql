-- What search reads: published documents with their owner.

CREATE VIEW searchable_documents AS
SELECT
    d.id,
    d.title,
    d.updated_at,
    u.display_name AS owner_name,
    (SELECT count(*) FROM embeddings AS e WHERE e.document_id = d.id) AS chunks,
    d.language
FROM documents AS d
JOIN users AS u ON u.id = d.owner_id
WHERE d.status = 'published';

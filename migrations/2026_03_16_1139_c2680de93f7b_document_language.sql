-- Documents have a language, and search shows it
--
-- A column with a constant default is added without touching the rows that are there.
--
-- revision: c2680de93f7b
-- down_revision: 31d7f08e5ac2
-- create_date: 2026-03-16T11:39:50Z

-- migrate:up
ALTER TABLE documents ADD COLUMN language text NOT NULL DEFAULT 'en';

-- OR REPLACE keeps the view's grants; it may only add columns, and only at the end.
CREATE OR REPLACE VIEW searchable_documents AS
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

-- migrate:down
-- Taking a column away from a view needs a new view.
DROP VIEW searchable_documents;

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

ALTER TABLE documents DROP COLUMN language;

-- Documents and their owners.

CREATE TYPE document_status AS ENUM ('draft', 'published', 'archived');

CREATE TABLE documents (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- A user who owns documents can't be deleted: hand them over first.
    owner_id bigint NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
    title text NOT NULL,
    body text NOT NULL DEFAULT '',
    status document_status NOT NULL DEFAULT 'draft',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    language text NOT NULL DEFAULT 'en',
    CONSTRAINT documents_title_not_blank CHECK (title ~ '\S')
);

-- PostgreSQL makes no index for a foreign key; without one, every delete of a user reads all documents.
CREATE INDEX documents_owner_id_idx ON documents (owner_id);

CREATE FUNCTION set_updated_at() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END;
$$;

-- The condition keeps an UPDATE that changes nothing from looking like a change.
CREATE TRIGGER documents_set_updated_at
BEFORE UPDATE ON documents
FOR EACH ROW
WHEN (OLD.* IS DISTINCT FROM NEW.*)
EXECUTE FUNCTION set_updated_at();

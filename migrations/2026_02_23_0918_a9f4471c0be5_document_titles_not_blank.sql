-- Titles are not blank, part 1: from now on
--
-- The online way to a constraint has two steps, each a revision (a transaction) of its own. NOT VALID makes the rule
-- hold for new rows and needs its strong lock only for a moment; the next revision checks the rows that were there.
--
-- revision: a9f4471c0be5
-- down_revision: 6e02bb94d8a3
-- create_date: 2026-02-23T09:18:35Z

-- migrate:up
ALTER TABLE documents
    ADD CONSTRAINT documents_title_not_blank CHECK (title ~ '\S') NOT VALID;

-- migrate:down
ALTER TABLE documents
    DROP CONSTRAINT documents_title_not_blank;

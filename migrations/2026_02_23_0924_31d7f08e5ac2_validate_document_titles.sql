-- Titles are not blank, part 2: the rows that were there
--
-- VALIDATE reads the whole table, but under a lock that lets readers and writers go on.
--
-- revision: 31d7f08e5ac2
-- down_revision: a9f4471c0be5
-- create_date: 2026-02-23T09:24:09Z

-- migrate:up
-- No new blank titles can come, so this update finds them all.
UPDATE documents SET title = 'Untitled' WHERE title !~ '\S';

ALTER TABLE documents VALIDATE CONSTRAINT documents_title_not_blank;

-- migrate:down
-- Titles that were blank stay 'Untitled': nothing says any more which they were.
-- A constraint can't be made unvalidated; one ALTER TABLE that drops and adds it leaves no moment without the rule.
ALTER TABLE documents
    DROP CONSTRAINT documents_title_not_blank,
    ADD CONSTRAINT documents_title_not_blank CHECK (title ~ '\S') NOT VALID;

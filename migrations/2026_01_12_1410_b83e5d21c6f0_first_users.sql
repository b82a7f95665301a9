-- First users, one for each role
--
-- A data migration: no structure, only rows. It has no ON CONFLICT on purpose. If one of these addresses is taken, a
-- person should look; and the way back may delete by address only because the way there was the one that inserted.
--
-- revision: b83e5d21c6f0
-- down_revision: 4f1d0c7a92be
-- create_date: 2026-01-12T14:10:03Z

-- migrate:up
INSERT INTO users (email, display_name, role) VALUES
    ('admin@example.org', 'Administrator', 'admin'),
    ('editor@example.org', 'Editor', 'editor'),
    ('reader@example.org', 'Reader', 'reader');

-- migrate:down
DELETE FROM users
WHERE email IN ('admin@example.org', 'editor@example.org', 'reader@example.org');

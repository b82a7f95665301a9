-- Users with roles
--
-- The role is an enum: three values that the program's code knows by name, four bytes a row, and a typing mistake is
-- an error. (A value that is added later can't be used in the transaction that adds it: give it a revision of its own.)
--
-- revision: 4f1d0c7a92be
-- create_date: 2026-01-12T09:05:41Z

-- migrate:up
CREATE TYPE user_role AS ENUM ('reader', 'editor', 'admin');

CREATE TABLE users (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email text NOT NULL,
    display_name text NOT NULL,
    role user_role NOT NULL DEFAULT 'reader',
    created_at timestamptz NOT NULL DEFAULT now()
);

-- Ada@example.org and ada@example.org are one person.
CREATE UNIQUE INDEX users_email_key ON users (lower(email));

-- migrate:down
DROP TABLE users;

DROP TYPE user_role;

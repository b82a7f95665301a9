-- Users and what they may do.

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

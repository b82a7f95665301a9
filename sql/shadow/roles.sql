-- The roles of the server, each with its comment.
SELECT json_agg(json_build_object('name', rolname, 'comment', shobj_description(oid, 'pg_authid'))) FROM pg_roles

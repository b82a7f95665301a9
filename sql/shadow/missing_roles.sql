-- Those of the roles that the server does not have.
--   $1 names of roles (an array of text literals)
SELECT coalesce(json_agg(wanted.name), '[]')
FROM unnest($1::text[]) AS wanted (name)
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted.name)

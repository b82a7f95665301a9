-- Whether anything in the database belongs to a role, or is granted to one, that could be dropped.
SELECT to_json(EXISTS (
    SELECT FROM pg_shdepend
    WHERE refclassid = 'pg_authid'::regclass
        AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
))

-- Whether anybody is connected to a database.
--   $1 its name (a text literal)
SELECT to_json(EXISTS (SELECT FROM pg_stat_activity WHERE datname = $1))

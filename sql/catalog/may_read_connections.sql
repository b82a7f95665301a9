-- Whether the role may read how subscriptions connect.
SELECT has_column_privilege('pg_subscription', 'subconninfo', 'SELECT')

-- What keeps the database that the session is connected to from being dropped: prepared transactions, subscriptions.
SELECT coalesce(json_agg(statement), '[]')
FROM (
    SELECT format('ROLLBACK PREPARED %L', gid) AS statement
    FROM pg_prepared_xacts WHERE database = current_database()
) AS obstacles

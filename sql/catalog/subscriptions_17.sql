-- 17: what is more to say of subscriptions.
SELECT s.tableoid AS class, s.oid,
       CASE WHEN s.subfailover THEN 'true' END AS failover
  FROM pg_subscription s

-- 17: what is more to say of subscriptions.
SELECT 'pg_subscription'::regclass::oid AS class, s.oid,
       CASE WHEN s.subfailover THEN 'true' END AS failover
  FROM pg_subscription s

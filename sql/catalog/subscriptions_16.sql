-- 16: what is more to say of subscriptions.
SELECT 'pg_subscription'::regclass::oid AS class, s.oid,
       NULLIF(s.suborigin, 'any') AS origin,
       CASE WHEN NOT s.subpasswordrequired THEN 'false' END AS password_required,
       CASE WHEN s.subrunasowner THEN 'true' END AS run_as_owner
  FROM pg_subscription s

-- How subscriptions connect, for a superuser: passwords are read as `***`.
SELECT 'pg_subscription'::regclass::oid AS class, s.oid,
       regexp_replace(regexp_replace(s.subconninfo, '(pass\w*\s*=\s*)(''(\\.|[^''\\])*''|[^\s&]+)', '\1***', 'gi'),
                      '(://[^:@/]*:)[^@/]*@', '\1***@') AS connection
  FROM pg_subscription s

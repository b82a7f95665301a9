-- Security labels: `provider label`, the provider quoted as a name.
SELECT l.classoid AS class, l.objoid AS oid, l.objsubid AS sub,
       json_agg(quote_ident(l.provider) || ' ' || l.label ORDER BY l.provider) AS security_labels
  FROM pg_seclabel l
 WHERE l.objoid >= 16384 OR l.classoid = 'pg_namespace'::regclass
 GROUP BY 1, 2, 3

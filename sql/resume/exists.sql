-- Whether an object without schema (or an index) is there. $1 its kind, $2 its name.
SELECT pg_catalog.to_json(CASE $1
    WHEN 'database' THEN EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = $2)
    WHEN 'tablespace' THEN EXISTS (SELECT FROM pg_catalog.pg_tablespace WHERE spcname = $2)
    WHEN 'subscription' THEN EXISTS (
        SELECT FROM pg_catalog.pg_subscription AS s
        JOIN pg_catalog.pg_database AS d ON d.oid = s.subdbid
        WHERE s.subname = $2 AND d.datname = pg_catalog.current_database())
    WHEN 'prepared transaction' THEN EXISTS (SELECT FROM pg_catalog.pg_prepared_xacts WHERE gid = $2)
    WHEN 'index' THEN pg_catalog.to_regclass($2) IS NOT NULL
END)

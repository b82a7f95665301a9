-- Which kind of server a connection has come to, for target_session_attrs (PostgreSQL manual 34.1.2).
SELECT pg_catalog.pg_is_in_recovery(), pg_catalog.current_setting('transaction_read_only') = 'on'

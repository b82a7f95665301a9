-- A condition: the relation is no index of a partition.
c.oid NOT IN (SELECT i.indexrelid FROM pg_class t JOIN pg_index i ON i.indrelid = t.oid WHERE t.relispartition)

-- Which version tables have sections that are done in part. $journal is the journal's qualified, quoted name.
SELECT version_table, statement FROM $journal

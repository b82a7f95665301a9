-- What is journaled of sections that are done in part. $journal is the journal's qualified, quoted name, $1 the
-- version table that the run belongs to.
SELECT 'journal' AS what, revision AS value, direction, state,
    statement::text, total::text, checksum, detail::text
FROM $journal
WHERE version_table = $1

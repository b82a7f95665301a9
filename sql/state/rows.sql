-- The rows of the version table. $table is its qualified, quoted name.
SELECT 'row' AS what, version_num::text AS value, NULL::text AS direction, NULL::text AS state,
    NULL::text AS statement, NULL::text AS total, NULL::text AS checksum, NULL::text AS detail
FROM $table

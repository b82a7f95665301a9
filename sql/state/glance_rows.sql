-- The rows of the version table. $table is its qualified, quoted name.
SELECT version_num FROM $table

-- Opens a snapshot for reading a catalog, under settings that make every server print alike (DESIGN §6).
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SET LOCAL search_path = '';
SET LOCAL TimeZone = 'UTC';
SET LOCAL DateStyle = 'ISO, MDY';
SET LOCAL IntervalStyle = 'postgres';
SET LOCAL bytea_output = 'hex';
SET LOCAL standard_conforming_strings = on;
SET LOCAL quote_all_identifiers = off;
SET LOCAL extra_float_digits = 3;
-- Sorting a hundred thousand rows in a file costs more than reading them.
SET LOCAL work_mem = '64MB';
-- Compiling a query costs more than it saves with rows that are this few.
SET LOCAL jit = off;
SET LOCAL statement_timeout = 0;

-- The objects of a database with their definitions, as the server prints them; without the members of extensions and
-- the version table.
--   $1 name of the version table (a text literal)
WITH members AS (
    SELECT classid, objid FROM pg_depend WHERE deptype = 'e'
),
spaces AS (
    SELECT oid, nspname, nspowner FROM pg_namespace
    WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
        AND (('pg_namespace'::regclass)::oid, oid) NOT IN (SELECT classid, objid FROM members)
),
relations AS (
    SELECT class.oid, class.relkind, class.relpersistence, format('%I.%I', spaces.nspname, class.relname) AS name
    FROM pg_class AS class JOIN spaces ON spaces.oid = class.relnamespace
    WHERE class.relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'c') AND class.relname <> $1
        AND (('pg_class'::regclass)::oid, class.oid) NOT IN (SELECT classid, objid FROM members)
),
objects (kind, object, definition) AS (
    SELECT 'schema', format('%I', nspname), '' FROM spaces
    UNION ALL
    SELECT 'extension', extname, '' FROM pg_extension
    UNION ALL
    SELECT
        CASE relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence'
            WHEN 'f' THEN 'foreign table' WHEN 'c' THEN 'type' ELSE 'table' END,
        name,
        concat_ws(' ', relkind, relpersistence, CASE WHEN relkind IN ('v', 'm') THEN pg_get_viewdef(oid) END)
    FROM relations
    UNION ALL
    SELECT
        'column',
        format('%s.%I', relations.name, attribute.attname),
        concat_ws(
            ' ', format_type(attribute.atttypid, attribute.atttypmod),
            CASE WHEN attribute.attcollation <> type.typcollation THEN attribute.attcollation::regcollation::text END,
            CASE WHEN attribute.attnotnull THEN 'NOT NULL' END,
            nullif(attribute.attidentity, ''), nullif(attribute.attgenerated, ''),
            pg_get_expr(fallback.adbin, fallback.adrelid)
        )
    FROM relations
    JOIN pg_attribute AS attribute
        ON attribute.attrelid = relations.oid AND attribute.attnum > 0 AND NOT attribute.attisdropped
    JOIN pg_type AS type ON type.oid = attribute.atttypid
    LEFT JOIN pg_attrdef AS fallback
        ON fallback.adrelid = attribute.attrelid AND fallback.adnum = attribute.attnum
    WHERE relations.relkind <> 'S'
    UNION ALL
    SELECT 'constraint', format('%s.%I', relations.name, conname), pg_get_constraintdef(pg_constraint.oid)
    FROM pg_constraint JOIN relations ON relations.oid = conrelid
    UNION ALL
    SELECT
        'index', format('%s.%I', relations.name, class.relname),
        concat_ws(' ', pg_get_indexdef(indexrelid), CASE WHEN NOT indisvalid THEN 'invalid' END)
    FROM pg_index JOIN relations ON relations.oid = indrelid JOIN pg_class AS class ON class.oid = indexrelid
    UNION ALL
    SELECT 'trigger', format('%s.%I', relations.name, tgname), concat_ws(' ', pg_get_triggerdef(pg_trigger.oid), tgenabled)
    FROM pg_trigger JOIN relations ON relations.oid = tgrelid
    WHERE NOT tgisinternal
    UNION ALL
    SELECT
        'policy', format('%s.%I', relations.name, polname),
        concat_ws(' ', polcmd, polpermissive, pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))
    FROM pg_policy JOIN relations ON relations.oid = polrelid
    UNION ALL
    SELECT
        'type', format('%I.%I', spaces.nspname, type.typname),
        concat_ws(
            ' ', type.typtype,
            (SELECT string_agg(quote_literal(enumlabel), ', ' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = type.oid),
            CASE WHEN type.typtype = 'd' THEN format_type(type.typbasetype, type.typtypmod) END,
            CASE WHEN type.typnotnull THEN 'NOT NULL' END, type.typdefault,
            (SELECT string_agg(pg_get_constraintdef(oid), ' ' ORDER BY conname) FROM pg_constraint WHERE contypid = type.oid)
        )
    FROM pg_type AS type JOIN spaces ON spaces.oid = type.typnamespace
    WHERE type.typtype IN ('d', 'e', 'r', 'b') AND type.typelem = 0
        AND (('pg_type'::regclass)::oid, type.oid) NOT IN (SELECT classid, objid FROM members)
    UNION ALL
    SELECT
        'routine', format('%I.%I(%s)', spaces.nspname, proname, pg_get_function_identity_arguments(routine.oid)),
        CASE WHEN prokind = 'a' THEN 'aggregate' ELSE pg_get_functiondef(routine.oid) END
    FROM pg_proc AS routine JOIN spaces ON spaces.oid = routine.pronamespace
    WHERE (('pg_proc'::regclass)::oid, routine.oid) NOT IN (SELECT classid, objid FROM members)
)
SELECT kind, object, definition FROM objects

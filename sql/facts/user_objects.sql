-- Which schemas hold objects that a person or a program made there, how many, and which for instance?
-- $1 schemas that always count; $2 schemas that count unless they are a platform's or an extension's;
-- $3 platform and tool schemas by name; $4 the same as LIKE patterns;
-- $5, $6 schema and name of tables that do not count (version table, ledgers);
-- $7, $8, $9 platform objects: pattern of the name, kinds, owner (NULL: any but the current role); $10 all patterns.
-- One row an object, at most ten for a schema that counts, one for another; `objects` is the number of all.
--
-- Counted are top objects only. Members of extensions (deptype e) are left out per object, composite types by their
-- pg_type row, since the pg_class row carries no such entry. What the server makes along with something else hangs on
-- it by deptype i (constructors of ranges, identity sequences) or, for serial sequences, a. A partition is a part of
-- its root. Members are found from the side of the extension, so that the work does not grow with the database.
WITH spaces AS MATERIALIZED (
    SELECT
        n.oid,
        n.nspname,
        n.nspname = ANY ($1)
        OR (n.nspname = ANY ($2) AND NOT skipped) AS counted
    FROM pg_catalog.pg_namespace AS n
    CROSS JOIN LATERAL (
        SELECT
            n.nspname = ANY ($3)
            OR n.nspname LIKE ANY ($4)
            OR n.nspname <> 'public' AND EXISTS (
                SELECT FROM pg_catalog.pg_extension AS x WHERE x.extnamespace = n.oid
            )
            OR EXISTS (
                SELECT FROM pg_catalog.pg_depend AS d
                WHERE d.classid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND d.objid = n.oid AND d.deptype = 'e'
            ) AS skipped
    ) AS s
    WHERE n.nspname = ANY ($1)
        OR (NOT skipped AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\_%')
),
members AS MATERIALIZED (
    SELECT d.classid, d.objid
    FROM pg_catalog.pg_depend AS d
    WHERE d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype = 'e'
),
made AS (
    SELECT
        CASE c.relkind WHEN 'c' THEN 2 ELSE 1 END AS rank,
        CASE c.relkind
            WHEN 'c' THEN 'pg_catalog.pg_type'::pg_catalog.regclass
            ELSE 'pg_catalog.pg_class'::pg_catalog.regclass
        END AS class,
        CASE c.relkind WHEN 'c' THEN c.reltype ELSE c.oid END AS oid,
        CASE c.relkind
            WHEN 'v' THEN 'view'
            WHEN 'm' THEN 'materialized view'
            WHEN 'f' THEN 'foreign table'
            WHEN 'S' THEN 'sequence'
            WHEN 'c' THEN 'type'
            ELSE 'table'
        END AS kind,
        c.relnamespace AS space, c.relname AS name, c.relowner AS owner
    FROM pg_catalog.pg_class AS c
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c')
        AND c.relnamespace IN (SELECT s.oid FROM spaces AS s)
        AND NOT c.relispartition
        AND c.relpersistence <> 't'
        AND CASE c.relkind WHEN 'S' THEN c.oid NOT IN (
            SELECT d.objid FROM pg_catalog.pg_depend AS d
            WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
                AND d.refobjsubid > 0
                AND d.deptype IN ('a', 'i')
        ) ELSE true END
    UNION ALL
    SELECT
        2, 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid,
        CASE t.typtype WHEN 'd' THEN 'domain' ELSE 'type' END,
        t.typnamespace, t.typname, t.typowner
    FROM pg_catalog.pg_type AS t
    WHERE (t.typtype IN ('e', 'd', 'r') OR (t.typtype = 'b' AND t.typcategory <> 'A'))
        AND t.typnamespace IN (SELECT s.oid FROM spaces AS s)
    UNION ALL
    SELECT
        3, 'pg_catalog.pg_proc'::pg_catalog.regclass, p.oid,
        CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END,
        p.pronamespace, p.proname, p.proowner
    FROM pg_catalog.pg_proc AS p
    WHERE p.pronamespace IN (SELECT s.oid FROM spaces AS s)
        AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_depend AS d
            WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
                AND d.objid = p.oid
                AND d.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass
                AND d.deptype = 'i'
        )
    UNION ALL
    SELECT 4, others.class, others.oid, others.kind, others.space, others.name, others.owner
    FROM (
        SELECT
            'pg_catalog.pg_operator'::pg_catalog.regclass AS class, o.oid, 'operator' AS kind,
            o.oprnamespace AS space, o.oprname AS name, o.oprowner AS owner
        FROM pg_catalog.pg_operator AS o
        UNION ALL
        SELECT
            'pg_catalog.pg_opclass'::pg_catalog.regclass, o.oid, 'operator class',
            o.opcnamespace, o.opcname, o.opcowner
        FROM pg_catalog.pg_opclass AS o
        UNION ALL
        SELECT
            'pg_catalog.pg_opfamily'::pg_catalog.regclass, o.oid, 'operator family',
            o.opfnamespace, o.opfname, o.opfowner
        FROM pg_catalog.pg_opfamily AS o
        UNION ALL
        SELECT
            'pg_catalog.pg_collation'::pg_catalog.regclass, o.oid, 'collation',
            o.collnamespace, o.collname, o.collowner
        FROM pg_catalog.pg_collation AS o
        UNION ALL
        SELECT
            'pg_catalog.pg_conversion'::pg_catalog.regclass, o.oid, 'conversion',
            o.connamespace, o.conname, o.conowner
        FROM pg_catalog.pg_conversion AS o
        UNION ALL
        SELECT
            'pg_catalog.pg_statistic_ext'::pg_catalog.regclass, o.oid, 'statistics',
            o.stxnamespace, o.stxname, o.stxowner
        FROM pg_catalog.pg_statistic_ext AS o
        UNION ALL
        SELECT
            'pg_catalog.pg_ts_config'::pg_catalog.regclass, o.oid, 'text search configuration',
            o.cfgnamespace, o.cfgname, o.cfgowner
        FROM pg_catalog.pg_ts_config AS o
        UNION ALL
        SELECT
            'pg_catalog.pg_ts_dict'::pg_catalog.regclass, o.oid, 'text search dictionary',
            o.dictnamespace, o.dictname, o.dictowner
        FROM pg_catalog.pg_ts_dict AS o
        UNION ALL
        SELECT
            'pg_catalog.pg_ts_parser'::pg_catalog.regclass, o.oid, 'text search parser',
            o.prsnamespace, o.prsname, NULL
        FROM pg_catalog.pg_ts_parser AS o
        UNION ALL
        SELECT
            'pg_catalog.pg_ts_template'::pg_catalog.regclass, o.oid, 'text search template',
            o.tmplnamespace, o.tmplname, NULL
        FROM pg_catalog.pg_ts_template AS o
    ) AS others
    WHERE others.space IN (SELECT s.oid FROM spaces AS s)
),
kept AS (
    SELECT
        s.nspname,
        s.counted,
        m.kind,
        m.name,
        pg_catalog.count(*) OVER (PARTITION BY s.oid) AS objects,
        pg_catalog.row_number() OVER (PARTITION BY s.oid ORDER BY m.rank, m.name) AS place
    FROM made AS m
    JOIN spaces AS s ON s.oid = m.space
    WHERE (m.class::pg_catalog.oid, m.oid) NOT IN (SELECT e.classid, e.objid FROM members AS e)
        AND NOT EXISTS (
            SELECT FROM ROWS FROM (pg_catalog.unnest($5), pg_catalog.unnest($6)) AS t (schema, name)
            WHERE m.rank = 1 AND s.nspname = t.schema AND m.name = t.name
        )
        AND CASE WHEN m.name ~ $10 THEN NOT EXISTS (
            SELECT
            FROM ROWS FROM (pg_catalog.unnest($7), pg_catalog.unnest($8), pg_catalog.unnest($9))
                AS p (pattern, kinds, owner)
            WHERE m.name ~ p.pattern
                AND m.kind = ANY (pg_catalog.string_to_array(p.kinds, ','))
                AND CASE
                    WHEN p.owner IS NULL THEN pg_catalog.pg_get_userbyid(m.owner) <> current_user
                    ELSE pg_catalog.pg_get_userbyid(m.owner) = p.owner
                END
        ) ELSE true END
)
SELECT
    k.nspname::pg_catalog.text AS schema,
    k.counted,
    k.objects,
    k.kind::pg_catalog.text AS kind,
    k.name::pg_catalog.text AS name
FROM kept AS k
WHERE k.place = 1 OR (k.counted AND k.place <= 10)
ORDER BY k.nspname, k.place

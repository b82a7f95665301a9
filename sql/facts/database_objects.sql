-- Which event triggers and publications did the project make? They belong to no schema, so owner, extension and name
-- have to tell: one whose owner is neither the current role nor the owner of the database is the platform's.
-- $1 names of event triggers and publications that platforms and tools are known to make, $2 those that a migration
-- tool found here has made.
SELECT o.kind, o.name::pg_catalog.text AS name
FROM (
    SELECT 'pg_catalog.pg_event_trigger'::pg_catalog.regclass AS class, e.oid, 'event trigger' AS kind, e.evtname AS name, e.evtowner AS owner
    FROM pg_catalog.pg_event_trigger AS e
    UNION ALL
    SELECT 'pg_catalog.pg_publication'::pg_catalog.regclass, p.oid, 'publication', p.pubname, p.pubowner
    FROM pg_catalog.pg_publication AS p
) AS o
CROSS JOIN (
    SELECT d.datdba FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database()
) AS here
WHERE (
        pg_catalog.pg_get_userbyid(o.owner) = current_user
        OR (o.owner = here.datdba AND o.name <> ALL ($1))
    )
    AND o.name <> ALL ($2)
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS d
        WHERE d.classid = o.class AND d.objid = o.oid AND d.deptype = 'e'
    )
ORDER BY 1, 2

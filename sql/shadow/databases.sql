-- The databases that pgkeel has made for itself, with the comments that say so.
SELECT coalesce(json_agg(json_build_object(
    'name', database.datname,
    'comment', shobj_description(database.oid, 'pg_database'),
    'template', database.datistemplate,
    'busy', EXISTS (SELECT FROM pg_stat_activity AS session WHERE session.datid = database.oid)
) ORDER BY database.datname), '[]')
FROM pg_database AS database
WHERE database.datname ^@ 'pgkeel_shadow_' OR database.datname ^@ 'pgkeel_cache_'

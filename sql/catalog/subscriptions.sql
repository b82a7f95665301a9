-- Subscriptions, without how they connect: the string may hold a password, and only superusers may read it.
SELECT 'subscription' AS kind, 'pg_subscription'::regclass::oid AS class, s.oid, s.subname AS name,
       CASE WHEN s.subowner = me.oid THEN NULL ELSE pg_get_userbyid(s.subowner) END AS owner,
       (SELECT json_agg(p ORDER BY p) FROM unnest(s.subpublications) p) AS publications,
       to_json(s.subpublications) AS _publications,
       s.subenabled::text AS enabled,
       s.subslotname AS slot,
       CASE WHEN s.subbinary THEN 'true' END AS "binary",
       -- 15 has a boolean, later ones a letter.
       CASE s.substream::text WHEN 'true' THEN 'on' WHEN 't' THEN 'on' WHEN 'p' THEN 'parallel' END AS streaming,
       CASE s.subsynccommit WHEN 'off' THEN NULL ELSE s.subsynccommit END AS synchronous_commit,
       CASE WHEN s.subtwophasestate <> 'd' THEN 'true' END AS two_phase,
       CASE WHEN s.subdisableonerr THEN 'true' END AS disable_on_error
  FROM pg_subscription s
  JOIN pg_roles me ON me.rolname = CURRENT_USER
 WHERE s.subdbid = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
   AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_subscription'::regclass AND e.objid = s.oid AND e.deptype = 'e')

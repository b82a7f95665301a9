-- Event triggers.
SELECT 'event trigger' AS kind, t.tableoid AS class, t.oid, t.evtname AS name,
       CASE WHEN t.evtowner = me.oid THEN NULL ELSE pg_get_userbyid(t.evtowner) END AS owner,
       t.evtevent AS event,
       (SELECT json_agg(tag ORDER BY tag) FROM unnest(t.evttags) tag) AS tags,
       (SELECT json_agg(tag ORDER BY ord) FROM unnest(t.evttags) WITH ORDINALITY u(tag, ord)) AS _tags,
       t.evtfoid::regproc::text AS function,
       CASE t.evtenabled WHEN 'O' THEN NULL WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica' WHEN 'A' THEN 'always'
                         ELSE t.evtenabled::text END AS enabled
  FROM pg_event_trigger t
  JOIN pg_roles me ON me.rolname = CURRENT_USER
 WHERE NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = t.tableoid AND e.objid = t.oid AND e.deptype = 'e')

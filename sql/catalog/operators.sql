-- Operators. One that another names as its commutator or negator and that was never made is left out.
SELECT 'operator' AS kind, o.tableoid AS class, o.oid, n.nspname AS schema, o.oprname AS name,
       CASE WHEN o.oprleft = 0 THEN 'NONE' ELSE format_type(o.oprleft, NULL) END || ', ' ||
       CASE WHEN o.oprright = 0 THEN 'NONE' ELSE format_type(o.oprright, NULL) END AS arguments,
       CASE WHEN o.oprowner = me.oid THEN NULL ELSE pg_get_userbyid(o.oprowner) END AS owner,
       o.oprcode::regproc::text AS function,
       CASE WHEN o.oprleft <> 0 THEN format_type(o.oprleft, NULL) END AS _left,
       CASE WHEN o.oprright <> 0 THEN format_type(o.oprright, NULL) END AS _right,
       CASE WHEN com.oid IS NOT NULL THEN 'OPERATOR(' || quote_ident(comn.nspname) || '.' || com.oprname || ')' END AS commutator,
       CASE WHEN neg.oid IS NOT NULL THEN 'OPERATOR(' || quote_ident(negn.nspname) || '.' || neg.oprname || ')' END AS negator,
       CASE WHEN o.oprcanmerge THEN 'true' END AS merges,
       CASE WHEN o.oprcanhash THEN 'true' END AS hashes,
       CASE WHEN o.oprrest <> 0 THEN o.oprrest::regproc::text END AS restrict,
       CASE WHEN o.oprjoin <> 0 THEN o.oprjoin::regproc::text END AS "join"
  FROM pg_operator o
  JOIN pg_namespace n ON n.oid = o.oprnamespace
  JOIN pg_roles me ON me.rolname = CURRENT_USER
  LEFT JOIN pg_operator com ON com.oid = o.oprcom
  LEFT JOIN pg_namespace comn ON comn.oid = com.oprnamespace
  LEFT JOIN pg_operator neg ON neg.oid = o.oprnegate
  LEFT JOIN pg_namespace negn ON negn.oid = neg.oprnamespace
 WHERE o.oprcode <> 0
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = o.tableoid AND e.objid = o.oid AND e.deptype = 'e')

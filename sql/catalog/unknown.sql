-- What no other query reads: kinds of objects that a newer server has.
SELECT format('relation kind %s', c.relkind) AS what, n.nspname AS schema, c.relname AS name
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind NOT IN ('r', 'p', 'f', 'v', 'm', 'i', 'I', 'S', 'c', 't') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
UNION ALL
SELECT format('type kind %s', t.typtype), n.nspname, t.typname
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
 WHERE (t.typtype NOT IN ('b', 'c', 'd', 'e', 'm', 'p', 'r') OR t.typtype = 'p' AND t.typisdefined)
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
UNION ALL
SELECT format('routine kind %s', p.prokind), n.nspname, p.proname
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
 WHERE p.prokind NOT IN ('a', 'f', 'p', 'w') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
UNION ALL
SELECT format('constraint kind %s', k.contype), n.nspname, k.conname
  FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace
 WHERE k.contype NOT IN ('c', 'f', 'n', 'p', 't', 'u', 'x') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
UNION ALL
SELECT format('generated column kind %s', a.attgenerated), n.nspname, c.relname || '.' || a.attname
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE a.attgenerated NOT IN ('', 's', 'v') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
UNION ALL
SELECT DISTINCT format('row of %s', d.classid::regclass), NULL::name, pg_describe_object(d.classid, d.objid, 0)
  FROM pg_depend d
 WHERE d.objid >= 16384 AND d.deptype <> 'e'
   AND d.classid NOT IN ('pg_am'::regclass, 'pg_amop'::regclass, 'pg_amproc'::regclass, 'pg_attrdef'::regclass, 'pg_cast'::regclass,
       'pg_class'::regclass, 'pg_collation'::regclass, 'pg_constraint'::regclass, 'pg_conversion'::regclass,
       'pg_default_acl'::regclass, 'pg_event_trigger'::regclass, 'pg_extension'::regclass, 'pg_foreign_data_wrapper'::regclass,
       'pg_foreign_server'::regclass, 'pg_language'::regclass, 'pg_namespace'::regclass, 'pg_opclass'::regclass,
       'pg_operator'::regclass, 'pg_opfamily'::regclass, 'pg_policy'::regclass, 'pg_proc'::regclass, 'pg_publication'::regclass,
       'pg_publication_namespace'::regclass, 'pg_publication_rel'::regclass, 'pg_rewrite'::regclass, 'pg_statistic_ext'::regclass,
       'pg_subscription'::regclass, 'pg_transform'::regclass, 'pg_trigger'::regclass, 'pg_ts_config'::regclass,
       'pg_ts_dict'::regclass, 'pg_ts_parser'::regclass, 'pg_ts_template'::regclass, 'pg_type'::regclass, 'pg_user_mapping'::regclass)

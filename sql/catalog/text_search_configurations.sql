-- Text search configurations: for each type of token its dictionaries, in the order in which they are asked.
SELECT 'text search configuration' AS kind, c.tableoid AS class, c.oid, n.nspname AS schema, c.cfgname AS name,
       CASE WHEN c.cfgowner = me.oid THEN NULL ELSE pg_get_userbyid(c.cfgowner) END AS owner,
       quote_ident(pn.nspname) || '.' || quote_ident(p.prsname) AS parser,
       (SELECT json_agg(m.mapping ORDER BY m.mapping)
          FROM (SELECT quote_ident(k.alias) || ' WITH ' ||
                       string_agg(quote_ident(dn.nspname) || '.' || quote_ident(d.dictname), ', ' ORDER BY m.mapseqno) AS mapping
                  FROM pg_ts_config_map m
                  JOIN ts_token_type(c.cfgparser) k ON k.tokid = m.maptokentype
                  JOIN pg_ts_dict d ON d.oid = m.mapdict
                  JOIN pg_namespace dn ON dn.oid = d.dictnamespace
                 WHERE m.mapcfg = c.oid
                 GROUP BY k.alias) m) AS mappings
  FROM pg_ts_config c
  JOIN pg_namespace n ON n.oid = c.cfgnamespace
  JOIN pg_ts_parser p ON p.oid = c.cfgparser
  JOIN pg_namespace pn ON pn.oid = p.prsnamespace
  JOIN pg_roles me ON me.rolname = CURRENT_USER
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = c.tableoid AND e.objid = c.oid AND e.deptype = 'e')

-- Which rows of the system catalogs are parts of an object that has another row: dependencies name the parts.
-- Row types, array types and multirange types.
SELECT t.tableoid AS class, t.oid, 0 AS sub, 'pg_class'::regclass::oid AS to_class, t.typrelid AS to_oid, 0 AS to_sub
  FROM pg_type t JOIN pg_class c ON c.oid = t.typrelid WHERE t.oid >= 16384 AND c.relkind <> 'c'
UNION ALL
SELECT t.tableoid, t.oid, 0, e.tableoid, e.oid, 0
  FROM pg_type t JOIN pg_type e ON e.oid = t.typelem AND e.typarray = t.oid WHERE t.oid >= 16384
UNION ALL
SELECT 'pg_type'::regclass, r.rngmultitypid, 0, 'pg_type'::regclass, r.rngtypid, 0 FROM pg_range r WHERE r.rngtypid >= 16384
-- The constructors of a range type.
UNION ALL
SELECT d.classid, d.objid, 0, d.refclassid, d.refobjid, 0
  FROM pg_depend d
 WHERE d.classid = 'pg_proc'::regclass AND d.objid >= 16384 AND d.deptype = 'i' AND d.refclassid = 'pg_type'::regclass
-- The relation of a composite type.
UNION ALL
SELECT c.tableoid, c.oid, 0, 'pg_type'::regclass, c.reltype, 0 FROM pg_class c WHERE c.oid >= 16384 AND c.relkind = 'c'
-- The rule that a view is.
UNION ALL
SELECT r.tableoid, r.oid, 0, 'pg_class'::regclass, r.ev_class, 0 FROM pg_rewrite r WHERE r.oid >= 16384 AND r.rulename = '_RETURN'
-- The expression of a generated column.
UNION ALL
SELECT d.tableoid, d.oid, 0, 'pg_class'::regclass, d.adrelid, d.adnum
  FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum AND a.attgenerated <> '' WHERE d.oid >= 16384
-- The index of a constraint, the constraint of a trigger, the not-null of a column (18).
UNION ALL
SELECT 'pg_class'::regclass, k.conindid, 0, k.tableoid, k.oid, 0 FROM pg_constraint k WHERE k.oid >= 16384 AND k.contype IN ('p', 'u', 'x')
UNION ALL
SELECT k.tableoid, k.oid, 0, 'pg_trigger'::regclass, t.oid, 0 FROM pg_constraint k JOIN pg_trigger t ON t.tgconstraint = k.oid WHERE k.contype = 't'
UNION ALL
SELECT k.tableoid, k.oid, 0, 'pg_class'::regclass, k.conrelid, k.conkey[1] FROM pg_constraint k WHERE k.oid >= 16384 AND k.contype = 'n' AND k.conrelid <> 0
-- What a foreign key makes for partitions.
UNION ALL
SELECT k.tableoid, k.oid, 0, k.tableoid, k.conparentid, 0 FROM pg_constraint k WHERE k.oid >= 16384 AND k.contype = 'f' AND k.conparentid <> 0
-- The not-null of a domain (18).
UNION ALL
SELECT k.tableoid, k.oid, 0, 'pg_type'::regclass, k.contypid, 0 FROM pg_constraint k WHERE k.oid >= 16384 AND k.contype = 'n' AND k.contypid <> 0
-- Entries of operator families, and of publications.
UNION ALL
SELECT d.classid, d.objid, d.objsubid, d.refclassid, d.refobjid, 0
  FROM pg_depend d
 WHERE d.classid IN ('pg_amop'::regclass, 'pg_amproc'::regclass) AND d.objid >= 16384 AND d.deptype IN ('i', 'a')
   AND d.refclassid IN ('pg_opclass'::regclass, 'pg_opfamily'::regclass)
UNION ALL
SELECT p.tableoid, p.oid, 0, 'pg_publication'::regclass, p.prpubid, 0 FROM pg_publication_rel p
UNION ALL
SELECT p.tableoid, p.oid, 0, 'pg_publication'::regclass, p.pnpubid, 0 FROM pg_publication_namespace p
-- Members of extensions.
UNION ALL
SELECT d.classid, d.objid, 0, d.refclassid, d.refobjid, 0 FROM pg_depend d WHERE d.deptype = 'e'

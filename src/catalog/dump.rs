//! What `pg_dump --schema-only` prints, entry by entry, and how two such texts differ.
//!
//! It is compared as far as catalogs are: without the order of columns, and without what is out of scope.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::kind::Kind;
use crate::catalog::printed::same;
use crate::catalog::scope::Scope;
use crate::catalog::{Catalog, Reason};

/// What a line before each entry begins with.
const HEADER: &str = "\n--\n-- Name: ";
const END: &str = "\n--\n-- PostgreSQL database dump complete";

/// Settings that `pg_dump` makes between entries, wherever the one before was another; and psql's commands with a word of
/// chance, which newer ones write at the beginning and the end.
const SETTINGS: [&str; 6] = [
    "\\restrict ",
    "\\unrestrict ",
    "SET default_tablespace = ",
    "SET default_table_access_method = ",
    "SET SESSION AUTHORIZATION ",
    "RESET SESSION AUTHORIZATION",
];

/// Kinds of entries that hold secrets, which no catalog has and nobody is to be shown.
const SECRET: [&str; 4] = ["FOREIGN DATA WRAPPER", "SERVER", "USER MAPPING", "SUBSCRIPTION"];

/// Options of `pg_dump` for what the setting `managed` leaves out.
const OPTIONS: [(&str, &str); 6] = [
    ("owner", "--no-owner"),
    ("acl", "--no-privileges"),
    ("comment", "--no-comments"),
    ("security_labels", "--no-security-labels"),
    ("tablespace", "--no-tablespaces"),
    ("compression", "--no-toast-compression"),
];

/// An entry of which the texts differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DumpDifference {
    /// What it is: `TABLE users in public`.
    pub(crate) what: String,
    /// The text that is expected. None: no such entry.
    pub(crate) expected: Option<String>,
    /// The text that is there.
    pub(crate) actual: Option<String>,
}

/// What of a dump is compared.
#[derive(Clone, Debug, Default)]
pub(crate) struct View {
    /// Names of what is left alone, each with its schema where it has one.
    left_out: BTreeSet<(Option<String>, String)>,
    has_storage: bool,
    has_statistics: bool,
}

impl View {
    /// Takes the scope of a comparison of these catalogs.
    pub(crate) fn new(scope: &Scope, ledger_schema: &str, catalogs: &[&Catalog]) -> Self {
        let mut left_out = BTreeSet::from([(None, ledger_schema.to_owned())]);
        let is_ignored = |object: &&_| matches!(scope.accepts(object), Err(Reason::Ignored));
        for object in catalogs.iter().flat_map(|catalog| catalog.objects()).filter(is_ignored) {
            let id = &object.id;
            let schema = id.schema.as_deref().map(str::to_owned);
            left_out.insert((schema.clone(), id.name.to_string()));
            // These stand within the entry of what they belong to.
            let is_within = [
                Kind::Column,
                Kind::Attribute,
                Kind::Constraint,
                Kind::Default,
                Kind::DomainConstraint,
                Kind::ViewColumn,
            ];
            if is_within.contains(&id.kind) || id.kind == Kind::DefaultPrivileges {
                left_out.insert((schema, id.parent().to_owned()));
            }
        }
        let manages = |attribute| !scope.unmanaged.contains(attribute);
        Self { left_out, has_storage: manages("storage"), has_statistics: manages("statistics") }
    }

    fn shows(&self, entry: &Entry<'_>) -> bool {
        let names: BTreeSet<&str> = entry.name.split([' ', '.', '(', ')', ',', '"']).collect();
        let is_secret = SECRET.contains(&entry.kind);
        !is_secret
            && !self.left_out.iter().any(|(schema, name)| {
                let is_there = schema.as_deref().is_none_or(|schema| schema == entry.schema || entry.schema == "-");
                is_there && (names.contains(name.as_str()) || entry.name == name)
            })
    }

    fn shows_line(&self, line: &str) -> bool {
        let is_storage = || {
            let is_of_column = line.starts_with("ALTER ") && line.contains(" ALTER COLUMN ");
            line.starts_with("WITH (")
                || is_of_column && (line.contains(" SET STORAGE ") || line.contains(" SET COMPRESSION "))
        };
        let is_statistics = || line.starts_with("ALTER ") && line.contains(" SET STATISTICS ");
        !SETTINGS.iter().any(|setting| line.starts_with(setting))
            && (self.has_storage || !is_storage())
            && (self.has_statistics || !is_statistics())
    }
}

/// Returns the options with which `pg_dump` leaves out what the scope does.
pub(crate) fn options(scope: &Scope) -> Vec<String> {
    let is_out = |attribute: &str| scope.unmanaged.contains(attribute);
    OPTIONS.iter().filter(|(attribute, _)| is_out(attribute)).map(|(_, option)| (*option).to_owned()).collect()
}

struct Entry<'a> {
    name: &'a str,
    kind: &'a str,
    schema: &'a str,
    body: &'a str,
}

impl<'a> Entry<'a> {
    /// Reads what follows the beginning of a header.
    fn read(text: &'a str) -> Option<Self> {
        let (header, body) = text.split_once('\n')?;
        let (name, rest) = header.split_once("; Type: ")?;
        let (kind, rest) = rest.split_once("; Schema: ")?;
        let schema = rest.split("; Owner: ").next()?;
        Some(Self { name, kind, schema, body: body.strip_prefix("--\n").unwrap_or(body) })
    }

    fn what(&self) -> String {
        if self.schema == "-" {
            format!("{} {}", self.kind, self.name)
        } else {
            format!("{} {} in {}", self.kind, self.name, self.schema)
        }
    }

    /// Returns the text; where the order of its lines says nothing but the order of columns, in another order.
    fn text(&self, view: &View) -> String {
        let has_order = match self.kind {
            "TABLE" | "FOREIGN TABLE" | "ACL" | "DEFAULT ACL" => false,
            "TYPE" => !self.body.lines().any(|line| line.starts_with("CREATE TYPE ") && line.ends_with(" AS (")),
            _ => true,
        };
        let mut lines: Vec<&str> = self.body.trim().lines().filter(|line| view.shows_line(line)).collect();
        if !has_order {
            lines = lines.iter().map(|line| line.trim_end_matches([',', ';'])).filter(|it| !it.is_empty()).collect();
            lines.sort_unstable();
        }
        // Columns of statistics stand in the order of the table.
        let mut words: Vec<&str> = lines.iter().flat_map(|line| line.split([' ', ',', ';'])).collect();
        if self.kind == "STATISTICS" {
            words.sort_unstable();
            return words.concat();
        }
        // Options stand in the order in which they were set.
        ["WITH (", "OPTIONS ("].iter().fold(lines.join("\n").trim().to_owned(), |text, list| in_order(&text, list))
    }
}

/// Sorts what stands in the parentheses that a word opens.
fn in_order(text: &str, opening: &str) -> String {
    let mut parts = text.split(opening);
    let mut sorted = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        sorted.push_str(opening);
        match part.split_once(')') {
            Some((list, rest)) => {
                let mut items: Vec<&str> = list.split(", ").collect();
                items.sort_unstable();
                sorted.push_str(&items.join(", "));
                sorted.push(')');
                sorted.push_str(rest);
            }
            None => sorted.push_str(part),
        }
    }
    sorted
}

fn entries(dump: &str, view: &View) -> BTreeMap<String, Vec<String>> {
    let dump = dump.split(END).next().unwrap_or_default();
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for entry in dump.split(HEADER).skip(1).filter_map(Entry::read).filter(|entry| view.shows(entry)) {
        found.entry(entry.what()).or_default().push(entry.text(view));
    }
    found
}

/// Returns how one dump differs from the other.
pub(crate) fn differences(expected: &str, actual: &str, view: &View) -> Vec<DumpDifference> {
    if expected == actual {
        return Vec::new();
    }
    let (mut expected, mut actual) = (entries(expected, view), entries(actual, view));
    let names: BTreeSet<String> = expected.keys().chain(actual.keys()).cloned().collect();
    let mut found = Vec::new();
    for what in names {
        let mut missing = expected.remove(&what).unwrap_or_default();
        let mut extra = actual.remove(&what).unwrap_or_default();
        missing.retain(|text| match extra.iter().position(|other| same(Some(text), Some(other))) {
            Some(at) => {
                extra.remove(at);
                false
            }
            None => true,
        });
        let (mut missing, mut extra) = (missing.into_iter(), extra.into_iter());
        loop {
            let (expected, actual) = (missing.next(), extra.next());
            if expected.is_none() && actual.is_none() {
                break;
            }
            found.push(DumpDifference { what: what.clone(), expected, actual });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{DumpDifference, View, differences, options};
    use crate::catalog::Catalog;
    use crate::catalog::kind::Kind;
    use crate::catalog::object::{Object, ObjectId};
    use crate::catalog::scope::{Depth, Scope};

    fn dump(entries: &[(&str, &str)]) -> String {
        let entry = |(header, body): &(&str, &str)| format!("\n--\n-- Name: {header}; Owner: me\n--\n\n{body}\n\n");
        let all: String = entries.iter().map(entry).collect();
        let end = "\n--\n-- PostgreSQL database dump complete\n--\n\n\\unrestrict xyz";
        format!("--\n-- PostgreSQL database dump\n--\n\n\\restrict xyz\n\nSET lock_timeout = 0;\n\n{all}{end}")
    }

    fn view() -> View {
        View::new(&Scope::everything(Depth::Full), "pgkeel", &[])
    }

    const TABLE: (&str, &str) =
        ("t; Type: TABLE; Schema: public", "CREATE TABLE public.t (\n    id integer,\n    name text NOT NULL\n);");

    #[test]
    fn the_order_of_entries_and_columns_is_no_difference() {
        let index = ("t_x; Type: INDEX; Schema: public", "CREATE INDEX t_x ON public.t USING btree (id);");
        let moved = (
            TABLE.0,
            "CREATE TABLE public.t (\n    name text NOT NULL,\n    id integer\n);\n\n\nSET default_tablespace = '';",
        );
        let one = dump(&[TABLE, index]);
        assert_eq!(differences(&one, &dump(&[index, moved]).replace("xyz", "abc"), &view()), []);
        let options = |list: &str| {
            dump(&[(
                "i; Type: INDEX; Schema: public",
                &format!("CREATE INDEX i ON t USING btree (a) WITH ({list}) WHERE a;"),
            )])
        };
        assert_eq!(differences(&options("a='1', b=off"), &options("b=off, a='1'"), &view()), []);
        assert_eq!(differences(&options("a='1', b=off"), &options("b=off, a='2'"), &view()).len(), 1);
        let labels = |list: &str| {
            dump(&[("e; Type: TYPE; Schema: public", &format!("CREATE TYPE public.e AS ENUM (\n{list}\n);"))])
        };
        assert_eq!(differences(&labels("    'a',\n    'b'"), &labels("    'b',\n    'a'"), &view()).len(), 1);
    }

    #[test]
    fn differences_are_told_by_entry() {
        let text = |body: &str| Some(body.to_owned());
        let comment = ("TABLE t; Type: COMMENT; Schema: public", "COMMENT ON TABLE public.t IS 'x';");
        let found = differences(&dump(&[TABLE]), &dump(&[TABLE, comment]), &view());
        let what = "COMMENT TABLE t in public".to_owned();
        assert_eq!(found, [DumpDifference { what, expected: None, actual: text(comment.1) }]);
        let other = (TABLE.0, &*TABLE.1.replace("integer", "bigint"));
        let found = differences(&dump(&[TABLE]), &dump(&[other]), &view());
        assert_eq!(found.len(), 1);
        assert!(found[0].expected.as_ref().unwrap().contains("id integer"), "{found:?}");
        assert!(found[0].actual.as_ref().unwrap().contains("id bigint"), "{found:?}");
    }

    #[test]
    fn what_is_out_of_scope_is_no_difference() {
        let mut scope = Scope::everything(Depth::Full);
        scope.ignored = vec!["public.tmp_*".to_owned()];
        let mut catalog = Catalog::new(18);
        catalog.add(Object::new(ObjectId::new(Kind::Table, "public", "tmp_1"), Vec::new()));
        let view = View::new(&scope, "pgkeel", &[&catalog]);
        let ignored = ("tmp_1; Type: TABLE; Schema: public", "CREATE TABLE public.tmp_1 (\n);");
        let grant = ("TABLE tmp_1; Type: ACL; Schema: public", "GRANT SELECT ON TABLE public.tmp_1 TO bob;");
        let elsewhere = ("tmp_1; Type: TABLE; Schema: app", "CREATE TABLE app.tmp_1 (\n);");
        assert_eq!(differences(&dump(&[TABLE]), &dump(&[TABLE, ignored, grant]), &view), []);
        assert_eq!(differences(&dump(&[TABLE]), &dump(&[TABLE, elsewhere]), &view).len(), 1);
        scope.manage(&["owners".to_owned()]);
        assert_eq!(options(&scope)[..2], ["--no-privileges", "--no-comments"]);
        let view = View::new(&scope, "pgkeel", &[]);
        let server = ("s; Type: SERVER; Schema: -", "CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS (password 'x');");
        assert_eq!(differences(&dump(&[TABLE]), &dump(&[TABLE, server]), &view), []);
        let stored =
            (TABLE.0, &*format!("{}\nALTER TABLE ONLY public.t ALTER COLUMN name SET STORAGE EXTERNAL;", TABLE.1));
        assert_eq!(differences(&dump(&[TABLE]), &dump(&[stored]), &view), []);
    }
}

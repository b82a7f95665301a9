//! `drift`: what somebody has changed by hand is seen, named, and can be taken back.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::project::{Output, Project};
use crate::server::{Database, Server};

/// A change made by hand, and what `drift` calls it.
#[derive(Clone, Debug)]
struct Mutation {
    /// The file of `tests/cases/drift/` that it stands in.
    file: &'static str,
    name: String,
    strict: bool,
    /// No statement of SQL leads back whole.
    stays: bool,
    newer_only: bool,
    sql: String,
    expected: BTreeSet<String>,
    /// What newer servers name beside.
    expected_of_newer: BTreeSet<String>,
}

fn cases(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/drift").join(name)
}

fn mutations(file: &'static str) -> Vec<Mutation> {
    let text = fs::read_to_string(cases(file)).unwrap();
    text.split("\n-- @ ").skip(1).map(|block| mutation(file, block)).collect()
}

fn mutation(file: &'static str, block: &str) -> Mutation {
    let (first, rest) = block.split_once('\n').unwrap();
    let words: Vec<&str> = first.split(' ').collect();
    let is_flag = |word: &&str| ["strict", "stays", ">=18"].contains(word);
    let (flags, name): (Vec<&str>, Vec<&str>) = words.into_iter().partition(is_flag);
    let marked = |mark: &str| rest.lines().filter_map(|line| line.strip_prefix(mark)).map(str::to_owned).collect();
    let sql = rest.lines().filter(|line| !line.starts_with("-- >")).collect::<Vec<_>>().join("\n");
    Mutation {
        file,
        name: name.join(" "),
        strict: flags.contains(&"strict"),
        stays: flags.contains(&"stays"),
        newer_only: flags.contains(&">=18"),
        sql: sql.trim().to_owned(),
        expected: marked("-- > "),
        expected_of_newer: marked("-- >=18 "),
    }
}

/// The differences of a document, a line for each: `changed table app.pet options`.
fn named(document: &Value) -> BTreeSet<String> {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let line = |it: &Value| {
        [&it["change"], &it["kind"], &it["object"], &it["attribute"]].map(word).join(" ").trim_end().to_owned()
    };
    document["differences"].as_array().unwrap().iter().map(line).collect()
}

/// A database that is at the revision of `schema.sql`.
struct Bench {
    server: &'static Server,
    project: Project,
    database: Database,
    /// As pg_dump prints it, with owners and grants.
    dump: String,
}

impl Bench {
    fn new(server: &'static Server, major: u32, is_dumped: bool) -> Self {
        let project = Project::new();
        project.settings("shadow = \"target\"");
        let schema = fs::read_to_string(cases("schema.sql")).unwrap();
        let lines =
            schema.lines().filter_map(|line| match (line.strip_prefix("{>=18}"), line.strip_prefix("{no dump}")) {
                (Some(line), _) => (major >= 18).then_some(line),
                (_, Some(line)) => (!is_dumped).then_some(line),
                _ => Some(line),
            });
        project.revision("a1", "", &lines.collect::<Vec<_>>().join("\n"), None);
        let database = Database::new_on(server, "drift");
        project.on(&database, &["up"]).exits(0);
        let dump = database.pg_dump_all();
        Self { server, project, database, dump }
    }

    fn renew(&mut self) {
        self.database = Database::new_on(self.server, "drift");
        self.project.on(&self.database, &["up"]).exits(0);
    }

    fn drift(&self, options: &[&str]) -> Output {
        self.project.on(&self.database, &[&["drift", "--format", "json"], options].concat())
    }

    /// Makes a change, looks whether it is seen, and takes it back. Returns what was seen.
    fn try_one(&self, mutation: &Mutation) -> Result<BTreeSet<String>, String> {
        self.database.try_psql(&mutation.sql).map_err(|error| format!("cannot be made: {error}"))?;
        let output = self.drift(if mutation.strict { &["--strict"] } else { &[] });
        if output.code != 0 && output.code != 3 {
            return Err(format!("exit {}: {}", output.code, output.stderr));
        }
        let document = output.json();
        let found = named(&document);
        if found.is_empty() != (output.code == 0) {
            return Err(format!("exit {} with {found:?}", output.code));
        }
        let revert = document["sql"].as_str().unwrap();
        if let Err(error) = self.database.try_psql(revert) {
            return Err(format!("found {found:#?}\nthe way back fails: {error}\n{revert}"));
        }
        if found.is_empty() || mutation.stays {
            return Ok(found);
        }
        let after = self.database.pg_dump_all();
        if after != self.dump {
            let diff: String = similar_lines(&self.dump, &after);
            return Err(format!("found {found:#?}\nthe way back leads elsewhere:\n{revert}\n---\n{diff}"));
        }
        Ok(found)
    }
}

/// The lines that only one of two texts has.
fn similar_lines(before: &str, after: &str) -> String {
    let (a, b): (BTreeSet<&str>, BTreeSet<&str>) = (before.lines().collect(), after.lines().collect());
    let lost = a.difference(&b).map(|line| format!("- {line}\n"));
    lost.chain(b.difference(&a).map(|line| format!("+ {line}\n"))).collect()
}

/// Roles and a tablespace that the changes name.
fn roles(server: &Server) {
    let make = |role: &str| {
        format!("DO $$ BEGIN CREATE ROLE {role}; EXCEPTION WHEN duplicate_object OR unique_violation THEN END $$;")
    };
    server.admin(&format!("{} {}", make("drift_reader"), make("drift_owner")));
    server.tablespace("drift_space");
}

/// Every change of a file, on one server. Two databases, so that both processors have work.
fn mutate(server: &'static Server, major: u32, file: &'static str) {
    roles(server);
    let only = std::env::var("ONLY").unwrap_or_default();
    let mut all: Vec<Mutation> = mutations(file);
    all.retain(|it| (major >= 18 || !it.newer_only) && it.name.contains(&only));
    for it in all.iter_mut().filter(|_| major >= 18) {
        it.expected.extend(it.expected_of_newer.iter().cloned());
    }
    assert!(!all.is_empty() || !only.is_empty());
    let update = std::env::var_os("UPDATE").is_some();
    let halves: Vec<Vec<Mutation>> = all.chunks(all.len().div_ceil(2).max(1)).map(<[Mutation]>::to_vec).collect();
    let (mut faults, mut seen) = (String::new(), Vec::new());
    std::thread::scope(|scope| {
        let runs: Vec<_> = halves
            .iter()
            .map(|half| {
                scope.spawn(move || {
                    let mut bench = Bench::new(server, major, false);
                    let mut results = Vec::new();
                    for mutation in half {
                        let result = bench.try_one(mutation);
                        if mutation.stays || !result.as_ref().is_ok_and(|found| !found.is_empty()) {
                            bench.renew();
                        }
                        results.push((mutation.clone(), result));
                    }
                    // What was taken back is gone, also for who asks for everything.
                    let last = bench.drift(&["--strict"]);
                    assert_eq!(last.code, 0, "{}{}", last.stdout, last.stderr);
                    results
                })
            })
            .collect();
        for run in runs {
            for (mutation, result) in run.join().unwrap() {
                match result {
                    Ok(found) if found == mutation.expected => (),
                    Ok(found) if update && (major < 18 || mutation.newer_only) => seen.push((mutation, found)),
                    Ok(found) => {
                        writeln!(faults, "{}: found {found:#?}, expected {:#?}", mutation.name, mutation.expected)
                            .unwrap();
                    }
                    Err(fault) => writeln!(faults, "{}: {fault}", mutation.name).unwrap(),
                }
            }
        }
    });
    if update {
        rewrite(&seen);
    }
    assert!(faults.is_empty(), "on {major}:\n{faults}");
}

/// Writes down what was seen, for a person to read.
fn rewrite(seen: &[(Mutation, BTreeSet<String>)]) {
    let Some((Mutation { file, .. }, _)) = seen.first() else { return };
    let path = cases(file);
    let mut text = fs::read_to_string(&path).unwrap();
    for (Mutation { name, .. }, found) in seen {
        let flags = ["", " strict", " stays", " >=18", " strict >=18"];
        let heads = flags.map(|flag| format!("\n-- @ {name}{flag}\n"));
        let start = heads.iter().find_map(|head| text.find(head)).unwrap_or_else(|| panic!("{name}")) + 1;
        let end = text[start..].find("\n-- @ ").map_or(text.len(), |at| start + at);
        let mut lines: Vec<String> =
            text[start..end].lines().filter(|line| !line.starts_with("-- > ")).map(str::to_owned).collect();
        let at = lines.iter().rposition(|line| !line.is_empty()).unwrap() + 1;
        lines.splice(at..at, found.iter().map(|line| format!("-- > {line}")));
        let last = if end == text.len() { "\n" } else { "" };
        text.replace_range(start..end, &(lines.join("\n") + last));
    }
    fs::write(path, text).unwrap();
}

macro_rules! each_change_by_hand_is_seen_named_and_taken_back {
    ($($name:ident $newest:ident $file:literal,)*) => {
        $(#[test]
        fn $name() {
            mutate(Server::main(), 15, $file);
        }

        #[test]
        fn $newest() {
            if let Some(server) = Server::with_vector() {
                mutate(server, 18, $file);
            }
        })*
    };
}

each_change_by_hand_is_seen_named_and_taken_back! {
    changes changes_on_the_newest_server "mutations.sql",
    attributes_of_relations attributes_of_relations_on_the_newest_server "relations.sql",
    attributes_of_others attributes_of_others_on_the_newest_server "others.sql",
}

fn project() -> Project {
    let project = Project::new();
    project.settings("shadow = \"target\"");
    project.revision("a1", "", "CREATE TABLE t (id int PRIMARY KEY, name text);", Some("DROP TABLE t;"));
    project
}

#[test]
fn what_is_as_promised_is_said_and_what_is_not_is_shown() {
    let (project, database) = (project(), Database::new("driftsays"));
    // Nothing is promised of a fresh database, and nothing is there.
    project.on(&database, &["drift"]).exits(0);
    project.on(&database, &["up"]).exits(0);
    let clean = project.on(&database, &["drift"]).exits(0).says(&["the database has the schema of a1"]);
    assert_eq!(clean.stdout, "");
    let document = project.on(&database, &["drift", "--format", "json"]).exits(0).json();
    assert_eq!((&document["differences"], &document["sql"]), (&json!([]), &json!("")));
    // A revision that is there and not applied is no drift.
    project.revision("b2", "a1", "CREATE TABLE u (id int);", Some("DROP TABLE u;"));
    project.on(&database, &["drift"]).exits(0);
    database
        .psql("ALTER TABLE t ADD COLUMN more int, ALTER COLUMN name TYPE varchar(9); CREATE VIEW v AS SELECT 1 AS one");
    let dump = database.pg_dump_all();
    let found =
        project.on(&database, &["drift"]).exits(3).says(&["3 differences between the database and the schema of a1"]);
    for line in [
        "extra    column public.t.more",
        "differs  column public.t.name: type is character varying(9), expected text",
        "extra    view public.v",
    ] {
        assert!(found.stdout.lines().any(|found| found == line), "no {line:?}:\n{}", found.stdout);
    }
    // Nothing is written to the database, and the SQL is that of the document.
    let sql = project.on(&database, &["drift", "--revert-sql"]).exits(3).stdout;
    let document = project.on(&database, &["drift", "--format", "json"]).exits(3).json();
    assert_eq!(document["sql"], json!(sql));
    assert!(sql.contains("-- loses the values of public.t.more"), "{sql}");
    assert_eq!(database.pg_dump_all(), dump);
    database.try_psql(&sql).unwrap();
    project.on(&database, &["drift", "--strict"]).exits(0);
}

#[test]
fn strict_shows_what_else_differs() {
    let (project, database) = (project(), Database::new("driftstrict"));
    project.on(&database, &["up"]).exits(0);
    database.psql("COMMENT ON TABLE t IS 'by hand'; GRANT SELECT ON t TO PUBLIC; ALTER TABLE t SET (fillfactor = 50); ALTER TABLE t ALTER COLUMN name SET STATISTICS 7");
    project.on(&database, &["drift"]).exits(0);
    let left_out = project.on(&database, &["drift", "--verbose"]).exits(0);
    assert!(left_out.stderr.contains("not compared: owners, grants, comments"), "{}", left_out.stderr);
    let found = named(&project.on(&database, &["drift", "--strict", "--format", "json"]).exits(3).json());
    let expected =
        ["column public.t.name statistics", "table public.t acl", "table public.t comment", "table public.t options"];
    assert_eq!(found, expected.map(|it| format!("changed {it}")).into());
}

#[test]
fn drift_may_become_a_revision() {
    let (project, database) = (project(), Database::new("driftwrite"));
    project.on(&database, &["up"]).exits(0);
    database.psql("ALTER TABLE t ADD COLUMN more int; CREATE INDEX t_name ON t (name)");
    let dump = database.pg_dump_schema();
    let arguments =
        ["drift", "--write-revision", "what was done by hand", "--rev-id", "bbbb00000002", "--format", "json"];
    let document = project.on(&database, &arguments).exits(0).json();
    assert_eq!(document["revisions"][0]["revision"], "bbbb00000002");
    assert_eq!(document["revisions"][0]["down_revision"], json!(["a1"]));
    project.on(&database, &["stamp", "bbbb00000002"]).exits(0);
    project.on(&database, &["drift"]).exits(0);
    // Others get it, and it leads back.
    let other = Database::new("driftwriteother");
    project.on(&other, &["up"]).exits(0);
    assert_eq!(other.pg_dump_schema(), dump);
    project.on(&other, &["verify", "--all"]).exits(0);
}

#[test]
fn without_version_rows_nothing_is_promised() {
    let (project, database) = (project(), Database::new("driftuntracked"));
    database.psql("CREATE TABLE t (id int)");
    project.on(&database, &["drift"]).exits(6).says(&["`untracked`", "pgkeel adopt", "nothing was compared"]);
    project.on(&Database::absent("driftabsent"), &["drift"]).exits(6);
    let ahead = Database::new("driftahead");
    project.on(&ahead, &["up"]).exits(0);
    ahead.psql("UPDATE alembic_version SET version_num = 'zzzz'");
    let output = project.on(&ahead, &["drift", "--format", "json"]).exits(6);
    assert_eq!(output.json()["error"]["code"], "unknown_revision");
}

#[test]
fn security_labels_are_read_and_named() {
    let (project, database) = (project(), Database::new("driftlabels"));
    project.on(&database, &["up"]).exits(0);
    // No provider is there that would take a label: the rows are what one leaves.
    database.psql(
        "SET allow_system_table_mods = on;
         INSERT INTO pg_seclabel VALUES ('t'::regclass, 'pg_class'::regclass, 0, 'dummy', 'secret'),
             ('t'::regclass, 'pg_class'::regclass, 2, 'Odd \"one\"', 'it''s'),
             ('public'::regnamespace, 'pg_namespace'::regclass, 0, 'dummy', 'all')",
    );
    project.on(&database, &["drift"]).exits(0);
    let document = project.on(&database, &["drift", "--strict", "--format", "json"]).exits(3).json();
    let expected = ["column public.t.name", "schema public", "table public.t"];
    assert_eq!(named(&document), expected.map(|it| format!("changed {it} security_labels")).into());
    let sql = document["sql"].as_str().unwrap();
    for statement in [
        "SECURITY LABEL FOR dummy ON SCHEMA public IS NULL;",
        "SECURITY LABEL FOR dummy ON TABLE public.t IS NULL;",
        "SECURITY LABEL FOR \"Odd \"\"one\"\"\" ON COLUMN public.t.name IS NULL;",
    ] {
        assert!(sql.contains(statement), "no {statement}:\n{sql}");
    }
}

#[test]
fn default_privileges_are_told_as_people_do() {
    roles(Server::main());
    let (project, database) = (project(), Database::new("driftdefaults"));
    project.on(&database, &["up"]).exits(0);
    database.psql(
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO drift_reader;
         ALTER DEFAULT PRIVILEGES FOR ROLE drift_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC",
    );
    let found = project.on(&database, &["drift", "--strict"]).exits(3).stdout;
    let lines: Vec<&str> = found.lines().collect();
    assert_eq!(
        lines,
        [
            "extra    default privileges of drift_owner on functions",
            "extra    default privileges in schema public on tables"
        ]
    );
}

/// Statements of one schema, in an order that works.
const ANY_ORDER: [&str; 8] = [
    "CREATE TYPE mood AS ENUM ('sad', 'ok')",
    "CREATE SEQUENCE numbers",
    "CREATE TABLE a (id int PRIMARY KEY, mood mood, number bigint DEFAULT nextval('numbers'))",
    "CREATE TABLE b (id int PRIMARY KEY, a_id int)",
    "CREATE INDEX b_a ON b (a_id)",
    "CREATE VIEW v AS SELECT a.id, mood FROM a",
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "ALTER TABLE b ADD CONSTRAINT b_a_fkey FOREIGN KEY (a_id) REFERENCES a",
];

#[track_caller]
fn are_equal(project: &Project, one: &Database, other: &Database) {
    for (from, to) in [(one, other), (other, one)] {
        let output = project.pgkeel(&["diff", "--from", &from.url(), "--to", &to.url(), "--exit-code"]).exits(0);
        assert_eq!(output.stdout, "");
    }
}

#[test]
fn the_order_in_which_a_schema_was_made_does_not_matter() {
    let (one, other, project) = (Database::new("order"), Database::new("order"), Project::new());
    one.psql(&ANY_ORDER.join(";"));
    // Other numbers inside, and a column that was there once.
    other.psql("CREATE TABLE gone (id int); DROP TABLE gone; CREATE TYPE gone AS (a int)");
    for at in [6, 3, 4, 1, 0, 2, 7, 5] {
        other.psql(ANY_ORDER[at]);
    }
    other.psql("DROP TYPE gone; ALTER TABLE b ADD COLUMN gone int; ALTER TABLE b DROP COLUMN gone; ALTER TABLE b ADD COLUMN late int");
    one.psql("ALTER TABLE b ADD COLUMN late int");
    are_equal(&project, &one, &other);
    // And it is a comparison.
    other.psql("ALTER TABLE b ALTER COLUMN late SET NOT NULL");
    let document = project
        .pgkeel(&["diff", "--from", &one.url(), "--to", &other.url(), "--exit-code", "--format", "json"])
        .exits(3)
        .json();
    assert_eq!(named(&document), ["changed column public.b.late not_null".to_owned()].into());
    let sql = document["sql"].as_str().unwrap();
    assert!(sql.ends_with("\nALTER TABLE public.b ALTER COLUMN late SET NOT NULL;\n"), "{sql}");
    // Without the flag, a difference is an answer like another.
    project.pgkeel(&["diff", "--from", &one.url(), "--to", &other.url()]).exits(0);
    one.try_psql(sql).unwrap();
    are_equal(&project, &one, &other);
}

#[test]
fn a_dump_that_is_restored_is_equal() {
    roles(Server::main());
    let bench = Bench::new(Server::main(), 15, true);
    let restored = Database::new("restored");
    let dump = bench.database.pg_dump(&[]);
    restored.try_psql(&dump).unwrap();
    are_equal(&bench.project, &bench.database, &restored);
    bench.project.on(&restored, &["drift", "--strict"]).exits(0);
}

#[test]
fn a_dump_of_the_oldest_server_is_equal_on_the_newest() {
    let Some(newest) = Server::with_vector() else { return };
    roles(Server::main());
    roles(newest);
    let bench = Bench::new(Server::main(), 15, true);
    let restored = Database::new_on(newest, "restored");
    restored.try_psql(&bench.database.pg_dump(&[])).unwrap();
    bench.project.on(&restored, &["drift"]).exits(0);
    // The older database against a shadow of the newer server.
    bench.project.file("pgkeel.toml", &format!("migrations = \"migrations\"\nshadow = \"{}\"\n", restored.url()));
    bench.project.on(&bench.database, &["drift"]).exits(0);
    bench
        .database
        .psql("CREATE OR REPLACE VIEW app.adult AS SELECT id, name FROM app.person WHERE born < '2001-01-01'");
    let found = bench.project.on(&bench.database, &["drift", "--format", "json"]).exits(3).json();
    assert_eq!(named(&found), ["changed view app.adult query".to_owned()].into());
}

//! Pairs of schemas in `tests/cases/diff/`: `pgkeel diff` turns each into the other. What it prints is run; then `pg_dump`
//! must print the same for both, with owners and grants, and a second diff nothing.

use std::fs;

use crate::project::Project;
use crate::server::{Database, Server};

/// Two schemas.
struct Case {
    name: String,
    old: String,
    new: String,
}

/// Reads the cases of a file: `-- @case NAME`, then the sections `-- @both`, `-- @old` and `-- @new`.
fn cases(file: &str) -> Vec<Case> {
    let path = format!("{}/tests/cases/diff/{file}.sql", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(path).unwrap();
    let case = |text: &str| {
        let (name, body) = text.split_once('\n').unwrap();
        let section = |marker: &str| {
            let after = body.split_once(&format!("-- @{marker}\n")).map_or("", |(_, after)| after);
            after.split("-- @").next().unwrap_or_default().to_owned()
        };
        let both = section("both");
        let side = |marker| format!("{both}{}", section(marker));
        Case { name: name.trim().to_owned(), old: side("old"), new: side("new") }
    };
    text.split("-- @case ").skip(1).map(case).collect()
}

/// Roles that the cases name.
fn make_roles(server: &Server) {
    for role in ["case_bob", "case_ann", "case \"\"odd\"\" role"] {
        let make = format!("CREATE ROLE \"{role}\"");
        let there = "duplicate_object OR unique_violation";
        server.admin(&format!("DO $$ BEGIN {make}; EXCEPTION WHEN {there} THEN NULL; END $$"));
    }
}

fn loaded(server: &'static Server, sql: &str) -> Database {
    let database = Database::new_on(server, "diff");
    database.session().batch_execute(sql).unwrap();
    database
}

/// The statements of a dump, whatever their order; and that of their words, where columns may be moved.
fn statements(database: &Database, is_loose: bool) -> Vec<String> {
    let dump = database.pg_dump(&["--schema-only"]);
    let lines: Vec<&str> = dump.lines().filter(|line| !line.is_empty() && !line.starts_with("--")).collect();
    let mut statements: Vec<String> =
        lines.join("\n").split(";\n").map(|it| it.trim_end_matches(';').to_owned()).collect();
    if is_loose {
        for statement in &mut statements {
            let mut words: Vec<&str> =
                statement.split([' ', ',', '\n', '(', ')']).filter(|it| !it.is_empty()).collect();
            words.sort_unstable();
            *statement = words.join(" ");
        }
    }
    statements.sort();
    statements
}

fn diff(from: &Database, to: &Database) -> String {
    Project::new().pgkeel(&["diff", "--from", &from.url(), "--to", &to.url()]).exits(0).stdout
}

fn turns(from: &Database, to: &Database, what: &str) {
    let sql = diff(from, to);
    if let Err(error) = from.session().batch_execute(&sql) {
        panic!("{what}: {error:?}\n{sql}");
    }
    let is_loose = what.starts_with("combined");
    let (is, should) = (statements(from, is_loose), statements(to, is_loose));
    let only = |these: &[String], others: &[String]| -> Vec<String> {
        these.iter().filter(|statement| !others.contains(statement)).cloned().collect()
    };
    assert_eq!(only(&is, &should), only(&should, &is), "{what}\n{sql}");
    assert_eq!(diff(from, to), "", "{what}: a second diff");
}

fn check(file: &str) {
    check_on(Server::main(), file);
}

fn check_on(server: &'static Server, file: &str) {
    make_roles(server);
    let cases = cases(file);
    assert!(!cases.is_empty(), "{file} has no cases");
    for Case { name, old, new } in cases {
        let [database, wanted, before] = [&old, &new, &old].map(|sql| loaded(server, sql));
        turns(&database, &wanted, &format!("{file}: {name}, up"));
        turns(&database, &before, &format!("{file}: {name}, down"));
        if file.starts_with("subscriptions") {
            [database, wanted, before].iter().for_each(unsubscribe);
        }
    }
}

/// Drops the subscriptions of a database, which cannot be dropped before.
fn unsubscribe(database: &Database) {
    let all = "SELECT quote_ident(subname) FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid WHERE datname = current_database()";
    let mut session = database.session();
    for row in session.query(all, &[]).unwrap() {
        let name: String = row.get(0);
        for change in ["DISABLE", "SET (slot_name = NONE)"] {
            session.batch_execute(&format!("ALTER SUBSCRIPTION {name} {change}")).unwrap();
        }
        session.batch_execute(&format!("DROP SUBSCRIPTION {name}")).unwrap();
    }
}

macro_rules! files {
    ($($file:ident)*) => {
        $(#[test]
        fn $file() {
            check(stringify!($file));
        })*
    };
}

#[test]
fn combined_on_the_newest_server() {
    if let Some(server) = Server::with_vector() {
        check_on(server, "combined");
    }
}

#[test]
fn subscriptions_on_the_newest_server() {
    if let Some(server) = Server::with_vector() {
        check_on(server, "subscriptions");
        check_on(server, "subscriptions_newer");
    }
}

files! {
    collations combined comments default_privileges extensions few grants inherited materialized_views partitioned policies rules schemas statistics subscriptions triggers views
}

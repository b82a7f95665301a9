//! Many processes at once, on one database.

use std::fmt::Write as _;

use crate::own_server::OwnServer;
use crate::project::{Project, Running};
use crate::server::{Database, Server};

/// Eight small revisions, one of them CONCURRENTLY, with an extension, a schema and a seed.
fn eight() -> Project {
    let project = Project::new();
    project.settings(&format!("extensions = [\"{}\"]\nschema = \"app\"", Server::main().extension()));
    let bodies = [
        "CREATE TYPE role AS ENUM ('admin', 'user');",
        "CREATE TABLE account (id int PRIMARY KEY, email text UNIQUE, role role NOT NULL);",
        "INSERT INTO account VALUES (1, 'a@example.org', 'admin'), (2, 'b@example.org', 'user');",
        "CREATE TABLE doc (id int PRIMARY KEY, owner int REFERENCES account, body text);\nCREATE INDEX ON doc (owner);",
        "transaction=off\nCREATE INDEX CONCURRENTLY doc_body ON doc (body);",
        "CREATE VIEW mine AS SELECT * FROM doc;",
        "INSERT INTO doc SELECT i, 1 + i % 2, 'x' FROM generate_series(1, 100) AS i;",
        "ALTER TABLE doc ADD COLUMN made timestamptz NOT NULL DEFAULT now();",
    ];
    for (number, body) in bodies.iter().enumerate() {
        let parent = if number == 0 { String::new() } else { format!("aaaa{number}") };
        project.revision(&format!("aaaa{}", number + 1), &parent, body, None);
    }
    project
}

fn all_succeed(runs: Vec<Running>) {
    let mut failed = String::new();
    for run in runs {
        let output = run.end();
        if output.code != 0 {
            writeln!(failed, "exit {}: {}", output.code, output.stderr).unwrap();
        }
    }
    assert!(failed.is_empty(), "{failed}");
}

fn each_ran_once(database: &Database) {
    assert_eq!(
        database.psql("SELECT revision, direction, outcome, count(*) FROM pgkeel.history GROUP BY 1, 2, 3 ORDER BY 1"),
        (1..=8).map(|number| format!("aaaa{number}|upgrade|done|1\n")).collect::<String>()
    );
    assert_eq!(
        database.psql(
            "SELECT (SELECT count(*) FROM app.doc), (SELECT count(*) FROM app.account),
                (SELECT count(*) FROM pg_index WHERE NOT indisvalid), (SELECT count(*) FROM pgkeel.journal),
                (SELECT string_agg(version_num, ',') FROM app.alembic_version)"
        ),
        "100|2|0|0|aaaa8\n"
    );
}

#[test]
fn two_hundred_at_once_make_everything_once() {
    let (project, database) = (eight(), Database::absent("crowd"));
    all_succeed((0..200).map(|_| project.start(&database, &["up", "--create"])).collect());
    each_ran_once(&database);
}

#[test]
fn two_hundred_fit_through_sixty_connections() {
    let server = OwnServer::start("sixty", "max_connections = 60");
    let (project, database) = (eight(), Database::absent_on(*server, "sixty"));
    all_succeed((0..200).map(|_| project.start(&database, &["up", "--create"])).collect());
    each_ran_once(&database);
}

#[test]
fn a_role_with_few_connections_waits_for_one() {
    let (project, database) = (eight(), Database::new("few"));
    let role = format!("few_{}", database.name());
    Server::main()
        .admin(&format!("CREATE ROLE {role} LOGIN SUPERUSER; ALTER ROLE {role} NOSUPERUSER CONNECTION LIMIT 4"));
    database.psql(&format!(
        "ALTER DATABASE \"{}\" OWNER TO {role}; GRANT CREATE ON SCHEMA public TO {role}",
        database.name()
    ));
    database.psql(&format!("CREATE EXTENSION {}", Server::main().extension()));
    let runs = (0..20).map(|_| {
        let mut command = project.command(&["up"]);
        Running::of(command.env("DATABASE_URL", database.url_as(&role)).spawn().unwrap())
    });
    all_succeed(runs.collect());
    each_ran_once(&database);
    database.psql(&format!("REASSIGN OWNED BY {role} TO postgres; DROP OWNED BY {role}; DROP ROLE {role}"));
}

#[test]
fn fifty_bootstraps_make_everything_once() {
    let (project, database) = (eight(), Database::absent("boot"));
    all_succeed((0..50).map(|_| project.start(&database, &["bootstrap"])).collect());
    assert_eq!(
        database.psql(
            "SELECT (SELECT count(*) FROM pg_extension WHERE extname IN ('citext', 'vector')), to_regnamespace('app') IS NOT NULL"
        ),
        "1|t\n"
    );
}

#[test]
fn two_projects_in_one_database_make_one_ledger() {
    let database = Database::new("two");
    let projects: Vec<Project> = (0..6)
        .map(|number| {
            let project = Project::new();
            project.settings(&format!("version_table = \"version_{number}\""));
            project.revision("aaaa1", "", &format!("CREATE TABLE t{number} ();"), None);
            project
        })
        .collect();
    all_succeed(projects.iter().map(|project| project.start(&database, &["up", "--stamp", "aaaa1"])).collect());
    assert_eq!(database.psql("SELECT count(*), count(DISTINCT version_table) FROM pgkeel.history"), "6|6\n");
}

#[test]
fn a_second_run_waits_and_finds_nothing_to_do() {
    let (project, database) = (Project::new(), Database::new("second"));
    project.revision("aaaa1", "", "CREATE TABLE t AS SELECT 1 AS a;\nSELECT pg_advisory_xact_lock(7);", None);
    let mut gate = database.session();
    gate.batch_execute("SELECT pg_advisory_lock(7)").unwrap();
    let first = project.start(&database, &["up"]);
    database.wait_for_session("wait_event = 'advisory'");
    let status = project.on(&database, &["status"]).exits(0).stdout;
    assert!(status.contains("at work        a run holds the lock: pid"), "{status}");
    assert!(status.contains("next           wait until the run that is at work ends"), "{status}");
    let mut impatient = project.command(&["up"]);
    impatient.env("DATABASE_URL", database.url()).env("PGKEEL_LOCK_WAIT", "300ms");
    crate::project::Output::of(impatient.output().unwrap()).exits(5).says(&[
        "error[lock]: another run holds the lock; waited ",
        "held by pid",
        "pgkeel lock",
    ]);
    let mut second = project.start(&database, &["up"]);
    second.hears("waiting for the lock: held by pid");
    gate.batch_execute("SELECT pg_advisory_unlock(7)").unwrap();
    let second = second.end().exits(0);
    assert!(second.stdout.contains("nothing to do: the database is at aaaa1"), "{second:?}");
    first.end().exits(0);
    assert_eq!(database.psql("SELECT count(*) FROM pgkeel.history"), "1\n");
    let detected = project.on(&database, &["detect", "--format", "json"]).exits(0).json();
    assert!(detected["running"].is_null(), "{detected}");
}

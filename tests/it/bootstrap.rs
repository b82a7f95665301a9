//! `pgkeel bootstrap`: what is missing is created, once; nothing else is changed.

use serde_json::Value;

use crate::project::{Output, Project};
use crate::server::{Database, Server};

fn project(settings: &str) -> Project {
    let project = Project::new();
    project.file("pgkeel.toml", settings);
    project
}

fn steps(document: &Value) -> Vec<(String, String, String)> {
    let text = |step: &Value, key: &str| step[key].as_str().unwrap().to_owned();
    let steps = document["steps"].as_array().unwrap();
    steps.iter().map(|step| (text(step, "object"), text(step, "name"), text(step, "status"))).collect()
}

#[test]
fn creates_what_is_missing_once() {
    let project = project("extensions = [\"plpgsql\", \"tablefunc\"]\nschemas = [\"one\"]\nschema = \"App Ä\"\n");
    let database = Database::absent("bootstrap");
    let run = |arguments: &[&str]| project.on(&database, &[arguments, &["--format", "json"]].concat()).exits(0).json();
    let status = |of: [&str; 5]| {
        let objects = ["database", "schema", "schema", "extension", "extension"];
        let names = [database.name(), "one", "App Ä", "plpgsql", "tablefunc"];
        let all = objects.iter().zip(names).zip(of);
        all.map(|((object, name), status)| ((*object).to_owned(), name.to_owned(), status.to_owned()))
            .collect::<Vec<_>>()
    };
    let sorted = |mut steps: Vec<_>| {
        steps.sort();
        steps
    };

    let planned = run(&["bootstrap", "--dry-run"]);
    assert_eq!(planned["dry_run"], true);
    assert_eq!(planned["steps"][0]["sql"], format!("CREATE DATABASE \"{}\"", database.name()));
    let databases = Database::new("others");
    let count = format!("SELECT count(*) FROM pg_database WHERE datname = '{}'", database.name());
    assert_eq!(databases.psql(&count), "0\n", "a dry run creates nothing");

    let first = run(&["bootstrap"]);
    assert_eq!(sorted(steps(&first)), sorted(status(["created", "created", "created", "exists", "created"])));
    let before = database
        .psql("SELECT max(oid::bigint) FROM (SELECT oid FROM pg_namespace UNION ALL SELECT oid FROM pg_class) AS o");
    let second = run(&["bootstrap"]);
    assert_eq!(sorted(steps(&second)), sorted(status(["exists"; 5])));
    let after = database
        .psql("SELECT max(oid::bigint) FROM (SELECT oid FROM pg_namespace UNION ALL SELECT oid FROM pg_class) AS o");
    assert_eq!(before, after, "neither the version table nor the ledger, nor anything else");
}

#[test]
fn what_the_server_does_not_offer() {
    let database = Database::new("offered");
    let required = project("extensions = [\"no_such_extension\", \"tablefunc\"]\n");
    for command in ["bootstrap", "up"] {
        let output = required.on(&database, &[command]).exits(6);
        output.says(&[
            "error[refused]",
            "does not offer the extension `no_such_extension`",
            "optional = true",
            "help: ",
        ]);
    }
    assert_eq!(
        database.psql("SELECT count(*) FROM pg_extension WHERE extname = 'tablefunc'"),
        "0\n",
        "nothing half-done"
    );
    let optional =
        project("[[extension]]\nname = \"no_such_extension\"\noptional = true\n[[extension]]\nname = \"tablefunc\"\n");
    let document = optional.on(&database, &["bootstrap", "--format", "json"]).exits(0).json();
    assert!(
        steps(&document).iter().any(|(_, name, status)| name == "no_such_extension" && status == "skipped"),
        "{document:#}"
    );
    assert_eq!(database.psql("SELECT count(*) FROM pg_extension WHERE extname = 'tablefunc'"), "1\n");
}

#[test]
fn a_role_without_rights_is_told_the_statement() {
    let database = Database::new("plain");
    let role = format!("r_{}", database.name());
    Server::main().admin(&format!("CREATE ROLE {role} LOGIN"));
    let project = project("schema = \"app\"\n");
    let run = |url: &str| Output::of(project.command(&["bootstrap"]).env("DATABASE_URL", url).output().unwrap());
    run(&database.url_as(&role)).exits(6).says(&["error[refused]", "42501", "CREATE SCHEMA \"app\"", "help: "]);
    // What is there needs no rights.
    database.psql("CREATE SCHEMA app");
    run(&database.url_as(&role)).exits(0);
    Server::main().admin(&format!("DROP ROLE {role}"));
}

#[test]
fn an_administrator_creates_for_a_plain_role() {
    let database = Database::absent("admin");
    let role = format!("r_{}", database.name());
    Server::main().admin(&format!("CREATE ROLE {role} LOGIN"));
    let project = project(&format!("[database]\nowner = \"{role}\"\n"));
    let mut command = project.command(&["bootstrap"]);
    command.env("DATABASE_URL", database.url_as(&role)).env("DATABASE_ADMIN_URL", Server::main().url_of("postgres"));
    Output::of(command.output().unwrap()).exits(0);
    let owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()";
    assert_eq!(database.psql(owner), format!("{role}\n"));
    Server::main().admin(&format!("DROP DATABASE {}; ", database.name()));
    Server::main().admin(&format!("DROP ROLE {role}"));
}

#[test]
fn fifty_at_once_create_once() {
    let project = project("schema = \"app\"\nextensions = [\"tablefunc\"]\n");
    let database = Database::absent("fifty");
    let children: Vec<_> = (0..50)
        .map(|_| project.command(&["bootstrap", "-q"]).env("DATABASE_URL", database.url()).spawn().unwrap())
        .collect();
    for child in children {
        Output::of(child.wait_with_output().unwrap()).exits(0);
    }
    assert_eq!(database.psql("SELECT count(*) FROM pg_extension WHERE extname = 'tablefunc'"), "1\n");
}

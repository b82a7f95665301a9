//! Shadow databases on the private development server.

use std::process::Command;

use crate::project::{Output, Project};
use crate::server::{Database, Server};

/// A project whose private server goes with it.
struct Private(Project);

impl Private {
    fn new() -> Self {
        Self(Project::new())
    }

    fn command(&self, database: &Database, arguments: &[&str]) -> Command {
        let mut command = self.0.command(arguments);
        command.env("PGKEEL_POSTGRES_BIN", Server::main().bin()).env("DATABASE_URL", database.url());
        command
    }

    fn on(&self, database: &Database, arguments: &[&str]) -> Output {
        Output::of(self.command(database, arguments).output().unwrap())
    }

    /// Asks the private server.
    fn sql(&self, database: &Database, sql: &str) -> String {
        let status = self.on(database, &["db", "status", "--format", "json"]).exits(0).json();
        let output = Command::new(database.program("psql"))
            .args(["-X", "-At", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-d", "postgres", "-c", sql])
            .args(["-h", status["socket"].as_str().unwrap(), "-p", &status["port"].to_string()])
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        let reset = self.0.command(&["db", "reset", "--yes"]).output();
        if let Ok(output) = reset
            && !output.status.success()
            && !std::thread::panicking()
        {
            panic!("{}", String::from_utf8_lossy(&output.stderr));
        }
    }
}

#[test]
fn the_private_server_takes_roles_and_keeps_states() {
    let (project, database) = (Private::new(), Database::new("shadowprivate"));
    let (made, by_hand) = (format!("{}_made", database.name()), format!("{}_hand", database.name()));
    database.psql(&format!("CREATE ROLE {by_hand}"));
    project.0.revision(
        "a1",
        "",
        &format!(
            "CREATE ROLE {made};\nALTER ROLE {made} SET search_path = x;\nCREATE TABLE t (id int);\n\
             GRANT SELECT ON t TO {made}, {by_hand};\nALTER DATABASE \"{}\" SET work_mem = '5MB';",
            database.name()
        ),
        Some(&format!("DROP TABLE t;\nDROP ROLE {made};")),
    );
    project.on(&database, &["up"]).exits(0);
    project.0.revision("b2", "a1", "ALTER TABLE t ADD x int;", Some("ALTER TABLE t DROP x;"));

    let roles = format!("SELECT count(*) FROM pg_roles WHERE rolname IN ('{made}', '{by_hand}')");
    let states = "SELECT count(*), bool_and(datistemplate) FROM pg_database WHERE datname ^@ 'pgkeel_cache_'";
    project.on(&database, &["verify"]).exits(0).says(&["on the private development server"]);
    // The same from the beginning, where the role is there already: the real run has made it.
    project.sql(&database, &format!("CREATE ROLE {made} LOGIN"));
    project.on(&database, &["verify", "--all"]).exits(0);
    // A state in which something belongs to a role would hold the role; and what a shadow makes goes with it.
    assert_eq!(project.sql(&database, states), "0|");
    assert_eq!(project.sql(&database, &roles), "1");

    // Nothing reaches beyond the database any more: it would do for itself.
    project.on(&database, &["verify"]).exits(0).says(&["on the private development server"]);
    project.0.revision("a1", "", "CREATE TABLE t (id int);", None);
    project.on(&database, &["verify"]).exits(0).says(&["trying 1 revision on 127.0.0.1"]);
    project.0.settings("shadow = \"dev\"");
    for _ in 0..2 {
        project.on(&database, &["verify"]).exits(0);
        assert_eq!(project.sql(&database, states), "1|t");
    }
    // What the state depends on has changed, and so has its name.
    project.0.revision("a1", "", "CREATE TABLE t (id bigint);", None);
    project.0.revision("b2", "a1", &format!("GRANT SELECT ON t TO {by_hand};"), None);
    project.on(&database, &["verify"]).exits(0);
    assert_eq!(project.sql(&database, states), "2|t");
    assert_eq!(project.sql(&database, "SELECT count(*) FROM pg_database WHERE datname ^@ 'pgkeel_shadow_'"), "0");
    assert_eq!(project.sql(&database, &roles), "1");

    project.0.revision("b2", "a1", "COPY t TO PROGRAM 'cat >/dev/null';\nSELECT pg_terminate_backend(1);", None);
    project
        .on(&database, &["verify"])
        .exits(6)
        .says(&["a program on the server's machine", "no shadow database takes"]);
    database.psql(&format!("DROP OWNED BY {made}, {by_hand}; DROP ROLE {made}, {by_hand}"));
}

#[test]
fn another_major_is_no_place_for_a_shadow() {
    let Some(server) = Server::with_vector() else { return };
    let (project, database) = (Private::new(), Database::new_on(server, "shadowmajor"));
    project.0.revision("a1", "", "CREATE TABLE t (id int);", Some("DROP TABLE t;"));
    let place = database.url().split('/').nth(2).unwrap().replace("postgres@", "");
    project.on(&database, &["verify"]).exits(0).says(&[&format!("trying 1 revision on {place}")]);
    project
        .on(&database, &["verify", "--env", "production"])
        .exits(6)
        .says(&["there are no server programs of PostgreSQL 18", "`shadow = \"target\"`"]);
    let output = Output::of(project.command(&database, &["verify"]).env("PGKEEL_SHADOW", "dev").output().unwrap());
    output.exits(0).says(&["the shadow is PostgreSQL 15 and the database is 18"]);
}

#[test]
fn without_a_database_the_private_server_is_enough() {
    let project = Private::new();
    project.0.revision("a1", "", "CREATE TABLE t (id int);", Some("DROP TABLE t;"));
    let mut command = project.0.command(&["verify"]);
    let output = Output::of(command.env("PGKEEL_POSTGRES_BIN", Server::main().bin()).output().unwrap());
    assert!(output.exits(0).stdout.contains("1 revision tried: all is well"));
}

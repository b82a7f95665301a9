//! Shadow databases, through `verify`.

use serde_json::json;

use crate::project::Project;
use crate::server::Database;

fn project() -> Project {
    let project = Project::new();
    project.settings("shadow = \"target\"");
    project
}

#[test]
fn each_revision_goes_up_down_and_up() {
    let (project, database) = (project(), Database::new("verify"));
    project.revision("a1", "", "CREATE TABLE t (id int);", Some("DROP TABLE t;"));
    project.revision(
        "b2",
        "a1",
        "CREATE TABLE u (id int); ALTER TABLE t ADD COLUMN x int DEFAULT 3;",
        Some("ALTER TABLE t DROP COLUMN x;"),
    );
    project.revision("c3", "b2", "ALTER TABLE t ADD COLUMN y int;", None);
    project.revision("d4", "c3", "INSERT INTO t VALUES (1);", Some("DELETE FROM nowhere;"));
    project.revision("e5", "d4", "transaction=off\nCREATE INDEX CONCURRENTLY i ON t (x);", Some("DROP INDEX i;"));
    let output = project.on(&database, &["verify", "--format", "json"]).exits(3);
    let found = output.json();
    let all: Vec<String> = found["revisions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| format!("{} {} {} {}", it["revision"], it["up"], it["down"], it["again"]).replace('"', ""))
        .collect();
    assert_eq!(
        all,
        ["a1 ok ok ok", "b2 ok differs failed", "c3 ok irreversible null", "d4 ok failed null", "e5 ok ok ok"]
    );
    let difference = &found["revisions"][1]["differences"][0];
    assert_eq!((&difference["kind"], &difference["change"]), (&json!("table"), &json!("added")));
    assert_eq!(found["revisions"][1]["error"]["sqlstate"], "42P07");
    let error = &found["revisions"][3]["error"];
    assert_eq!((&error["line"], &error["column"], &error["sqlstate"]), (&json!(10), &json!(13), &json!("42P01")));
    assert_eq!(database.psql("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"), "0\n");
}

#[test]
fn a_database_that_is_not_there_yet_has_a_shadow() {
    let (project, database) = (project(), Database::absent("verifyabsent"));
    project.settings("database.settings = { TimeZone = \"Asia/Kathmandu\" }");
    project.revision("a1", "", "DO $$ BEGIN ASSERT current_setting('TimeZone') = 'Asia/Kathmandu'; END $$;", Some(""));
    project.on(&database, &["verify"]).exits(0);
}

#[test]
fn defaults_of_the_role_do_not_reach_the_shadow() {
    let (project, database) = (project(), Database::new("verifydefaults"));
    let role = format!("{}_role", database.name());
    database.psql(&format!(
        "CREATE ROLE {role} LOGIN CREATEDB; ALTER ROLE {role} SET statement_timeout = '300ms'; \
         ALTER ROLE {role} SET default_transaction_read_only = on; ALTER ROLE {role} SET TimeZone = 'Asia/Kathmandu'"
    ));
    project.revision(
        "a1",
        "",
        "CREATE TABLE t AS SELECT 1 AS a FROM pg_sleep(0.5); \
         DO $$ BEGIN ASSERT current_setting('TimeZone') = 'Asia/Kathmandu'; END $$;",
        Some("DROP TABLE t;"),
    );
    let mut command = project.command(&["verify"]);
    crate::project::Output::of(command.env("DATABASE_URL", database.url_as(&role)).output().unwrap()).exits(0);
    database.psql(&format!("DROP ROLE {role}"));
}

#[test]
fn a_prepared_transaction_does_not_hold_the_shadow() {
    let own = crate::own_server::OwnServer::start("shadowprepared", "max_prepared_transactions = 4");
    let (project, database) = (project(), Database::new_on(&own, "verifyprepared"));
    let up =
        "transaction=off\nBEGIN;\nCREATE TABLE t (id int);\nPREPARE TRANSACTION 'left by a revision';\nSELECT 1/0;";
    project.revision("a1", "", up, Some("SELECT 1;"));
    project.on(&database, &["verify"]).exits(3).says(&["division by zero"]);
    assert_eq!(database.psql("SELECT count(*) FROM pg_database WHERE datname ^@ 'pgkeel_shadow_'"), "0\n");
}

#[test]
fn only_what_is_pending_is_tried() {
    let (project, database) = (project(), Database::new("verifypending"));
    project.revision("a1", "", "CREATE TABLE t (id int);", Some("SELECT 1;"));
    project.on(&database, &["up"]).exits(0);
    let nothing = project.on(&database, &["verify"]).exits(0);
    assert!(nothing.stdout.starts_with("nothing to do"), "{}", nothing.stdout);
    project.revision("b2", "a1", "ALTER TABLE t ADD x int;", Some("ALTER TABLE t DROP x;"));
    let pending = project.on(&database, &["verify", "--format", "json"]).exits(0).json();
    assert_eq!(pending["revisions"][0]["revision"], "b2");
    assert_eq!(pending["revisions"].as_array().map(Vec::len), Some(1));
    project.on(&database, &["verify", "--all"]).exits(3);
}

#[test]
fn what_cannot_be_applied_ends_the_trial() {
    let (project, database) = (project(), Database::new("verifystop"));
    project.revision("a1", "", "SELECT 1;\nSELECT 1/0;", Some(""));
    project.revision("b2", "a1", "SELECT 1;", Some(""));
    let output = project.on(&database, &["verify"]).exits(3);
    let output = output.says(&["migrations/a1.sql:7:1", "division by zero", "1 revision from b2 on not tried"]);
    assert!(output.stdout.contains("fails"), "{}", output.stdout);
}

#[test]
fn a_shared_server_gets_nothing_that_reaches_beyond_the_database() {
    let (project, database) = (project(), Database::new("verifyreach"));
    project.revision("a1", "", "CREATE TABLE t (id int);", Some("DROP TABLE t;"));
    project.revision(
        "b2",
        "a1",
        "DO $$ BEGIN\n  CREATE ROLE never_made_by_a_shadow;\nEND $$;",
        Some("COPY t TO PROGRAM 'touch /tmp/never-made-by-a-shadow';"),
    );
    project.on(&database, &["verify"]).exits(6).says(&[
        "migrations/b2.sql:8:3",
        "migrations/b2.sql:12:1",
        "2 statements reach beyond",
        "nothing was run",
    ]);
    assert_eq!(database.psql("SELECT count(*) FROM pg_roles WHERE rolname = 'never_made_by_a_shadow'"), "0\n");
}

#[test]
fn the_shadow_is_like_the_database() {
    let (project, database) = (project(), Database::new("verifylike"));
    let name = database.name();
    database.psql(&format!(
        "ALTER DATABASE \"{name}\" SET TimeZone = 'Asia/Kathmandu'; \
         ALTER DATABASE \"{name}\" SET default_transaction_read_only = on; \
         ALTER DATABASE \"{name}\" SET app.tenant = 'it''s'"
    ));
    database.psql("BEGIN READ WRITE; CREATE SCHEMA by_hand; COMMIT");
    project.revision(
        "a1",
        "",
        "CREATE TABLE by_hand.t (a text DEFAULT current_setting('app.tenant'));\n\
         DO $$ BEGIN ASSERT current_setting('TimeZone') = 'Asia/Kathmandu' AND current_setting('app.tenant') = 'it''s' AND\n\
         (SELECT pg_encoding_to_char(encoding) || datcollate FROM pg_database WHERE datname = current_database()) = 'UTF8C.UTF-8'; END $$;\n\
         SET search_path = nowhere; SET TimeZone = 'UTC';",
        Some("DROP TABLE by_hand.t;"),
    );
    project.revision(
        "b2",
        "a1",
        "DO $$ BEGIN ASSERT current_setting('TimeZone') = 'Asia/Kathmandu'; END $$; CREATE TABLE u ();",
        Some("DROP TABLE u;"),
    );
    project.on(&database, &["verify"]).exits(0);
}

#[test]
fn a_role_that_may_not_create_databases_is_told_so() {
    let (project, database) = (project(), Database::new("verifyrights"));
    let role = format!("{}_role", database.name());
    database.psql(&format!("CREATE ROLE {role} LOGIN"));
    project.revision("a1", "", "SELECT 1;", Some(""));
    let mut command = project.command(&["verify"]);
    let output = crate::project::Output::of(command.env("DATABASE_URL", database.url_as(&role)).output().unwrap());
    output.exits(6).says(&["may not create databases", "CREATEDB"]);
    database.psql(&format!("DROP ROLE {role}"));
}

#[test]
fn a_signal_leaves_no_shadow_behind() {
    let (project, database) = (project(), Database::new("verifysignal"));
    project.revision("a1", "", "SELECT pg_sleep(60), 'verify of a signal';", Some(""));
    let running = project.start(&database, &["verify"]);
    let here = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE query LIKE '%''verify of a signal''%' \
                AND datname ^@ 'pgkeel_shadow_' AND state = 'active')";
    database.wait_for(here);
    let shadow = database.psql("SELECT datname FROM pg_stat_activity WHERE query LIKE '%''verify of a signal''%' AND datname ^@ 'pgkeel_shadow_'");
    running.signal("-INT");
    assert_eq!(running.end().code, 130);
    assert_eq!(database.psql(&format!("SELECT count(*) FROM pg_database WHERE datname = '{}'", shadow.trim())), "0\n");
}

#[test]
fn what_a_killed_run_left_is_swept_and_nothing_else() {
    let (project, database) = (project(), Database::new("verifysweep"));
    project.revision("a1", "", "SELECT 1;", Some(""));
    let name = |kind: &str| format!("pgkeel_shadow_{}_{kind}", database.name());
    let old = r#"{"pgkeel":"shadow","host":"elsewhere","pid":1,"made":1000,"used":1000}"#;
    for kind in ["left", "young", "busy", "foreign"] {
        database.psql(&format!("CREATE DATABASE {} STRATEGY file_copy", name(kind)));
    }
    // Before it is marked: other tests sweep as well.
    let busy = r2d2_postgres::postgres::Client::connect(
        &database.url().replace(database.name(), &name("busy")),
        r2d2_postgres::postgres::NoTls,
    )
    .unwrap();
    for kind in ["left", "busy"] {
        database.psql(&format!("COMMENT ON DATABASE {} IS '{old}'", name(kind)));
    }
    let young = "format('{\"pgkeel\":\"shadow\",\"host\":\"elsewhere\",\"pid\":1,\"made\":%s,\"used\":1}', extract(epoch FROM now())::int)";
    database
        .psql(&format!("DO $$ BEGIN EXECUTE format('COMMENT ON DATABASE {} IS %L', {young}); END $$", name("young")));
    project.on(&database, &["verify"]).exits(0);
    let left = database.psql(&format!(
        "SELECT string_agg(right(datname, 4), ' ' ORDER BY datname) FROM pg_database WHERE datname ^@ '{}'",
        name("")
    ));
    assert_eq!(left, "busy eign oung\n");
    drop(busy);
    for kind in ["young", "busy", "foreign"] {
        database.psql(&format!("DROP DATABASE {} WITH (FORCE)", name(kind)));
    }
}

#[test]
fn what_was_made_and_not_marked_is_marked_by_the_next_run() {
    let (project, database) = (project(), Database::new("verifyclaim"));
    project.revision("a1", "", "SELECT 1;", Some(""));
    let name = format!("pgkeel_shadow_{:08x}_{}_7", std::process::id(), std::process::id());
    // As a run leaves it that is killed while the server creates it.
    database.psql(&format!("CREATE DATABASE {name} STRATEGY file_copy"));
    let comment = format!("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '{name}'");
    project.on(&database, &["verify"]).exits(0);
    let marker: serde_json::Value = serde_json::from_str(&database.psql(&comment)).unwrap();
    assert_eq!((&marker["pgkeel"], &marker["host"]), (&"shadow".into(), &"".into()), "{marker}");
    // Too old to be anybody's.
    database
        .psql(&format!("COMMENT ON DATABASE {name} IS '{}'", marker.to_string().replace("\"made\":1", "\"made\":")));
    project.on(&database, &["verify"]).exits(0);
    assert_eq!(database.psql(&comment), "");
}

#[test]
fn runs_at_once_do_not_meet() {
    let (project, database) = (project(), Database::new("verifyonce"));
    project.revision("a1", "", "CREATE TABLE t (id int); SELECT pg_sleep(0.1);", Some("DROP TABLE t;"));
    let all: Vec<_> = (0..4).map(|_| project.start(&database, &["verify"])).collect();
    for one in all {
        one.end().exits(0);
    }
}

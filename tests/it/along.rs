//! The last statement of a section goes in the message that ends its transaction: what is told and recorded must not show it.

use std::time::{Duration, Instant};

use crate::project::Project;
use crate::server::Database;

/// A project whose first revision makes `t`, and whose second is given.
fn second(up: &str) -> Project {
    let project = Project::new();
    project.revision("aaaa1", "", "CREATE TABLE t (a int CHECK (a > 0));", None);
    project.revision("aaaa2", "aaaa1", up, None);
    project
}

#[test]
fn what_the_last_statement_took_is_recorded() {
    let project = second("INSERT INTO t VALUES (1);\nINSERT INTO t SELECT 2 FROM pg_sleep(0.3);");
    let database = Database::new("took");
    let output = project.on(&database, &["up", "-v"]).exits(0);
    let times = "SELECT statements_done, statement_ms[1] < 300, statement_ms[2] >= 300, duration_ms >= statement_ms[2], \
                 duration_ms < statement_ms[2] + 250, cardinality(statement_ms) FROM pgkeel.history WHERE revision = 'aaaa2'";
    assert_eq!(database.psql(times), "2|t|t|t|t|2\n");
    assert!(output.stderr.contains("pg_sleep(0.3)"), "{}", output.stderr);
}

#[test]
fn an_error_without_a_place_is_the_statements_own() {
    let project = second("INSERT INTO t VALUES (1);\nINSERT INTO t VALUES (0);");
    let database = Database::new("own");
    project.on(&database, &["up"]).exits(1).says(&[
        "statement 2 of 2",
        "violates check constraint",
        "nothing of aaaa2 was kept",
        "INSERT INTO t VALUES (0)",
    ]);
    assert_eq!(database.psql("SELECT count(*) FROM t"), "0\n");
    assert_eq!(database.psql("SELECT version_num FROM alembic_version"), "aaaa1\n");
    assert_eq!(database.psql("SELECT revision, outcome FROM pgkeel.history ORDER BY id"), "aaaa1|done\naaaa2|failed\n");
}

#[test]
fn an_error_of_a_statement_that_only_writes_to_the_catalogs_is_its_own() {
    let project = second("CREATE TYPE mood AS ENUM ('a');\nCREATE TABLE t (b int);");
    let database = Database::new("catalogs");
    project.on(&database, &["up"]).exits(1).says(&[
        "statement 2 of 2",
        "\"t\" already exists",
        "CREATE TABLE t (b int)",
    ]);
    assert_eq!(database.psql("SELECT to_regtype('mood')"), "\n");
}

#[test]
fn an_error_of_the_records_is_not_the_statements() {
    for up in ["INSERT INTO t VALUES (1);", "CREATE TABLE u (a int);"] {
        let project = second(up);
        let database = Database::new("records");
        project.on(&database, &["upgrade", "aaaa1"]).exits(0);
        database.psql("ALTER TABLE pgkeel.history ADD CHECK (revision <> 'aaaa2')");
        let output = project.on(&database, &["up"]).exits(1).says(&["aaaa2 could not be recorded"]);
        assert!(!output.stderr.contains("aaaa2.sql"), "{}", output.stderr);
        assert_eq!(database.psql("SELECT count(*), to_regclass('u') FROM t"), "0|\n");
    }
}

#[test]
fn a_terminated_session_is_no_riddle() {
    ended("");
    ended("ledger = \"off\"");
}

fn ended(settings: &str) {
    let project = second("INSERT INTO t SELECT 1 FROM pg_sleep(30);");
    project.settings(settings);
    let database = Database::new("riddle");
    let run = std::thread::scope(|scope| {
        let run = scope.spawn(|| project.on(&database, &["up"]));
        let clock = Instant::now();
        let kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                    WHERE datname = current_database() AND query LIKE 'INSERT INTO t SELECT%' AND state = 'active'";
        while database.psql(kill).is_empty() {
            assert!(clock.elapsed() < Duration::from_secs(20));
            std::thread::sleep(Duration::from_millis(20));
        }
        run.join().unwrap()
    });
    // The driver passes on the server's last sentence only where it has read that before the connection's end.
    let output = run.exits(4).says(&["nothing of aaaa2 was kept"]);
    let sentences = ["terminating connection due to administrator command", "the connection was lost in aaaa2"];
    assert!(sentences.iter().any(|sentence| output.stderr.contains(sentence)), "{}", output.stderr);
    assert_eq!(database.psql("SELECT version_num FROM alembic_version"), "aaaa1\n");
}

#[test]
fn a_statement_that_ends_its_own_session_is_named() {
    let project = second("INSERT INTO t VALUES ((SELECT pg_terminate_backend(pg_backend_pid())::int));");
    let database = Database::new("itself");
    // What is read first, the server's last sentence or the end of the connection, is a matter of luck.
    for _ in 0..12 {
        project.on(&database, &["up"]).exits(4).says(&["aaaa2.sql:7", "INSERT INTO t", "nothing of aaaa2 was kept"]);
    }
    assert_eq!(database.psql("SELECT version_num FROM alembic_version"), "aaaa1\n");
}

#[test]
fn rules_that_answer_with_rows_change_nothing() {
    let project = second(
        "CREATE RULE tells AS ON INSERT TO t DO ALSO SELECT 't', 't', 't', '7' UNION ALL SELECT '1', '2', '3', '4';",
    );
    project.revision("aaaa3", "aaaa2", "INSERT INTO t VALUES (5);", None);
    project.revision("aaaa4", "aaaa3", "INSERT INTO t VALUES (6);", None);
    let database = Database::new("rules");
    project.on(&database, &["up"]).exits(0);
    assert_eq!(database.psql("SELECT sum(a) FROM t"), "11\n");
}

#[test]
fn what_an_event_trigger_leaves_in_the_session_does_not_reach_the_next_file() {
    let project = second(
        "CREATE FUNCTION leaves() RETURNS event_trigger LANGUAGE plpgsql AS \
         $$ BEGIN PERFORM set_config('work_mem', '123MB', false); END $$;\n\
         CREATE EVENT TRIGGER leaves ON ddl_command_end EXECUTE FUNCTION leaves();",
    );
    project.revision("aaaa3", "aaaa2", "CREATE TABLE u (a int);", None);
    project.revision("aaaa4", "aaaa3", "INSERT INTO t SELECT 1 WHERE current_setting('work_mem') <> '123MB';", None);
    let seen = "SELECT count(*) FROM t";
    let database = Database::new("leaves");
    project.on(&database, &["up"]).exits(0);
    assert_eq!(database.psql(seen), "1\n");
    // The same where the trigger is there already.
    let database = Database::new("left");
    project.on(&database, &["upgrade", "aaaa2"]).exits(0);
    project.on(&database, &["up"]).exits(0);
    assert_eq!(database.psql(seen), "1\n");
}

#[test]
fn a_cursor_does_not_keep_a_temporary_table() {
    let project = second(
        "CREATE TEMPORARY TABLE passing AS SELECT 1 AS a;\nDECLARE c CURSOR FOR SELECT * FROM passing;\nFETCH c;\n\
         INSERT INTO t SELECT a FROM passing;",
    );
    project.revision("aaaa3", "aaaa2", "CREATE TABLE passing (b int);\nINSERT INTO passing (b) VALUES (1);", None);
    let database = Database::new("cursor");
    project.on(&database, &["up"]).exits(0);
    assert_eq!(database.psql("SELECT b FROM public.passing"), "1\n");
}

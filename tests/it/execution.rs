//! How revisions are run: sessions, locks, signals, transactions, the version table.

use std::time::{Duration, Instant};

use crate::own_server::OwnServer;
use crate::project::{Output, Project, Running};
use crate::server::{Database, Server};

fn one(up: &str) -> Project {
    let project = Project::new();
    project.revision("aaaa1", "", up, None);
    project
}

fn history(database: &Database) -> String {
    database.psql("SELECT revision || ' ' || direction || ' ' || outcome FROM pgkeel.history ORDER BY id")
}

fn rows(database: &Database) -> String {
    database.psql("SELECT string_agg(version_num, ',' ORDER BY version_num) FROM alembic_version")
}

// Sessions

#[test]
fn role_defaults_change_nothing() {
    let project = Project::new();
    project.settings(&format!("schema = \"app\"\nextensions = [\"{}\"]", Server::main().extension()));
    project.revision("aaaa1", "", "CREATE TABLE t (a int);\nINSERT INTO t SELECT 1 FROM pg_sleep(0.05);", None);
    project.revision(
        "aaaa2",
        "aaaa1",
        "transaction=off\nCREATE INDEX CONCURRENTLY t_a ON t (a);\nINSERT INTO t SELECT 2 FROM pg_sleep(0.05);\n\
         DO $$ BEGIN COMMIT; CREATE TABLE app.level AS SELECT current_setting('transaction_isolation') AS it; END $$;\nVACUUM t;",
        None,
    );
    let database = Database::absent("defaults");
    let role = format!("r_{}", database.name());
    Server::main().admin(&format!(
        "CREATE ROLE {role} LOGIN SUPERUSER; ALTER ROLE {role} SET statement_timeout = '1ms';
         ALTER ROLE {role} SET lock_timeout = '1ms'; ALTER ROLE {role} SET default_transaction_read_only = on;
         ALTER ROLE {role} SET default_transaction_isolation = serializable; ALTER ROLE {role} SET row_security = off;
         ALTER ROLE {role} SET idle_in_transaction_session_timeout = '20ms';
         ALTER ROLE {role} SET search_path = pg_catalog, nowhere, public"
    ));
    for _ in 0..2 {
        let mut command = project.command(&["up", "--create"]);
        Output::of(command.env("DATABASE_URL", database.url_as(&role)).output().unwrap()).exits(0);
    }
    assert_eq!(
        database.psql("SELECT string_agg(a::text, ',' ORDER BY a), (SELECT it FROM app.level) FROM app.t"),
        "1,2|read committed\n"
    );
    drop(database);
    Server::main().admin(&format!("DROP ROLE {role}"));
}

#[test]
fn nothing_of_a_session_reaches_the_next_revision() {
    let database = Database::new("hygiene");
    let role = format!("other_{}", database.name());
    Server::main().admin(&format!("CREATE ROLE {role}"));
    database.psql(&format!("GRANT CREATE ON SCHEMA public TO {role}"));
    let project = one(&format!(
        "CREATE TABLE t AS SELECT 1 AS a;\nCREATE TEMP TABLE t AS SELECT 2 AS a;\nSET search_path = '';\n\
         SET work_mem = '1MB';\nPREPARE p AS SELECT 1;\nLISTEN x;\nSET statement_timeout = '1h';\nSET ROLE {role};\n\
         CREATE TABLE public.owned ();"
    ));
    project.revision(
        "aaaa2",
        "aaaa1",
        "CREATE TABLE seen AS SELECT a, current_user::text AS role, current_setting('work_mem') AS work_mem,
            (SELECT count(*) FROM pg_prepared_statements) AS prepared, (SELECT count(*) FROM pg_listening_channels()) AS heard
         FROM t",
        None,
    );
    project.on(&database, &["up"]).exits(0);
    assert_eq!(
        database.psql("SELECT seen.*, relowner::regrole FROM seen, pg_class WHERE relname = 'owned'"),
        format!("1|postgres|4MB|0|0|{role}\n")
    );
    assert_eq!(rows(&database), "aaaa2\n");
    let all = Database::new("hygiene1");
    all.psql(&format!("GRANT CREATE ON SCHEMA public TO {role}"));
    project.on(&all, &["up", "--single-transaction"]).exits(0);
    assert_eq!(all.psql("SELECT a, role, prepared FROM seen"), "1|postgres|0\n");
    for database in [&database, &all] {
        database.psql(&format!("DROP OWNED BY {role}"));
    }
    Server::main().admin(&format!("DROP ROLE {role}"));
}

#[test]
fn deferred_triggers_run_as_the_section_left_the_session() {
    let project = one(
        "CREATE SCHEMA app;\nSET search_path = app;\nCREATE TABLE log (a int);\nCREATE TABLE t (a int PRIMARY KEY);\n\
         CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log VALUES (NEW.a); RETURN NEW; END $$;\n\
         CREATE CONSTRAINT TRIGGER late AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note();\n\
         INSERT INTO t VALUES (7);",
    );
    let database = Database::new("deferred");
    project.on(&database, &["up"]).exits(0);
    assert_eq!(database.psql("SELECT a FROM app.log"), "7\n");
    project.revision(
        "aaaa2",
        "aaaa1",
        "CREATE TABLE app.child (a int REFERENCES app.t DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO app.child VALUES (99);",
        None,
    );
    project.on(&database, &["up"]).exits(1).says(&[
        "error[sql]: insert or update on table \"child\" violates foreign key constraint",
        "aaaa2.sql:7:1",
        "deferred to the end of the transaction",
        "nothing of aaaa2 was kept",
        "correct the file",
    ]);
    assert_eq!(rows(&database), "aaaa1\n");
    // A trigger's own error as well, and in a block of the file's own.
    let raises = "CREATE TABLE app.n (a int);\n\
         CREATE FUNCTION app.no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not so'; END $$;\n\
         CREATE CONSTRAINT TRIGGER no AFTER INSERT ON app.n DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION app.no();\n\
         INSERT INTO app.n VALUES (8);";
    for up in [raises.to_owned(), format!("transaction=off\nBEGIN;\n{raises}\nCOMMIT;\nSELECT 1;")] {
        project.revision("aaaa2", "aaaa1", &up, None);
        project.on(&database, &["up"]).exits(1).says(&["error[sql]: not so", "aaaa2.sql:7:1", "deferred to the end"]);
        assert_eq!(rows(&database), "aaaa1\n");
    }
}

// Locks

#[test]
fn a_locked_table_is_tried_again_until_it_is_free() {
    let database = Database::new("locked");
    let project = one("CREATE TABLE t (a int);");
    project.settings("lock_timeout = \"100ms\"");
    project.on(&database, &["up"]).exits(0);
    project.revision("aaaa2", "aaaa1", "CREATE TABLE before ();\nALTER TABLE t ADD COLUMN b int;", None);
    let mut other = database.session();
    other.batch_execute("BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE").unwrap();
    let pid: i32 = other.query_one("SELECT pg_backend_pid()", &[]).unwrap().get(0);

    // The server's deadlock_timeout is 1 s: below 1.5 s an autovacuum in the way would never be cancelled.
    let clock = Instant::now();
    let mut command = project.command(&["up"]);
    command.env("DATABASE_URL", database.url()).env("PGKEEL_RETRY_FOR", "200ms");
    let failed = Output::of(command.output().unwrap()).exits(5);
    assert!(clock.elapsed() >= Duration::from_millis(1500), "{:?}", clock.elapsed());
    failed.says(&["error[lock]", &format!("waiting for pid {pid}"), "nothing of aaaa2 was kept", "55P03"]);
    assert_eq!(database.psql("SELECT to_regclass('before') IS NULL"), "t\n");

    let run = project.start(&database, &["up"]);
    database.wait_for_session("wait_event_type = 'Lock'");
    database.wait_for_no_session("wait_event_type = 'Lock'");
    other.batch_execute("ROLLBACK").unwrap();
    run.end().exits(0).says(&["attempt 1 failed: canceling statement due to lock timeout"]);
    assert_eq!(history(&database), "aaaa1 upgrade done\naaaa2 upgrade failed\naaaa2 upgrade done\n");
}

#[test]
fn lock_timeout_has_a_floor_and_none_is_none() {
    for (setting, seen) in [("100ms", "1500ms"), ("7s", "7s"), ("0s", "0")] {
        let database = Database::new("timeouts");
        let project = one("CREATE TABLE seen AS SELECT current_setting('lock_timeout') AS it;");
        project.settings(&format!("lock_timeout = \"{setting}\"\nstatement_timeout = \"9s\""));
        project.revision(
            "aaaa2",
            "aaaa1",
            "transaction=off\nDO $$ BEGIN COMMIT; INSERT INTO seen SELECT current_setting('lock_timeout'); END $$;\n\
             INSERT INTO seen SELECT current_setting('statement_timeout');",
            None,
        );
        project.on(&database, &["up"]).exits(0);
        assert_eq!(database.psql("SELECT string_agg(it, ' ') FROM seen"), format!("{seen} 0 9s\n"));
    }
}

#[test]
fn validation_waits_as_long_as_it_takes() {
    let database = Database::new("validate");
    let project = one("CREATE TABLE t (a int);\nALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID;");
    project.settings("lock_timeout = \"100ms\"");
    project.on(&database, &["up"]).exits(0);
    project.revision(
        "aaaa2",
        "aaaa1",
        "ALTER TABLE t VALIDATE CONSTRAINT c;\nCREATE TABLE seen AS SELECT current_setting('lock_timeout') AS it;",
        None,
    );
    let mut other = database.session();
    // What a vacuum holds.
    other.batch_execute("BEGIN; LOCK TABLE t IN SHARE UPDATE EXCLUSIVE MODE").unwrap();
    let run = project.start(&database, &["up"]);
    database.wait_for_session("wait_event_type = 'Lock'");
    std::thread::sleep(Duration::from_millis(1700));
    other.batch_execute("ROLLBACK").unwrap();
    let output = run.end().exits(0).says(&["waiting for pid"]);
    assert!(!output.stderr.contains("attempt"), "{output:?}");
    assert_eq!(database.psql("SELECT it FROM seen"), "1500ms\n");
    let project = one("CREATE TABLE t (a int CHECK (a > 0));");
    project.revision("aaaa2", "aaaa1", "ALTER TABLE t VALIDATE CONSTRAINT nöpe;", None);
    project.on(&Database::new("validate1"), &["up"]).exits(1).says(&["aaaa2.sql:7:1", "constraint \"nöpe\""]);
}

#[test]
fn set_transaction_comes_before_any_query() {
    let database = Database::new("level");
    let level = "current_setting('transaction_isolation') AS it";
    let project = one(&format!("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;\nCREATE TABLE level AS SELECT {level};"));
    project.revision(
        "aaaa2",
        "aaaa1",
        &format!("transaction=off\nBEGIN;\nSET TRANSACTION ISOLATION LEVEL REPEATABLE READ;\nINSERT INTO level SELECT {level};\nCOMMIT;"),
        None,
    );
    project.on(&database, &["up"]).exits(0);
    assert_eq!(database.psql("SELECT string_agg(it, ',') FROM level"), "serializable,repeatable read\n");
    assert_eq!(database.psql("SELECT string_agg(statements_done::text, ',') FROM pgkeel.history"), "2,4\n");
    project.revision("aaaa3", "aaaa2", "SET TRANSACTION SNAPSHOT '00000003-0000001B-1';", None);
    project.on(&database, &["up"]).exits(1).says(&["aaaa3.sql:7:1", "nothing of aaaa3 was kept"]);
}

#[test]
fn a_deadlock_is_tried_again() {
    let database = Database::new("deadlock");
    let project = one("CREATE TABLE a (i int);\nCREATE TABLE b (i int);");
    project.on(&database, &["up"]).exits(0);
    project.revision(
        "aaaa2",
        "aaaa1",
        "LOCK TABLE a;\nSELECT pg_sleep(0.5);\nLOCK TABLE b;\nALTER TABLE a ADD j int;",
        None,
    );
    let mut other = database.session();
    other.batch_execute("BEGIN; SET deadlock_timeout = '10s'; LOCK TABLE b").unwrap();
    let run = project.start(&database, &["up"]);
    database.wait_for_session("query LIKE 'SELECT pg_sleep%'");
    other.batch_execute("LOCK TABLE a; COMMIT").unwrap();
    run.end().exits(0).says(&["deadlock detected", "rolled back, trying again"]);
    assert_eq!(history(&database), "aaaa1 upgrade done\naaaa2 upgrade done\n");
}

#[test]
fn the_version_table_is_not_waited_for_without_end() {
    let database = Database::new("rowlock");
    let project = one("CREATE TABLE t (a int);");
    project.on(&database, &["up"]).exits(0);
    project.revision("aaaa2", "aaaa1", "CREATE TABLE u ();", None);
    project.settings("lock_timeout = \"1s\"\nretry_for = \"100ms\"");
    let mut other = database.session();
    other.batch_execute("BEGIN; SELECT * FROM alembic_version FOR UPDATE").unwrap();
    project.on(&database, &["up"]).exits(5).says(&["nothing of aaaa2 was kept"]);
    // As Alembic would, without our lock: the rows are not those that were read.
    other.batch_execute("UPDATE alembic_version SET version_num = 'zzzz9'").unwrap();
    let run = project.start(&database, &["up"]);
    database.wait_for_session("wait_event_type = 'Lock'");
    other.batch_execute("COMMIT").unwrap();
    run.end().exits(1).says(&["error[version_table]", "somebody else changed them", "nothing of aaaa2 was kept"]);
    assert_eq!(database.psql("SELECT to_regclass('u') IS NULL, version_num FROM alembic_version"), "t|zzzz9\n");
}

// Signals

#[test]
fn signals_cancel_the_statement_and_roll_back() {
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        for body in [
            "CREATE TABLE t ();\nSELECT pg_sleep(30);",
            "transaction=off\nCREATE TABLE t ();\nDO $$ BEGIN COMMIT; PERFORM pg_sleep(30); END $$;",
        ] {
            let database = Database::new("signals");
            let project = one(body);
            let run = project.start(&database, &["up"]);
            database.wait_for_session("wait_event = 'PgSleep'");
            run.signal(signal);
            let clock = Instant::now();
            run.end().exits(code).says(&["help:"]);
            assert!(clock.elapsed() < Duration::from_secs(5));
            database.wait_for_no_session("application_name LIKE 'pgkeel%'");
            let kept = body.starts_with("transaction=off");
            assert_eq!(database.psql("SELECT to_regclass('t') IS NOT NULL"), if kept { "t\n" } else { "f\n" });
            assert_eq!(database.psql("SELECT to_regclass('alembic_version') IS NULL"), "t\n");
        }
    }
}

#[test]
fn signals_end_waiting() {
    let database = Database::new("waiting");
    let project = one("SELECT pg_sleep(30);");
    let first = project.start(&database, &["up"]);
    database.wait_for_session("wait_event = 'PgSleep'");
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let mut second = project.start(&database, &["up"]);
        second.hears("waiting for the lock");
        second.signal(signal);
        second.end().exits(code);
    }
    first.signal("-INT");
    first.signal("-INT");
    first.end().exits(130);
    let mut nowhere = project.command(&["up"]);
    nowhere.env("DATABASE_URL", "postgresql://postgres@127.0.0.1:1/x");
    let mut run = Running::of(nowhere.spawn().unwrap());
    run.hears("waiting:");
    run.signal("-INT");
    run.end().exits(130);
    // A question of ours that waits for a lock is cancelled, too.
    let database = Database::new("waiting2");
    database.psql("CREATE TABLE alembic_version (version_num varchar(32) NOT NULL PRIMARY KEY)");
    let mut other = database.session();
    other.batch_execute("BEGIN; LOCK TABLE alembic_version").unwrap();
    let run = project.start(&database, &["up"]);
    database.wait_for_session("wait_event_type = 'Lock'");
    run.signal("-TERM");
    run.end().exits(143);
}

// Transactions

#[test]
fn a_single_transaction_is_all_or_nothing() {
    let database = Database::new("single");
    let project = one("CREATE TABLE t (a int);");
    project.revision("aaaa2", "aaaa1", "INSERT INTO t VALUES (1);\nSELECT 1 / (SELECT 0);", None);
    let args = ["up", "--single-transaction"];
    project.on(&database, &args).exits(1).says(&["division by zero", "nothing of this run was kept"]);
    assert_eq!(database.psql("SELECT to_regclass('t') IS NULL, to_regclass('alembic_version') IS NULL"), "t|t\n");
    project.revision("aaaa2", "aaaa1", "INSERT INTO t VALUES (1);", None);
    project.on(&database, &args).exits(0);
    assert_eq!(database.psql("SELECT count(DISTINCT xmin::text) FROM pgkeel.history"), "1\n");
    assert_eq!(rows(&database), "aaaa2\n");
}

#[test]
fn a_single_transaction_is_tried_again_as_a_whole() {
    let database = Database::new("whole");
    let project = one("CREATE TABLE t (a int);");
    project.settings("lock_timeout = \"1s\"");
    project.revision("aaaa2", "aaaa1", "SELECT pg_advisory_xact_lock(42);\nINSERT INTO t VALUES (1);", None);
    let mut other = database.session();
    other.batch_execute("SELECT pg_advisory_lock(42)").unwrap();
    let run = project.start(&database, &["up", "--single-transaction"]);
    database.wait_for_session("wait_event_type = 'Lock'");
    database.wait_for_no_session("wait_event_type = 'Lock'");
    other.batch_execute("SELECT pg_advisory_unlock(42)").unwrap();
    run.end().exits(0).says(&["attempt 1 failed"]);
    assert_eq!(history(&database), "aaaa1 upgrade done\naaaa2 upgrade done\n");
    assert_eq!(database.psql("SELECT count(*) FROM t"), "1\n");
}

#[test]
fn bad_copy_data_is_an_error_of_its_statement() {
    for options in ["", "transaction=off\n"] {
        let database = Database::new("copy");
        let project = one(&format!("{options}CREATE TABLE t (a int);\nCOPY t FROM stdin;\n1\nx\n\\.\nSELECT 1;"));
        project.on(&database, &["up"]).exits(1).says(&["aaaa1.sql:7:1", "22P02", "COPY t, line 2"]);
        project.revision(
            "aaaa1",
            "",
            &format!("{options}CREATE TABLE t (a int);\nCOPY t FROM stdin;\n1\n2\n\\.\nSELECT 1;"),
            None,
        );
        project.on(&database, &["up"]).exits(0);
        assert_eq!(database.psql("SELECT count(*) FROM t"), "2\n");
    }
}

#[test]
fn what_does_not_fit_one_transaction_is_refused_before() {
    let database = Database::new("unfit");
    let project = one("CREATE TYPE mood AS ENUM ('sad');\nCREATE TABLE t (m mood);");
    project.revision("aaaa2", "aaaa1", "transaction=off\nVACUUM t;", None);
    let args = ["up", "--single-transaction"];
    project.on(&database, &args).exits(6).says(&["aaaa2.sql", "transaction=off", "nothing was run"]);
    project.revision("aaaa2", "aaaa1", "ALTER TYPE mood ADD VALUE 'ok';", None);
    project.revision("aaaa3", "aaaa2", "INSERT INTO t VALUES ('ok');", None);
    project.on(&database, &args).exits(6).says(&["aaaa2.sql", "aaaa3.sql", "ok"]);
    assert_eq!(database.psql("SELECT to_regclass('t') IS NULL"), "t\n");
    project.on(&database, &["up"]).exits(0);
    assert_eq!(rows(&database), "aaaa3\n");
}

#[test]
fn batches_do_the_same() {
    let (one_by_one, batched) = (Database::new("singly"), Database::new("batched"));
    let project =
        one("CREATE TABLE t (a int, b text);\n-- a comment; with a semicolon\nINSERT INTO t VALUES (1, 'x;');");
    project.revision("aaaa2", "aaaa1", "COPY t FROM stdin;\n2\ty\n3\tz\n\\.\nCREATE INDEX ON t (a);", None);
    project.on(&one_by_one, &["up"]).exits(0);
    project.settings("batch = true");
    project.on(&batched, &["up"]).exits(0);
    for database in [&one_by_one, &batched] {
        assert_eq!(database.psql("SELECT string_agg(a || b, ' ' ORDER BY a) FROM t"), "1x; 2y 3z\n");
    }
    assert_eq!(one_by_one.pg_dump_schema(), batched.pg_dump_schema());
    project.revision(
        "aaaa3",
        "aaaa2",
        "INSERT INTO t VALUES (4);\nSELECT 1 / (a - a) FROM t;\nSELECT 'ä', nope FROM t;",
        None,
    );
    project.on(&batched, &["up"]).exits(1).says(&["aaaa3.sql:", "division by zero", "nothing of aaaa3 was kept"]);
    project.revision("aaaa3", "aaaa2", "INSERT INTO t VALUES (4);\nSELECT 'ä', nope FROM t;", None);
    project.on(&batched, &["up"]).exits(1).says(&["aaaa3.sql:8:13", "nope"]);
    assert_eq!(rows(&batched), "aaaa2\n");
}

// The version table

#[test]
fn a_schema_that_goes_takes_its_version_table_along() {
    let project = Project::new();
    project.settings("version_table_schema = \"app\"");
    project.revision("aaaa1", "", "CREATE SCHEMA app;", Some("DROP SCHEMA app CASCADE;"));
    project.revision("aaaa2", "aaaa1", "CREATE TABLE app.t ();", Some("DROP SCHEMA app CASCADE;"));
    let database = Database::new("gone");
    project.on(&database, &["up"]).exits(0);
    // A row remains: the table is made again, with its schema.
    project.on(&database, &["downgrade", "-1"]).exits(0);
    assert_eq!(database.psql("SELECT version_num, to_regclass('app.t') IS NULL FROM app.alembic_version"), "aaaa1|t\n");
    project.on(&database, &["downgrade", "base"]).exits(0);
    assert_eq!(database.psql("SELECT to_regnamespace('app') IS NULL"), "t\n");
    project.on(&database, &["up"]).exits(0);
    project.revision("aaaa3", "aaaa2", "ALTER SCHEMA app RENAME TO moved;", None);
    project.on(&database, &["up"]).exits(6).says(&["renames or moves the version table", "nothing of aaaa3 was kept"]);
    assert_eq!(database.psql("SELECT version_num FROM app.alembic_version"), "aaaa2\n");
    let once = Database::new("goneonce");
    project.revision("aaaa3", "aaaa2", "SELECT 1;", Some(""));
    project.on(&once, &["up", "--single-transaction"]).exits(0);
    project.on(&once, &["downgrade", "base", "--single-transaction"]).exits(0);
    assert_eq!(once.psql("SELECT to_regnamespace('app') IS NULL"), "t\n");
}

#[test]
fn long_ids_widen_the_column() {
    let database = Database::new("long");
    let long = "a".repeat(50);
    let project = one("SELECT 1;");
    project.revision(&long, "aaaa1", "SELECT 1;", Some("SELECT 1;"));
    project.on(&database, &["up", "+1"]).exits(0);
    project.on(&database, &["up"]).exits(0);
    assert_eq!(rows(&database), format!("{long}\n"));
    assert_eq!(
        database.psql("SELECT atttypmod - 4 FROM pg_attribute WHERE attrelid = 'alembic_version'::regclass AND attname = 'version_num'"),
        "50\n"
    );
}

#[test]
fn a_version_table_that_cannot_be_trusted_is_refused() {
    let database = Database::new("untrusted");
    let project = one("CREATE TABLE t ();");
    project.on(&database, &["up"]).exits(0);
    let role = format!("weak_{}", database.name());
    Server::main().admin(&format!("CREATE ROLE {role} LOGIN"));
    let as_weak = |arguments: &[&str]| {
        let mut command = project.command(arguments);
        Output::of(command.env("DATABASE_URL", database.url_as(&role)).output().unwrap())
    };
    project.revision("aaaa2", "aaaa1", "SELECT 1;", None);
    as_weak(&["up"]).exits(6).says(&["error[version_table]", "may not read the version table public.alembic_version"]);
    // Rows that a policy hides are no "no rows".
    database.psql(&format!(
        "GRANT ALL ON alembic_version TO {role}; ALTER TABLE alembic_version ENABLE ROW LEVEL SECURITY"
    ));
    as_weak(&["up"]).exits(6).says(&["error[version_table]"]);
    as_weak(&["detect"]).exits(6);
    database.psql("ALTER TABLE alembic_version DISABLE ROW LEVEL SECURITY");
    as_weak(&["up"]).exits(6).says(&[
        "may not write the ledger",
        "let an administrator run: CREATE SCHEMA",
        "nothing was run",
    ]);
    database
        .psql(&format!("GRANT USAGE ON SCHEMA pgkeel TO {role}; GRANT ALL ON ALL TABLES IN SCHEMA pgkeel TO {role}"));
    as_weak(&["up"]).exits(0);
    database.psql(&format!("REVOKE INSERT ON alembic_version FROM {role}"));
    project.revision("aaaa3", "aaaa2", "SELECT 1;", None);
    as_weak(&["up"]).exits(6).says(&["may not write the version table", "GRANT"]);
    database.psql("CREATE SCHEMA other; CREATE TABLE other.alembic_version (version_num varchar(32) NOT NULL)");
    project.settings("schema = \"other\"");
    project.on(&database, &["up"]).exits(6).says(&["other.alembic_version", "public.alembic_version"]);
    database.psql(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
}

#[test]
fn a_table_of_that_name_without_its_column_is_none() {
    let database = Database::new("notone");
    database.psql("CREATE TABLE alembic_version (id int)");
    one("SELECT 1;").on(&database, &["up"]).exits(6).says(&["no column version_num"]);
    assert_eq!(database.psql("SELECT to_regnamespace('pgkeel') IS NULL"), "t\n");
}

#[test]
fn the_ledger_can_be_off_and_elsewhere() {
    let (off, elsewhere) = (Database::new("off"), Database::new("elsewhere"));
    let project = one("CREATE TABLE t (a int);");
    project.settings("ledger = \"off\"");
    project.revision("aaaa2", "aaaa1", "transaction=off\nCREATE INDEX CONCURRENTLY i ON t (a);", None);
    project.on(&off, &["up"]).exits(0);
    assert_eq!(off.psql("SELECT to_regnamespace('pgkeel') IS NULL"), "t\n");
    project.revision("aaaa3", "aaaa2", "transaction=off\nVACUUM t;\nVACUUM t;", None);
    project.on(&off, &["up"]).exits(6).says(&["several statements", "nothing was run"]);
    let project = one("CREATE TABLE t (a int);");
    project.settings("ledger_schema = \"my ledger\"\nversion_table = \"versions\"\nversion_table_schema = \"infra\"");
    project.on(&elsewhere, &["up"]).exits(0);
    assert_eq!(
        elsewhere.psql("SELECT count(*), (SELECT version_num FROM infra.versions) FROM \"my ledger\".history"),
        "1|aaaa1\n"
    );
}

// What is sent

#[test]
fn few_statements_are_sent_and_none_is_named() {
    let server = OwnServer::start(
        "sent",
        "log_statement = all\nlog_line_prefix = '%d '\nmax_locks_per_transaction = 10\nmax_connections = 20",
    );
    let database = Database::new_on(*server, "sent");
    let project = Project::new();
    for number in 1..=20 {
        let parent = if number == 1 { String::new() } else { format!("aaaa{:02}", number - 1) };
        project.revision(&format!("aaaa{number:02}"), &parent, &format!("CREATE TABLE t{number} ();"), None);
    }
    let sent = |run: &dyn Fn()| {
        let before = server.log().len();
        run();
        let log = server.log();
        let mark = format!("{} LOG:  ", database.name());
        let sent: Vec<String> =
            log[before..].lines().filter_map(|line| line.strip_prefix(&mark)).map(str::to_owned).collect();
        assert!(
            sent.iter().all(|line| line.starts_with("statement: ") || line.starts_with("execute <unnamed>")),
            "{sent:#?}"
        );
        sent.len()
    };
    let first = sent(&|| drop(project.on(&database, &["up"]).exits(0)));
    // Bootstrap, detection and lock, then three messages a revision: begin, the statement, the records.
    assert!(first <= 20 * 3 + 30, "{first}");
    let nothing = sent(&|| drop(project.on(&database, &["up"]).exits(0)));
    assert!(nothing <= 3, "{nothing}");
    // max_locks_per_transaction bounds one transaction for all.
    let many: String = (0..2000).map(|number| format!("CREATE TABLE m{number} ();\n")).collect();
    project.revision("bbbb", "aaaa20", &many, None);
    project.on(&database, &["up", "--single-transaction"]).exits(1).says(&["max_locks_per_transaction"]);
    assert_eq!(database.psql("SELECT to_regclass('m0') IS NULL"), "t\n");
}

#[test]
fn what_the_server_says_beside_goes_to_stderr() {
    let database = Database::new("notices");
    let project = one("DO $$ BEGIN RAISE NOTICE 'half of it'; RAISE WARNING 'look out' USING HINT = 'there'; END $$;");
    let output = project.on(&database, &["up", "--format", "json"]).exits(0);
    assert_eq!(output.json()["rows_after"][0], "aaaa1");
    // Only what the file's statements have said.
    let said: Vec<&str> = output.stderr.lines().filter(|line| !line.starts_with("upgrade")).collect();
    assert_eq!(said, ["notice: half of it", "warning: look out (there)"]);
    let quiet = project.on(&Database::new("quiet"), &["up", "-q"]).exits(0);
    assert_eq!(quiet.stderr, "");
}

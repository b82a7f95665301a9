//! Sections without a transaction that stopped half-way: what the next run makes of them.

use crate::own_server::OwnServer;
use crate::project::Project;
use crate::server::Database;

fn off(statements: &str) -> Project {
    let project = Project::new();
    project.revision("aaaa1", "", "CREATE TABLE t (a int);\nINSERT INTO t VALUES (1), (1);", Some("DROP TABLE t;"));
    write(&project, statements);
    project
}

fn write(project: &Project, statements: &str) {
    project.revision("aaaa2", "aaaa1", &format!("transaction=off\n{statements}"), Some("SELECT 1;"));
}

fn indexes(database: &Database) -> String {
    database.psql(
        "SELECT coalesce(string_agg(c.relname || CASE WHEN indisvalid THEN '' ELSE ' INVALID' END, ',' ORDER BY c.relname), '')
         FROM pg_index JOIN pg_class AS c ON c.oid = indexrelid WHERE indrelid = 't'::regclass",
    )
}

#[track_caller]
fn is_done(database: &Database) {
    assert_eq!(
        database.psql(
            "SELECT (SELECT version_num FROM alembic_version), (SELECT count(*) FROM pgkeel.journal),
                (SELECT count(*) FROM pgkeel.history WHERE revision = 'aaaa2' AND outcome = 'done')"
        ),
        "aaaa2|0|1\n"
    );
}

#[test]
fn a_corrected_section_goes_on_where_it_stopped() {
    let database = Database::new("correct");
    let five = |third: &str| {
        format!(
            "INSERT INTO t VALUES (10);\nCREATE INDEX CONCURRENTLY i ON t (a);\n{third};\nINSERT INTO t VALUES (40);\nVACUUM t;"
        )
    };
    let project = off(&five("INSERT INTO t VALUES ('x')"));
    project.on(&database, &["up"]).exits(1).says(&[
        "aaaa2.sql:9:23",
        "statement 3 of 5 of aaaa2",
        "2 of 5 statements of aaaa2 are done and stay",
        "correct the file from that statement on",
    ]);
    let detected = project.on(&database, &["detect", "--format", "json"]).exits(0).json();
    assert_eq!(detected["state"], "interrupted");
    assert_eq!(detected["interrupted"]["revision"], "aaaa2");
    assert_eq!(
        (detected["interrupted"]["statement"].as_u64(), detected["interrupted"]["of"].as_u64()),
        (Some(2), Some(5))
    );
    for refused in [&["downgrade", "base"][..], &["stamp", "aaaa1"], &["stamp", "aaaa2"]] {
        project.on(&database, refused).exits(6).says(&["error[interrupted]", "`pgkeel up`", "--force"]);
    }
    // What is done was done as the file was then.
    write(&project, &five("INSERT INTO t VALUES (30)").replace("(10)", "(11)"));
    project
        .on(&database, &["up"])
        .exits(6)
        .says(&["error[interrupted]", "statement 1 of the file is not what was run"]);
    write(&project, &format!("SELECT 1;\n{}", five("INSERT INTO t VALUES (30)")));
    project.on(&database, &["up"]).exits(6);
    write(&project, "INSERT INTO t VALUES (10);");
    project.on(&database, &["up"]).exits(6);
    // White space and comments apart from the statements may change.
    write(&project, &format!("-- corrected\n\n{}", five("INSERT INTO t VALUES (30)")));
    project.on(&database, &["up"]).exits(0).says(&["going on at statement 3 of 5"]);
    assert_eq!(database.psql("SELECT string_agg(a::text, ',' ORDER BY a) FROM t"), "1,1,10,30,40\n");
    is_done(&database);
}

#[test]
fn an_interrupted_way_back_goes_on_by_downgrade() {
    let database = Database::new("wayback");
    let project = off("CREATE TABLE u ();");
    project.on(&database, &["up"]).exits(0);
    let back = |last: &str| {
        format!("transaction=off\nSET work_mem = '1MB';\nBEGIN;\nDROP TABLE u;\nSELECT 1;\nCOMMIT;\n{last};")
    };
    project.revision("aaaa2", "aaaa1", "SELECT 1;", Some(&back("SELECT 1 / 0")));
    project.on(&database, &["downgrade", "-1"]).exits(1);
    let detected = project.on(&database, &["detect", "--format", "json"]).exits(0).json();
    assert_eq!(detected["state"], "interrupted");
    project.on(&database, &["up"]).exits(6).says(&["the downgrade of aaaa2 was interrupted", "pgkeel downgrade -1"]);
    project.revision("aaaa2", "aaaa1", "SELECT 1;", Some(&back("SELECT 1")));
    project.on(&database, &["downgrade", "-1"]).exits(0);
    assert_eq!(
        database.psql("SELECT version_num, (SELECT count(*) FROM pgkeel.journal) FROM alembic_version"),
        "aaaa1|0\n"
    );
}

#[test]
fn force_forgets_a_section_that_is_done_in_part() {
    let database = Database::new("force");
    let project = off("INSERT INTO t VALUES (10);\nSELECT 1 / 0;");
    project.on(&database, &["up"]).exits(1);
    project.on(&database, &["stamp", "--force", "aaaa2"]).exits(0);
    assert_eq!(
        database.psql("SELECT version_num, (SELECT count(*) FROM pgkeel.journal) FROM alembic_version"),
        "aaaa2|0\n"
    );
    project.on(&database, &["detect", "--format", "json"]).exits(0);
    let project = off("INSERT INTO t VALUES (10);\nSELECT 1 / 0;");
    let database = Database::new("force1");
    project.on(&database, &["up"]).exits(1);
    project.on(&database, &["downgrade", "base", "--force"]).exits(0);
    assert_eq!(database.psql("SELECT count(*) FROM pgkeel.journal"), "0\n");
}

#[test]
fn a_first_section_that_fails_is_interrupted_too() {
    let database = Database::new("firstoff");
    let project = Project::new();
    project.revision("aaaa1", "", "transaction=off\nSELECT 1 / 0;\nCREATE TABLE t ();", None);
    project.on(&database, &["up"]).exits(1).says(&["division by zero", "nothing of aaaa1 was kept"]);
    project.on(&database, &["up"]).exits(1);
    project.revision("aaaa1", "", "transaction=off\nCREATE TABLE t ();\nSELECT 1 / 0;", None);
    project.on(&database, &["up"]).exits(1).says(&["1 of 2 statements"]);
    assert_eq!(project.on(&database, &["detect", "--format", "json"]).exits(0).json()["state"], "interrupted");
    project.revision("aaaa1", "", "transaction=off\nCREATE TABLE t ();\nSELECT 1;", None);
    project.on(&database, &["up"]).exits(0);
}

#[test]
fn an_invalid_index_is_built_again() {
    for (name, index) in [("i", "i"), ("IF NOT EXISTS i", "i"), ("", "t_a_idx")] {
        let database = Database::new("invalid");
        let project = off(&format!("CREATE UNIQUE INDEX CONCURRENTLY {name} ON t (a);\nINSERT INTO t VALUES (5);"));
        project.on(&database, &["up"]).exits(1).says(&[
            "could not create unique index",
            "23505",
            &format!("an INVALID index was left: public.{index}; the next run drops it"),
        ]);
        assert_eq!(indexes(&database), format!("{index} INVALID\n"));
        database.psql("DELETE FROM t WHERE ctid IN (SELECT min(ctid) FROM t)");
        project.on(&database, &["up"]).exits(0).says(&["dropped the INVALID index"]);
        assert_eq!(indexes(&database), format!("{index}\n"));
        is_done(&database);
    }
}

#[test]
fn if_not_exists_hides_no_invalid_index() {
    let database = Database::new("hidden");
    let project = off("CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a);");
    project.on(&database, &["up", "aaaa1"]).exits(0);
    // Somebody's attempt by hand.
    let mut session = database.session();
    assert!(session.batch_execute("CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)").is_err());
    assert_eq!(indexes(&database), "i INVALID\n");
    project.on(&database, &["up"]).exits(0).says(&["dropped the INVALID index public.i"]);
    assert_eq!(indexes(&database), "i\n");
    is_done(&database);
}

#[test]
fn if_not_exists_hides_no_invalid_index_in_a_transaction() {
    let database = Database::new("hidden_tx");
    let project = off("SELECT 1;");
    project.on(&database, &["up", "aaaa1"]).exits(0);
    let mut session = database.session();
    assert!(session.batch_execute("CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)").is_err());
    project.revision("aaaa2", "aaaa1", "CREATE TABLE u ();\nCREATE INDEX IF NOT EXISTS i ON t (a);", None);
    let refused = ["aaaa2.sql:8:1", "INVALID", "nothing of aaaa2 was kept"];
    project.on(&database, &["up"]).exits(1).says(&refused);
    project.settings("batch = true");
    project.on(&database, &["up"]).exits(1).says(&refused);
    assert_eq!(database.psql("SELECT to_regclass('u') IS NULL"), "t\n");
    database.psql("DROP INDEX i");
    project.on(&database, &["up"]).exits(0);
    assert_eq!(indexes(&database), "i\n");
}

#[test]
fn a_serializable_block_is_tried_again() {
    let database = Database::new("serial");
    let project = off(
        "BEGIN ISOLATION LEVEL SERIALIZABLE;\nSELECT a FROM t;\nSELECT pg_sleep(1);\nUPDATE t SET a = a + 10;\nCOMMIT;",
    );
    project.on(&database, &["up", "aaaa1"]).exits(0);
    let run = project.start(&database, &["up"]);
    database.wait_for_session("wait_event = 'PgSleep'");
    database.psql("UPDATE t SET a = a + 100");
    run.end().exits(0).says(&["could not serialize access", "trying again"]);
    assert_eq!(database.psql("SELECT DISTINCT a FROM t"), "111\n");
    is_done(&database);
}

/// Holds a statement up by an open transaction, kills the client meanwhile, and runs `up` again.
fn killed_while_it_waits(database: &Database, project: &Project, blocker: &str) -> crate::project::Output {
    let mut other = database.session();
    other.batch_execute(blocker).unwrap();
    let run = project.start(database, &["up"]);
    database.wait_for_session("wait_event_type = 'Lock' AND wait_event = 'virtualxid'");
    run.signal("-KILL");
    run.end();
    let again = project.start(database, &["up"]);
    // The backend of the killed client has to go first.
    database.wait_for_no_session("wait_event_type = 'Lock' AND wait_event = 'virtualxid'");
    other.batch_execute("ROLLBACK").unwrap();
    again.end()
}

const OLD_SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM t";

#[test]
fn an_interrupted_create_index_is_built_again() {
    let database = Database::new("create");
    let project = off("CREATE INDEX CONCURRENTLY ON t (a);\nCREATE INDEX CONCURRENTLY i ON t (a);");
    project.on(&database, &["up", "aaaa1"]).exits(0);
    killed_while_it_waits(&database, &project, OLD_SNAPSHOT).exits(0);
    assert_eq!(indexes(&database), "i,t_a_idx\n");
    is_done(&database);
}

#[test]
fn an_interrupted_drop_index_is_finished() {
    let database = Database::new("drop");
    let project = off("DROP INDEX CONCURRENTLY public.i;\nINSERT INTO t VALUES (5);");
    project.on(&database, &["up", "aaaa1"]).exits(0);
    database.psql("CREATE INDEX i ON t (a)");
    killed_while_it_waits(&database, &project, OLD_SNAPSHOT).exits(0);
    assert_eq!(indexes(&database), "\n");
    is_done(&database);
}

#[test]
fn an_interrupted_reindex_leaves_nothing_behind() {
    let database = Database::new("reindex");
    let project = off("REINDEX TABLE CONCURRENTLY t;");
    project.on(&database, &["up", "aaaa1"]).exits(0);
    database.psql("CREATE INDEX i ON t (a)");
    killed_while_it_waits(&database, &project, OLD_SNAPSHOT)
        .exits(0)
        .says(&["dropped the INVALID index public.i_ccnew"]);
    assert_eq!(indexes(&database), "i\n");
    is_done(&database);
}

#[test]
fn what_others_have_left_of_a_reindex_stays() {
    let database = Database::new("reindex_own");
    let project = off("REINDEX INDEX CONCURRENTLY i;");
    project.on(&database, &["up", "aaaa1"]).exits(0);
    database.psql("CREATE INDEX i ON t (a); CREATE INDEX j ON t (a); CREATE TABLE o (a int)");
    let mut other = database.session();
    other.batch_execute(OLD_SNAPSHOT).unwrap();
    let run = project.start(&database, &["up"]);
    database.wait_for_session("wait_event_type = 'Lock' AND wait_event = 'virtualxid'");
    run.signal("-KILL");
    run.end();
    database.wait_for_no_session("wait_event_type = 'Lock' AND wait_event = 'virtualxid'");
    // Somebody else's, since then.
    database.psql(
        "CREATE INDEX j_ccnew ON t (a); CREATE INDEX o_ccnew ON o (a);
         UPDATE pg_index SET indisvalid = false WHERE indexrelid IN ('j_ccnew'::regclass, 'o_ccnew'::regclass)",
    );
    other.batch_execute("ROLLBACK").unwrap();
    project.on(&database, &["up"]).exits(0).says(&["dropped the INVALID index public.i_ccnew"]);
    assert_eq!(indexes(&database), "i,j,j_ccnew INVALID\n");
    assert_eq!(database.psql("SELECT to_regclass('o_ccnew')"), "o_ccnew\n");
    is_done(&database);
}

#[test]
fn an_interrupted_detach_is_finalized() {
    let database = Database::new("detach");
    let project = off("ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY;\nINSERT INTO t VALUES (5);");
    project.on(&database, &["up", "aaaa1"]).exits(0);
    database.psql("CREATE TABLE p (a int) PARTITION BY LIST (a); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1)");
    killed_while_it_waits(&database, &project, "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM p")
        .exits(0);
    assert_eq!(database.psql("SELECT count(*) FROM pg_inherits WHERE inhparent = 'p'::regclass"), "0\n");
    is_done(&database);
}

#[test]
fn blocks_copies_and_calls_run_as_under_psql() {
    let database = Database::new("blocks");
    let project = off(
        "CREATE PROCEDURE two() LANGUAGE plpgsql AS $$ BEGIN INSERT INTO t VALUES (20); COMMIT; INSERT INTO t VALUES (21); END $$;\n\
         CALL two();\n\
         DO $$ BEGIN FOR i IN 30..32 LOOP INSERT INTO t VALUES (i); COMMIT; END LOOP; END $$;\n\
         BEGIN;\nINSERT INTO t VALUES (40);\nROLLBACK;\n\
         BEGIN ISOLATION LEVEL SERIALIZABLE;\nINSERT INTO t VALUES (50);\nCOMMIT AND CHAIN;\nINSERT INTO t VALUES (51);\nCOMMIT;\n\
         COPY t FROM stdin;\n60\n61\n\\.\n\
         VACUUM (ANALYZE) t;\n\
         START TRANSACTION;\nSAVEPOINT s;\nINSERT INTO t VALUES (70);\nROLLBACK TO s;\nEND;",
    );
    project.on(&database, &["up"]).exits(0);
    assert_eq!(
        database.psql("SELECT string_agg(a::text, ',' ORDER BY a) FROM t WHERE a > 1"),
        "20,21,30,31,32,50,51,60,61\n"
    );
    is_done(&database);
}

#[test]
fn what_a_failing_call_has_committed_is_not_denied() {
    let database = Database::new("part");
    let project = off("DO $$ BEGIN INSERT INTO t VALUES (5); COMMIT; PERFORM 1 / 0; END $$;");
    project.on(&database, &["up"]).exits(1).says(&[
        "division by zero",
        "0 of 1 statements of aaaa2 are done and stay, and so does what the one that failed had committed itself",
    ]);
    assert_eq!(database.psql("SELECT count(*) FROM t WHERE a = 5"), "1\n");
    write(&project, "DO $$ BEGIN INSERT INTO t VALUES (6); COMMIT; END $$;");
    project.on(&database, &["up"]).exits(0);
    is_done(&database);
}

#[test]
fn a_failing_block_is_one_unit() {
    let database = Database::new("unit");
    let body = |last: &str| {
        format!(
            "INSERT INTO t VALUES (5);\nBEGIN;\nINSERT INTO t VALUES (6);\nCOMMIT AND CHAIN;\nINSERT INTO t VALUES (7);\nINSERT INTO t VALUES ({last});\nCOMMIT;"
        )
    };
    let project = off(&body("'x'"));
    project.on(&database, &["up"]).exits(1).says(&["statement 6 of 7", "4 of 7 statements of aaaa2 are done"]);
    assert_eq!(database.psql("SELECT string_agg(a::text, ',' ORDER BY a) FROM t"), "1,1,5,6\n");
    write(&project, &body("8"));
    project.on(&database, &["up"]).exits(0);
    assert_eq!(database.psql("SELECT string_agg(a::text, ',' ORDER BY a) FROM t"), "1,1,5,6,7,8\n");
    is_done(&database);
}

#[test]
fn settings_are_made_again() {
    let database = Database::new("settings");
    let body = |value: &str| {
        format!(
            "SET search_path = app, public;\nSET lock_timeout = '17s';\nBEGIN;\nSET work_mem = '7MB';\nCOMMIT;\n\
             BEGIN;\nSET work_mem = '9MB';\nROLLBACK;\nINSERT INTO t VALUES ({value});\n\
             CREATE TABLE seen AS SELECT current_setting('lock_timeout') || current_setting('work_mem') AS it;\nRESET search_path;"
        )
    };
    let project = off(&body("'x'"));
    project.on(&database, &["up", "aaaa1"]).exits(0);
    database.psql("CREATE SCHEMA app");
    project.on(&database, &["up"]).exits(1);
    write(&project, &body("5"));
    project.on(&database, &["up"]).exits(0);
    assert_eq!(database.psql("SELECT it FROM app.seen"), "17s7MB\n");
    is_done(&database);
    let again = Database::new("settings1");
    project.on(&again, &["up", "aaaa1"]).exits(0);
    again.psql("CREATE SCHEMA app");
    project.on(&again, &["up"]).exits(0);
    assert_eq!(again.psql("SELECT it FROM app.seen"), "17s7MB\n");
}

#[test]
fn a_prepared_transaction_outlives_the_run() {
    let server = OwnServer::start("prepared", "max_prepared_transactions = 4");
    let database = Database::new_on(*server, "prepared");
    let project =
        off("BEGIN;\nINSERT INTO t VALUES (5);\nPREPARE TRANSACTION 'one';\nSELECT 1 / 0;\nCOMMIT PREPARED 'one';");
    project.on(&database, &["up"]).exits(1).says(&["statement 4 of 5"]);
    assert_eq!(database.psql("SELECT gid FROM pg_prepared_xacts"), "one\n");
    write(&project, "BEGIN;\nINSERT INTO t VALUES (5);\nPREPARE TRANSACTION 'one';\nSELECT 1;\nCOMMIT PREPARED 'one';");
    project.on(&database, &["up"]).exits(0);
    assert_eq!(database.psql("SELECT count(*), (SELECT count(*) FROM pg_prepared_xacts) FROM t WHERE a = 5"), "1|0\n");
    is_done(&database);
}

#[test]
fn an_index_of_the_name_on_another_table_is_not_taken_for_ours() {
    let (project, database) = (Project::new(), Database::new("taken"));
    project.revision("aaaa1", "", "CREATE TABLE t (a int);", None);
    project.revision("aaaa2", "aaaa1", "transaction=off\nCREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a);", None);
    project.on(&database, &["upgrade", "aaaa1"]).exits(0);
    database.psql("CREATE TABLE o (a int); CREATE INDEX i ON o (a)");
    project.on(&database, &["upgrade"]).exits(1).says(&["the index was not made", "migrations/aaaa2.sql"]);
    database.psql("DROP INDEX i");
    project.on(&database, &["upgrade"]).exits(0);
    assert_eq!(database.psql("SELECT indrelid::regclass FROM pg_index WHERE indexrelid = 'i'::regclass"), "t\n");
}

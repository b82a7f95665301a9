//! Kills, lost connections and crashes at any moment: `up` afterwards leaves everything there exactly once.

use std::time::{Duration, Instant, SystemTime};

use crate::own_server::OwnServer;
use crate::project::{Output, Project, Running};
use crate::server::Database;

/// Revisions of all kinds, in which every statement takes long enough to be killed in.
fn slow() -> Project {
    let project = Project::new();
    project.revision(
        "aaaa1",
        "",
        "CREATE TABLE log (k int);\n\
         CREATE FUNCTION slow(k int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.02); RETURN k; END $$;\n\
         CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.01); RETURN NEW; END $$;\n\
         CREATE CONSTRAINT TRIGGER late AFTER INSERT ON log DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION late();\n\
         CREATE TABLE part (k int) PARTITION BY LIST (k);\nCREATE TABLE part_1 PARTITION OF part FOR VALUES IN (1);",
        None,
    );
    project.revision(
        "aaaa2",
        "aaaa1",
        "INSERT INTO log SELECT 1;\nSELECT pg_sleep(0.05);\nINSERT INTO log SELECT 2;",
        None,
    );
    project.revision(
        "aaaa3",
        "aaaa2",
        "transaction=off\n\
         INSERT INTO log SELECT 3 FROM pg_sleep(0.05);\n\
         CREATE INDEX CONCURRENTLY log_k ON log (slow(k));\n\
         BEGIN;\nINSERT INTO log VALUES (4);\nSELECT pg_sleep(0.05);\nSET work_mem = '3MB';\nINSERT INTO log VALUES (5);\nCOMMIT;\n\
         CREATE INDEX CONCURRENTLY ON log (slow(k + 1));\n\
         DO $$ BEGIN INSERT INTO log VALUES (6); PERFORM pg_sleep(0.05); END $$;\n\
         SET maintenance_work_mem = '5MB';\n\
         REINDEX INDEX CONCURRENTLY log_k;\n\
         INSERT INTO log SELECT 7 WHERE current_setting('work_mem') = '3MB' AND current_setting('maintenance_work_mem') = '5MB';\n\
         CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS log_u ON log (slow(k - 1));\n\
         BEGIN;\nINSERT INTO log VALUES (99);\nSELECT pg_sleep(0.02);\nROLLBACK;\n\
         ALTER TABLE part DETACH PARTITION part_1 CONCURRENTLY;\n\
         DROP INDEX CONCURRENTLY log_k;\n\
         VACUUM log;\n\
         COPY log FROM stdin;\n8\n\\.\n",
        None,
    );
    project.revision("aaaa4", "aaaa3", "CREATE INDEX log_k ON log (slow(k));\nINSERT INTO log SELECT 9;", None);
    project
}

#[track_caller]
fn is_there_once(database: &Database, seed: u64) {
    assert_eq!(
        database.psql("SELECT string_agg(k::text, ',' ORDER BY k) FROM log"),
        "1,2,3,4,5,6,7,8,9\n",
        "seed {seed}, {}",
        database.url()
    );
    assert_eq!(
        database.psql(
            "SELECT (SELECT string_agg(indexrelid::regclass || CASE WHEN indisvalid AND indisready THEN '' ELSE ' INVALID' END, ',' ORDER BY 1)
                     FROM (SELECT * FROM pg_index WHERE indrelid = 'log'::regclass ORDER BY indexrelid::regclass::text) AS i),
                (SELECT count(*) FROM pgkeel.journal), (SELECT count(*) FROM pg_inherits WHERE inhparent = 'part'::regclass),
                (SELECT string_agg(version_num, ',') FROM alembic_version),
                (SELECT string_agg(revision, ',' ORDER BY id) FROM pgkeel.history WHERE outcome = 'done')"
        ),
        "log_k,log_slow_idx,log_u|0|0|aaaa4|aaaa1,aaaa2,aaaa3,aaaa4\n",
        "seed {seed}"
    );
}

/// A small generator: the same seed gives the same delays.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

fn seed() -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    std::env::var("PGKEEL_TEST_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(u64::from(now.subsec_nanos()))
}

/// Disturbs runs of `up` after random delays until one succeeds. Returns how many were disturbed.
fn disturb(project: &Project, database: &Database, seed: u64, act: &mut dyn FnMut(&mut Random, &Running)) -> u32 {
    let mut random = Random(seed);
    let mut disturbed = 0;
    loop {
        let mut run = project.start(database, &["up"]);
        if disturbed < 12 {
            let end = Instant::now() + Duration::from_millis(random.below(450));
            while Instant::now() < end && !run.has_ended() {
                std::thread::sleep(Duration::from_millis(5));
            }
            if !run.has_ended() {
                act(&mut random, &run);
                disturbed += 1;
            }
        }
        let output = run.end();
        if output.code == 0 {
            return disturbed;
        }
        // Killed, not reached, lock lost, told to stop.
        assert!([-1, 4, 5, 130, 143].contains(&output.code), "seed {seed}: {output:#?}");
        assert!(disturbed <= 12 && !output.stderr.contains("panicked"), "seed {seed}: {output:#?}");
    }
}

fn killed_again_and_again(number: u64) {
    let (project, database) = (slow(), Database::new("killed"));
    let seed = seed() + number;
    let kills = disturb(&project, &database, seed, &mut |_, run| run.signal("-KILL"));
    assert!(kills > 3, "seed {seed}: only {kills} runs were killed");
    is_there_once(&database, seed);
}

#[test]
fn kills_of_the_client_leave_everything_once() {
    killed_again_and_again(0);
}

#[test]
fn more_kills_of_the_client_leave_everything_once() {
    killed_again_and_again(1);
}

#[test]
fn still_more_kills_of_the_client_leave_everything_once() {
    killed_again_and_again(2);
}

#[test]
fn signals_at_any_moment_leave_everything_once() {
    let (project, database) = (slow(), Database::new("stopped"));
    let seed = seed();
    let mut interrupted = 0;
    disturb(&project, &database, seed, &mut |random, run| {
        interrupted += 1;
        run.signal(if random.below(2) == 0 { "-INT" } else { "-TERM" });
    });
    assert!(interrupted > 3, "seed {seed}: only {interrupted} runs were interrupted");
    is_there_once(&database, seed);
    assert_eq!(
        database.psql("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'pgkeel%'"),
        "0\n"
    );
}

#[test]
fn kills_among_waiting_runs_leave_everything_once() {
    let (project, database) = (slow(), Database::new("among"));
    let seed = seed();
    let mut random = Random(seed);
    let mut runs: Vec<Running> = (0..4).map(|_| project.start(&database, &["up"])).collect();
    for _ in 0..12 {
        std::thread::sleep(Duration::from_millis(random.below(200)));
        let run = runs.swap_remove(usize::try_from(random.below(4)).unwrap());
        run.signal("-KILL");
        run.end();
        runs.push(project.start(&database, &["up"]));
    }
    for run in runs {
        let output = run.end();
        assert_eq!(output.code, 0, "seed {seed}: {output:#?}");
    }
    is_there_once(&database, seed);
}

#[test]
fn ended_sessions_leave_everything_once() {
    let (project, database) = (slow(), Database::new("ended"));
    let seed = seed();
    disturb(&project, &database, seed, &mut |random, _| {
        let whom = ["= 'pgkeel'", "= 'pgkeel lock'", "LIKE 'pgkeel%'"][usize::try_from(random.below(3)).unwrap()];
        database.psql(&format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name {whom}"
        ));
    });
    is_there_once(&database, seed);
}

#[test]
fn crashes_of_the_server_leave_everything_once() {
    let server = OwnServer::start("crash", "");
    let (project, database) = (slow(), Database::new_on(*server, "crash"));
    let seed = seed();
    let mut crashes = 0;
    disturb(&project, &database, seed, &mut |_, run| {
        crashes += 1;
        if crashes < 6 { server.crash_and_restart() } else { run.signal("-KILL") }
    });
    is_there_once(&database, seed);
}

#[test]
fn a_lost_connection_says_what_is_known() {
    let database = Database::new("lost");
    let project = Project::new();
    project.revision("aaaa1", "", "CREATE TABLE t ();\nSELECT pg_sleep(30);", None);
    project.revision("aaaa2", "aaaa1", "CREATE TABLE u ();", None);
    let run = project.start(&database, &["up"]);
    database.wait_for_session("wait_event = 'PgSleep'");
    database.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()");
    run.end().exits(4).says(&["error[connection]", "nothing of aaaa1 was kept", "help:"]);
    assert_eq!(database.psql("SELECT to_regclass('t') IS NULL"), "t\n");
    // The step at hand proved the lock when it began, and nobody else can begin while its transaction is open.
    project.revision(
        "aaaa1",
        "",
        "CREATE TABLE t ();\nSELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
         WHERE datname = current_database() AND application_name = 'pgkeel lock';",
        None,
    );
    project.on(&database, &["up"]).exits(5).says(&["error[lock]", "the lock of this run was lost before aaaa2"]);
    assert_eq!(database.psql("SELECT version_num FROM alembic_version"), "aaaa1\n");
    project.on(&database, &["up"]).exits(0);
}

#[test]
fn a_killed_runs_statement_is_waited_for() {
    let database = Database::new("atwork");
    let project = Project::new();
    project.revision("aaaa1", "", "CREATE TABLE t AS SELECT 1 AS a;\nSELECT pg_sleep(3);", None);
    let run = project.start(&database, &["up"]);
    database.wait_for_session("wait_event = 'PgSleep'");
    run.signal("-KILL");
    project.revision("aaaa1", "", "CREATE TABLE t AS SELECT 1 AS a;", None);
    project.on(&database, &["up"]).exits(0).says(&["waiting for a statement of a killed run to end"]);
    assert_eq!(database.psql("SELECT count(*) FROM t"), "1\n");
    run.end();
}

#[test]
fn a_statement_whose_end_nobody_saw_needs_a_word() {
    for (word, count) in [("again", "2"), ("done", "1")] {
        let database = Database::new("word");
        let project = Project::new();
        project.revision(
            "aaaa1",
            "",
            "transaction=off\nCREATE TABLE t (a int);\nDO $$ BEGIN INSERT INTO t VALUES (1); COMMIT; PERFORM pg_sleep(0.6); END $$;",
            None,
        );
        let run = project.start(&database, &["up"]);
        database.wait_for_session("wait_event = 'PgSleep'");
        run.signal("-KILL");
        run.end();
        let refused = project.on(&database, &["up"]).exits(6);
        refused.says(&["error[interrupted]", "aaaa1.sql:7:1", "--interrupted done", "--interrupted again"]);
        project.on(&database, &["up", "--interrupted", word]).exits(0);
        assert_eq!(
            database.psql("SELECT count(*), (SELECT count(*) FROM pgkeel.journal) FROM t"),
            format!("{count}|0\n")
        );
    }
}

#[test]
fn a_server_that_comes_late_is_waited_for() {
    let project = Project::new();
    let server = OwnServer::start("late", "");
    project.revision("aaaa1", "", "CREATE TABLE t ();", None);
    let database = Database::new_on(*server, "late");
    server.control("stop");
    let run = project.start(&database, &["up"]);
    std::thread::sleep(Duration::from_millis(500));
    server.control("start");
    let output: Output = run.end();
    output.exits(0).says(&["waiting:"]);
}

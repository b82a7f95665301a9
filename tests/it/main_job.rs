//! The main job: from nothing to the newest revision, again, and back.

use crate::project::Project;
use crate::server::{Database, Server};

/// Three revisions, one of them without a transaction.
fn small() -> Project {
    let project = Project::new();
    project.revision("aaaa1111", "", "CREATE TABLE t (a int);", Some("DROP TABLE t;"));
    project.revision("bbbb2222", "aaaa1111", "INSERT INTO t SELECT generate_series(1, 10);", Some("DELETE FROM t;"));
    project.revision(
        "cccc3333",
        "bbbb2222",
        "transaction=off\nCREATE INDEX CONCURRENTLY t_a ON t (a);",
        Some("transaction=off\nDROP INDEX CONCURRENTLY t_a;"),
    );
    project
}

#[test]
fn from_nothing_to_head_and_again() {
    let (project, database) = (small(), Database::absent("main"));
    let first = project.on(&database, &["up", "--format", "json"]).exits(0).json();
    let steps: Vec<&str> =
        first["steps"].as_array().unwrap().iter().map(|it| it["revision"].as_str().unwrap()).collect();
    assert_eq!(steps, ["aaaa1111", "bbbb2222", "cccc3333"]);
    assert_eq!(first["rows_after"][0], "cccc3333");
    assert_eq!(first["bootstrap"][0]["status"], "created");
    assert_eq!(
        database.psql("SELECT count(*), (SELECT indisvalid FROM pg_index WHERE indexrelid = 't_a'::regclass) FROM t"),
        "10|t\n"
    );
    let before = database.psql("SELECT max(oid) FROM pg_class");
    let again = project.on(&database, &["up"]).exits(0);
    assert!(again.stdout.contains("nothing to do: the database is at cccc3333 (head)"), "{again:?}");
    assert_eq!(database.psql("SELECT max(oid) FROM pg_class"), before);
    project.on(&database, &["downgrade", "base"]).exits(0);
    assert_eq!(database.psql("SELECT count(*) FROM pg_class WHERE relname = 't'"), "0\n");
    assert_eq!(project.on(&database, &["detect", "--format", "json"]).json()["state"], "fresh");
    project.on(&database, &["up"]).exits(0);
}

#[test]
fn alembic_reads_what_was_written() {
    let (project, database) = (small(), Database::new("alembic"));
    project.on(&database, &["upgrade", "+2"]).exits(0);
    assert_eq!(database.psql("SELECT version_num FROM alembic_version"), "bbbb2222\n");
    assert_eq!(
        database.psql("SELECT conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'alembic_version'::regclass AND contype = 'p'"),
        "alembic_version_pkc PRIMARY KEY (version_num)\n"
    );
    assert_eq!(
        database.psql("SELECT revision || ' ' || outcome || ' ' || statements_done FROM pgkeel.history ORDER BY id"),
        "aaaa1111 done 1\nbbbb2222 done 1\n"
    );
    // As Alembic would after a downgrade of its own.
    database.psql("DELETE FROM t; UPDATE alembic_version SET version_num = 'aaaa1111'");
    project.on(&database, &["up"]).exits(0);
    assert_eq!(database.psql("SELECT count(*) FROM t"), "10\n");
}

#[test]
fn a_failing_statement_is_placed_and_nothing_is_kept() {
    let (project, database) = (small(), Database::new("failing"));
    project.revision(
        "dddd4444",
        "cccc3333",
        "CREATE TABLE u (a int);\nINSERT INTO u VALUES (1);\nSELECT 'ä', x FROM u;",
        None,
    );
    let output = project.on(&database, &["up"]).exits(1).says(&[
        "error[sql]: column \"x\" does not exist (42703)",
        "migrations/dddd4444.sql:9:13",
        "SELECT 'ä', x FROM u;",
        "statement 3 of 3 of dddd4444",
        "nothing of dddd4444 was kept",
        "the database is at cccc3333",
        "help:",
    ]);
    assert!(output.stdout.is_empty(), "{output:?}");
    assert_eq!(
        database.psql("SELECT to_regclass('u') IS NULL, (SELECT version_num FROM alembic_version)"),
        "t|cccc3333\n"
    );
    let json = project.on(&database, &["up", "--format", "json"]).exits(1).json();
    assert_eq!((json["error"]["line"].as_u64(), json["error"]["column"].as_u64()), (Some(9), Some(13)));
    assert_eq!(json["error"]["sqlstate"], "42703");
    assert_eq!(json["rows_after"][0], "cccc3333");
}

#[test]
fn the_sample_application_goes_up_and_back() {
    let Some(server) = Server::with_vector() else { return };
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let run = |database: &Database, arguments: &[&str]| {
        let mut command = Project::new().command(arguments);
        command.current_dir(root).env("DATABASE_URL", database.url()).env("PGKEEL_ENV", "test");
        crate::project::Output::of(command.output().unwrap())
    };
    let database = Database::absent_on(server, "sample");
    run(&database, &["up"]).exits(0);
    let head = database.pg_dump_schema();
    // What the revisions make is what the declared schema says.
    let declared = Database::absent_on(server, "declared");
    server.admin(&format!("CREATE DATABASE \"{}\"", declared.name()));
    declared.psql("CREATE EXTENSION vector");
    let mut files: Vec<_> =
        std::fs::read_dir(root.join("schema")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files {
        declared.psql_file(file);
    }
    assert_eq!(declared.pg_dump_schema(), head);
    run(&database, &["downgrade", "base", "--yes"]).exits(0);
    assert_eq!(run(&database, &["detect", "--format", "json"]).json()["state"], "fresh");
    run(&database, &["up"]).exits(0);
    assert_eq!(database.pg_dump_schema(), head);
}

#[test]
fn a_missing_schema_is_no_reason_to_use_another() {
    let (project, database) = (small(), Database::new("schema"));
    project.file("pgkeel.toml", "migrations = \"migrations\"\nschema = \"app\"\n");
    project
        .on(&database, &["upgrade"])
        .exits(6)
        .says(&["the schema `app` of the settings does not exist", "nothing was run"]);
    assert_eq!(database.psql("SELECT count(*) FROM pg_class WHERE relname IN ('t', 'alembic_version')"), "0\n");
    project.on(&database, &["up"]).exits(0);
    assert_eq!(
        database.psql(
            "SELECT relnamespace::regnamespace FROM pg_class WHERE relname IN ('t', 'alembic_version') ORDER BY 1"
        ),
        "app\napp\n"
    );
    project.on(&database, &["downgrade", "base"]).exits(0);
    project.on(&database, &["up"]).exits(0);
}

#[test]
#[cfg(target_os = "linux")]
fn files_are_read_no_more_often_than_they_must() {
    use rustix::fs::inotify::{CreateFlags, ReadFlags, Reader, WatchFlags, add_watch, init};
    let (project, database) = (Project::new(), Database::absent("read_once"));
    project.revision("aaaa1", "", "CREATE TABLE t ();", None);
    let watch = init(CreateFlags::NONBLOCK).unwrap();
    // Equal events that follow each other are told as one: the closing stands between two openings.
    let wanted = WatchFlags::OPEN | WatchFlags::CLOSE_NOWRITE;
    add_watch(&watch, project.path().join("migrations/aaaa1.sql"), wanted).unwrap();
    project.on(&database, &["up"]).exits(0);
    let mut buffer = [std::mem::MaybeUninit::uninit(); 4096];
    let mut events = Reader::new(&watch, &mut buffer);
    let mut opened = 0;
    while let Ok(event) = events.next() {
        opened += u32::from(event.events().contains(ReadFlags::OPEN));
    }
    assert_eq!(opened, 3, "for its header, for its sections, and for the schemas that it names");
}

//! What version table and ledger say, where somebody else had a hand in them.

use crate::project::{Output, Project};
use crate::server::{Database, Server};

fn two() -> Project {
    let project = Project::new();
    project.revision("aaaa1", "", "CREATE TABLE t (a int);", Some("DROP TABLE t;"));
    project.revision("aaaa2", "aaaa1", "CREATE TABLE u (a int);", Some("DROP TABLE u;"));
    project
}

fn rows(database: &Database) -> String {
    database.psql("SELECT string_agg(version_num, ',' ORDER BY version_num) FROM alembic_version")
}

#[test]
fn only_a_way_down_to_base_is_base() {
    let project = two();
    let state = |database: &Database| project.on(database, &["detect", "--format", "json"]).json()["state"].clone();
    for last in [vec!["stamp", "aaaa1"], vec!["downgrade", "-1"]] {
        let database = Database::new("lost");
        project.on(&database, &["up"]).exits(0);
        project.on(&database, &last).exits(0);
        assert_eq!(state(&database), "tracked", "{last:?}");
        // A restored dump, a TRUNCATE too much: what is there is not known any more, whatever the ledger did last.
        database.psql("DROP TABLE alembic_version");
        assert_eq!(state(&database), "untracked", "{last:?}");
        // Nobody has to say it: the schema tells.
        project.on(&database, &["up"]).exits(0).says(&["stamp aaaa"]);
        assert_eq!(rows(&database), "aaaa2\n", "{last:?}");
    }
    let database = Database::new("tobase");
    project.on(&database, &["up"]).exits(0);
    database.psql("CREATE TABLE of_somebody (a int)");
    project.on(&database, &["downgrade", "base"]).exits(0);
    assert_eq!(state(&database), "tracked");
    project.on(&database, &["up"]).exits(0);
    project.on(&database, &["stamp", "base"]).exits(0);
    assert_eq!(state(&database), "tracked");
}

#[test]
fn a_purge_leaves_no_row_but_the_targets() {
    let project = two();
    project.revision("bbbb2", "aaaa1", "SELECT 1;", None);
    let database = Database::new("purge");
    project.on(&database, &["up", "heads"]).exits(0);
    assert_eq!(rows(&database), "aaaa2,bbbb2\n");
    project.on(&database, &["stamp", "--purge", "bbbb2"]).exits(0);
    assert_eq!(rows(&database), "bbbb2\n");
    // Rows that are no revision ids are rows all the same.
    database.psql("INSERT INTO alembic_version VALUES ('no-id'), (' aaaa2')");
    project.on(&database, &["stamp", "--purge", "aaaa2"]).exits(0);
    assert_eq!(rows(&database), "aaaa2\n");
    database.psql("INSERT INTO alembic_version VALUES ('no-id')");
    project.on(&database, &["stamp", "--purge", "base"]).exits(0);
    assert_eq!(rows(&database), "\n");
}

#[test]
fn what_stays_of_a_section_without_transaction_is_told() {
    let project = two();
    let database = Database::new("stays");
    project.on(&database, &["up"]).exits(0);
    let up = "transaction=off\nCREATE TABLE v (a int);\nCREATE INDEX CONCURRENTLY v_a ON v (a);\nDELETE FROM alembic_version;";
    project.revision("aaaa3", "aaaa2", up, None);
    let failed = project
        .on(&database, &["up"])
        .exits(1)
        .says(&["error[version_table]", "2 of 3 statements of aaaa3 are done and stay"]);
    assert!(!failed.stderr.contains("nothing of aaaa3"), "{}", failed.stderr);
    assert_eq!(database.psql("SELECT to_regclass('v_a') IS NOT NULL"), "t\n");
    assert_eq!(rows(&database), "aaaa2\n");
}

#[test]
fn a_section_of_which_nothing_was_done_is_not_interrupted() {
    let project = two();
    let database = Database::new("nothing");
    project.on(&database, &["up"]).exits(0);
    project.revision("aaaa3", "aaaa2", "transaction=off\nVACUUM nowhere;\nSELECT 1;", None);
    project.on(&database, &["up"]).exits(1).says(&["nothing of aaaa3 was kept"]);
    assert_eq!(project.on(&database, &["detect", "--format", "json"]).json()["state"], "tracked");
    project.on(&database, &["downgrade", "-1"]).exits(0);
    assert_eq!(rows(&database), "aaaa1\n");
}

#[test]
fn the_right_to_make_the_version_table_is_looked_at_first() {
    let database = Database::new("nocreate");
    let role = format!("weak\"{}", database.name());
    let quoted = format!("\"{}\"", role.replace('"', "\"\""));
    Server::main().admin(&format!("CREATE ROLE {quoted} LOGIN"));
    database.psql(&format!(
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC; CREATE SCHEMA app AUTHORIZATION {quoted}; \
         CREATE SCHEMA pgkeel AUTHORIZATION {quoted}"
    ));
    let project = Project::new();
    project.revision("aaaa1", "", "transaction=off\nCREATE TABLE app.t (a int);\nVACUUM app.t;", None);
    let up = || {
        let mut command = project.command(&["up"]);
        let url = database.url_as(&role.replace('"', "%22"));
        Output::of(command.env("DATABASE_URL", url).output().unwrap())
    };
    up().exits(6).says(&["error[version_table]", "nothing was run", &format!("ON SCHEMA \"public\" TO {quoted};")]);
    assert_eq!(database.psql("SELECT to_regclass('app.t') IS NULL"), "t\n");
    project.settings("version_table_schema = \"app\"");
    up().exits(0);
    database.psql(&format!("DROP OWNED BY {quoted} CASCADE; DROP ROLE {quoted}"));
}

#[test]
fn a_section_cannot_change_how_text_is_read() {
    let database = Database::new("reading");
    for set in [
        "SET LOCAL client_encoding = 'LATIN1'",
        "SELECT set_config('client_encoding', 'LATIN1', true)",
        "SET LOCAL standard_conforming_strings = off",
    ] {
        let project = Project::new();
        project.revision("aaaa1", "", &format!("{set};\nCREATE TABLE t (a text);"), None);
        project.on(&database, &["up"]).exits(1).says(&["the file sets", "nothing was run"]);
    }
    let project = Project::new();
    project.revision("aaaa1", "", "SET LOCAL client_encoding = 'UTF8';\nCREATE TABLE t (a text);", None);
    project.on(&database, &["up"]).exits(0);
}

#[test]
fn passwords_in_bodies_and_in_what_the_server_quotes_are_hidden() {
    let role = "execute 'alter role nobody_there password ''geheim''';";
    for up in [
        format!("CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ begin {role} end $$;\nSELECT f();"),
        format!("DO $$ begin raise notice 'password=geheim postgres://u:geheim@h/d'; {role} end $$;"),
        "DO $$ begin raise exception 'password=geheim' using detail = 'postgres://u:geheim@h/d'; end $$;".to_owned(),
        "CREATE ROLE nobody_there PASSWORD 'geheim;".to_owned(),
    ] {
        let project = Project::new();
        project.revision("aaaa1", "", &up, None);
        let database = Database::new("hidden");
        for arguments in [&["-v", "up"][..], &["up", "--format", "json"]] {
            let output = project.on(&database, arguments).exits(1);
            let all = format!("{}{}", output.stdout, output.stderr);
            assert!(all.contains("error") && !all.contains("geheim"), "{up}: {all}");
        }
    }
}

#[test]
fn a_strangers_table_is_not_written_to() {
    for (table, shown) in [("history", "pgkeel.history"), ("journal", "pgkeel.journal")] {
        let database = Database::new("stranger");
        let project = Project::new();
        project.revision("aaaa1", "", "CREATE TABLE t ();", None);
        database.psql(&format!("CREATE SCHEMA pgkeel; CREATE TABLE pgkeel.{table} (id int, run_id text)"));
        project.on(&database, &["upgrade"]).exits(6).says(&[shown, "other columns", "`ledger_schema`"]);
        assert_eq!(database.psql("SELECT to_regclass('t') IS NULL"), "t\n");
        project.settings("ledger_schema = \"pgkeel_own\"");
        project.on(&database, &["upgrade"]).exits(0);
        assert_eq!(database.psql("SELECT revision FROM pgkeel_own.history"), "aaaa1\n");
    }
}

#[test]
fn a_step_that_somebody_else_has_done_is_not_taken_for_ours() {
    let database = Database::new("same_step");
    let project = Project::new();
    project.revision("aaaa1", "", "CREATE TABLE t (a int);", None);
    project.on(&database, &["up"]).exits(0);
    // It names the version table, so that the rows move after it.
    project.revision("aaaa2", "aaaa1", "SELECT pg_sleep(2); -- alembic_version\nCREATE TABLE u ();", None);
    let run = project.start(&database, &["up"]);
    database.wait_for_session("wait_event = 'PgSleep'");
    // As Alembic would, without our lock: the rows are what ours would be.
    database.psql("UPDATE alembic_version SET version_num = 'aaaa2'");
    run.end().exits(1).says(&["error[version_table]", "somebody else changed them"]);
    assert_eq!(database.psql("SELECT to_regclass('u') IS NULL"), "t\n");
}

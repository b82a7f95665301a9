//! What the proof of a generated revision finds beyond catalogs that differ.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use crate::autogenerate_data::{REVISION, declaring, holds, written};
use crate::project::{Output, Project};
use crate::server::Database;

/// A table, and an event trigger that does something to it whenever a view is made.
fn with_trigger(does: &str) -> String {
    format!(
        "CREATE TABLE t (id int PRIMARY KEY, n int, name varchar(10));
         CREATE FUNCTION meddle() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN {does}; END $$;
         CREATE EVENT TRIGGER meddle ON ddl_command_end WHEN TAG IN ('CREATE VIEW') EXECUTE FUNCTION meddle();"
    )
}

#[test]
fn a_table_that_is_rewritten_without_need_is_refused() {
    let old = with_trigger("ALTER TABLE public.t ALTER COLUMN n TYPE int USING n + 0");
    let view = "CREATE VIEW v AS SELECT 1 AS one;";
    let (project, database) = declaring(&old, &format!("{old}\n{view}"));
    project.on(&database, &REVISION).exits(1).says(&[
        "does not do what it should",
        "the table public.t is rewritten, although nothing in it changes that takes that, by the way up",
    ]);
    assert_eq!(written(&project), "");
    // Wider limits are no reason.
    let wider = old.replace("varchar(10)", "varchar(20)");
    let (project, database) = declaring(&old, &format!("{wider}\n{view}"));
    project.on(&database, &REVISION).exits(1).says(&["the table public.t is rewritten"]);
    // Another type is one.
    let other = old.replace("id int", "id bigint");
    let (project, database) = declaring(&old, &format!("{other}\n{view}"));
    project.on(&database, &REVISION).exits(0).says(&["rewritten as a whole: public.t"]);
    holds(&written(&project), &["ALTER COLUMN id TYPE bigint"]);
}

#[test]
fn a_table_that_the_way_back_rewrites_without_need_is_refused() {
    let old = with_trigger("ALTER TABLE public.t ALTER COLUMN n TYPE int USING n + 0");
    let both = format!("{old}\nCREATE VIEW v AS SELECT 1 AS one;");
    let (project, database) = declaring(&both, &old);
    project
        .on(&database, &REVISION)
        .exits(1)
        .says(&["the table public.t is rewritten, although nothing in it changes that takes that, by the way back"]);
}

#[test]
fn what_is_rewritten_for_a_reason_is_proven() {
    let keep = "CREATE TABLE base (id int); CREATE TABLE child (x int) INHERITS (base);
        CREATE TYPE mood AS ENUM ('sad', 'ok', 'glad'); CREATE DOMAIN nat AS int CHECK (VALUE >= 0);";
    let old = format!(
        "{keep} CREATE TABLE a (n int, m mood); CREATE TABLE b (n int); CREATE TABLE c (n int);
         CREATE TABLE d (n int, o int GENERATED ALWAYS AS (n + 1) STORED); CREATE TABLE e (n int);"
    );
    let new = format!(
        "{keep} CREATE TABLE a (n int, m mood); CREATE UNLOGGED TABLE b (n int);
         CREATE TABLE c (n int, at timestamptz DEFAULT clock_timestamp(), o int GENERATED ALWAYS AS (n + 1) STORED);
         CREATE TABLE d (n int, o int GENERATED ALWAYS AS (n + 2) STORED);
         CREATE TABLE e (n int, id bigint GENERATED ALWAYS AS IDENTITY, k nat DEFAULT 1);"
    )
    .replace("'sad', 'ok', 'glad'", "'glad', 'sad', 'ok'")
    .replace("base (id int)", "base (id int, r float DEFAULT random())");
    let (project, database) = declaring(&old, &new);
    let said = project.on(&database, &REVISION).exits(0).stderr;
    let line = said.lines().find(|line| line.contains("rewritten as a whole")).unwrap_or_default();
    for table in ["a", "b", "c", "d", "e", "base", "child"] {
        assert!(line.contains(&format!("public.{table}")), "{table}: {said}");
    }
}

/// Runs with a `pg_dump` in the place of the real one.
fn with_pg_dump(project: &Project, database: &Database, script: &str) -> Output {
    project.file("bin/pg_dump", &format!("#!/bin/sh\n{script}\n"));
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(project.path().join("bin/pg_dump"), mode).unwrap();
    let mut command = project.command(&[&REVISION[..], &["--format", "json", "-v"]].concat());
    let bin = project.path().join("bin");
    command.env("DATABASE_URL", database.url()).env("PGKEEL_POSTGRES_BIN", bin).env("PGHOST", "elsewhere");
    Output::of(command.output().unwrap())
}

const VERSION: &str = "[ \"$1\" = --version ] && echo 'pg_dump (PostgreSQL) 99.1 (Test)' && exit";

#[test]
fn what_pg_dump_prints_otherwise_is_refused() {
    let new = || declaring("CREATE TABLE t (id int, x int);", "CREATE TABLE t (id int, y text, x int);");
    let (project, database) = new();
    let real = project.on(&database, &[&REVISION[..], &["--format", "json", "-v"]].concat()).exits(0);
    let document = real.json();
    if document["proof"]["pg_dump"] == Value::Null {
        eprintln!("skipped: there is no pg_dump here");
        return;
    }
    assert!(real.stderr.contains("compared by pg_dump"), "{}", real.stderr);

    // The real one, with something that no catalog shows after the way up.
    let real = database.program("pg_dump").display().to_string();
    let (project, database) = new();
    let shown = "printf 'x\\n--\\n-- Name: b; Type: BLOB; Schema: -; Owner: me\\n--\\n\\nSELECT 1;\\n'";
    // Wanted, before, after the way up, after the way back.
    let number = "echo x >> dumps; n=$(wc -l < dumps)";
    let script = |test: &str| format!("{VERSION}\n{number}\n[ {test} ] && {shown}\nexec {real} \"$@\"");
    let said = with_pg_dump(&project, &database, &script("$n -eq 3")).exits(1).stdout;
    holds(&said, &["after the way up, as pg_dump prints it", "BLOB b"]);
    assert_eq!(written(&project), "");
    let (project, database) = new();
    let said = with_pg_dump(&project, &database, &script("$n -eq 4")).exits(1).stdout;
    holds(&said, &["after the way back, as pg_dump prints it", "BLOB b"]);
    let (project, database) = new();
    let fine = with_pg_dump(&project, &database, &script("$n -gt 0")).exits(0);
    assert_eq!(fine.json()["proof"]["pg_dump"], "99.1");
    let dumps = std::fs::read_to_string(project.path().join("dumps")).unwrap();
    assert_eq!(dumps, "x\n".repeat(4));
}

#[test]
fn without_a_pg_dump_that_does_it_catalogs_are_compared_alone() {
    let new = || declaring("CREATE TABLE t (id int);", "CREATE TABLE t (id int, y text);");
    let (project, database) = new();
    let output = with_pg_dump(&project, &database, &format!("{VERSION}\necho 'no rights' >&2; exit 1")).exits(0);
    assert_eq!(output.json()["proof"]["pg_dump"], Value::Null);
    output.says(&["not compared by pg_dump, which fails: no rights"]);
    let (project, database) = new();
    let old = "echo 'pg_dump (PostgreSQL) 9.6.24'; [ \"$1\" = --version ]";
    let output = with_pg_dump(&project, &database, old).exits(0);
    assert_eq!(output.json()["proof"]["pg_dump"], Value::Null);
    output.says(&["not compared by pg_dump: none of PostgreSQL 15 or newer is found"]);
    let (project, database) = new();
    let output = project.on(&database, &[&REVISION[..], &["--format", "json", "--no-proof"]].concat()).exits(0);
    assert_eq!(output.json()["proof"], Value::Null);
}

#[test]
fn a_password_is_no_argument_of_pg_dump() {
    let (project, database) = declaring("CREATE TABLE t (id int);", "CREATE TABLE t (id int, y text);");
    let url = database.url().replacen("postgres@", "postgres:hush@", 1);
    assert!(url.contains(":hush@"), "{url}");
    project.file(
        "bin/pg_dump",
        &format!("#!/bin/sh\n{VERSION}\n(echo \"$PGPASSWORD $PGHOST\"; echo \"$@\") >> seen; exit 1\n"),
    );
    let bin = project.path().join("bin");
    std::fs::set_permissions(bin.join("pg_dump"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = project.command(&REVISION);
    command.env("DATABASE_URL", url).env("PGKEEL_POSTGRES_BIN", bin).env("PGHOST", "elsewhere");
    Output::of(command.output().unwrap()).exits(0);
    let seen = std::fs::read_to_string(project.path().join("seen")).unwrap();
    let lines: Vec<&str> = seen.lines().collect();
    assert_eq!(lines[0], "hush ", "{seen}");
    assert!(lines[1].contains("dbname='pgkeel_shadow_") && !lines[1].contains("hush"), "{seen}");
}

const SERVER: &str = "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS (host 'x');";
const MAPPING: &str = "CREATE USER MAPPING FOR PUBLIC SERVER s OPTIONS (\"user\" 'me', password 'hush');";

#[test]
fn what_holds_a_secret_does_not_come_back() {
    let (project, database) = declaring(&format!("{SERVER}{MAPPING}"), SERVER);
    project.on(&database, &REVISION).exits(0);
    let text = written(&project);
    holds(
        &text,
        &[
            "-- migrate:up\nDROP USER MAPPING FOR PUBLIC SERVER s;",
            "-- migrate:down irreversible\n-- user mapping s.public holds what is a secret and is not read: password\n",
        ],
    );
    assert!(!text.contains("hush"), "{text}");
    project.on(&database, &["upgrade", "head"]).exits(0);
    project.on(&database, &["downgrade", "-1"]).exits(6).says(&["irreversible"]);
    // Nor does it come in the first place.
    for declared in [format!("{SERVER}{MAPPING}"), SERVER.replace("host 'x'", "host 'x', password 'hush'")] {
        let (project, database) = declaring(SERVER, &declared);
        let said = project.on(&database, &REVISION).exits(1).stderr;
        holds(&said, &["holds what is a secret and is not read: password", "no file was written", "--no-proof"]);
        assert_eq!(written(&project), "");
        project.on(&database, &[&REVISION[..], &["--no-proof"]].concat()).exits(0);
        holds(&written(&project), &["/* to be set by hand, a secret: password */", "-- migrate:down\n"]);
    }
}

#[test]
fn an_extension_with_data_that_has_no_way_back_does_not_go_back() {
    let old = "CREATE EXTENSION hstore VERSION '1.7'; CREATE TABLE t (id int, h hstore);";
    let new = &old.replace("1.7", "1.8");
    let (project, database) = declaring(old, new);
    project.on(&database, &REVISION).exits(0);
    holds(
        &written(&project),
        &[
            "ALTER EXTENSION hstore UPDATE TO '1.8';",
            "-- migrate:down irreversible\n-- extension hstore cannot be changed by SQL: columns are of its types, and it has \
             no update from version 1.8 to 1.7\n",
        ],
    );
    project.on(&database, &["upgrade", "head"]).exits(0);
    let (project, database) = declaring(new, old);
    project.on(&database, &REVISION).exits(1).says(&["no update from version 1.8 to 1.7"]);
}

//! What the proof of a generated revision finds beyond catalogs that differ.

use crate::autogenerate_data::{REVISION, declaring, holds, written};

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

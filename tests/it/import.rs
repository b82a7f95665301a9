//! `pgkeel import`: other tools' directories become revisions.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::project::Project;

/// The files of the migrations directory, by name.
fn written(project: &Project) -> BTreeMap<String, String> {
    let directory = project.path().join("migrations");
    let Ok(entries) = std::fs::read_dir(directory) else { return BTreeMap::new() };
    entries
        .map(|entry| {
            let entry = entry.unwrap();
            (entry.file_name().into_string().unwrap(), std::fs::read_to_string(entry.path()).unwrap())
        })
        .filter(|(name, _)| name.ends_with(".sql"))
        .collect()
}

fn sqlx_project() -> Project {
    let project = Project::new();
    project.file("old/20240115103045_create_users.up.sql", "CREATE TABLE users (id int);\n");
    project.file("old/20240115103045_create_users.down.sql", "DROP TABLE users;\n");
    project.file("old/20240116000000_index.up.sql", "CREATE INDEX CONCURRENTLY i ON users (id);\n");
    project
}

#[test]
fn writes_a_chain_of_revisions() {
    let project = sqlx_project();
    let output = project.pgkeel(&["import", "--from", "sqlx", "old"]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    let lines: Vec<_> = output.stdout.lines().collect();
    assert_eq!(lines.len(), 2, "{}", output.stdout);
    assert!(lines[0].ends_with("Create users <- 20240115103045_create_users.up.sql"), "{}", lines[0]);
    let files = written(&project);
    let texts: Vec<_> = files.values().collect();
    assert_eq!(texts.len(), 2);
    assert!(texts[0].contains("\n-- migrate:up\nCREATE TABLE users (id int);\n\n-- migrate:down\nDROP TABLE users;\n"));
    assert!(texts[1].contains("\n-- migrate:up transaction=off\nCREATE INDEX"));
    assert!(texts[1].ends_with("\n-- migrate:down irreversible\n"));
    let heads = project.pgkeel(&["heads", "--format", "json"]).json();
    assert_eq!(heads["revisions"].as_array().unwrap().len(), 1, "{heads}");
}

#[test]
fn twice_is_once() {
    let project = sqlx_project();
    let first = project.pgkeel(&["import", "--from", "sqlx", "old", "--format", "json"]).json();
    assert_eq!(first["revisions"].as_array().unwrap().len(), 2, "{first}");
    let files = written(&project);
    let again = project.pgkeel(&["import", "--from", "sqlx", "old", "--format", "json"]);
    assert_eq!(again.code, 0, "{}", again.stderr);
    assert_eq!(again.json()["revisions"], serde_json::json!([]), "what this run wrote");
    assert_eq!(written(&project), files);
    // One more migration of the other tool joins the end, without `--after`.
    project.file("old/20240117000000_more.up.sql", "SELECT 1;\n");
    assert_eq!(project.pgkeel(&["import", "--from", "sqlx", "old"]).code, 0);
    assert_eq!(written(&project).len(), 3);
}

#[test]
fn a_changed_file_is_never_overwritten() {
    let project = sqlx_project();
    project.pgkeel(&["import", "--from", "sqlx", "old"]).exits(0);
    let (name, text) = written(&project).into_iter().next().unwrap();
    project.file(&format!("migrations/{name}"), &format!("{text}\n-- changed\n"));
    project.file("old/20240117000000_more.up.sql", "SELECT 1;\n");
    let before = written(&project);
    let output = project.pgkeel(&["import", "--from", "sqlx", "old"]);
    assert_eq!(output.code, 1, "{}", output.stderr);
    assert!(output.stderr.contains(&name), "{}", output.stderr);
    assert_eq!(written(&project), before);
}

#[test]
fn a_project_with_revisions_of_its_own_is_asked_where() {
    let project = sqlx_project();
    assert_eq!(project.pgkeel(&["revision", "-m", "own"]).code, 0);
    let before = written(&project);
    let refused = project.pgkeel(&["import", "--from", "sqlx", "old"]);
    assert_eq!(refused.code, 6, "{}", refused.stderr);
    assert!(refused.stderr.contains("--after"), "{}", refused.stderr);
    assert_eq!(written(&project), before);
    let unknown = project.pgkeel(&["import", "--from", "sqlx", "old", "--after", "ffff"]);
    assert_ne!(unknown.code, 0);
    assert_eq!(written(&project), before);
    let output = project.pgkeel(&["import", "--from", "sqlx", "old", "--after", "head", "--format", "json"]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    let history = project.pgkeel(&["history", "--format", "json"]).json();
    let messages: Vec<_> = history["revisions"].as_array().unwrap().iter().map(title).collect();
    assert_eq!(messages, ["Index", "Create users", "own"]);
    assert_eq!(project.pgkeel(&["import", "--from", "sqlx", "old"]).code, 0, "again, where it is");
}

fn title(revision: &Value) -> String {
    revision["message"].as_str().unwrap().lines().next().unwrap().to_owned()
}

#[test]
fn dry_run_writes_nothing() {
    let project = sqlx_project();
    let output = project.pgkeel(&["import", "--from", "sqlx", "old", "--dry-run"]);
    assert_eq!((output.code, output.stdout.lines().count()), (0, 2), "{}", output.stderr);
    assert!(written(&project).is_empty());
}

#[test]
fn one_bad_file_and_nothing_is_written() {
    let project = sqlx_project();
    project.file("old/20240118000000_bad.up.sql", "SELECT 1;\n\\i other.sql\n");
    let output = project.pgkeel(&["import", "--from", "sqlx", "old", "--format", "json"]);
    assert_eq!(output.code, 1);
    let error = &output.json()["error"];
    assert_eq!((&error["line"], &error["column"]), (&2.into(), &1.into()), "{error}");
    assert!(error["file"].as_str().unwrap().ends_with("old/20240118000000_bad.up.sql"), "{error}");
    assert!(written(&project).is_empty());
}

#[test]
fn the_directory_of_the_revisions_is_no_source() {
    let project = Project::new();
    project.file("migrations/1_a.sql", "SELECT 1;\n");
    let output = project.pgkeel(&["import", "--from", "sqlx", "migrations"]);
    assert_eq!(output.code, 6, "{}", output.stderr);
    assert!(output.stderr.contains("git mv migrations migrations-old"), "{}", output.stderr);
    assert_eq!(written(&project).len(), 1);
}

#[test]
fn what_will_be_refused_is_told() {
    let project = Project::new();
    project.file("old/1_a.sql", "-- no-transaction\nSET ROLE nobody;\n");
    project.file("old/2_b.sql", "SELEC 1;\n");
    let output = project.pgkeel(&["import", "--from", "sqlx", "old", "--format", "json"]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    let json = output.json();
    let warnings: Vec<_> = json["warnings"].as_array().unwrap().iter().map(Value::to_string).collect();
    let refused: Vec<_> = warnings.iter().filter(|warning| warning.contains("will be refused")).collect();
    assert_eq!(refused.len(), 2, "{warnings:?}");
    assert!(refused[1].contains(".sql:10:1: "), "{}", refused[1]);
}

#[test]
fn bad_paths() {
    let project = sqlx_project();
    project.file("empty/notes.txt", "");
    project.file("alembic/versions/ae10_x.py", "down_revision = None\n");
    for (tool, path, expected) in [
        ("sqlx", "nowhere", "nowhere"),
        ("sqlx", "empty", "notes.txt"),
        ("diesel", "old", "--from golang-migrate old"),
        ("sqlx", ".", "--from sqlx old"),
        ("sqlx", "alembic", "Python"),
        ("sqlx", "old/20240116000000_index.up.sql", "directory"),
    ] {
        let output = project.pgkeel(&["import", "--from", tool, path]);
        assert_eq!(output.code, 1, "{tool} {path}: {}", output.stderr);
        assert!(output.stderr.contains(expected), "{tool} {path}: {}", output.stderr);
    }
    assert_eq!(project.pgkeel(&["import", "--from", "rails", "old"]).code, 2);
    assert!(written(&project).is_empty());
}

#[test]
fn real_sets_keep_order_ways_back_and_transactions() {
    let Some(sets) = sets() else { return };
    for (directory, meta, tool) in sets {
        let project = Project::new();
        let path = directory.join("files");
        let output = project.pgkeel(&["import", "--from", tool, path.to_str().unwrap(), "--format", "json"]);
        assert_eq!(output.code, 0, "{}: {}", directory.display(), output.stderr);
        let json = output.json();
        let revisions = json["revisions"].as_array().unwrap();
        let expected = meta["migrations"].as_array().unwrap();
        assert_eq!(revisions.len(), expected.len(), "{}", directory.display());
        let files = written(&project);
        assert_eq!(files.len(), expected.len());
        for ((revision, migration), (name, text)) in revisions.iter().zip(expected).zip(&files) {
            let (up, down) = (migration["up"].as_str().unwrap(), migration["down"].as_str());
            assert!(text.contains(&format!("\n-- Imported from {tool}: {up}\n")), "{name} is not {up}");
            assert!(text.contains(&format!("\n-- revision: {}\n", revision["revision"].as_str().unwrap())), "{name}");
            if down.is_some() {
                assert!(!text.contains("\n-- migrate:down irreversible"), "{name}");
            }
            if migration["transaction"] == Value::Bool(false) {
                assert!(text.contains("\n-- migrate:up transaction=off\n"), "{name}");
            }
        }
    }
}

/// The real projects whose migrations are plain SQL: directory, `meta.json`, tool.
pub(crate) fn sets() -> Option<Vec<(PathBuf, Value, &'static str)>> {
    let cases = std::env::var_os("PGKEEL_CASES")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"), PathBuf::from);
    let Ok(entries) = std::fs::read_dir(cases.join("sets")) else {
        eprintln!("skipped: {} is not there; PGKEEL_CASES names the folder with the cases", cases.display());
        return None;
    };
    let mut directories: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    directories.sort();
    let sets = directories.into_iter().filter_map(|directory| {
        let meta: Value = serde_json::from_str(&std::fs::read_to_string(directory.join("meta.json")).ok()?).unwrap();
        let tool = match meta["tool"].as_str()? {
            "diesel" => "diesel",
            "sqlx" => "sqlx",
            "dbmate" => "dbmate",
            "goose" => "goose",
            "flyway" => "flyway",
            "prisma" => "prisma",
            tool if tool.contains("golang-migrate") => "golang-migrate",
            _ => return None,
        };
        Some((directory, meta, tool))
    });
    Some(sets.collect())
}

//! The migrations of real projects, imported, run, and compared with what psql makes of the same files.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use crate::import::sets;
use crate::project::{Output, Project};
use crate::server::Database;

/// A set on its way: the project that has it imported, and the database that it goes to.
struct Run {
    name: String,
    project: Project,
    database: Database,
}

impl Run {
    fn pgkeel(&self, args: &[&str]) -> Output {
        self.project.on(&self.database, args)
    }

    fn up(&self) {
        let output = self.pgkeel(&["up", "--create"]);
        assert_eq!(output.code, 0, "{}: {}", self.name, output.stderr);
    }
}

/// Runs `check` for each set, which has been taken to head, with the dump of psql's database.
fn each_set(purpose: &str, check: impl Fn(&Run, &Value, &str)) {
    for (directory, meta, tool) in sets().unwrap_or_default() {
        let name = meta["name"].as_str().unwrap().to_owned();
        let reference = Database::new(&format!("{purpose}_{name}_psql"));
        prepare(&reference, &meta);
        run_with_psql(&reference, &directory, &meta, usize::MAX);
        let database = if setup(&meta).next().is_none() {
            Database::absent(&format!("{purpose}_{name}"))
        } else {
            Database::new(&format!("{purpose}_{name}"))
        };
        prepare(&database, &meta);
        let project = Project::new();
        let files = directory.join("files");
        let output = project.pgkeel(&["import", "--from", tool, files.to_str().unwrap()]);
        assert_eq!(output.code, 0, "{name}: {}", output.stderr);
        let run = Run { name, project, database };
        run.up();
        check(&run, &meta, &reference.pg_dump_schema());
    }
}

fn setup(meta: &Value) -> impl Iterator<Item = &str> {
    meta["setup"].as_array().into_iter().flatten().filter_map(Value::as_str)
}

/// Runs what a set needs before its first file.
pub(crate) fn prepare(database: &Database, meta: &Value) {
    for line in setup(meta) {
        database.psql(&line.replace("{db}", &format!("\"{}\"", database.name())));
    }
}

/// The first files in one psql process, each with the settings of a new session.
pub(crate) fn run_with_psql(database: &Database, directory: &Path, meta: &Value, number_of_files: usize) {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let scratch = std::env::temp_dir().join(format!("pgkeel-sets-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&scratch).unwrap();
    let mut script = String::from("\\set ON_ERROR_STOP on\n");
    for (index, migration) in meta["migrations"].as_array().unwrap().iter().take(number_of_files).enumerate() {
        let text = std::fs::read_to_string(directory.join("files").join(migration["up"].as_str().unwrap())).unwrap();
        let text = if migration["section"] == Value::Bool(true) { up_section(&text) } else { &text };
        let file = scratch.join(format!("{index:05}.sql"));
        // psql takes a statement without semicolon into the next file; ours end with the section.
        std::fs::write(&file, format!("{text}\n;\n")).unwrap();
        script.extend(["\\i ", file.to_str().unwrap(), "\nRESET ALL;\n"]);
    }
    let main = scratch.join("main.sql");
    std::fs::write(&main, script).unwrap();
    database.psql_file(&main);
    std::fs::remove_dir_all(&scratch).unwrap();
}

/// dbmate's up section.
fn up_section(text: &str) -> &str {
    let up = text.find("-- migrate:up").unwrap();
    let body = up + text[up..].find('\n').unwrap() + 1;
    &text[body..text[body..].find("-- migrate:down").map_or(text.len(), |down| body + down)]
}

#[test]
fn head_is_what_psql_makes_of_the_files() {
    each_set("head", |run, meta, expected| {
        assert_eq!(run.database.pg_dump_schema(), expected, "{}", run.name);
        let again = run.pgkeel(&["up", "--format", "json"]);
        assert_eq!((again.code, again.json()["steps"].as_array().map(Vec::len)), (0, Some(0)), "{}", run.name);
        let current = run.pgkeel(&["current", "--format", "json"]).json();
        let message = current["revisions"][0]["message"].as_str().unwrap().to_owned();
        let last = meta["migrations"].as_array().unwrap().last().unwrap();
        assert!(message.ends_with(last["up"].as_str().unwrap()), "{}: {message}", run.name);
    });
}

#[test]
fn the_way_back_is_whole_or_stops_where_it_was() {
    each_set("back", |run, meta, head| {
        let downs = &meta["verify"]["15"]["downs"];
        let all = meta["migrations"].as_array().unwrap().len();
        let output = run.pgkeel(&["downgrade", "base", "--yes", "--format", "json"]);
        if output.code == 0 {
            assert_eq!(downs["ok"], all, "{}: more ways back than with psql", run.name);
            run.up();
            assert_eq!(run.database.pg_dump_schema(), head, "{}: base and back", run.name);
            return;
        }
        assert_ne!(downs["ok"], all, "{}: psql goes to base: {}", run.name, output.stderr);
        let refused = output.json()["steps"].as_array().is_none_or(Vec::is_empty);
        let last = if refused { one_by_one(run, head) } else { output };
        stopped(run, &last);
    });
}

/// A set with an irreversible revision, or with a way back that is no SQL: `downgrade base` has refused before anything
/// ran, single steps go as far as they can. Returns what stopped them.
fn one_by_one(run: &Run, head: &str) -> Output {
    assert_eq!(run.database.pg_dump_schema(), head, "{}: refused, and changed all the same", run.name);
    loop {
        let output = run.pgkeel(&["downgrade", "-1", "--yes", "--format", "json"]);
        if output.code != 0 {
            return output;
        }
    }
}

/// What stopped is shown, and stops again without a trace.
fn stopped(run: &Run, output: &Output) {
    let error = output.json()["error"].clone();
    match output.code {
        1 => {
            for key in ["file", "line", "column", "sqlstate"] {
                assert!(!error[key].is_null(), "{}: no {key} in {error}", run.name);
            }
        }
        6 => assert!(error["message"].is_string(), "{}: {error}", run.name),
        other => panic!("{}: exit {other}: {}", run.name, output.stderr),
    }
    let rows = |run: &Run| run.pgkeel(&["current", "--format", "json"]).json()["revisions"].clone();
    let before = (run.database.pg_dump_schema(), rows(run));
    let again = run.pgkeel(&["downgrade", "-1", "--yes", "--format", "json"]);
    assert_eq!(again.code, output.code, "{}: {}", run.name, again.stderr);
    assert_eq!(again.json()["error"]["sqlstate"], error["sqlstate"], "{}", run.name);
    assert_eq!((run.database.pg_dump_schema(), rows(run)), before, "{}: a failed step left something", run.name);
}

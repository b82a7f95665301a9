//! Branches, scripts, new revisions and the check of the graph, through the binary.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::project::{Output, Project};
use crate::server::Database;

/// Two branches from `b`, labelled, each revision making a table.
fn two_branches() -> Project {
    let project = Project::new();
    let nodes = [
        ("aaaa", "", ""),
        ("bbbb", "aaaa", ""),
        ("cccc1", "bbbb", "one"),
        ("dddd1", "cccc1", ""),
        ("cccc2", "bbbb", "two"),
        ("dddd2", "cccc2", ""),
    ];
    for (id, down, label) in nodes {
        let line =
            |key: &str, value: &str| if value.is_empty() { String::new() } else { format!("-- {key}: {value}\n") };
        let header =
            format!("-- {id}\n--\n-- revision: {id}\n{}{}", line("down_revision", down), line("branch_labels", label));
        let body = format!("-- migrate:up\nCREATE TABLE {id} ();\n\n-- migrate:down\nDROP TABLE {id};\n");
        project.file(&format!("migrations/{id}.sql"), &format!("{header}\n{body}"));
    }
    project
}

fn rows(database: &Database) -> String {
    database.psql("SELECT string_agg(version_num, ' ' ORDER BY version_num) FROM alembic_version").trim().to_owned()
}

/// Demands that the answer has these texts.
#[track_caller]
fn answers(output: &Output, texts: &[&str]) {
    for text in texts {
        assert!(output.stdout.contains(text), "the answer does not say {text:?}: {output:#?}");
    }
}

/// Runs a script with psql and returns how it ended.
fn psql(database: &Database, script: &str) -> Output {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("script.sql");
    std::fs::write(&path, script).unwrap();
    let output = Command::new(database.program("psql"))
        .args(["-X", "-q", "-f", path.to_str().unwrap(), "-d", &database.url()])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    Output::of(output)
}

#[test]
fn branches_go_up_and_down_on_their_own() {
    let (project, database) = (two_branches(), Database::new("branches"));
    project.on(&database, &["upgrade", "head"]).exits(1).says(&["error[multiple_heads]", "`pgkeel merge heads`"]);
    project.on(&database, &["upgrade", "one@head-1"]).exits(0);
    assert_eq!(rows(&database), "cccc1");
    project.on(&database, &["upgrade", "heads"]).exits(0);
    assert_eq!(rows(&database), "dddd1 dddd2");
    project.on(&database, &["current", "--check-heads"]).exits(0);
    project.on(&database, &["down"]).exits(1).says(&["error[ambiguous]", "label@-1"]);
    project.on(&database, &["downgrade", "one@-1"]).exits(0);
    assert_eq!(rows(&database), "cccc1 dddd2");
    project.on(&database, &["current", "--check-heads"]).exits(3).says(&["error[not_at_head]"]);
    project.on(&database, &["downgrade", "one@bbbb"]).exits(0);
    assert_eq!(rows(&database), "dddd2");
    // Alembic's rule, said aloud: this label restricts nothing.
    project.on(&database, &["upgrade", "heads"]).exits(0);
    project.on(&database, &["downgrade", "one@aaaa"]).exits(0).says(&["`one` restricts nothing here", "dddd2, cccc2"]);
    assert_eq!(rows(&database), "aaaa");
}

#[test]
fn several_stamps_become_the_rows() {
    let (project, database) = (two_branches(), Database::new("stamps"));
    project.on(&database, &["stamp", "dddd1", "cccc2"]).exits(0);
    assert_eq!(rows(&database), "cccc2 dddd1");
    project.on(&database, &["stamp", "cccc1", "dddd2"]).exits(0);
    assert_eq!(rows(&database), "cccc1 dddd2");
    project.on(&database, &["stamp", "heads"]).exits(0);
    assert_eq!(rows(&database), "dddd1 dddd2");
    project
        .on(&database, &["stamp", "bbbb", "dddd1"])
        .exits(1)
        .says(&["error[range_error]", "dddd1 already implies bbbb"]);
    assert_eq!(rows(&database), "dddd1 dddd2");
    project.on(&database, &["stamp", "--purge", "cccc1"]).exits(0);
    assert_eq!(rows(&database), "cccc1");
    database.psql("INSERT INTO alembic_version VALUES ('gone')");
    project.on(&database, &["stamp", "dddd1"]).exits(6).says(&["error[not_found]", "gone", "--purge"]);
    project.on(&database, &["stamp", "base", "--purge"]).exits(0);
    assert_eq!(rows(&database), "");
}

#[test]
fn a_script_does_what_a_run_does() {
    let project = two_branches();
    project.revision(
        "eeee1",
        "dddd1",
        "CREATE TABLE t (a int, b text);\nCOPY t FROM stdin;\n1\tone; -- no comment\n2\t\\N\n\\.\n\
         CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC; SELECT 1; SELECT 2; END;\nSELECT ':x', 'a\\b' -- end",
        Some("DROP FUNCTION f;\nDROP TABLE t;"),
    );
    project.revision(
        "ffff1",
        "eeee1",
        "transaction=off\nCREATE INDEX CONCURRENTLY t_a ON t (a);\nVACUUM t;",
        Some("transaction=off\nDROP INDEX CONCURRENTLY t_a;"),
    );
    let (by_script, by_run) = (Database::new("script"), Database::new("run"));
    let write = |arguments: &[&str]| project.pgkeel(arguments).exits(0).stdout;
    let up = write(&["upgrade", "heads", "--sql"]);
    assert_eq!(up, write(&["upgrade", "--sql", "base:heads"]), "the same input gives the same script");
    let run = psql(&by_script, &up);
    assert_eq!(run.code, 0, "{run:?}\n{up}");
    project.on(&by_run, &["upgrade", "heads"]).exits(0);
    assert_eq!(by_script.pg_dump_schema(), by_run.pg_dump_schema());
    assert_eq!(rows(&by_script), rows(&by_run));
    let ledger = "SELECT string_agg(concat_ws(' ', revision, direction, checksum, statements_done, outcome, rows_after), E'\\n' \
                  ORDER BY id) FROM pgkeel.history";
    assert_eq!(by_script.psql(ledger), by_run.psql(ledger));
    assert_eq!(by_script.psql("SELECT count(*), count(DISTINCT run_id) FROM pgkeel.history"), "8|1\n");
    assert_eq!(by_script.psql("SELECT count(*) FROM pgkeel.journal"), "0\n");
    assert_eq!(by_script.psql("SELECT string_agg(b, ',') FROM t"), "one; -- no comment\n");
    let again = psql(&by_script, &up);
    assert_eq!(again.code, 3, "{again:?}");
    assert!(again.stderr.contains("this script starts at base"), "{again:?}");
    // The run knows what the script has done, and a script goes on after a run.
    answers(&project.on(&by_script, &["upgrade", "heads"]).exits(0), &["nothing to do"]);
    project.on(&by_script, &["downgrade", "two@bbbb"]).exits(0);
    let down = write(&["downgrade", "--sql", "ffff1:cccc1"]);
    let run = psql(&by_script, &down);
    assert_eq!((run.code, rows(&by_script)), (0, "cccc1".to_owned()), "{run:?}\n{down}");
    let base = write(&["downgrade", "--sql", "cccc1:base"]);
    assert_eq!(psql(&by_script, &base).code, 0, "{base}");
    assert_eq!(rows(&by_script), "");
    let stamped = psql(&by_script, &write(&["stamp", "--sql", "heads"]));
    assert_eq!((stamped.code, rows(&by_script)), (0, "dddd2 ffff1".to_owned()), "{stamped:?}");
    let left = "SELECT count(*) FROM pg_locks JOIN pg_database AS d ON d.oid = database \
                WHERE locktype = 'advisory' AND datname = current_database()";
    assert_eq!(by_script.psql(left), "0\n");
}

#[test]
fn a_script_that_fails_leaves_what_was_done_before() {
    let project = two_branches();
    project.revision("eeee1", "dddd1", "CREATE TABLE half ();\nSELECT 1 / 0;", None);
    let database = Database::new("scriptfails");
    let script = project.pgkeel(&["upgrade", "--sql", "one@head"]).exits(0).stdout;
    let failed = psql(&database, &script);
    assert_eq!(failed.code, 3, "{failed:?}");
    assert_eq!(rows(&database), "dddd1");
    assert_eq!(database.psql("SELECT to_regclass('half') IS NULL"), "t\n");
    let whole = project.pgkeel(&["upgrade", "--sql", "one@head", "--single-transaction"]).exits(0).stdout;
    let other = Database::new("scriptwhole");
    assert_eq!(psql(&other, &whole).code, 3);
    assert_eq!(other.psql("SELECT to_regclass('alembic_version') IS NULL, to_regclass('aaaa') IS NULL"), "t|t\n");
    // Another run holds the lock.
    let key = "('x' || left(encode(sha256('pgkeel run \"public\".\"alembic_version\"'), 'hex'), 16))::bit(64)::bigint";
    let mut holder = database.client();
    holder.batch_execute(&format!("SELECT pg_advisory_lock({key})")).unwrap();
    let late = psql(&database, &project.pgkeel(&["stamp", "--sql", "dddd1:base"]).exits(0).stdout);
    assert!(late.code == 3 && late.stderr.contains("another run holds the lock"), "{late:?}");
}

#[test]
fn ranges_are_for_scripts() {
    let project = two_branches();
    project.pgkeel(&["upgrade", "aaaa:bbbb"]).exits(2).says(&["error[usage]", "--sql"]);
    project.pgkeel(&["downgrade", "aaaa", "--sql"]).exits(2).says(&["error[usage]", "`A:B`"]);
    project.pgkeel(&["upgrade", ":aaaa", "--sql"]).exits(2).says(&["names no revision"]);
    project.pgkeel(&["upgrade", "a:b:c", "--sql"]).exits(2).says(&["is not a range"]);
    project.pgkeel(&["stamp", "aaaa", "--sql", "--purge"]).exits(2);
    assert_eq!(project.pgkeel(&["upgrade", "dddd1:bbbb", "--sql"]).exits(0).stdout, "");
    project.pgkeel(&["history", "-r", "bbbb"]).exits(2).says(&["is not a range"]);
    assert_eq!(project.pgkeel(&["history", "-r", "bbbb:one@head"]).exits(0).stdout.lines().count(), 3);
}

#[test]
fn a_graph_in_the_terminal() {
    let drawn = two_branches().pgkeel(&["history", "--graph"]).exits(0).stdout;
    assert_eq!(
        drawn,
        "\
● dddd1 (one) (head)  dddd1
● cccc1 (one)  cccc1
│ ● dddd2 (two) (head)  dddd2
│ ● cccc2 (two)  cccc2
├─╯
● bbbb (branchpoint)  bbbb
● aaaa  aaaa
"
    );
}

#[test]
fn new_revisions_find_their_place() {
    let project = two_branches();
    project.settings("migrations = [\"migrations\", \"vendor\"]");
    let toml = std::fs::read_to_string(project.path().join("pgkeel.toml")).unwrap();
    project.file("pgkeel.toml", &toml.replacen("migrations = \"migrations\"\n", "", 1));
    project.file("vendor/v.sql", "-- revision: vvvv\n-- branch_labels: vendor\n\n-- migrate:up\n");
    let new = |arguments: &[&str]| {
        let mut all = vec!["revision", "--format", "json"];
        all.extend(arguments);
        project.pgkeel(&all).exits(0).json()["revisions"][0].clone()
    };
    project.pgkeel(&["revision", "x"]).exits(1).says(&["error[multiple_heads]"]);
    let next =
        new(&["In the vendor's directory", "--head", "vendor@head", "--depends-on", "one", "--depends-on", "dddd2"]);
    assert!(next["path"].as_str().unwrap().starts_with("vendor/"), "{next}");
    assert_eq!(next["depends_on"], serde_json::json!(["one", "dddd2"]));
    assert_eq!(next["message"], "In the vendor's directory");
    project.pgkeel(&["revision", "x", "--head", "base"]).exits(2).says(&["--version-path"]);
    let base = new(&["x", "--head", "base", "--version-path", "vendor", "--branch-label", "other", "--rev-id", "oooo"]);
    assert_eq!(base["branch_labels"], serde_json::json!(["other"]));
    project.pgkeel(&["revision", "x", "--head", "base", "--version-path", "elsewhere"]).exits(2);
    let files = || std::fs::read_dir(project.path().join("vendor")).unwrap().count();
    let before = files();
    project.pgkeel(&["revision", "x", "--head", "oooo", "--branch-label", "one"]).exits(1).says(&["error[bad_graph]"]);
    project.pgkeel(&["revision", "x", "--head", "oooo", "--rev-id", "vvvv"]).exits(1).says(&["error[bad_graph]"]);
    project.pgkeel(&["revision", "x", "--head", "bbbb"]).exits(2).says(&["--splice"]);
    assert_eq!(files(), before, "a refused revision leaves no file");
    let merged = project.pgkeel(&["merge", "dddd1", "dddd2", "Join the two", "--format", "json"]).exits(0).json();
    assert_eq!(merged["revisions"][0]["down_revision"], serde_json::json!(["dddd1", "dddd2"]));
    assert_eq!(merged["revisions"][0]["message"], "Join the two");
    project.pgkeel(&["merge", "oooo", "oooo"]).exits(2).says(&["given twice"]);
}

#[test]
fn templates_and_hooks() {
    let project = Project::new();
    project.settings(
        "revision_template = \"template.sql\"\npost_write_hooks = [\"sed -i s/TODAY/now/ <file>\", \"false\"]",
    );
    let template = "-- <message>\n-- Ticket:\n--\n-- revision: <revision>\n-- down_revision: <down_revision>\n\n\
                    -- migrate:up\n-- TODAY\n\n-- migrate:down\n";
    project.file("template.sql", template);
    let first = project.pgkeel(&["create", "One thing", "--format", "json"]).exits(0);
    let document = first.json();
    assert!(document["warnings"][0].as_str().unwrap().contains("`false` failed"), "{document}");
    let path = project.path().join(document["revisions"][0]["path"].as_str().unwrap());
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.starts_with("-- One thing\n-- Ticket:\n--\n-- revision: ") && text.contains("-- now\n"), "{text}");
    assert!(!text.contains("down_revision"), "{text}");
    project
        .pgkeel(&["revision", "x", "--branch-label", "l"])
        .exits(1)
        .says(&["loses `branch_labels`", "list-templates"]);
    assert_eq!(std::fs::read_dir(project.path().join("migrations")).unwrap().count(), 1);
    answers(&project.pgkeel(&["list-templates"]).exits(0), &["template.sql (used)", "<down_revision>"]);
}

#[test]
fn init_overwrites_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let project = Project::new();
    let init = |arguments: &[&str]| {
        let mut command = project.command(&[&["init"], arguments].concat());
        Output::of(command.current_dir(folder.path()).output().unwrap())
    };
    answers(&init(&["--with", "make,compose,schema"]).exits(0), &["wrote pgkeel.toml", "wrote Makefile"]);
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    assert!(read("pgkeel.toml").contains("declared = \"schema\""));
    assert!(folder.path().join("migrations").is_dir() && folder.path().join("schema").is_dir());
    std::fs::write(folder.path().join("Makefile"), "mine").unwrap();
    init(&["--with", "make"]).exits(0).says(&["Makefile exists already"]);
    assert_eq!(read("Makefile"), "mine");
    let mut command = project.command(&["revision", "first"]);
    Output::of(command.current_dir(folder.path()).output().unwrap()).exits(0);
}

#[test]
fn errors_of_the_graph_show_the_lines() {
    let project = Project::new();
    project.revision("aaaa", "bbbb", "", None);
    project.revision("bbbb", "aaaa", "", None);
    project.pgkeel(&["heads"]).exits(1).says(&[
        "error[cycle]",
        "migrations/aaaa.sql:4:1",
        "-- down_revision: bbbb",
        "migrations/bbbb.sql:4:1: -- down_revision: aaaa",
    ]);
    let project = Project::new();
    project.revision("aaaa", "abab", "", None);
    let error = project.pgkeel(&["heads", "--format", "json"]).exits(1).json()["error"].clone();
    assert_eq!((error["code"].as_str(), error["line"].as_u64()), (Some("bad_graph"), Some(4)));
}

#[test]
fn what_continuous_integration_asks() {
    let project = two_branches();
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command
            .current_dir(project.path())
            .args(["-c", "user.name=t", "-c", "user.email=t@example.org"])
            .args(arguments);
        let output = command.env("GIT_CONFIG_GLOBAL", "/dev/null").output();
        output.is_ok_and(|output| output.status.success())
    };
    if !(git(&["init", "-q", "-b", "main"]) && git(&["add", "."]) && git(&["commit", "-q", "-m", "one"])) {
        eprintln!("skipped: git cannot be used here");
        return;
    }
    // Two heads, each with a label of its own: in order.
    answers(&project.pgkeel(&["check", "--graph", "--base", "main"]).exits(0), &["in order"]);
    assert!(git(&["checkout", "-q", "-b", "feature"]));
    project.revision("aaaa1", "dddd1", "", None);
    project.revision("eeee1", "dddd1", "", None);
    let found = project.pgkeel(&["check", "--graph", "--format", "json"]).exits(3).json()["findings"].clone();
    let rules: Vec<&str> = found.as_array().unwrap().iter().map(|it| it["rule"].as_str().unwrap()).collect();
    assert_eq!(rules, ["heads", "file_order"], "{found}");
    assert!(found[0]["help"].as_str().unwrap().contains("`pgkeel merge aaaa1 eeee1`"), "{found}");
    assert_eq!(found[1]["line"], 4, "{found}");
    std::fs::remove_file(project.path().join("migrations/aaaa1.sql")).unwrap();
    let cccc1 = std::fs::read_to_string(project.path().join("migrations/cccc1.sql")).unwrap();
    project.file("migrations/cccc1.sql", &cccc1.replace("CREATE TABLE cccc1", "CREATE TABLE other"));
    std::fs::remove_file(project.path().join("migrations/dddd2.sql")).unwrap();
    // What comes to main meanwhile is none of this branch's doing.
    assert!(git(&["add", "-A"]) && git(&["commit", "-q", "-m", "feature"]) && git(&["checkout", "-q", "main"]));
    project.revision("mmmm2", "dddd2", "", None);
    assert!(git(&["add", "-A"]) && git(&["commit", "-q", "-m", "main"]) && git(&["checkout", "-q", "feature"]));
    let found = project.pgkeel(&["check", "--graph", "--base", "main", "--format", "json"]).exits(3).json();
    let mut rules: Vec<String> = found["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| format!("{} {}", it["rule"].as_str().unwrap(), it["file"].as_str().unwrap()))
        .collect();
    rules.sort();
    assert_eq!(rules, ["deleted migrations/dddd2.sql", "edited migrations/cccc1.sql"], "{found}");
    project.pgkeel(&["check", "--graph", "--base", "nowhere"]).exits(1).says(&["git rev-parse nowhere"]);
    project.revision("zzzz", "nothing", "", None);
    answers(&project.pgkeel(&["check", "--graph"]).exits(3), &["migrations/zzzz.sql:4", "[bad_graph]"]);
}

#[test]
fn the_editor_gets_the_file() {
    let project = two_branches();
    let edit = |revision: &str, editor: &str| {
        Output::of(project.command(&["edit", revision]).env("EDITOR", editor).output().unwrap())
    };
    edit("one@head", "sed -i 's/CREATE TABLE dddd1/CREATE TABLE edited/'").exits(0);
    assert!(std::fs::read_to_string(project.path().join("migrations/dddd1.sql")).unwrap().contains("TABLE edited"));
    edit("base", "true").exits(1).says(&["is no revision file"]);
    edit("aaaa", "false").exits(1).says(&["the editor `false` ended"]);
}

#[test]
fn the_version_table_can_be_made_alone() {
    let (project, database) = (two_branches(), Database::new("ensure"));
    let sql = project.pgkeel(&["ensure-version", "--sql"]).exits(0).stdout;
    answers(&project.on(&database, &["ensure-version"]).exits(0), &["was created"]);
    answers(&project.on(&database, &["ensure_version"]).exits(0), &["exists"]);
    assert_eq!(rows(&database), "");
    let other = Database::new("ensuresql");
    assert_eq!(psql(&other, &sql).code, 0, "{sql}");
    assert_eq!(rows(&other), "");
}

/// Alembic and pgkeel on one database, in turn.
#[test]
fn alembic_works_on_the_same_database() {
    let Some(alembic) = alembic() else { return };
    let (project, database) = (two_branches(), Database::new("inturn"));
    project.file("alembic.ini", "[alembic]\nscript_location = %(here)s/alembic\n");
    let url = database.url().replacen("postgresql://", "postgresql+psycopg2://", 1);
    project.file(
        "alembic/env.py",
        &format!(
            "from sqlalchemy import create_engine\nfrom alembic import context\nengine = create_engine(\"{url}\")\n\
             with engine.connect() as connection:\n    context.configure(connection=connection)\n    \
             with context.begin_transaction():\n        context.run_migrations()\n"
        ),
    );
    project.file("alembic/script.py.mako", "");
    for (id, down, label) in [
        ("aaaa", "None", "None"),
        ("bbbb", "'aaaa'", "None"),
        ("cccc1", "'bbbb'", "'one'"),
        ("dddd1", "'cccc1'", "None"),
        ("cccc2", "'bbbb'", "'two'"),
        ("dddd2", "'cccc2'", "None"),
    ] {
        project.file(
            &format!("alembic/versions/{id}.py"),
            &format!(
                "from alembic import op\nrevision = '{id}'\ndown_revision = {down}\nbranch_labels = {label}\n\
                 depends_on = None\ndef upgrade():\n    op.execute('CREATE TABLE {id} ()')\n\
                 def downgrade():\n    op.execute('DROP TABLE {id}')\n"
            ),
        );
    }
    let by_alembic = |arguments: &[&str]| {
        let mut command = Command::new(&alembic);
        let output = Output::of(command.args(arguments).current_dir(project.path()).output().unwrap());
        assert_eq!(output.code, 0, "alembic {arguments:?}: {output:?}");
        output.stdout
    };
    let by_pgkeel = |arguments: &[&str]| project.on(&database, arguments).exits(0);
    by_alembic(&["upgrade", "bbbb"]);
    by_pgkeel(&["upgrade", "one@+1"]);
    assert_eq!(rows(&database), "cccc1");
    by_alembic(&["upgrade", "heads"]);
    by_pgkeel(&["current", "--check-heads"]);
    by_pgkeel(&["downgrade", "one@bbbb"]);
    assert_eq!(by_alembic(&["current"]), "dddd2 (head)\n");
    by_alembic(&["downgrade", "bbbb"]);
    by_pgkeel(&["upgrade", "heads"]);
    assert_eq!(rows(&database), "dddd1 dddd2");
    by_alembic(&["downgrade", "base"]);
    by_pgkeel(&["up", "heads"]);
    by_alembic(&["stamp", "one@head"]);
    by_pgkeel(&["stamp", "cccc1", "dddd2"]);
    by_alembic(&["upgrade", "dddd2"]);
    answers(&by_pgkeel(&["downgrade", "dddd2"]), &["nothing to do"]);
    assert_eq!(rows(&database), "cccc1 dddd2");
}

/// Alembic in a virtual environment of its own, made once; says so where it cannot be had.
fn alembic() -> Option<std::path::PathBuf> {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("alembic");
    let program = directory.join("bin/alembic");
    let run = |program: &Path, arguments: &[&str]| {
        let status = Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    };
    if run(&program, &["--version"]) {
        return Some(program);
    }
    let made = run(Path::new("python3"), &["-m", "venv", "--clear", directory.to_str().unwrap()])
        && run(&directory.join("bin/pip"), &["install", "--quiet", "alembic", "psycopg2-binary"])
        && run(&program, &["--version"]);
    if !made {
        eprintln!("skipped: Alembic cannot be installed here (python3 -m venv, pip)");
    }
    made.then_some(program)
}

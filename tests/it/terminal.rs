//! What a person at a terminal sees: questions, colours, a bar for what takes more than a second. The terminal is made
//! by util-linux's `script`.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::project::Project;
use crate::server::Database;

/// Runs the binary in a terminal, and types: after each pause, some keys. Returns the exit code and what was on screen.
fn at_terminal(
    project: &Project,
    database: &Database,
    arguments: &str,
    variables: &[(&str, &str)],
    keys: &[(u64, &str)],
) -> Option<(i32, String)> {
    let is_there = |output: std::process::Output| String::from_utf8_lossy(&output.stdout).contains("util-linux");
    if !Command::new("script").arg("--version").output().is_ok_and(is_there) {
        eprintln!("skipped: there is no `script` of util-linux to make a terminal");
        return None;
    }
    let like = project.command(&[]);
    let mut command = Command::new("script");
    // As wide as the terminals of old.
    let line = format!("stty cols 80 rows 24; exec {} {arguments}", like.get_program().to_str().unwrap());
    command.args(["--quiet", "--return", "--command", &line, "/dev/null"]).current_dir(project.path());
    command.env_clear().envs(like.get_envs().filter_map(|(name, value)| Some((name, value?)))).env_remove("NO_COLOR");
    command.env("DATABASE_URL", database.url()).env("TERM", "xterm").envs(variables.iter().copied());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    for (pause, keys) in keys {
        std::thread::sleep(Duration::from_millis(*pause));
        // The program may have ended meanwhile.
        stdin.write_all(keys.as_bytes()).ok();
        stdin.flush().ok();
    }
    let output = child.wait_with_output().unwrap();
    drop(stdin);
    Some((output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stdout).into_owned()))
}

#[test]
fn a_question_is_answered() {
    let (project, database) = (Project::new(), Database::new("question"));
    project.file("pgkeel.toml", "confirm = true\n");
    project.revision("aaaa0001", "", "CREATE TABLE t ();", Some("DROP TABLE t;"));
    project.on(&database, &["up"]).exits(0);
    let there = || database.psql("SELECT count(*) FROM pg_class WHERE relname = 't'");
    for (keys, code, says) in [
        ("n\r", 6, "the answer was no"),
        ("\r", 6, "the answer was no"),
        ("\u{3}", 130, "nothing was changed"),
        ("\u{4}", 130, "nothing was changed"),
        ("what?\rn\r", 6, "the answer was no"),
        ("y\r", 0, "the database is at base"),
    ] {
        let Some((found, screen)) = at_terminal(&project, &database, "downgrade base", &[], &[(700, keys)]) else {
            return;
        };
        assert!(screen.contains("downgrade aaaa0001 of the database"), "{keys:?}: {screen}");
        assert!(screen.contains(says), "{keys:?}: {screen}");
        assert_eq!(found, code, "{keys:?}: {screen}");
        assert_eq!(there(), if code == 0 { "0\n" } else { "1\n" }, "{keys:?}");
    }
    // Without a terminal there is nobody to ask.
    project.on(&database, &["up"]).exits(0);
    project.on(&database, &["downgrade", "base"]).exits(6).says(&["no terminal to ask on", "--yes"]);
    project.on(&database, &["downgrade", "base", "--yes"]).exits(0);
}

#[test]
fn names_that_may_be_new_are_asked_for_one_by_one() {
    let (project, database) = (Project::new(), Database::new("rename"));
    project.settings("shadow = \"target\"\ndeclared = \"schema\"");
    project.revision(
        "aaaa0001",
        "",
        "CREATE TABLE people (id int, first_name text, phone int);",
        Some("DROP TABLE people;"),
    );
    project.file("schema/all.sql", "CREATE TABLE people (id int, given_name text, phones int);");
    let written = || -> String {
        let files = std::fs::read_dir(project.path().join("migrations")).unwrap().map(|entry| entry.unwrap().path());
        let new = files.into_iter().filter(|path| path.to_str().unwrap().contains("bbbb0002"));
        new.map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            std::fs::remove_file(path).unwrap();
            text
        })
        .collect()
    };
    let (first, second) = (
        "is column public.people.first_name now called given_name?",
        "is column public.people.phone now called phones?",
    );
    let command = "revision --autogenerate -m new --rev-id bbbb0002";
    for (keys, code, asked, renames) in [
        (&["y\r", "y\r"][..], 0, 2, &["first_name TO given_name", "phone TO phones"][..]),
        // A no is an answer to its own question alone.
        (&["n\r", "y\r"], 0, 2, &["phone TO phones"]),
        (&["y\r", "\r"], 0, 2, &["first_name TO given_name"]),
        (&["n\r", "n\r"], 0, 2, &[]),
        (&["\u{3}"], 130, 1, &[]),
        (&["\u{4}"], 130, 1, &[]),
        (&["y\r", "\u{3}"], 130, 2, &[]),
    ] {
        let typed: Vec<(u64, &str)> = keys.iter().map(|keys| (1500, *keys)).collect();
        let Some((found, screen)) = at_terminal(&project, &database, command, &[], &typed) else { return };
        let text = written();
        assert_eq!(found, code, "{keys:?}: {screen}");
        for (number, question) in [first, second].into_iter().enumerate() {
            assert_eq!(screen.contains(question), number < asked, "{keys:?}: {question} {screen}");
        }
        let up = text.split("-- migrate:down").next().unwrap();
        for rename in ["first_name TO given_name", "phone TO phones"] {
            assert_eq!(up.contains(rename), renames.contains(&rename), "{keys:?}: {rename} {text}");
        }
        assert_eq!(text.is_empty(), code != 0, "{keys:?}: {text}");
        // What is not renamed is told of as lost.
        let lost = if code == 0 { 2 - renames.len() } else { 0 };
        assert_eq!(up.matches("-- loses the values of").count(), lost, "{keys:?}: {text}");
        if code == 130 {
            assert!(screen.contains("no file was written") && screen.contains("--no-renames"), "{screen}");
        }
    }
}

#[test]
fn a_bar_and_colours_and_none() {
    const YELLOW: &str = "\u{1b}[33maaaa0001";
    let (project, database) = (Project::new(), Database::new("bar"));
    project.revision("aaaa0001", "", "SELECT pg_sleep(1.6);\nSELECT 1;", Some("SELECT 1;"));
    let Some((code, screen)) = at_terminal(&project, &database, "up", &[], &[]) else { return };
    assert_eq!(code, 0, "{screen}");
    assert!(screen.contains("upgrade aaaa0001") && screen.contains("statement 1 of 2"), "no bar: {screen:?}");
    assert!(screen.contains(YELLOW), "no colour: {screen:?}");
    // Room for what the terminal writes when somebody presses Ctrl-C.
    assert!(screen.contains("   \u{1b}[3D"), "the bar fills the line: {screen:?}");
    project.on(&database, &["downgrade", "base"]).exits(0);
    // One that is quick is not worth a bar.
    project.revision("aaaa0001", "", "SELECT 1;\nSELECT 2;", Some("SELECT 1;"));
    let plain = [("NO_COLOR", "1")];
    let (code, screen) = at_terminal(&project, &database, "up", &plain, &[]).unwrap();
    assert_eq!(code, 0, "{screen}");
    assert!(!screen.contains("statement 1 of 2") && !screen.contains("\u{1b}[3"), "{screen:?}");
    project.on(&database, &["downgrade", "base"]).exits(0);
    // Not a terminal: no bar and no colour, unless colour is asked for.
    project.revision("aaaa0001", "", "SELECT pg_sleep(1.2);", Some("SELECT 1;"));
    let mut command = project.command(&["up"]);
    let output = command.env_remove("NO_COLOR").env("DATABASE_URL", database.url()).output().unwrap();
    assert!(!String::from_utf8_lossy(&output.stderr).contains('\u{1b}'), "{output:?}");
    let mut command = project.command(&["heads", "--color", "always"]);
    let output = command.env_remove("NO_COLOR").output().unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).contains(YELLOW), "{output:?}");
}

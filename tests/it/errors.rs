//! Wrong input of every kind: a clear message with help, the documented exit code, nothing half-done, no secret shown.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::project::{Output, Project};
use crate::server::{Database, Server};

/// What must not appear anywhere; parts of passwords have it in their name.
const CANARY: &str = "canary";

/// A command line on a project, and what must come of it.
struct Case {
    /// Files of the project, beside a valid `pgkeel.toml`.
    files: &'static [(&'static str, &'static str)],
    arguments: &'static [&'static str],
    /// Variables; `{server}` is the server of the run as `host:port`.
    variables: &'static [(&'static str, &'static str)],
    exit: i32,
    code: &'static str,
    says: &'static [&'static str],
}

/// A revision without parent.
const FIRST: (&str, &str) = (
    "migrations/first.sql",
    "-- First\n--\n-- revision: aaaa0001\n\n-- migrate:up\nCREATE TABLE first (a int);\n\n-- migrate:down\nDROP TABLE first;\n",
);
const SECOND: (&str, &str) = (
    "migrations/second.sql",
    "-- Second\n--\n-- revision: aaab0002\n-- down_revision: aaaa0001\n\n-- migrate:up\nCREATE TABLE second (a int);\n",
);

/// A file with this up section, from line 5 on.
macro_rules! up {
    ($text:expr) => {
        &[("migrations/a.sql", concat!("-- A\n--\n-- revision: aaaa0001\n-- migrate:up\n", $text))]
    };
}

/// Runs the case for people and for programs and compares.
fn check(case: &Case, database: &Database) {
    let project = Project::new();
    for (path, text) in case.files {
        project.file(path, text);
    }
    let server = database.url();
    let server = server.split('@').nth(1).unwrap().split('/').next().unwrap();
    for format in ["human", "json"] {
        let mut command = project.command(case.arguments);
        command.env("DATABASE_URL", database.url()).env("PGKEEL_FORMAT", format).env("PGKEEL_CONNECT_WAIT", "0");
        for (name, value) in case.variables {
            if value.is_empty() {
                command.env_remove(name);
            } else {
                command.env(name, value.replace("{server}", server));
            }
        }
        let output = Output::of(command.output().unwrap());
        let what = format!("{:?} {:?} {:?}: {output:#?}", case.arguments, case.files, case.variables);
        assert_eq!(output.code, case.exit, "{what}");
        assert!(!format!("{output:?}").contains(CANARY), "a secret is shown: {what}");
        if format == "json" {
            let document: Value =
                serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("{error}: {what}"));
            assert_eq!(document["error"]["code"], case.code, "{what}");
            let helps = document["error"]["help"].as_str().is_some_and(|help| !help.is_empty());
            assert!(helps, "no help: {what}");
        } else {
            assert!(output.stdout.is_empty(), "{what}");
            let usage = case.exit == 2 && output.stderr.contains("--help");
            assert!(usage || output.stderr.contains("\nhelp: "), "no help: {what}");
            for text in case.says {
                assert!(output.stderr.contains(text), "does not say {text:?}: {what}");
            }
        }
    }
}

/// Checks cases on a database that does not exist, and that none of them made it.
fn on_absent(purpose: &str, cases: &[Case]) {
    let database = Database::absent(purpose);
    for case in cases {
        check(case, &database);
        assert!(!exists(&database), "{:?} {:?} left a database behind", case.arguments, case.files);
    }
}

fn exists(database: &Database) -> bool {
    let known = Database::new("exists");
    known.psql(&format!("SELECT count(*) FROM pg_database WHERE datname = '{}'", database.name())) == "1\n"
}

const UP: Case = Case { files: &[], arguments: &["up"], variables: &[], exit: 1, code: "file", says: &[] };

#[test]
fn files_that_cannot_be_run() {
    on_absent(
        "files",
        &[
            Case {
                files: up!("selct 1;\n"),
                code: "sql",
                says: &["near \"selct\"", "a.sql:5:1", "nothing was run"],
                ..UP
            },
            Case { files: up!("SELECT 1\n  FROM 'ä' WHERE;\n"), code: "sql", says: &["a.sql:6:8"], ..UP },
            Case { files: up!("\r\n\t-- ä\r\n\tSELECT 'ö',, 1;\r\n"), code: "sql", says: &["a.sql:7:13"], ..UP },
            Case { files: up!("SELECT 1;\n\\i other.sql\n"), says: &["`\\i` is a command of psql", "a.sql:6:1"], ..UP },
            Case { files: up!("\\connect other\n"), says: &["`\\connect` is a command of psql"], ..UP },
            Case {
                files: up!("SELECT 'open;\n"),
                says: &["the quoted text that begins here has no end", "a.sql:5:8"],
                ..UP
            },
            Case { files: up!("SELECT $x$ open;\n"), says: &["dollar-quoted", "a.sql:5:8"], ..UP },
            Case { files: up!("/* /* */ open\n"), says: &["comment that begins here", "a.sql:5:1"], ..UP },
            Case { files: up!("SELECT \"open\n"), says: &["quoted name", "a.sql:5:8"], ..UP },
            Case { files: up!("COPY t FROM stdin;\n1\n"), says: &["has no end", "`\\.`"], ..UP },
            Case { files: up!("COPY t TO stdout;\n"), says: &["nobody to read it"], ..UP },
            Case { files: up!("CREATE TABLE a ();\nCOMMIT;\n"), says: &["a.sql:6:1", "transaction=off"], ..UP },
            Case { files: up!("VACUUM;\n"), says: &["VACUUM cannot run in a transaction", "transaction=off"], ..UP },
            Case { files: up!("SET client_encoding = latin1;\n"), says: &["client_encoding", "UTF-8"], ..UP },
            Case {
                files: up!("SET standard_conforming_strings = off;\n"),
                says: &["standard_conforming_strings"],
                ..UP
            },
            Case {
                files: up!("CREATE ROLE r PASSWORD 'canary' nonsense;\n"),
                code: "sql",
                says: &["nonsense", "PASSWORD '******'"],
                ..UP
            },
            Case { files: up!("SELECT 1;\n-- migrate:up\nSELECT 2;\n"), says: &["a.sql:6:1"], ..UP },
            Case {
                files: &[(
                    "migrations/a.sql",
                    "-- A\n--\n-- revision: aaaa0001\n\n-- migrate:up transction=off\nSELECT 1;\n",
                )],
                says: &["transction", "a.sql:5", "transaction=off"],
                ..UP
            },
            Case {
                files: &[("migrations/a.sql", "SELECT 1;\n")],
                says: &["before the first `-- migrate:`", "a.sql:1:1"],
                ..UP
            },
            Case { files: &[("migrations/a.sql", "-- migrate:up\nSELECT 1;\n")], says: &["no `revision:`"], ..UP },
            Case { files: &[("migrations/a.sql", "")], says: &["no line `-- migrate:up`", "migrations/a.sql"], ..UP },
            Case {
                files: &[("migrations/a.sql", "-- A\n--\n-- revision: aa-aa\n\n-- migrate:up\n")],
                code: "bad_graph",
                says: &["`-` is not allowed", "a.sql:3:14"],
                ..UP
            },
            Case {
                files: &[(
                    "migrations/a.sql",
                    "-- A\n--\n-- revision: aaaa0001\n-- down_revison: b\n\n-- migrate:up\n",
                )],
                says: &["`down_revison` is not a key", "a.sql:4:4", "did you mean `down_revision`?"],
                ..UP
            },
            Case { files: &[("migrations/a.sql", "-\0-\0 \0a\0\n\0")], says: &["NUL", "UTF-16"], ..UP },
        ],
    );
}

#[test]
fn files_that_make_no_graph() {
    let graph = Case { code: "bad_graph", ..UP };
    on_absent(
        "graph",
        &[
            Case {
                files: &[FIRST, ("migrations/b.sql", FIRST.1)],
                says: &["aaaa0001 stands in two files", "migrations/b.sql:3", "note: migrations/first.sql:3"],
                ..graph
            },
            Case { files: &[SECOND], says: &["names the down_revision aaaa0001, which no file has"], ..graph },
            Case {
                files: &[
                    (
                        "migrations/a.sql",
                        "-- A\n--\n-- revision: aaaa0001\n-- down_revision: aaaa0002\n\n-- migrate:up\n",
                    ),
                    (
                        "migrations/b.sql",
                        "-- B\n--\n-- revision: aaaa0002\n-- down_revision: aaaa0001\n\n-- migrate:up\n",
                    ),
                ],
                code: "cycle",
                says: &["aaaa0001, aaaa0002 form a cycle"],
                ..UP
            },
            Case {
                files: &[(
                    "migrations/a.sql",
                    "-- A\n--\n-- revision: aaaa0001\n-- down_revision: aaaa0001\n\n-- migrate:up\n",
                )],
                code: "cycle",
                says: &["the revision aaaa0001 comes after itself"],
                ..UP
            },
        ],
    );
}

#[test]
fn files_that_cannot_be_read() {
    let database = Database::absent("unreadable");
    let project = Project::new();
    fs::write(project.path().join("migrations/a.sql"), b"-- A\n--\n-- revision: a\n\n-- migrate:up\nSELECT '\xe4';\n")
        .unwrap();
    project.on(&database, &["up"]).exits(1).says(&["error[file]: migrations/a.sql is not UTF-8", "help: "]);
    fs::write(project.path().join("migrations/a.sql"), b"\xff\xfe-\0-\0").unwrap();
    project.on(&database, &["up"]).exits(1).says(&["is not UTF-8", "UTF-16"]);
    fs::remove_file(project.path().join("migrations/a.sql")).unwrap();
    std::os::unix::fs::symlink("nowhere", project.path().join("migrations/a.sql")).unwrap();
    project.on(&database, &["up"]).exits(1).says(&["cannot read migrations/a.sql", "No such file"]);
    fs::remove_dir_all(project.path().join("migrations")).unwrap();
    for command in ["up", "history", "detect", "status"] {
        project.on(&database, &[command]).exits(1).says(&["directory `migrations` does not exist", "pgkeel revision"]);
    }
    assert!(!exists(&database));
}

#[test]
fn a_project_without_revisions() {
    let (project, database) = (Project::new(), Database::new("none"));
    for command in ["history", "heads"] {
        project.on(&database, &[command]).exits(0).says(&["there are no revisions yet", "pgkeel revision -m"]);
    }
    for arguments in [&["up"][..], &["upgrade", "head"], &["downgrade", "base"], &["detect"], &["current"]] {
        project.on(&database, arguments).exits(0);
    }
    assert_eq!(database.psql("SELECT count(*) FROM pg_class WHERE relname = 'alembic_version'"), "0\n");
}

#[test]
fn a_directory_that_may_not_be_written() {
    let project = Project::new();
    let directory = project.path().join("migrations");
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o555)).unwrap();
    // Root may write everywhere: then there is nothing to test.
    if fs::write(directory.join("probe"), "").is_err() {
        project.pgkeel(&["revision", "-m", "x"]).exits(1).says(&["error[file]", "Permission denied", "help: "]);
    }
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn targets_that_lead_nowhere() {
    let files = &[FIRST, SECOND];
    let case = |arguments, exit, code, says| Case { files, arguments, variables: &[], exit, code, says };
    let cases = [
        case(&["up", "zzz"], 1, "not_found", &["no revision `zzz`"]),
        case(&["up", "--stamp", "zzz"], 1, "not_found", &["no revision `zzz`"]),
        case(&["up", "aaa"], 1, "ambiguous", &["fits 2 revisions: aaaa0001, aaab0002"]),
        case(&["up", "+3"], 1, "relative_too_far", &["`+3` leads past the end"]),
        case(&["up", "aaaa0003"], 1, "not_found", &["did you mean `aaaa0001`?"]),
        case(&["show", "zzz"], 1, "not_found", &["no revision `zzz`"]),
        case(&["up", "postgres://me:canary@h/x"], 1, "not_found", &["postgres://me:***@h/x"]),
        case(&["upgrade", "head"], 6, "absent", &["does not exist", "pgkeel bootstrap"]),
        case(&["downgrade", "base"], 6, "absent", &["does not exist"]),
        case(&["stamp", "head"], 6, "absent", &["does not exist"]),
        case(&["current"], 6, "absent", &["does not exist"]),
        case(&["merge", "aaaa0001"], 2, "usage", &["aaaa0001 is not a head"]),
        case(&["merge", "aaaa0001", "aaab0002"], 2, "usage", &["aaaa0001 is not a head", "--splice"]),
        case(&["revision", "--head", "aaaa0001", "-m", "x"], 2, "usage", &["is not a head"]),
        case(&["revision", "--rev-id", "aaaa0001", "-m", "x"], 1, "bad_graph", &["exists already"]),
        case(&["revision", "--rev-id", "a-b", "-m", "x"], 1, "bad_graph", &["`-` is not allowed"]),
    ];
    on_absent("targets", &cases);

    let (project, database) = (Project::new(), Database::new("steps"));
    for (path, text) in files {
        project.file(path, text);
    }
    project.on(&database, &["up"]).exits(0);
    let before = database.psql("SELECT version_num, (SELECT count(*) FROM pgkeel.history) FROM alembic_version");
    for (arguments, exit, code, says) in [
        (vec!["upgrade", "+1"], 1, "relative_too_far", "`+1` leads past the end"),
        (vec!["upgrade", "-1"], 1, "relative_too_far", "`-1` does not lead up"),
        (vec!["downgrade", "+1"], 1, "relative_too_far", "`+1` does not lead down"),
        (vec!["downgrade", "-3"], 1, "relative_too_far", "`-3` leads past the end"),
        (vec!["downgrade", "zzz"], 1, "not_found", "no revision `zzz`"),
        (vec!["downgrade", "base"], 6, "irreversible", "no way back from aaab0002"),
        (vec!["downgrade", "-1"], 6, "irreversible", "migrations/second.sql"),
        (vec!["down"], 6, "irreversible", "no way back from aaab0002"),
        (vec!["stamp", "zzz"], 1, "not_found", "no revision `zzz`"),
    ] {
        project.on(&database, &arguments).exits(exit).says(&[&format!("error[{code}]"), says, "\nhelp: "]);
    }
    let after = database.psql("SELECT version_num, (SELECT count(*) FROM pgkeel.history) FROM alembic_version");
    assert_eq!(after, before);
}

#[test]
fn command_lines_that_make_no_sense() {
    let case = |arguments, says| Case { files: &[FIRST], arguments, variables: &[], exit: 2, code: "usage", says };
    on_absent(
        "usage",
        &[
            case(&["upgrde"], &["upgrade"]),
            case(&["up", "--dry-rn"], &["--dry-run"]),
            case(&["up", "-x"], &["-x"]),
            case(&["up", "head", "more"], &["more"]),
            case(&["up", ""], &["empty"]),
            case(&["downgrade"], &["<TO>"]),
            case(&["db", "reste"], &["reset"]),
            case(&["up", "-q", "-v"], &["--verbose"]),
            case(&["up", "--interrupted", "maybe"], &["`done` or `again`"]),
            case(&["up", "--color", "sometimes"], &["always"]),
            case(&["postgres://me:canary@h/x"], &["postgres://me:***@h/x"]),
            Case {
                code: "settings",
                ..case(&["up", "--config", "gone.toml"], &["no configuration file `gone.toml` (--config)"])
            },
            Case { code: "settings", ..case(&["up", "--env", "a/b"], &["`a/b` (--env)"]) },
            Case {
                code: "settings",
                ..case(&["up", "--database-url", "postgres://me:can@ary/canary@h/x"], &["percent-encode the password"])
            },
            Case {
                code: "settings",
                ..case(&["up", "--database-url", "mysql://me:canary@h/x"], &["no PostgreSQL URL"])
            },
        ],
    );
}

#[test]
fn settings_that_cannot_be_used() {
    macro_rules! toml {
        ($text:expr, $($says:expr),+) => {
            Case { files: &[FIRST, ("pgkeel.toml", $text)], code: "settings", says: &[$($says),+], ..UP }
        };
    }
    macro_rules! variables {
        ($variables:expr, $($says:expr),+) => {
            Case { files: &[FIRST], variables: $variables, code: "settings", says: &[$($says),+], ..UP }
        };
    }
    on_absent(
        "settings",
        &[
            toml!("x", "pgkeel.toml:1:2", "no TOML"),
            toml!("migratons = 'm'\n", "`migratons` is no setting", "did you mean `migrations`?", "pgkeel.toml:1:1"),
            toml!("[database]\nurl = 'postgres://a:canary@h/x'\nnmae = 'x'\n", "pgkeel.toml:3:1", "`database.name`"),
            toml!("lock_timeout = 3\n", "no unit", "\"3s\""),
            toml!("lock_timeout = '3 parsecs'\n", "a time span such as"),
            toml!("dev_port = 0\n", "a port from 1 to 65535, found `0`"),
            toml!("dev_port = 70000\n", "a port from 1 to 65535"),
            toml!("confirm = 'yes'\n", "`true` or `false`"),
            toml!("ledger = 'of'\n", "`required`, `off`"),
            toml!("extensions = [1]\n", "a list of names or tables"),
            toml!("[[extension]]\nversion = '1'\n", "a table has no `name`"),
            toml!("version_table = ''\n", "a name is empty"),
            toml!("file_template = 'x'\n", "has no `<revision>`"),
            toml!("[env.development]\nlock = 1\n", "`lock` is no setting", "pgkeel.toml:2:1"),
            variables!(&[("PGKEEL_LOCK_TIMEOUT", "3")], "`lock_timeout` (PGKEEL_LOCK_TIMEOUT)"),
            variables!(&[("PGKEEL_CONFIG", "gone.toml")], "no configuration file `gone.toml` (PGKEEL_CONFIG)"),
            variables!(&[("DATABASE_HOST", "elsewhere")], "DATABASE_URL", "`elsewhere` in DATABASE_HOST"),
            variables!(&[("DATABASE_URL_FILE", "gone")], "both DATABASE_URL and DATABASE_URL_FILE"),
            variables!(&[("DATABASE_URL", ""), ("DATABASE_PASSWORD_FILE", "gone")], "`gone` (DATABASE_PASSWORD_FILE)"),
            variables!(&[("DATABASE_URL", "postgres://me:can#ary@h/x")], "unencoded `#`", "%23"),
            variables!(&[("DATABASE_URL", "postgres://h/x?sslmod=require")], "did you mean `sslmode`?"),
            variables!(
                &[("DATABASE_URL", ""), ("PGKEEL_ENV", "production")],
                "no database is set for the environment `production`"
            ),
        ],
    );
    // The format itself is wrong: it is told to people.
    let project = Project::new();
    let output = Output::of(project.command(&["up"]).env("PGKEEL_FORMAT", "xml").output().unwrap());
    output.exits(1).says(&["error[settings]: `format` (PGKEEL_FORMAT): `xml` is none of `human`, `json`"]);
}

#[test]
fn servers_that_cannot_be_used() {
    macro_rules! url {
        ($url:expr, $exit:expr, $code:expr, $($says:expr),+) => {
            Case {
                files: &[FIRST],
                arguments: &["up"],
                variables: &[("DATABASE_URL", $url)],
                exit: $exit,
                code: $code,
                says: &[$($says),+],
            }
        };
    }
    on_absent(
        "servers",
        &[
            url!(
                "postgres://me:canary@127.0.0.1:1/x",
                4,
                "connection",
                "cannot reach the server at 127.0.0.1:1",
                "refused"
            ),
            url!("postgres://me:canary@no-such-host.invalid/x", 4, "connection", "the host name is not known"),
            url!("postgres://me@/x?host=/nowhere", 4, "connection", "/nowhere/.s.PGSQL.5432"),
            url!(
                "postgres://no_such_role:canary@{server}/x",
                4,
                "authentication",
                "refused the login of `no_such_role`"
            ),
            // The private server, which does not run.
            url!("", 4, "connection", "the development server of this project is not running", "pgkeel db up"),
        ],
    );
    let production = Case {
        variables: &[("DATABASE_URL", "postgres://postgres@{server}/postgras"), ("PGKEEL_ENV", "production")],
        ..url!("", 6, "absent", "`postgras` does not exist", "there is a database `postgres`", "--create")
    };
    on_absent("near", &[production]);
}

/// What a migration does with passwords is not told, whether it works or not.
#[test]
fn no_secret_is_shown_or_kept() {
    let (project, database) = (Project::new(), Database::new("secrets"));
    let role = format!("r_{}", database.name());
    let up = format!(
        "CREATE ROLE {role} PASSWORD 'canary1';\nALTER ROLE {role} PASSWORD U&'canary2';\nALTER ROLE {role}\n  ENCRYPTED \
         PASSWORD $$canary3$$;\nSELECT set_config('my.password', 'canary4', true);\n-- postgres://me:canary5@h/x\nCOMMENT \
         ON ROLE {role} IS 'host=h password=canary6 user=x';\n"
    );
    project.revision("aaaa0001", "", &up, Some(&format!("ALTER ROLE {role} PASSWORD 'canary7';\nDROP ROLE {role};")));
    project.revision("bbbb0002", "aaaa0001", &format!("ALTER ROLE {role} PASSWORD 'canary8'; SELECT nowhere;"), None);
    let mut outputs = Vec::new();
    for (arguments, exit) in [
        (vec!["up", "-v"], 1),
        (vec!["up", "--format", "json"], 1),
        (vec!["status"], 0),
        (vec!["status", "--format", "json"], 0),
        (vec!["config"], 0),
        (vec!["downgrade", "base", "--yes", "-v"], 0),
    ] {
        let mut command = project.command(&arguments);
        command.env("DATABASE_URL", database.url()).env("DATABASE_PASSWORD", "canary9");
        outputs.push(Output::of(command.output().unwrap()).exits(exit));
    }
    let said = format!("{outputs:?}");
    assert!(said.contains("PASSWORD '*******'"), "-v shows each statement: {said}");
    assert!(!said.contains(CANARY), "{said}");
    let kept = database.psql("SELECT * FROM pgkeel.history");
    assert!(kept.contains("aaaa0001") && !kept.contains(CANARY), "{kept}");
}

#[test]
fn a_reader_that_has_seen_enough_and_a_full_disk() {
    let project = Project::new();
    project.file(FIRST.0, FIRST.1);
    let mut child = project.command(&["show", "head"]).stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    if let Ok(full) = fs::OpenOptions::new().write(true).open("/dev/full") {
        let output = project.command(&["show", "head"]).stdout(full).output().unwrap();
        Output::of(output).exits(1).says(&["error[file]: cannot write the answer"]);
    }
}

/// A server that wants passwords and has a standby.
struct Guarded {
    directory: tempfile::TempDir,
    bin: std::path::PathBuf,
}

impl Guarded {
    /// Starts a server with passwords, and with `hot_standby` as a standby of nobody.
    fn start(settings: &str, is_standby: bool) -> Self {
        let bin = std::path::PathBuf::from(std::env::var_os("PGKEEL_TEST_BIN").unwrap());
        let base = if fs::metadata("/dev/shm").is_ok() { "/dev/shm" } else { "/tmp" };
        let directory = tempfile::Builder::new().prefix("pgkeel-it-").tempdir_in(base).unwrap();
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o777)).unwrap();
        let server = Self { directory, bin };
        let password = server.directory.path().join("password");
        fs::write(&password, "canary").unwrap();
        fs::set_permissions(&password, fs::Permissions::from_mode(0o644)).unwrap();
        let password = format!("--pwfile={}", password.display());
        server.run("initdb", &["-D", "data", "-U", "postgres", "--auth=scram-sha-256", "--no-sync", &password]);
        let directory = server.directory.path().display().to_string();
        let options = format!("-c listen_addresses= -c unix_socket_directories={directory} -c fsync=off {settings}");
        if is_standby {
            fs::write(server.directory.path().join("data/standby.signal"), "").unwrap();
        }
        server.run("pg_ctl", &["-D", "data", "-l", "log", "-w", "-t", "20", "-o", &options, "start"]);
        server
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let program = self.bin.join(program);
        let mut command = Command::new(&program);
        // Servers refuse root.
        if rustix::process::geteuid().is_root() {
            command = Command::new("setpriv");
            command.args(["--reuid=nobody", "--regid=nogroup", "--clear-groups"]).arg(&program);
        }
        command.args(arguments).current_dir(self.directory.path());
        let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
        assert!(status.is_ok(), "{}: {status:?}", program.display());
    }

    fn url(&self, password: &str) -> String {
        format!("postgres://postgres:{password}@/x?host={}", self.directory.path().display())
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        self.run("pg_ctl", &["-D", "data", "-m", "immediate", "stop"]);
    }
}

#[test]
fn passwords_and_standbys() {
    let project = Project::new();
    project.file(FIRST.0, FIRST.1);
    let up = |url: String, wait: &str| {
        let mut command = project.command(&["up"]);
        let output = command.env("DATABASE_URL", url).env("PGKEEL_CONNECT_WAIT", wait).output().unwrap();
        let output = Output::of(output);
        assert!(!format!("{output:?}").contains(CANARY), "{output:?}");
        output
    };
    let server = Guarded::start("", false);
    // Waiting would not mend these.
    up(server.url("canary-wrong"), "60s").exits(4).says(&[
        "error[authentication]",
        "28P01",
        "correct role and password",
    ]);
    up(server.url("").replace(":@", "@"), "60s").exits(4).says(&["error[authentication]", "DATABASE_PASSWORD"]);
    up(server.url("canary"), "60s").exits(0);
    drop(server);

    let standby = Guarded::start("-c hot_standby=on", true);
    up(standby.url("canary"), "5s").exits(6).says(&["error[standby]", "connect to the primary"]);
    drop(standby);

    let starting = Guarded::start("-c hot_standby=off", true);
    up(starting.url("canary"), "1s").exits(4).says(&[
        "error[connection]",
        "does not take connections yet",
        "connect_wait",
    ]);
}

#[test]
fn a_role_without_rights() {
    let (project, database) = (Project::new(), Database::new("rights"));
    project.file(FIRST.0, FIRST.1);
    let role = format!("r_{}", database.name());
    Server::main().admin(&format!("CREATE ROLE {role} LOGIN"));
    let up = |url: &str| Output::of(project.command(&["up"]).env("DATABASE_URL", url).output().unwrap());
    up(&database.url_as(&role)).exits(6).says(&["error[refused]", "may not write the ledger", "CREATE SCHEMA"]);
    let url = database.url_as(&role);
    let (server, _) = url.rsplit_once('/').unwrap();
    up(&format!("{server}/t_no_such_database")).exits(6).says(&[
        "error[refused]",
        "permission denied to create database",
        "CREATE DATABASE",
    ]);
    database.psql(&format!("REVOKE CONNECT ON DATABASE {} FROM public", database.name()));
    up(&database.url_as(&role)).exits(4).says(&["error[authentication]", "GRANT CONNECT ON DATABASE"]);
    Server::main().admin(&format!("DROP ROLE {role}"));
}

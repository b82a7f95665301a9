//! The private development server: `pgkeel db up|down|status|reset`.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;

/// An empty project with a development server of its own, which goes with it.
struct Project {
    directory: tempfile::TempDir,
    root: PathBuf,
}

#[expect(clippy::unwrap_used, reason = "a harness that cannot work ends the test")]
impl Project {
    fn new() -> Self {
        Self::below("")
    }

    fn below(path: &str) -> Self {
        let directory = tempfile::Builder::new().prefix("pgkeel-it-").tempdir().unwrap();
        let root = directory.path().join(path);
        std::fs::create_dir_all(root.join("migrations")).unwrap();
        std::fs::write(root.join("pgkeel.toml"), "migrations = \"migrations\"\n").unwrap();
        Self { directory, root }
    }

    /// A command in a clean environment, so that no setting of the developer matters.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pgkeel"));
        command.args(arguments).current_dir(&self.root).env_clear().env("HOME", self.directory.path());
        for name in ["PATH", "PGKEEL_CACHE"] {
            if let Some(value) = env(name) {
                command.env(name, value);
            }
        }
        if let Some(bin) = env("PGKEEL_TEST_BIN") {
            command.env("PGKEEL_POSTGRES_BIN", bin);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn db(&self, verb: &str) -> Answer {
        Answer::of(self.command(&["db", verb, "--format", "json"]).output().unwrap())
    }

    fn status(&self) -> Value {
        let answer = self.db("status");
        assert_eq!(answer.code, Some(0), "{answer:?}");
        answer.json
    }

    fn up(&self) -> Value {
        let answer = self.db("up");
        assert_eq!(answer.code, Some(0), "{answer:?}");
        let status = self.status();
        assert_eq!(status["state"], "running");
        status
    }

    fn start_up(&self) -> Child {
        self.command(&["db", "up", "--format", "json"]).spawn().unwrap()
    }

    /// Asks the server by its socket, as a program would.
    fn sql(&self, sql: &str) -> String {
        let status = self.status();
        let psql = env("PGKEEL_TEST_BIN").map_or("psql".into(), |bin| Path::new(&bin).join("psql"));
        let output = Command::new(psql)
            .args(["-X", "-At", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-d", "postgres", "-c", sql])
            .args(["-h", status["socket"].as_str().unwrap(), "-p", &status["port"].to_string()])
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn pid_file(&self) -> PathBuf {
        Path::new(self.status()["data"].as_str().unwrap()).join("postmaster.pid")
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        self.command(&["db", "reset", "--yes"]).output().ok();
        self.command(&["db", "down"]).output().ok();
    }
}

#[derive(Debug)]
struct Answer {
    code: Option<i32>,
    json: Value,
    stderr: String,
}

impl Answer {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            json: serde_json::from_slice(&output.stdout).unwrap_or_default(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the harness says where servers are")]
fn env(name: &str) -> Option<std::ffi::OsString> {
    std::env::var_os(name)
}

fn kill(signal: &str, pid: &str) {
    let status = Command::new("kill").args([signal, pid]).status();
    assert!(status.is_ok_and(|status| status.success()), "kill {signal} {pid}");
}

#[test]
fn up_down_and_again() {
    let project = Project::new();
    assert_eq!(project.status()["state"], "absent");
    assert_eq!(project.db("down").code, Some(0));

    let first = project.up();
    assert_eq!(project.sql("select current_setting('fsync')"), "on");
    assert_eq!(project.up(), first, "a second start changes nothing");

    assert_eq!(project.db("down").code, Some(0));
    assert_eq!(project.status()["state"], "stopped");
    assert_eq!(project.db("down").code, Some(0));
    let second = project.up();
    assert_eq!(second["port"], first["port"], "the port is remembered");
    assert_ne!(second["pid"], first["pid"]);
}

#[test]
fn another_database_url_is_ignored() {
    let project = Project::new();
    let mut command = project.command(&["db", "up", "--format", "json"]);
    command.env("DATABASE_URL", "postgresql://nobody@192.0.2.1:1/nowhere").env("PGPORT", "1").env("PGDATA", "/nowhere");
    let answer = Answer::of(command.output().unwrap());
    assert_eq!(answer.code, Some(0), "{answer:?}");
    assert_eq!(project.sql("select 1"), "1");
}

#[test]
fn data_outlive_a_killed_server() {
    let project = Project::new();
    let first = project.up();
    project.sql("create table kept as select generate_series(1, 1000) as i");
    kill("-9", &first["pid"].to_string());
    let second = project.up();
    assert_ne!(second["pid"], first["pid"]);
    assert_eq!(project.sql("select count(*) from kept"), "1000");
}

#[test]
fn a_stale_pid_file_is_no_server() {
    let project = Project::new();
    let first = project.up();
    let pid_file = project.pid_file();
    let text = std::fs::read_to_string(&pid_file).unwrap();
    project.db("down");
    // The number of a process that lives, but is no server: this one.
    let stale = text.replacen(&first["pid"].to_string(), &std::process::id().to_string(), 1);
    std::fs::write(&pid_file, stale).unwrap();
    assert_eq!(project.status()["state"], "stopped");
    project.up();
    project.db("down");
    // A crash of the machine can leave it empty.
    std::fs::write(&pid_file, "").unwrap();
    project.up();
}

#[test]
fn two_starts_make_one_server() {
    let project = Project::new();
    let children: Vec<Child> = (0..4).map(|_| project.start_up()).collect();
    for child in children {
        let answer = Answer::of(child.wait_with_output().unwrap());
        assert_eq!(answer.code, Some(0), "{answer:?}");
    }
    assert_eq!(project.sql("select 1"), "1");
}

#[test]
fn a_taken_port_makes_room() {
    let project = Project::new();
    let first = project.up();
    project.db("down");
    let port = u16::try_from(first["port"].as_u64().unwrap()).unwrap();
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
    let second = project.up();
    assert_ne!(second["port"], first["port"]);
    drop(taken);
    assert_eq!(project.sql("show port"), second["port"].to_string());
}

#[test]
fn deep_projects_have_short_sockets() {
    let project = Project::below(&"a-directory-with-a-long-name/".repeat(6));
    assert!(project.root.as_os_str().len() > 150);
    project.up();
    assert_eq!(project.sql("select 1"), "1");
}

#[test]
fn an_interrupted_start_leaves_nothing_half_done() {
    for (signal, code) in [("-INT", Some(130)), ("-TERM", Some(143)), ("-KILL", None)] {
        let project = Project::new();
        let child = project.start_up();
        // A data directory takes longer than this.
        std::thread::sleep(Duration::from_millis(200));
        kill(signal, &child.id().to_string());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), code, "{signal}: {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(project.status()["state"], "absent", "{signal}");
        project.up();
    }
}

#[test]
fn programs_that_do_not_fit_are_listed() {
    let project = Project::new();
    let mut command = project.command(&["db", "up", "--format", "json"]);
    let answer = Answer::of(command.env("PGKEEL_POSTGRES_BIN", project.root.join("migrations")).output().unwrap());
    assert_eq!(answer.code, Some(1), "{answer:?}");
    assert_eq!(answer.json["error"]["code"], "no_programs");
    assert_eq!(project.status()["state"], "absent");
}

#[test]
fn what_has_to_be_fetched_is_told_to_scripts() {
    let project = Project::new();
    let missing = |bin: Option<&str>| {
        let mut command = project.command(&["db", "programs", "--missing"]);
        match bin {
            Some(bin) => command.env("PGKEEL_POSTGRES_BIN", bin),
            None => command.env_remove("PGKEEL_POSTGRES_BIN"),
        };
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let programs = env("PGKEEL_TEST_BIN").unwrap().into_string().unwrap();
    assert_eq!(missing(Some(&programs)), "", "they are there");
    std::fs::write(project.root.join("pgkeel.toml"), "extensions = [\"no_such_extension\", \"plpgsql\"]\n").unwrap();
    assert_eq!(missing(None), "no_such_extension,plpgsql\n");
    // Nothing that is fetched would be used instead of what the setting names.
    assert_eq!(missing(Some(&programs)), "");
    std::fs::write(project.root.join("pgkeel.toml"), "x = 1\n").unwrap();
    let answer = project.command(&["db", "programs", "--missing"]).output().unwrap();
    assert_eq!(answer.status.code(), Some(1), "a broken settings file is no reason to fetch: {answer:?}");
    std::fs::write(project.root.join("pgkeel.toml"), "").unwrap();
}

#[test]
fn a_server_that_does_not_start_shows_its_log() {
    let project = Project::new();
    project.up();
    let conf = project.pid_file().with_file_name("postgresql.conf");
    project.db("down");
    let text = std::fs::read_to_string(&conf).unwrap();
    std::fs::write(&conf, format!("{text}\nshared_buffers = nonsense\n")).unwrap();
    let answer = project.db("up");
    assert_eq!(answer.code, Some(1), "{answer:?}");
    assert_eq!(answer.json["error"]["code"], "server_start");
    let notes = answer.json["error"]["notes"].to_string();
    assert!(answer.stderr.contains("starting PostgreSQL"), "{answer:?}");
    assert!(notes.contains("nonsense"), "the last lines of its log are told: {answer:?}");
}

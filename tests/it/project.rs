//! A user's project in a scratch folder, and the binary run in it.

use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::server::Database;

/// A project with `pgkeel.toml` and `migrations/`.
pub(crate) struct Project {
    directory: TempDir,
}

/// What a run of the binary gave.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Project {
    pub(crate) fn new() -> Self {
        let directory = tempfile::Builder::new().prefix("pgkeel-it-").tempdir().unwrap();
        fs::create_dir(directory.path().join("migrations")).unwrap();
        fs::write(directory.path().join("pgkeel.toml"), "migrations = \"migrations\"\n").unwrap();
        Self { directory }
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Writes a file, with its folder.
    pub(crate) fn file(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Writes a revision: id, parents (comma-separated, may be empty), up and down with their markers' options as
    /// first line where they have any, for example `transaction=off\nVACUUM`.
    pub(crate) fn revision(&self, id: &str, parents: &str, up: &str, down: Option<&str>) {
        let section = |name: &str, text: &str| match text.split_once('\n') {
            Some((options @ "transaction=off", body)) => format!("-- migrate:{name} {options}\n{body}\n"),
            _ => format!("-- migrate:{name}\n{text}\n"),
        };
        let parents = if parents.is_empty() { String::new() } else { format!("-- down_revision: {parents}\n") };
        let down = down.map_or("-- migrate:down irreversible\n".to_owned(), |down| section("down", down));
        let text = format!("-- Revision {id}\n--\n-- revision: {id}\n{parents}\n{}\n{down}", section("up", up));
        self.file(&format!("migrations/{id}.sql"), &text);
    }

    /// The binary, in a clean environment, so that no setting of the developer matters.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("pgkeel"));
        command.args(arguments).current_dir(self.path()).env_clear().env("HOME", self.path()).env("NO_COLOR", "1");
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs the binary.
    #[must_use]
    pub(crate) fn pgkeel(&self, arguments: &[impl AsRef<str>]) -> Output {
        let arguments: Vec<&str> = arguments.iter().map(AsRef::as_ref).collect();
        Output::of(self.command(&arguments).output().unwrap())
    }

    /// Starts the binary on a database.
    pub(crate) fn start(&self, database: &Database, arguments: &[&str]) -> Running {
        Running::of(self.command(arguments).env("DATABASE_URL", database.url()).spawn().unwrap())
    }

    /// Adds settings.
    pub(crate) fn settings(&self, toml: &str) {
        let path = self.path().join("pgkeel.toml");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(path, format!("{toml}\n{text}")).unwrap();
    }

    /// Runs the binary on a database.
    #[must_use]
    pub(crate) fn on(&self, database: &Database, arguments: &[&str]) -> Output {
        Output::of(self.command(arguments).env("DATABASE_URL", database.url()).output().unwrap())
    }
}

/// A run of the binary that has not ended.
pub(crate) struct Running {
    child: std::process::Child,
    heard: String,
}

impl Running {
    /// Takes a process that was started by hand.
    pub(crate) fn of(child: std::process::Child) -> Self {
        Self { child, heard: String::new() }
    }

    /// Sends a signal, as `kill` calls it.
    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill").args([name, &self.child.id().to_string()]).status();
        assert!(status.is_ok_and(|status| status.success()), "kill {name}");
    }

    /// Waits until it has said this on stderr.
    #[track_caller]
    pub(crate) fn hears(&mut self, text: &str) {
        let stderr = self.child.stderr.as_mut().unwrap();
        let mut said = Vec::new();
        while !String::from_utf8_lossy(&said).contains(text) {
            let mut byte = [0];
            assert_eq!(stderr.read(&mut byte).unwrap(), 1, "{text:?} was not said: {}", String::from_utf8_lossy(&said));
            said.extend(byte);
        }
        self.heard.push_str(&String::from_utf8(said).unwrap());
    }

    /// Returns whether it has ended.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Waits for its end.
    pub(crate) fn end(self) -> Output {
        let mut output = Output::of(self.child.wait_with_output().unwrap());
        output.stderr.insert_str(0, &self.heard);
        output
    }
}

impl Output {
    pub(crate) fn of(output: std::process::Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The JSON document of the answer.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }

    /// Demands this exit code.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}\n{}", self.stdout, self.stderr);
        self
    }

    /// Demands that stderr says all of this.
    #[track_caller]
    pub(crate) fn says(self, texts: &[&str]) -> Self {
        for text in texts {
            assert!(self.stderr.contains(text), "stderr does not say {text:?}:\n{}", self.stderr);
        }
        self
    }
}

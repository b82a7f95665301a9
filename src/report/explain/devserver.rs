//! Errors and progress of the development server.

use crate::devserver::error::{DevServerError, DirectoryFault, Refused, Why};
use crate::devserver::{Progress, Source};
use crate::report::diagnostic::{Diagnostic, Exit};
use crate::world::{Interrupt, interrupted};

impl From<DevServerError> for Diagnostic {
    fn from(error: DevServerError) -> Self {
        let explain = |code, exit| Self::from_error(code, exit, &error);
        match &error {
            DevServerError::NoPrograms { extensions, looked, caches } => {
                let mut diagnostic = explain("no_programs", Exit::Failed);
                diagnostic.notes = looked_at(looked);
                for cache in caches {
                    diagnostic = diagnostic.note(format!("no more in {}", cache.join("postgresql").display()));
                }
                if looked.iter().any(|refused| refused.source == Source::Setting) {
                    return diagnostic.help(
                        "set `postgres_bin` to the directory of a PostgreSQL that fits, or remove it: then pgkeel looks \
                         for one",
                    );
                }
                let fetch = if extensions.iter().all(|name| name == "vector" || name == "plpgsql") {
                    "run `scripts/fetch-postgres` (`make db-up` does), which gets PostgreSQL 18 with pgvector"
                } else {
                    "run `scripts/fetch-postgres --contrib`, which gets PostgreSQL 18 with pgvector and the contrib \
                     extensions"
                };
                diagnostic
                    .help(fetch)
                    .help("install PostgreSQL 15 or newer with these extensions, or set `postgres_bin` to its programs")
            }
            DevServerError::OtherMajor { made_by, looked, .. } => {
                let mut diagnostic = explain("other_major", Exit::Refused);
                diagnostic.notes = looked_at(looked);
                let lacking = looked.iter().any(|refused| matches!(refused.why, Why::NoExtension { .. }));
                diagnostic
                    .help(if lacking {
                        format!("install the missing extensions for PostgreSQL {made_by}")
                    } else {
                        format!("install PostgreSQL {made_by} again, or set `postgres_bin` to its programs")
                    })
                    .help("if the data can go: `pgkeel db reset` removes them, and `pgkeel db up` starts anew")
            }
            DevServerError::NotRunning => explain("connection", Exit::Connection)
                .help("start it with `pgkeel db up` (`make db-up`)")
                .help("set `DATABASE_URL` to use another server"),
            DevServerError::NotReady { log, .. } => explain("connection", Exit::Connection)
                .help("wait a moment if it recovers from a crash; `pgkeel db up` starts it again otherwise")
                .help(format!("its log tells more: {}", log.display())),
            DevServerError::Io { .. } => {
                explain("file", Exit::Failed).help("check the rights and the free space there, then run it again")
            }
            DevServerError::Run { .. } => explain("file", Exit::Failed).help(
                "the installation of PostgreSQL seems damaged; install it again, or run `scripts/fetch-postgres`",
            ),
            DevServerError::Initdb { output } => {
                let mut diagnostic = explain("initdb", Exit::Failed);
                diagnostic.causes.extend(output.lines().rev().take(10).map(str::to_owned));
                diagnostic.causes.reverse();
                diagnostic.help("initdb's own message above says why; nothing was left behind, so run it again then")
            }
            DevServerError::NoAccount { uid } => explain("account", Exit::Failed)
                .help(format!("add one, as root: `useradd --uid {uid} --no-create-home dev`"))
                .help("or start the container as root: the server then runs as `nobody`"),
            DevServerError::NoServerAccount => explain("account", Exit::Failed)
                .help("add one: `useradd --system --no-create-home nobody`")
                .help("or run pgkeel as an ordinary user"),
            DevServerError::Start { log, tail } => {
                let mut diagnostic = explain("server_start", Exit::Failed);
                diagnostic.notes.extend(tail.iter().cloned());
                diagnostic
                    .help(format!("these are the last lines of its log: {}", log.display()))
                    .help("if the data can go: `pgkeel db reset` removes them, and `pgkeel db up` starts anew")
            }
            DevServerError::PortTaken { port } => explain("port_taken", Exit::Failed)
                .help(format!("see who has it: `ss -ltnp 'sport = :{port}'` or `lsof -iTCP:{port} -sTCP:LISTEN`"))
                .help("set `dev_port` to another port, or remove it: then pgkeel chooses a free one"),
            DevServerError::ForeignDirectory { path, fault } => explain("directory", Exit::Refused).help(match fault {
                DirectoryFault::NotADirectory | DirectoryFault::Owner(0) => {
                    format!("look at it, then remove it: `rm -rf {}`", path.display())
                }
                DirectoryFault::Owner(_) => {
                    format!("have its owner or root remove it, and ask what it is for: {}", path.display())
                }
            }),
            DevServerError::OtherOwner { owner, .. } => explain("other_owner", Exit::Refused)
                .help(format!("run pgkeel as that user: `sudo -u '#{owner}' pgkeel db status`"))
                .help("or have that user run `pgkeel db reset`, which removes the data, and remove `.pgkeel`"),
            DevServerError::NotADataDirectory { path } => explain("other_data", Exit::Refused)
                .help(format!("look at what is there, then move it away or remove it: {}", path.display())),
            DevServerError::Held { lock } => explain("lock", Exit::Lock)
                .help(format!("see who holds it (`fuser -v {}`), and end that process", lock.display())),
            DevServerError::DoesNotStop { pid, log } => explain("server_stop", Exit::Failed)
                .help(format!("its log tells more: {}", log.display()))
                .help(format!("as the last resort: `kill -9 {pid}`; the next start recovers")),
            DevServerError::Interrupted => match interrupted() {
                Some(Interrupt::Term) => explain("interrupted", Exit::Terminated),
                Some(Interrupt::Int) | None => explain("interrupted", Exit::Interrupted),
            }
            .help("nothing is left half-done; run it again"),
        }
    }
}

/// Returns the line that tells a person of progress.
pub(crate) fn progress(progress: &Progress) -> String {
    match progress {
        Progress::WaitingForOther => "waiting for another start or stop of this server".to_owned(),
        Progress::Initialising { data_dir, programs } => {
            format!("making a data directory of PostgreSQL {}: {}", programs.version, data_dir.display())
        }
        Progress::Starting { port, programs } => {
            let from = source(programs.source);
            format!("starting PostgreSQL {} on port {port} ({from}): {}", programs.version, programs.bin.display())
        }
        Progress::CleaningUp { pid: Some(pid) } => {
            format!("the last server (process {pid}) did not end in order; cleaning up")
        }
        Progress::CleaningUp { pid: None } => "the last server did not end in order; cleaning up".to_owned(),
        Progress::Restarting { pid } => format!("starting the server again (process {pid})"),
        Progress::PortTaken { taken, instead } => {
            format!("port {taken} is taken by another program; using {instead} instead")
        }
        Progress::OtherPort { running, wanted } => format!(
            "the server runs on port {running}; `dev_port` ({wanted}) counts from its next start (`pgkeel db down`, then \
             `pgkeel db up`)"
        ),
        Progress::TryingAgain { attempt } => format!("the server did not start yet; attempt {attempt}"),
    }
}

fn looked_at(looked: &[Refused]) -> Vec<String> {
    looked
        .iter()
        .map(|refused| {
            let reason = match &refused.why {
                Why::Lacks(program) => format!("no program `{program}` there"),
                Why::DoesNotRun(said) if said.is_empty() => "`postgres --version` does not run".to_owned(),
                Why::DoesNotRun(said) => format!("`postgres --version` does not run: {said}"),
                Why::TooOld(version) => format!("version {version} is too old, 15 is the oldest"),
                Why::NoExtension { version, missing } => {
                    format!("version {version} does not offer {}", missing.join(", "))
                }
                Why::OtherMajor { version, data } => {
                    format!("version {version}, and the data directory is of version {data}")
                }
                Why::NotAsked { version, asked } => format!("version {version}, and {asked} is asked for"),
            };
            format!("{} ({}): {reason}", refused.bin.display(), source(refused.source))
        })
        .collect()
}

fn source(source: Source) -> &'static str {
    match source {
        Source::Setting => "setting `postgres_bin`",
        Source::Path => "on the PATH",
        Source::System => "of the system",
        Source::Homebrew => "of Homebrew or Postgres.app",
        Source::PgConfig => "named by pg_config",
        Source::Fetched => "fetched",
    }
}

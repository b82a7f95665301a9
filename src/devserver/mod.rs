//! The private development server of a project: found programs, a data directory, start, stop.
//!
//! One server a project. It belongs to the user who starts it, listens on a unix socket in a directory that only this
//! user can enter (no password needed there), and on 127.0.0.1 for programs that know TCP only (superuser `postgres`,
//! a random password in a file of mode 0600). Data are kept: `fsync` is on.
//!
//! Servers refuse root. Started by root, the server runs as `nobody`, its data stand under `/var/lib/pgkeel`, and root
//! enters the socket's directory by being root.

mod account;
mod cluster;
pub(crate) mod control;
pub(crate) mod discover;
pub(crate) mod dump;
pub(crate) mod error;
pub(crate) mod observe;
mod paths;
mod pidfile;
mod port;
mod process;
mod recover;
mod run;
mod start;
mod state;

use std::ffi::OsString;
use std::path::PathBuf;

use crate::text::dsn::Dsn;

/// The superuser of every development server.
pub(crate) const SUPERUSER: &str = "postgres";

/// The oldest major version that is supported (DESIGN §10).
pub(crate) const OLDEST_MAJOR: u32 = 15;

/// What the development server of a project shall be.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// The project's root directory, absolute.
    pub(crate) root: PathBuf,
    /// The directory of the server programs, where the setting names one; then no other is looked at.
    pub(crate) postgres_bin: Option<PathBuf>,
    /// The extensions that the project needs; `pgvector` means `vector`.
    pub(crate) extensions: Vec<String>,
    /// The major version that the programs must be of, where it matters. It is looked at when programs are looked for;
    /// a server that runs already is taken as it is.
    pub(crate) major: Option<u32>,
    /// The TCP port, where the setting names one; then no other is taken.
    pub(crate) port: Option<u16>,
    /// The setting `cache`, absolute. Fetched programs are looked for there, and where `scripts/fetch-postgres` puts
    /// them without being told.
    pub(crate) cache: Option<PathBuf>,
    /// What the settings read from the environment.
    pub(crate) environment: Environment,
}

/// The part of the process environment that matters here.
#[derive(Clone, Debug, Default)]
pub(crate) struct Environment {
    /// `PATH`.
    pub(crate) path: Option<OsString>,
    /// `HOME`.
    pub(crate) home: Option<PathBuf>,
    /// `XDG_CACHE_HOME`.
    pub(crate) xdg_cache_home: Option<PathBuf>,
}

/// Where server programs were found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The setting `postgres_bin`.
    Setting,
    /// The search path of the shell.
    Path,
    /// A directory in which the system's packages put them.
    System,
    /// Homebrew, or the application Postgres.app.
    Homebrew,
    /// What `pg_config --bindir` says.
    PgConfig,
    /// The build that `scripts/fetch-postgres` put into the cache.
    Fetched,
}

/// Server programs that fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Programs {
    /// Their directory.
    pub(crate) bin: PathBuf,
    /// The version as the server says it: `15.18`, `18.4`, `19beta1`.
    pub(crate) version: String,
    /// The major version.
    pub(crate) major: u32,
    /// Where they were found.
    pub(crate) source: Source,
}

/// A running development server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Running {
    /// The process id of the server.
    pub(crate) pid: u32,
    /// The port, of TCP and in the name of the socket.
    pub(crate) port: u16,
    /// The directory of the unix socket.
    pub(crate) socket_dir: PathBuf,
    /// The data directory.
    pub(crate) data_dir: PathBuf,
    /// The log.
    pub(crate) log: PathBuf,
    /// The file with the superuser's password, for TCP.
    pub(crate) password_file: PathBuf,
    /// The version as the server says it; only the major version where the state file is lost.
    pub(crate) version: String,
    /// The directory of the programs that it runs, as far as known.
    pub(crate) bin: Option<PathBuf>,
}

/// How the development server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// It takes connections.
    Running(Running),
    /// Its process is there, but it takes no connections: it starts, recovers, stops, or its socket has vanished.
    Busy {
        /// The process id.
        pid: u32,
        /// The log.
        log: PathBuf,
    },
    /// There is a data directory and no server.
    Stopped {
        /// The data directory.
        data_dir: PathBuf,
        /// The log of the last run.
        log: PathBuf,
        /// The major version that made the data directory.
        major: String,
    },
    /// There is nothing yet.
    NeverInitialised {
        /// Where the data directory will be.
        data_dir: PathBuf,
    },
}

/// The outcome of [`control::up`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) struct Started {
    /// Whether it ran already, and nothing was done.
    pub(crate) already: bool,
    /// The server.
    pub(crate) server: Running,
}

/// The outcome of [`control::down`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) struct Stopped {
    /// Whether there was a server to stop.
    pub(crate) was_running: bool,
}

/// The outcome of [`control::remove`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) struct Removed {
    /// Whether there was a data directory.
    pub(crate) existed: bool,
    /// The data directory.
    pub(crate) data_dir: PathBuf,
}

/// What happens while the server is brought up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// Another process starts or stops this server; it is waited for.
    WaitingForOther,
    /// A data directory is made.
    Initialising {
        /// Where.
        data_dir: PathBuf,
        /// With which programs.
        programs: Programs,
    },
    /// The server is started.
    Starting {
        /// On which port.
        port: u16,
        /// With which programs.
        programs: Programs,
    },
    /// The last server did not end in order; what it left is put in order.
    CleaningUp {
        /// Its process id.
        pid: Option<u32>,
    },
    /// The server's process is there but cannot be reached; it is started again.
    Restarting {
        /// Its process id.
        pid: u32,
    },
    /// The remembered port is taken by another program.
    PortTaken {
        /// The remembered port.
        taken: u16,
        /// The port instead.
        instead: u16,
    },
    /// The server that runs already has another port than the setting says; the setting counts from the next start.
    OtherPort {
        /// The port of the running server.
        running: u16,
        /// The setting.
        wanted: u16,
    },
    /// A start failed for a reason that passes; it is tried again.
    TryingAgain {
        /// Which attempt follows, from 2.
        attempt: u32,
    },
}

/// Returns how to connect to a database of the server: by its unix socket, without password.
pub(crate) fn dsn(server: &Running, dbname: &str) -> Dsn {
    Dsn {
        hosts: vec![(server.socket_dir.display().to_string(), Some(server.port))],
        dbname: Some(dbname.to_owned()),
        user: Some(SUPERUSER.to_owned()),
        ..Dsn::default()
    }
}

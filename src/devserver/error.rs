//! What can go wrong with the development server.

use std::path::{Path, PathBuf};

use crate::devserver::Source;

/// Why server programs are not used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// A program that is needed is not in the directory.
    Lacks(&'static str),
    /// `postgres --version` does not run, or says nothing that can be read.
    DoesNotRun(String),
    /// Too old for pgkeel.
    TooOld(String),
    /// Extensions that the project needs are not installed with it.
    NoExtension {
        /// The version.
        version: String,
        /// The missing extensions.
        missing: Vec<String>,
    },
    /// The data directory is of another major version.
    OtherMajor {
        /// The version of the programs.
        version: String,
        /// The major version that made the data directory.
        data: String,
    },
    /// Another major version is asked for.
    NotAsked {
        /// The version of the programs.
        version: String,
        /// The major version that is asked for.
        asked: u32,
    },
}

/// Server programs that were looked at and not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    /// Their directory.
    pub(crate) bin: PathBuf,
    /// How they were found.
    pub(crate) source: Source,
    /// The reason.
    pub(crate) why: Why,
}

/// What is wrong with a directory that only the server's user may enter: that of the socket, or root's for the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DirectoryFault {
    /// It is a file or a symbolic link.
    NotADirectory,
    /// It belongs to somebody else.
    Owner(u32),
}

/// What can go wrong with the development server.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DevServerError {
    /// Nothing fits.
    #[error("{}", no_programs(extensions))]
    NoPrograms {
        /// What the project needs.
        extensions: Vec<String>,
        /// What was looked at, in this order.
        looked: Vec<Refused>,
        /// Where fetched programs would lie.
        caches: Vec<PathBuf>,
    },
    /// Programs of other major versions only.
    #[error("the data directory was made by PostgreSQL {made_by}, and no programs of that version fit: {}", data.display())]
    OtherMajor {
        /// The data directory.
        data: PathBuf,
        /// The major version that made it.
        made_by: String,
        /// What was looked at.
        looked: Vec<Refused>,
    },
    /// There is no server to talk with.
    #[error("the development server of this project is not running")]
    NotRunning,
    /// The server's process is there, but takes no connections.
    #[error("the development server (process {pid}) takes no connections")]
    NotReady {
        /// Its process id.
        pid: u32,
        /// Its log.
        log: PathBuf,
    },
    /// A file or directory.
    #[error("cannot {doing} {}", path.display())]
    Io {
        /// What was tried, as a verb.
        doing: &'static str,
        /// With what.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// A program could not be run at all.
    #[error("cannot run {}", program.display())]
    Run {
        /// The program.
        program: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// `initdb` failed.
    #[error("the data directory could not be made")]
    Initdb {
        /// What initdb said.
        output: String,
    },
    /// `initdb` needs a name for the user that it runs as.
    #[error("user {uid} has no entry in the system's list of users, and PostgreSQL refuses to run without one")]
    NoAccount {
        /// The user's number.
        uid: u32,
    },
    /// Started by root, and no user is there to run the server as.
    #[error("a server cannot run as root, and there is no user `nobody` to run it as")]
    NoServerAccount,
    /// The server ended while it started.
    #[error("the server does not start")]
    Start {
        /// Its log.
        log: PathBuf,
        /// The last lines of the log, or what pg_ctl said.
        tail: Vec<String>,
    },
    /// The port of the setting is taken.
    #[error("port {port} is taken by another program")]
    PortTaken {
        /// The port.
        port: u16,
    },
    /// A directory that only the server's user may enter cannot be trusted.
    #[error("{}", directory_fault(path, *fault))]
    ForeignDirectory {
        /// The directory.
        path: PathBuf,
        /// What is wrong.
        fault: DirectoryFault,
    },
    /// The project's server belongs to another user.
    #[error("the development server of this project belongs to user {owner}: {}", path.display())]
    OtherOwner {
        /// The file that shows it.
        path: PathBuf,
        /// The user's number.
        owner: u32,
    },
    /// Something stands where the data directory should be.
    #[error("this is no data directory of PostgreSQL, and it is not empty: {}", path.display())]
    NotADataDirectory {
        /// The directory.
        path: PathBuf,
    },
    /// Another process holds the project's server for too long.
    #[error("another process is starting or stopping the development server, and does not finish")]
    Held {
        /// The lock file.
        lock: PathBuf,
    },
    /// The server does not stop.
    #[error("the server (process {pid}) does not stop")]
    DoesNotStop {
        /// Its process id.
        pid: u32,
        /// Its log.
        log: PathBuf,
    },
    /// A signal came.
    #[error("interrupted")]
    Interrupted,
}

impl DevServerError {
    /// Makes a function for `map_err`.
    pub(super) fn io<'a>(doing: &'static str, path: &'a Path) -> impl FnOnce(std::io::Error) -> Self + 'a {
        move |source| Self::Io { doing, path: path.to_owned(), source }
    }
}

fn no_programs(extensions: &[String]) -> String {
    if extensions.is_empty() {
        "no PostgreSQL server programs are there that pgkeel can use".to_owned()
    } else {
        format!("no PostgreSQL server programs are there that offer {}", extensions.join(", "))
    }
}

fn directory_fault(path: &Path, fault: DirectoryFault) -> String {
    match fault {
        DirectoryFault::NotADirectory => format!("this is in the way of a directory of the server: {}", path.display()),
        DirectoryFault::Owner(owner) => {
            format!("a directory of the server belongs to user {owner}: {}", path.display())
        }
    }
}

//! Where a value came from.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::text::dsn::conceal;

/// The place that a value came from. Paths are kept as a person in the current directory would type them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Built in, or derived from other settings.
    Default,
    /// One of libpq's `PG*` variables. They only fill what nothing else set.
    LibpqEnv(String),
    /// A password file of libpq.
    PasswordFile { path: PathBuf, line: usize },
    /// A service file of libpq.
    Service { path: PathBuf, service: String },
    /// `pgkeel.toml`.
    File { path: PathBuf, line: usize },
    /// The table `[env.NAME]` of `pgkeel.toml`.
    FileEnv { path: PathBuf, env: String, line: usize },
    /// A variable in `.env` or `.env.NAME`.
    DotEnv { path: PathBuf, variable: String },
    /// A variable of the process environment.
    Env(String),
    /// A flag of the command line.
    Flag(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::LibpqEnv(name) => write!(f, "{name} (libpq)"),
            Self::PasswordFile { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Service { path, service } => write!(f, "{} [{service}]", path.display()),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::FileEnv { path, env, line } => write!(f, "{}:{line} [env.{env}]", path.display()),
            Self::DotEnv { path, variable } => write!(f, "{variable} in {}", path.display()),
            Self::Env(name) | Self::Flag(name) => f.write_str(name),
        }
    }
}

/// A place in a settings file. Its text has asterisks for everything that may be a password, at the same length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FilePlace {
    /// The file, as a person would type it.
    pub(crate) path: PathBuf,
    /// The concealed text.
    pub(crate) text: Arc<str>,
    /// The bytes that are meant.
    pub(crate) span: Range<usize>,
}

impl FilePlace {
    /// Makes the place of some bytes of a file.
    pub(crate) fn new(path: &Path, text: &str, span: Range<usize>) -> Self {
        Self { path: path.to_owned(), text: conceal(text).into(), span }
    }

    /// Returns line and column, both from 1; the column counts characters.
    pub(crate) fn line_and_column(&self) -> (usize, usize) {
        let before = self.text.get(..self.span.start).unwrap_or(&self.text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }
}

impl fmt::Display for FilePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, column) = self.line_and_column();
        write!(f, "{}:{line}:{column}", self.path.display())
    }
}

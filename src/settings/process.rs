//! The process environment. Nothing else in the program reads it.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::PathBuf;

use crate::settings::error::SettingsError;

/// The variables of the process, taken once at the start. Its `Debug` shows names only.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct ProcessEnvironment(BTreeMap<String, OsString>);

impl ProcessEnvironment {
    /// Takes the environment of this process. Variables whose names are not Unicode are none of ours.
    #[expect(clippy::disallowed_methods, reason = "this is the place where the environment comes in")]
    pub(crate) fn read() -> Self {
        Self(std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value))).collect())
    }

    /// Returns a variable. An empty one counts as not set: Compose files and CI services pass unset variables on as
    /// empty ones.
    pub(crate) fn get_os(&self, name: &str) -> Option<&OsStr> {
        self.0.get(name).map(OsString::as_os_str).filter(|value| !value.is_empty())
    }

    /// Returns a variable as text.
    ///
    /// # Errors
    /// A value that is not Unicode.
    pub(crate) fn get(&self, name: &str) -> Result<Option<&str>, SettingsError> {
        match self.get_os(name) {
            None => Ok(None),
            Some(value) => match value.to_str() {
                Some(text) => Ok(Some(text)),
                None => Err(SettingsError::NotUnicode { variable: name.to_owned() }),
            },
        }
    }

    /// Returns the names of the variables that are set and not empty.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter(|(_, value)| !value.is_empty()).map(|(name, _)| name.as_str())
    }
}

impl<const N: usize> From<[(&str, &str); N]> for ProcessEnvironment {
    fn from(variables: [(&str, &str); N]) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.to_owned(), OsString::from(value))).collect())
    }
}

impl fmt::Debug for ProcessEnvironment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// What other floors need to know of the surroundings: they may not read the environment themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Environment {
    /// `PATH`.
    pub(crate) path: Option<OsString>,
    /// `HOME`.
    pub(crate) home: Option<PathBuf>,
    /// `XDG_RUNTIME_DIR`.
    pub(crate) xdg_runtime_dir: Option<PathBuf>,
    /// `XDG_CACHE_HOME`.
    pub(crate) xdg_cache_home: Option<PathBuf>,
    /// `PGKEEL_CACHE` of the process; `Settings::cache_dir` is what to use.
    pub(crate) pgkeel_cache: Option<PathBuf>,
    /// `TMPDIR`.
    pub(crate) tmpdir: Option<PathBuf>,
    /// `VISUAL`, else `EDITOR`.
    pub(crate) editor: Option<OsString>,
    /// Whether `NO_COLOR` is set and not empty; `Settings::color` obeys it already.
    pub(crate) no_color: bool,
    /// `TERM`.
    pub(crate) term: Option<OsString>,
}

impl Environment {
    pub(crate) fn of(process: &ProcessEnvironment) -> Self {
        let os = |name| process.get_os(name).map(OsStr::to_owned);
        let path = |name| process.get_os(name).map(PathBuf::from);
        // The XDG base directory specification: relative paths are invalid and to be ignored.
        let xdg = |name| path(name).filter(|path| path.is_absolute());
        Self {
            path: os("PATH"),
            home: path("HOME"),
            xdg_runtime_dir: xdg("XDG_RUNTIME_DIR"),
            xdg_cache_home: xdg("XDG_CACHE_HOME"),
            pgkeel_cache: path("PGKEEL_CACHE"),
            tmpdir: path("TMPDIR"),
            editor: os("VISUAL").or_else(|| os("EDITOR")),
            no_color: process.get_os("NO_COLOR").is_some(),
            term: os("TERM"),
        }
    }
}

/// Returns whether this is root.
pub(crate) fn is_superuser() -> bool {
    rustix::process::geteuid().is_root()
}

/// Returns the name of the operating system's user, libpq's default for the role: the passwd entry of the effective
/// user, else `USER` or `LOGNAME` (users of a directory service have no line in the file).
pub(crate) fn os_user(process: &ProcessEnvironment) -> Option<String> {
    let uid = rustix::process::geteuid().as_raw().to_string();
    let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let entry = passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == uid).then(|| name.to_owned())
    });
    let variable = |name| process.get_os(name).and_then(OsStr::to_str).map(str::to_owned);
    entry.or_else(|| variable("USER")).or_else(|| variable("LOGNAME"))
}

//! What can be wrong with settings.

use std::path::PathBuf;

use crate::settings::origin::{FilePlace, Origin};
use crate::settings::value::WrongValue;
use crate::text::dsn::DsnError;

/// Settings that can't be used. No variant holds a password.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SettingsError {
    /// A configuration file was named that is not there.
    #[error("there is no configuration file `{}` ({origin})", path.display())]
    NoFile { path: PathBuf, origin: Origin },
    /// A file can't be read.
    #[error("`{}` can't be read", path.display())]
    Read {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    /// A file is no UTF-8 text.
    #[error("`{}` is not UTF-8", path.display())]
    NotUtf8 { path: PathBuf },
    /// A file is no TOML.
    #[error("this is no TOML: {message}")]
    Toml { place: FilePlace, message: String },
    /// A key of the file that is no setting.
    #[error("`{key}` is no setting")]
    UnknownKey { key: String, near: Option<String>, place: FilePlace },
    /// A setting that stands twice in one layer under different names.
    #[error("`{key}` is set twice")]
    Twice { key: &'static str, place: FilePlace },
    /// A value of the wrong type or outside of its range.
    #[error("`{setting}` ({origin}): {wrong}")]
    Wrong { setting: &'static str, origin: Origin, wrong: Box<WrongValue>, place: Option<Box<FilePlace>> },
    /// A URL that is none.
    #[error("`{setting}` ({origin}): {error}")]
    Url { setting: &'static str, origin: Origin, error: Box<DsnError>, place: Option<Box<FilePlace>> },
    /// A line of a `.env` file that can't be read.
    #[error("this is no `NAME=value`")]
    DotEnv { place: FilePlace },
    /// A `$` in a `.env` file that would silently become something else.
    #[error("`{reference}` would silently become empty")]
    Substitution { place: FilePlace, reference: String },
    /// A variable and its `_FILE` form are both set.
    #[error("both {first} and {second} are set")]
    BothForms { first: Origin, second: Origin },
    /// The file that a `_FILE` variable names can't be read.
    #[error("`{}` ({origin}) can't be read", path.display())]
    SecretFile {
        path: PathBuf,
        origin: Origin,
        #[source]
        source: std::io::Error,
    },
    /// A line of a service file that can't be used.
    #[error("{fault}")]
    Service { place: FilePlace, fault: String },
    /// A service that no file has.
    #[error("the service `{service}` ({origin}) is not defined")]
    NoService { service: String, origin: Origin, near: Option<String>, files: Vec<PathBuf> },
    /// A variable is not Unicode.
    #[error("the value of {variable} is not UTF-8")]
    NotUnicode { variable: String },
    /// The name of the environment can't be part of a file name.
    #[error("`{name}` ({origin}) can't be the name of an environment")]
    EnvironmentName { name: String, origin: Origin },
    /// URL and parts of one layer name different databases.
    #[error(transparent)]
    Disagree(Box<Disagreement>),
    /// A command needs a database and none is set.
    #[error("no database is set for the environment `{env}`")]
    NoTarget { env: String },
}

/// URL and parts of one layer that name different databases.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{part} is `{first}` in {first_origin} and `{second}` in {second_origin}")]
pub(crate) struct Disagreement {
    /// What differs: host, port, database or user.
    pub(crate) part: &'static str,
    pub(crate) first: String,
    pub(crate) first_origin: Origin,
    pub(crate) second: String,
    pub(crate) second_origin: Origin,
}

impl SettingsError {
    /// Returns the place in a settings file that the error is about.
    pub(crate) fn place(&self) -> Option<&FilePlace> {
        match self {
            Self::Toml { place, .. }
            | Self::UnknownKey { place, .. }
            | Self::Twice { place, .. }
            | Self::DotEnv { place }
            | Self::Substitution { place, .. }
            | Self::Service { place, .. } => Some(place),
            Self::Wrong { place, .. } | Self::Url { place, .. } => place.as_deref(),
            Self::NoFile { .. }
            | Self::Read { .. }
            | Self::NotUtf8 { .. }
            | Self::BothForms { .. }
            | Self::SecretFile { .. }
            | Self::NoService { .. }
            | Self::NotUnicode { .. }
            | Self::EnvironmentName { .. }
            | Self::Disagree(_)
            | Self::NoTarget { .. } => None,
        }
    }
}

//! What a person should know about an import that went well.

use std::fmt;

/// Something that is different from what the other tool does, or that the files would not tell by themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Warning {
    /// A file that is not taken along.
    LeftOut { path: String, why: &'static str },
    /// Two migrations of golang-migrate's with one version.
    SharedVersion { version: u64, first: String, second: String },
    /// Flyway's repeatable migrations.
    Repeatable { path: String },
    /// A section that ends the tool's own transaction.
    Begin { path: String },
    /// A section that leaves a transaction to the tool to end.
    Commit { path: String },
    /// A comment that would have been taken for one of our markers.
    Marker { path: String, line: usize },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LeftOut { path, why } => write!(f, "left out: {why}: {path}"),
            Self::SharedVersion { version, first, second } => {
                write!(
                    f,
                    "two migrations have the version {version}; they run in the order of their names: {first}, {second}"
                )
            }
            Self::Repeatable { path } => {
                write!(f, "a repeatable migration runs once now; a change needs a revision of its own: {path}")
            }
            Self::Begin { path } => {
                write!(f, "the file ends a transaction that its tool began; `BEGIN` is written before it: {path}")
            }
            Self::Commit { path } => {
                write!(
                    f,
                    "the file leaves a transaction open that its tool ended; `COMMIT` is written after it: {path}"
                )
            }
            Self::Marker { path, line } => {
                write!(
                    f,
                    "{path}:{line}: the comment `-- migrate:` is a marker here; it is written as `-- was migrate:`"
                )
            }
        }
    }
}

//! What can be wrong with another tool's files.

use std::ops::Range;

use crate::convert::Tool;
use crate::revision::id::RevisionId;
use crate::text::statements::SplitError;

/// A place in a file of the other tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spot {
    /// The file, as a person would type it.
    pub(crate) path: String,
    /// Its text.
    pub(crate) source: String,
    /// The bytes that are meant.
    pub(crate) span: Range<usize>,
}

/// Why files cannot be imported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ConvertError {
    /// No file fits the layout.
    #[error("there are no migrations of {tool} in `{root}`")]
    NothingFound {
        tool: Tool,
        root: String,
        /// Some of the files that are there.
        seen: Vec<String>,
        /// How many there are.
        files: usize,
        /// The tool and the directory (empty: this one) that what is there looks like.
        likely: Option<(Tool, String)>,
        /// Whether there are revisions of Alembic or other programs in Python.
        python: bool,
    },
    /// The markers of another tool.
    #[error("this is a file of {theirs}, not of {tool}")]
    OtherTool { tool: Tool, theirs: Tool, spot: Box<Spot> },
    /// Bytes that are no text.
    #[error("`{path}` is not UTF-8: byte {offset}")]
    NotUtf8 { path: String, offset: usize },
    /// Two files with one version.
    #[error("version {version} is there twice: `{first}` and `{second}`")]
    DuplicateVersion { version: String, first: String, second: String },
    /// A version that the tool could not read.
    #[error("`{path}` has a version that is no number of {tool}")]
    BadVersion { tool: Tool, path: String },
    /// A way back from nowhere.
    #[error("`{path}` goes down, but there is no migration that goes up")]
    DownWithoutUp { path: String },
    /// A file without its marker.
    #[error("`{path}` has no line `{marker}`")]
    NoUp { tool: Tool, path: String, marker: &'static str },
    /// Markers in an order that the tool refuses.
    #[error("{what}")]
    Marker { what: String, spot: Box<Spot> },
    /// Text that the tool replaces before it runs the file.
    #[error("`{text}` is replaced by {tool} before the file runs; its value is not in the file")]
    Placeholder { tool: Tool, text: String, spot: Box<Spot> },
    /// Migrations for another database.
    #[error("the migrations in `{path}` are for {provider}, not for PostgreSQL")]
    OtherDatabase { path: String, provider: String },
    /// A settings file that cannot be read.
    #[error("`{path}` cannot be read: {message}")]
    Settings { path: String, message: String },
    /// Text that no server can run.
    #[error("{what}")]
    Sql { what: SplitError, spot: Box<Spot> },
    /// Two migrations that come to the same id.
    #[error("`{first}` and `{second}` come to the same revision id {revision}")]
    IdCollision { revision: RevisionId, first: String, second: String },
}

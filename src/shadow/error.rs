//! What can go wrong with shadow databases.

use std::ops::Range;
use std::sync::Arc;

use crate::bootstrap::step::Why;
use crate::devserver::error::DevServerError;
use crate::pg::catalog::CatalogError;
use crate::pg::connect::ConnectError;
use crate::pg::error::SqlError;
use crate::pg::state::StateError;
use crate::plan::Op;
use crate::plan::reach::Reach;
use crate::plan::section::SectionError;
use crate::text::ident::NotAnIdent;
use crate::workspace::WorkspaceError;
use crate::world::Interrupt;

/// What can go wrong with shadow databases.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ShadowError {
    /// No private server fits, and a production server is not used unasked.
    #[error("there is no place for a shadow database: the environment `{env}` is production")]
    Production {
        /// The environment.
        env: String,
        /// Why the private server is not used.
        private: String,
    },
    /// The setting says `target`, and there is none.
    #[error("the setting `shadow` says `target`, and there is no database to work on")]
    NoTarget,
    /// The private development server.
    #[error(transparent)]
    DevServer(#[from] DevServerError),
    /// No connection.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The role may not create databases.
    #[error("the role `{role}` may not create databases on {place}, so that there can be no shadow database")]
    MayNotCreate {
        /// The role.
        role: String,
        /// The server.
        place: String,
    },
    /// The database could not be created.
    #[error("the shadow database could not be created on {place}")]
    Create {
        /// The server.
        place: String,
        /// Why not.
        #[source]
        error: SqlError,
    },
    /// What bootstrap would make could not be made.
    #[error("the shadow database cannot have {object}: {why}")]
    Furnish {
        /// What.
        object: String,
        /// Why not.
        why: Why,
    },
    /// Statements that must not run in a shadow.
    #[error("{}", reaching(statements.len()))]
    Reaches {
        /// The statements.
        statements: Vec<Reaching>,
        /// Whether the server is private: then these are the ones that not even a private server takes.
        private: bool,
    },
    /// A revision file.
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
    /// A section that no server can run.
    #[error("{error}")]
    Section {
        /// Its file.
        path: String,
        /// The text of the file.
        source_text: Arc<str>,
        /// What is wrong.
        #[source]
        error: SectionError,
        /// Which section.
        op: Op,
    },
    /// A statement of a revision failed.
    #[error("{} failed in the shadow database", .0.revision)]
    Statement(Box<ReplayFailure>),
    /// The version table.
    #[error(transparent)]
    State(#[from] StateError),
    /// A name in the settings that is none.
    #[error(transparent)]
    Name(#[from] NotAnIdent),
    /// A signal.
    #[error("interrupted")]
    Interrupted(Interrupt),
    /// The server's report on a statement of ours.
    #[error("a statement of our own failed in the shadow database")]
    Sql(
        #[from]
        #[source]
        SqlError,
    ),
}

/// Why the schema in a shadow cannot be looked at.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LookError {
    /// The shadow's; a statement of a revision that fails is one, too.
    #[error(transparent)]
    Shadow(#[from] ShadowError),
    /// The catalog's.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The server's.
    #[error(transparent)]
    Sql(#[from] SqlError),
}

/// A statement that reaches beyond its database.
#[derive(Clone, Debug)]
pub(crate) struct Reaching {
    /// Its file.
    pub(crate) path: String,
    /// The text of the file.
    pub(crate) source: Arc<str>,
    /// The byte of the file at which it says so.
    pub(crate) offset: usize,
    /// What it reaches.
    pub(crate) reach: Reach,
    /// The beginning of the statement.
    pub(crate) brief: String,
}

/// A statement of a revision that failed in a shadow.
#[derive(Clone, Debug)]
pub(crate) struct ReplayFailure {
    /// The revision.
    pub(crate) revision: String,
    /// Which of its sections.
    pub(crate) op: Op,
    /// Its file.
    pub(crate) path: String,
    /// The text of the file.
    pub(crate) source: Arc<str>,
    /// The bytes of the file that the server points at, or the whole statement.
    pub(crate) span: Range<usize>,
    /// The number of the statement, from 1.
    pub(crate) number: usize,
    /// Statements in the section.
    pub(crate) of: usize,
    /// Whether some statements of the section stay done: it runs without a transaction.
    pub(crate) in_part: bool,
    /// The server's report.
    pub(crate) error: SqlError,
}

fn reaching(count: usize) -> String {
    let what = if count == 1 { "1 statement reaches" } else { &format!("{count} statements reach") };
    format!("{what} beyond the database, and a shadow database must not run that")
}

//! What the server or the connection to it says.

use std::error::Error as _;

use postgres::error::{DbError, ErrorPosition, Severity, SqlState};

/// A report of the server, whole, or the loss of the connection.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct SqlError {
    /// The server's sentence.
    pub(crate) message: String,
    /// The SQLSTATE; none when the connection failed.
    pub(crate) sqlstate: Option<String>,
    /// The server's DETAIL.
    pub(crate) detail: Option<String>,
    /// The server's HINT.
    pub(crate) hint: Option<String>,
    /// The server's CONTEXT.
    pub(crate) context: Option<String>,
    /// Schema and name of the table whose constraint it is about.
    pub(crate) table: Option<Box<(String, String)>>,
    /// Where in the text sent: a character, from 1 (PostgreSQL manual 53.8).
    pub(crate) position: Option<usize>,
    /// Whether the connection is gone.
    pub(crate) closed: bool,
}

impl SqlError {
    /// Returns whether the server gave this SQLSTATE.
    pub(crate) fn is(&self, sqlstate: &str) -> bool {
        self.sqlstate.as_deref() == Some(sqlstate)
    }

    /// Makes the error of a connection that is gone.
    pub(crate) fn lost(message: &str) -> Self {
        Self {
            message: message.to_owned(),
            sqlstate: None,
            detail: None,
            hint: None,
            context: None,
            table: None,
            position: None,
            closed: true,
        }
    }

    /// Returns whether the statement may succeed when it is tried again: a lock not got in time (55P03), a deadlock
    /// (40P01).
    pub(crate) fn is_lock_trouble(&self) -> bool {
        self.is(LOCK_NOT_AVAILABLE) || self.is(DEADLOCK_DETECTED)
    }

    /// Returns whether a transaction may succeed when it is tried again: lock trouble, or what it has read was changed
    /// meanwhile (40001, PostgreSQL manual 13.5).
    pub(crate) fn may_pass(&self) -> bool {
        self.is_lock_trouble() || self.is(SERIALIZATION_FAILURE)
    }
}

/// What a connection says that waited in vain for a session of the server, behind a pooler.
pub(crate) const NO_SESSION: &str = "the pooler had no session of the server left for this connection";
/// 55P03
pub(crate) const LOCK_NOT_AVAILABLE: &str = "55P03";
/// 40P01
pub(crate) const DEADLOCK_DETECTED: &str = "40P01";
/// 40001
pub(crate) const SERIALIZATION_FAILURE: &str = "40001";
/// 22012: what our own statements make on purpose where a condition does not hold.
pub(crate) const DIVISION_BY_ZERO: &str = "22012";
/// 57014
pub(crate) const QUERY_CANCELED: &str = "57014";
/// 25001: cannot run inside a transaction block.
pub(crate) const ACTIVE_SQL_TRANSACTION: &str = "25001";
/// 2D000: a COMMIT in a procedure that was called inside a transaction block.
pub(crate) const INVALID_TRANSACTION_TERMINATION: &str = "2D000";
/// 53200
pub(crate) const OUT_OF_MEMORY: &str = "53200";
/// 53300
pub(crate) const TOO_MANY_CONNECTIONS: &str = "53300";
/// 57P03
pub(crate) const CANNOT_CONNECT_NOW: &str = "57P03";
/// 3D000: the database does not exist.
pub(crate) const INVALID_CATALOG_NAME: &str = "3D000";
/// 42501
pub(crate) const INSUFFICIENT_PRIVILEGE: &str = "42501";

impl From<postgres::Error> for SqlError {
    fn from(error: postgres::Error) -> Self {
        if let Some(db) = error.as_db_error() {
            return Self::from(db);
        }
        // The driver's own text is only the kind ("error connecting to server"); the reason is one level down.
        let mut message = error.source().map_or_else(|| error.to_string(), ToString::to_string);
        if error.is_closed() {
            "the connection was closed".clone_into(&mut message);
        }
        let io = error.source().and_then(|source| source.downcast_ref::<std::io::Error>()).is_some();
        Self { closed: error.is_closed() || io, ..Self::lost(&message) }
    }
}

impl From<&DbError> for SqlError {
    fn from(db: &DbError) -> Self {
        let position = match db.position() {
            Some(ErrorPosition::Original(position)) => usize::try_from(*position).ok(),
            Some(ErrorPosition::Internal { .. }) | None => None,
        };
        // Not the word that the server shows, which is translated as `lc_messages` says.
        let fatal = matches!(db.parsed_severity(), Some(Severity::Fatal | Severity::Panic));
        let ended = [SqlState::ADMIN_SHUTDOWN, SqlState::CRASH_SHUTDOWN].contains(db.code());
        Self {
            message: db.message().to_owned(),
            sqlstate: Some(db.code().code().to_owned()),
            detail: db.detail().map(str::to_owned),
            hint: db.hint().map(str::to_owned),
            context: db.where_().map(str::to_owned),
            table: db.schema().zip(db.table()).map(|(schema, table)| Box::new((schema.to_owned(), table.to_owned()))),
            position,
            closed: fatal || ended,
        }
    }
}

//! What stops a run.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use crate::pg::error::SqlError;
use crate::world::Interrupt;

/// What stops a run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExecuteError {
    /// A statement of a file failed.
    #[error("{} failed", .0.step)]
    Statement(Box<StatementFailure>),
    /// The step could not be recorded, so it was rolled back.
    #[error("{step} could not be recorded")]
    Record {
        step: String,
        #[source]
        error: SqlError,
        kept: Kept,
    },
    /// The version table was changed by somebody who does not heed our lock.
    #[error("the rows of the version table are not those that {step} expects: somebody else changed them")]
    RowsChanged { step: String, kept: Kept },
    /// A section moved the version table away.
    #[error("{step} renames or moves the version table {table}, or its schema")]
    TableMoved { step: String, table: String, kept: Kept },
    /// The lock was lost.
    #[error("the lock of this run was lost before {step}")]
    LockLost { step: String },
    /// The file was changed since the statements that are done were run.
    #[error("{path} has changed since an earlier run did {done} of its statements")]
    ChangedSince { path: String, done: usize, statement: usize },
    /// Nobody saw the end of a statement, and the catalog cannot tell.
    #[error("nobody saw how statement {statement} of {step} ended, and the catalog cannot tell")]
    Unknown { step: String, path: String, statement: usize, source_text: Arc<str>, span: Range<usize> },
    /// A statement of a killed run is still at work on the server.
    #[error("a statement of an earlier run is still at work on the server (pid {pid})")]
    StillAtWork { pid: i32, waited: Duration },
    /// A signal.
    #[error("interrupted")]
    Interrupted { signal: Interrupt, kept: Option<Kept> },
    /// The server's report on a statement of ours.
    #[error("a statement of our own failed")]
    Sql(
        #[from]
        #[source]
        SqlError,
    ),
}

impl ExecuteError {
    /// Says what of the step stays, for what could not be recorded of a section without transaction: only its last unit
    /// was rolled back with the records.
    pub(super) fn keeping(mut self, stays: &Kept) -> Self {
        if let Self::Record { kept, .. } | Self::RowsChanged { kept, .. } | Self::TableMoved { kept, .. } = &mut self
            && *kept == Kept::Nothing
        {
            kept.clone_from(stays);
        }
        self
    }
}

/// A statement of a file that failed.
#[derive(Debug)]
pub(crate) struct StatementFailure {
    /// The revision.
    pub(crate) step: String,
    /// Its file.
    pub(crate) path: String,
    /// The text of the file.
    pub(crate) source: Arc<str>,
    /// The bytes of the file that the server points at, or the whole statement.
    pub(crate) span: Range<usize>,
    /// The number of the statement, from 1; none when the whole section was one message.
    pub(crate) number: Option<usize>,
    /// Statements in the section.
    pub(crate) of: usize,
    /// The server's report.
    pub(crate) error: SqlError,
    /// What is in the database now.
    pub(crate) kept: Kept,
    /// How often the section was tried, where it was tried again.
    pub(crate) attempts: u32,
    /// Whether all pending revisions ran in one transaction.
    pub(crate) single_transaction: bool,
    /// Whether it failed in what the section had deferred to the end of its transaction.
    pub(crate) deferred: bool,
}

/// What of a step is in the database after an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// Nothing: the transaction was rolled back.
    Nothing,
    /// Nothing of any step of this run.
    NothingOfAll,
    /// These statements, and the journal says so.
    Statements { done: usize, of: usize },
    /// These statements, and what the one that failed had committed by itself.
    Part { done: usize, of: usize },
    /// It cannot be told: the connection was lost while the end of the step was on its way.
    Unknown,
}

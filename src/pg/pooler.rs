//! Tells whether a pooler hands each transaction to another session of the server (PgBouncer's `pool_mode =
//! transaction`). What a statement outside of a transaction relies on, its settings, is then somebody else's.
//!
//! No question to the server answers this, since the pooler passes questions on. But such a pooler gives a session that
//! is idle to whoever asks next: either the lock's transaction gets the very session that the work connection has just
//! used (the pooler prefers the last one used), or the work connection finds itself in another one from statement to
//! statement (the pooler goes round). Neither can happen to connections that have sessions of their own.

use crate::pg::error::SqlError;
use crate::pg::lock::Lock;
use crate::pg::session::Session;

/// The sessions of the server that a connection has been seen in.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    pids: Vec<i32>,
}

impl Sessions {
    /// Looks a few times which session of the server a connection is in: a pooler that goes round may have only one yet.
    ///
    /// # Errors
    /// The server's.
    pub(crate) fn look(&mut self, session: &mut Session) -> Result<(), SqlError> {
        for _ in 0..5 {
            let rows = session.rows_in_time("SELECT pg_catalog.pg_backend_pid()")?;
            self.pids.extend(rows.into_iter().flatten().flatten().filter_map(|pid| pid.parse::<i32>().ok()));
        }
        Ok(())
    }

    /// Returns whether the sessions are shared out, as far as can be told; the lock's transaction is open and in one of
    /// its own.
    pub(crate) fn are_shared(&self, lock: Option<&Lock>) -> bool {
        let changed = self.pids.windows(2).any(|pair| pair[0] != pair[1]);
        changed || lock.is_some_and(|lock| self.pids.contains(&lock.pid()))
    }
}

//! The lock that lets one run at a time change a version table (DESIGN §9).
//!
//! It is held by a connection of its own that sits idle in a READ COMMITTED transaction after one
//! `pg_try_advisory_xact_lock`: such a holder has no snapshot, so `CREATE INDEX CONCURRENTLY` does not wait for it, and
//! a transaction-pooling pooler cannot hand its server connection to somebody else. Waiters ask again and again on
//! fresh connections and hold none in between.
//!
//! With the lock the holder takes a second one, its seal: an advisory lock with a key of this run's own. The work session
//! knows that the lock is still held as long as it cannot get the seal. That costs the same however many sessions and
//! locks there are, where looking through `pg_locks` before each step costs more than the step.

use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::pg::error::{QUERY_CANCELED, SqlError};
use crate::pg::session::{Rows, Session};
use crate::pg::state::{Server, VersionTable};
use crate::text::checksum::lock_key;
use crate::text::fill::fill;
use crate::world;

/// The keys of a version table's locks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keys {
    /// Held by the lock's own connection for the whole run.
    pub(crate) run: i64,
    /// Held by each of the run's transactions: what a killed run left behind on the server is seen by it.
    pub(crate) work: i64,
}

impl Keys {
    /// Returns the keys of a version table: a fixed function of its qualified name.
    pub(crate) fn of(table: &VersionTable) -> Self {
        Self {
            run: lock_key(&format!("pgkeel run {}", table.name)),
            work: lock_key(&format!("pgkeel work {}", table.name)),
        }
    }
}

/// Who holds a lock or blocks a statement, for people.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Holder {
    /// The backend's process id.
    pub(crate) pid: i32,
    role: Option<String>,
    application: Option<String>,
    client: Option<String>,
    since: Option<String>,
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "pid {}", self.pid)?;
        if let Some(role) = &self.role {
            write!(f, ", role {role}")?;
        }
        if let Some(application) = self.application.as_deref().filter(|name| !name.is_empty()) {
            write!(f, ", {application}")?;
        }
        if let Some(client) = &self.client {
            write!(f, ", from {client}")?;
        }
        if let Some(since) = &self.since {
            write!(f, ", connected since {since}")?;
        }
        Ok(())
    }
}

/// The lock, held by its own connection; it goes with this value, or with the process.
pub(crate) struct Lock {
    holder: Session,
    pid: i32,
    keys: Keys,
    /// The key of the seal.
    seal: i64,
}

impl Lock {
    /// Returns the process id of the session that holds it.
    pub(crate) fn pid(&self) -> i32 {
        self.pid
    }
}

/// A work session under the lock: the only thing that writes the version table.
pub(crate) struct Locked<'a> {
    /// The session that runs the statements.
    pub(crate) work: &'a mut Session,
    /// What is known of the server, read again once the lock was got.
    pub(crate) server: Server,
    lock: Lock,
}

/// Tries to get the lock with a fresh connection; none if somebody else holds it.
///
/// # Errors
/// The server's.
pub(crate) fn try_lock(mut holder: Session, server: &Server, keys: Keys) -> Result<Option<Lock>, SqlError> {
    let seal = i64::from_le_bytes(world::random());
    let timeouts = if server.major() >= 17 { "SET LOCAL transaction_timeout = 0; " } else { "" };
    let sql = format!(
        "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL idle_in_transaction_session_timeout = 0; \
         SET LOCAL statement_timeout = 0; {timeouts}\
         SELECT pg_catalog.pg_backend_pid(), pg_catalog.pg_try_advisory_xact_lock({seal}) \
         AND pg_catalog.pg_try_advisory_xact_lock({})",
        keys.run
    );
    let rows = holder.rows_in_time(&sql)?;
    let row = rows.first();
    let got = row.and_then(|row| row.get(1)).and_then(Option::as_deref) == Some("t");
    let pid = row.and_then(|row| row.first()?.as_deref()?.parse().ok()).unwrap_or_default();
    Ok(got.then_some(Lock { holder, pid, keys, seal }))
}

/// Returns who holds a lock.
///
/// # Errors
/// The server's.
pub(crate) fn holder(session: &mut Session, key: i64) -> Result<Option<Holder>, SqlError> {
    let (high, low) = halves(key);
    let rows = session.rows(&fill(include_str!("../../sql/state/lock_holder.sql"), &[("$1", &high), ("$2", &low)]))?;
    let text = rows.into_iter().next().and_then(|row| row.into_iter().next()).flatten();
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

impl<'a> Locked<'a> {
    /// Joins a work session with the lock that is held for it.
    pub(crate) fn new(work: &'a mut Session, server: Server, lock: Lock) -> Self {
        Self { work, server, lock }
    }

    /// Returns the SQL expressions, one boolean each, of which the first tells whether the lock is still held and the
    /// second takes the work lock for the transaction at hand. A transaction that will be prepared must not take it: it
    /// would keep it until somebody commits it.
    pub(crate) fn proofs(&self, takes_work_lock: bool) -> String {
        let work = self.lock.keys.work;
        let work =
            if takes_work_lock { format!("pg_catalog.pg_try_advisory_xact_lock({work})") } else { "true".to_owned() };
        format!("{}, {work}", self.held())
    }

    /// Returns a text that nothing but a question of this run's own answers with.
    pub(crate) fn tag(&self) -> String {
        self.lock.seal.to_string()
    }

    /// Returns a statement that fails (SQLSTATE 22012) where the lock is not held any more: sent before another in the
    /// same message, it keeps a message that arrives late from doing anything.
    pub(crate) fn fence(&self) -> String {
        format!("SELECT 1 / (CASE WHEN {} THEN 1 ELSE 0 END);", self.held())
    }

    /// Asks whether the lock is still held.
    ///
    /// # Errors
    /// The server's.
    pub(crate) fn is_held(&mut self) -> Result<bool, SqlError> {
        let rows = self.work.rows(&format!("SELECT {}", self.held()))?;
        Ok(rows.first().and_then(|row| row.first()?.as_deref()) == Some("t"))
    }

    /// Tries whether no transaction of an earlier, killed run is still at work on the server.
    ///
    /// # Errors
    /// The server's.
    pub(crate) fn is_alone(&mut self) -> Result<bool, SqlError> {
        let question = format!("SELECT pg_catalog.pg_try_advisory_xact_lock({})", self.lock.keys.work);
        // The first statement beside the lock's transaction: behind a pooler that may have the last session.
        let rows = match self.work.rows_in_time(&question) {
            // A default `statement_timeout` has struck.
            Err(error) if error.is(QUERY_CANCELED) => self.work.rows(&question)?,
            rows => rows?,
        };
        Ok(rows.first().and_then(|row| row.first()?.as_deref()) == Some("t"))
    }

    /// Asks by the lock's own connection, once the work session is lost and its transaction has ended on the server; none
    /// where that is not seen in time. The lock has done its duty then.
    pub(crate) fn ask_when_work_has_ended(&mut self, question: &str, patience: Duration) -> Option<Rows> {
        let end = Instant::now() + patience;
        let is_over = format!("SELECT pg_catalog.pg_try_advisory_xact_lock({})", self.lock.keys.work);
        loop {
            let rows = self.lock.holder.rows_once(&is_over).ok()?;
            if rows.first()?.first()?.as_deref() == Some("t") {
                return self.lock.holder.rows_once(question).ok();
            }
            if Instant::now() >= end || !world::sleep(Duration::from_millis(50)) {
                return None;
            }
        }
    }

    /// Returns the key under which [`Locked::is_alone`] looks.
    pub(crate) fn work_key(&self) -> i64 {
        self.lock.keys.work
    }

    /// Whoever gets the seal knows that its holder, and the lock with it, is gone.
    fn held(&self) -> String {
        format!("NOT pg_catalog.pg_try_advisory_xact_lock_shared({})", self.lock.seal)
    }
}

/// How `pg_locks` shows a key of one bigint: its halves as `classid` and `objid` (PostgreSQL manual 54.12).
fn halves(key: i64) -> (u32, u32) {
    let bits = key.cast_unsigned();
    let high = u32::try_from(bits >> 32).unwrap_or_default();
    let low = u32::try_from(bits & 0xffff_ffff).unwrap_or_default();
    (high, low)
}

#[cfg(test)]
mod tests {
    use super::halves;

    #[test]
    fn a_negative_key_has_halves() {
        assert_eq!(halves(-1), (u32::MAX, u32::MAX));
        assert_eq!(halves(0x1_0000_0002), (1, 2));
    }
}

//! A connection and what is asked of it. Only the simple protocol and unnamed statements: named prepared statements
//! break behind poolers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use postgres::{CancelToken, Client, NoTls, SimpleQueryMessage};
use serde::de::DeserializeOwned;

use crate::pg::connect::{Connected, in_time};
use crate::pg::error::{NO_SESSION, QUERY_CANCELED, SqlError};
use crate::pg::tls::Tls;
use crate::text::dsn::Dsn;
use crate::world::{self, SignalGuard};

/// One connection.
pub(crate) struct Session {
    /// None once it was given up.
    client: Option<Client>,
    tls: Option<Tls>,
    reached: Box<Dsn>,
    patience: Duration,
    cancelled_by_signals: Option<SignalGuard>,
    notices: Arc<Notices>,
}

/// Hears what the server says beside its answers: NOTICE, WARNING and the like.
pub(crate) struct Notices {
    heard: AtomicBool,
    tell: Box<dyn Fn(&str) + Send + Sync>,
}

impl Notices {
    /// Tells the notices of the statements that [`Session::run_aloud`] sends.
    pub(crate) fn told(tell: impl Fn(&str) + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self { heard: AtomicBool::new(false), tell: Box::new(tell) })
    }

    /// Keeps silent.
    pub(crate) fn silent() -> Arc<Self> {
        Self::told(|_| ())
    }

    /// Takes a notice of the server.
    pub(super) fn hear(&self, severity: &str, error: &SqlError) {
        if self.heard.load(Ordering::Relaxed) {
            let more = [&error.detail, &error.hint].into_iter().flatten().map(|part| format!(" ({part})"));
            (self.tell)(&format!("{}: {}{}", severity.to_ascii_lowercase(), error.message, more.collect::<String>()));
        }
    }
}

/// The rows of one answer, each column as text.
pub(crate) type Rows = Vec<Vec<Option<String>>>;

impl Session {
    /// Takes a fresh connection, and what hears its notices.
    pub(crate) fn new(connected: Connected, notices: Arc<Notices>) -> Self {
        let Connected { client, tls, reached, patience } = connected;
        Self { client: Some(client), tls, reached: Box::new(reached), patience, cancelled_by_signals: None, notices }
    }

    /// Returns how to connect once more to the server that this session has reached: of several hosts, or several
    /// addresses of one, to no other.
    pub(crate) fn reached(&self) -> &Dsn {
        &self.reached
    }

    /// Lets a signal cancel what the session runs, from now on.
    pub(crate) fn cancelled_by_signals(mut self) -> Self {
        self.cancelled_by_signals = self.client.as_ref().map(|client| {
            let canceller = Canceller { token: client.cancel_token(), tls: self.tls.clone() };
            world::on_signal(move || canceller.cancel())
        });
        self
    }

    /// Takes away a `statement_timeout` for the rest of the session. Tried several times, since the statement that does it is under that limit, too.
    ///
    /// # Errors
    /// The server's.
    pub(crate) fn lift_statement_timeout(&mut self) -> Result<(), SqlError> {
        let mut attempts = 0;
        loop {
            match self.run("SET statement_timeout = 0") {
                Err(error) if error.is(QUERY_CANCELED) && attempts < 100 && world::interrupted().is_none() => {
                    attempts += 1
                }
                outcome => return outcome,
            }
        }
    }

    /// Sends statements as one message and drops what they answer.
    ///
    /// # Errors
    /// The first statement's that fails; the server skips the rest.
    pub(crate) fn run(&mut self, sql: &str) -> Result<(), SqlError> {
        self.client()?.batch_execute(sql).map_err(SqlError::from)
    }

    /// Sends a statement of somebody else's; what the server says beside its answer is told.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub(crate) fn run_aloud(&mut self, sql: &str) -> Result<(), SqlError> {
        self.notices.heard.store(true, Ordering::Relaxed);
        let outcome = self.run(sql);
        self.notices.heard.store(false, Ordering::Relaxed);
        outcome
    }

    /// Sends statements of our own as one message and returns the rows of all of them. A `statement_timeout` that role or
    /// database have as their default, too short even for these, is lifted where it strikes outside of a transaction.
    ///
    /// # Errors
    /// The first statement's that fails.
    pub(crate) fn rows(&mut self, sql: &str) -> Result<Rows, SqlError> {
        match self.rows_once(sql) {
            Err(error) if error.is(QUERY_CANCELED) && world::interrupted().is_none() => {
                // In a transaction that has failed this fails, too.
                if self.lift_statement_timeout().is_err() {
                    return Err(error);
                }
                self.rows_once(sql)
            }
            rows => rows,
        }
    }

    /// As [`Session::rows`], for what must not be sent a second time.
    ///
    /// # Errors
    /// The first statement's that fails.
    pub(crate) fn rows_once(&mut self, sql: &str) -> Result<Rows, SqlError> {
        Ok(rows_of(self.client()?.simple_query(sql)?))
    }

    /// As [`Session::rows_once`], with a statement of somebody else's: what the server says beside its answers is told.
    ///
    /// # Errors
    /// The first statement's that fails.
    pub(crate) fn rows_aloud(&mut self, sql: &str) -> Result<Rows, SqlError> {
        self.notices.heard.store(true, Ordering::Relaxed);
        let outcome = self.rows_once(sql);
        self.notices.heard.store(false, Ordering::Relaxed);
        outcome
    }

    /// As [`Session::rows_once`], for a statement that may wait for ever behind a pooler, which has no session of the
    /// server left: the run's other connection has the last. The connection is given up then.
    ///
    /// # Errors
    /// The server's; none of its sessions was to be had in time.
    pub(crate) fn rows_in_time(&mut self, sql: &str) -> Result<Rows, SqlError> {
        let Some(mut client) = self.client.take() else { return Err(SqlError::lost(NO_SESSION)) };
        let text = sql.to_owned();
        let done = in_time(self.patience, move || {
            let answer = client.simple_query(&text);
            (client, answer)
        });
        let (client, answer) = done.map_err(|_| SqlError::lost(NO_SESSION))?;
        self.client = Some(client);
        Ok(rows_of(answer?))
    }

    /// Sends a query whose last row has one column of JSON, and reads it.
    ///
    /// # Errors
    /// The server's.
    ///
    /// # Panics
    /// When the JSON is not what the query of ours promises.
    pub(crate) fn json<T: DeserializeOwned>(&mut self, sql: &str) -> Result<T, SqlError> {
        let rows = self.rows(sql)?;
        let value = rows.into_iter().next_back().and_then(|row| row.into_iter().next());
        // `to_json(NULL)` is NULL, not the JSON null that it stands for.
        let Some(text) = value.map(|text| text.unwrap_or_else(|| "null".to_owned())) else {
            // PgBouncer answers so to a statement that is cancelled while it waits for a session of the server.
            return Err(SqlError::lost(NO_SESSION));
        };
        match serde_json::from_str(&text) {
            Ok(value) => Ok(value),
            Err(error) => panic!("bug: a query of ours gave other JSON than it promises: {error}: {text}"),
        }
    }

    /// Sends the data of a `COPY … FROM STDIN`.
    ///
    /// # Errors
    /// The server's.
    pub(crate) fn copy_in(&mut self, sql: &str, data: &str) -> Result<(), SqlError> {
        use std::io::Write as _;
        let mut writer = self.client()?.copy_in(sql)?;
        for chunk in data.as_bytes().chunks(1 << 16) {
            writer.write_all(chunk).map_err(|error| io_error(&error))?;
        }
        writer.finish()?;
        Ok(())
    }

    /// Returns whether the connection is known to be gone.
    pub(crate) fn is_closed(&self) -> bool {
        self.client.as_ref().is_none_or(Client::is_closed)
    }

    /// Lends the driver's connection, for the queries of `pg`.
    ///
    /// # Errors
    /// It was given up.
    pub(crate) fn client(&mut self) -> Result<&mut Client, SqlError> {
        self.client.as_mut().ok_or_else(|| SqlError::lost(NO_SESSION))
    }
}

fn rows_of(messages: Vec<SimpleQueryMessage>) -> Rows {
    let mut rows = Vec::new();
    for message in messages {
        if let SimpleQueryMessage::Row(row) = message {
            rows.push((0..row.len()).map(|column| row.get(column).map(str::to_owned)).collect());
        }
    }
    rows
}

/// Cancels a statement on the server, from another thread.
struct Canceller {
    token: CancelToken,
    tls: Option<Tls>,
}

impl Canceller {
    /// Asks the server to cancel; whether it does is seen by who waits for the statement.
    fn cancel(&self) {
        // A request that does not arrive leaves the statement to its own end; there is nobody to tell here.
        drop(match &self.tls {
            Some(tls) => self.token.cancel_query(tls.clone()),
            None => self.token.cancel_query(NoTls),
        });
    }
}

fn io_error(error: &std::io::Error) -> SqlError {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<postgres::Error>()) {
        Some(inner) => match inner.as_db_error() {
            Some(db) => SqlError::from(db),
            None => SqlError::lost(&inner.to_string()),
        },
        None => SqlError::lost(&error.to_string()),
    }
}

//! Connecting: one attempt, and waiting for a usable server.

use std::sync::Arc;
use std::time::{Duration, Instant};

use postgres::config::SslMode;
use postgres::{Config, NoTls};

use crate::pg::error::{CANNOT_CONNECT_NOW, INVALID_CATALOG_NAME, SqlError, TOO_MANY_CONNECTIONS};
use crate::pg::session::{Notices, Session};
use crate::text::dsn::Dsn;
use crate::world;

/// Why there is no connection.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum ConnectError {
    /// Nobody listens, the name is unknown, the network fails: the server may come.
    #[error("cannot reach the server at {place}")]
    Unreachable {
        place: String,
        #[source]
        error: SqlError,
    },
    /// The server starts up, shuts down or recovers: it will come.
    #[error("the server at {place} does not take connections yet")]
    NotYet {
        place: String,
        #[source]
        error: SqlError,
    },
    /// All connections are taken.
    #[error("the server at {place} has no connection left")]
    TooMany {
        place: String,
        #[source]
        error: SqlError,
    },
    /// The server does not know or trust this role: waiting does not help.
    #[error("the server at {place} refused the login of `{user}`")]
    Refused {
        place: String,
        user: String,
        #[source]
        error: SqlError,
    },
    /// The database does not exist.
    #[error("the database `{database}` does not exist on {place}")]
    NoDatabase {
        place: String,
        database: String,
        #[source]
        error: SqlError,
    },
    /// A parameter of the URL that this program cannot honour.
    #[error("cannot connect with {parameter}={value}")]
    Parameter { parameter: String, value: String },
    /// A signal came while waiting.
    #[error("interrupted while waiting for the server")]
    Interrupted,
    /// Anything else the server says.
    #[error("the server at {place} refused the connection")]
    Other {
        place: String,
        #[source]
        error: SqlError,
    },
}

impl ConnectError {
    /// Returns whether the server may take the connection later.
    pub(crate) fn may_pass(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::NotYet { .. } | Self::TooMany { .. })
    }
}

/// How to connect.
#[derive(Clone)]
pub(crate) struct Options<'a> {
    /// What `pg_stat_activity` shows.
    pub(crate) application_name: &'a str,
    /// The longest time for one attempt.
    pub(crate) timeout: Duration,
    /// Hears the server's notices.
    pub(crate) notices: Arc<Notices>,
}

/// Connects once.
///
/// # Errors
/// See [`ConnectError`].
pub(crate) fn connect(dsn: &Dsn, options: &Options<'_>) -> Result<Session, ConnectError> {
    let client = config(dsn, options)?.connect(NoTls).map_err(|error| classify(dsn, error.into()))?;
    Ok(Session::new(client, Arc::clone(&options.notices)))
}

/// Connects, trying again until the server is usable or `longest` has passed. `tell` hears of each failed attempt.
///
/// # Errors
/// At once what waiting cannot mend (a refused login, a missing database); else the last error.
pub(crate) fn wait(
    dsn: &Dsn,
    options: &Options<'_>,
    longest: Duration,
    tell: &mut dyn FnMut(&ConnectError),
) -> Result<Session, ConnectError> {
    let end = Instant::now() + longest;
    let mut pause = Duration::from_millis(100);
    loop {
        let error = match connect(dsn, options) {
            Ok(session) => return Ok(session),
            Err(error) if error.may_pass() && Instant::now() + pause < end => error,
            Err(error) => return Err(error),
        };
        tell(&error);
        if !world::sleep(world::jitter(pause)) {
            return Err(ConnectError::Interrupted);
        }
        pause = (pause * 2).min(Duration::from_secs(1));
    }
}

/// Returns where a server is, for people: `host:port` or the directory of the socket, without role and password.
pub(crate) fn place(dsn: &Dsn) -> String {
    let hosts: Vec<String> = dsn
        .hosts
        .iter()
        .map(|(host, port)| match (host.starts_with('/'), port) {
            (true, _) => format!("{host}/.s.PGSQL.{}", port.unwrap_or(5432)),
            (false, port) => format!("{host}:{}", port.unwrap_or(5432)),
        })
        .collect();
    if hosts.is_empty() { "localhost:5432".to_owned() } else { hosts.join(",") }
}

fn config(dsn: &Dsn, options: &Options<'_>) -> Result<Config, ConnectError> {
    let mut config = Config::new();
    config.application_name(options.application_name).connect_timeout(options.timeout);
    let notices = Arc::clone(&options.notices);
    config.notice_callback(move |notice| notices.hear(notice.severity(), &SqlError::from(&notice)));
    if dsn.hosts.is_empty() {
        config.host("localhost");
    }
    for (host, port) in &dsn.hosts {
        if host.starts_with('/') {
            config.host_path(host);
        } else {
            config.host(host);
        }
        config.port(port.unwrap_or(5432));
    }
    if let Some(dbname) = &dsn.dbname {
        config.dbname(dbname);
    }
    if let Some(user) = &dsn.user {
        config.user(user);
    }
    if let Some(password) = &dsn.password {
        config.password(password.expose());
    }
    for (name, value) in &dsn.params {
        match (name.as_str(), value.as_str()) {
            ("sslmode", "disable") => {
                config.ssl_mode(SslMode::Disable);
            }
            ("sslmode", "allow" | "prefer") => {
                config.ssl_mode(SslMode::Prefer);
            }
            ("sslmode", _) => {
                return Err(ConnectError::Parameter { parameter: name.clone(), value: value.clone() });
            }
            ("connect_timeout", seconds) => {
                if let Ok(seconds) = seconds.parse::<u64>() {
                    config.connect_timeout(Duration::from_secs(seconds.max(2)));
                }
            }
            // Parameters of other drivers and of libpq that change nothing here.
            _ => (),
        }
    }
    Ok(config)
}

fn classify(dsn: &Dsn, error: SqlError) -> ConnectError {
    let place = place(dsn);
    let user = dsn.user.clone().unwrap_or_default();
    match error.sqlstate.as_deref() {
        // The driver's own complaint; the server only says that it wants one.
        None if error.message == "password missing" => ConnectError::Refused { place, user, error },
        None => ConnectError::Unreachable { place, error },
        Some(CANNOT_CONNECT_NOW | "57P01" | "57P02") => ConnectError::NotYet { place, error },
        Some(TOO_MANY_CONNECTIONS) => ConnectError::TooMany { place, error },
        Some(INVALID_CATALOG_NAME) => {
            ConnectError::NoDatabase { place, database: dsn.dbname.clone().unwrap_or_default(), error }
        }
        // Class 28: invalid authorization; 42501: no CONNECT right on the database.
        Some(state) if state.starts_with("28") || state == "42501" => ConnectError::Refused { place, user, error },
        Some(_) => ConnectError::Other { place, error },
    }
}

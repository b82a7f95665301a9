//! Why there is no connection, and whether waiting may help.

use std::error::Error as _;
use std::time::Duration;

use crate::pg::error::{CANNOT_CONNECT_NOW, INVALID_CATALOG_NAME, SqlError, TOO_MANY_CONNECTIONS};
use crate::pg::params::ParameterError;
use crate::pg::tls::error::{Problem, TlsError};
use crate::text::dsn::Dsn;

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
    /// The server wants a password, and there is none.
    #[error("the server at {place} wants a password for `{user}`, and none is set")]
    NoPassword { place: String, user: String },
    /// The database does not exist.
    #[error("the database `{database}` does not exist on {place}")]
    NoDatabase {
        place: String,
        database: String,
        #[source]
        error: SqlError,
    },
    /// A parameter of the URL that this program cannot honour.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
    /// `hostaddr` has another number of entries than there are hosts.
    #[error("there are {named} hosts and {given} addresses in hostaddr")]
    Addresses { given: usize, named: usize },
    /// Files of TLS that cannot be used.
    #[error("TLS cannot be used")]
    TlsFiles {
        #[source]
        error: TlsError,
    },
    /// The server speaks no TLS, and the settings demand it.
    #[error("the server at {place} does not support TLS, and sslmode demands it")]
    NoTls { place: String },
    /// The handshake failed.
    #[error("TLS with the server at {place} failed: {problem}")]
    Tls {
        place: String,
        problem: Problem,
        #[source]
        error: SqlError,
    },
    /// The server is none of those that are wanted.
    #[error("the server at {place} is no {wanted}")]
    OtherKind { place: String, wanted: &'static str },
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
        matches!(self, Self::Unreachable { .. } | Self::NotYet { .. } | Self::TooMany { .. } | Self::OtherKind { .. })
    }

    /// Returns the report behind it.
    pub(crate) fn report(&self) -> Option<&SqlError> {
        match self {
            Self::Unreachable { error, .. }
            | Self::NotYet { error, .. }
            | Self::TooMany { error, .. }
            | Self::Refused { error, .. }
            | Self::NoDatabase { error, .. }
            | Self::Tls { error, .. }
            | Self::Other { error, .. } => Some(error),
            Self::NoPassword { .. }
            | Self::Parameter(_)
            | Self::Addresses { .. }
            | Self::TlsFiles { .. }
            | Self::NoTls { .. }
            | Self::OtherKind { .. }
            | Self::Interrupted => None,
        }
    }

    /// Makes one error of those of several places: what each of them says.
    pub(super) fn all(failed: Vec<(String, Self)>) -> Self {
        let mut places: Vec<String> = Vec::new();
        let mut texts: Vec<String> = Vec::new();
        for (place, error) in &failed {
            let text = error.report().map_or_else(|| error.to_string(), |report| report.message.clone());
            let line = format!("{place}: {text}");
            if !places.contains(place) {
                places.push(place.clone());
            }
            if !texts.contains(&line) {
                texts.push(line);
            }
        }
        let Some((_, last)) = failed.into_iter().next_back() else {
            return Self::Unreachable { place: String::new(), error: SqlError::lost("there is no address") };
        };
        if places.len() < 2 {
            return last;
        }
        Self::Unreachable { place: places.join(","), error: SqlError::lost(&texts.join("; ")) }
    }
}

/// What went wrong in one attempt at one place.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The driver's.
    Server(postgres::Error),
    /// The name of the host is not known, or the system cannot look.
    Name(String),
    /// It took too long.
    Late(Duration),
    /// A signal came.
    Interrupted,
}

impl Trouble {
    /// Returns whether TLS failed on the way.
    pub(super) fn is_tls(&self) -> bool {
        matches!(self, Self::Server(error) if tells_of_tls(error))
    }

    /// Returns whether the server has no rule that lets a connection in that is encrypted, or one that is not (28000).
    pub(super) fn is_about_encryption(&self) -> bool {
        matches!(self, Self::Server(error) if error.code().is_some_and(|code| code.code() == "28000"))
    }
}

// The driver says by its text only which part has failed.
fn tells_of_tls(error: &postgres::Error) -> bool {
    error.to_string().starts_with("error performing TLS handshake")
}

fn cause<E: std::error::Error + 'static>(error: &postgres::Error) -> Option<&E> {
    let mut source = error.source();
    while let Some(cause) = source {
        let inner = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        let found = cause.downcast_ref::<E>().or_else(|| inner.and_then(|inner| inner.downcast_ref::<E>()));
        if found.is_some() {
            return found;
        }
        source = cause.source();
    }
    None
}

/// Tells what the failure of an attempt means.
pub(super) fn classify(place: &str, dsn: &Dsn, trouble: Trouble) -> ConnectError {
    let place = place.to_owned();
    let user = dsn.user.clone().unwrap_or_default();
    let lost = |text: &str| SqlError::lost(text);
    let error = match trouble {
        Trouble::Interrupted => return ConnectError::Interrupted,
        Trouble::Name(text) => return ConnectError::Unreachable { place, error: lost(&text) },
        Trouble::Late(time) => {
            let text = format!("no answer within {} s", time.as_secs_f64());
            return ConnectError::Unreachable { place, error: lost(&text) };
        }
        Trouble::Server(error) => error,
    };
    if tells_of_tls(&error) {
        if let Some(error) = cause::<TlsError>(&error) {
            return ConnectError::TlsFiles { error: error.clone() };
        }
        let problem = cause::<rustls::Error>(&error).map_or(Problem::Other, Problem::of);
        let text = error.source().map(ToString::to_string).unwrap_or_default();
        if text == "server does not support TLS" {
            return ConnectError::NoTls { place };
        }
        return ConnectError::Tls { place, problem, error: lost(&text) };
    }
    let kind = error.to_string();
    let rustls = cause::<rustls::Error>(&error).map(Problem::of);
    let error = SqlError::from(error);
    match error.sqlstate.as_deref() {
        // With TLS 1.3 a server looks at the client's certificate after the handshake has ended for the client.
        None if rustls.is_some() => ConnectError::Tls { place, problem: rustls.unwrap_or(Problem::Other), error },
        None if error.message == "password missing" => ConnectError::NoPassword { place, user },
        None if kind.starts_with("authentication error") => ConnectError::Refused { place, user, error },
        None if kind.starts_with("invalid configuration") => ConnectError::Other { place, error },
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

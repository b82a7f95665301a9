//! Connections, the server's reports, the version table.

use crate::pg::connect::ConnectError;
use crate::pg::error::SqlError;
use crate::pg::state::StateError;
use crate::report::diagnostic::{Diagnostic, Exit, ServerReport};

impl From<&SqlError> for ServerReport {
    fn from(error: &SqlError) -> Self {
        Self {
            sqlstate: error.sqlstate.clone(),
            detail: error.detail.clone(),
            hint: error.hint.clone(),
            context: error.context.clone(),
        }
    }
}

impl Diagnostic {
    /// Adds the server's report.
    #[must_use]
    pub(crate) fn server(mut self, error: &SqlError) -> Self {
        self.server = Some(Box::new(error.into()));
        self
    }
}

impl From<SqlError> for Diagnostic {
    fn from(error: SqlError) -> Self {
        if error.closed {
            let diagnostic = Self::from_error("connection", Exit::Connection, &error);
            let diagnostic = if error.sqlstate.is_some() { diagnostic.server(&error) } else { diagnostic };
            return diagnostic.help("run the command again: it looks at what is there and goes on");
        }
        if error.is_lock_trouble() {
            return Self::from_error("lock", Exit::Lock, &error)
                .server(&error)
                .help("find who holds the lock (pg_locks, pg_blocking_pids), and run the command again");
        }
        let diagnostic = Self::from_error("sql", Exit::Failed, &error).server(&error);
        match error.sqlstate.as_deref() {
            Some("42501") => diagnostic.help("connect as a role that has the right, or ask an administrator for it"),
            Some("57014") => diagnostic.help("run the command again; a longer `statement_timeout` may be needed"),
            _ => diagnostic.help("correct what the server complains of and run the command again"),
        }
    }
}

impl From<ConnectError> for Diagnostic {
    fn from(error: ConnectError) -> Self {
        let (code, exit) = match &error {
            ConnectError::Interrupted => ("interrupted", Exit::Interrupted),
            ConnectError::NoDatabase { .. } => ("absent", Exit::Refused),
            ConnectError::Parameter { .. } => ("settings", Exit::Failed),
            ConnectError::Refused { .. } => ("authentication", Exit::Connection),
            ConnectError::Unreachable { .. }
            | ConnectError::NotYet { .. }
            | ConnectError::TooMany { .. }
            | ConnectError::Other { .. } => ("connection", Exit::Connection),
        };
        let mut diagnostic = Self::from_error(code, exit, &error);
        if let ConnectError::Unreachable { error: cause, .. }
        | ConnectError::NotYet { error: cause, .. }
        | ConnectError::TooMany { error: cause, .. }
        | ConnectError::Refused { error: cause, .. }
        | ConnectError::NoDatabase { error: cause, .. }
        | ConnectError::Other { error: cause, .. } = &error
            && cause.sqlstate.is_some()
        {
            diagnostic = diagnostic.server(cause);
        }
        match error {
            ConnectError::Unreachable { error, .. } if error.message.contains("lookup") => diagnostic
                .help("the host name is not known: correct it in the URL; `pgkeel config` shows where it comes from"),
            ConnectError::Unreachable { .. } => diagnostic
                .help("is the server running, and do host and port fit? `pgkeel config` shows where they come from")
                .help("for a private development server: `pgkeel db up`"),
            ConnectError::NotYet { .. } => {
                diagnostic.help("wait until it is up; `connect_wait` sets how long pgkeel waits")
            }
            ConnectError::TooMany { .. } => {
                diagnostic.help("close other sessions, raise max_connections, or wait longer with `connect_wait`")
            }
            ConnectError::Refused { error, .. } if error.sqlstate.is_none() => diagnostic
                .help("the server wants a password: set DATABASE_PASSWORD, or DATABASE_PASSWORD_FILE")
                .help("`pgkeel config` shows where role and password come from"),
            ConnectError::Refused { error, user, .. } if error.is("42501") => diagnostic
                .help(format!("let an administrator run: GRANT CONNECT ON DATABASE … TO {user};"))
                .help("`pgkeel config` shows where role and database come from"),
            ConnectError::Refused { .. } => diagnostic
                .help("correct role and password; `pgkeel config` shows where they come from")
                .help("check pg_hba.conf on the server if both are right"),
            ConnectError::NoDatabase { .. } => {
                diagnostic.help("create it: `pgkeel bootstrap`, or `pgkeel up --create`")
            }
            ConnectError::Parameter { parameter, .. } => diagnostic.help(format!(
                "this version connects with sslmode disable, allow or prefer; change {parameter} in the URL"
            )),
            ConnectError::Interrupted => diagnostic.help("run the command again"),
            ConnectError::Other { .. } => diagnostic.help("correct what the server complains of and try again"),
        }
    }
}

impl From<StateError> for Diagnostic {
    fn from(error: StateError) -> Self {
        match error {
            StateError::Sql(error) => error.into(),
            StateError::Name(_) => Self::from_error("settings", Exit::Failed, &error)
                .help("correct `version_table`, `version_table_schema` or `ledger_schema`"),
            StateError::Several { .. } => Self::from_error("version_table", Exit::Refused, &error)
                .note("two version tables are two truths; pgkeel does not choose between them")
                .help("name the right one with `version_table_schema`, and drop or rename the other"),
            StateError::Unreadable { ref table, ref role } => {
                let grant = format!("GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {role};");
                Self::from_error("version_table", Exit::Refused, &error)
                    .note("a table that cannot be read is not an empty one: nothing was done")
                    .help(format!("let its owner run: {grant}"))
                    .help("with row security, the role also needs BYPASSRLS or the table's ownership")
            }
            StateError::NotOne { .. } => Self::from_error("version_table", Exit::Refused, &error)
                .help("set `version_table` to another name, or rename that table"),
            StateError::NoSchema { .. } => Self::from_error("version_table", Exit::Refused, &error).help(
                "set `schema` or `version_table_schema`, or create a schema of the search_path: `pgkeel bootstrap`",
            ),
        }
    }
}

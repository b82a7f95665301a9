//! Connections, the server's reports, the version table.

use crate::pg::error::{NO_SESSION, SqlError};
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
            if error.message == NO_SESSION {
                return diagnostic
                    .help("a run needs two sessions of the server: raise the pooler's pool size (default_pool_size)")
                    .help("or set DATABASE_DIRECT_URL to the server itself, past the pooler");
            }
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
            Some("25006") => {
                let mut diagnostic = diagnostic;
                (diagnostic.code, diagnostic.exit) = ("standby", Exit::Refused);
                diagnostic
                    .help("connect to the primary; `pgkeel config` shows where host and port come from")
                    .help("or `default_transaction_read_only` of role or database is on: switch it off for this role")
            }
            Some("57014") => diagnostic.help("run the command again; a longer `statement_timeout` may be needed"),
            _ => diagnostic.help("correct what the server complains of and run the command again"),
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

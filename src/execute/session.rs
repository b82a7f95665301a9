//! What our transactions begin and end with, and what a session is cleaned of between revisions (DESIGN §9).

use std::ops::Range;
use std::time::Duration;

use crate::execute::{Current, ExecuteError, Kept, Run};
use crate::pg::error::{QUERY_CANCELED, SqlError};
use crate::plan::section::Prepared;
use crate::text::ident::readable;
use crate::text::literal::Literal;
use crate::text::parse::Class;
use crate::world;

/// Sent after each revision: nothing of one file reaches the next.
pub(super) const CLEAN: &str =
    "RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL; DISCARD TEMP; DEALLOCATE ALL; UNLISTEN *;";

impl Run<'_, '_> {
    /// Returns what is sent before our own records: the section may have changed the role, what names mean, and how
    /// long a statement may wait.
    pub(super) fn as_ourselves(&self) -> String {
        format!(
            "RESET SESSION AUTHORIZATION; RESET ROLE; SELECT pg_catalog.set_config('search_path', 'pg_catalog', true), \
             pg_catalog.set_config('statement_timeout', '0', true), \
             pg_catalog.set_config('lock_timeout', {}, true);",
            Literal(&milliseconds(self.lock_timeout()))
        )
    }

    /// Returns how many statements, from the first of `numbers`, are a `SET TRANSACTION`: the server takes that only
    /// before any query, so that it has to come before our own.
    pub(super) fn leading(section: &Prepared, numbers: Range<usize>) -> usize {
        let is_one = |number: &usize| {
            let statement = &section.statements[*number];
            let mut words = section.text(statement).split_whitespace();
            statement.class == Class::SetLocal
                && words.next().is_some_and(|word| word.eq_ignore_ascii_case("set"))
                && words.next().is_some_and(|word| word.eq_ignore_ascii_case("transaction"))
        };
        numbers.take_while(is_one).count()
    }

    /// Begins a transaction together with the statements of [`Run::leading`].
    pub(super) fn begin_with_leading(
        &mut self,
        begin: &str,
        current: &mut Current<'_>,
        section: &Prepared,
        leading: Range<usize>,
        kept: &Kept,
    ) -> Result<(), ExecuteError> {
        let mut sql = begin.to_owned();
        for number in leading.clone() {
            sql.push_str(";\n");
            sql.push_str(section.text(&section.statements[number]));
            current.statement_ms.push(0.0);
        }
        match self.begin(&sql, current.step.name()) {
            Err(ExecuteError::Sql(error)) if !leading.is_empty() && !error.closed => {
                let error = SqlError { position: None, ..error };
                Err(self.failure(current, section, Some(leading.start), error, kept.clone()))
            }
            outcome => outcome,
        }
    }

    /// Cleans the session. A default `statement_timeout` of the role counts here again, so that it may take more than
    /// one attempt.
    pub(super) fn clean(&mut self) -> Result<(), SqlError> {
        self.locked.work.lift_statement_timeout()?;
        self.locked.work.run(CLEAN)
    }

    /// Returns the settings of a session as `set_config` calls. `local` settings end with the transaction. `alone` are
    /// those for statements that run outside of one, which must not be cut short while they wait for a lock.
    pub(super) fn settings(&self, local: bool, alone: bool) -> String {
        let lock_timeout = if alone { Duration::ZERO } else { self.lock_timeout() };
        let statement_timeout = self.options.statement_timeout.unwrap_or(Duration::ZERO);
        let mut settings: Vec<(&str, String)> = vec![
            ("lock_timeout", milliseconds(lock_timeout)),
            ("statement_timeout", milliseconds(statement_timeout)),
            ("idle_in_transaction_session_timeout", "0".to_owned()),
            ("default_transaction_read_only", "off".to_owned()),
            ("standard_conforming_strings", "on".to_owned()),
            ("row_security", "on".to_owned()),
        ];
        if self.locked.server.major() >= 17 {
            settings.push(("transaction_timeout", "0".to_owned()));
        }
        if self.locked.server.checks_clients {
            settings.push(("client_connection_check_interval", "1000".to_owned()));
        }
        if alone {
            // A CALL or DO that commits begins its next transaction with these.
            settings.push(("default_transaction_isolation", "read committed".to_owned()));
            settings.push(("default_transaction_deferrable", "off".to_owned()));
        }
        if let Some(schema) = &self.options.schema {
            settings.push(("search_path", self.search_path(schema.as_str())));
        }
        let calls: Vec<String> = settings
            .iter()
            .filter(|(name, _)| !self.own_settings.iter().any(|own| own == name))
            .map(|(name, value)| format!("pg_catalog.set_config({}, {}, {local})", Literal(name), Literal(value)))
            .collect();
        calls.join(", ")
    }

    /// Begins a transaction: one message, which also proves that the lock is held.
    pub(super) fn begin(&mut self, begin: &str, step: &str) -> Result<(), ExecuteError> {
        self.begin_with(begin, step, true)
    }

    /// As [`Run::begin`]; says whether the transaction takes the work lock.
    pub(super) fn begin_with(&mut self, begin: &str, step: &str, takes_work_lock: bool) -> Result<(), ExecuteError> {
        let sql = format!(
            "{begin}; SELECT {}, pg_catalog.to_regclass({})::oid::text, pg_catalog.pg_backend_pid(), {}",
            self.locked.proofs(takes_work_lock),
            Literal(&self.options.table.name.to_string()),
            self.settings(true, false)
        );
        let rows = match self.locked.work.rows(&sql) {
            // A default `statement_timeout` of the role counts for this statement, though not for those after it.
            Err(error) if error.is(QUERY_CANCELED) && world::interrupted().is_none() => {
                self.rollback();
                self.locked.work.lift_statement_timeout()?;
                self.locked.work.rows(&sql)?
            }
            rows => rows?,
        };
        let column = |number: usize| rows.first().and_then(|row| row.get(number)?.as_deref());
        if column(0) != Some("t") || column(1) != Some("t") {
            self.rollback();
            return Err(ExecuteError::LockLost { step: step.to_owned() });
        }
        self.table_oid = column(2).and_then(|oid| oid.parse().ok());
        self.watch.backend(column(3).and_then(|pid| pid.parse().ok()).unwrap_or_default());
        Ok(())
    }

    /// Rolls back. A failure means that the connection is gone, and the transaction with it.
    pub(super) fn rollback(&mut self) {
        if !self.locked.work.is_closed() {
            self.locked.work.run("ROLLBACK").ok();
        }
    }

    /// Sends a statement that waits for its lock as long as it takes, and sets the limit again for those after it.
    pub(super) fn send_patiently(&mut self, sql: &str) -> Result<(), SqlError> {
        const BEFORE: &str = "SET LOCAL lock_timeout = 0;\n";
        let limit = Literal(&milliseconds(self.lock_timeout())).to_string();
        self.send(&format!("{BEFORE}{sql};\nSET LOCAL lock_timeout = {limit}"), None).map_err(|error| SqlError {
            position: error.position.map(|position| position.saturating_sub(BEFORE.len()).max(1)),
            ..error
        })
    }

    /// Sends one statement of a file, with its COPY data.
    pub(super) fn send(&mut self, sql: &str, copy_data: Option<&str>) -> Result<(), SqlError> {
        let _watched = self.watch.statement();
        match copy_data {
            Some(data) => self.locked.work.copy_in(sql, data),
            None => self.locked.work.run_aloud(sql),
        }
    }

    fn lock_timeout(&self) -> Duration {
        let wanted = self.options.lock_timeout;
        let floor = Duration::from_millis(self.locked.server.deadlock_timeout_ms + 500);
        if wanted.is_zero() { wanted } else { wanted.max(floor) }
    }

    /// The setting `schema`, followed by the connection's own search_path.
    fn search_path(&self, schema: &str) -> String {
        let own = self.locked.server.search_path_setting.trim();
        let quoted = format!("\"{}\"", schema.replace('"', "\"\""));
        let already = own.split(',').next().is_some_and(|first| {
            let first = first.trim();
            first == schema || first == quoted || first == readable(schema)
        });
        match own {
            _ if already => own.to_owned(),
            "" => quoted,
            own => format!("{quoted}, {own}"),
        }
    }
}

/// A duration as PostgreSQL reads it: whole milliseconds, at least one where there is a limit at all.
fn milliseconds(duration: Duration) -> String {
    let milliseconds = duration.as_millis();
    if milliseconds == 0 && !duration.is_zero() { "1".to_owned() } else { milliseconds.to_string() }
}

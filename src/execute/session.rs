//! What our transactions begin and end with, and what a session is cleaned of between revisions (DESIGN §9).

use std::fmt::Write as _;
use std::ops::Range;
use std::time::Duration;

use crate::execute::{Current, ExecuteError, Kept, Run};
use crate::pg::error::{QUERY_CANCELED, SqlError};
use crate::pg::ledger::move_row;
use crate::pg::session::Rows;
use crate::plan::Step;
use crate::plan::section::Prepared;
use crate::text::ident::readable;
use crate::text::literal::Literal;
use crate::text::parse::{Class, only_validates};
use crate::world;

/// How each transaction of ours begins.
pub(super) const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";

/// Sent after each revision, when the role is set back: nothing of one file reaches the next. A cursor that is open would
/// keep its temporary table. A default `statement_timeout` counts from the `RESET ALL` on, which may be too short for a
/// COMMIT.
pub(super) const TIDY: &str =
    "CLOSE ALL; DISCARD TEMP; DEALLOCATE ALL; UNLISTEN *; RESET ALL; SET LOCAL statement_timeout = 0;";

/// What the message that begins a transaction answers.
pub(super) struct Begun {
    /// Whether the message has moved the rows of the version table.
    moves: bool,
    /// How many rows it has moved.
    moved: usize,
    /// Whether the lock is held, and nobody else's transaction is at work.
    proven: bool,
    /// The version table.
    table_oid: Option<u32>,
    /// The backend, which behind a pooler may be another one for each transaction.
    backend: i32,
}

impl Begun {
    /// Reads the answer to [`Run::beginning`] among those to other statements: its rows end in the tag.
    pub(super) fn of(rows: &Rows, tag: &str, moves: bool) -> Self {
        let mut proofs = rows.iter().filter(|row| row.len() == 5 && row[4].as_deref() == Some(tag));
        let row = proofs.next();
        let column = |number: usize| row.and_then(|row| row.get(number)?.as_deref());
        Self {
            moves,
            moved: usize::from(row.is_some()) + proofs.count(),
            proven: column(0) == Some("t") && column(1) == Some("t"),
            table_oid: column(2).and_then(|oid| oid.parse().ok()),
            backend: column(3).and_then(|pid| pid.parse().ok()).unwrap_or_default(),
        }
    }
}

impl Run<'_, '_> {
    /// Returns what is sent before our own records: the section may have changed the role, what names mean, and how
    /// long a statement may wait.
    pub(super) fn as_ourselves(&self) -> String {
        format!("{} SET LOCAL search_path = pg_catalog;", self.in_our_role())
    }

    /// As [`Run::as_ourselves`], for statements that mean the same under any search_path.
    pub(super) fn in_our_role(&self) -> String {
        format!(
            "SET LOCAL statement_timeout = 0; RESET SESSION AUTHORIZATION; RESET ROLE; SET LOCAL lock_timeout = {};",
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

    /// Returns whether the commit of the step before may begin the transaction of a step as well: a section may run
    /// without one, or want it begun in its own way.
    pub(super) fn may_be_begun_ahead(step: &Step) -> bool {
        step.section
            .as_ref()
            .is_none_or(|section| section.transaction && Self::leading(section, 0..section.statements.len()) == 0)
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
        self.locked.work.run(&format!("BEGIN; RESET SESSION AUTHORIZATION; RESET ROLE; {TIDY} COMMIT;"))
    }

    /// Returns the statements that set what our statements count on; `SET` costs the server a third of `set_config`,
    /// which has to be planned. `local` settings end with the transaction. `alone` are those for statements that run
    /// outside of one, which must not be cut short while they wait for a lock.
    pub(super) fn settings(&self, local: bool, alone: bool) -> String {
        let lock_timeout = if alone { Duration::ZERO } else { self.lock_timeout() };
        let statement_timeout = self.options.statement_timeout.unwrap_or(Duration::ZERO);
        let mut settings: Vec<(&str, String)> = vec![
            ("statement_timeout", milliseconds(statement_timeout)),
            ("lock_timeout", milliseconds(lock_timeout)),
            ("idle_in_transaction_session_timeout", "0".to_owned()),
            ("standard_conforming_strings", "on".to_owned()),
            ("row_security", "on".to_owned()),
        ];
        if self.locked.server.major() >= 17 {
            settings.push(("transaction_timeout", "0".to_owned()));
        }
        if self.locked.server.checks_clients {
            settings.push(("client_connection_check_interval", "1000".to_owned()));
        }
        if !local {
            // Transactions of ours say themselves that they write.
            settings.push(("default_transaction_read_only", "off".to_owned()));
        }
        if alone {
            // A CALL or DO that commits begins its next transaction with these.
            settings.push(("default_transaction_isolation", "read committed".to_owned()));
            settings.push(("default_transaction_deferrable", "off".to_owned()));
        }
        let scope = if local { "LOCAL" } else { "SESSION" };
        let is_wanted = |name: &str| !self.own_settings.iter().any(|own| own == name);
        let mut sql = String::new();
        // Writing to a String cannot fail.
        if let Some(schema) = self.options.schema.as_ref().filter(|_| is_wanted("search_path")) {
            // A list in the server's own spelling: only set_config takes it as one text.
            let path = self.search_path(schema.as_str());
            write!(sql, "SELECT pg_catalog.set_config('search_path', {}, {local}); ", Literal(&path)).ok();
        }
        for (name, value) in settings.iter().filter(|(name, _)| is_wanted(name)) {
            write!(sql, "SET {scope} {name} = {}; ", Literal(value)).ok();
        }
        sql
    }

    /// Returns the statements that begin a transaction. The answer that ends in the tag proves that the lock is held.
    fn beginning(&self, begin: &str, takes_work_lock: bool) -> String {
        // A default `statement_timeout` counts until the statement after the one that changes it.
        format!(
            "{begin}; SET LOCAL statement_timeout = 0; \
             SELECT {}, pg_catalog.to_regclass({})::oid::text, pg_catalog.pg_backend_pid(), {}; {}",
            self.locked.proofs(takes_work_lock),
            Literal(&self.options.table.name.to_string()),
            Literal(&self.locked.tag()),
            self.settings(true, false)
        )
    }

    /// Returns the statements that begin the transaction of a step, and whether they move the rows of the version table
    /// as well: the same statement then proves that the lock is held, in its only answer.
    pub(super) fn beginning_of(&self, step: &Step) -> (String, bool) {
        let Some(change) = self.move_ahead(step) else { return (self.beginning(BEGIN, true), false) };
        let (proofs, settings) = (self.locked.proofs(true), self.settings(true, false));
        let backend = if self.watch.is_on() { "pg_catalog.pg_backend_pid()" } else { "NULL" };
        let mut sql = format!("{BEGIN}; {settings}");
        let change = format!("{change} RETURNING {proofs}, NULL, {backend}, {};", Literal(&self.locked.tag()));
        match self.options.statement_timeout {
            None => sql.push_str(&change),
            // The limit is for the statements of files.
            Some(limit) => {
                let limit = Literal(&milliseconds(limit)).to_string();
                let ours = format!("SET LOCAL statement_timeout = 0; {change} SET LOCAL statement_timeout = {limit};");
                sql.push_str(&ours);
            }
        }
        (sql, true)
    }

    /// Returns the statement that moves the rows of the version table before the section runs, where it is one UPDATE and
    /// the section neither sees nor changes the table. It is the cheapest way to find out that exactly one row was hit:
    /// the answer is read before anything of the section is sent.
    fn move_ahead(&self, step: &Step) -> Option<String> {
        let table = &self.options.table;
        let longest = step.rows.add.iter().map(|id| id.as_str().chars().count()).max().unwrap_or(0);
        let is_wide = table.width.is_none_or(|width| usize::try_from(width).is_ok_and(|width| longest <= width));
        let sees_nothing = !step.may_touch_table(table.name.name.as_str());
        // What only validates waits with nothing locked.
        let first = step.section.as_ref().and_then(|section| Some(section.text(section.statements.first()?)));
        let may = table.exists && is_wide && sees_nothing && !first.is_some_and(only_validates);
        if may { move_row(table, &step.rows) } else { None }
    }

    /// Begins the transaction of a step and moves the rows of the version table where that can be done first. No message
    /// where the one before has done so.
    pub(super) fn begin_step(&mut self, current: &mut Current<'_>) -> Result<(), ExecuteError> {
        let begun = match self.begun.take() {
            Some(begun) => begun,
            None => {
                let (sql, moves) = self.beginning_of(current.step);
                match self.send_beginning(&sql, moves) {
                    Err(error) if moves && !error.closed => {
                        return Err(Self::record_error(current.step, error, self.nothing()));
                    }
                    begun => begun?,
                }
            }
        };
        if begun.moves && begun.moved != 1 {
            self.rollback();
            let step = current.step.name().to_owned();
            return Err(match self.locked.is_held()? {
                true => ExecuteError::RowsChanged { step, kept: Kept::Nothing },
                false => ExecuteError::LockLost { step },
            });
        }
        current.is_moved = begun.moves;
        self.proceed(begun, current.step.name())
    }

    /// Begins a transaction: one message, which also proves that the lock is held.
    pub(super) fn begin(&mut self, begin: &str, step: &str) -> Result<(), ExecuteError> {
        self.begin_with(begin, step, true)
    }

    /// As [`Run::begin`]; says whether the transaction takes the work lock.
    pub(super) fn begin_with(&mut self, begin: &str, step: &str, takes_work_lock: bool) -> Result<(), ExecuteError> {
        let sql = self.beginning(begin, takes_work_lock);
        let begun = self.send_beginning(&sql, false)?;
        self.proceed(begun, step)
    }

    fn send_beginning(&mut self, sql: &str, moves: bool) -> Result<Begun, SqlError> {
        let rows = match self.locked.work.rows(sql) {
            Err(error) if error.is(QUERY_CANCELED) && world::interrupted().is_none() => {
                self.rollback();
                self.locked.work.lift_statement_timeout()?;
                self.locked.work.rows(sql)?
            }
            rows => rows?,
        };
        Ok(Begun::of(&rows, &self.locked.tag(), moves))
    }

    fn proceed(&mut self, begun: Begun, step: &str) -> Result<(), ExecuteError> {
        if !begun.proven {
            self.rollback();
            return Err(ExecuteError::LockLost { step: step.to_owned() });
        }
        self.table_oid = begun.table_oid;
        self.watch.backend(begun.backend);
        Ok(())
    }

    /// Rolls back. A failure means that the connection is gone, and the transaction with it.
    pub(super) fn rollback(&mut self) {
        self.begun = None;
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
        let floor = self.locked.server.deadlock_timeout + Duration::from_millis(500);
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

//! What is recorded of a step: the rows of the version table and a row of the history, in the step's own transaction.

use crate::execute::session::BEGIN;
use crate::execute::{Current, ExecuteError, Kept, Run};
use crate::pg::error::{QUERY_CANCELED, SqlError};
use crate::pg::ledger::{Record, create_schema, create_version_table, is_rows_changed, move_rows, widen};
use crate::plan::Step;
use crate::revision::rows::Move;
use crate::text::literal::Literal;

/// What became of the version table while a section ran.
enum Table {
    There,
    Gone { schema: bool },
    Moved,
}

/// Who says how long the last statement of a step took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clock {
    /// We: it is done.
    Ours,
    /// The server: it goes in the same message as the records, before them.
    Servers,
}

impl Run<'_, '_> {
    /// Returns the statements that record a step.
    pub(super) fn records(&mut self, current: &Current<'_>, last: Clock) -> Result<String, ExecuteError> {
        let step = current.step;
        let is_plain = current.is_moved && (self.has_ledger || self.options.ledger.is_none());
        let mut sql = match is_plain {
            true if self.is_inert(current) => String::new(),
            true => self.in_our_role(),
            false => self.as_ourselves(),
        };
        sql.push('\n');
        if !current.is_moved {
            sql.push_str(&self.table_records(step)?);
        }
        if let Some(ledger) = &self.options.ledger {
            if !self.has_ledger {
                sql.push_str(&ledger.create(self.locked.server.has_ledger_schema));
                sql.push('\n');
            }
            if step.section.as_ref().is_some_and(|section| !section.transaction) {
                sql.push_str(&ledger.forget(step.name(), step.op.name()));
                sql.push('\n');
            }
            if self.options.forget && !self.options.interrupted.is_empty() {
                sql.push_str(&ledger.forget_all());
                sql.push('\n');
            }
            let counts_message = last == Clock::Servers;
            sql.push_str(&ledger.history(&Record { counts_message, ..self.record(current, None) }));
        }
        Ok(sql)
    }

    /// Keeps in mind what the statements of [`Run::records`] have made, once they are committed.
    pub(super) fn recorded(&mut self, step: &Step) {
        // From here on, what looks harmless may run anything.
        self.has_event_triggers = self.has_event_triggers || step.may_make_event_triggers();
        if self.options.ledger.is_some() {
            self.has_ledger = true;
        }
        self.options.table.exists = self.options.table.exists || !step.rows_after.is_empty();
        let longest = step.rows.add.iter().map(|id| id.as_str().chars().count()).max().unwrap_or(0);
        self.options.table.width =
            self.options.table.width.map(|width| width.max(u32::try_from(longest).unwrap_or(width)));
    }

    /// Makes the ledger in a transaction of its own, for a section that needs the journal before its first statement.
    pub(super) fn ensure_ledger(&mut self, step: &str) -> Result<(), ExecuteError> {
        if let (Some(ledger), false) = (&self.options.ledger, self.has_ledger) {
            let sql = ledger.create(self.locked.server.has_ledger_schema);
            self.begin(BEGIN, step)?;
            let ourselves = self.as_ourselves();
            if let Err(error) = self.locked.work.run(&format!("{ourselves}\n{sql}\nCOMMIT")) {
                self.rollback();
                return Err(error.into());
            }
            self.has_ledger = true;
        }
        Ok(())
    }

    /// Adds a failed step to the history, after its transaction was rolled back. What goes wrong here would only hide
    /// the error that is being reported.
    pub(super) fn record_failure(&mut self, current: &Current<'_>, error: &ExecuteError) {
        let work_is_usable = self.has_ledger && !self.locked.work.is_closed();
        let (Some(ledger), true) = (&self.options.ledger, work_is_usable) else { return };
        let text = if let ExecuteError::Statement(failure) = error {
            failure.error.sqlstate.clone().unwrap_or_default()
        } else {
            error.to_string()
        };
        let sql = ledger.history(&self.record(current, Some(&text)));
        let ourselves = self.as_ourselves();
        self.locked.work.run(&format!("BEGIN READ WRITE;\n{ourselves}\n{sql}\nCOMMIT")).ok();
    }

    /// Turns the failure of the records into what it means.
    pub(super) fn record_error(step: &Step, error: SqlError, kept: Kept) -> ExecuteError {
        let step = step.name().to_owned();
        let duplicate_row = error.is("23505");
        if is_rows_changed(&error)
            || duplicate_row && error.detail.as_deref().is_some_and(|it| it.contains("version_num"))
        {
            return ExecuteError::RowsChanged { step, kept };
        }
        ExecuteError::Record { step, error, kept }
    }

    /// Turns the failure of what ends a transaction into what it means: of the records, or of what the section has deferred
    /// to the end.
    pub(super) fn ending_error(&self, current: &Current<'_>, error: SqlError, kept: Kept) -> ExecuteError {
        match &current.step.section {
            // With several sections in one transaction nobody knows whose it was.
            Some(section) if !self.options.single_transaction && self.is_deferred(&error) => {
                self.deferred_failure(current, section, error, kept)
            }
            _ => Self::record_error(current.step, error, kept),
        }
    }

    /// Returns whether an error comes from a constraint or a trigger of somebody's table. Our own tables have no triggers,
    /// and their constraints name them; of rows that are waited for the server tells a context, too.
    fn is_deferred(&self, error: &SqlError) -> bool {
        let state = error.sqlstate.as_deref().unwrap_or_default();
        if error.closed || error.may_pass() || state == QUERY_CANCELED {
            return false;
        }
        let of_another = error.table.is_some() && !self.is_of_our_tables(error);
        state.starts_with("23") && of_another || error.context.is_some()
    }

    /// Returns whether an error names the version table or one of the ledger's.
    pub(super) fn is_of_our_tables(&self, error: &SqlError) -> bool {
        let Some((schema, table)) = error.table.as_deref() else { return false };
        let version_table = &self.options.table.name;
        let ledger = self.options.ledger.as_ref().map(|ledger| ledger.schema.as_str());
        version_table.schema.as_str() == schema && version_table.name.as_str() == table
            || ledger == Some(schema) && matches!(table.as_str(), "history" | "journal")
    }

    fn record<'c>(&self, current: &'c Current<'_>, error: Option<&'c str>) -> Record<'c> {
        Record {
            revision: current.step.name(),
            direction: current.step.op.name(),
            checksum: current.step.section.as_ref().map(|section| section.checksum.as_str()),
            started: current.started,
            duration_ms: current.clock.elapsed().as_secs_f64() * 1000.0,
            statement_ms: &current.statement_ms,
            counts_message: false,
            total: current.total(),
            // What an earlier run did, and the BEGIN and COMMIT of blocks, have no times and are done all the same.
            done: if error.is_none() { current.total() } else { current.statement_ms.len() },
            error,
            // Of a failed step nothing is said about rows.
            rows_after: if error.is_none() { current.step.rows_after.to_vec() } else { Vec::new() },
        }
    }

    /// What stays of a step whose transaction was rolled back.
    pub(super) fn nothing(&self) -> Kept {
        if self.options.single_transaction { Kept::NothingOfAll } else { Kept::Nothing }
    }

    fn table_records(&mut self, step: &Step) -> Result<String, ExecuteError> {
        let longest = step.rows.add.iter().map(|id| id.as_str().chars().count()).max().unwrap_or(0);
        let table = if self.options.table.exists && !step.may_touch_table(self.options.table.name.name.as_str()) {
            Table::There
        } else {
            self.look_for_table()?
        };
        let table_name = &self.options.table;
        Ok(match table {
            Table::There => {
                let narrow =
                    table_name.width.is_some_and(|width| usize::try_from(width).is_ok_and(|width| width < longest));
                let widen = if narrow { widen(table_name, longest) } else { String::new() };
                format!("{widen}{}", move_rows(table_name, &step.rows))
            }
            // No rows remain, so there is nothing to keep: the table is made again when there is.
            Table::Gone { .. } if step.rows_after.is_empty() => String::new(),
            Table::Gone { schema } => {
                let make_schema = if schema { String::new() } else { create_schema(&table_name.name.schema) };
                let rows = Move { remove: Vec::new(), add: step.rows_after.to_vec() };
                let longest = rows.add.iter().map(|id| id.as_str().chars().count()).max().unwrap_or(0);
                format!("{make_schema}{}{}", create_version_table(table_name, longest), move_rows(table_name, &rows))
            }
            Table::Moved => {
                let (step, table) = (step.name().to_owned(), table_name.name.plain());
                return Err(ExecuteError::TableMoved { step, table, kept: self.nothing() });
            }
        })
    }

    fn look_for_table(&mut self) -> Result<Table, ExecuteError> {
        let name = &self.options.table.name;
        let oid = self.table_oid.unwrap_or(0);
        let sql = format!(
            "SELECT pg_catalog.to_regclass({}) IS NOT NULL, pg_catalog.to_regnamespace({}) IS NOT NULL, \
             EXISTS (SELECT FROM pg_catalog.pg_class WHERE oid = {oid})",
            Literal(&name.to_string()),
            Literal(&name.schema.to_string()),
        );
        let rows = self.locked.work.rows(&sql)?;
        let is = |column: usize| rows.first().and_then(|row| row.get(column)?.as_deref()) == Some("t");
        Ok(if is(0) {
            Table::There
        } else if is(2) {
            Table::Moved
        } else {
            Table::Gone { schema: is(1) }
        })
    }
}

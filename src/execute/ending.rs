//! How the transaction of a step ends: recorded, cleaned, committed, and the next one begun, in one message.

use std::time::{Duration, Instant};

use crate::execute::bookkeeping::Clock;
use crate::execute::session::{Begun, TIDY};
use crate::execute::{Current, Event, ExecuteError, Kept, Run};
use crate::pg::error::SqlError;
use crate::pg::session::Rows;
use crate::plan::section::Prepared;
use crate::text::parse::Class;
use crate::text::words::words;

/// Stands between a statement of a file and what ends its transaction: of several statements in a message the server does
/// not say which has failed, but it knows what there is to go back to.
const MARK: &str = "\"pgkeel: the last statement is done\"";

/// A longer statement is not copied into another text.
const LONGEST: usize = 1 << 15;

/// How long the end of a lost connection's transaction is waited for.
const LOST: Duration = Duration::from_secs(5);

impl Run<'_, '_> {
    /// Returns the number of the last statement of a section, if it is `first` or one after it and may be sent in the
    /// message that ends the transaction. Most sections have one statement, and a round trip costs as much as a small one.
    pub(super) fn goes_along(&self, current: &Current<'_>, section: &Prepared, first: usize) -> Option<usize> {
        let number = section.statements.len().checked_sub(1).filter(|number| *number >= first)?;
        let statement = section.statements.get(number)?;
        let text = section.text(statement);
        // What is recorded has to be known before the statement is sent.
        let is_known = current.is_moved && (self.has_ledger || self.options.ledger.is_none());
        let is_plain = matches!(statement.class, Class::Ordinary | Class::AddEnumValue { .. })
            && statement.copy_data.is_none()
            && !section.beyond_grammar;
        let is_small = text.len() <= LONGEST && answers_nothing(text);
        (is_known && is_plain && is_small && !self.options.batch).then_some(number)
    }

    /// Sends the last statement of a section, records and commits.
    pub(super) fn commit_with(
        &mut self,
        current: &mut Current<'_>,
        section: &Prepared,
        number: usize,
    ) -> Result<(), ExecuteError> {
        self.check_signal()?;
        let text = section.text(&section.statements[number]);
        (self.tell)(&Event::StatementStarted { number: number + 1, of: section.statements.len() });
        let records = self.records(current, Clock::Servers)?;
        let (before, clock) = (current.clock.elapsed(), Instant::now());
        let rows = match self.end(Some(text), &records, current) {
            Ok(rows) => rows,
            Err(error) => return self.not_ended(current, error, Some((section, number))),
        };
        // The history has counted from the beginning of the step, and returns what it has counted.
        let counted = rows.iter().rev().find(|row| row.len() == 1).and_then(|row| row[0].as_ref()?.parse::<f64>().ok());
        let counted = counted.and_then(|ms| Duration::try_from_secs_f64(ms / 1000.0).ok());
        let duration = counted.map_or(clock.elapsed(), |counted| counted.saturating_sub(before));
        current.statement_ms.push(duration.as_secs_f64() * 1000.0);
        (self.tell)(&Event::StatementDone { text, duration });
        self.recorded(current.step);
        Ok(())
    }

    /// Records and commits.
    pub(super) fn commit(&mut self, current: &mut Current<'_>, records: &str) -> Result<(), ExecuteError> {
        if let Err(error) = self.end(None, records, current) {
            return self.not_ended(current, error, None);
        }
        self.recorded(current.step);
        Ok(())
    }

    /// Ends the transaction, and begins the next where that may be. What the section has deferred is checked as COMMIT
    /// would check it, before role and search_path are set back for the records. The session is cleaned in the
    /// transaction that it was used in: behind a pooler the next one may be another's.
    fn end(&mut self, last: Option<&str>, records: &str, current: &Current<'_>) -> Result<Rows, SqlError> {
        let next = current.followed_by.map(|next| self.beginning_of(next));
        let begin = next.as_ref().map_or("", |(sql, _)| sql);
        let (mark, ending) = if self.is_inert(current) {
            (String::new(), format!("{records}\nCOMMIT;\n{begin}"))
        } else {
            let ending = format!("SET CONSTRAINTS ALL IMMEDIATE;\n{records}\n{TIDY}\nCOMMIT;\n{begin}");
            (format!("SAVEPOINT {MARK};\n"), ending)
        };
        let rows = match last {
            Some(last) => {
                let watch = self.watch;
                let _watched = watch.statement();
                self.locked.work.rows_aloud(&format!("{last}\n;\n{mark}{ending}"))?
            }
            None => self.locked.work.rows_once(&ending)?,
        };
        self.begun = next.map(|(_, moves)| Begun::of(&rows, &self.locked.tag(), moves));
        Ok(rows)
    }

    /// Returns whether a step runs nothing but the server's own code, so that it leaves the session as it was: nothing has to
    /// be set back and cleaned after it.
    pub(super) fn is_inert(&self, current: &Current<'_>) -> bool {
        !self.has_event_triggers && current.only_writes_catalogs
    }

    /// Finds out what an error in [`Run::end`] means: of the statement of the file that was sent along, of the records, or
    /// of what came after the COMMIT.
    fn not_ended(
        &mut self,
        current: &Current<'_>,
        error: SqlError,
        along: Option<(&Prepared, usize)>,
    ) -> Result<(), ExecuteError> {
        // The server's last sentence may arrive before the connection is known to be gone.
        let lost = error.closed || self.locked.work.is_closed();
        let of_statement = match along {
            None => false,
            Some(_) if lost => true,
            // Nothing that it does shows but at once.
            Some(_) if self.is_inert(current) => !self.is_of_our_tables(&error),
            Some(_) => self.locked.work.run(&format!("ROLLBACK TO SAVEPOINT {MARK}")).is_err(),
        };
        let is_recorded = if lost {
            self.is_recorded_after_loss(current)
        } else {
            self.rollback();
            self.locked.work.lift_statement_timeout()?;
            Some(self.is_recorded(current)?)
        };
        let kept = match is_recorded {
            Some(true) => {
                if !lost {
                    self.clean()?;
                }
                self.recorded(current.step);
                return Ok(());
            }
            Some(false) => self.nothing(),
            None => Kept::Unknown,
        };
        Err(match along {
            Some((section, number)) if of_statement => self.failure(current, section, Some(number), error, kept),
            _ => self.ending_error(current, error, kept),
        })
    }

    /// Looks whether the step is in the history; without one, whether the rows of the version table are those after it.
    fn is_recorded(&mut self, current: &Current<'_>) -> Result<bool, ExecuteError> {
        // Where there is no such table, nothing was committed.
        let rows = self.locked.work.rows(&self.recorded_question(current)).ok();
        Ok(rows.is_some_and(|rows| self.says_recorded(current, rows)))
    }

    /// The same, where the connection is lost; none where nobody can tell.
    fn is_recorded_after_loss(&mut self, current: &Current<'_>) -> Option<bool> {
        let question = self.recorded_question(current);
        let has_table = if self.options.ledger.is_some() { self.has_ledger } else { self.options.table.exists };
        let rows = self.locked.ask_when_work_has_ended(&question, LOST).filter(|_| has_table)?;
        Some(self.says_recorded(current, rows))
    }

    fn recorded_question(&self, current: &Current<'_>) -> String {
        match &self.options.ledger {
            Some(ledger) => ledger.has_done(current.step.name(), current.step.op.name()),
            None => format!("SELECT version_num FROM {}", self.options.table.name),
        }
    }

    fn says_recorded(&self, current: &Current<'_>, rows: Rows) -> bool {
        let mut rows: Vec<String> = rows.into_iter().flatten().flatten().collect();
        if self.options.ledger.is_some() {
            return rows == ["t"];
        }
        let mut wanted: Vec<String> = current.step.rows_after.to_vec().iter().map(ToString::to_string).collect();
        rows.sort();
        wanted.sort();
        rows == wanted
    }
}

/// Returns whether a statement has no rows to answer with, as far as its text tells: those of a large answer would all be
/// kept until the message is done.
fn answers_nothing(text: &str) -> bool {
    const SILENT: [&str; 12] = [
        "alter", "comment", "create", "delete", "drop", "grant", "insert", "merge", "revoke", "security", "truncate",
        "update",
    ];
    let first: String = text.chars().take_while(char::is_ascii_alphabetic).collect();
    let returns = || text.as_bytes().windows(9).any(|word| word.eq_ignore_ascii_case(b"returning"));
    SILENT.iter().any(|word| first.eq_ignore_ascii_case(word)) && !returns()
}

/// Returns whether a section is nothing but statements that only write to the catalogs.
pub(super) fn only_writes_catalogs(section: &Prepared) -> bool {
    section.transaction && section.statements.iter().all(|statement| is_inert(section.text(statement)))
}

/// Returns whether a statement only writes to the catalogs, by its words: it evaluates no expression, so that it calls no
/// function, unless an event trigger does.
fn is_inert(text: &str) -> bool {
    // In the statements below, these come with expressions that are evaluated, with queries, and with temporary tables.
    const TELLING: [&str; 6] = ["select", "values", "execute", "table", "pg_temp", "temporary"];
    let mut words = words(text);
    let is = |word: Option<&str>, wanted: &str| word.is_some_and(|word| word.eq_ignore_ascii_case(wanted));
    let (first, second) = (words.next(), words.next());
    let is_one =
        is(first, "create") && (is(second, "table") || is(second, "type")) || is(first, "comment") && is(second, "on");
    is_one && !words.any(|word| TELLING.iter().any(|telling| word.eq_ignore_ascii_case(telling)))
}

#[cfg(test)]
mod tests {
    use super::{answers_nothing, is_inert};

    #[test]
    fn what_runs_nothing_is_told_by_its_text() {
        for inert in [
            "CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY, b text DEFAULT f())",
            "create type mood as enum ('sad')",
            "COMMENT ON COLUMN t.a IS 'x'",
        ] {
            assert!(is_inert(inert), "{inert}");
        }
        for lively in [
            "CREATE TABLE t AS SELECT f()",
            "CREATE TABLE t AS TABLE v",
            "CREATE TABLE t PARTITION OF p FOR VALUES IN (f())",
            "CREATE TABLE pg_temp.t ()",
            "CREATE TEMP TABLE t ()",
            "INSERT INTO t VALUES (1)",
            "CREATE INDEX ON t (f(a))",
        ] {
            assert!(!is_inert(lively), "{lively}");
        }
    }

    #[test]
    fn what_answers_with_rows_is_told_by_its_text() {
        for silent in ["CREATE TABLE t ()", "insert into t values (1)", "Update t SET a = 1", "drop table t"] {
            assert!(answers_nothing(silent), "{silent}");
        }
        for loud in
            ["SELECT 1", "WITH a AS (DELETE FROM t) SELECT 1", "INSERT INTO t VALUES (1)\nReturning *", "(TABLE t)"]
        {
            assert!(!answers_nothing(loud), "{loud}");
        }
    }
}

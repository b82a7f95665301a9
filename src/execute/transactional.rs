//! A section in one transaction, and several sections in one.

use std::ops::Range;
use std::time::{Duration, Instant};

use crate::execute::bookkeeping::Clock;
use crate::execute::session::{BEGIN, TIDY};
use crate::execute::{Current, Event, ExecuteError, Kept, Run, StatementFailure};
use crate::pg::error::{QUERY_CANCELED, SqlError};
use crate::pg::resume::has_invalid;
use crate::plan::Plan;
use crate::plan::section::Prepared;
use crate::text::parse::{Class, only_validates};
use crate::text::span::{byte_offset, word_at};
use crate::text::statements::Statement;
use crate::world;

/// Pauses between attempts that failed for a lock.
pub(super) struct Backoff {
    end: Instant,
    pause: Duration,
    pub(super) attempt: u32,
}

impl Backoff {
    pub(super) fn new(bound: Duration) -> Self {
        Self { end: Instant::now() + bound, pause: Duration::from_millis(200), attempt: 1 }
    }

    /// Waits before the next attempt. Returns false when the time is up or a signal came.
    pub(super) fn wait(&mut self, reason: &str, tell: &mut dyn FnMut(&Event<'_>)) -> bool {
        let pause = world::jitter(self.pause);
        if Instant::now() + pause >= self.end {
            return false;
        }
        tell(&Event::Retrying { reason, attempt: self.attempt, pause });
        self.attempt += 1;
        self.pause = (self.pause * 2).min(Duration::from_secs(10));
        world::sleep(pause)
    }
}

impl Run<'_, '_> {
    /// Runs a step in a transaction of its own, again where locks are in the way.
    pub(super) fn transactional(&mut self, current: &mut Current<'_>) -> Result<(), ExecuteError> {
        let mut backoff = Backoff::new(self.options.retry_for);
        loop {
            current.statement_ms.clear();
            let error = match self.attempt(current) {
                Ok(()) => return Ok(()),
                Err(error) => error,
            };
            self.rollback();
            let reason = lock_trouble(&error).map(|sql| sql.message.clone());
            match reason {
                Some(reason) if backoff.wait(&reason, self.tell) => (),
                _ => return Err(with_attempts(self.interrupted_or(error, &Kept::Nothing), backoff.attempt)),
            }
        }
    }

    /// Runs all steps in one transaction.
    pub(super) fn in_one_transaction(&mut self, plan: &Plan) -> Result<(), ExecuteError> {
        let mut backoff = Backoff::new(self.options.retry_for);
        loop {
            let (failed_at, error) = match self.attempt_all(plan) {
                Ok(()) => return Ok(()),
                Err(failed) => failed,
            };
            self.rollback();
            self.done.clear();
            let reason = lock_trouble(&error).map(|sql| sql.message.clone());
            match reason {
                Some(reason) if backoff.wait(&reason, self.tell) => (),
                _ => {
                    let error = with_attempts(self.interrupted_or(error, &Kept::NothingOfAll), backoff.attempt);
                    if let Some(step) = plan.steps.get(failed_at) {
                        self.record_failure(&Current::new(step), &error);
                    }
                    return Err(error);
                }
            }
        }
    }

    fn attempt(&mut self, current: &mut Current<'_>) -> Result<(), ExecuteError> {
        let step = current.step;
        current.is_moved = false;
        match &step.section {
            Some(section) => {
                let leading = 0..Self::leading(section, 0..section.statements.len());
                match leading.is_empty() {
                    true => self.begin_step(current)?,
                    false => self.begin_with_leading(BEGIN, current, section, leading.clone(), &Kept::Nothing)?,
                }
                let along = self.goes_along(current, section, leading.end);
                let before = leading.end..along.unwrap_or(section.statements.len());
                self.statements(current, section, before, &Kept::Nothing)?;
                if let Some(last) = along {
                    return self.commit_with(current, section, last);
                }
            }
            None => self.begin_step(current)?,
        }
        let records = self.records(current, Clock::Ours)?;
        self.commit(current, &records)
    }

    fn attempt_all(&mut self, plan: &Plan) -> Result<(), (usize, ExecuteError)> {
        // What an attempt before this one has made was rolled back.
        self.has_ledger = self.locked.server.has_ledger();
        self.options.table.clone_from(&self.table_before);
        let of = plan.steps.len();
        let first = plan.steps.first().map(|step| step.name().to_owned()).unwrap_or_default();
        self.begin(BEGIN, &first).map_err(|error| (0, error))?;
        let mut last = None;
        for (index, step) in plan.steps.iter().enumerate() {
            let at = |error: ExecuteError| (index, error);
            self.check_signal().map_err(at)?;
            (self.tell)(&Event::StepStarted { number: index + 1, step });
            let mut current = Current::new(step);
            if let Some(section) = &step.section {
                let all = 0..section.statements.len();
                self.statements(&mut current, section, all, &Kept::NothingOfAll).map_err(at)?;
            }
            let records = self.records(&current, Clock::Ours).map_err(at)?;
            if index + 1 == of {
                self.commit(&mut current, &records).map_err(at)?;
                last = Some(current);
            } else {
                let settings = self.settings(true, false);
                let sql = format!("{records}\n{TIDY}\n{settings}");
                self.locked.work.run(&sql).map_err(|error| at(Self::record_error(step, error, Kept::NothingOfAll)))?;
                self.recorded(step);
                self.finished(&current);
            }
        }
        if let Some(current) = last {
            self.finished(&current);
        }
        Ok(())
    }

    /// Sends these statements of a section.
    fn statements(
        &mut self,
        current: &mut Current<'_>,
        section: &Prepared,
        numbers: Range<usize>,
        kept: &Kept,
    ) -> Result<(), ExecuteError> {
        let alone = |it: &Statement| it.copy_data.is_some() || matches!(it.class, Class::EnsureIndex { .. });
        if self.options.batch && numbers.start == 0 && !section.statements.iter().any(alone) {
            return self.as_one_message(current, section, kept);
        }
        for number in numbers {
            self.statement(current, section, number, kept)?;
        }
        Ok(())
    }

    /// Sends one statement of a section inside of a transaction that is open.
    pub(super) fn statement(
        &mut self,
        current: &mut Current<'_>,
        section: &Prepared,
        number: usize,
        kept: &Kept,
    ) -> Result<(), ExecuteError> {
        self.check_signal()?;
        let statement = &section.statements[number];
        let text = section.text(statement);
        (self.tell)(&Event::StatementStarted { number: number + 1, of: section.statements.len() });
        let clock = Instant::now();
        // VALIDATE holds nothing up that others need while it waits, if its transaction holds nothing yet.
        let is_first = number == 0 && section.transaction && !self.options.single_transaction;
        let sent = if is_first && only_validates(text) {
            self.send_patiently(text)
        } else {
            self.send(text, section.copy_data(statement))
        };
        let duration = clock.elapsed();
        let sent = sent.and_then(|()| {
            if let Class::EnsureIndex { index, table } = &statement.class
                && has_invalid(self.locked.work, index, table)?
            {
                let message = "IF NOT EXISTS has found an index of this name that is INVALID, and made none";
                return Err(SqlError { closed: false, ..SqlError::lost(message) });
            }
            Ok(())
        });
        match sent {
            Ok(()) => {
                current.statement_ms.push(duration.as_secs_f64() * 1000.0);
                (self.tell)(&Event::StatementDone { text, duration });
                Ok(())
            }
            Err(error) => Err(self.failure(current, section, Some(number), error, kept.clone())),
        }
    }

    fn as_one_message(
        &mut self,
        current: &mut Current<'_>,
        section: &Prepared,
        kept: &Kept,
    ) -> Result<(), ExecuteError> {
        let (Some(first), Some(last)) = (section.statements.first(), section.statements.last()) else { return Ok(()) };
        let whole = Statement { range: first.range.start..last.range.end, ..first.clone() };
        // Comments between the statements go along; psql's lines, which the split has skipped, must not.
        let text = section.text(&whole);
        if text.contains('\\') && text.lines().any(|line| line.starts_with('\\')) {
            for number in 0..section.statements.len() {
                self.statement(current, section, number, kept)?;
            }
            return Ok(());
        }
        (self.tell)(&Event::StatementStarted { number: 1, of: section.statements.len() });
        let clock = Instant::now();
        let sent = self.send(text, None);
        let duration = clock.elapsed();
        match sent {
            Ok(()) => {
                current.statement_ms = vec![duration.as_secs_f64() * 1000.0];
                (self.tell)(&Event::StatementDone { text, duration });
                Ok(())
            }
            Err(error) => Err(self.failure(current, section, None, error, kept.clone())),
        }
    }

    /// Places the server's report in the file.
    pub(super) fn failure(
        &self,
        current: &Current<'_>,
        section: &Prepared,
        number: Option<usize>,
        error: SqlError,
        kept: Kept,
    ) -> ExecuteError {
        let first = number.unwrap_or(0);
        let last = number.unwrap_or(section.statements.len().saturating_sub(1));
        let start = section.body.start + section.statements.get(first).map_or(0, |statement| statement.range.start);
        let end = section.body.start + section.statements.get(last).map_or(0, |statement| statement.range.end);
        let span = match error.position {
            Some(position) => {
                let at = byte_offset(&section.source[start..end], position);
                let word = word_at(&section.source[start..end], at);
                start + word.start..start + word.end
            }
            None => start..end,
        };
        ExecuteError::Statement(Box::new(StatementFailure {
            step: current.step.name().to_owned(),
            path: current.step.path.clone(),
            source: section.source.clone(),
            span,
            number: number.map(|number| number + 1),
            of: section.statements.len(),
            error,
            kept,
            attempts: 1,
            single_transaction: self.options.single_transaction,
            deferred: false,
        }))
    }

    /// The failure of what a section has deferred to the end of its transaction: it belongs to none of its statements.
    pub(super) fn deferred_failure(
        &self,
        current: &Current<'_>,
        section: &Prepared,
        error: SqlError,
        kept: Kept,
    ) -> ExecuteError {
        let mut failure = self.failure(current, section, None, SqlError { position: None, ..error }, kept);
        if let ExecuteError::Statement(failure) = &mut failure {
            failure.span = failure.span.start..failure.span.start;
            failure.deferred = true;
        }
        failure
    }

    /// A statement that was cancelled because a signal came is no failure of the statement.
    pub(super) fn interrupted_or(&self, error: ExecuteError, kept: &Kept) -> ExecuteError {
        let cancelled = match &error {
            ExecuteError::Statement(failure) => failure.error.is(QUERY_CANCELED),
            ExecuteError::Record { error, .. } | ExecuteError::Sql(error) => error.is(QUERY_CANCELED),
            ExecuteError::Interrupted { .. } => true,
            ExecuteError::RowsChanged { .. }
            | ExecuteError::TableMoved { .. }
            | ExecuteError::LockLost { .. }
            | ExecuteError::ChangedSince { .. }
            | ExecuteError::Unknown { .. }
            | ExecuteError::StillAtWork { .. } => false,
        };
        match world::interrupted() {
            Some(signal) if cancelled || lock_trouble(&error).is_some() => {
                ExecuteError::Interrupted { signal, kept: Some(kept.clone()) }
            }
            _ => error,
        }
    }
}

/// Returns the server's report if the error is one that another attempt may not meet.
pub(super) fn lock_trouble(error: &ExecuteError) -> Option<&SqlError> {
    let sql = match error {
        ExecuteError::Statement(failure) => &failure.error,
        ExecuteError::Record { error, .. } | ExecuteError::Sql(error) => error,
        ExecuteError::RowsChanged { .. }
        | ExecuteError::TableMoved { .. }
        | ExecuteError::LockLost { .. }
        | ExecuteError::ChangedSince { .. }
        | ExecuteError::Unknown { .. }
        | ExecuteError::StillAtWork { .. }
        | ExecuteError::Interrupted { .. } => return None,
    };
    sql.may_pass().then_some(sql)
}

pub(super) fn with_attempts(mut error: ExecuteError, attempts: u32) -> ExecuteError {
    if let ExecuteError::Statement(failure) = &mut error {
        failure.attempts = attempts;
    }
    error
}

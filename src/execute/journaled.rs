//! A section without a transaction of its own, journaled unit by unit, so that a later run goes on where one stopped.

use std::time::{Duration, Instant};

use crate::execute::bookkeeping::Clock;
use crate::execute::session::BEGIN;
use crate::execute::transactional::{Backoff, lock_trouble, with_attempts};
use crate::execute::{Current, Event, ExecuteError, Kept, Presumed, Run};
use crate::pg::error::{
    ACTIVE_SQL_TRANSACTION, DEADLOCK_DETECTED, DIVISION_BY_ZERO, INVALID_TRANSACTION_TERMINATION, SqlError,
};
use crate::pg::ledger::NewEntry;
use crate::pg::resume::{Fate, Note, fate, has_made, invalid_before, is_at_work, is_prepared, note};
use crate::pg::state::{EntryState, JournalEntry};
use crate::plan::section::{Prepared, Unit, UnitKind};
use crate::text::parse::{Alone, Class};
use crate::world;

/// What an earlier run left of a section.
struct Past {
    /// Units that are done.
    done: usize,
    /// The entry of the unit after them, if it was begun.
    begun: Option<JournalEntry>,
}

impl Run<'_, '_> {
    /// Runs a section unit by unit.
    pub(super) fn journaled(&mut self, current: &mut Current<'_>, section: &Prepared) -> Result<(), ExecuteError> {
        let past = self.past(current, section)?;
        self.own_settings.clear();
        if past.done > 0 || past.begun.is_some() {
            let statement =
                section.units.get(past.done).map_or(section.statements.len(), |unit| unit.statements.start + 1);
            (self.tell)(&Event::Resuming { statement, of: section.statements.len() });
        }
        let settings = self.settings(false, true);
        self.locked.work.run(&format!("SET statement_timeout = 0; {settings}"))?;
        if section.units.len() > 1 || matches!(section.units.first(), Some(unit) if unit.kind != UnitKind::Transaction)
        {
            self.ensure_ledger(current.step.name())?;
        }
        let mut begun = past.begun;
        for (number, unit) in section.units.iter().enumerate() {
            let kept = self.kept(section, number);
            if number < past.done {
                self.replay(current, section, unit)?;
                continue;
            }
            self.check_signal().map_err(|_| self.signal(&kept))?;
            let last = number + 1 == section.units.len();
            // A setting before the unit that was begun is none of the journal's: the entry waits for its own unit.
            let of_unit = |entry: &mut JournalEntry| usize::try_from(entry.statement) == Ok(unit.statements.start + 1);
            let outcome = self.unit(current, section, unit, begun.take_if(of_unit), &kept, last);
            if let Err(error) = outcome {
                return Err(self.interrupted_or(error.keeping(&kept), &kept));
            }
            if last && unit_commits_itself(unit) {
                return Ok(());
            }
        }
        // All units are done, and none of them could take the records along.
        let kept = self.kept(section, section.units.len());
        self.finish(current).map_err(|error| self.interrupted_or(error.keeping(&kept), &kept))
    }

    /// Compares the journal with the section.
    fn past(&self, current: &Current<'_>, section: &Prepared) -> Result<Past, ExecuteError> {
        let (revision, direction) = (current.step.name(), current.step.op.name());
        let same = self.options.interrupted.iter().find(|one| one.revision == revision && one.direction == direction);
        let Some(journaled) = same else { return Ok(Past { done: 0, begun: None }) };
        let changed = |statement: usize| ExecuteError::ChangedSince {
            path: current.step.path.clone(),
            done: journaled.entries.iter().filter(|entry| entry.state == EntryState::Done).count(),
            statement,
        };
        let mut past = Past { done: 0, begun: None };
        for entry in &journaled.entries {
            let statement = usize::try_from(entry.statement).unwrap_or_default();
            let found = section.units.iter().position(|unit| unit.statements.start + 1 == statement);
            match (entry.state, found) {
                (EntryState::Done, Some(number)) if section.unit_checksum(&section.units[number]) == entry.checksum => {
                    past.done = past.done.max(number + 1);
                }
                (EntryState::Done, _) => return Err(changed(statement)),
                (EntryState::Begun | EntryState::Failed, Some(_)) => past.begun = Some(entry.clone()),
                (EntryState::Begun | EntryState::Failed, None) => return Err(changed(statement)),
            }
        }
        // Between the units that are done nothing may have been put in, but for settings, which are never journaled.
        let journaled_units: Vec<usize> =
            journaled.entries.iter().map(|entry| usize::try_from(entry.statement).unwrap_or_default()).collect();
        for unit in &section.units[..past.done] {
            if unit.kind != UnitKind::Session && !journaled_units.contains(&(unit.statements.start + 1)) {
                return Err(changed(unit.statements.start + 1));
            }
        }
        Ok(past)
    }

    fn unit(
        &mut self,
        current: &mut Current<'_>,
        section: &Prepared,
        unit: &Unit,
        begun: Option<JournalEntry>,
        kept: &Kept,
        last: bool,
    ) -> Result<(), ExecuteError> {
        match &unit.kind {
            UnitKind::Session => self.session_setting(current, section, unit, kept),
            UnitKind::Transaction | UnitKind::Block { .. } => self.with_retries(current, section, unit, kept, last),
            UnitKind::MaybeAlone => {
                let alone = match begun {
                    Some(entry) => Some(entry),
                    None => match self.with_retries(current, section, unit, kept, last) {
                        Err(ExecuteError::Statement(failure))
                            if failure.error.is(ACTIVE_SQL_TRANSACTION)
                                || failure.error.is(INVALID_TRANSACTION_TERMINATION) =>
                        {
                            None
                        }
                        outcome => {
                            if outcome.is_ok() && last {
                                return Ok(());
                            }
                            return outcome;
                        }
                    },
                };
                self.alone(current, section, unit, None, alone, kept)?;
                if last { self.finish(current) } else { Ok(()) }
            }
            UnitKind::Alone(what) => self.alone(current, section, unit, Some(what), begun, kept),
            UnitKind::Prepare { gid } => self.prepare(current, section, unit, gid, begun.as_ref(), kept),
        }
    }

    fn finish(&mut self, current: &mut Current<'_>) -> Result<(), ExecuteError> {
        self.begin(BEGIN, current.step.name())?;
        let records = self.records(current, Clock::Ours)?;
        self.commit(current, &records)
    }

    /// A `SET` of the file: it counts for the rest of the section.
    fn session_setting(
        &mut self,
        current: &Current<'_>,
        section: &Prepared,
        unit: &Unit,
        kept: &Kept,
    ) -> Result<(), ExecuteError> {
        for number in unit.statements.clone() {
            let sent = self.locked.work.run(section.text(&section.statements[number]));
            sent.map_err(|error| self.failure(current, section, Some(number), error, kept.clone()))?;
        }
        self.remember_settings(section, unit);
        Ok(())
    }

    /// Settings that the section has made for the session, so that our own do not take their place.
    fn remember_settings(&mut self, section: &Prepared, unit: &Unit) {
        for statement in &section.statements[unit.statements.clone()] {
            if let Class::Set { name, .. } = &statement.class {
                self.own_settings.push(name.clone());
            }
        }
    }

    /// Makes the settings that a unit which an earlier run did has left in the session.
    fn replay(&mut self, current: &Current<'_>, section: &Prepared, unit: &Unit) -> Result<(), ExecuteError> {
        let keeps = matches!(unit.kind, UnitKind::Session | UnitKind::Block { commit: true, .. });
        for number in unit.statements.clone().filter(|_| keeps) {
            if matches!(section.statements[number].class, Class::Set { .. }) {
                let one = Unit { statements: number..number + 1, kind: UnitKind::Session };
                self.session_setting(current, section, &one, &Kept::Nothing)?;
            }
        }
        Ok(())
    }

    fn with_retries(
        &mut self,
        current: &mut Current<'_>,
        section: &Prepared,
        unit: &Unit,
        kept: &Kept,
        last: bool,
    ) -> Result<(), ExecuteError> {
        let mut backoff = Backoff::new(self.options.retry_for);
        let before = current.statement_ms.len();
        loop {
            current.statement_ms.truncate(before);
            let error = match self.in_transaction(current, section, unit, kept, last) {
                Ok(()) => return Ok(()),
                Err(error) => error,
            };
            self.rollback();
            let reason = lock_trouble(&error).map(|sql| sql.message.clone());
            match reason {
                Some(reason) if backoff.wait(&reason, self.tell) => (),
                _ => return Err(with_attempts(error, backoff.attempt)),
            }
        }
    }

    /// Runs a unit in a transaction, together with its entry in the journal, or with the records of the step if it is
    /// the last.
    fn in_transaction(
        &mut self,
        current: &mut Current<'_>,
        section: &Prepared,
        unit: &Unit,
        kept: &Kept,
        last: bool,
    ) -> Result<(), ExecuteError> {
        let step = current.step.name();
        let (inner, begin, commit) = match &unit.kind {
            UnitKind::Block { opened, commit } => {
                let begin = if *opened { section.text(&section.statements[unit.statements.start]) } else { BEGIN };
                let first = unit.statements.start + usize::from(*opened);
                (first..unit.statements.end - 1, begin, *commit)
            }
            UnitKind::Transaction
            | UnitKind::MaybeAlone
            | UnitKind::Alone(_)
            | UnitKind::Prepare { .. }
            | UnitKind::Session => (unit.statements.clone(), BEGIN, true),
        };
        let leading = inner.start..inner.start + Self::leading(section, inner.clone());
        let inner = leading.end..inner.end;
        self.begin_with_leading(begin, current, section, leading, kept)?;
        for number in inner {
            self.statement(current, section, number, kept)?;
        }
        if !commit {
            // The file rolls its own block back: what is recorded comes after it.
            self.locked.work.run("ROLLBACK")?;
            self.begin(BEGIN, step)?;
        }
        if last {
            let records = self.records(current, Clock::Ours)?;
            return self.commit(current, &records);
        }
        let done = self.entry(current, section, unit, EntryState::Done, None);
        let sql = format!("SET CONSTRAINTS ALL IMMEDIATE;\n{}\n{done}\nCOMMIT", self.as_ourselves());
        self.locked.work.run(&sql).map_err(|error| self.ending_error(current, error, kept.clone()))?;
        if commit {
            self.remember_settings(section, unit);
        }
        Ok(())
    }

    /// Runs a statement outside of any transaction: begun is written before, done after.
    fn alone(
        &mut self,
        current: &mut Current<'_>,
        section: &Prepared,
        unit: &Unit,
        what: Option<&Alone>,
        begun: Option<JournalEntry>,
        kept: &Kept,
    ) -> Result<(), ExecuteError> {
        let number = unit.statements.start;
        let mut instead = None;
        if let Some(entry) = begun {
            match self.fate_of_begun(current, section, unit, what, &entry)? {
                Fate::Done => return self.mark(current, section, unit, EntryState::Done, None),
                Fate::Half { sql } => instead = Some(sql),
                Fate::NotDone | Fate::Leftovers { .. } => (),
            }
        } else if let Some(what) = what {
            let found = invalid_before(self.locked.work, what)?;
            self.clean_up(&found, current.step.name())?;
        }
        let mut backoff = Backoff::new(self.options.retry_for);
        loop {
            let noted = note(self.locked.work, what)?;
            self.watch.backend(noted.pid);
            self.mark(current, section, unit, EntryState::Begun, Some(&noted))?;
            let kept = match what {
                // A CALL or DO may have committed before it failed.
                None => Kept::Part { done: number, of: section.statements.len() },
                Some(_) => kept.clone(),
            };
            let sent = match &instead {
                Some(sql) => self
                    .send(sql, None)
                    .map_err(|error| self.failure(current, section, Some(number), error, kept.clone())),
                None => self.statement(current, section, number, &kept),
            };
            let Err(error) = sent else {
                if let Some(what) = what
                    && !has_made(self.locked.work, what)?
                {
                    self.mark(current, section, unit, EntryState::Failed, Some(&noted)).ok();
                    let message =
                        "the index was not made: one of its name exists already, and is INVALID or on another table";
                    let error = SqlError { closed: false, ..SqlError::lost(message) };
                    return Err(self.failure(current, section, Some(number), error, kept));
                }
                return self.mark(current, section, unit, EntryState::Done, None);
            };
            let ExecuteError::Statement(failure) = &error else { return Err(error) };
            if self.locked.work.is_closed() {
                return Err(error);
            }
            // If even that cannot be written, the entry stays as begun, and the catalog is asked next time.
            self.mark(current, section, unit, EntryState::Failed, Some(&noted)).ok();
            let reason = failure.error.message.clone();
            if !failure.error.is(DEADLOCK_DETECTED) || what.is_none() || !backoff.wait(&reason, self.tell) {
                match what.map(|what| fate(self.locked.work, what, &noted)) {
                    Some(Ok(Fate::Leftovers { what, .. })) => {
                        let note = format!("an INVALID index was left: {}; the next run drops it", what.join(", "));
                        (self.tell)(&Event::Note(note));
                    }
                    // Nothing is done of the section: it is not interrupted, and the way down is free.
                    Some(Ok(Fate::NotDone)) if number == 0 => self.forget(current),
                    _ => (),
                }
                return Err(with_attempts(error, backoff.attempt));
            }
            if let Some(what) = what {
                let left = fate(self.locked.work, what, &noted)?;
                self.clean_up(&left, current.step.name())?;
            }
        }
    }

    /// Finds out what became of a statement that an earlier run began, and cleans up what it left.
    fn fate_of_begun(
        &mut self,
        current: &Current<'_>,
        section: &Prepared,
        unit: &Unit,
        what: Option<&Alone>,
        entry: &JournalEntry,
    ) -> Result<Fate, ExecuteError> {
        let noted = noted_in(entry);
        self.wait_for_backend(&noted)?;
        // What the file says now tells what became of what it said then only if both are the same.
        let same = entry.state == EntryState::Failed || entry.checksum == section.unit_checksum(unit);
        let fate = match what {
            Some(what) if same || self.options.interrupted_statement.is_some() => fate(self.locked.work, what, &noted)?,
            // The statement itself said that it failed: it may be sent again.
            None if entry.state == EntryState::Failed => Fate::NotDone,
            Some(_) | None => match self.options.interrupted_statement {
                Some(Presumed::Done) => Fate::Done,
                Some(Presumed::NotDone) => Fate::NotDone,
                None => {
                    let range = &section.statements[unit.statements.start].range;
                    return Err(ExecuteError::Unknown {
                        step: current.step.name().to_owned(),
                        path: current.step.path.clone(),
                        statement: unit.statements.start + 1,
                        source_text: section.source.clone(),
                        span: section.body.start + range.start..section.body.start + range.end,
                    });
                }
            },
        };
        self.clean_up(&fate, current.step.name())?;
        Ok(fate)
    }

    /// Waits until the backend of a killed run has noticed that its client is gone.
    fn wait_for_backend(&mut self, noted: &Note) -> Result<(), ExecuteError> {
        let clock = Instant::now();
        let mut told = false;
        while is_at_work(self.locked.work, noted)? {
            if clock.elapsed() >= self.options.lock_wait {
                return Err(ExecuteError::StillAtWork { pid: noted.pid, waited: clock.elapsed() });
            }
            if !told && clock.elapsed() > Duration::from_secs(1) {
                told = true;
                let pid = noted.pid;
                (self.tell)(&Event::Note(format!("waiting for pid {pid}, which still works for an earlier run")));
            }
            if !world::sleep(Duration::from_millis(200)) {
                return Err(self.signal(&Kept::Nothing));
            }
        }
        Ok(())
    }

    fn clean_up(&mut self, fate: &Fate, step: &str) -> Result<(), ExecuteError> {
        let Fate::Leftovers { sql, what } = fate else { return Ok(()) };
        for (sql, what) in sql.iter().zip(what) {
            if !self.locked.is_held()? {
                return Err(ExecuteError::LockLost { step: step.to_owned() });
            }
            self.send(sql, None)?;
            (self.tell)(&Event::Note(format!("dropped the INVALID index {what}, left by an attempt that did not end")));
        }
        Ok(())
    }

    fn prepare(
        &mut self,
        current: &mut Current<'_>,
        section: &Prepared,
        unit: &Unit,
        gid: &str,
        begun: Option<&JournalEntry>,
        kept: &Kept,
    ) -> Result<(), ExecuteError> {
        if let Some(entry) = begun {
            self.wait_for_backend(&noted_in(entry))?;
        }
        if begun.is_some() && is_prepared(self.locked.work, gid)? {
            return self.mark(current, section, unit, EntryState::Done, None);
        }
        let noted = note(self.locked.work, None)?;
        self.mark(current, section, unit, EntryState::Begun, Some(&noted))?;
        let begin = section.text(&section.statements[unit.statements.start]).to_owned();
        self.begin_with(&begin, current.step.name(), false)?;
        for number in unit.statements.start + 1..unit.statements.end {
            if let Err(error) = self.statement(current, section, number, kept) {
                self.rollback();
                return Err(error);
            }
        }
        self.mark(current, section, unit, EntryState::Done, None)
    }

    fn mark(
        &mut self,
        current: &Current<'_>,
        section: &Prepared,
        unit: &Unit,
        state: EntryState,
        noted: Option<&Note>,
    ) -> Result<(), ExecuteError> {
        let entry = self.entry(current, section, unit, state, noted);
        if entry.is_empty() {
            return match self.locked.is_held()? {
                true => Ok(()),
                false => Err(ExecuteError::LockLost { step: current.step.name().to_owned() }),
            };
        }
        let sql = format!("{}\n{}\n{entry}", self.as_ourselves(), self.locked.fence());
        self.locked.work.run(&sql).map_err(|error| match error.is(DIVISION_BY_ZERO) {
            true => ExecuteError::LockLost { step: current.step.name().to_owned() },
            false => error.into(),
        })
    }

    /// Empties the journal of the section. If that fails the entry stays as failed, and the next run looks again.
    fn forget(&mut self, current: &Current<'_>) {
        let Some(ledger) = &self.options.ledger else { return };
        let forget = ledger.forget(current.step.name(), current.step.op.name());
        self.locked.work.run(&format!("{}\n{}\n{forget}", self.as_ourselves(), self.locked.fence())).ok();
    }

    fn entry(
        &self,
        current: &Current<'_>,
        section: &Prepared,
        unit: &Unit,
        state: EntryState,
        noted: Option<&Note>,
    ) -> String {
        let detail = noted.and_then(|noted| serde_json::to_string(noted).ok());
        self.options.ledger.as_ref().map_or_else(String::new, |ledger| {
            ledger.journal(&NewEntry {
                revision: current.step.name(),
                direction: current.step.op.name(),
                statement: unit.statements.start + 1,
                total: section.statements.len(),
                checksum: &section.unit_checksum(unit),
                state,
                detail: detail.as_deref(),
            })
        })
    }

    fn kept(&self, section: &Prepared, unit: usize) -> Kept {
        let done = section.units.get(unit).map_or(section.statements.len(), |unit| unit.statements.start);
        if done == 0 { Kept::Nothing } else { Kept::Statements { done, of: section.statements.len() } }
    }

    fn signal(&self, kept: &Kept) -> ExecuteError {
        self.interrupted_or(ExecuteError::Interrupted { signal: world::Interrupt::Int, kept: Some(kept.clone()) }, kept)
    }
}

/// What was noted when a statement was begun.
fn noted_in(entry: &JournalEntry) -> Note {
    entry.detail.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

/// A last unit of these kinds has committed the records of the step with itself.
fn unit_commits_itself(unit: &Unit) -> bool {
    matches!(unit.kind, UnitKind::Transaction | UnitKind::Block { .. } | UnitKind::MaybeAlone)
}

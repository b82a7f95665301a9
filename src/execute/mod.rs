//! A plan on a locked session → events. Each step is done wholly or not at all, or journaled statement by statement.

mod bookkeeping;
mod ending;
mod error;
mod journaled;
mod session;
mod transactional;
pub(crate) mod watch;

use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::execute::ending::only_writes_catalogs;
use crate::execute::session::Begun;
use crate::execute::watch::Watch;
use crate::pg::ledger::Ledger;
use crate::pg::lock::Locked;
use crate::pg::state::{Journaled, VersionTable};
use crate::plan::{Op, Plan, Step};
use crate::revision::rows::RowsAfter;
use crate::text::ident::Ident;
use crate::world;

pub(crate) use crate::execute::error::{ExecuteError, Kept, StatementFailure};

/// How a plan is run.
pub(crate) struct Options {
    /// The setting `schema`: first in the search_path.
    pub(crate) schema: Option<Ident>,
    /// The longest wait for a lock of the database; zero for no limit. Raised to the server's `deadlock_timeout` and
    /// half a second: below it, an autovacuum that is in the way would never be cancelled.
    pub(crate) lock_timeout: Duration,
    /// The longest time for one statement; none for no limit.
    pub(crate) statement_timeout: Option<Duration>,
    /// How long a section is tried again after 55P03 and 40P01, in all.
    pub(crate) retry_for: Duration,
    /// How long another run's statement is waited for.
    pub(crate) lock_wait: Duration,
    /// All steps in one transaction.
    pub(crate) single_transaction: bool,
    /// A transactional section as one message.
    pub(crate) batch: bool,
    /// The version table.
    pub(crate) table: VersionTable,
    /// The ledger; none when it is off.
    pub(crate) ledger: Option<Ledger>,
    /// Sections that an earlier run left done in part.
    pub(crate) interrupted: Vec<Journaled>,
    /// What a person says of a statement whose end nobody saw and the catalog cannot tell.
    pub(crate) interrupted_statement: Option<Presumed>,
    /// Whether the first step forgets all sections that are done in part.
    pub(crate) forget: bool,
}

/// What a person says of a statement whose end nobody saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Presumed {
    /// It has done its work.
    Done,
    /// It has not: send it again.
    NotDone,
}

/// What happens while a plan runs.
#[derive(Debug)]
pub(crate) enum Event<'a> {
    /// A step begins.
    StepStarted { number: usize, step: &'a Step },
    /// A section goes on where an earlier run stopped.
    Resuming { statement: usize, of: usize },
    /// A statement is about to be sent; both numbers from 1.
    StatementStarted { number: usize, of: usize },
    /// It has ended.
    StatementDone { text: &'a str, duration: Duration },
    /// A lock was not got in time, or a deadlock was broken: the section is tried again after a pause.
    Retrying { reason: &'a str, attempt: u32, pause: Duration },
    /// Something that a person should know.
    Note(String),
    /// A step is done.
    StepDone { step: &'a Step, duration: Duration },
}

/// A step that is done.
#[derive(Clone, Debug)]
pub(crate) struct StepDone {
    /// What it did.
    pub(crate) op: Op,
    /// The revision, `base` where there is none.
    pub(crate) revision: String,
    /// The rows after it.
    pub(crate) rows_after: RowsAfter,
    /// How long it took.
    pub(crate) duration: Duration,
}

/// What was done before the error came.
#[derive(Debug)]
pub(crate) struct Failed {
    /// The steps that are done and stay.
    pub(crate) done: Vec<StepDone>,
    /// The error.
    pub(crate) error: ExecuteError,
}

/// Runs a plan.
///
/// # Errors
/// The first step's that fails, with the steps that were done before it.
pub(crate) fn execute(
    locked: &mut Locked<'_>,
    plan: &Plan,
    options: Options,
    watch: &Watch,
    tell: &mut dyn FnMut(&Event<'_>),
) -> Result<Vec<StepDone>, Failed> {
    let mut run = Run::new(locked, options, watch, tell);
    let outcome = run.steps(plan);
    let done = std::mem::take(&mut run.done);
    match outcome {
        Ok(()) => Ok(done),
        Err(error) => Err(Failed { done, error }),
    }
}

/// A run: the session, what it records to, and what it has done.
struct Run<'r, 'l> {
    locked: &'r mut Locked<'l>,
    options: Options,
    watch: &'r Watch,
    tell: &'r mut dyn FnMut(&Event<'_>),
    done: Vec<StepDone>,
    /// Whether the ledger's tables are known to exist.
    has_ledger: bool,
    /// The version table as it was before the first step.
    table_before: VersionTable,
    /// The OID of the version table at the beginning of the transaction at hand.
    table_oid: Option<u32>,
    /// Whether there may be event triggers: each statement may run anything then.
    has_event_triggers: bool,
    /// The transaction that the message before has begun.
    begun: Option<Begun>,
    /// Settings that the section at hand has changed itself, and that are not set again for its transactions.
    own_settings: Vec<String>,
}

/// The step at hand.
struct Current<'a> {
    step: &'a Step,
    started: Timestamp,
    clock: Instant,
    statement_ms: Vec<f64>,
    /// Whether the rows of the version table were moved when the transaction began.
    is_moved: bool,
    /// Whether its section is nothing but statements that only write to the catalogs.
    only_writes_catalogs: bool,
    /// The next step, where the commit of this one begins the transaction of that.
    followed_by: Option<&'a Step>,
}

impl<'a> Current<'a> {
    fn new(step: &'a Step) -> Self {
        let (started, clock) = (world::now(), Instant::now());
        let only_writes_catalogs = step.section.as_ref().is_some_and(only_writes_catalogs);
        Self {
            step,
            started,
            clock,
            statement_ms: Vec::new(),
            is_moved: false,
            only_writes_catalogs,
            followed_by: None,
        }
    }

    fn total(&self) -> usize {
        self.step.section.as_ref().map_or(0, |section| section.statements.len())
    }
}

impl<'r, 'l> Run<'r, 'l> {
    fn new(
        locked: &'r mut Locked<'l>,
        options: Options,
        watch: &'r Watch,
        tell: &'r mut dyn FnMut(&Event<'_>),
    ) -> Self {
        let has_ledger = locked.server.has_ledger();
        let has_event_triggers = locked.server.has_event_triggers;
        let table_before = options.table.clone();
        Self {
            locked,
            options,
            watch,
            tell,
            done: Vec::new(),
            has_ledger,
            table_before,
            table_oid: None,
            has_event_triggers,
            begun: None,
            own_settings: Vec::new(),
        }
    }

    fn steps(&mut self, plan: &Plan) -> Result<(), ExecuteError> {
        if self.options.single_transaction && !plan.steps.is_empty() {
            return self.in_one_transaction(plan);
        }
        for (index, step) in plan.steps.iter().enumerate() {
            if let Err(error) = self.check_signal() {
                self.rollback();
                return Err(error);
            }
            (self.tell)(&Event::StepStarted { number: index + 1, step });
            self.own_settings.clear();
            let mut current = Current::new(step);
            let outcome = match &step.section {
                Some(section) if !section.transaction => {
                    let outcome = self.journaled(&mut current, section);
                    if outcome.is_err() && !self.locked.work.is_closed() {
                        // Behind a pooler the server's session lives on. The error that came first is the one to tell.
                        self.clean().ok();
                    }
                    outcome
                }
                _ => {
                    current.followed_by = plan.steps.get(index + 1).filter(|next| Self::may_be_begun_ahead(next));
                    self.transactional(&mut current)
                }
            };
            if let Err(error) = outcome {
                self.record_failure(&current, &error);
                return Err(error);
            }
            self.finished(&current);
        }
        Ok(())
    }

    fn finished(&mut self, current: &Current<'_>) {
        let duration = current.clock.elapsed();
        (self.tell)(&Event::StepDone { step: current.step, duration });
        self.done.push(StepDone {
            op: current.step.op,
            revision: current.step.name().to_owned(),
            rows_after: current.step.rows_after.clone(),
            duration,
        });
    }

    fn check_signal(&self) -> Result<(), ExecuteError> {
        world::interrupted().map_or(Ok(()), |signal| Err(ExecuteError::Interrupted { signal, kept: None }))
    }
}

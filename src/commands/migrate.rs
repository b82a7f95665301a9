//! What all commands that change the version table have in common: look, decide, take the lock, look again, act.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::commands::database::{Connecting, absent, interrupted, lock, target, watch};
use crate::commands::ensure::created_later;
use crate::commands::prepare::plan;
use crate::commands::rights::{may_write, no_standby};
use crate::commands::view::{View, place, view};
use crate::commands::{Context, Failure};
use crate::execute::watch::{Blocker, Watch};
use crate::execute::{Event, Failed, Options, Presumed, StepDone, execute};
use crate::pg::error::QUERY_CANCELED;
use crate::pg::glance::glance;
use crate::pg::ledger::Ledger;
use crate::pg::lock::{Keys, Lock, Locked, holder, try_lock};
use crate::pg::pooler::Sessions;
use crate::pg::session::Session;
use crate::pg::state::{Server, schema_exists};
use crate::plan::steps::Bare;
use crate::plan::{Plan, Step};
use crate::report::diagnostic::{Diagnostic, Exit};
use crate::report::human::{ID, count, duration, id_list};
use crate::report::json::{steps_done, steps_planned};
use crate::revision::graph::Graph;
use crate::settings::LedgerMode;
use crate::text::dsn::Dsn;
use crate::text::ident::Ident;
use crate::text::mask::mask;
use crate::world;

/// How a command that changes the version table is run.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct RunArgs {
    /// Show the plan and stop
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Run all pending revisions in one transaction
    #[arg(long)]
    pub(crate) single_transaction: bool,
    /// Say of a statement whose end nobody saw whether it is `done` or is to be run `again`
    #[arg(long, value_name = "done|again", value_parser = presumed)]
    pub(crate) interrupted: Option<Presumed>,
    /// Go on although a section of another run is done in part, and forget how far it came
    #[arg(long)]
    pub(crate) force: bool,
}

fn presumed(text: &str) -> Result<Presumed, String> {
    match text {
        "done" => Ok(Presumed::Done),
        "again" => Ok(Presumed::NotDone),
        _ => Err("it is `done` or `again`".to_owned()),
    }
}

/// What a run did, or would do.
pub(crate) struct Done {
    /// The rows before it.
    pub(crate) rows_before: Vec<String>,
    /// The steps that are done.
    pub(crate) steps: Vec<StepDone>,
    /// The plan, for a dry run.
    pub(crate) planned: Option<Plan>,
}

impl Done {
    /// Returns the document of DESIGN §7.
    pub(crate) fn document(&self) -> serde_json::Value {
        match &self.planned {
            Some(plan) => steps_planned(plan),
            None => steps_done(&self.rows_before, &self.steps),
        }
    }

    /// Returns the rows after it.
    pub(crate) fn rows_after(&self) -> Vec<String> {
        match self.steps.last() {
            Some(step) => step.rows_after.to_vec().iter().map(ToString::to_string).collect(),
            None => self.rows_before.clone(),
        }
    }
}

/// Decides on steps from what is seen.
pub(crate) type Decide<'d> = dyn FnMut(&mut Context, &mut Session, &Graph, &View) -> Result<Vec<Bare>, Failure> + 'd;

/// What a command does when the database does not exist: creates it and returns the plan that it has made for it, or
/// leaves it and returns none.
pub(crate) type OnAbsent<'a> = dyn FnMut(&mut Context, &Dsn) -> Result<Option<Plan>, Failure> + 'a;

/// Tells, of the rows of the version table, whether there is nothing to do for sure.
pub(crate) type IsSettled<'a> = dyn Fn(&[String]) -> bool + 'a;

/// Looks at the database, decides, and runs the steps under the lock. `decide` is asked again when the lock is got,
/// since another run may have done the work meanwhile.
///
/// # Errors
/// Whatever stops the run, with the document of what was done.
pub(crate) fn migrate(
    cx: &mut Context,
    graph: &Graph,
    connecting: Connecting,
    args: &RunArgs,
    decide: &mut Decide<'_>,
) -> Result<Done, Failure> {
    migrate_or_create(cx, graph, connecting, args, &|_| false, &mut |cx, dsn| Err(absent(cx, dsn)), decide)
}

/// The same, for a command that knows what to do about a database that does not exist, and from the rows alone whether
/// there is anything to do.
///
/// # Errors
/// As [`migrate`], and what `on_absent` meets.
pub(crate) fn migrate_or_create(
    cx: &mut Context,
    graph: &Graph,
    mut connecting: Connecting,
    args: &RunArgs,
    is_settled: &IsSettled<'_>,
    on_absent: &mut OnAbsent<'_>,
    decide: &mut Decide<'_>,
) -> Result<Done, Failure> {
    let dsn = target(cx)?;
    let started = Instant::now();
    let mut pause = Duration::from_millis(100);
    let mut made = None;
    loop {
        let Some(mut session) = connecting.work(cx, &dsn)? else {
            made = on_absent(cx, &dsn)?;
            if made.is_some() {
                continue;
            }
            return Ok(Done { rows_before: Vec::new(), steps: Vec::new(), planned: None });
        };
        if made.is_none()
            && let Some(rows_before) = settled_rows(cx, &mut session, is_settled)?
        {
            return Ok(Done { rows_before, steps: Vec::new(), planned: None });
        }
        let seen = view(cx, &mut session)?;
        if !args.dry_run {
            no_standby(&seen)?;
        }
        let bare = match decide(cx, &mut session, graph, &seen) {
            Ok(bare) => bare,
            // Version rows and objects are not read at the same moment: another run may have made both in between, and
            // its objects must not pass for somebody else's.
            Err(failure) => match view(cx, &mut session) {
                Ok(again) if again.recorded != seen.recorded => continue,
                Ok(_) | Err(_) => return Err(failure),
            },
        };
        if bare.is_empty() {
            return Ok(Done { rows_before: seen.recorded.rows, steps: Vec::new(), planned: None });
        }
        let single = args.single_transaction || cx.settings.single_transaction;
        let planned = match made.take() {
            // The files have been read and checked before the database was created.
            Some(plan) if is_of(&plan, graph, &seen.recorded.rows, &bare) => plan,
            _ => plan(cx, graph, seen.server.major(), &seen.recorded.rows, bare, single)?,
        };
        if args.dry_run {
            return Ok(Done { rows_before: seen.recorded.rows, steps: Vec::new(), planned: Some(planned) });
        }
        may_write(cx, &mut session, &seen)?;
        let sessions = sessions_of(&planned, &mut session)?;
        // Of several hosts, the lock is taken on the one that the work session has reached.
        let reached = session.reached().clone();
        match take_lock(cx, &reached, &mut session, &seen)? {
            Some(lock) => {
                if let Some(mut sessions) = sessions {
                    sessions.look(&mut session)?;
                    no_pooler(&planned, &sessions, Some(&lock))?;
                }
                let mut run = Locking { args, decide, dsn: &reached };
                return run.run(cx, graph, &mut session, seen.server, lock, planned);
            }
            None if started.elapsed() + pause >= cx.settings.lock_wait => {
                return Err(lock_not_got(&mut session, &seen, started.elapsed()));
            }
            None => {
                drop(session);
                if !world::sleep(world::jitter(pause)) {
                    return Err(interrupted().unwrap_or_else(|| Failure::Found(Exit::Interrupted)));
                }
                pause = (pause * 2).min(Duration::from_secs(1));
            }
        }
    }
}

/// Glances at the database, and returns the rows of the version table where there is nothing to do. What goes wrong here
/// is met again, and told, by the whole look.
fn settled_rows(
    cx: &Context,
    session: &mut Session,
    is_settled: &IsSettled<'_>,
) -> Result<Option<Vec<String>>, Failure> {
    // Without a ledger, a journal that is there may be anybody's.
    if cx.settings.ledger == LedgerMode::Off {
        return Ok(None);
    }
    let rows = glance(session, &place(cx)).ok().flatten();
    match interrupted() {
        Some(signal) => Err(signal),
        None => Ok(rows.filter(|rows| is_settled(rows))),
    }
}

/// Returns whether a plan is what `plan` would make of these steps.
fn is_of(plan: &Plan, graph: &Graph, rows: &[String], bare: &[Bare]) -> bool {
    let same = |(step, bare): (&Step, &Bare)| {
        let revision = bare.index.map(|index| graph.get(index).id());
        step.op == bare.op && step.revision.as_ref() == revision && step.rows == bare.rows
    };
    plan.rows_before == rows && plan.steps.len() == bare.len() && plan.steps.iter().zip(bare).all(same)
}

/// Looks which sessions of the server the work connection is in, where a section depends on having its own.
fn sessions_of(plan: &Plan, session: &mut Session) -> Result<Option<Sessions>, Failure> {
    if alone(plan).is_none() {
        return Ok(None);
    }
    let mut sessions = Sessions::default();
    sessions.look(session)?;
    no_pooler(plan, &sessions, None)?;
    Ok(Some(sessions))
}

/// Returns the first step that runs without a transaction.
fn alone(plan: &Plan) -> Option<&Step> {
    plan.steps.iter().find(|step| step.section.as_ref().is_some_and(|section| !section.transaction))
}

/// A section without a transaction is refused behind a pooler that shares sessions out: its settings would be somebody
/// else's, and what it leaves in the session, too.
fn no_pooler(plan: &Plan, sessions: &Sessions, lock: Option<&Lock>) -> Result<(), Failure> {
    let Some(step) = alone(plan).filter(|_| sessions.are_shared(lock)) else { return Ok(()) };
    let message = format!("{} runs without a transaction, and a pooler shares the server's sessions out", step.name());
    Err(Diagnostic::new("pooler", Exit::Refused, message)
        .note("outside of a transaction, each statement would run in a session with other settings")
        .note("nothing was run")
        .help("set DATABASE_DIRECT_URL to the server itself, past the pooler: pgkeel prefers it")
        .help("or let the pooler keep a session for each client (PgBouncer: pool_mode = session)")
        .into())
}

fn take_lock(cx: &Context, dsn: &Dsn, session: &mut Session, seen: &View) -> Result<Option<Lock>, Failure> {
    let keys = Keys::of(&seen.table);
    let Some(connection) = lock(cx, dsn)? else {
        cx.report.progress().again("waiting: the server has no connection for the lock now");
        return Ok(None);
    };
    let got = match try_lock(connection, &seen.server, keys) {
        // A `statement_timeout` of the role or the database that cuts off even this: ask again.
        Err(error) if error.is(QUERY_CANCELED) && world::interrupted().is_none() => return Ok(None),
        got => got?,
    };
    if got.is_none() {
        let who = holder(session, keys.run)?.map_or_else(|| "another run".to_owned(), |holder| holder.to_string());
        cx.report.progress().again(&format!("waiting for the lock: held by {who}"));
    }
    Ok(got)
}

fn lock_not_got(session: &mut Session, seen: &View, waited: Duration) -> Failure {
    let mut diagnostic =
        Diagnostic::new("lock", Exit::Lock, format!("another run holds the lock; waited {} for it", duration(waited)));
    if let Ok(Some(holder)) = holder(session, Keys::of(&seen.table).run) {
        diagnostic = diagnostic.note(format!("held by {holder}"));
    }
    diagnostic
        .note("nothing was run")
        .help("wait until it ends and run the command again; `lock_wait` says how long pgkeel waits itself")
        .into()
}

/// A run that has the lock.
struct Locking<'r, 'd> {
    args: &'r RunArgs,
    decide: &'r mut Decide<'d>,
    dsn: &'r Dsn,
}

impl Locking<'_, '_> {
    fn run(
        &mut self,
        cx: &mut Context,
        graph: &Graph,
        session: &mut Session,
        server: Server,
        lock: Lock,
        mut planned: Plan,
    ) -> Result<Done, Failure> {
        let mut locked = Locked::new(session, server, lock);
        wait_until_alone(cx, &mut locked)?;
        // Only now, with the lock and without anybody left over from a killed run, what is seen stays so.
        let seen = view(cx, locked.work)?;
        locked.server = seen.server.clone();
        let bare = (self.decide)(cx, locked.work, graph, &seen)?;
        let same = seen.recorded.rows == planned.rows_before && bare.len() == planned.steps.len();
        if !same {
            let single = self.args.single_transaction || cx.settings.single_transaction;
            planned = plan(cx, graph, seen.server.major(), &seen.recorded.rows, bare, single)?;
        }
        if planned.steps.is_empty() {
            return Ok(Done { rows_before: seen.recorded.rows, steps: Vec::new(), planned: None });
        }
        schema_is_there(cx, locked.work, &planned)?;
        let watch = start_watch(cx, self.dsn);
        let options = options(cx, self.args, &seen)?;
        let progress = cx.report.progress();
        progress.begin(planned.steps.len());
        let verbose = cx.report.is_verbose();
        let mut tell = |event: &Event<'_>| tell(&progress, verbose, event);
        let outcome = execute(&mut locked, &planned, options, &watch, &mut tell);
        drop(watch);
        cx.report.progress().clear();
        match outcome {
            Ok(steps) => Ok(Done { rows_before: planned.rows_before, steps, planned: None }),
            Err(failed) => Err(stopped(failed, &planned.rows_before)),
        }
    }
}

/// With the setting `schema`, what revisions make without naming a schema must not land in the next one of the
/// search_path because the schema is missing.
fn schema_is_there(cx: &Context, session: &mut Session, planned: &Plan) -> Result<(), Failure> {
    let Some(schema) = cx.settings.schema.as_deref() else { return Ok(()) };
    let sections: Vec<_> = planned.steps.iter().filter_map(|step| step.section.as_ref()).collect();
    if sections.is_empty() || schema_exists(session, schema)? {
        return Ok(());
    }
    let texts = sections.iter().map(|section| section.whole().to_owned());
    if created_later(texts).iter().any(|created| created == schema) {
        return Ok(());
    }
    let message = format!("the schema `{schema}` of the settings does not exist, and no pending revision creates it");
    Err(Diagnostic::new("refused", Exit::Refused, message)
        .note("nothing was run: tables would have been made in another schema of the search_path")
        .help("create it: `pgkeel bootstrap`, or use `pgkeel up`, which does")
        .into())
}

fn stopped(failed: Failed, rows_before: &[String]) -> Failure {
    let document = steps_done(rows_before, &failed.done);
    let mut diagnostic = Diagnostic::from(failed.error);
    if let Some(last) = failed.done.last() {
        let (done, is) = (count(failed.done.len(), "step"), if failed.done.len() == 1 { "is" } else { "are" });
        let at = id_list(&last.rows_after.to_vec());
        diagnostic = diagnostic.note(format!("{done} before it {is} done; the database is at {at}"));
    } else if rows_before.is_empty() {
        diagnostic = diagnostic.note("the database is at base");
    } else {
        diagnostic = diagnostic.note(format!("the database is at {}", rows_before.join(", ")));
    }
    Failure::Error(Box::new(diagnostic), Some(document))
}

/// Waits until no transaction of a killed run is at work on the server any more: it notices that its client is gone.
fn wait_until_alone(cx: &Context, locked: &mut Locked<'_>) -> Result<(), Failure> {
    let clock = Instant::now();
    while !locked.is_alone()? {
        if clock.elapsed() > cx.settings.lock_wait {
            let key = locked.work_key();
            let mut diagnostic = Diagnostic::new("lock", Exit::Lock, "a statement of a killed run is still at work");
            if let Ok(Some(holder)) = holder(locked.work, key) {
                let pid = holder.pid;
                diagnostic = diagnostic
                    .note(format!("in {holder}"))
                    .help(format!("end it: SELECT pg_terminate_backend({pid}); and run the command again"));
            }
            return Err(diagnostic.note("nothing was run").help("wait until it ends and run the command again").into());
        }
        cx.report.progress().again("waiting for a statement of a killed run to end");
        if !world::sleep(Duration::from_millis(100)) {
            return Err(interrupted().unwrap_or_else(|| Failure::Found(Exit::Interrupted)));
        }
    }
    Ok(())
}

fn start_watch(cx: &Context, dsn: &Dsn) -> Watch {
    if !cx.report.shows_progress() {
        return Watch::off();
    }
    let (dsn, timeout) = (dsn.clone(), cx.settings.connect_timeout);
    let progress = cx.report.progress();
    let tell = move |blockers: &[Blocker]| {
        let who: Vec<String> = blockers.iter().map(|blocker| mask(&blocker.to_string())).collect();
        let text = if who.is_empty() { String::new() } else { format!("waiting for {}", who.join("; ")) };
        progress.waiting(&text);
    };
    Watch::start(move || watch(&dsn, timeout), tell)
}

fn options(cx: &Context, args: &RunArgs, seen: &View) -> Result<Options, Failure> {
    let settings = &cx.settings;
    let name = |text: &str| Ident::parse(text).map_err(crate::pg::state::StateError::from);
    let ledger = match settings.ledger {
        LedgerMode::Off => None,
        LedgerMode::Required => Some(Ledger {
            schema: name(&settings.ledger_schema)?,
            table: seen.table.name.to_string(),
            run_id: crate::text::checksum::hex(&world::random::<8>()),
            client_host: world::host_name(),
        }),
    };
    Ok(Options {
        schema: settings.schema.as_deref().map(name).transpose()?,
        lock_timeout: settings.lock_timeout,
        statement_timeout: settings.statement_timeout,
        retry_for: settings.retry_for,
        lock_wait: settings.lock_wait,
        single_transaction: args.single_transaction || settings.single_transaction,
        batch: settings.batch,
        table: seen.table.clone(),
        ledger,
        interrupted: seen.recorded.interrupted.clone(),
        interrupted_statement: args.interrupted,
        forget: args.force,
    })
}

fn tell(progress: &Arc<crate::report::progress::Progress>, verbose: bool, event: &Event<'_>) {
    match event {
        Event::StepStarted { number, step } => {
            progress.at(number - 1, &format!("{} {}", step.op.name(), step.name()), &step.title);
        }
        Event::Resuming { statement, of } => {
            progress.line(&format!("going on at statement {statement} of {of}, where an earlier run stopped"));
        }
        Event::StatementStarted { number, of } => progress.statement(*number, *of),
        Event::StatementDone { text, duration: took } => {
            if verbose {
                progress.line(&format!("{} -- {}", mask(text), duration(*took)));
            }
        }
        Event::Retrying { reason, attempt, pause } => progress
            .line(&format!("attempt {attempt} failed: {reason}; rolled back, trying again in {}", duration(*pause))),
        Event::Note(note) => progress.line(note),
        Event::StepDone { step, duration: took } => {
            progress.line(&format!("{} {ID}{}{ID:#} {} ({})", step.op.name(), step.name(), step.title, duration(*took)))
        }
    }
}

//! `pgkeel up`: from whatever there is to the newest revision.

use std::cell::RefCell;
use std::mem::ManuallyDrop;

use serde_json::{Value, json};

use crate::bootstrap::step::Status;
use crate::commands::adopt::{Evidence, find, prefer, stamp_at};
use crate::commands::bootstrap::wire;
use crate::commands::database::{absent, connect_ahead, maintenance, target, work};
use crate::commands::ensure::{Ensured, How, created_later, ensure, ensure_afterwards, ensure_within, wants_objects};
use crate::commands::guard::{interrupted, rows, untouched_by_others};
use crate::commands::migrate::{RunArgs, migrate_or_create};
use crate::commands::prepare::plan;
use crate::commands::upgrade::tell;
use crate::commands::view::{View, place};
use crate::commands::{Context, Failure, Outcome};
use crate::detect::State;
use crate::pg::session::Session;
use crate::pg::state::server;
use crate::plan::steps::{Bare, upgrade as steps};
use crate::plan::{Op, Plan};
use crate::report::json::steps_done;
use crate::revision::graph::{Graph, Index};
use crate::revision::rows::{Active, RowsError};
use crate::revision::target::lookup::revision;
use crate::revision::target::upward::upgrade as resolve;
use crate::revision::target::{Target, TargetError};
use crate::settings::{Prefer, UnknownPolicy};
use crate::text::dsn::Dsn;

/// Take the database from nothing, or from where it is, to the newest revision
#[derive(clap::Args)]
pub(crate) struct UpArgs {
    /// Where to stop: `head`, `heads`, an id or the beginning of one, `+N`
    #[arg(default_value = "head", allow_negative_numbers = true)]
    to: Target,
    /// Create the database if it does not exist (the default in development and test)
    #[arg(long)]
    create: bool,
    /// Which of several revisions that an untracked database is equal to: refuse, earliest or latest (PGKEEL_PREFER)
    #[arg(long, value_name = "WHICH", value_parser = prefer)]
    prefer: Option<Prefer>,
    /// Say which revision a database with objects and without version rows is at; then the rest runs
    #[arg(long, value_name = "REVISION")]
    stamp: Option<Target>,
    #[command(flatten)]
    run: RunArgs,
}

/// What `up` does before the revisions.
#[derive(Default)]
struct Before {
    /// What bootstrap found and did, once it has looked.
    ensured: Option<Ensured>,
    adopted: Vec<String>,
    /// What was found out about a database without version rows.
    evidence: Evidence,
}

pub(crate) fn up(args: &UpArgs, cx: &mut Context) -> Outcome {
    let connecting = connect_ahead(cx);
    // The program ends after this: taking a graph of thousands of files apart would only take time.
    let graph = ManuallyDrop::new(cx.workspace().graph()?);
    let stamp = args.stamp.as_ref().map(|asked| stamped(&graph, asked)).transpose()?;
    let before = RefCell::new(Before::default());
    let mut planned = None;
    let mut on_absent = |cx: &mut Context, dsn: &Dsn| {
        if !(args.create || cx.settings.create) {
            return Err(absent(cx, dsn));
        }
        // What is wrong with target or files is said before there is a database.
        let plan = from_nothing(args, stamp, cx, &graph, dsn)?;
        bootstrap(cx, dsn, &graph, args.run.dry_run, &mut before.borrow_mut())?;
        if !args.run.dry_run {
            return Ok(Some(plan));
        }
        planned = Some(plan);
        Ok(None)
    };
    let is_settled = |rows: &[String]| is_settled(args, &graph, rows).unwrap_or(false);
    let mut run = |cx: &mut Context, connecting| {
        let mut decide = |cx: &mut Context, session: &mut Session, graph: &Graph, seen: &View| {
            decide(args, stamp, cx, session, graph, seen, &mut before.borrow_mut())
        };
        migrate_or_create(cx, &graph, connecting, &args.run, &is_settled, &mut on_absent, &mut decide)
    };
    let mut outcome = run(cx, connecting);
    // The role that migrates may be one that bootstrap has to create first.
    if let Err(Failure::Error(diagnostic, _)) = &outcome
        && diagnostic.code == "authentication"
        && cx.settings.admin.is_some()
        && cx.settings.roles.iter().any(|role| target(cx).is_ok_and(|dsn| dsn.user.as_ref() == Some(&role.name)))
        && before.borrow().ensured.is_none()
        && !args.run.dry_run
    {
        outcome = target(cx)
            .and_then(|dsn| bootstrap(cx, &dsn, &graph, false, &mut before.borrow_mut()))
            .and_then(|()| run(cx, connect_ahead(cx)));
    }
    let mut before = before.into_inner();
    if let Ok(done) = &outcome
        && !done.steps.is_empty()
        && let Some(ensured) = before.ensured.as_mut().filter(|ensured| ensured.waits_for_revisions())
        && let Err(failure) = afterwards(cx, ensured)
    {
        return Err(failure.with(document(done.document(), &before)));
    }
    match outcome {
        Ok(mut done) => {
            if args.run.dry_run && done.planned.is_none() {
                done.planned = planned;
            }
            tell(cx, &graph, &done);
            cx.report.document(document(done.document(), &before));
            Ok(())
        }
        Err(Failure::Error(diagnostic, partial)) => {
            let partial = partial.unwrap_or_else(|| steps_done(&[], &[]));
            Err(Failure::Error(diagnostic, Some(document(partial, &before))))
        }
        Err(found) => Err(found),
    }
}

/// Returns whether the database is at the target, as far as rows that the graph knows tell.
fn is_settled(args: &UpArgs, graph: &Graph, rows: &[String]) -> Result<bool, Failure> {
    let active = Active::of_rows(graph, rows.iter().map(String::as_str))?;
    Ok(steps(graph, &active, &targets(graph, &active, &args.to)?).is_empty())
}

/// Creates everything that is missing, the database included.
fn bootstrap(cx: &mut Context, dsn: &Dsn, graph: &Graph, dry_run: bool, before: &mut Before) -> Result<(), Failure> {
    let mut pending = |cx: &mut Context, _: Option<&mut Session>| {
        if !names_schemas(cx) {
            return Ok(Vec::new());
        }
        let workspace = cx.workspace();
        let mut texts = Vec::new();
        for (_, revision) in graph.iter() {
            let script = workspace.script(&revision.path)?;
            texts.push(script.text[script.sections.up.body.clone()].to_owned());
        }
        Ok(created_later(texts))
    };
    let ensured = ensure(cx, dsn, dry_run, &mut pending)?;
    told(cx, &ensured, dry_run);
    let verdict = ensured.verdict();
    before.ensured = Some(ensured);
    verdict
}

/// Creates what had to wait for the revisions.
fn afterwards(cx: &mut Context, ensured: &mut Ensured) -> Result<(), Failure> {
    let dsn = target(cx)?;
    let Some(mut session) = work(cx, &dsn)? else { return Err(absent(cx, &dsn)) };
    let later = ensure_afterwards(cx, &mut session, &dsn)?;
    for step in later.iter().filter(|step| step.is_pending()) {
        cx.report.talk(&step.line(false));
    }
    ensured.add_later(later);
    ensured.verdict()
}

/// What exists as it should needs no word.
fn told(cx: &Context, ensured: &Ensured, dry_run: bool) {
    for step in ensured.steps().filter(|step| step.status != Status::Exists || step.why.is_some()) {
        cx.report.talk(&step.line(dry_run));
    }
}

fn decide(
    args: &UpArgs,
    stamped: Option<Index>,
    cx: &mut Context,
    session: &mut Session,
    graph: &Graph,
    seen: &View,
    before: &mut Before,
) -> Result<Vec<Bare>, Failure> {
    let mut bare = Vec::new();
    let active = if seen.recorded.rows.is_empty() && !seen.at_base {
        match stamped {
            Some(index) => {
                let id = graph.get(index).id().clone();
                bare = stamp_at(graph, &[index])?;
                before.adopted = vec![id.to_string()];
                Active::of_rows(graph, [id.as_str()])?
            }
            None => {
                let (state, facts) = seen.state(cx, session, graph)?;
                // What another tool migrates, a person hands over: `adopt`.
                untouched_by_others(&state)?;
                if matches!(state, State::Untracked { .. }) {
                    let prefer = args.prefer.unwrap_or(cx.settings.prefer);
                    find(cx, session, graph, (seen, &state, &facts), prefer, &mut before.evidence)?;
                    let tips = before.evidence.stamped.clone();
                    bare = stamp_at(graph, &tips)?;
                    before.adopted = tips.iter().map(|index| graph.get(*index).id().to_string()).collect();
                    Active::of_rows(graph, before.adopted.iter().map(String::as_str))?
                } else {
                    rows(graph, seen)?
                }
            }
        }
    } else {
        match accepted(cx, graph, seen) {
            Some(accepted) => return accepted,
            None => rows(graph, seen)?,
        }
    };
    let targets = targets(graph, &active, &args.to)?;
    let pending = steps(graph, &active, &targets);
    interrupted(seen, Op::Upgrade, &pending, graph, args.run.force)?;
    let nothing_yet = seen.recorded.rows.is_empty() && bare.is_empty();
    if (!pending.is_empty() || nothing_yet) && before.ensured.is_none() && wants_objects(cx) {
        let (made_later, dry_run) = (later(cx, graph, &pending)?, args.run.dry_run);
        let how = How { dry_run, made_later: &made_later, wait: false };
        let ensured = ensure_within(cx, session, &target(cx)?, how)?;
        told(cx, &ensured, dry_run);
        let verdict = ensured.verdict();
        before.ensured = Some(ensured);
        verdict?;
    }
    bare.extend(pending);
    Ok(bare)
}

/// With the policy `accept`, a database ahead of the code is left as it is.
fn accepted(cx: &mut Context, graph: &Graph, seen: &View) -> Option<Result<Vec<Bare>, Failure>> {
    let found = Active::of_rows(graph, seen.recorded.rows.iter().map(String::as_str));
    match (found, cx.settings.unknown_revision) {
        (Err(RowsError::Unknown { unknown }), UnknownPolicy::Accept) => {
            cx.report.warn(&format!(
                "the database is ahead of this code ({}); left as it is, as the setting `unknown_revision` says",
                unknown.join(", ")
            ));
            Some(Ok(Vec::new()))
        }
        _ => None,
    }
}

/// Whether the settings name schemas, so that it matters which of them revisions create.
fn names_schemas(cx: &Context) -> bool {
    let settings = &cx.settings;
    settings.schema.is_some()
        || !settings.schemas.is_empty()
        || settings.version_table_schema.is_some()
        || !settings.grants.is_empty()
        || !settings.default_privileges.is_empty()
        || settings.extensions.iter().any(|extension| extension.schema.is_some())
}

/// The schemas that pending revisions create themselves.
fn later(cx: &Context, graph: &Graph, pending: &[Bare]) -> Result<Vec<String>, Failure> {
    if !names_schemas(cx) {
        return Ok(Vec::new());
    }
    let workspace = cx.workspace();
    let mut texts = Vec::new();
    for index in pending.iter().filter_map(|step| step.index) {
        let script = workspace.script(&graph.get(index).path)?;
        texts.push(script.text[script.sections.up.body.clone()].to_owned());
    }
    Ok(created_later(texts))
}

/// The plan for a database that does not exist yet.
fn from_nothing(
    args: &UpArgs,
    stamped: Option<Index>,
    cx: &mut Context,
    graph: &Graph,
    dsn: &Dsn,
) -> Result<Plan, Failure> {
    let mut bare = stamp_at(graph, stamped.as_slice())?;
    let active = Active::of_rows(graph, stamped.map(|index| graph.get(index).id().as_str()))?;
    bare.extend(steps(graph, &active, &targets(graph, &active, &args.to)?));
    let server = server(&mut maintenance(cx, dsn)?, &place(cx))?;
    plan(cx, graph, server.major(), &[], bare, args.run.single_transaction || cx.settings.single_transaction)
}

/// Returns the revision of `--stamp`.
fn stamped(graph: &Graph, asked: &Target) -> Result<Index, TargetError> {
    revision(graph, asked)?.ok_or_else(|| TargetError::NotFound { asked: asked.to_string(), near: None })
}

/// Returns the revisions to go to. A project without revisions is at its head.
fn targets(graph: &Graph, active: &Active, to: &Target) -> Result<Vec<Index>, TargetError> {
    match resolve(graph, &active.row_list(), to) {
        Err(TargetError::NotFound { .. }) if graph.len() == 0 => Ok(Vec::new()),
        found => found,
    }
}

fn document(mut document: Value, before: &Before) -> Value {
    if let Some(map) = document.as_object_mut() {
        map.insert("bootstrap".to_owned(), before.ensured.iter().flat_map(Ensured::steps).map(wire).collect());
        map.insert("adopted".to_owned(), json!(before.adopted));
    }
    document
}

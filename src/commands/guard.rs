//! What the states of DESIGN §5 allow a command that changes the version table.

use crate::commands::Failure;
use crate::commands::view::View;
use crate::detect::{ForeignLedger, State};
use crate::pg::state::Journaled;
use crate::plan::Op;
use crate::plan::steps::Bare;
use crate::report::diagnostic::{Diagnostic, Exit};
use crate::revision::graph::Graph;
use crate::revision::rows::Active;

/// Returns what the rows stand for.
///
/// # Errors
/// Rows that the graph does not have, or that imply each other.
pub(crate) fn rows(graph: &Graph, seen: &View) -> Result<Active, Failure> {
    Ok(Active::of_rows(graph, seen.recorded.rows.iter().map(String::as_str))?)
}

/// Refuses where somebody else's objects are in the way.
///
/// # Errors
/// `untracked`, `foreign`.
pub(crate) fn untouched(state: &State) -> Result<(), Failure> {
    match state {
        State::Untracked { objects, sample } => Err(untracked(*objects, sample)),
        State::Foreign { ledgers } => Err(foreign(ledgers)),
        State::Absent { .. }
        | State::Fresh
        | State::Tracked
        | State::Interrupted(_)
        | State::UnknownRevision { .. } => Ok(()),
    }
}

/// Refuses where another tool migrates the database.
///
/// # Errors
/// `foreign`.
pub(crate) fn untouched_by_others(state: &State) -> Result<(), Failure> {
    if let State::Foreign { ledgers } = state { Err(foreign(ledgers)) } else { Ok(()) }
}

/// Refuses steps that would go around a section that is done in part.
///
/// # Errors
/// `interrupted`.
pub(crate) fn interrupted(seen: &View, op: Op, steps: &[Bare], graph: &Graph, force: bool) -> Result<(), Failure> {
    if force {
        return Ok(());
    }
    for journaled in &seen.recorded.interrupted {
        let first = steps.first().and_then(|step| step.index).map(|index| graph.get(index).id().as_str());
        if journaled.direction != op.name() || first != Some(journaled.revision.as_str()) {
            return Err(half_done(journaled));
        }
    }
    Ok(())
}

fn half_done(journaled: &Journaled) -> Failure {
    let Journaled { revision, direction, total, .. } = journaled;
    let done = journaled.statements_done();
    let resume = if direction == "downgrade" { "pgkeel downgrade -1" } else { "pgkeel up" };
    let message = format!("the {direction} of {revision} was interrupted: {done} of {total} statements are done");
    Diagnostic::new("interrupted", Exit::Refused, message)
        .note("nothing was run")
        .help(format!("let it finish first: `{resume}`"))
        .help("`--force` goes on without it and forgets how far it came; its statements stay in the database")
        .into()
}

fn untracked(objects: u64, sample: &[String]) -> Failure {
    let message = "the database has objects and no version rows: it is not known which revision it is at";
    let mut diagnostic = Diagnostic::new("untracked", Exit::Refused, message);
    let more = if objects > sample.len() as u64 { ", …" } else { "" };
    diagnostic = diagnostic.note(format!(
        "{objects} {}: {}{more}",
        if objects == 1 { "object" } else { "objects" },
        sample.join(", ")
    ));
    diagnostic
        .note("nothing was run")
        .help("find out: `pgkeel adopt` compares the database with the revisions and stamps the one that is equal")
        .help("if you know the revision, say so: `pgkeel stamp REVISION`")
        .into()
}

fn foreign(ledgers: &[ForeignLedger]) -> Failure {
    let tools: Vec<&str> = ledgers.iter().map(|ledger| ledger.label()).collect();
    let message = format!("the database is tracked by {}", tools.join(" and "));
    let mut diagnostic = Diagnostic::new("foreign", Exit::Refused, message);
    for ledger in ledgers {
        diagnostic = diagnostic.note(describe(ledger));
        if ledger.dirty || ledger.locked {
            let how = if ledger.locked { "locked" } else { "unclean" };
            diagnostic =
                diagnostic.help(format!("{} says it is {how}: repair it first: `{}`", ledger.label(), ledger.repair()));
        }
        if ledger.tool.is_importable() {
            let tool = ledger.tool.name();
            diagnostic = diagnostic.help(format!("turn its files into revisions: `pgkeel import --from {tool} PATH`"));
        }
    }
    diagnostic
        .note("nothing was run")
        .help("then find out which revision the database is at: `pgkeel adopt` compares them; `pgkeel stamp REVISION` says it")
        .into()
}

/// Returns a ledger of another tool on one line.
pub(crate) fn describe(ledger: &ForeignLedger) -> String {
    let version = match (&ledger.version, ledger.unreadable) {
        (Some(version), _) => format!("at {version}"),
        (None, true) => "which this role may not read".to_owned(),
        (None, false) => "without a version".to_owned(),
    };
    let marks: Vec<&str> = [(ledger.dirty, "unclean"), (ledger.locked, "locked")]
        .into_iter()
        .filter(|(is, _)| *is)
        .map(|(_, mark)| mark)
        .collect();
    let marks = if marks.is_empty() { String::new() } else { format!(" ({})", marks.join(", ")) };
    let table =
        format!("{}.{}", crate::text::ident::readable(&ledger.schema), crate::text::ident::readable(&ledger.table));
    format!("{} in {table}, {version}, {} applied{marks}", ledger.label(), ledger.applied.len())
}

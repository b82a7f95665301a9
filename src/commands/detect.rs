//! `pgkeel detect`: what the database is to the project. Writes nothing.

use serde_json::{Value, json};

use crate::commands::database::{look, near, target};
use crate::commands::guard::describe;
use crate::commands::history::newest_first;
use crate::commands::view::view;
use crate::commands::{Context, Failure, Outcome};
use crate::detect::{Facts, State, recommendation};
use crate::pg::ledger::{PastStep, last_runs};
use crate::pg::lock::{Keys, holder};
use crate::report::human::{BOLD, count};
use crate::revision::graph::Graph;
use crate::revision::rows::Active;
use crate::text::ident::Ident;

/// Say what the database is to this project, without changing anything
#[derive(clap::Args)]
pub(crate) struct DetectArgs {}

/// Everything that `detect` and `status` tell.
pub(crate) struct Found {
    /// The document of DESIGN §7.
    pub(crate) document: Value,
    /// The same for people, a fact a line: name and value.
    pub(crate) lines: Vec<(&'static str, String)>,
    /// The newest steps of the ledger, newest first.
    pub(crate) runs: Vec<PastStep>,
}

pub(crate) fn detect(_: &DetectArgs, cx: &mut Context) -> Outcome {
    let found = find(cx, false)?;
    show(cx, &found.lines);
    cx.report.document(found.document);
    Ok(())
}

/// Writes facts for people.
pub(crate) fn show(cx: &Context, lines: &[(&'static str, String)]) {
    for (name, value) in lines {
        cx.report.answer(&format!("{BOLD}{name:<15}{BOLD:#}{value}"));
    }
}

/// Looks at the database.
///
/// # Errors
/// Files that make no graph; a server that cannot be reached; a version table that cannot be used.
pub(crate) fn find(cx: &mut Context, with_runs: bool) -> Result<Found, Failure> {
    let graph = cx.workspace().graph()?;
    let dsn = target(cx)?;
    let heads: Vec<String> = graph.heads().into_iter().map(|index| graph.get(index).id().to_string()).collect();
    let Some(mut session) = look(cx, &dsn)? else {
        let state = State::Absent { near: near(cx, &dsn) };
        let pending = pending(&graph, &[]);
        let recommendation = recommendation(&state, pending.len());
        let database = dsn.dbname.clone().unwrap_or_default();
        let mut lines = vec![("state", state.name().to_owned()), ("database", database.clone())];
        if let State::Absent { near } = &state
            && !near.is_empty()
        {
            lines.push(("similar names", near.join(", ")));
        }
        lines.push(("pending", count(pending.len(), "revision")));
        lines.push(("next", recommendation.clone()));
        let document = json!({
            "state": state.name(), "database": database, "schema": cx.settings.schema, "version_table": null,
            "current": [], "heads": heads, "pending": pending, "objects": 0, "foreign": [], "interrupted": null, "running": null,
            "recommendation": recommendation,
        });
        return Ok(Found { document, lines, runs: Vec::new() });
    };
    let seen = view(cx, &mut session)?;
    let (state, facts) = seen.whole_state(cx, &mut session, &graph)?;
    let pending = pending(&graph, &seen.recorded.rows);
    // What looks interrupted may just be at work.
    let running = holder(&mut session, Keys::of(&seen.table).run)?.map(|holder| holder.to_string());
    let recommendation = match &running {
        Some(_) => "wait until the run that is at work ends".to_owned(),
        None => recommendation(&state, pending.len()),
    };
    for notice in &facts.untracked.notices {
        cx.report.warn(notice);
    }
    let runs = if with_runs && seen.server.may_read_ledger() {
        let schema = Ident::parse(&cx.settings.ledger_schema).map_err(crate::pg::state::StateError::from)?;
        last_runs(&mut session, &schema, &seen.table)?
    } else {
        Vec::new()
    };
    let schema = seen.table.name.schema.as_str();
    let table =
        if seen.table.exists { seen.table.name.plain() } else { format!("{} (not yet)", seen.table.name.plain()) };
    let mut lines = vec![
        ("state", state.name().to_owned()),
        ("database", format!("{} on {}", seen.server.database, crate::pg::connect::place(&dsn))),
        ("server", format!("PostgreSQL {}.{}", seen.server.major(), seen.server.version % 10_000)),
        ("version table", table),
        ("current", crate::commands::upgrade::places(&graph, &seen.recorded.rows)),
        ("heads", heads.join(", ")),
        ("pending", count(pending.len(), "revision")),
    ];
    lines.extend(facts_lines(&state, &facts));
    lines.extend(running.iter().map(|running| ("at work", format!("a run holds the lock: {running}"))));
    lines.push(("next", recommendation.clone()));
    let document = json!({
        "state": state.name(),
        "database": seen.server.database,
        "schema": cx.settings.schema.as_deref().unwrap_or(schema),
        "version_table": seen.table.name.plain(),
        "current": seen.recorded.rows,
        "heads": heads,
        "pending": pending,
        "objects": facts.untracked.objects,
        "foreign": foreign(&facts),
        "interrupted": facts.interrupted.as_ref().map(|it| json!({
            "revision": it.revision, "direction": it.direction.name(), "statement": it.statement, "of": it.of,
        })),
        "running": running,
        "recommendation": recommendation,
    });
    Ok(Found { document, lines, runs })
}

fn facts_lines(state: &State, facts: &Facts) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    if let Some(it) = &facts.interrupted {
        let value = format!("{} of {}, statement {} of {} done", it.direction.name(), it.revision, it.statement, it.of);
        lines.push(("interrupted", value));
    }
    if let State::UnknownRevision { unknown } = state {
        lines.push(("unknown", unknown.join(", ")));
    }
    let more = if facts.untracked.objects > facts.untracked.sample.len() as u64 { ", …" } else { "" };
    let sample = facts.untracked.sample.join(", ");
    lines.push((
        "objects",
        match facts.untracked.objects {
            0 => "none".to_owned(),
            objects => format!("{objects}: {sample}{more}"),
        },
    ));
    for ledger in &facts.untracked.ledgers {
        lines.push(("other tool", describe(ledger)));
        lines.extend(ledger.notes.iter().map(|note| ("", note.clone())));
    }
    lines
}

fn foreign(facts: &Facts) -> Vec<Value> {
    let ledgers = facts.untracked.ledgers.iter().map(|ledger| {
        json!({
            "tool": ledger.tool.name(), "label": ledger.label(), "schema": ledger.schema, "table": ledger.table,
            "version": ledger.version, "applied": ledger.applied.len(), "dirty": ledger.dirty, "locked": ledger.locked,
        })
    });
    ledgers.collect()
}

/// The revisions that `up` would run, in their order; all that the heads need where the rows are not known.
fn pending(graph: &Graph, rows: &[String]) -> Vec<String> {
    let targets = graph.real_heads();
    let active = Active::of_rows(graph, rows.iter().map(String::as_str));
    match active {
        Ok(active) => crate::plan::steps::upgrade(graph, &active, &targets)
            .iter()
            .filter_map(|step| step.index)
            .map(|index| graph.get(index).id().to_string())
            .collect(),
        Err(_) => {
            let known: Vec<&str> = rows
                .iter()
                .map(String::as_str)
                .filter(|row| crate::revision::id::RevisionId::parse(row).is_ok_and(|id| graph.find(&id).is_some()))
                .collect();
            let active = Active::of_rows(graph, known.iter().copied());
            let mut order = newest_first(graph);
            order.reverse();
            order.retain(|index| active.as_ref().is_ok_and(|active| !active.contains(*index)));
            order.into_iter().map(|index| graph.get(index).id().to_string()).collect()
        }
    }
}

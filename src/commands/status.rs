//! `pgkeel status`: what `detect` says, and the last steps of the ledger.

use std::time::Duration;

use serde_json::{Value, json};

use crate::commands::detect::{find, show};
use crate::commands::{Context, Outcome};
use crate::pg::ledger::PastStep;
use crate::report::human::duration;

/// Show where the database is, what is pending, and the last steps
#[derive(clap::Args)]
pub(crate) struct StatusArgs {}

pub(crate) fn status(_: &StatusArgs, cx: &mut Context) -> Outcome {
    let found = find(cx, true)?;
    show(cx, &found.lines);
    if !found.runs.is_empty() {
        cx.report.answer("\nlast steps, newest first");
        for step in &found.runs {
            cx.report.answer(&line(step));
        }
    }
    let mut document = found.document;
    if let Some(map) = document.as_object_mut() {
        map.insert("runs".to_owned(), found.runs.iter().map(wire).collect());
    }
    cx.report.document(document);
    Ok(())
}

fn line(step: &PastStep) -> String {
    let when = step.started_at.split('.').next().unwrap_or_default().replace('T', " ");
    let error = step.error.as_ref().map_or(String::new(), |error| format!(": {error}"));
    // A stamp runs none.
    let statements = match step.statements_total {
        0 => String::new(),
        total => format!("{} of {total} statements in ", step.statements_done),
    };
    let took = duration(Duration::from_secs_f64((step.duration_ms / 1000.0).max(0.0)));
    let who = format!("{} from {}", step.role, step.client_host);
    let (direction, revision) = (&step.direction, &step.revision);
    format!("  {when}  {direction:<9} {revision}  {statements}{took}, {}{error} ({who})", step.outcome)
}

fn wire(step: &PastStep) -> Value {
    json!({
        "run_id": step.run_id, "revision": step.revision, "direction": step.direction,
        "started_at": step.started_at, "duration_ms": step.duration_ms,
        "statements_done": step.statements_done, "statements_total": step.statements_total,
        "outcome": step.outcome, "error": step.error, "role": step.role, "client_host": step.client_host,
        "tool_version": step.tool_version,
    })
}

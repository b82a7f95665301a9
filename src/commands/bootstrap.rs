//! `pgkeel bootstrap`: wait for the server, create what is missing, change nothing else.

use serde_json::{Value, json};

use crate::bootstrap::step::Step;
use crate::commands::database::target;
use crate::commands::ensure::{created_later, ensure};
use crate::commands::view::view;
use crate::commands::{Context, Failure, Outcome};
use crate::pg::session::Session;
use crate::revision::rows::Active;

/// Create what is missing: roles, database, schemas, extensions, grants
#[derive(clap::Args)]
pub(crate) struct BootstrapArgs {
    /// Show what would be created and stop
    #[arg(long)]
    dry_run: bool,
}

pub(crate) fn bootstrap(args: &BootstrapArgs, cx: &mut Context) -> Outcome {
    let dsn = target(cx)?;
    let ensured = ensure(cx, &dsn, args.dry_run, &mut made_later)?;
    for step in ensured.steps() {
        cx.report.answer(&step.line(args.dry_run));
        if args.dry_run
            && step.is_pending()
            && let Some(sql) = step.shown_sql()
        {
            cx.report.answer(&format!("    {sql};"));
        }
    }
    let document = json!({"steps": ensured.steps().map(wire).collect::<Vec<_>>(), "dry_run": args.dry_run});
    match ensured.verdict() {
        Ok(()) => cx.report.document(document),
        Err(failure) => return Err(failure.with(document)),
    }
    Ok(())
}

/// A step in JSON.
pub(crate) fn wire(step: &Step) -> Value {
    json!({
        "object": step.object.word(),
        "name": step.name,
        "status": step.status.name(),
        "sql": step.shown_sql(),
        "reason": step.why.as_ref().map(ToString::to_string),
    })
}

/// The schemas that pending revisions create. Where the version table cannot be read, each revision may be pending.
fn made_later(cx: &mut Context, session: Option<&mut Session>) -> Result<Vec<String>, Failure> {
    if cx.settings.schema.is_none()
        && cx.settings.schemas.is_empty()
        && cx.settings.version_table_schema.is_none()
        && cx.settings.grants.is_empty()
        && cx.settings.default_privileges.is_empty()
    {
        return Ok(Vec::new());
    }
    // A project may have no revisions yet, and bootstrap needs none.
    let workspace = cx.workspace();
    let Ok(graph) = workspace.graph() else { return Ok(Vec::new()) };
    let seen = session.and_then(|session| view(cx, session).ok());
    let active = seen.and_then(|seen| Active::of_rows(&graph, seen.recorded.rows.iter().map(String::as_str)).ok());
    let mut texts = Vec::new();
    for (index, revision) in graph.iter() {
        if active.as_ref().is_some_and(|active| active.contains(index)) {
            continue;
        }
        let script = workspace.script(&revision.path)?;
        texts.push(script.text[script.sections.up.body.clone()].to_owned());
    }
    Ok(created_later(texts))
}

//! `pgkeel current`: the revisions that the database is at.

use serde_json::json;

use crate::commands::database::{absent, look, target};
use crate::commands::view::view;
use crate::commands::{Context, Failure, Outcome};
use crate::report::diagnostic::{Diagnostic, Exit};
use crate::report::human::{log_entry, marked};
use crate::report::json::revision;
use crate::revision::graph::Graph;
use crate::revision::target::lookup::known;

/// Show the revisions that the database is at
#[derive(clap::Args)]
pub(crate) struct CurrentArgs {
    /// Exit 3 unless the database is at all heads
    #[arg(long)]
    check_heads: bool,
}

pub(crate) fn current(args: &CurrentArgs, cx: &mut Context) -> Outcome {
    let graph = cx.workspace().graph()?;
    let dsn = target(cx)?;
    let Some(mut session) = look(cx, &dsn)? else { return Err(absent(cx, &dsn)) };
    let rows = view(cx, &mut session)?.recorded.rows;
    let known = rows.iter().map(|row| known(&graph, row)).collect::<Result<Vec<_>, _>>()?;
    // A dependency's branch is listed though another row implies it (ALEMBIC.md §8).
    let active = graph.with_ancestors(known.iter().copied());
    let is_tip = |index: &usize| !graph.get(*index).children.iter().any(|child| active.contains(*child));
    let tips: Vec<usize> = active.iter().filter(is_tip).collect();
    for index in &tips {
        if cx.report.is_verbose() {
            for line in log_entry(&graph, *index, true) {
                cx.report.answer(&line);
            }
        } else {
            cx.report.answer(&marked(&graph, *index, false));
        }
    }
    if tips.is_empty() {
        cx.report.talk("no revision: the database is at base");
    }
    let revisions: Vec<_> = tips.iter().map(|index| revision(&graph, *index, Some(true))).collect();
    let document = json!({"revisions": revisions});
    let heads = graph.heads();
    let (mut at, mut wanted) = (known, heads.clone());
    at.sort_unstable();
    wanted.sort_unstable();
    if args.check_heads && at != wanted {
        return Err(Failure::from(not_at_heads(&graph, &heads)).with(document));
    }
    cx.report.document(document);
    Ok(())
}

fn not_at_heads(graph: &Graph, heads: &[usize]) -> Diagnostic {
    let diagnostic = Diagnostic::new("not_at_head", Exit::Found, "the database is not at all heads");
    let effective: Vec<&str> = heads
        .iter()
        .filter(|head| !graph.get(**head).dependents.is_empty())
        .map(|head| graph.get(*head).id().as_str())
        .collect();
    if effective.is_empty() {
        return diagnostic.help("`pgkeel upgrade heads` goes there");
    }
    diagnostic
        .note(format!(
            "{} can have no row: other revisions depend on it, and their rows imply it",
            effective.join(", ")
        ))
        .help("`pgkeel upgrade heads` goes as far as there is; merge such heads to make the check pass")
}

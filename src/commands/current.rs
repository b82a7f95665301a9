//! `pgkeel current`: the revisions that the database is at.

use serde_json::json;

use crate::commands::database::{absent, look, target};
use crate::commands::guard::rows;
use crate::commands::view::view;
use crate::commands::{Context, Failure, Outcome};
use crate::report::diagnostic::Exit;
use crate::report::human::{log_entry, marked};
use crate::report::json::revision;

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
    let seen = view(cx, &mut session)?;
    let active = rows(&graph, &seen)?;
    // A dependency's branch is listed though another row implies it (ALEMBIC.md §8).
    let tips: Vec<usize> = active
        .set()
        .iter()
        .filter(|index| !graph.get(*index).children.iter().any(|child| active.contains(*child)))
        .collect();
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
    cx.report.document(json!({"revisions": revisions}));
    if args.check_heads && active.rows().collect::<Vec<_>>() != graph.heads() {
        cx.report.talk("the database is not at all heads");
        return Err(Failure::Found(Exit::Found));
    }
    Ok(())
}

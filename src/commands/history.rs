//! `pgkeel history`: the revisions, newest first.

use serde_json::json;

use crate::commands::database::{look, target};
use crate::commands::view::view;
use crate::commands::{Context, Failure, Outcome};
use crate::report::human::{log_entry, log_line};
use crate::report::json::revision;
use crate::revision::graph::{Graph, Index};
use crate::revision::order;

/// What is said of a project without revisions.
pub(crate) const NO_REVISIONS: &str = "there are no revisions yet; `pgkeel revision -m MESSAGE` writes the first";

/// List the revisions, newest first
#[derive(clap::Args)]
pub(crate) struct HistoryArgs {
    /// Mark the revisions that the database is at
    #[arg(long, short)]
    indicate_current: bool,
}

pub(crate) fn history(args: &HistoryArgs, cx: &mut Context) -> Outcome {
    let graph = cx.workspace().graph()?;
    let current = if args.indicate_current { Some(rows(cx)?) } else { None };
    let is_current = |index: Index| current.as_ref().map(|rows| rows.contains(&graph.get(index).id().to_string()));
    let order = newest_first(&graph);
    if cx.report.is_json() {
        let revisions: Vec<_> = order.iter().map(|index| revision(&graph, *index, is_current(*index))).collect();
        cx.report.document(json!({"revisions": revisions}));
        return Ok(());
    }
    let is_current = |index: Index| is_current(index).unwrap_or(false);
    if cx.report.is_verbose() {
        cx.report.answers(order.iter().flat_map(|index| log_entry(&graph, *index, is_current(*index))));
    } else {
        cx.report.answers(order.iter().map(|index| log_line(&graph, *index, is_current(*index))));
    }
    if order.is_empty() {
        cx.report.talk(NO_REVISIONS);
    }
    Ok(())
}

/// Returns all revisions, newest first.
pub(crate) fn newest_first(graph: &Graph) -> Vec<Index> {
    let heads = graph.real_heads();
    order::newest_first(graph, &graph.with_ancestors(heads.iter().copied()), &heads)
}

/// Returns the rows of the version table; none where there is no database.
pub(crate) fn rows(cx: &Context) -> Result<Vec<String>, Failure> {
    let dsn = target(cx)?;
    let Some(mut session) = look(cx, &dsn)? else { return Ok(Vec::new()) };
    Ok(view(cx, &mut session)?.recorded.rows)
}

//! `pgkeel history`: the revisions, newest first.

use serde_json::json;

use crate::commands::database::{look, target};
use crate::commands::view::view;
use crate::commands::{Context, Failure, Outcome};
use crate::report::graph::drawing;
use crate::report::human::{log_entry, log_line, marked};
use crate::report::json::revision;
use crate::revision::graph::{Graph, Index};
use crate::revision::order;
use crate::revision::target::lookup::known;
use crate::revision::target::range::{Range, history as listed};

/// What is said of a project without revisions.
pub(crate) const NO_REVISIONS: &str = "there are no revisions yet; `pgkeel revision -m MESSAGE` writes the first";

/// List the revisions, newest first
#[derive(clap::Args)]
pub(crate) struct HistoryArgs {
    /// Only those from A up to B, both included: `A:B`, `A:`, `:B`; `current` stands for the database's
    #[arg(long, short, value_name = "A:B", allow_hyphen_values = true)]
    rev_range: Option<String>,
    /// Mark the revisions that the database is at
    #[arg(long, short)]
    indicate_current: bool,
    /// Draw the branches as lanes
    #[arg(long)]
    graph: bool,
}

pub(crate) fn history(args: &HistoryArgs, cx: &mut Context) -> Outcome {
    let range = args.rev_range.as_deref().map(Range::parse).transpose()?;
    let graph = cx.workspace().graph()?;
    let asks = range.as_ref().is_some_and(Range::asks_for_rows);
    let current = if args.indicate_current || asks { Some(rows(cx)?) } else { None };
    let order = match &range {
        None => newest_first(&graph),
        Some(range) => {
            let rows = current.iter().flatten().filter(|_| asks).map(|row| known(&graph, row));
            listed(&graph, range, &rows.collect::<Result<Vec<_>, _>>()?)?
        }
    };
    let is_current = |index: Index| {
        current
            .as_ref()
            .filter(|_| args.indicate_current)
            .map(|rows| rows.iter().any(|row| row == graph.get(index).id().as_str()))
    };
    if cx.report.is_json() {
        let revisions: Vec<_> = order.iter().map(|index| revision(&graph, *index, is_current(*index))).collect();
        cx.report.document(json!({"revisions": revisions}));
        return Ok(());
    }
    let is_current = |index: Index| is_current(index).unwrap_or(false);
    if args.graph {
        let label = |index: Index| {
            let title = graph.get(index).header.title();
            format!("{}  {title}", marked(&graph, index, is_current(index))).trim_end().to_owned()
        };
        cx.report.answers(drawing(&graph, &order, &label));
    } else if cx.report.is_verbose() {
        cx.report.answers(order.iter().flat_map(|index| log_entry(&graph, *index, is_current(*index))));
    } else {
        cx.report.answers(order.iter().map(|index| log_line(&graph, *index, is_current(*index))));
    }
    if graph.len() == 0 {
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

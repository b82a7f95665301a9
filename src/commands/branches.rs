//! `pgkeel branches`: the revisions that several come after.

use serde_json::json;

use crate::commands::history::newest_first;
use crate::commands::{Context, Outcome};
use crate::report::human::{log_entry, marked};
use crate::report::json::revision;

/// Show the branch points
#[derive(clap::Args)]
pub(crate) struct BranchesArgs {}

pub(crate) fn branches(_: &BranchesArgs, cx: &mut Context) -> Outcome {
    let graph = cx.workspace().graph()?;
    let points: Vec<usize> =
        newest_first(&graph).into_iter().filter(|index| graph.get(*index).is_branch_point()).collect();
    for index in &points {
        if cx.report.is_verbose() {
            for line in log_entry(&graph, *index, false) {
                cx.report.answer(&line);
            }
            continue;
        }
        cx.report.answer(&marked(&graph, *index, false));
        for child in &graph.get(*index).children {
            cx.report.answer(&format!("    -> {}", marked(&graph, *child, false)));
        }
    }
    let revisions: Vec<_> = points.iter().map(|index| revision(&graph, *index, None)).collect();
    cx.report.document(json!({"revisions": revisions}));
    Ok(())
}

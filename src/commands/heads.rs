//! `pgkeel heads`: the newest revisions of the graph.

use serde_json::json;

use crate::commands::history::NO_REVISIONS;
use crate::commands::{Context, Outcome};
use crate::report::human::{log_entry, marked};
use crate::report::json::revision;

/// Show the revisions that nothing comes after
#[derive(clap::Args)]
pub(crate) struct HeadsArgs {
    /// Leave out heads that other revisions depend on
    #[arg(long)]
    resolve_dependencies: bool,
}

pub(crate) fn heads(args: &HeadsArgs, cx: &mut Context) -> Outcome {
    let graph = cx.workspace().graph()?;
    let heads = if args.resolve_dependencies { graph.real_heads() } else { graph.heads() };
    for index in &heads {
        if cx.report.is_verbose() {
            for line in log_entry(&graph, *index, false) {
                cx.report.answer(&line);
            }
        } else {
            cx.report.answer(&marked(&graph, *index, false));
        }
    }
    if heads.is_empty() {
        cx.report.talk(NO_REVISIONS);
    }
    let revisions: Vec<_> = heads.iter().map(|index| revision(&graph, *index, None)).collect();
    cx.report.document(json!({"revisions": revisions}));
    Ok(())
}

//! `pgkeel stamp`: say which revisions the database is at, without running any.

use crate::commands::database::connect_ahead;
use crate::commands::guard::{interrupted, rows};
use crate::commands::migrate::{RunArgs, migrate};
use crate::commands::upgrade::tell;
use crate::commands::{Context, Outcome};
use crate::plan::Op;
use crate::plan::steps::{Bare, stamp as steps};
use crate::revision::rows::Move;
use crate::revision::target::{Target, absolute};

/// Say which revision the database is at, without running anything
#[derive(clap::Args)]
pub(crate) struct StampArgs {
    /// The revisions: ids or their beginnings, `head`, `heads`, `base`
    #[arg(required = true)]
    to: Vec<Target>,
    /// Empty the version table first, whatever is in it
    #[arg(long)]
    purge: bool,
    #[command(flatten)]
    run: RunArgs,
}

pub(crate) fn stamp(args: &StampArgs, cx: &mut Context) -> Outcome {
    let connecting = connect_ahead(cx);
    let graph = cx.workspace().graph()?;
    let done = migrate(cx, &graph, connecting, &args.run, &mut |_, _, graph, seen| {
        if !args.purge {
            rows(graph, seen)?;
        }
        let mut targets = Vec::new();
        for target in &args.to {
            for index in absolute(graph, target)? {
                if !targets.contains(&index) {
                    targets.push(index);
                }
            }
        }
        let mut bare = steps(graph, &seen.recorded.rows, &targets, args.purge)?;
        interrupted(seen, Op::Stamp, &bare, graph, args.run.force)?;
        if bare.is_empty() && !seen.recorded.interrupted.is_empty() {
            // The rows are right already; the step is there to forget the section that is done in part.
            let rows = Move { remove: Vec::new(), add: Vec::new() };
            let rows_after = targets.iter().map(|index| graph.get(*index).id().clone()).collect();
            bare.push(Bare { op: Op::Stamp, index: targets.first().copied(), rows, rows_after });
        }
        Ok(bare)
    })?;
    tell(cx, &graph, &done);
    cx.report.document(done.document());
    Ok(())
}

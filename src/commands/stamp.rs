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
        let recorded = &seen.recorded.rows;
        let mut bare = steps(graph, recorded, &targets)?;
        if args.purge && !targets.is_empty() {
            bare = purged(bare, recorded);
        }
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

/// With `--purge`, no row stays but the targets.
fn purged(mut bare: Vec<Bare>, recorded: &[String]) -> Vec<Bare> {
    let wanted: Vec<String> = bare.iter().flat_map(|step| step.rows.add.iter().map(ToString::to_string)).collect();
    let Some(last) = bare.last() else { return bare };
    let strangers: Vec<_> = last
        .rows_after
        .iter()
        .filter(|row| recorded.contains(&row.to_string()) && !wanted.contains(&row.to_string()))
        .filter(|row| !bare.iter().any(|step| step.index.is_some() && step.rows.add.contains(row)))
        .cloned()
        .collect();
    for step in &mut bare {
        step.rows_after.retain(|row| !strangers.contains(row));
    }
    if let Some(first) = bare.first_mut() {
        first.rows.remove.extend(strangers);
    }
    bare
}

//! `pgkeel stamp`: say which revisions the database is at, without running any.

use crate::commands::database::connect_ahead;
use crate::commands::guard::interrupted;
use crate::commands::migrate::{RunArgs, migrate};
use crate::commands::offline;
use crate::commands::rows::Rows;
use crate::commands::upgrade::tell;
use crate::commands::{Context, Outcome};
use crate::plan::Op;
use crate::plan::steps::{Bare, stamp as steps};
use crate::revision::id::RevisionId;
use crate::revision::rows::Move;
use crate::revision::target::Target;

/// Say which revision the database is at, without running anything
#[derive(clap::Args)]
pub(crate) struct StampArgs {
    /// The revisions: ids or their beginnings, `head`, `heads`, `base`
    #[arg(required = true, allow_negative_numbers = true)]
    to: Vec<Target>,
    /// Empty the version table first, whatever is in it
    #[arg(long)]
    purge: bool,
    /// Write a script for psql instead; each revision may be `FROM:TO`, all with the same FROM
    #[arg(long, conflicts_with = "purge")]
    sql: bool,
    /// Show the plan and stop
    #[arg(long)]
    dry_run: bool,
    /// Go on although a section of another run is done in part, and forget how far it came
    #[arg(long)]
    force: bool,
}

pub(crate) fn stamp(args: &StampArgs, cx: &mut Context) -> Outcome {
    if args.sql {
        return offline::stamp(&args.to, cx);
    }
    let run = RunArgs { dry_run: args.dry_run, force: args.force, ..RunArgs::default() };
    let connecting = connect_ahead(cx);
    let graph = cx.workspace().graph()?;
    let done = migrate(cx, &graph, connecting, &run, &mut |_, _, graph, seen| {
        if !args.purge {
            Rows::of(graph, seen).are_known()?;
        }
        let mut bare = steps(graph, &seen.recorded.rows, &args.to, args.purge)?;
        interrupted(seen, Op::Stamp, &bare, graph, args.force)?;
        if bare.is_empty() && !seen.recorded.interrupted.is_empty() {
            // The rows are right already; the step is there to forget the section that is done in part.
            let rows: Vec<RevisionId> =
                seen.recorded.rows.iter().filter_map(|row| RevisionId::parse(row).ok()).collect();
            let index = rows.first().and_then(|row| graph.find(row));
            let stays = Move { remove: Vec::new(), add: Vec::new() };
            bare.extend(Bare::each(Op::Stamp, rows, vec![(index, stays)]));
        }
        Ok(bare)
    })?;
    tell(cx, &graph, &done);
    if cx.report.is_json() {
        cx.report.document(done.document());
    }
    Ok(())
}

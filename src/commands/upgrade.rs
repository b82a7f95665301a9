//! `pgkeel upgrade`: run the revisions up to a target.

use crate::commands::database::connect_ahead;
use crate::commands::guard::interrupted;
use crate::commands::migrate::{Done, RunArgs, migrate};
use crate::commands::offline;
use crate::commands::rows::Rows;
use crate::commands::{Context, Outcome};
use crate::plan::Op;
use crate::plan::steps::upgrade as steps;
use crate::report::human::{GOOD, count, duration};
use crate::revision::graph::Graph;
use crate::revision::target::Target;
use crate::revision::target::range::no_range;
use crate::revision::target::upward::upgrade as resolve;

/// Run pending revisions up to a target
#[derive(clap::Args)]
pub(crate) struct UpgradeArgs {
    /// Where to stop: `head`, `heads`, an id or the beginning of one, `+N`
    #[arg(default_value = "head", allow_negative_numbers = true)]
    to: Target,
    /// Write a script for psql instead; the target may be `FROM:TO`, FROM being where the database is (`base`)
    #[arg(long)]
    sql: bool,
    #[command(flatten)]
    run: RunArgs,
}

pub(crate) fn upgrade(args: &UpgradeArgs, cx: &mut Context) -> Outcome {
    if args.sql {
        return offline::upgrade(&args.to, args.run.single_transaction, cx);
    }
    no_range(&args.to)?;
    let connecting = connect_ahead(cx);
    let graph = cx.workspace().graph()?;
    let done = migrate(cx, &graph, connecting, &args.run, &mut |cx, session, graph, seen| {
        let rows = Rows::that_may_run(cx, session, graph, seen)?;
        let targets = rows.resolve(&args.to, resolve)?;
        let bare = steps(graph, &rows.active()?, &targets);
        interrupted(seen, Op::Upgrade, &bare, graph, args.run.force)?;
        Ok(bare)
    })?;
    tell(cx, &graph, &done);
    if cx.report.is_json() {
        cx.report.document(done.document());
    }
    Ok(())
}

/// Tells what a run has done, or would do.
pub(crate) fn tell(cx: &Context, graph: &Graph, done: &Done) {
    let at = places(graph, &done.rows_after());
    match &done.planned {
        Some(plan) => {
            for step in &plan.steps {
                let how = step.section.as_ref().map_or(String::new(), |section| {
                    let off = if section.transaction { "" } else { ", without a transaction" };
                    format!(" ({}{off})", count(section.statements.len(), "statement"))
                });
                cx.report.answer(&format!("would {} {} {}{how}", step.op.name(), step.name(), step.title));
            }
            cx.report.answer(&format!("{} planned; nothing was changed", count(plan.steps.len(), "step")));
        }
        None if done.steps.is_empty() => cx.report.answer(&format!("nothing to do: the database is at {at}")),
        None => {
            let took = done.steps.iter().map(|step| step.duration).sum();
            let steps = count(done.steps.len(), "step");
            cx.report.answer(&format!("{GOOD}done{GOOD:#}: {steps} in {}; the database is at {at}", duration(took)));
        }
    }
}

/// Returns rows for a sentence, heads marked: `a (head), b`.
pub(crate) fn places(graph: &Graph, rows: &[String]) -> String {
    if rows.is_empty() {
        return "base".to_owned();
    }
    let marked: Vec<String> = rows
        .iter()
        .map(|row| {
            let found = crate::revision::id::RevisionId::parse(row).ok().and_then(|id| graph.find(&id));
            let head = found.is_some_and(|index| graph.get(index).is_head());
            if head { format!("{row} (head)") } else { row.clone() }
        })
        .collect();
    marked.join(", ")
}

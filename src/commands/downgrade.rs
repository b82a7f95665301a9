//! `pgkeel downgrade` and `pgkeel down`: run the way back.

use crate::commands::database::connect_ahead;
use crate::commands::guard::interrupted;
use crate::commands::migrate::{RunArgs, migrate};
use crate::commands::offline;
use crate::commands::rows::Rows;
use crate::commands::upgrade::tell;
use crate::commands::{Context, Failure, Outcome};
use crate::plan::Op;
use crate::plan::steps::{Bare, downgrade as steps};
use crate::report::diagnostic::{Diagnostic, Exit};
use crate::revision::graph::Graph;
use crate::revision::target::Target;
use crate::revision::target::downward::{Destination, downgrade as resolve};
use crate::revision::target::lookup::branch;
use crate::revision::target::range::no_range;

/// Run the way back down to a target
#[derive(clap::Args)]
pub(crate) struct DowngradeArgs {
    /// The revision to go down to: an id or the beginning of one, `-N`, `base`
    #[arg(allow_negative_numbers = true)]
    to: Target,
    #[command(flatten)]
    common: Common,
}

/// Run the way back, one revision where no target is given
#[derive(clap::Args)]
pub(crate) struct DownArgs {
    /// The revision to go down to: an id or the beginning of one, `-N`, `base`
    #[arg(default_value = "-1", allow_negative_numbers = true)]
    to: Target,
    #[command(flatten)]
    common: Common,
}

#[derive(clap::Args)]
struct Common {
    #[command(flatten)]
    run: RunArgs,
    /// Write a script for psql instead; the target is `FROM:TO`, FROM being where the database is
    #[arg(long)]
    sql: bool,
    /// Answer the question of `confirm` with yes
    #[arg(long, short)]
    yes: bool,
}

pub(crate) fn downgrade(args: &DowngradeArgs, cx: &mut Context) -> Outcome {
    go(&args.to, &args.common, cx)
}

pub(crate) fn down(args: &DownArgs, cx: &mut Context) -> Outcome {
    go(&args.to, &args.common, cx)
}

fn go(to: &Target, args: &Common, cx: &mut Context) -> Outcome {
    if args.sql {
        return offline::downgrade(to, args.run.single_transaction, cx);
    }
    no_range(to)?;
    let connecting = connect_ahead(cx);
    let graph = cx.workspace().graph()?;
    let mut warned = false;
    let mut asked = args.yes || !cx.settings.confirm || args.run.dry_run;
    let done = migrate(cx, &graph, connecting, &args.run, &mut |cx, session, graph, seen| {
        let rows = Rows::that_may_run(cx, session, graph, seen)?;
        let target = rows.resolve(to, resolve)?;
        let bare = steps(graph, &rows.active()?, &target, to)?;
        if !warned && !bare.is_empty() {
            warn_of_other_branches(cx, graph, &target, &bare);
            warned = true;
        }
        interrupted(seen, Op::Downgrade, &bare, graph, args.run.force)?;
        if !asked && !bare.is_empty() {
            let ids: Vec<&str> =
                bare.iter().filter_map(|step| step.index).map(|index| graph.get(index).id().as_str()).collect();
            let what = match ids.as_slice() {
                [.., last] if ids.len() > 3 => format!("{} revisions, {} to {last},", ids.len(), ids[0]),
                _ => ids.join(", "),
            };
            confirm(cx, &format!("downgrade {what} of the database `{}`", seen.server.database))?;
            asked = true;
        }
        Ok(bare)
    })?;
    tell(cx, &graph, &done);
    if cx.report.is_json() {
        cx.report.document(done.document());
    }
    Ok(())
}

/// A label that restricts nothing is Alembic's rule, and no one's guess: say so where other branches go as well.
fn warn_of_other_branches(cx: &mut Context, graph: &Graph, target: &Destination, steps: &[Bare]) {
    let Some(label) = &target.idle_label else { return };
    let Ok(of_label) = branch(graph, label, label) else { return };
    let line = graph.lineage(&[of_label], false);
    let others: Vec<String> = steps
        .iter()
        .filter_map(|step| step.index)
        .filter(|index| !line.contains(*index))
        .map(|index| graph.get(index).id().to_string())
        .collect();
    if !others.is_empty() {
        cx.report.warn(&format!(
            "the label `{label}` restricts nothing here, as in Alembic: {} go as well; `{label}@REVISION` with the \
             branch point keeps other branches",
            others.join(", ")
        ));
    }
}

/// Asks before something that destroys data.
///
/// # Errors
/// No, or nobody to ask.
pub(crate) fn confirm(cx: &Context, what: &str) -> Result<(), Failure> {
    if cx.report.can_ask() {
        let (code, exit, message) = match cx.report.ask(&format!("{what}?")) {
            Some(true) => return Ok(()),
            Some(false) => ("refused", Exit::Refused, "the answer was no"),
            None => ("interrupted", Exit::Interrupted, "interrupted"),
        };
        return Err(Diagnostic::new(code, exit, message)
            .note("nothing was changed")
            .help("`--yes` answers without being asked")
            .into());
    }
    Err(Diagnostic::new("refused", Exit::Refused, format!("a person has to confirm: {what}"))
        .note("nothing was changed; there is no terminal to ask on")
        .help("`--yes` answers without being asked")
        .into())
}

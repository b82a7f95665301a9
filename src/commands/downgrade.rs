//! `pgkeel downgrade` and `pgkeel down`: run the way back.

use crate::commands::database::connect_ahead;
use crate::commands::guard::{active, interrupted};
use crate::commands::migrate::{RunArgs, migrate};
use crate::commands::upgrade::tell;
use crate::commands::{Context, Failure, Outcome};
use crate::plan::Op;
use crate::plan::steps::downgrade as steps;
use crate::report::diagnostic::{Diagnostic, Exit};
use crate::revision::target::{Target, downgrade as resolve};

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
    let connecting = connect_ahead(cx);
    let graph = cx.workspace().graph()?;
    let mut asked = args.yes || !cx.settings.confirm || args.run.dry_run;
    let done = migrate(cx, &graph, connecting, &args.run, &mut |cx, session, graph, seen| {
        let active = active(cx, session, graph, seen)?;
        let target = resolve(graph, &active, to)?;
        let bare = steps(graph, &active, target, &to.to_string())?;
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
    cx.report.document(done.document());
    Ok(())
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

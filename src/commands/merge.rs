//! `pgkeel merge`: write a revision that joins others.

use crate::commands::revision::{Body, NewArgs, write};
use crate::commands::{Context, Outcome};
use crate::revision::graph::Graph;
use crate::revision::target::Target;
use crate::revision::target::lookup::revisions;

/// Write a revision that joins heads
#[derive(clap::Args)]
pub(crate) struct MergeArgs {
    /// The revisions to join: ids or their beginnings, or `heads`; a last one with blanks in it is the message
    #[arg(required = true, allow_negative_numbers = true)]
    revisions: Vec<Target>,
    /// What the merge is for, in a few words
    #[arg(long, short, allow_hyphen_values = true)]
    message: Option<String>,
    #[command(flatten)]
    new: NewArgs,
}

pub(crate) fn merge(args: &MergeArgs, cx: &mut Context) -> Outcome {
    let graph = cx.workspace().graph()?;
    args.new.id()?;
    let (targets, words) = match args.revisions.split_last() {
        Some((last, targets)) if args.message.is_none() && is_message(&graph, last) => {
            (targets, Some(last.to_string()))
        }
        _ => (args.revisions.as_slice(), None),
    };
    let mut parents = Vec::new();
    for target in targets {
        parents.extend(revisions(&graph, target)?);
    }
    let ids: Vec<&str> = parents.iter().map(|parent| graph.get(*parent).id().as_str()).collect();
    let message = args.message.clone().or(words).unwrap_or_else(|| format!("merge {}", ids.join(" and ")));
    write(cx, &graph, &parents, &[], &message, &args.new, Body::EMPTY)
}

/// A revision with a blank in its name is a rare thing; a message without one has to be given with `-m`.
fn is_message(graph: &Graph, last: &Target) -> bool {
    last.as_str().contains(char::is_whitespace) && revisions(graph, last).is_err()
}

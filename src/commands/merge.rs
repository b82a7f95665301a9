//! `pgkeel merge`: write a revision that joins others.

use crate::commands::revision::write;
use crate::commands::{Context, Outcome};
use crate::report::diagnostic::{Diagnostic, Exit};
use crate::revision::target::{Target, absolute};

/// Write a revision that joins heads
#[derive(clap::Args)]
pub(crate) struct MergeArgs {
    /// The revisions to join: ids or their beginnings, or `heads`
    #[arg(required = true)]
    revisions: Vec<Target>,
    /// What the merge is for, in a few words
    #[arg(long, short, allow_hyphen_values = true)]
    message: Option<String>,
    /// The id, instead of a random one
    #[arg(long, value_name = "ID")]
    rev_id: Option<String>,
}

pub(crate) fn merge(args: &MergeArgs, cx: &mut Context) -> Outcome {
    let graph = cx.workspace().graph()?;
    let mut parents = Vec::new();
    for target in &args.revisions {
        for index in absolute(&graph, target)? {
            if parents.contains(&index) {
                let message = format!("{} is given twice", graph.get(index).id());
                return Err(Diagnostic::new("usage", Exit::Usage, message).help("name each revision once").into());
            }
            parents.push(index);
        }
    }
    if parents.len() < 2 {
        return Err(Diagnostic::new("usage", Exit::Usage, "there is nothing to join: a merge has two parents or more")
            .help("`pgkeel heads` lists the heads")
            .into());
    }
    for parent in &parents {
        let over = parents.iter().find(|over| *over != parent && graph.with_ancestors([**over]).contains(*parent));
        if let Some(over) = over {
            let (below, above) = (graph.get(*parent).id(), graph.get(*over).id());
            let message = format!("{below} is an ancestor of {above}: joining them joins nothing");
            return Err(Diagnostic::new("bad_graph", Exit::Failed, message).help("name heads: `pgkeel heads`").into());
        }
    }
    let ids: Vec<&str> = parents.iter().map(|parent| graph.get(*parent).id().as_str()).collect();
    let message = args.message.clone().unwrap_or_else(|| format!("merge {}", ids.join(" and ")));
    write(cx, &graph, &parents, &message, args.rev_id.as_deref())
}

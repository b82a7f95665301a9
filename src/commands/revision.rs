//! `pgkeel revision`: write a new revision file.

use serde_json::json;

use crate::commands::{Context, Failure, Outcome};
use crate::report::diagnostic::{Diagnostic, Exit};
use crate::report::human::ID;
use crate::report::json::revision as wire;
use crate::revision::graph::{Graph, Index};
use crate::revision::id::RevisionId;
use crate::revision::script::{Header, NewDown, NewScript, render};
use crate::revision::target::{Target, absolute};
use crate::revision::template::file_name;
use crate::workspace::WorkspaceError;
use crate::world;

/// Write a new, empty revision file
#[derive(clap::Args)]
pub(crate) struct RevisionArgs {
    /// What the revision does, in a few words
    #[arg(value_name = "MESSAGE")]
    words: Option<String>,
    /// The same as an option
    #[arg(long, short, conflicts_with = "words", allow_hyphen_values = true)]
    message: Option<String>,
    /// The revision that it comes after: an id, `head`, `heads` (a merge), `base`
    #[arg(long, default_value = "head")]
    head: Target,
    /// Allow a parent that is no head: a new branch begins there
    #[arg(long)]
    splice: bool,
    /// The id, instead of a random one
    #[arg(long, value_name = "ID")]
    rev_id: Option<String>,
}

pub(crate) fn revision(args: &RevisionArgs, cx: &mut Context) -> Outcome {
    let graph = graph_or_none(cx)?;
    let parents = absolute(&graph, &args.head)?;
    if let Some(parent) = parents.iter().find(|parent| !graph.get(**parent).is_head() && !args.splice) {
        let message = format!("{} is not a head: another revision comes after it already", graph.get(*parent).id());
        return Err(Diagnostic::new("not_at_head", Exit::Failed, message)
            .help("leave `--head` out to come after the newest revision")
            .help("`--splice` begins a new branch there")
            .into());
    }
    let message = args.message.clone().or_else(|| args.words.clone()).filter(|message| !message.trim().is_empty());
    let message = message.unwrap_or_else(|| "empty message".to_owned());
    write(cx, &graph, &parents, &message, args.rev_id.as_deref())
}

/// Writes a revision file with these parents and tells of it.
///
/// # Errors
/// An id that is taken, a file that cannot be written.
pub(crate) fn write(
    cx: &mut Context,
    graph: &Graph,
    parents: &[Index],
    message: &str,
    rev_id: Option<&str>,
) -> Outcome {
    let id = match rev_id {
        Some(text) => RevisionId::parse(text).map_err(|error| {
            Diagnostic::from_error("usage", Exit::Usage, &error).help("12 hexadecimal digits are usual")
        })?,
        None => RevisionId::from_random(world::random()),
    };
    if let Some(index) = graph.find(&id) {
        let message = format!("the revision {id} exists already");
        return Err(Diagnostic::new("bad_graph", Exit::Failed, message)
            .note(graph.get(index).path.clone())
            .help("give another id, or none")
            .into());
    }
    let now = world::now();
    let header = Header {
        revision: id.clone(),
        down_revision: parents.iter().map(|parent| graph.get(*parent).id().clone()).collect(),
        branch_labels: Vec::new(),
        depends_on: Vec::new(),
        create_date: Some(now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
        message: message.trim().to_owned(),
    };
    let text = render(&NewScript { header: &header, up: "", up_transaction: true, down: NewDown::Section("", true) });
    let workspace = cx.workspace();
    let Some(directory) = workspace.directories.first() else {
        return Err(Diagnostic::new("settings", Exit::Failed, "the setting `migrations` names no directory")
            .help("set it in pgkeel.toml: migrations = \"migrations\"")
            .into());
    };
    let name = file_name(&cx.settings.file_template, &id, header.title(), now);
    workspace.write_new(&directory.join(name), &text)?;
    let graph = workspace.graph()?;
    if let Some(index) = graph.find(&id) {
        cx.report.answer(&format!("wrote {ID}{id}{ID:#} {}", graph.get(index).path));
        cx.report.document(json!({"revisions": [wire(&graph, index, None)]}));
    }
    Ok(())
}

/// Returns the graph; without a migrations directory there is none yet, and the first file makes the directory.
pub(crate) fn graph_or_none(cx: &Context) -> Result<Graph, Failure> {
    match cx.workspace().graph() {
        Err(WorkspaceError::NoDirectory { .. }) => Ok(Graph::default()),
        graph => Ok(graph?),
    }
}

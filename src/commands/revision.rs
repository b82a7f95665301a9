//! `pgkeel revision`: write a new revision file.

use std::path::PathBuf;

use serde_json::json;

use crate::commands::autogenerate::{AutoArgs, autogenerate};
use crate::commands::{Context, Failure, Outcome};
use crate::report::diagnostic::{Diagnostic, Exit};
use crate::report::human::ID;
use crate::report::json::written;
use crate::revision::graph::{Graph, Index};
use crate::revision::id::RevisionId;
use crate::revision::script::{Header, NewDown, NewScript, render};
use crate::revision::target::lookup::{revision as one, revisions};
use crate::revision::target::{Target, TargetError};
use crate::revision::template::{file_name, from_template};
use crate::workspace::hooks::run_hook;
use crate::workspace::{Workspace, WorkspaceError};
use crate::world;

/// Write a new revision file: an empty one, or with `--autogenerate` what the declared schema asks for
#[derive(Clone, clap::Args)]
pub(crate) struct RevisionArgs {
    /// What the revision does, in a few words
    #[arg(value_name = "MESSAGE")]
    words: Option<String>,
    /// The same as an option
    #[arg(long, short, conflicts_with = "words", allow_hyphen_values = true)]
    message: Option<String>,
    /// The revision that it comes after: an id, `head`, `label@head`, `heads` (a merge), `base`
    #[arg(long, default_value = "head", allow_hyphen_values = true)]
    head: Target,
    /// Revisions that have to be there first without being parents: ids or branch labels
    #[arg(long, value_name = "REVISION", allow_hyphen_values = true)]
    depends_on: Vec<Target>,
    /// Write what turns the schema at head into the declared one, both ways, after trying it in a shadow database
    #[arg(long)]
    autogenerate: bool,
    #[command(flatten)]
    auto: AutoArgs,
    #[command(flatten)]
    new: NewArgs,
}

/// Write a new revision file, from the declared schema where there is one
#[derive(clap::Args)]
pub(crate) struct CreateArgs {
    /// Write an empty revision, also where a declared schema is set
    #[arg(long)]
    no_autogenerate: bool,
    #[command(flatten)]
    revision: RevisionArgs,
}

/// What `revision` and `merge` have in common.
#[derive(Clone, clap::Args)]
pub(crate) struct NewArgs {
    /// Allow a parent that is no head: a new branch begins there
    #[arg(long)]
    splice: bool,
    /// A name for the branch that begins here
    #[arg(long, value_name = "LABEL")]
    branch_label: Vec<String>,
    /// The id, instead of a random one
    #[arg(long, value_name = "ID")]
    rev_id: Option<String>,
    /// The directory of the file, one of the setting `migrations`
    #[arg(long, value_name = "DIRECTORY")]
    version_path: Option<PathBuf>,
}

impl NewArgs {
    /// Returns the id that was given, else a random one.
    ///
    /// # Errors
    /// A text that is no id.
    pub(crate) fn id(&self) -> Result<RevisionId, Diagnostic> {
        match &self.rev_id {
            Some(text) => RevisionId::parse(text).map_err(|error| {
                Diagnostic::from_error("bad_graph", Exit::Failed, &error).help("12 hexadecimal digits are usual")
            }),
            None => Ok(RevisionId::from_random(world::random())),
        }
    }
}

pub(crate) fn revision(args: &RevisionArgs, cx: &mut Context) -> Outcome {
    let graph = graph_or_none(cx)?;
    args.new.id()?;
    let parents = revisions(&graph, &args.head)?;
    let message = args.message.clone().or_else(|| args.words.clone()).unwrap_or_else(|| "empty message".to_owned());
    if args.autogenerate {
        let new = (&args.new, &args.auto);
        return autogenerate(cx, &graph, &parents, &args.depends_on, &message, new);
    }
    write(cx, &graph, &parents, &args.depends_on, &message, &args.new, Body::EMPTY)
}

pub(crate) fn create(args: &CreateArgs, cx: &mut Context) -> Outcome {
    let declares = cx.settings.declared.is_some() || cx.settings.schema_command.is_some();
    let autogenerate = args.revision.autogenerate || declares && !args.no_autogenerate;
    revision(&RevisionArgs { autogenerate, ..args.revision.clone() }, cx)
}

/// What a new revision does.
#[derive(Clone, Copy)]
pub(crate) struct Body<'a> {
    /// The way up.
    pub(crate) up: &'a str,
    /// Whether it runs in a transaction.
    pub(crate) up_transaction: bool,
    /// The way back.
    pub(crate) down: NewDown<'a>,
}

impl Body<'_> {
    /// Nothing, both ways.
    pub(crate) const EMPTY: Self = Self { up: "", up_transaction: true, down: NewDown::Section("", true) };
}

/// Writes a revision file with these parents and tells of it.
///
/// # Errors
/// Parents that are no heads, an id or label that is taken, a file that cannot be written.
pub(crate) fn write(
    cx: &mut Context,
    graph: &Graph,
    parents: &[Index],
    depends_on: &[Target],
    message: &str,
    new: &NewArgs,
    body: Body<'_>,
) -> Outcome {
    let writing = Writing::new(cx, graph, parents, depends_on, new)?;
    let header = writing.header(message.trim(), None, true);
    let script = NewScript { header: &header, up: body.up, up_transaction: body.up_transaction, down: body.down };
    let workspace = cx.workspace();
    let text = match &cx.settings.revision_template {
        Some(path) => from_template(&workspace.text(path)?, &script).map_err(|error| {
            Diagnostic::from_error("settings", Exit::Failed, &error)
                .note(format!("the template is {}", workspace.shown(path)))
                .help("`pgkeel list-templates` shows the places that a template has")
        })?,
        None => render(&script),
    };
    writing.write(cx, &[(header, text)])?;
    let graph = workspace.graph()?;
    if let Some(index) = graph.find(&writing.id) {
        cx.report.document(json!({"revisions": [written(&graph, index)]}));
    }
    Ok(())
}

/// Revision files that are about to be written: one, or a chain.
pub(crate) struct Writing {
    id: RevisionId,
    parents: Vec<RevisionId>,
    labels: Vec<String>,
    depends_on: Vec<String>,
    directory: PathBuf,
    now: jiff::Timestamp,
}

impl Writing {
    /// Checks what is given for them.
    ///
    /// # Errors
    /// Parents that are no heads, an id or label that is taken, no directory.
    pub(crate) fn new(
        cx: &Context,
        graph: &Graph,
        parents: &[Index],
        depends_on: &[Target],
        new: &NewArgs,
    ) -> Result<Self, Failure> {
        let id = new.id()?;
        beside_each_other(graph, parents, new.splice)?;
        free(graph, &id, &new.branch_label)?;
        let depends_on = depends_on.iter().map(|on| dependency(graph, on)).collect::<Result<_, _>>()?;
        let directory = directory(cx, &cx.workspace(), graph, parents, new.version_path.as_deref())?;
        let parents = parents.iter().map(|parent| graph.get(*parent).id().clone()).collect();
        let labels = new.branch_label.clone();
        Ok(Self { id, parents, labels, depends_on, directory, now: world::now() })
    }

    /// Returns the header of the next file: the first has parents, labels and dependencies, the last the id that was given.
    pub(crate) fn header(&self, message: &str, after: Option<&RevisionId>, is_last: bool) -> Header {
        let (parents, labels, depends_on) = match after {
            None => (self.parents.clone(), self.labels.clone(), self.depends_on.clone()),
            Some(after) => (vec![after.clone()], Vec::new(), Vec::new()),
        };
        Header {
            revision: if is_last { self.id.clone() } else { RevisionId::from_random(world::random()) },
            down_revision: parents,
            branch_labels: labels,
            depends_on,
            create_date: Some(self.now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
            message: message.to_owned(),
        }
    }

    /// Writes the files, and tells of each.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub(crate) fn write(&self, cx: &mut Context, files: &[(Header, String)]) -> Result<(), Failure> {
        let workspace = cx.workspace();
        for (number, (header, text)) in files.iter().enumerate() {
            // The names are in the order of the chain.
            let time = self.now.checked_add(jiff::SignedDuration::from_mins(number as i64)).unwrap_or(self.now);
            let name = file_name(&cx.settings.file_template, &header.revision, header.title(), time);
            let path = self.directory.join(name);
            let shown = workspace.write_new(&path, text)?;
            for hook in cx.settings.post_write_hooks.clone() {
                if let Err(error) = run_hook(&hook, &path, &cx.settings.root) {
                    cx.report.warn(&format!("post_write_hooks: {error}"));
                }
            }
            cx.report.answer(&format!("wrote {ID}{}{ID:#} {shown}", header.revision));
        }
        Ok(())
    }
}

/// Refuses a parent twice, and one that is no head.
fn beside_each_other(graph: &Graph, parents: &[Index], splice: bool) -> Result<(), Diagnostic> {
    for (number, parent) in parents.iter().enumerate() {
        if parents[..number].contains(parent) {
            let message = format!("{} is given twice", graph.get(*parent).id());
            return Err(Diagnostic::new("usage", Exit::Usage, message).help("name each revision once"));
        }
    }
    match parents.iter().find(|parent| !graph.get(**parent).is_head() && !splice) {
        Some(parent) => {
            let message = format!("{} is not a head: another revision comes after it already", graph.get(*parent).id());
            Err(Diagnostic::new("usage", Exit::Usage, message)
                .help("`pgkeel heads` lists the heads")
                .help("`--splice` begins a new branch there"))
        }
        None => Ok(()),
    }
}

/// Refuses an id or labels that are taken: ids and labels share one namespace.
fn free(graph: &Graph, id: &RevisionId, labels: &[String]) -> Result<(), Diagnostic> {
    if let Some(index) = graph.find_name(id.as_str()) {
        let what = if graph.get(index).id() == id { "revision" } else { "branch label" };
        return Err(Diagnostic::new("bad_graph", Exit::Failed, format!("the {what} {id} exists already"))
            .note(graph.get(index).path.clone())
            .help("give another id, or none"));
    }
    for (number, label) in labels.iter().enumerate() {
        let refuse = |message: String| Diagnostic::new("bad_graph", Exit::Failed, message);
        if let Some(index) = graph.find_name(label) {
            let used = graph.get(index);
            return Err(refuse(format!("the branch label `{label}` is already used by {}", used.id()))
                .note(used.path.clone())
                .help("give another label"));
        }
        if label == id.as_str() || labels[..number].contains(label) {
            return Err(refuse(format!("`{label}` would stand there twice")).help("give another label"));
        }
        if label.trim().is_empty() || label != label.trim() || label.contains([',', '\n']) {
            return Err(refuse(format!("`{label}` cannot be written as a branch label"))
                .help("the header holds lists with commas, a line each: give a label without either"));
        }
    }
    Ok(())
}

/// Returns what stands under `depends_on`: a label as it was typed, where the revision shows it, else the whole id.
fn dependency(graph: &Graph, on: &Target) -> Result<String, TargetError> {
    match one(graph, on)? {
        Some(index) if graph.shown_labels(index).iter().any(|label| label == on.as_str()) => Ok(on.to_string()),
        Some(index) => Ok(graph.get(index).id().to_string()),
        None => Err(TargetError::NotFound { asked: on.to_string(), near: None }),
    }
}

/// Returns the directory for the file: the one that is given, else the only one, else that of the first parent.
fn directory(
    cx: &Context,
    workspace: &Workspace,
    graph: &Graph,
    parents: &[Index],
    given: Option<&std::path::Path>,
) -> Result<PathBuf, Diagnostic> {
    let known = &workspace.directories;
    let listed = || known.iter().map(|path| workspace.shown(path)).collect::<Vec<_>>().join(", ");
    if let Some(given) = given {
        let same = |path: &&PathBuf| workspace.is_same(path, &cx.here.join(given));
        return known.iter().find(same).cloned().ok_or_else(|| {
            let message = format!("{} is none of the migrations directories", given.display());
            Diagnostic::new("usage", Exit::Usage, message)
                .note(format!("the setting `migrations` has {}", listed()))
                .help("give one of them, or add it to the setting")
        });
    }
    let of_parent = || {
        let path = cx.here.join(&graph.get(*parents.first()?).path);
        path.parent().map(std::path::Path::to_owned)
    };
    match known.as_slice() {
        [] => Err(Diagnostic::new("settings", Exit::Failed, "the setting `migrations` names no directory")
            .help("set it in pgkeel.toml: migrations = \"migrations\"")),
        [only] => Ok(only.clone()),
        _ => of_parent().ok_or_else(|| {
            Diagnostic::new("usage", Exit::Usage, "there are several migrations directories, and no parent to follow")
                .note(format!("the setting `migrations` has {}", listed()))
                .help("say which: `--version-path DIRECTORY`")
        }),
    }
}

/// Returns the graph; without a migrations directory there is none yet, and the first file makes the directory.
pub(crate) fn graph_or_none(cx: &Context) -> Result<Graph, Failure> {
    match cx.workspace().graph() {
        Err(WorkspaceError::NoDirectory { .. }) => Ok(Graph::default()),
        graph => Ok(graph?),
    }
}

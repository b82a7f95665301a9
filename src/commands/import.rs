//! `pgkeel import`: the migrations of another tool become revisions.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::commands::{Context, Outcome};
use crate::convert::place::parents;
use crate::convert::write::{NewFile, files};
use crate::convert::{Converted, Request, SourceFile, Tool, convert, is_read};
use crate::plan::section::prepare;
use crate::report::diagnostic::{Diagnostic, Exit};
use crate::report::import::Imported;
use crate::revision::graph::Graph;
use crate::revision::id::RevisionId;
use crate::revision::script::{Down, parse_sections};
use crate::revision::target::Target;
use crate::revision::target::lookup::revisions;
use crate::text::parse::GRAMMAR_MAJOR;
use crate::text::span::line_and_column;
use crate::workspace::{Workspace, WorkspaceError, tree};

/// Turn another tool's migrations into revisions
#[derive(clap::Args, Debug)]
pub(crate) struct ImportArgs {
    /// Whose migrations they are: diesel, sqlx, golang-migrate, dbmate, goose, flyway or prisma
    #[arg(long, value_name = "TOOL")]
    from: Tool,
    /// The directory that holds them
    path: PathBuf,
    /// The revision that the first of them comes after: an id or `head` [needed where there are revisions already]
    #[arg(long, value_name = "REVISION")]
    after: Option<Target>,
    /// Where to write [default: the first directory of the setting `migrations`]
    #[arg(long, value_name = "DIRECTORY")]
    dir: Option<PathBuf>,
    /// Show what would be written, and stop
    #[arg(long)]
    dry_run: bool,
    /// Take Flyway's `${…}` as text rather than as placeholders
    #[arg(long)]
    keep_placeholders: bool,
}

pub(crate) fn import(args: &ImportArgs, cx: &mut Context) -> Outcome {
    let imported = write(args, &cx.workspace(), &cx.settings.file_template)?;
    imported.show(&mut cx.report);
    Ok(())
}

/// Reads, decides and, unless it is a dry run, writes.
fn write(args: &ImportArgs, workspace: &Workspace, template: &str) -> Result<Imported, Diagnostic> {
    let root = workspace.here.join(&args.path);
    let directory = target_directory(args, workspace)?;
    refuse_same(&root, &directory, workspace)?;
    let list: Vec<SourceFile> = tree::read(&root, is_read)?
        .into_iter()
        .map(|file| SourceFile { path: file.path, content: file.content })
        .collect();
    let shown_root = args.path.to_string_lossy();
    let converted = convert(&Request {
        tool: args.from,
        root: &shown_root,
        files: &list,
        keep_placeholders: args.keep_placeholders,
    })?;
    let outside = !workspace.directories.contains(&directory);
    let directories = workspace.directories.iter().cloned().chain(outside.then(|| directory.clone())).collect();
    let workspace = &Workspace { directories, here: workspace.here.clone() };
    let graph = workspace.graph_so_far()?;
    let after = args.after.as_ref().map(|target| one(&graph, target)).transpose()?.flatten();
    let parents = parents(&graph, &converted.migrations, after.as_ref())?;
    let files = files(args.from, &converted, &parents, template);
    let new = unless_known(&files, &graph, workspace)?;
    let mut warnings = Vec::new();
    if !new.is_empty() {
        warnings.extend(converted.warnings.iter().map(ToString::to_string));
        warnings.extend(new.iter().filter_map(|file| refused_later(file, workspace, &directory)));
        warnings.extend(counts(&converted));
    }
    if outside {
        warnings.push(format!("the setting `migrations` does not name `{}`", workspace.shown(&directory)));
    }
    let paths: Vec<(PathBuf, &str)> = new.iter().map(|file| (directory.join(&file.name), file.text.as_str())).collect();
    if !args.dry_run {
        workspace.write_all_new(&paths)?;
    }
    let headers = graph.iter().map(|(_, revision)| (revision.header.clone(), revision.path.clone()));
    let added = new.iter().zip(&paths).map(|(file, (path, _))| (file.header.clone(), workspace.shown(path)));
    Ok(Imported {
        graph: Graph::build(headers.chain(added).collect()).map_err(WorkspaceError::from_graph)?,
        known: files.len() - new.len(),
        new: new.iter().map(|file| (file.header.revision.clone(), file.source.clone())).collect(),
        warnings,
        dry_run: args.dry_run,
    })
}

fn target_directory(args: &ImportArgs, workspace: &Workspace) -> Result<PathBuf, Diagnostic> {
    match (&args.dir, workspace.directories.first()) {
        (Some(directory), _) => Ok(workspace.here.join(directory)),
        (None, Some(first)) => Ok(first.clone()),
        (None, None) => Err(Diagnostic::new("settings", Exit::Failed, "no migrations directory is set")
            .help("name one with `--dir`, or set `migrations` in pgkeel.toml")),
    }
}

/// The old files beside ours would be read as revisions, and refused, from then on.
fn refuse_same(root: &Path, directory: &Path, workspace: &Workspace) -> Result<(), Diagnostic> {
    let ours = workspace.directories.iter().map(PathBuf::as_path).chain([directory]);
    let same = |ours: &Path| matches!((root.canonicalize(), ours.canonicalize()), (Ok(a), Ok(b)) if a == b);
    let Some(ours) = ours.into_iter().find(|ours| same(ours)) else { return Ok(()) };
    let shown = workspace.shown(ours);
    let message = format!("the migrations stand in `{shown}`, which is the directory of the revisions");
    Err(Diagnostic::new("refused", Exit::Refused, message)
        .help(format!("move them first, for example with `git mv {shown} {shown}-old`, and import from there"))
        .help("or set `migrations` in pgkeel.toml to another directory"))
}

/// The revision that `--after` names; none in a graph without revisions.
fn one(graph: &Graph, target: &Target) -> Result<Option<RevisionId>, Diagnostic> {
    match revisions(graph, target)?.as_slice() {
        [] if graph.len() == 0 => Ok(None),
        [index] => Ok(Some(graph.get(*index).id().clone())),
        _ => Err(Diagnostic::new("usage", Exit::Usage, format!("`--after {target}` is not one revision"))
            .help("name one with `--after ID`, or the only head with `--after head`")),
    }
}

/// The files that are not there yet. Those that are must be as they would be written now.
fn unless_known<'a>(
    files: &'a [NewFile],
    graph: &Graph,
    workspace: &Workspace,
) -> Result<Vec<&'a NewFile>, Diagnostic> {
    let mut new = Vec::new();
    for file in files {
        let Some(index) = graph.find(&file.header.revision) else {
            new.push(file);
            continue;
        };
        let path = &graph.get(index).path;
        if workspace.text(&workspace.here.join(path))? != file.text {
            let message = format!("{path} is not what `{}` would become: one of them was changed", file.source);
            return Err(Diagnostic::new("refused", Exit::Failed, message)
                .note("nothing was written")
                .help(format!("to import it again, move {path} away"))
                .help("to keep it, leave the other tool's file as it was when it was imported"));
        }
    }
    Ok(new)
}

/// What `upgrade` or `downgrade` will refuse of a new file.
fn refused_later(file: &NewFile, workspace: &Workspace, directory: &Path) -> Option<String> {
    let sections = parse_sections(&file.text).ok()?;
    let source: Arc<str> = Arc::from(file.text.as_str());
    let down = match &sections.down {
        Down::Section(down) => Some(down),
        Down::Missing | Down::Irreversible => None,
    };
    let error = [Some(&sections.up), down]
        .into_iter()
        .flatten()
        .find_map(|section| prepare(&source, section, GRAMMAR_MAJOR).err())?;
    let (line, column) = line_and_column(&file.text, error.offset);
    let path = workspace.shown(&directory.join(&file.name));
    Some(format!("{path}:{line}:{column}: this will be refused when it is to run: {error}"))
}

fn counts(converted: &Converted) -> Vec<String> {
    let all = converted.migrations.len();
    let one_way = converted.migrations.iter().filter(|migration| migration.down.is_none()).count();
    let off = converted
        .migrations
        .iter()
        .filter(|migration| !migration.up.transaction || migration.down.as_ref().is_some_and(|down| !down.transaction))
        .count();
    let mut counts = Vec::new();
    if one_way > 0 {
        counts.push(format!("{one_way} of {all} revisions have no way back"));
    }
    if off > 0 {
        counts.push(format!("{off} of {all} revisions run without a transaction (`transaction=off`)"));
    }
    counts
}

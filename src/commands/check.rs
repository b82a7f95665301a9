//! `pgkeel check`: whether autogenerate would write something; with `--graph`, what continuous integration should know before a branch is merged.

use serde_json::{Value, json};

use crate::commands::autogenerate::{AutoArgs, wish};
use crate::commands::revision::graph_or_none;
use crate::commands::{Context, Failure, Outcome};
use crate::report::diagnostic::{Diagnostic, Exit};
use crate::report::difference::{lines, wire as wire_difference};
use crate::report::human::count;
use crate::revision::check::{Finding, changed, file_names, heads};
use crate::revision::graph::Graph;
use crate::revision::script::key_place;
use crate::text::span::line_and_column;
use crate::workspace::git::{GitError, changed_since};
use crate::workspace::{Workspace, WorkspaceError};

/// Check whether the revisions make the declared schema, or with `--graph` the files, for continuous integration
#[derive(clap::Args)]
pub(crate) struct CheckArgs {
    /// Check the graph: one head (or labelled ones), no dangling parent, file names in order
    #[arg(long)]
    graph: bool,
    /// Also that no revision of this git reference was edited or deleted
    #[arg(long, value_name = "GITREF", requires = "graph")]
    base: Option<String>,
    #[command(flatten)]
    auto: AutoArgs,
}

pub(crate) fn check(args: &CheckArgs, cx: &mut Context) -> Outcome {
    if !args.graph {
        return declared(args, cx);
    }
    let workspace = cx.workspace();
    let found = match workspace.graph() {
        Ok(graph) => findings(args, cx, &workspace, &graph)?.iter().map(|it| wire(&workspace, it)).collect(),
        Err(error @ (WorkspaceError::Graph { .. } | WorkspaceError::Script { .. })) => vec![broken(&error.into())],
        Err(error) => return Err(error.into()),
    };
    for finding in &found {
        let text = |key: &str| finding[key].as_str().unwrap_or_default().to_owned();
        let line = finding["line"].as_u64().map(|line| format!(":{line}")).unwrap_or_default();
        cx.report.answer(&format!("{}{line}: {} [{}]", text("file"), text("message"), text("rule")));
        cx.report.answer(&format!("    help: {}", text("help")));
    }
    let number = found.len();
    cx.report.document(json!({"findings": found}));
    if number == 0 {
        cx.report.answer("the graph is in order");
        return Ok(());
    }
    cx.report.talk(&format!("{} found", count(number, "thing")));
    Err(Failure::Found(Exit::Found))
}

/// Compares the declared schema with that at the heads.
fn declared(args: &CheckArgs, cx: &mut Context) -> Outcome {
    let graph = graph_or_none(cx)?;
    // What looks renamed is a difference, too; nobody is asked.
    let auto = AutoArgs { no_renames: true, ..args.auto.clone() };
    let found = wish(cx, &graph, &graph.heads(), &auto)?.differences();
    cx.report.document(json!({"findings": [], "differences": found.iter().map(wire_difference).collect::<Vec<_>>()}));
    if found.is_empty() {
        cx.report.answer("the revisions make the declared schema");
        return Ok(());
    }
    cx.report.answers(lines(&found));
    cx.report.talk(&format!(
        "{} between the revisions and the declared schema: `pgkeel revision --autogenerate` writes what is missing",
        count(found.len(), "difference")
    ));
    Err(Failure::Found(Exit::Found))
}

fn findings(args: &CheckArgs, cx: &Context, workspace: &Workspace, graph: &Graph) -> Result<Vec<Finding>, Failure> {
    let mut found = heads(graph);
    // Names that do not begin with a time have no order.
    if cx.settings.file_template.starts_with("YYYY") {
        found.extend(file_names(graph));
    }
    if let Some(reference) = &args.base {
        let former: Vec<(String, String)> = changed_since(&workspace.directories, reference)
            .map_err(|error| explain(&error, reference))?
            .into_iter()
            .map(|former| (workspace.shown(&former.path), former.text))
            .collect();
        let now = |index| workspace.script(&graph.get(index).path).ok().map(|script| script.text.to_string());
        found.extend(changed(graph, &former, &now));
    }
    Ok(found)
}

fn explain(error: &GitError, reference: &str) -> Diagnostic {
    let diagnostic = Diagnostic::from_error("file", Exit::Failed, error);
    match error {
        GitError::Missing(_) => diagnostic.help("install git, or leave `--base` out"),
        GitError::Failed { .. } => diagnostic
            .help(format!("see that `git rev-parse {reference}` works here"))
            .help("in continuous integration, fetch the base first: `git fetch origin main`"),
    }
}

fn wire(workspace: &Workspace, finding: &Finding) -> Value {
    let script = workspace.script(&finding.file).ok();
    let line = script.and_then(|script| {
        key_place(&script.text, finding.key).map(|span| line_and_column(&script.text, span.start).0)
    });
    json!({
        "rule": finding.rule,
        "level": "error",
        "file": finding.file,
        "line": line,
        "column": line.map(|_| 1),
        "statement": null,
        "message": finding.message,
        "help": finding.help,
    })
}

/// Files that make no graph are a finding as well.
fn broken(diagnostic: &Diagnostic) -> Value {
    let place = diagnostic.place.as_ref();
    let at =
        place.filter(|place| !place.source.is_empty()).map(|place| line_and_column(&place.source, place.span.start));
    json!({
        "rule": diagnostic.code,
        "level": "error",
        "file": place.map(|place| &place.file),
        "line": at.map(|(line, _)| line),
        "column": at.map(|(_, column)| column),
        "statement": null,
        "message": diagnostic.message,
        "help": diagnostic.help.join("; "),
    })
}

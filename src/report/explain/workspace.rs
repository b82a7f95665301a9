//! The migrations directories and their files.

use crate::report::diagnostic::{Diagnostic, Exit, Place};
use crate::revision::graph::GraphError;
use crate::revision::script::{ScriptError, ScriptFault};
use crate::text::span::{line_and_column, word_at};
use crate::workspace::{KeyPlace, WorkspaceError};

impl From<WorkspaceError> for Diagnostic {
    fn from(error: WorkspaceError) -> Self {
        match error {
            WorkspaceError::Graph { error, places } => graph(*error, places),
            WorkspaceError::Script { path, source_text, error } => script(path, source_text, &error),
            WorkspaceError::NoDirectory { .. } => Self::from_error("file", Exit::Failed, &error)
                .help("a new project begins with `pgkeel init`")
                .help("in one that is there, go to its directory, or set `migrations` in pgkeel.toml")
                .help("or write the first revision, which makes the directory: `pgkeel revision -m \"first\"`"),
            WorkspaceError::Io { .. } => Self::from_error("file", Exit::Failed, &error)
                .help("check the path and the rights on it, then run the command again"),
            WorkspaceError::NotUtf8 { .. } => Self::from_error("file", Exit::Failed, &error)
                .help("save the file as UTF-8; it may be UTF-16 or Latin-1 now"),
            WorkspaceError::Exists { .. } => Self::from_error("file", Exit::Failed, &error)
                .help("nothing was overwritten; choose another message or id, or remove the file"),
        }
    }
}

/// Explains why files make no graph: the first of the lines that take part is shown, the others are named.
fn graph(error: GraphError, places: Vec<KeyPlace>) -> Diagnostic {
    let code = if matches!(error, GraphError::Cycle { .. }) { "cycle" } else { "bad_graph" };
    let mut diagnostic = Diagnostic::from_error(code, Exit::Failed, &error);
    if places.is_empty() {
        // Files that are not written yet have no lines to show.
        let paths: Vec<String> = error.involved().into_iter().map(|(path, _)| path.to_owned()).collect();
        diagnostic = paths.into_iter().fold(diagnostic, Diagnostic::note);
    }
    let mut places = places.into_iter();
    if let Some(KeyPlace { path, source_text, span }) = places.next() {
        diagnostic = diagnostic.at(Place { file: path, source: source_text, span });
    }
    for KeyPlace { path, source_text, span } in places {
        let (line, column) = line_and_column(&source_text, span.start);
        diagnostic = diagnostic.note(format!("{path}:{line}:{column}: {}", &source_text[span]));
    }
    match error {
        GraphError::Duplicate { .. } => {
            diagnostic.help("give one of the two another id in its `revision:` line, or remove it")
        }
        GraphError::MissingParent { near, .. } => {
            did_you_mean(diagnostic, near.as_deref()).help("correct `down_revision:`, or bring the missing file back")
        }
        GraphError::MissingDependency { near, .. } => {
            did_you_mean(diagnostic, near.as_deref()).help("correct `depends_on:`, or bring the missing file back")
        }
        GraphError::DuplicateLabel { .. } => {
            diagnostic.help("a branch label is declared once, in the first revision of its branch; remove the other")
        }
        GraphError::Cycle { .. } => {
            diagnostic.help("change a `down_revision:` or `depends_on:` of these files, so that one comes first")
        }
    }
}

fn did_you_mean(diagnostic: Diagnostic, near: Option<&str>) -> Diagnostic {
    match near {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None => diagnostic,
    }
}

fn script(path: String, source: String, error: &ScriptError) -> Diagnostic {
    if source.contains('\0') {
        let message = format!("{path} has NUL characters: it is no text, or not in UTF-8");
        return Diagnostic::new("file", Exit::Failed, message).help("save the file as UTF-8; it may be UTF-16");
    }
    let span = word_at(&source, error.offset);
    // An id that cannot be one is what is wrong with the graph, for Alembic.
    let code = if matches!(error.what, ScriptFault::Id(_)) { "bad_graph" } else { "file" };
    let mut diagnostic = Diagnostic::new(code, Exit::Failed, error.to_string()).at(Place { file: path, source, span });
    if let ScriptFault::UnknownKey { near, .. } | ScriptFault::UnknownOption { near, .. } = &error.what {
        diagnostic = did_you_mean(diagnostic, *near);
    }
    diagnostic.help(match &error.what {
        ScriptFault::NoUp => "put a line `-- migrate:up` before the statements; see docs/revision-files.md".to_owned(),
        ScriptFault::Twice(_) => "a file has one up and one down section; join the two".to_owned(),
        ScriptFault::SqlBeforeMarker => "move the statements below `-- migrate:up`".to_owned(),
        ScriptFault::NoRevision => {
            "the last comment paragraph before `-- migrate:up` names the revision: `-- revision: 4f1d0c7a92be`"
                .to_owned()
        }
        ScriptFault::NotAKey => {
            "keep free text in a paragraph of its own, parted from the keys by a line `--`".to_owned()
        }
        ScriptFault::UnknownKey { .. } => {
            "the keys are revision, down_revision, branch_labels, depends_on and create_date".to_owned()
        }
        ScriptFault::KeyTwice(_) => "lists are written with commas on one line".to_owned(),
        ScriptFault::Id(_) => "an id has no `@`, `-`, `+`, `:` and no comma".to_owned(),
        ScriptFault::UnknownOption { section, .. } if *section == "down" => {
            "the options are `transaction=off` and `irreversible`".to_owned()
        }
        ScriptFault::UnknownOption { .. } => "the option is `transaction=off`".to_owned(),
        ScriptFault::IrreversibleWithStatements => "remove the word `irreversible`, or the statements".to_owned(),
        ScriptFault::Text(error) => crate::report::explain::section::text_help(error),
    })
}

//! `pgkeel edit`: open revision files in the person's editor.

use std::path::PathBuf;
use std::process::Command;

use serde_json::json;

use crate::commands::history::rows;
use crate::commands::{Context, Outcome};
use crate::report::diagnostic::{Diagnostic, Exit};
use crate::report::json::revision;
use crate::revision::target::Target;
use crate::revision::target::lookup::{known, revisions};

/// Open revision files in the editor [VISUAL, EDITOR]
#[derive(clap::Args)]
pub(crate) struct EditArgs {
    /// An id or the beginning of one, `head`, `heads`; `current` asks the database
    #[arg(default_value = "head", allow_negative_numbers = true)]
    revision: Target,
}

pub(crate) fn edit(args: &EditArgs, cx: &mut Context) -> Outcome {
    let graph = cx.workspace().graph()?;
    let found = if args.revision.as_str() == "current" {
        let rows: Vec<String> = rows(cx)?;
        rows.iter().map(|row| known(&graph, row)).collect::<Result<_, _>>()?
    } else {
        revisions(&graph, &args.revision)?
    };
    if found.is_empty() {
        let message = format!("`{}` is no revision file", args.revision);
        return Err(Diagnostic::new("not_found", Exit::Failed, message)
            .help("`pgkeel history` lists the revisions")
            .into());
    }
    let editor = cx.settings.environment.editor.clone().filter(|editor| !editor.is_empty());
    let editor = editor.unwrap_or_else(|| "vi".into());
    let paths: Vec<PathBuf> = found.iter().map(|index| cx.here.join(&graph.get(*index).path)).collect();
    // As git does it: what the variable holds may have arguments of its own.
    let mut script = editor.clone();
    script.push(" \"$@\"");
    let status = Command::new("sh").arg("-c").arg(script).arg(&editor).args(&paths).status();
    let shown = editor.to_string_lossy();
    match status {
        Ok(status) if status.success() => {
            let revisions: Vec<_> = found.iter().map(|index| revision(&graph, *index, None)).collect();
            cx.report.document(json!({"revisions": revisions}));
            Ok(())
        }
        Ok(status) => Err(Diagnostic::new("file", Exit::Failed, format!("the editor `{shown}` ended with {status}"))
            .help("set VISUAL or EDITOR to the editor that you use")
            .into()),
        Err(error) => Err(Diagnostic::from_error("file", Exit::Failed, &error)
            .note(format!("the editor is `{shown}`"))
            .help("set VISUAL or EDITOR to the editor that you use")
            .into()),
    }
}

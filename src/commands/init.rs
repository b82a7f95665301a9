//! `pgkeel init`: what a project needs to begin. Never overwrites a file.

use std::path::PathBuf;

use serde_json::json;

use crate::commands::{Context, Outcome};
use crate::report::diagnostic::{Diagnostic, Exit};
use crate::workspace::WorkspaceError;

/// Write pgkeel.toml and the migrations directory
#[derive(clap::Args)]
pub(crate) struct InitArgs {
    /// The migrations directory
    #[arg(default_value = "migrations")]
    directory: PathBuf,
    /// What else to write: `make`, `compose`, `schema`, with commas
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    with: Vec<With>,
    /// The template of revision files; there is one
    #[arg(long, short, default_value = "generic", value_parser = ["generic"])]
    template: String,
}

/// What `init` can write beside the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum With {
    /// A Makefile with the workflow.
    Make,
    /// docker-compose.yml with a database and a service that migrates it.
    Compose,
    /// A directory for the declared schema.
    Schema,
}

pub(crate) fn init(args: &InitArgs, cx: &mut Context) -> Outcome {
    let migrations = args.directory.to_string_lossy();
    if args.directory.is_absolute() || migrations.contains(['"', '\\', '\n']) || migrations.trim().is_empty() {
        let message = format!("{migrations} cannot be the migrations directory of a project");
        return Err(Diagnostic::new("usage", Exit::Usage, message).help("give a path in this directory").into());
    }
    let declared = args.with.contains(&With::Schema);
    let line = if declared { "declared = \"schema\"          # the schema as it should be, plain SQL\n" } else { "" };
    let settings = fill_plain(include_str!("init/pgkeel.toml"), &[("$migrations", &migrations), ("$declared\n", line)]);
    let mut files: Vec<(PathBuf, String)> = vec![(PathBuf::from("pgkeel.toml"), settings)];
    if args.with.contains(&With::Make) {
        files.push((PathBuf::from("Makefile"), include_str!("init/Makefile").to_owned()));
    }
    if args.with.contains(&With::Compose) {
        files.push((PathBuf::from("docker-compose.yml"), include_str!("init/docker-compose.yml").to_owned()));
    }
    let mut directories = vec![args.directory.clone()];
    if declared {
        directories.push(PathBuf::from("schema"));
    }
    let workspace = cx.workspace();
    let (mut written, mut left) = (Vec::new(), Vec::new());
    for (path, text) in files {
        match workspace.write_new(&cx.here.join(&path), &text) {
            Ok(shown) => written.push(shown),
            Err(WorkspaceError::Exists { path }) => left.push(path),
            Err(error) => return Err(error.into()),
        }
    }
    for directory in &directories {
        let shown = directory.display().to_string();
        if workspace.make_directory(&cx.here.join(directory))? { written.push(shown) } else { left.push(shown) }
    }
    for path in &written {
        cx.report.answer(&format!("wrote {path}"));
    }
    for path in &left {
        cx.report.talk(&format!("{path} exists already; it is left as it is"));
    }
    cx.report.talk("next: `pgkeel revision -m \"first\"` writes a revision, `pgkeel up` runs it");
    cx.report.document(json!({"written": written, "left": left}));
    Ok(())
}

/// Fills a text that is no SQL: comments stay.
fn fill_plain(text: &str, values: &[(&str, &str)]) -> String {
    values.iter().fold(text.to_owned(), |text, (mark, value)| text.replace(mark, value))
}

//! Catalogs as commands compare them.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use crate::catalog::Catalog;
use crate::catalog::kind::Kind;
use crate::catalog::object::ObjectId;
use crate::commands::{Context, Failure};
use crate::detect::Facts;
use crate::pg::catalog::{Bookkeeping, read};
use crate::report::diagnostic::{Diagnostic, Exit};
use crate::shadow::Shadow;
use crate::shadow::declared::{DeclaredFile, load};
use crate::workspace::hooks::output;

/// Returns what is bookkeeping and no part of a schema.
pub(crate) fn bookkeeping(cx: &Context) -> Bookkeeping {
    Bookkeeping {
        version_table: cx.settings.version_table.clone(),
        ledger_schema: cx.settings.ledger_schema.clone(),
        tables: Vec::new(),
    }
}

/// Returns the same for a database of which more is known: what it has of version tables and ledgers.
pub(crate) fn bookkeeping_of(cx: &Context, facts: &Facts) -> Bookkeeping {
    Bookkeeping { tables: facts.untracked.bookkeeping.clone(), ..bookkeeping(cx) }
}

/// Returns the objects outside of schemas that settings name.
pub(crate) fn named(cx: &Context) -> BTreeSet<ObjectId> {
    cx.settings.extensions.iter().map(|extension| ObjectId::wide(Kind::Extension, &extension.name)).collect()
}

/// Returns the files of the declared schema: the setting `declared`, else `schema/` beside the settings file where it is there.
///
/// # Errors
/// A path that is not there, files that cannot be read.
pub(crate) fn declared_files(cx: &Context, path: Option<PathBuf>) -> Result<Option<Vec<DeclaredFile>>, Failure> {
    let Some(path) = path.or_else(|| cx.settings.declared.clone()) else { return Ok(None) };
    let workspace = cx.workspace();
    let files = workspace.sql_files(&path)?;
    if files.is_empty() {
        let shown = workspace.shown(&path);
        return Err(Diagnostic::new("file", Exit::Failed, format!("{shown} holds no .sql file"))
            .help("the declared schema is plain SQL: a file, or a directory of `.sql` files in any order")
            .into());
    }
    let named = files.into_iter().map(|(path, text)| DeclaredFile { path, text: Arc::from(text) });
    Ok(Some(named.collect()))
}

/// Returns the declared schema: what `schema_command` prints, else the files of `declared`.
///
/// # Errors
/// A command that fails; files that cannot be read.
pub(crate) fn declared_source(cx: &Context) -> Result<Option<Vec<DeclaredFile>>, Failure> {
    let Some(command) = &cx.settings.schema_command else { return declared_files(cx, None) };
    let text = output(command, &cx.settings.root).map_err(|error| {
        Diagnostic::from_error("settings", Exit::Failed, &error)
            .note(format!("`schema_command` is {command}"))
            .help("it has to print the declared schema as SQL to stdout, and end with 0")
    })?;
    Ok(Some(vec![DeclaredFile { path: "(output of schema_command)".to_owned(), text: Arc::from(text) }]))
}

/// Returns the catalog of the declared schema, where there is one.
///
/// # Errors
/// Files that cannot be read or loaded.
pub(crate) fn declared(cx: &Context, shadow: &mut Shadow) -> Result<Option<Catalog>, Failure> {
    let Some(files) = declared_source(cx)? else { return Ok(None) };
    Ok(Some(loaded(&bookkeeping(cx), shadow, &files)?))
}

/// Returns the catalog of files of SQL.
///
/// # Errors
/// Files that cannot be loaded.
pub(crate) fn loaded(books: &Bookkeeping, shadow: &mut Shadow, files: &[DeclaredFile]) -> Result<Catalog, Failure> {
    let mut replayer = shadow.replayer()?;
    load(&mut replayer, files)?;
    Ok(read(replayer.session(), books)?)
}

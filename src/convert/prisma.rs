//! Prisma: a directory a migration, `<timestamp>_<name>/migration.sql`, in the byte order of their names;
//! `migration_lock.toml` names the database. There is no way back.

use crate::convert::error::ConvertError;
use crate::convert::names;
use crate::convert::tree::{Found, Layout, Piece, Tree};

const LOCK: &str = "migration_lock.toml";

pub(super) fn read(tree: &Tree<'_>) -> Result<Layout, ConvertError> {
    let mut layout = Layout::default();
    for path in tree.paths() {
        match path.split_once('/') {
            Some((directory, "migration.sql")) => {
                let name = names::numbered(directory).map_or(directory, |(_, name)| name);
                layout.found.push(Found {
                    version: directory.to_owned(),
                    name: name.to_owned(),
                    up: Piece::whole(path, tree.text(path)?, false),
                    down: None,
                });
            }
            Some(_) | None if names::extension(path) == Some("sql") => {
                layout.leave_out(tree, path, "SQL that is no `migration.sql` of a migration");
            }
            Some(_) | None => (),
        }
    }
    // `a_b` and `a-b` beside `a`: the slash after the name must not count.
    layout.found.sort_by(|a, b| a.version.cmp(&b.version));
    if !layout.found.is_empty() {
        check_provider(tree)?;
    }
    Ok(layout)
}

pub(super) fn is_up(path: &str) -> bool {
    let (directory, name) = names::split_path(path);
    name == "migration.sql" && !directory.is_empty()
}

fn check_provider(tree: &Tree<'_>) -> Result<(), ConvertError> {
    let document: toml_edit::DocumentMut = tree.text(LOCK)?.parse().map_err(|error: toml_edit::TomlError| {
        ConvertError::Settings { path: tree.shown(LOCK), message: error.to_string() }
    })?;
    match document.get("provider").and_then(toml_edit::Item::as_str) {
        None | Some("postgresql" | "postgres") => Ok(()),
        Some(other) => Err(ConvertError::OtherDatabase { path: tree.shown(LOCK), provider: other.to_owned() }),
    }
}

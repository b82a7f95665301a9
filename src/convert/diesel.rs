//! diesel: a directory a migration, `<version>_<name>` with `up.sql`, `down.sql` and `metadata.toml`. The version is
//! what stands before the first underscore, dashes left out; versions are compared as text (diesel_migrations,
//! `file_based_migrations.rs`).

use std::collections::BTreeSet;

use crate::convert::error::ConvertError;
use crate::convert::names;
use crate::convert::tree::{Found, Layout, Piece, Tree};

pub(super) fn read(tree: &Tree<'_>) -> Result<Layout, ConvertError> {
    let mut layout = Layout::default();
    let mut directories = BTreeSet::new();
    for path in tree.paths() {
        match path.split_once('/') {
            Some((directory, "up.sql" | "down.sql")) => {
                directories.insert(directory);
            }
            Some(_) | None if names::extension(path) == Some("sql") => {
                layout.leave_out(tree, path, "SQL that is no `up.sql` or `down.sql` of a migration");
            }
            Some(_) | None => (),
        }
    }
    for directory in directories {
        let (up, down) = (format!("{directory}/up.sql"), format!("{directory}/down.sql"));
        if !tree.has(&up) {
            return Err(ConvertError::DownWithoutUp { path: tree.shown(&down) });
        }
        let alone = !runs_in_transaction(tree, &format!("{directory}/metadata.toml"))?;
        let (version, name) = directory.split_once('_').unwrap_or((directory, ""));
        layout.found.push(Found {
            version: version.replace('-', ""),
            name: name.to_owned(),
            up: Piece::whole(&up, tree.text(&up)?, alone),
            down: match tree.has(&down) {
                true => Some(Piece::whole(&down, tree.text(&down)?, alone)),
                false => None,
            },
        });
    }
    layout.found.sort_by(|a, b| a.version.cmp(&b.version));
    Ok(layout)
}

pub(super) fn is_up(path: &str) -> bool {
    let (directory, name) = names::split_path(path);
    name == "up.sql" && names::split_path(directory).1.starts_with(|c: char| c.is_ascii_digit())
}

fn runs_in_transaction(tree: &Tree<'_>, path: &str) -> Result<bool, ConvertError> {
    let document: toml_edit::DocumentMut = tree.text(path)?.parse().map_err(|error: toml_edit::TomlError| {
        ConvertError::Settings { path: tree.shown(path), message: error.to_string() }
    })?;
    match document.get("run_in_transaction") {
        None => Ok(true),
        Some(value) => value.as_bool().ok_or_else(|| ConvertError::Settings {
            path: tree.shown(path),
            message: "`run_in_transaction` is neither `true` nor `false`".to_owned(),
        }),
    }
}

//! What sqlx and golang-migrate share: a flat directory of `<number>_<name>` files, a file a direction.

use std::collections::BTreeMap;

use crate::convert::error::ConvertError;
use crate::convert::tree::{Found, Layout, Piece, Tree};
use crate::convert::warning::Warning;
use crate::convert::{Tool, names};

/// What a file does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Up,
    Down,
}

/// A file whose name fits.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    pub(super) path: &'a str,
    pub(super) digits: &'a str,
    pub(super) name: &'a str,
    pub(super) direction: Direction,
    /// A program instead of SQL.
    pub(super) program: bool,
}

/// Puts the files together by version, in the order of the numbers. `alone` says of a text whether the tool would run it
/// without a transaction.
///
/// Two migrations with one version are an error of sqlx's and of golang-migrate's. Tools that took over the names of the
/// latter run both, in the order of the names; so it is done here, with a warning.
pub(super) fn pair<'a>(
    tool: Tool,
    tree: &Tree<'a>,
    entries: impl IntoIterator<Item = Entry<'a>>,
    alone: fn(&str) -> bool,
    layout: &mut Layout,
) -> Result<(), ConvertError> {
    let mut versions: BTreeMap<u64, (Vec<Entry<'a>>, Vec<Entry<'a>>)> = BTreeMap::new();
    for entry in entries {
        let version = version(tool, tree, entry.path, entry.digits)?;
        let (ups, downs) = versions.entry(version).or_default();
        let same = if entry.direction == Direction::Up { ups } else { downs };
        if let Some(first) = same.iter().find(|first| tool != Tool::GolangMigrate || first.name == entry.name) {
            return Err(ConvertError::DuplicateVersion {
                version: version.to_string(),
                first: tree.shown(first.path),
                second: tree.shown(entry.path),
            });
        }
        same.push(entry);
    }
    for (version, (mut ups, mut downs)) in versions {
        ups.sort_by_key(|up| up.name);
        let shared = ups.len() > 1;
        if let (true, [first, second, ..]) = (shared, ups.as_slice()) {
            let (first, second) = (tree.shown(first.path), tree.shown(second.path));
            layout.warnings.push(Warning::SharedVersion { version, first, second });
        }
        for up in ups {
            // One of each belongs together, whatever the names are.
            let down = downs.iter().position(|down| !shared || down.name == up.name).map(|at| downs.remove(at));
            both(tree, version, up, down, alone, layout)?;
        }
        if let Some(down) = downs.first() {
            return Err(ConvertError::DownWithoutUp { path: tree.shown(down.path) });
        }
    }
    Ok(())
}

fn both<'a>(
    tree: &Tree<'a>,
    version: u64,
    up: Entry<'a>,
    down: Option<Entry<'a>>,
    alone: fn(&str) -> bool,
    layout: &mut Layout,
) -> Result<(), ConvertError> {
    let up = sql(up, tree, layout);
    let down = down.and_then(|down| sql(down, tree, layout));
    match (up, down) {
        (Some(up), down) => layout.found.push(Found {
            // Leading zeros are lost to the tools as well.
            version: version.to_string(),
            name: up.name.to_owned(),
            up: piece(tree, up.path, alone)?,
            down: down.map(|down| piece(tree, down.path, alone)).transpose()?,
        }),
        (None, Some(down)) => layout.leave_out(tree, down.path, "its way up is a program"),
        (None, None) => (),
    }
    Ok(())
}

/// Sets programs aside, with a warning.
fn sql<'a>(entry: Entry<'a>, tree: &Tree<'a>, layout: &mut Layout) -> Option<Entry<'a>> {
    if entry.program {
        layout.leave_out(tree, entry.path, "a program, not SQL");
        return None;
    }
    Some(entry)
}

fn piece(tree: &Tree<'_>, path: &str, alone: fn(&str) -> bool) -> Result<Piece, ConvertError> {
    let text = tree.text(path)?;
    Ok(Piece::whole(path, text, alone(text)))
}

/// Reads a version; the tools keep it as a 64-bit number.
pub(super) fn version(tool: Tool, tree: &Tree<'_>, path: &str, digits: &str) -> Result<u64, ConvertError> {
    match digits.parse::<i64>().map(u64::try_from) {
        Ok(Ok(version)) => Ok(version),
        Ok(Err(_)) | Err(_) => Err(ConvertError::BadVersion { tool, path: tree.shown(path) }),
    }
}

/// Notes a file of SQL that the tool would not run either.
pub(super) fn leave_out_sql(tree: &Tree<'_>, path: &str, layout: &mut Layout) {
    if names::extension(path) == Some("sql") {
        let nested = path.contains('/');
        let why = if nested { "SQL in a subdirectory" } else { "SQL whose name is not that of a migration" };
        layout.leave_out(tree, path, why);
    }
}

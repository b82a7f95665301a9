//! golang-migrate: `<number>_<name>.up.sql` and `.down.sql`. Tools that took over its names and can run Go programs as
//! well (Concourse) also took `-- NO_TRANSACTION` as the first line for a file without a transaction.

use crate::convert::error::ConvertError;
use crate::convert::numbered::{Direction, Entry, leave_out_sql, pair};
use crate::convert::tree::{Layout, Tree};
use crate::convert::{Tool, names};

pub(super) fn read(tree: &Tree<'_>) -> Result<Layout, ConvertError> {
    let mut layout = Layout::default();
    let mut entries = Vec::new();
    for path in tree.paths() {
        match entry(path) {
            Some(entry) if !path.contains('/') => entries.push(entry),
            Some(_) | None => leave_out_sql(tree, path, &mut layout),
        }
    }
    // A directory of nothing but programs is no directory of golang-migrate's.
    if entries.iter().all(|entry| entry.program) {
        return Ok(layout);
    }
    pair(Tool::GolangMigrate, tree, entries, is_alone, &mut layout)?;
    Ok(layout)
}

pub(super) fn is_migration(name: &str) -> bool {
    entry(name).is_some_and(|entry| !entry.program)
}

fn entry(path: &str) -> Option<Entry<'_>> {
    let (digits, rest) = names::numbered(names::split_path(path).1)?;
    let (stem, extension) = rest.rsplit_once('.')?;
    let (name, direction) = match stem.rsplit_once('.') {
        Some((name, "up")) => (name, Direction::Up),
        Some((name, "down")) => (name, Direction::Down),
        Some(_) | None => return None,
    };
    match extension {
        "sql" | "go" => Some(Entry { path, digits, name, direction, program: extension != "sql" }),
        _ => None,
    }
}

fn is_alone(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("--") else { return false };
    let marker = "no_transaction";
    rest.trim_start_matches([' ', '\t']).get(..marker.len()).is_some_and(|word| word.eq_ignore_ascii_case(marker))
}

//! sqlx: `<number>_<name>.sql`, or `.up.sql` and `.down.sql`. A file that begins with `-- no-transaction` runs without
//! one (sqlx-core, `migrate/source.rs`).

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
    pair(Tool::Sqlx, tree, entries, |text| text.starts_with("-- no-transaction"), &mut layout)?;
    Ok(layout)
}

pub(super) fn is_migration(name: &str) -> bool {
    entry(name).is_some()
}

fn entry(path: &str) -> Option<Entry<'_>> {
    let (digits, rest) = names::numbered(names::split_path(path).1)?;
    let stem = rest.strip_suffix(".sql")?;
    let (name, direction) = if let Some(name) = stem.strip_suffix(".up") {
        (name, Direction::Up)
    } else if let Some(name) = stem.strip_suffix(".down") {
        (name, Direction::Down)
    } else {
        (stem, Direction::Up)
    };
    Some(Entry { path, digits, name, direction, program: false })
}

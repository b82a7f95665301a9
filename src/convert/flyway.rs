//! Flyway: `V<version>__<name>.sql` in the order of the version's numbers, `U<version>__<name>.sql` as the way back,
//! `R__<name>.sql` after all others, in any subdirectory; `<script>.conf` beside a script sets `executeInTransaction`
//! and `placeholderReplacement` for it.

use std::collections::BTreeMap;

use crate::convert::error::ConvertError;
use crate::convert::tree::{Found, Layout, Piece, Tree};
use crate::convert::warning::Warning;
use crate::convert::{Tool, names};

/// What a script is.
#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Versioned(Version),
    Undo(Version),
    Repeatable,
    Baseline,
}

/// The numbers of a version, without zeros at the end: `1.0` is `1`.
type Version = Vec<u64>;

pub(super) fn read(tree: &Tree<'_>, keep_placeholders: bool) -> Result<Layout, ConvertError> {
    let mut layout = Layout::default();
    let mut versions: BTreeMap<Version, Found> = BTreeMap::new();
    let mut undo: BTreeMap<Version, &str> = BTreeMap::new();
    let mut repeatable: BTreeMap<(&str, &str), Found> = BTreeMap::new();
    for path in tree.paths() {
        let name = names::split_path(path).1;
        let Some((stem, extension)) = name.rsplit_once('.') else { continue };
        let script = script(stem);
        match (extension, script) {
            ("sql", Some((Kind::Versioned(version), description))) => {
                let found = found(tree, path, &dotted(&version), description, keep_placeholders)?;
                if let Some(first) = versions.get(&version) {
                    return Err(duplicate(tree, &version, &first.up.path, path));
                }
                versions.insert(version, found);
            }
            ("sql", Some((Kind::Undo(version), _))) => {
                if let Some(first) = undo.insert(version.clone(), path) {
                    return Err(duplicate(tree, &version, first, path));
                }
            }
            ("sql", Some((Kind::Repeatable, description))) => {
                let found = found(tree, path, &format!("R {description}"), description, keep_placeholders)?;
                layout.warnings.push(Warning::Repeatable { path: tree.shown(path) });
                // Two of one name are an error of Flyway's; `convert` tells of it.
                repeatable.insert((description, path), found);
            }
            ("sql", Some((Kind::Baseline, _))) => {
                layout.leave_out(tree, path, "a baseline script: the versions before it are imported instead");
            }
            ("sql", None) => layout.leave_out(tree, path, "SQL whose name is not that of a migration"),
            ("java" | "kt" | "groovy" | "scala", Some(_)) => layout.leave_out(tree, path, "a program, not SQL"),
            _ => (),
        }
    }
    for (version, path) in undo {
        match versions.get_mut(&version) {
            Some(found) => found.down = Some(piece(tree, path, keep_placeholders)?),
            None => return Err(ConvertError::DownWithoutUp { path: tree.shown(path) }),
        }
    }
    layout.found = versions.into_values().chain(repeatable.into_values()).collect();
    Ok(layout)
}

pub(super) fn is_migration(name: &str) -> bool {
    let stem = name.strip_suffix(".sql");
    matches!(stem.and_then(script), Some((Kind::Versioned(_) | Kind::Repeatable, _)))
}

fn duplicate(tree: &Tree<'_>, version: &Version, first: &str, second: &str) -> ConvertError {
    ConvertError::DuplicateVersion { version: dotted(version), first: tree.shown(first), second: tree.shown(second) }
}

fn dotted(version: &Version) -> String {
    version.iter().map(u64::to_string).collect::<Vec<_>>().join(".")
}

/// Reads a name without its extension.
fn script(stem: &str) -> Option<(Kind, &str)> {
    let prefix = stem.chars().next()?;
    let rest = &stem[prefix.len_utf8()..];
    let (version, description) = rest.split_once("__").unwrap_or((rest, ""));
    match prefix {
        'R' if version.is_empty() && !description.is_empty() => Some((Kind::Repeatable, description)),
        'V' => Some((Kind::Versioned(numbers(version)?), description)),
        'U' => Some((Kind::Undo(numbers(version)?), description)),
        'B' => numbers(version).map(|_| (Kind::Baseline, description)),
        _ => None,
    }
}

fn numbers(version: &str) -> Option<Version> {
    let mut numbers = version.split(['.', '_']).map(|part| part.parse().ok()).collect::<Option<Version>>()?;
    while numbers.len() > 1 && numbers.last() == Some(&0) {
        numbers.pop();
    }
    Some(numbers)
}

fn found(tree: &Tree<'_>, path: &str, version: &str, name: &str, keep: bool) -> Result<Found, ConvertError> {
    let up = piece(tree, path, keep)?;
    Ok(Found { version: version.to_owned(), name: name.to_owned(), up, down: None })
}

fn piece(tree: &Tree<'_>, path: &str, keep_placeholders: bool) -> Result<Piece, ConvertError> {
    let text = tree.text(path)?;
    let settings = tree.text(&format!("{path}.conf"))?;
    let replaced = !keep_placeholders && setting(settings, "placeholderReplacement") != Some("false");
    if let Some((start, length)) = placeholder(text).filter(|_| replaced) {
        let span = start..start + length;
        return Err(ConvertError::Placeholder {
            tool: Tool::Flyway,
            text: text[span.clone()].to_owned(),
            spot: Box::new(tree.spot(path, text, span)),
        });
    }
    Ok(Piece::whole(path, text, setting(settings, "executeInTransaction") == Some("false")))
}

/// The first `${name}`: its byte and its length.
fn placeholder(text: &str) -> Option<(usize, usize)> {
    text.match_indices("${").find_map(|(start, _)| {
        let length = text[start..].find(['}', '\n'])? + 1;
        text[start..start + length].ends_with('}').then_some((start, length))
    })
}

/// The value of a key in the `key=value` lines of a script's settings.
fn setting<'a>(settings: &'a str, key: &str) -> Option<&'a str> {
    settings.lines().filter_map(|line| line.split_once('=')).find_map(|(name, value)| {
        let name = name.trim();
        (name == key || name.strip_prefix("flyway.") == Some(key)).then(|| value.trim())
    })
}

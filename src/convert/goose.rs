//! goose: `<number>_<name>.sql` in the order of the numbers, with the annotations `-- +goose Up`, `Down`,
//! `StatementBegin`, `StatementEnd`, `NO TRANSACTION` and `ENVSUB` (goose, `internal/sqlparser/parser.go`). Statements
//! are found by the grammar here, so that those which only help goose to find them stay as comments.

use std::ops::Range;

use crate::convert::error::ConvertError;
use crate::convert::guess::refuse_other_markers;
use crate::convert::numbered::{leave_out_sql, version};
use crate::convert::tree::{Found, Layout, Piece, Tree, is_quiet, lines};
use crate::convert::{Tool, names};

/// What goose is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Annotation {
    Up,
    Down,
    NoTransaction,
    EnvSub(bool),
    /// `StatementBegin`, `StatementEnd`, and what this version of goose does not have.
    Other,
}

/// Reads a line as an annotation.
pub(super) fn annotation(line: &str) -> Option<Annotation> {
    let words = line.trim_start().strip_prefix("--")?.trim_start().strip_prefix("+goose")?;
    if !words.starts_with(char::is_whitespace) {
        return None;
    }
    let words: Vec<String> = words.split_whitespace().map(str::to_ascii_lowercase).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    Some(match words.as_slice() {
        ["up"] => Annotation::Up,
        ["down"] => Annotation::Down,
        ["no", "transaction"] => Annotation::NoTransaction,
        // `ENVSUBST` in the first versions that had it.
        ["envsub" | "envsubst", "on"] => Annotation::EnvSub(true),
        ["envsub" | "envsubst", "off"] => Annotation::EnvSub(false),
        _ => Annotation::Other,
    })
}

pub(super) fn read(tree: &Tree<'_>) -> Result<Layout, ConvertError> {
    let mut layout = Layout::default();
    let mut found = Vec::new();
    for path in tree.paths() {
        match names::numbered(path).filter(|_| !path.contains('/')) {
            Some((digits, rest)) if rest.ends_with(".sql") => {
                let version = version(Tool::Goose, tree, path, digits)?;
                if version == 0 {
                    return Err(ConvertError::BadVersion { tool: Tool::Goose, path: tree.shown(path) });
                }
                let name = rest.strip_suffix(".sql").unwrap_or(rest);
                found.push((version, sections(tree, path, version, name)?));
            }
            Some((_, rest)) if rest.ends_with(".go") && !rest.ends_with("_test.go") => {
                layout.leave_out(tree, path, "a program, not SQL");
            }
            Some(_) | None => leave_out_sql(tree, path, &mut layout),
        }
    }
    found.sort_by_key(|(version, _)| *version);
    layout.found = found.into_iter().map(|(_, found)| found).collect();
    Ok(layout)
}

pub(super) fn is_migration(name: &str) -> bool {
    names::numbered(name).is_some_and(|(_, rest)| rest.ends_with(".sql"))
}

fn sections(tree: &Tree<'_>, path: &str, version: u64, name: &str) -> Result<Found, ConvertError> {
    let text = tree.text(path)?;
    let spot = |span: Range<usize>| Box::new(tree.spot(path, text, span));
    let mut early: Option<Range<usize>> = None;
    let fault = |what: &str, line: &Range<usize>| {
        let end = line.start + text[line.clone()].trim_end().len();
        ConvertError::Marker { what: what.to_owned(), spot: spot(line.start..end) }
    };
    let (mut up, mut down): (Option<Range<usize>>, Option<Range<usize>>) = (None, None);
    let (mut alone, mut substitutes, mut only_annotations) = (false, false, true);
    for (range, line) in lines(text) {
        match annotation(line) {
            Some(Annotation::Up) if down.is_some() => {
                return Err(fault("`-- +goose Up` stands after `-- +goose Down`", &range));
            }
            Some(Annotation::Up) if up.is_some() => return Err(fault("there is a second `-- +goose Up`", &range)),
            Some(Annotation::Up) => up = Some(range),
            Some(Annotation::Down) if up.is_none() => {
                return Err(fault("`-- +goose Down` stands before `-- +goose Up`", &range));
            }
            Some(Annotation::Down) if down.is_some() => {
                return Err(fault("there is a second `-- +goose Down`", &range));
            }
            Some(Annotation::Down) => down = Some(range),
            Some(Annotation::NoTransaction) => alone = true,
            Some(Annotation::EnvSub(on)) => substitutes = on,
            Some(Annotation::Other) => (),
            None if up.is_none() && !is_quiet(line) => {
                early.get_or_insert(range);
            }
            None => {
                only_annotations &= up.is_some() || line.trim().is_empty();
                // `$$`, too: goose writes one dollar for it.
                if let (true, Some(at)) = (substitutes, line.find('$')) {
                    let length = 1 + line[at + 1..]
                        .find(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '{' | '}' | '$'))
                        .unwrap_or(line.len() - at - 1);
                    let span = range.start + at..range.start + at + length;
                    let text = line[at..at + length].to_owned();
                    return Err(ConvertError::Placeholder { tool: Tool::Goose, text, spot: spot(span) });
                }
            }
        }
    }
    let Some(marker) = up else {
        refuse_other_markers(Tool::Goose, tree, path)?;
        return Err(ConvertError::NoUp { tool: Tool::Goose, path: tree.shown(path), marker: "-- +goose Up" });
    };
    if let Some(line) = early {
        return Err(fault("SQL stands before `-- +goose Up`", &line));
    }
    let body = marker.end..down.as_ref().map_or(text.len(), |range| range.start);
    let lead = 0..marker.start;
    let ranges = if only_annotations { vec![body] } else { vec![lead, body] };
    Ok(Found {
        version: version.to_string(),
        name: name.to_owned(),
        up: Piece { path: path.to_owned(), ranges, alone },
        down: down.map(|range| {
            let body = range.end..text.len();
            Piece { path: path.to_owned(), ranges: vec![body], alone }
        }),
    })
}

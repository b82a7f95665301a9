//! dbmate: `<digits>….sql` in the byte order of their names, with the sections `-- migrate:up` and `-- migrate:down`,
//! each with options (`transaction:false`) on the marker's line (dbmate, `pkg/dbmate/migration.go`). Markers are found
//! line by line, and the first of each counts.

use std::ops::Range;

use crate::convert::error::ConvertError;
use crate::convert::guess::refuse_other_markers;
use crate::convert::numbered::leave_out_sql;
use crate::convert::tree::{Found, Layout, Piece, Tree, is_quiet, lines};
use crate::convert::{Tool, names};

pub(super) fn read(tree: &Tree<'_>) -> Result<Layout, ConvertError> {
    let mut layout = Layout::default();
    for path in tree.paths() {
        match name_of(path).filter(|_| !path.contains('/')) {
            Some((version, name)) => layout.found.push(sections(tree, path, version, name)?),
            None => leave_out_sql(tree, path, &mut layout),
        }
    }
    Ok(layout)
}

pub(super) fn is_migration(name: &str) -> bool {
    name_of(name).is_some()
}

/// Tells whether a line is one of dbmate's markers.
pub(super) fn is_marker(line: &str) -> bool {
    options(line, "migrate:up").or_else(|| options(line, "migrate:down")).is_some()
}

fn name_of(path: &str) -> Option<(&str, &str)> {
    let (digits, rest) = names::leading_digits(names::split_path(path).1)?;
    Some((digits, rest.strip_suffix(".sql")?.trim_start_matches('_')))
}

/// The options after a marker, if the line is that marker.
fn options<'a>(line: &'a str, marker: &str) -> Option<&'a str> {
    let options = line.strip_prefix("--")?.trim_start().strip_prefix(marker)?;
    (options.is_empty() || options.starts_with(char::is_whitespace)).then(|| options.trim())
}

fn is_alone(options: &str) -> bool {
    options.split_whitespace().any(|option| option == "transaction:false")
}

fn sections(tree: &Tree<'_>, path: &str, version: &str, name: &str) -> Result<Found, ConvertError> {
    let text = tree.text(path)?;
    let mut up: Option<(Range<usize>, bool)> = None;
    let mut down: Option<(Range<usize>, bool)> = None;
    let mut early: Option<Range<usize>> = None;
    let fault = |what: &str, line: &Range<usize>| {
        let end = line.start + text[line.clone()].trim_end().len();
        ConvertError::Marker { what: what.to_owned(), spot: Box::new(tree.spot(path, text, line.start..end)) }
    };
    for (range, line) in lines(text) {
        if let (Some(options), None) = (options(line, "migrate:up"), &up) {
            if let Some((down, _)) = &down {
                return Err(fault("`-- migrate:down` stands before `-- migrate:up`", down));
            }
            up = Some((range, is_alone(options)));
        } else if let (Some(options), None) = (options(line, "migrate:down"), &down) {
            down = Some((range, is_alone(options)));
        } else if up.is_none() && !is_quiet(line) {
            early.get_or_insert(range);
        }
    }
    let Some((marker, alone)) = up else {
        refuse_other_markers(Tool::Dbmate, tree, path)?;
        return Err(ConvertError::NoUp { tool: Tool::Dbmate, path: tree.shown(path), marker: "-- migrate:up" });
    };
    if let Some(line) = early {
        return Err(fault("SQL stands before `-- migrate:up`", &line));
    }
    let lead = 0..marker.start;
    let body = marker.end..down.as_ref().map_or(text.len(), |(range, _)| range.start);
    let ranges = if text[lead.clone()].trim().is_empty() { vec![body] } else { vec![lead, body] };
    Ok(Found {
        version: version.to_owned(),
        name: name.to_owned(),
        up: Piece { path: path.to_owned(), ranges, alone },
        down: down.map(|(range, alone)| {
            let body = range.end..text.len();
            Piece { path: path.to_owned(), ranges: vec![body], alone }
        }),
    })
}

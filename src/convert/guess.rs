//! What a directory looks like that is not what it was said to be.

use crate::convert::error::ConvertError;
use crate::convert::tree::{Tree, is_quiet, lines};
use crate::convert::{Tool, dbmate, diesel, flyway, golang_migrate, goose, names, prisma, sqlx};

/// How many of the files are shown.
const SHOWN: usize = 5;

/// Says what was looked for, what is there, and what that looks like.
pub(super) fn nothing_found(tool: Tool, tree: &Tree<'_>) -> ConvertError {
    let mut likely: Option<(Tool, String)> = None;
    // The tool that was named wins over others, and this directory over those below it.
    let tools = std::iter::once(tool).chain(Tool::ALL.into_iter().filter(|other| *other != tool));
    let candidates: Vec<(Tool, &str)> = tools
        .flat_map(|tool| tree.paths().filter_map(move |path| home(tool, path).map(|home| (tool, path, home))))
        .filter(|(tool, path, _)| has_markers(*tool, tree, path))
        .map(|(tool, _, home)| (tool, home))
        .collect();
    let named = candidates.iter().find(|(other, home)| *other == tool && !home.is_empty());
    let here = candidates.iter().find(|(other, home)| *other != tool && home.is_empty());
    if let Some((tool, home)) = here.or(named).or(candidates.iter().find(|(_, home)| !home.is_empty())) {
        likely = Some((*tool, if home.is_empty() { String::new() } else { tree.shown(home) }));
    }
    ConvertError::NothingFound {
        tool,
        root: tree.shown("").trim_end_matches('/').to_owned(),
        seen: tree.paths().take(SHOWN).map(str::to_owned).collect(),
        files: tree.paths().count(),
        likely,
        python: tree.paths().any(|path| names::extension(path) == Some("py")),
    }
}

/// The directory that would be imported if this were one of the tool's files.
fn home(tool: Tool, path: &str) -> Option<&str> {
    let (directory, name) = names::split_path(path);
    let is_file = match tool {
        Tool::Diesel => return diesel::is_up(path).then(|| names::split_path(directory).0),
        Tool::Prisma => return prisma::is_up(path).then(|| names::split_path(directory).0),
        Tool::Sqlx => sqlx::is_migration(name),
        Tool::GolangMigrate => golang_migrate::is_migration(name),
        Tool::Dbmate => dbmate::is_migration(name),
        Tool::Goose => goose::is_migration(name),
        Tool::Flyway => flyway::is_migration(name),
    };
    is_file.then_some(directory)
}

/// Names alone do not tell dbmate, goose and sqlx apart.
fn has_markers(tool: Tool, tree: &Tree<'_>, path: &str) -> bool {
    let marked = tree.text(path).ok().and_then(marked_for).map(|(theirs, _)| theirs);
    match tool {
        Tool::Dbmate | Tool::Goose => marked == Some(tool),
        Tool::Diesel | Tool::Sqlx | Tool::GolangMigrate | Tool::Flyway | Tool::Prisma => marked.is_none(),
    }
}

/// Refuses a file that begins with the marker of another tool: read as a whole, it would go up and down again at once.
pub(super) fn refuse_other_markers(tool: Tool, tree: &Tree<'_>, path: &str) -> Result<(), ConvertError> {
    let text = tree.text(path)?;
    match marked_for(text) {
        Some((theirs, span)) if theirs != tool => {
            Err(ConvertError::OtherTool { tool, theirs, spot: Box::new(tree.spot(path, text, span)) })
        }
        Some(_) | None => Ok(()),
    }
}

/// The tool whose marker stands before the first statement.
fn marked_for(text: &str) -> Option<(Tool, std::ops::Range<usize>)> {
    for (range, line) in lines(text) {
        if !is_quiet(line) {
            return None;
        }
        let span = range.start..range.start + line.len();
        if dbmate::is_marker(line) {
            return Some((Tool::Dbmate, span));
        }
        if goose::annotation(line).is_some() {
            return Some((Tool::Goose, span));
        }
    }
    None
}

//! The text of a section, and whether it runs in a transaction.

use std::ops::Range;

use crate::convert::Tool;
use crate::convert::error::ConvertError;
use crate::convert::tree::{Piece, Tree};
use crate::convert::warning::Warning;
use crate::text::parse::Class;
use crate::text::span::{line_and_column, word_at};
use crate::text::statements::{SplitError, Statement, comments, split};

/// A section of a revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Section {
    /// The text, byte for byte as it was, with a newline at the end where it is not empty.
    pub(crate) text: String,
    /// Whether it runs in a transaction of ours.
    pub(crate) transaction: bool,
}

/// Takes a section out of a file.
///
/// It runs without a transaction of ours where the other tool was told so, where it ends a transaction itself, and where
/// a statement cannot run in one (DESIGN §3). `CALL` and the like, which may or may not commit, run in one as they did,
/// unless one is all that a file has which the tool sends without a transaction around it.
pub(super) fn read(
    tool: Tool,
    tree: &Tree<'_>,
    piece: &Piece,
    warnings: &mut Vec<Warning>,
) -> Result<Section, ConvertError> {
    let source = tree.text(&piece.path)?;
    let text: String = piece.ranges.iter().map(|range| &source[range.clone()]).collect();
    let refuse = |what: SplitError| {
        let at = in_source(&piece.ranges, what.offset());
        let span = match &what {
            SplitError::MetaCommand { command, .. } => at..at + command.len(),
            SplitError::CopyWithoutEnd { .. } | SplitError::Unterminated { .. } | SplitError::Nul { .. } => {
                word_at(source, at)
            }
        };
        ConvertError::Sql { what, spot: Box::new(tree.spot(&piece.path, source, span)) }
    };
    let statements = split(&text).map_err(refuse)?.statements;
    let markers = markers(&text, &comments(&text).map_err(refuse)?);
    let path = || tree.shown(&piece.path);
    for marker in &markers {
        let (line, _) = line_and_column(source, in_source(&piece.ranges, *marker));
        warnings.push(Warning::Marker { path: path(), line });
    }
    let sent_bare = matches!(tool, Tool::GolangMigrate | Tool::Prisma)
        && matches!(statements.as_slice(), [only] if may_commit(&only.class, &text[only.range.clone()]));
    let transaction = !piece.alone && !sent_bare && !statements.iter().any(|statement| needs_none(&statement.class));
    let mut written = written(&text, &markers);
    if !transaction && !piece.alone {
        let (begin, commit) = open_ends(&statements);
        if begin {
            written.insert_str(0, "BEGIN;\n");
            warnings.push(Warning::Begin { path: path() });
        }
        if commit {
            let last = statements.last().map_or(0, |statement| statement.range.end);
            let ended = text[last..].trim_start().starts_with(';');
            written.push_str(if ended { "COMMIT;\n" } else { ";\nCOMMIT;\n" });
            warnings.push(Warning::Commit { path: path() });
        }
    }
    Ok(Section { text: written, transaction })
}

/// The byte in the file of a byte in the section.
fn in_source(ranges: &[Range<usize>], offset: usize) -> usize {
    let mut left = offset;
    for range in ranges {
        if left < range.len() {
            return range.start + left;
        }
        left -= range.len();
    }
    ranges.last().map_or(0, |range| range.end)
}

fn needs_none(class: &Class) -> bool {
    matches!(class, Class::Commit { .. } | Class::Rollback { .. } | Class::PrepareTransaction { .. } | Class::Alone(_))
}

/// Tells of a statement that may need to be outside of a transaction whether it does, as far as its text says so.
fn may_commit(class: &Class, text: &str) -> bool {
    let Class::MaybeAlone(what) = class else { return false };
    let ends = |word: &str| word.eq_ignore_ascii_case("commit") || word.eq_ignore_ascii_case("rollback");
    *what != "DO" || text.split(|c: char| !c.is_alphanumeric() && c != '_').any(ends)
}

/// Whether the statements end a transaction that they have not begun, and whether they leave one open: the other tool's
/// own, which is around them.
fn open_ends(statements: &[Statement]) -> (bool, bool) {
    let mut first = None;
    let mut open = false;
    for statement in statements {
        open = match &statement.class {
            Class::Begin => true,
            Class::Commit { chain } | Class::Rollback { chain } => *chain,
            Class::PrepareTransaction { .. } => false,
            Class::Ordinary
            | Class::Alone(_)
            | Class::MaybeAlone(_)
            | Class::Set { .. }
            | Class::SetLocal
            | Class::SetRole
            | Class::SessionState(_)
            | Class::AddEnumValue { .. }
            | Class::EnsureIndex { .. }
            | Class::CopyIn
            | Class::CopyOut
            | Class::Unknown => continue,
        };
        first.get_or_insert(statement.class != Class::Begin);
    }
    (first.unwrap_or(false), open)
}

/// The bytes at which `migrate:` begins in comments that would be taken for a marker.
fn markers(text: &str, comments: &[Range<usize>]) -> Vec<usize> {
    comments
        .iter()
        .filter(|comment| comment.start == 0 || text.as_bytes().get(comment.start - 1) == Some(&b'\n'))
        .filter_map(|comment| {
            let words = text[comment.clone()].strip_prefix("--")?.trim_start();
            let word = words.split_whitespace().next()?;
            matches!(word, "migrate:up" | "migrate:down").then(|| comment.end - words.len())
        })
        .collect()
}

fn written(text: &str, markers: &[usize]) -> String {
    let mut written = String::with_capacity(text.len() + 1);
    let mut at = 0;
    for marker in markers {
        written.push_str(&text[at..*marker]);
        written.push_str(if text[..*marker].ends_with('-') { " was " } else { "was " });
        at = *marker;
    }
    written.push_str(&text[at..]);
    if !written.is_empty() && !written.ends_with('\n') {
        written.push('\n');
    }
    written
}

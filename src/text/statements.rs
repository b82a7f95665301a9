//! A section of a file → its statements.
//!
//! psql's backslash lines and the data of `COPY … FROM stdin` are no SQL: they are found with the scanner and blanked
//! out before PostgreSQL's grammar splits the rest, so that every offset stays true.

use std::ops::Range;

use crate::text::parse::{Class, SyntaxError, classify, split as split_by_grammar};
use crate::text::scan::{Kind, Scanner};

/// One statement of a section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Statement {
    /// Its bytes in the section, without leading white space and comments and without the semicolon.
    pub(crate) range: Range<usize>,
    /// The data lines that follow a `COPY … FROM stdin`, without the `\.` line.
    pub(crate) copy_data: Option<Range<usize>>,
    /// How it has to be run.
    pub(crate) class: Class,
}

/// The statements of a section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Split {
    /// In the order of the text.
    pub(crate) statements: Vec<Statement>,
    /// The grammar's refusal, where the statements had to be found with the scanner alone: a typing error, or a
    /// statement of a newer PostgreSQL than the grammar is.
    pub(crate) refused: Option<SyntaxError>,
}

/// Why a section has no statements to run. Offsets are bytes in the section.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SplitError {
    /// psql's own command, which no server understands.
    #[error("`{command}` is a command of psql, not SQL")]
    MetaCommand { command: String, offset: usize },
    /// COPY data without its end.
    #[error("the data of this COPY has no end: a line `\\.` is missing")]
    CopyWithoutEnd { offset: usize },
    /// A quoted text, name or comment without its end.
    #[error("the {what} that begins here has no end")]
    Unterminated { what: &'static str, offset: usize },
    /// A NUL character.
    #[error("a NUL character in SQL text")]
    Nul { offset: usize },
}

impl SplitError {
    /// Returns the byte in the section at which the error stands.
    pub(crate) fn offset(&self) -> usize {
        match self {
            Self::MetaCommand { offset, .. }
            | Self::CopyWithoutEnd { offset }
            | Self::Unterminated { offset, .. }
            | Self::Nul { offset } => *offset,
        }
    }
}

/// Splits a section into its statements.
///
/// # Errors
/// What no server can run; see [`SplitError`]. A syntax error is none: the server may know more than the grammar here,
/// so it comes back in [`Split::refused`] and the caller, who knows the server's version, decides.
pub(crate) fn split(text: &str) -> Result<Split, SplitError> {
    if let Some(offset) = text.find('\0') {
        return Err(SplitError::Nul { offset });
    }
    let outline = outline(text)?;
    let blanked = blank(text, &outline.blanks);
    let (ranges, refused) = match split_by_grammar(&blanked) {
        Ok(ranges) => (ranges, None),
        Err(error) => (outline.statements, Some(error)),
    };
    let mut data = outline.copy_data.into_iter().peekable();
    let mut statements = Vec::with_capacity(ranges.len());
    for range in ranges {
        let class = classify(&text[range.clone()]);
        let copy_data = data.next_if(|(at, _)| range.contains(at)).map(|(_, lines)| lines);
        statements.push(Statement { range, copy_data, class });
    }
    Ok(Split { statements, refused })
}

/// Returns the line comments of a text that stand outside of literals and COPY data: where markers are looked for.
///
/// # Errors
/// What no server can run; see [`SplitError`].
pub(crate) fn comments(text: &str) -> Result<Vec<Range<usize>>, SplitError> {
    Ok(outline(text)?.comments)
}

/// What the scanner finds in one pass.
struct Outline {
    /// Line comments.
    comments: Vec<Range<usize>>,
    /// Text that is no SQL.
    blanks: Vec<Range<usize>>,
    /// Where a COPY statement stands, and its data.
    copy_data: Vec<(usize, Range<usize>)>,
    /// Statements by semicolon alone, for text that the grammar refuses.
    statements: Vec<Range<usize>>,
}

fn outline(text: &str) -> Result<Outline, SplitError> {
    let mut found = Outline { comments: Vec::new(), blanks: Vec::new(), copy_data: Vec::new(), statements: Vec::new() };
    let mut scanner = Scanner::new(text);
    let mut statement: Option<Words> = None;
    while let Some(piece) = scanner.next() {
        if piece.unterminated {
            return Err(SplitError::Unterminated { what: unterminated(piece.kind), offset: piece.range.start });
        }
        match piece.kind {
            Kind::Space | Kind::BlockComment => continue,
            Kind::LineComment => {
                found.comments.push(piece.range);
                continue;
            }
            Kind::Backslash => {
                let line = line_at(text, piece.range.start);
                let command = text[line.clone()].split_whitespace().next().unwrap_or("\\").to_owned();
                if !matches!(command.as_str(), "\\restrict" | "\\unrestrict") {
                    return Err(SplitError::MetaCommand { command, offset: piece.range.start });
                }
                scanner.jump(line.end);
                found.blanks.push(line);
                continue;
            }
            Kind::Semicolon => {
                let Some(words) = statement.take_if(|words| words.depth == 0 && !words.in_atomic()) else { continue };
                found.statements.push(words.start..piece.range.start);
                if words.is_copy_from_stdin() {
                    let data =
                        copy_data(text, piece.range.end).ok_or(SplitError::CopyWithoutEnd { offset: words.start })?;
                    let end = line_at(text, data.end).end;
                    found.copy_data.push((words.start, data.clone()));
                    found.blanks.push(data.start..end);
                    scanner.jump(end);
                }
                continue;
            }
            Kind::Text | Kind::QuotedName | Kind::Dollar | Kind::Word | Kind::Open | Kind::Close | Kind::Other => (),
        }
        let words = statement.get_or_insert_with(|| Words::new(piece.range.start));
        words.end = piece.range.end;
        match piece.kind {
            Kind::Open => words.depth += 1,
            Kind::Close => words.depth = words.depth.saturating_sub(1),
            Kind::Word => words.word(&text[piece.range]),
            Kind::Space
            | Kind::LineComment
            | Kind::BlockComment
            | Kind::Text
            | Kind::QuotedName
            | Kind::Dollar
            | Kind::Semicolon
            | Kind::Backslash
            | Kind::Other => (),
        }
    }
    if let Some(words) = statement {
        found.statements.push(words.start..words.end);
    }
    Ok(found)
}

/// What has been seen of the statement at hand.
struct Words {
    start: usize,
    end: usize,
    depth: usize,
    first: String,
    last: String,
    from: bool,
    stdin: bool,
    atomic: bool,
    /// `CASE` and `BEGIN` that wait for their `END`, in a `BEGIN ATOMIC` body.
    open_blocks: usize,
}

impl Words {
    fn new(start: usize) -> Self {
        Self {
            start,
            end: start,
            depth: 0,
            first: String::new(),
            last: String::new(),
            from: false,
            stdin: false,
            atomic: false,
            open_blocks: 0,
        }
    }

    fn word(&mut self, word: &str) {
        let word = word.to_ascii_lowercase();
        if self.first.is_empty() {
            self.first.clone_from(&word);
        }
        match word.as_str() {
            "stdin" if self.last == "from" => self.stdin = true,
            "from" => self.from = true,
            "atomic" if self.last == "begin" => {
                self.atomic = true;
                self.open_blocks = 1;
            }
            "case" if self.atomic => self.open_blocks += 1,
            "end" if self.atomic => self.open_blocks = self.open_blocks.saturating_sub(1),
            _ => (),
        }
        self.last = word;
    }

    fn in_atomic(&self) -> bool {
        self.atomic && self.open_blocks > 0
    }

    fn is_copy_from_stdin(&self) -> bool {
        self.first == "copy" && self.from && self.stdin
    }
}

fn unterminated(kind: Kind) -> &'static str {
    match kind {
        Kind::QuotedName => "quoted name",
        Kind::BlockComment => "comment",
        Kind::Dollar => "dollar-quoted text",
        Kind::Text
        | Kind::Space
        | Kind::LineComment
        | Kind::Word
        | Kind::Semicolon
        | Kind::Open
        | Kind::Close
        | Kind::Backslash
        | Kind::Other => "quoted text",
    }
}

/// The data of a COPY whose semicolon ends at `after`: from the next line to the line `\.`, that line left out.
fn copy_data(text: &str, after: usize) -> Option<Range<usize>> {
    let start = after + text[after..].find('\n')? + 1;
    let mut at = start;
    while at < text.len() {
        let line = line_at(text, at);
        if text[line.clone()].trim_end_matches(['\r', '\n']) == "\\." {
            return Some(start..at);
        }
        at = line.end;
    }
    None
}

/// The line from this byte on, its end of line included.
fn line_at(text: &str, at: usize) -> Range<usize> {
    let end = text[at..].find('\n').map_or(text.len(), |newline| at + newline + 1);
    at..end
}

fn blank(text: &str, blanks: &[Range<usize>]) -> String {
    let mut blanked = String::with_capacity(text.len());
    let mut at = 0;
    for range in blanks {
        blanked.push_str(&text[at..range.start]);
        blanked.extend(text[range.clone()].bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
        at = range.end;
    }
    blanked.push_str(&text[at..]);
    blanked
}

#[cfg(test)]
mod tests {
    use super::{SplitError, split};
    use crate::text::parse::Class;

    fn parts(text: &str) -> Vec<&str> {
        split(text).unwrap().statements.into_iter().map(|statement| &text[statement.range]).collect()
    }

    #[test]
    fn copy_data_is_no_sql() {
        let text = "copy t (a) from stdin with (format text);\nit's; ä\n\\N\n\\.\nselect 1;\n";
        let found = split(text).unwrap();
        assert_eq!(found.statements.len(), 2);
        assert_eq!(found.statements[0].class, Class::CopyIn);
        assert_eq!(&text[found.statements[0].copy_data.clone().unwrap()], "it's; ä\n\\N\n");
        assert_eq!(&text[found.statements[1].range.clone()], "select 1");
    }

    #[test]
    fn copy_data_needs_its_end() {
        assert_eq!(split("select 1; copy t from stdin;\na\n"), Err(SplitError::CopyWithoutEnd { offset: 10 }));
    }

    #[test]
    fn meta_commands_are_refused_and_pg_dumps_are_skipped() {
        assert_eq!(
            split("select 1;\n\\i other.sql\n"),
            Err(SplitError::MetaCommand { command: "\\i".into(), offset: 10 })
        );
        assert_eq!(parts("\\restrict abc'\nselect 1;\n\\unrestrict abc\n"), ["select 1"]);
    }

    #[test]
    fn what_the_grammar_refuses_is_split_all_the_same() {
        let text = "create table a (x int); frobnicate b; create function f() begin atomic select case when true then 1 end; select 2; end; select 3";
        let found = split(text).unwrap();
        assert_eq!(found.refused.as_ref().map(|error| &text[error.offset..error.offset + 10]), Some("frobnicate"));
        assert_eq!(found.statements.len(), 4);
        assert_eq!(&text[found.statements[3].range.clone()], "select 3");
    }

    #[test]
    fn empty_statements_and_comments_are_nothing() {
        assert_eq!(parts(";;\n-- only a comment\n/* and another */ ;"), Vec::<&str>::new());
    }

    #[test]
    fn an_open_quote_is_told_where_it_begins() {
        assert_eq!(split("select 1; select 'x"), Err(SplitError::Unterminated { what: "quoted text", offset: 17 }));
    }
}

//! A scanner for SQL text, as coarse as its callers need it: it knows where literals, quoted names and comments begin
//! and end (PostgreSQL manual 4.1), and nothing of grammar. The real grammar comes after it; the scanner is for what
//! stands in files and is no SQL: psql's backslash commands, COPY data, our own markers.

use std::ops::Range;

/// What a piece of text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// White space.
    Space,
    /// `-- …` up to the end of the line.
    LineComment,
    /// `/* … */`, nested.
    BlockComment,
    /// A string constant, whatever its prefix.
    Text,
    /// A quoted identifier.
    QuotedName,
    /// A dollar-quoted string.
    Dollar,
    /// A name, keyword or number.
    Word,
    /// `;`
    Semicolon,
    /// `(`
    Open,
    /// `)`
    Close,
    /// `\`, which SQL has outside of literals in no place.
    Backslash,
    /// Any other character.
    Other,
}

/// A piece of text. The pieces of a text cover every byte of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// What it is.
    pub(crate) kind: Kind,
    /// Its bytes.
    pub(crate) range: Range<usize>,
    /// Whether the text ended inside of it.
    pub(crate) unterminated: bool,
}

/// Iterates over the pieces of a text.
#[derive(Clone, Debug)]
pub(crate) struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    /// Starts at the beginning of a text.
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// Continues at another byte, which must stand at a character.
    pub(crate) fn jump(&mut self, to: usize) {
        self.at = to;
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }
}

impl Iterator for Scanner<'_> {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        let rest = self.rest();
        let first = rest.chars().next()?;
        let (kind, length, unterminated) = match first {
            c if c.is_whitespace() => (Kind::Space, run(rest, char::is_whitespace), false),
            '-' if rest.starts_with("--") => (Kind::LineComment, rest.find(['\n', '\r']).unwrap_or(rest.len()), false),
            '/' if rest.starts_with("/*") => with(Kind::BlockComment, rest, block_comment(rest)),
            '\'' => with(Kind::Text, rest, quoted(rest, b'\'', false)),
            '"' => with(Kind::QuotedName, rest, quoted(rest, b'"', false)),
            '$' => match dollar_tag(rest) {
                Some(tag) => {
                    let end = rest[tag.len()..].find(tag).map(|at| at + 2 * tag.len());
                    with(Kind::Dollar, rest, end)
                }
                None => (Kind::Other, 1, false),
            },
            c if in_word(c) => {
                let word = run(rest, |c| in_word(c) || c == '$');
                if rest[..word].eq_ignore_ascii_case("e") && rest[word..].starts_with('\'') {
                    with(Kind::Text, rest, quoted(&rest[word..], b'\'', true).map(|end| end + word))
                } else {
                    (Kind::Word, word, false)
                }
            }
            ';' => (Kind::Semicolon, 1, false),
            '(' => (Kind::Open, 1, false),
            ')' => (Kind::Close, 1, false),
            '\\' => (Kind::Backslash, 1, false),
            c => (Kind::Other, c.len_utf8(), false),
        };
        let range = self.at..self.at + length;
        self.at = range.end;
        Some(Piece { kind, range, unterminated })
    }
}

fn with(kind: Kind, rest: &str, end: Option<usize>) -> (Kind, usize, bool) {
    (kind, end.unwrap_or(rest.len()), end.is_none())
}

fn in_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || (!c.is_ascii() && !c.is_whitespace())
}

fn run(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}

fn quoted(text: &str, quote: u8, escapes: bool) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        if escapes && bytes[at] == b'\\' {
            at += 2;
        } else if bytes[at] == quote {
            if bytes.get(at + 1) == Some(&quote) {
                at += 2;
            } else {
                return Some(at + 1);
            }
        } else {
            at += 1;
        }
    }
    None
}

fn block_comment(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut depth = 0_usize;
    let mut at = 0;
    while at + 1 < bytes.len() {
        match (bytes[at], bytes[at + 1]) {
            (b'/', b'*') => {
                depth += 1;
                at += 2;
            }
            (b'*', b'/') => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => at += 1,
        }
    }
    None
}

fn dollar_tag(text: &str) -> Option<&str> {
    let end = text[1..].find(|c: char| !in_word(c))? + 1;
    let is_tag = text[end..].starts_with('$') && !text[1..end].starts_with(|c: char| c.is_ascii_digit());
    is_tag.then(|| &text[..=end])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::{Kind, Scanner};

    fn kinds(text: &str) -> Vec<(Kind, &str)> {
        Scanner::new(text)
            .filter(|piece| piece.kind != Kind::Space)
            .map(|piece| (piece.kind, &text[piece.range]))
            .collect()
    }

    #[test]
    fn literals_hide_what_is_in_them() {
        assert_eq!(
            kinds("a';'E'\\';'$$;$$$x$;$$;$x$\";\"/*/*;*/;*/;"),
            vec![
                (Kind::Word, "a"),
                (Kind::Text, "';'"),
                (Kind::Text, "E'\\';'"),
                (Kind::Dollar, "$$;$$"),
                (Kind::Dollar, "$x$;$$;$x$"),
                (Kind::QuotedName, "\";\""),
                (Kind::BlockComment, "/*/*;*/;*/"),
                (Kind::Semicolon, ";"),
            ]
        );
    }

    #[test]
    fn dollars_in_names_and_parameters_quote_nothing() {
        assert_eq!(kinds("a$b$ $1"), vec![(Kind::Word, "a$b$"), (Kind::Other, "$"), (Kind::Word, "1")]);
    }

    #[test]
    fn tells_what_does_not_end() {
        assert!(Scanner::new("select 'x").last().is_some_and(|piece| piece.unterminated));
        assert!(Scanner::new("$a$ x").next().is_some_and(|piece| piece.unterminated));
    }

    proptest! {
        #[test]
        fn covers_every_byte(text in any::<String>()) {
            let mut at = 0;
            for piece in Scanner::new(&text) {
                assert_eq!(piece.range.start, at);
                assert!(piece.range.end > at && text.is_char_boundary(piece.range.end));
                at = piece.range.end;
            }
            assert_eq!(at, text.len());
        }

        #[test]
        fn covers_every_byte_of_quotes(text in "[-'\"$/*\\\\aE;é\n]{0,40}") {
            assert_eq!(Scanner::new(&text).map(|piece| piece.range.len()).sum::<usize>(), text.len());
        }
    }
}

//! SQL string literals.

use std::fmt;

/// A text that displays as a SQL string literal. Written for `standard_conforming_strings = on`; a backslash brings the
/// `E''` form, which means the same under either setting (PostgreSQL manual 4.1.2.2).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Literal<'a>(pub(crate) &'a str);

impl fmt::Display for Literal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // PostgreSQL has no way to hold a NUL in a text; leaving it out is what the wire protocol would demand.
        let text = self.0.replace('\0', "");
        if text.contains('\\') {
            write!(f, "E'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
        } else {
            write!(f, "'{}'", text.replace('\'', "''"))
        }
    }
}

/// A text or NULL, displayed as SQL.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LiteralOrNull<'a>(pub(crate) Option<&'a str>);

impl fmt::Display for LiteralOrNull<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(text) => Literal(text).fmt(f),
            None => f.write_str("NULL"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Literal;

    #[test]
    fn doubles_quotes_and_backslashes() {
        assert_eq!(Literal("it's").to_string(), "'it''s'");
        assert_eq!(Literal(r"a\'b").to_string(), r"E'a\\''b'");
    }
}

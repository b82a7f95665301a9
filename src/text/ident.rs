//! SQL identifiers, always quoted.

use std::fmt;

use crate::text::reserved::RESERVED;

/// A name of a database object. Displayed, it is quoted for SQL.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Ident(String);

/// Why a text cannot be the name of a database object.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotAnIdent {
    /// The text is empty.
    #[error("a name is empty")]
    Empty,
    /// The text has a NUL character, which PostgreSQL stores in no name.
    #[error("the name `{0}` has a NUL character")]
    Nul(String),
    /// Longer than 63 bytes: the server would cut it silently (PostgreSQL manual 4.1.1, NAMEDATALEN).
    #[error("the name `{name}` is {bytes} bytes long, and PostgreSQL keeps 63")]
    TooLong { name: String, bytes: usize },
}

/// How many bytes of a name PostgreSQL keeps (manual 4.1.1, NAMEDATALEN).
const BYTES: usize = 63;

/// Cuts a name to what the server keeps of it.
pub(crate) fn cut(name: &str) -> &str {
    let end = (0..=name.len().min(BYTES)).rev().find(|end| name.is_char_boundary(*end));
    &name[..end.unwrap_or_default()]
}

impl Ident {
    /// Takes a name as it is, case included.
    ///
    /// # Errors
    /// An empty name, a NUL character, more than 63 bytes.
    pub(crate) fn parse(text: &str) -> Result<Self, NotAnIdent> {
        if text.is_empty() {
            return Err(NotAnIdent::Empty);
        }
        if text.contains('\0') {
            return Err(NotAnIdent::Nul(text.replace('\0', "")));
        }
        if text.len() > BYTES {
            return Err(NotAnIdent::TooLong { name: text.to_owned(), bytes: text.len() });
        }
        Ok(Self(text.to_owned()))
    }

    /// Returns the name without quotes.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Ident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.replace('"', "\"\""))
    }
}

/// A name with its schema. Displayed, both are quoted for SQL.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Qualified {
    /// The schema.
    pub(crate) schema: Ident,
    /// The name in it.
    pub(crate) name: Ident,
}

impl Qualified {
    /// Returns `schema.name` for people: quoted only where SQL would need it.
    pub(crate) fn plain(&self) -> String {
        format!("{}.{}", readable(self.schema.as_str()), readable(self.name.as_str()))
    }
}

impl fmt::Display for Qualified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.schema, self.name)
    }
}

/// Returns a name for people: as it is where it is plain lower case, else quoted.
pub(crate) fn readable(name: &str) -> String {
    let plain = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && name.chars().next().is_some_and(|c| !c.is_ascii_digit());
    if plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

/// Returns a name for SQL that people read: quoted only where it must be, by the same rule as the server's `quote_ident`.
pub(crate) fn sparing(name: &str) -> String {
    if RESERVED.binary_search(&name).is_ok() { format!("\"{name}\"") } else { readable(name) }
}

#[cfg(test)]
mod tests {
    use super::{Ident, NotAnIdent, readable, sparing};

    #[test]
    fn quotes() {
        assert_eq!(Ident::parse("we\"ird Näme").unwrap().to_string(), "\"we\"\"ird Näme\"");
        assert_eq!(readable("users"), "users");
        assert_eq!(readable("SequelizeMeta"), "\"SequelizeMeta\"");
        assert_eq!(sparing("users"), "users");
        assert_eq!(sparing("order"), "\"order\"");
        assert_eq!(sparing("a\"b"), "\"a\"\"b\"");
    }

    #[test]
    fn refuses_what_the_server_would_cut() {
        assert_eq!(Ident::parse(""), Err(NotAnIdent::Empty));
        assert!(Ident::parse(&"x".repeat(63)).is_ok());
        assert!(matches!(Ident::parse(&"ä".repeat(32)), Err(NotAnIdent::TooLong { bytes: 64, .. })));
        assert!(matches!(Ident::parse("a\0b"), Err(NotAnIdent::Nul(_))));
    }
}

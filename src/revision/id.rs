//! Revision ids.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

/// The name of a revision: any text that Alembic accepts as one (no `@ - + :`), and no comma, since our headers hold
/// comma-separated lists. Copies share the text: a plan repeats the ids of all rows after each step.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct RevisionId(Arc<str>);

/// Why a text is no revision id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotARevisionId {
    /// The text is empty.
    #[error("a revision id is empty")]
    Empty,
    /// A character that the identifier grammar uses for something else.
    #[error("`{character}` is not allowed in the revision id `{text}`")]
    Character { text: String, character: char },
}

impl RevisionId {
    /// Takes a text as a revision id; white space around it is left out.
    ///
    /// # Errors
    /// An empty text, or one with `@`, `-`, `+`, `:`, a comma or a control character.
    pub(crate) fn parse(text: &str) -> Result<Self, NotARevisionId> {
        let text = text.trim();
        if text.is_empty() {
            return Err(NotARevisionId::Empty);
        }
        match text.chars().find(|c| matches!(c, '@' | '-' | '+' | ':' | ',') || c.is_control()) {
            Some(character) => Err(NotARevisionId::Character { text: text.to_owned(), character }),
            None => Ok(Self(text.into())),
        }
    }

    /// Takes what stands in a version table as it is: other programs write there, too, and it may be no id of ours.
    pub(crate) fn recorded(text: &str) -> Self {
        Self(text.into())
    }

    /// Makes an id of 12 hexadecimal digits from random bytes, as Alembic's are.
    pub(crate) fn from_random(bytes: [u8; 6]) -> Self {
        Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into())
    }

    /// Returns the id as text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for RevisionId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RevisionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for RevisionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{NotARevisionId, RevisionId};

    #[test]
    fn takes_what_alembic_takes() {
        for text in ["ae1027a6acf0", "v1.2", "größe", "two words"] {
            assert_eq!(RevisionId::parse(text).unwrap().as_str(), text);
        }
        assert_eq!(RevisionId::parse("a-b"), Err(NotARevisionId::Character { text: "a-b".into(), character: '-' }));
        assert_eq!(RevisionId::parse("  "), Err(NotARevisionId::Empty));
        assert_eq!(RevisionId::from_random([0, 1, 0xab, 3, 4, 5]).as_str(), "0001ab030405");
    }
}

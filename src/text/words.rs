//! The words of a text, for looks that need no grammar.

/// Returns the words of a text, comments and strings included: letters, digits and underscores.
pub(crate) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// Returns whether a text has one of these words, in either case.
pub(crate) fn has_word(text: &str, wanted: &[&str]) -> bool {
    words(text).any(|word| wanted.iter().any(|wanted| word.eq_ignore_ascii_case(wanted)))
}

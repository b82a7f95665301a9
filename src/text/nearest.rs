//! "Did you mean": the nearest known word.

/// Returns the known word nearest to what was typed, if one is near enough to be meant.
pub(crate) fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|word| (strsim::damerau_levenshtein(typed, word), word))
        .filter(|(distance, word)| *distance <= (word.chars().count() / 3).max(1) + 1)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_slips_and_refuses_strangers() {
        assert_eq!(nearest("down_revison", ["revision", "down_revision"]), Some("down_revision"));
        assert_eq!(nearest("colour", ["revision", "depends_on"]), None);
    }
}

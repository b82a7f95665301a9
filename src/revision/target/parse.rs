//! The grammar of relative arguments (ALEMBIC.md §2.1): found at the beginning of the text, and what follows is ignored,
//! as Alembic's pattern does it. `+1x` is `+1`, and the label in `net-2@head` is torn: `net` minus 2.

/// An argument `[label@][word]±N`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Relative<'a> {
    /// What stands before the `@`.
    pub(crate) label: Option<&'a str>,
    /// The word that the steps start from; none for the rows of the version table.
    pub(crate) symbol: Option<&'a str>,
    /// Up where positive, down where negative.
    pub(crate) steps: i64,
}

/// Reads a text as `[label@][word]±N`: the shortest label after which the rest fits, else none.
pub(super) fn relative(text: &str) -> Option<Relative<'_>> {
    let labelled = text.match_indices('@').filter(|(at, _)| *at > 0).find_map(|(at, _)| {
        let (symbol, steps) = steps(&text[at + 1..])?;
        (!text[..at].contains('\n')).then_some(Relative { label: Some(&text[..at]), symbol, steps })
    });
    labelled.or_else(|| steps(text).map(|(symbol, steps)| Relative { label: None, symbol, steps }))
}

/// Reads `[word]±N` at the beginning of a text.
fn steps(text: &str) -> Option<(Option<&str>, i64)> {
    let word = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    let (symbol, rest) = text.split_at(word);
    let sign = if rest.starts_with('+') { 1 } else { -1 };
    let digits = rest.strip_prefix(['+', '-'])?;
    let digits = &digits[..digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len())];
    if digits.is_empty() {
        return None;
    }
    let number = digits.parse().unwrap_or(i64::MAX);
    Some((Some(symbol).filter(|symbol| !symbol.is_empty()), sign * number))
}

/// Reads a whole text as a number below zero: steps down from the heads.
pub(super) fn below_heads(text: &str) -> Option<i64> {
    let digits = text.trim().strip_prefix('-')?;
    let number = digits.chars().all(|c| c.is_ascii_digit()).then(|| digits.parse().unwrap_or(i64::MAX));
    number.filter(|number| *number > 0 && !digits.is_empty()).map(|number: i64| -number)
}

#[cfg(test)]
mod tests {
    use super::{Relative, below_heads, relative};

    #[test]
    fn what_is_relative() {
        let parsed = |text| relative(text).map(|Relative { label, symbol, steps }| (label, symbol, steps));
        assert_eq!(parsed("+1"), Some((None, None, 1)));
        assert_eq!(parsed("-2x"), Some((None, None, -2)));
        assert_eq!(parsed("one@+1"), Some((Some("one"), None, 1)));
        assert_eq!(parsed("one@head-1"), Some((Some("one"), Some("head"), -1)));
        assert_eq!(parsed("net-2@head"), Some((None, Some("net"), -2)));
        assert_eq!(parsed("net-2@+1"), Some((Some("net-2"), None, 1)));
        assert_eq!(parsed("a@b@c+1"), Some((Some("a@b"), Some("c"), 1)));
        assert_eq!(parsed("@x+1"), None);
        assert_eq!(parsed("v1.2+1"), None);
        assert_eq!(parsed("a+"), None);
        assert_eq!(parsed("head"), None);
        assert_eq!(parsed("+99999999999999999999"), Some((None, None, i64::MAX)));
        assert_eq!(
            (below_heads("-3"), below_heads("-0"), below_heads("-"), below_heads("3")),
            (Some(-3), None, None, None)
        );
    }
}

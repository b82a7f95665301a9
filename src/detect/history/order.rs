//! The orders in which tools count their versions.

use std::cmp::Ordering;
use std::collections::HashMap;

/// Compares versions such as `1.2.10` and `1_3` by their numbers; parts that are no numbers compare as text. Flyway reads
/// `1.2.3` and `1_2_3`, `1` and `1.0` as one version.
pub(super) fn by_numeric_parts(a: &str, b: &str) -> Ordering {
    let parts = |version: &str| -> Vec<String> { version.split(['.', '_']).map(str::to_owned).collect() };
    let (a, b) = (parts(a), parts(b));
    for index in 0..a.len().max(b.len()) {
        let (a, b) = (a.get(index).map_or("0", String::as_str), b.get(index).map_or("0", String::as_str));
        let order = match (a.parse::<u128>(), b.parse::<u128>()) {
            (Ok(a), Ok(b)) => a.cmp(&b),
            _ => a.cmp(b),
        };
        if order.is_ne() {
            return order;
        }
    }
    Ordering::Equal
}

/// Returns the last value of each key, keys in the order of those last values.
pub(super) fn newest_per_key<'a>(pairs: impl Iterator<Item = (&'a str, bool)>) -> Vec<(&'a str, bool)> {
    let pairs: Vec<(&str, bool)> = pairs.collect();
    let last: HashMap<&str, usize> = pairs.iter().enumerate().map(|(index, (key, _))| (*key, index)).collect();
    pairs
        .into_iter()
        .enumerate()
        .filter(|(index, (key, _))| last.get(key) == Some(index))
        .map(|(_, pair)| pair)
        .collect()
}

/// Returns the names of a chain, root first. Each link is (key, key of the one before, name). Links that hang on nothing
/// known keep the order in which they came and stand at the end, so that none is lost.
pub(super) fn chain(links: Vec<(&str, Option<&str>, &str)>) -> Vec<String> {
    let mut next: HashMap<Option<&str>, Vec<usize>> = HashMap::new();
    for (index, (_, before, _)) in links.iter().enumerate() {
        next.entry(*before).or_default().push(index);
    }
    let mut names = Vec::new();
    let mut seen = vec![false; links.len()];
    let mut open: Vec<usize> = next.get(&None).map(|roots| roots.iter().rev().copied().collect()).unwrap_or_default();
    while let Some(index) = open.pop() {
        let Some((key, _, name)) = links.get(index).copied() else { continue };
        if std::mem::replace(&mut seen[index], true) {
            continue;
        }
        names.push(name.to_owned());
        open.extend(next.get(&Some(key)).into_iter().flatten().rev());
    }
    names.extend(links.iter().zip(&seen).filter(|(_, seen)| !**seen).map(|((_, _, name), _)| (*name).to_owned()));
    names
}

/// Returns the last row of each group, `group` and `name` joined, all in one text. Rows are (group, name).
pub(super) fn last_of_each(rows: &[super::Row], by: &str) -> Option<String> {
    let mut last: std::collections::BTreeMap<&str, &str> = std::collections::BTreeMap::new();
    for row in rows {
        if let [Some(group), Some(name), ..] = row.as_slice() {
            last.insert(group, name);
        }
    }
    let texts: Vec<String> = last.iter().map(|(group, name)| format!("{group}{by}{name}")).collect();
    (!texts.is_empty()).then(|| texts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::{by_numeric_parts, chain};

    #[test]
    fn numbers_compare_as_numbers() {
        assert!(by_numeric_parts("2", "10").is_lt());
        assert!(by_numeric_parts("1.2.3", "1_2_3").is_eq());
        assert!(by_numeric_parts("1", "1.0").is_eq());
        assert!(by_numeric_parts("1.0.1", "1").is_gt());
        assert!(by_numeric_parts("20240115143002", "3").is_gt());
    }

    #[test]
    fn chains_lose_nothing() {
        assert_eq!(chain(vec![("b", Some("a"), "2"), ("a", None, "1")]), ["1", "2"]);
        assert_eq!(chain(vec![("x", Some("gone"), "9"), ("a", None, "1")]), ["1", "9"]);
        assert_eq!(chain(vec![("a", Some("b"), "1"), ("b", Some("a"), "2")]), ["1", "2"], "a ring ends too");
    }
}

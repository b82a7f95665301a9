//! File names.

/// Returns the directory (empty for none) and the name of a path.
pub(super) fn split_path(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// Returns the part after the last dot of the file's name.
pub(super) fn extension(path: &str) -> Option<&str> {
    split_path(path).1.rsplit_once('.').map(|(_, extension)| extension)
}

/// Returns the digits at the beginning and what follows.
pub(super) fn leading_digits(name: &str) -> Option<(&str, &str)> {
    let end = name.find(|c: char| !c.is_ascii_digit()).unwrap_or(name.len());
    (end > 0).then(|| name.split_at(end))
}

/// Returns the version and the name of `<digits>_<name>`.
pub(super) fn numbered(name: &str) -> Option<(&str, &str)> {
    let (digits, rest) = leading_digits(name)?;
    Some((digits, rest.strip_prefix('_')?))
}

/// Makes the title of a revision: words instead of underscores, a capital at the beginning.
pub(super) fn title(name: &str, version: &str) -> String {
    let mut name = name.trim();
    while let Some(shorter) = name.strip_suffix(".sql") {
        name = shorter;
    }
    let separators: &[char] = if name.contains(['_', ' ']) { &['_'] } else { &['_', '-'] };
    let spaced = name.replace(|c: char| separators.contains(&c) || c.is_control(), " ");
    let words = spaced.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut characters = words.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => format!("Version {version}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{numbered, title};

    #[test]
    fn titles() {
        for (name, expected) in [
            ("create_users", "Create users"),
            ("add-crate-downloads-index", "Add crate downloads index"),
            ("add_non-null__check", "Add non-null check"),
            ("create_apps_table.sql", "Create apps table"),
            ("CreateUsers", "CreateUsers"),
            ("über\nuns", "Über uns"),
            ("", "Version 7"),
            ("_", "Version 7"),
        ] {
            assert_eq!(title(name, "7"), expected);
        }
    }

    #[test]
    fn numbers() {
        assert_eq!(numbered("001_a_b.sql"), Some(("001", "a_b.sql")));
        assert_eq!(numbered("a_b.sql"), None);
        assert_eq!(numbered("1.sql"), None);
    }
}

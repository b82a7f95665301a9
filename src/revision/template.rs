//! Names of revision files.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::revision::id::RevisionId;

/// Returns the file name for a new revision: `template` with `YYYY`, `MM`, `DD`, `HHMM`, `HH`, `SS`, `<revision>` and
/// `<slug>` filled in (UTC), and `.sql`. The header decides; the name is only a label.
pub(crate) fn file_name(template: &str, revision: &RevisionId, title: &str, time: Timestamp) -> String {
    let time = time.to_zoned(TimeZone::UTC);
    let tokens = [
        ("<revision>", revision.as_str().replace(['/', '\\'], "_")),
        ("<slug>", slug(title)),
        ("YYYY", format!("{:04}", time.year())),
        ("HHMM", format!("{:02}{:02}", time.hour(), time.minute())),
        ("MM", format!("{:02}", time.month())),
        ("DD", format!("{:02}", time.day())),
        ("HH", format!("{:02}", time.hour())),
        ("SS", format!("{:02}", time.second())),
    ];
    let mut name = String::new();
    let mut rest = template;
    'next: while let Some(first) = rest.chars().next() {
        for (token, value) in &tokens {
            if let Some(after) = rest.strip_prefix(token) {
                name.push_str(value);
                rest = after;
                continue 'next;
            }
        }
        name.push(first);
        rest = &rest[first.len_utf8()..];
    }
    // A title without a word leaves the separator before the slug behind.
    let name = name.trim_end_matches(['_', '-']);
    if name.ends_with(".sql") { name.to_owned() } else { format!("{name}.sql") }
}

/// Returns the words of a title in lower case, joined by `_`, at most 40 characters, cut at a word.
pub(crate) fn slug(title: &str) -> String {
    let mut slug = String::new();
    for word in title.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let word = word.to_lowercase();
        let longer = slug.chars().count() + 1 + word.chars().count();
        if slug.is_empty() {
            slug.extend(word.chars().take(40));
        } else if longer <= 40 {
            slug.push('_');
            slug.push_str(&word);
        } else {
            break;
        }
    }
    slug
}

#[cfg(test)]
mod tests {
    use super::{file_name, slug};
    use crate::revision::id::RevisionId;

    #[test]
    fn names() {
        let id = RevisionId::parse("ae1027a6acf0").unwrap();
        let time = "2024-01-15T10:30:45Z".parse().unwrap();
        assert_eq!(
            file_name("YYYY_MM_DD_HHMM_<revision>_<slug>", &id, "User's profile: fields!", time),
            "2024_01_15_1030_ae1027a6acf0_user_s_profile_fields.sql"
        );
        assert_eq!(file_name("YYYYMMDDHHMMSS-<revision>_<slug>", &id, "!", time), "20240115103045-ae1027a6acf0.sql");
        assert_eq!(slug(&"word ".repeat(20)), "word_word_word_word_word_word_word_word");
        assert_eq!(slug(&"x".repeat(50)).len(), 40);
    }
}

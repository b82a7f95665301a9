//! Names of revision files, and files written after a template of the project.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::revision::id::RevisionId;
use crate::revision::script::{NewDown, NewScript, ScriptError, parse_header, parse_sections};

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

/// The template that files are written after where the project has none: what [`crate::revision::script::render`]
/// writes.
pub(crate) const DEFAULT: &str = "\
-- <message>
--
-- revision: <revision>
-- down_revision: <down_revision>
-- branch_labels: <branch_labels>
-- depends_on: <depends_on>
-- create_date: <create_date>

-- migrate:up
<up>

-- migrate:down
<down>
";

/// The places of a template.
pub(crate) const PLACES: [&str; 8] = [
    "<message>",
    "<revision>",
    "<down_revision>",
    "<branch_labels>",
    "<depends_on>",
    "<create_date>",
    "<up>",
    "<down>",
];

/// Why a template gives no revision file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TemplateError {
    /// What is written after it cannot be read again.
    #[error("what is written after the template is no revision file: {0}")]
    Unreadable(#[source] ScriptError),
    /// What is read again is not what was to be written.
    #[error("the template loses `{key}`")]
    Loses { key: &'static str },
}

/// Writes a revision file after a template. A line whose only place has nothing to hold is left out; each line of a
/// message and of a section stands on a line of its own, with what the template has before the place.
///
/// # Errors
/// A template that leaves out what the revision needs.
pub(crate) fn from_template(template: &str, script: &NewScript<'_>) -> Result<String, TemplateError> {
    let header = script.header;
    let list = |ids: &[RevisionId]| ids.iter().map(RevisionId::as_str).collect::<Vec<_>>().join(", ");
    let down = match script.down {
        NewDown::Section(text, _) => text,
        NewDown::Irreversible => "",
    };
    let values: [String; 8] = [
        header.message.clone(),
        header.revision.to_string(),
        list(&header.down_revision),
        header.branch_labels.join(", "),
        header.depends_on.join(", "),
        header.create_date.clone().unwrap_or_default(),
        script.up.trim_end().to_owned(),
        down.trim_end().to_owned(),
    ];
    let mut text = String::new();
    for line in template.lines() {
        let found =
            PLACES.iter().zip(&values).filter_map(|(place, value)| line.split_once(place).map(|at| (at, value)));
        let found: Vec<_> = found.collect();
        match found.as_slice() {
            [] => text.push_str(line),
            [((_, _), value)] if value.is_empty() => continue,
            [((before, after), value)] => {
                let lines: Vec<String> =
                    value.lines().map(|value| format!("{before}{value}{after}").trim_end().to_owned()).collect();
                text.push_str(&lines.join("\n"));
            }
            _ => {
                let filled = PLACES.iter().zip(&values).fold(line.to_owned(), |line, (place, value)| {
                    line.replace(place, value.lines().next().unwrap_or_default())
                });
                text.push_str(&filled);
            }
        }
        let off = match script.down {
            _ if line.starts_with("-- migrate:up") && !script.up_transaction => " transaction=off",
            NewDown::Section(_, false) if line.starts_with("-- migrate:down") => " transaction=off",
            NewDown::Irreversible if line == "-- migrate:down" => " irreversible",
            NewDown::Section(..) | NewDown::Irreversible => "",
        };
        text.push_str(off);
        text.push('\n');
    }
    let read = parse_header(&text).map_err(TemplateError::Unreadable)?;
    parse_sections(&text).map_err(TemplateError::Unreadable)?;
    let kept = [
        ("revision", read.revision == header.revision),
        ("down_revision", read.down_revision == header.down_revision),
        ("branch_labels", read.branch_labels == header.branch_labels),
        ("depends_on", read.depends_on == header.depends_on),
        ("message", read.title() == header.title()),
    ];
    match kept.into_iter().find(|(_, is)| !is) {
        Some((key, _)) => Err(TemplateError::Loses { key }),
        None => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    use super::{DEFAULT, TemplateError, file_name, from_template, slug};
    use crate::revision::id::RevisionId;
    use crate::revision::script::{Header, NewDown, NewScript, render};

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

    #[test]
    fn the_default_template_writes_what_render_writes() {
        let id = |text| RevisionId::parse(text).unwrap();
        let mut header = Header {
            revision: id("b"),
            down_revision: vec![id("a"), id("c")],
            branch_labels: vec!["lab".into()],
            depends_on: vec!["x".into()],
            create_date: Some("2024-01-15T10:30:45Z".into()),
            message: "One\n\nTwo".into(),
        };
        let script = NewScript { header: &header, up: "", up_transaction: true, down: NewDown::Section("", true) };
        assert_eq!(from_template(DEFAULT, &script).unwrap(), render(&script));
        let script = NewScript { up: "select 1;\nselect 2;\n", up_transaction: false, ..script };
        assert_eq!(from_template(DEFAULT, &script).unwrap(), render(&script));
        let without = DEFAULT.replace("-- depends_on: <depends_on>\n", "");
        assert_eq!(from_template(&without, &script), Err(TemplateError::Loses { key: "depends_on" }));
        assert!(matches!(from_template("-- <message>\n", &script), Err(TemplateError::Unreadable(_))));
        header.depends_on.clear();
        let script = NewScript { header: &header, up: "", up_transaction: true, down: NewDown::Irreversible };
        assert!(!from_template(DEFAULT, &script).unwrap().contains("depends_on"));
        assert!(from_template(DEFAULT, &script).unwrap().contains("-- migrate:down irreversible\n"));
    }
}

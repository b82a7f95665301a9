//! A revision file: header and sections (DESIGN §3).

use std::fmt::Write as _;
use std::ops::Range;

use crate::revision::id::{NotARevisionId, RevisionId};
use crate::text::nearest::nearest;
use crate::text::statements::{SplitError, comments};

const KEYS: [&str; 5] = ["revision", "down_revision", "branch_labels", "depends_on", "create_date"];

/// What the header of a file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// The revision's own id.
    pub(crate) revision: RevisionId,
    /// The parents; none for a base, several for a merge point.
    pub(crate) down_revision: Vec<RevisionId>,
    /// The branch labels that the revision declares.
    pub(crate) branch_labels: Vec<String>,
    /// Ids or branch labels of other revisions that have to be there first.
    pub(crate) depends_on: Vec<String>,
    /// When the revision was written, as written.
    pub(crate) create_date: Option<String>,
    /// The free text; its first line is the title.
    pub(crate) message: String,
}

impl Header {
    /// Returns the first line of the message.
    pub(crate) fn title(&self) -> &str {
        self.message.lines().next().unwrap_or_default()
    }
}

/// The sections of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sections {
    /// The way up.
    pub(crate) up: Section,
    /// The way back.
    pub(crate) down: Down,
}

/// One section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Section {
    /// The bytes of its text in the file, after the marker's line.
    pub(crate) body: Range<usize>,
    /// Whether it runs in one transaction (the default).
    pub(crate) transaction: bool,
}

/// The way back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Down {
    /// The file has no down section.
    Missing,
    /// The file says `-- migrate:down irreversible`.
    Irreversible,
    /// There is one; an empty one is a deliberate no-op.
    Section(Section),
}

/// What is wrong with a file, and at which byte.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub(crate) struct ScriptError {
    /// The error itself.
    #[source]
    pub(crate) what: ScriptFault,
    /// The byte in the file at which it stands.
    pub(crate) offset: usize,
}

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ScriptFault {
    /// No marker at all.
    #[error("there is no line `-- migrate:up`")]
    NoUp,
    /// The same marker twice.
    #[error("there is a second `-- migrate:{0}`")]
    Twice(&'static str),
    /// Statements that would never run.
    #[error("SQL stands before the first `-- migrate:` line, where it would never run")]
    SqlBeforeMarker,
    /// A header without an id.
    #[error("the header has no `revision:`")]
    NoRevision,
    /// A header paragraph's line that is no `key: value`.
    #[error("a line among the header's keys is not `key: value`")]
    NotAKey,
    /// An unknown key.
    #[error("`{key}` is not a key of the header")]
    UnknownKey { key: String, near: Option<&'static str> },
    /// A key twice.
    #[error("`{0}` stands twice in the header")]
    KeyTwice(String),
    /// A value that is no id.
    #[error(transparent)]
    Id(#[from] NotARevisionId),
    /// An unknown option after a marker.
    #[error("`{option}` is not an option of `-- migrate:{section}`")]
    UnknownOption { option: String, section: &'static str, near: Option<&'static str> },
    /// `irreversible` with statements after it.
    #[error("the down section says `irreversible` and has statements all the same")]
    IrreversibleWithStatements,
    /// The text of a section.
    #[error(transparent)]
    Text(#[from] SplitError),
}

/// Reads the header. `text` may be the beginning of a file, as long as the first marker is in it.
///
/// # Errors
/// A header without id, with unknown keys or with values that are no ids; SQL before the first marker; no marker.
pub(crate) fn parse_header(text: &str) -> Result<Header, ScriptError> {
    let mut message: Vec<&str> = Vec::new();
    let mut keys: Vec<(usize, &str)> = Vec::new();
    let mut paragraph: Vec<(usize, &str)> = Vec::new();
    let mut at = bom(text);
    let mut marker = false;
    let mut close = |paragraph: &mut Vec<(usize, &'_ str)>| {
        if paragraph.iter().any(|(_, line)| key_of(line) == Some("revision")) {
            // Only the last such paragraph counts: what looked like one before was free text.
            for (_, line) in std::mem::take(&mut keys) {
                message.push(line);
            }
            keys = std::mem::take(paragraph).into_iter().map(|(at, line)| (at, &text[at..at + line.len()])).collect();
        } else if keys.is_empty() {
            for (at, line) in paragraph.drain(..) {
                message.push(&text[at..at + line.len()]);
            }
            message.push("");
        } else {
            paragraph.clear();
        }
    };
    while at < text.len() {
        let start = at;
        // Header lines are short, and there may be thousands of headers: a plain loop is quicker than a searcher.
        let end = text.as_bytes()[at..].iter().position(|byte| *byte == b'\n').map_or(text.len(), |line| at + line + 1);
        at = end;
        let content = text[start..end].trim_end();
        let Some(comment) = content.strip_prefix("--") else {
            if content.trim().is_empty() {
                close(&mut paragraph);
                continue;
            }
            return Err(ScriptError { what: ScriptFault::SqlBeforeMarker, offset: start });
        };
        if marker_of(content).is_some() {
            marker = true;
            break;
        }
        let comment = comment.strip_prefix(' ').unwrap_or(comment);
        if comment.trim().is_empty() {
            close(&mut paragraph);
        } else {
            paragraph.push((start + content.len() - comment.len(), comment));
        }
    }
    close(&mut paragraph);
    if !marker {
        return Err(ScriptError { what: ScriptFault::NoUp, offset: 0 });
    }
    header(&keys, &message)
}

/// Returns where a key of the header stands, with its value: the last line of it before the first marker.
pub(crate) fn key_place(text: &str, key: &str) -> Option<Range<usize>> {
    let mut at = bom(text);
    let mut found = None;
    for line in text[at..].split_inclusive('\n') {
        let content = line.trim_end();
        if marker_of(content).is_some() {
            break;
        }
        if content.strip_prefix("--").and_then(key_of) == Some(key) {
            found = Some(at..at + content.len());
        }
        at += line.len();
    }
    found
}

/// Reads the sections of a whole file.
///
/// # Errors
/// Missing or repeated markers, unknown options, and text that no server can run.
pub(crate) fn parse_sections(text: &str) -> Result<Sections, ScriptError> {
    let mut found: Vec<(Marker<'_>, usize, usize)> = Vec::new();
    for comment in comments(text).map_err(|error| ScriptError { offset: error.offset(), what: error.into() })? {
        let at_line_start =
            comment.start == bom(text) || text.as_bytes().get(comment.start.wrapping_sub(1)) == Some(&b'\n');
        if !at_line_start {
            continue;
        }
        if let Some(marker) = marker_of(text[comment.clone()].trim_end()) {
            let end = text[comment.start..].find('\n').map_or(text.len(), |newline| comment.start + newline + 1);
            found.push((marker, comment.start, end));
        }
    }
    let mut up = None;
    let mut down = None;
    for (index, (marker, start, body)) in found.iter().enumerate() {
        let end = found.get(index + 1).map_or(text.len(), |(_, next, _)| *next);
        let options = options(marker, *start)?;
        let slot = if marker.section == "up" { &mut up } else { &mut down };
        if slot.is_some() {
            return Err(ScriptError { what: ScriptFault::Twice(marker.section), offset: *start });
        }
        *slot = Some((Section { body: *body..end, transaction: options.transaction }, options.irreversible));
    }
    let Some((up, _)) = up else { return Err(ScriptError { what: ScriptFault::NoUp, offset: 0 }) };
    let down = match down {
        None => Down::Missing,
        Some((section, false)) => Down::Section(section),
        Some((section, true)) => {
            let body = &text[section.body.clone()];
            let statements = crate::text::statements::split(body).map(|split| split.statements).unwrap_or_default();
            if let Some(first) = statements.first() {
                let offset = section.body.start + first.range.start;
                return Err(ScriptError { what: ScriptFault::IrreversibleWithStatements, offset });
            }
            Down::Irreversible
        }
    };
    Ok(Sections { up, down })
}

/// A revision file to be written.
#[derive(Clone, Debug)]
pub(crate) struct NewScript<'a> {
    /// The header.
    pub(crate) header: &'a Header,
    /// The text of the up section.
    pub(crate) up: &'a str,
    /// Whether the up section runs in one transaction.
    pub(crate) up_transaction: bool,
    /// The down section.
    pub(crate) down: NewDown<'a>,
}

/// The way back of a file to be written.
#[derive(Clone, Copy, Debug)]
pub(crate) enum NewDown<'a> {
    /// There is none.
    Irreversible,
    /// Its text and whether it runs in one transaction.
    Section(&'a str, bool),
}

/// Writes a revision file.
pub(crate) fn render(script: &NewScript<'_>) -> String {
    let header = script.header;
    let mut text = String::new();
    for line in header.message.lines() {
        line_of(&mut text, "--", line.trim_end());
    }
    text.push_str("--\n");
    line_of(&mut text, "-- revision:", header.revision.as_str());
    let lists: [(&str, Vec<&str>); 3] = [
        ("-- down_revision:", header.down_revision.iter().map(RevisionId::as_str).collect()),
        ("-- branch_labels:", header.branch_labels.iter().map(String::as_str).collect()),
        ("-- depends_on:", header.depends_on.iter().map(String::as_str).collect()),
    ];
    for (key, list) in lists {
        if !list.is_empty() {
            line_of(&mut text, key, &list.join(", "));
        }
    }
    if let Some(date) = &header.create_date {
        line_of(&mut text, "-- create_date:", date);
    }
    section(&mut text, "up", script.up, script.up_transaction);
    match script.down {
        NewDown::Irreversible => text.push_str("\n-- migrate:down irreversible\n"),
        NewDown::Section(down, transaction) => section(&mut text, "down", down, transaction),
    }
    text
}

fn section(text: &mut String, name: &str, body: &str, transaction: bool) {
    let option = if transaction { "" } else { " transaction=off" };
    // Writing to a String cannot fail.
    writeln!(text, "\n-- migrate:{name}{option}").ok();
    text.push_str(body);
    if !body.is_empty() && !body.ends_with('\n') {
        text.push('\n');
    }
}

fn line_of(text: &mut String, key: &str, value: &str) {
    text.push_str(key);
    if !value.is_empty() {
        text.push(' ');
        text.push_str(value);
    }
    text.push('\n');
}

fn header(keys: &[(usize, &str)], message: &[&str]) -> Result<Header, ScriptError> {
    let mut values: [Option<(usize, &str)>; 5] = [None; 5];
    for (at, line) in keys {
        let fault = |what| ScriptError { what, offset: *at };
        let (key, value) = line.split_once(':').ok_or_else(|| fault(ScriptFault::NotAKey))?;
        let key = key.trim();
        let Some(index) = KEYS.iter().position(|known| *known == key) else {
            return Err(fault(ScriptFault::UnknownKey { key: key.to_owned(), near: nearest(key, KEYS) }));
        };
        if values[index].is_some() {
            return Err(fault(ScriptFault::KeyTwice(key.to_owned())));
        }
        values[index] = Some((at + line.len() - value.trim_start().len(), value.trim()));
    }
    let id =
        |at: usize, text: &str| RevisionId::parse(text).map_err(|error| ScriptError { what: error.into(), offset: at });
    let list = |slot: Option<(usize, &str)>| -> Vec<String> {
        slot.map(|(_, value)| {
            value.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
        })
        .unwrap_or_default()
    };
    let [revision, down_revision, branch_labels, depends_on, create_date] = values;
    let (at, revision) = revision.ok_or(ScriptError { what: ScriptFault::NoRevision, offset: 0 })?;
    Ok(Header {
        revision: id(at, revision)?,
        down_revision: list(down_revision)
            .iter()
            .map(|parent| id(down_revision.map_or(0, |(at, _)| at), parent))
            .collect::<Result<_, _>>()?,
        branch_labels: list(branch_labels),
        depends_on: list(depends_on),
        create_date: create_date.map(|(_, value)| value.to_owned()).filter(|value| !value.is_empty()),
        message: message.join("\n").trim().to_owned(),
    })
}

fn key_of(line: &str) -> Option<&str> {
    let colon = line.as_bytes().iter().position(|byte| *byte == b':')?;
    Some(line[..colon].trim())
}

fn bom(text: &str) -> usize {
    if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 }
}

/// A line `-- migrate:up …`.
struct Marker<'a> {
    section: &'static str,
    options: &'a str,
}

fn marker_of(line: &str) -> Option<Marker<'_>> {
    let rest = line.strip_prefix("--")?.trim_start().strip_prefix("migrate:")?;
    let (section, options) = rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len()));
    let section = match section {
        "up" => "up",
        "down" => "down",
        _ => return None,
    };
    Some(Marker { section, options: options.trim() })
}

struct Options {
    transaction: bool,
    irreversible: bool,
}

fn options(marker: &Marker<'_>, offset: usize) -> Result<Options, ScriptError> {
    let mut options = Options { transaction: true, irreversible: false };
    for option in marker.options.split_whitespace() {
        match option {
            "transaction=off" => options.transaction = false,
            "transaction=on" => options.transaction = true,
            "irreversible" if marker.section == "down" => options.irreversible = true,
            _ => {
                let known = ["transaction=off", "transaction=on", "irreversible"];
                let known = &known[..if marker.section == "down" { 3 } else { 2 }];
                return Err(ScriptError {
                    what: ScriptFault::UnknownOption {
                        option: option.to_owned(),
                        section: marker.section,
                        near: nearest(option, known.iter().copied()),
                    },
                    offset,
                });
            }
        }
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::proptest;

    use super::{Down, Header, NewDown, NewScript, ScriptFault, parse_header, parse_sections, render};
    use crate::revision::id::RevisionId;

    const FILE: &str = "\u{feff}-- Feature: user profile fields\r\n-- second line: with a colon\n--\n-- more text\n--\n-- revision: ae1027a6acf0\n-- down_revision: 1975ea83b712, b\n-- branch_labels: notifications\n-- depends_on: 27c6a30d7c24\n-- create_date: 2024-01-15T10:30:45Z\n\n-- migrate:up transaction=off\nselect '\n-- migrate:down\n';\n\n-- migrate:down\nselect 2;\n";

    fn id(text: &str) -> RevisionId {
        RevisionId::parse(text).unwrap()
    }

    #[test]
    fn reads_the_example() {
        let header = parse_header(FILE).unwrap();
        assert_eq!(header.revision, id("ae1027a6acf0"));
        assert_eq!(header.down_revision, [id("1975ea83b712"), id("b")]);
        assert_eq!(header.branch_labels, ["notifications"]);
        assert_eq!(header.depends_on, ["27c6a30d7c24"]);
        assert_eq!(header.create_date.as_deref(), Some("2024-01-15T10:30:45Z"));
        assert_eq!(header.title(), "Feature: user profile fields");
        assert_eq!(header.message, "Feature: user profile fields\nsecond line: with a colon\n\nmore text");
    }

    #[test]
    fn a_marker_in_a_literal_is_text() {
        let sections = parse_sections(FILE).unwrap();
        assert!(!sections.up.transaction);
        assert_eq!(&FILE[sections.up.body], "select '\n-- migrate:down\n';\n\n");
        let Down::Section(down) = sections.down else { panic!("no down section") };
        assert!(down.transaction);
        assert_eq!(&FILE[down.body], "select 2;\n");
    }

    #[test]
    fn ways_back() {
        let file = "-- m\n\n-- revision: a\n\n-- migrate:up\n";
        assert_eq!(parse_sections(file).unwrap().down, Down::Missing);
        let irreversible = format!("{file}-- migrate:down irreversible\n-- because\n");
        assert_eq!(parse_sections(&irreversible).unwrap().down, Down::Irreversible);
        let empty = format!("{file}-- migrate:down\n");
        assert!(matches!(parse_sections(&empty).unwrap().down, Down::Section(_)));
    }

    #[test]
    fn faults_have_their_place() {
        let table = [
            ("-- revision: a\n-- down_revison: b\n-- migrate:up\n", "-- down_revison", 3),
            ("select 1;\n-- migrate:up\n", "select", 0),
            ("-- revision: a-b\n-- migrate:up\n", "-- revision: a-b", 13),
            ("-- revision: a\n-- and so on\n-- migrate:up\n", "-- and", 3),
        ];
        for (file, place, plus) in table {
            let error = parse_header(file).unwrap_err();
            assert_eq!(error.offset, file.find(place).unwrap() + plus, "{file}: {error}");
        }
        assert!(matches!(
            parse_header("-- revision: a\n-- down_revison: b\n-- migrate:up\n").unwrap_err().what,
            ScriptFault::UnknownKey { near: Some("down_revision"), .. }
        ));
        assert_eq!(parse_header("-- only text\n\n-- migrate:up\n").unwrap_err().what, ScriptFault::NoRevision);
        assert_eq!(parse_header("-- revision: a\n").unwrap_err().what, ScriptFault::NoUp);
        let twice = "-- revision: a\n\n-- migrate:up\n-- migrate:up\n";
        assert_eq!(parse_sections(twice).unwrap_err().what, ScriptFault::Twice("up"));
        assert!(matches!(
            parse_sections("-- migrate:up transaction:off\n").unwrap_err().what,
            ScriptFault::UnknownOption { near: Some("transaction=off"), .. }
        ));
        assert_eq!(
            parse_sections("-- migrate:up\n-- migrate:down irreversible\nselect 1;").unwrap_err().what,
            ScriptFault::IrreversibleWithStatements
        );
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(
            message in "[a-zA-Z][a-zA-Z .,']{0,30}(\n[a-z][a-z ]{0,9})?",
            revision in "[a-z0-9.]{1,12}",
            parents in proptest::collection::vec("[a-z0-9]{1,8}", 0..3),
            labels in proptest::collection::vec("[a-z]{1,8}", 0..3),
            off in proptest::bool::ANY,
        ) {
            let header = Header {
                revision: id(&revision),
                down_revision: parents.iter().map(|parent| id(parent)).collect(),
                branch_labels: labels,
                depends_on: Vec::new(),
                create_date: Some("2024-01-15T10:30:45Z".to_owned()),
                message: message.lines().map(str::trim).collect::<Vec<_>>().join("\n"),
            };
            let text = render(&NewScript {
                header: &header,
                up: "SELECT 1;",
                up_transaction: !off,
                down: NewDown::Section("SELECT 2;\n", true),
            });
            assert_eq!(parse_header(&text).unwrap(), header);
            let sections = parse_sections(&text).unwrap();
            assert_eq!(sections.up.transaction, !off);
            assert_eq!(text[sections.up.body].trim(), "SELECT 1;");
        }
    }
}

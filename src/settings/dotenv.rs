//! `.env` files.
//!
//! dotenvy reads them, but some texts silently lose a part with it: `${X:-default}` and unknown names become empty,
//! `$A_B` is read as `$A` followed by `_B`, a lone `$` vanishes. In a variable that settings are read from, directly or
//! through another one, each of these is an error; in the application's own variables they are none of our business.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::settings::error::SettingsError;
use crate::settings::origin::FilePlace;
use crate::settings::process::ProcessEnvironment;
use crate::settings::registry::{ENVIRONMENT_NAMES, LIBPQ_PARAMS, LIBPQ_VARIABLES, SETTINGS};

/// The variables of one `.env` file. It may hold passwords and has no `Debug`.
#[derive(Default)]
pub(crate) struct DotEnv {
    /// The file, as a person would type it.
    pub(crate) path: PathBuf,
    /// The variables that are not empty.
    pub(crate) variables: BTreeMap<String, String>,
    /// Variables that settings are read from and that stand there twice, the last of which counts.
    pub(crate) repeated: Vec<String>,
}

impl DotEnv {
    /// Reads the text of a file; `path` is the file as a person would type it.
    ///
    /// # Errors
    /// A line that is no `NAME=value`, or a substitution that would lose text, where it concerns a setting.
    pub(crate) fn parse(path: &Path, text: &str, process: &ProcessEnvironment) -> Result<Self, SettingsError> {
        // dotenvy fails at a mark of the byte order, and at blanks at the end of a last line without line break.
        let text = format!("{}\n", text.strip_prefix('\u{feff}').unwrap_or(text));
        let line_ends: Vec<usize> = text.match_indices('\n').map(|(at, _)| at + 1).collect();
        let handed_out = Rc::new(Cell::new(0));
        let reader = LineReader { text: text.as_bytes().to_vec(), at: 0, handed_out: Rc::clone(&handed_out) };

        let mut file = Self { path: path.to_owned(), ..Self::default() };
        let mut lossy: BTreeSet<String> = BTreeSet::new();
        let mut start = 0;
        for entry in dotenvy::from_read_iter(reader) {
            let end = line_ends.iter().copied().find(|end| *end >= handed_out.get()).unwrap_or(text.len());
            let Some(logical) = logical_line(&text, start..end) else { continue };
            start = end;
            let line = &text[logical.clone()];
            let name =
                line.trim_start().strip_prefix("export ").unwrap_or(line).split('=').next().unwrap_or_default().trim();
            let place = |range: Range<usize>| FilePlace::new(path, &text, range);
            let Ok((name, value)) = entry else {
                if concerns_settings(name) || !line.contains('=') {
                    return Err(SettingsError::DotEnv { place: place(logical) });
                }
                lossy.insert(name.to_owned());
                continue;
            };
            let value_at = logical.start + line.find('=').map_or(0, |at| at + 1);
            let known = |name: &str| {
                !lossy.contains(name) && (file.variables.contains_key(name) || process.get_os(name).is_some())
            };
            if let Some(reference) = losing_reference(&text[value_at..logical.end], known) {
                if concerns_settings(&name) {
                    let span = value_at + reference.start..value_at + reference.end;
                    let reference = text[span.clone()].to_owned();
                    return Err(SettingsError::Substitution { place: place(span), reference });
                }
                lossy.insert(name.clone());
            }
            if value.is_empty() {
                file.variables.remove(&name);
            } else if file.variables.insert(name.clone(), value).is_some() && concerns_settings(&name) {
                file.repeated.push(name);
            }
        }
        Ok(file)
    }
}

/// Returns whether settings are read from a variable of this name.
fn concerns_settings(name: &str) -> bool {
    let plain = name.strip_suffix("_FILE").unwrap_or(name);
    name.starts_with("PGKEEL_")
        || ENVIRONMENT_NAMES.contains(&name)
        || LIBPQ_VARIABLES.contains(&name)
        || LIBPQ_PARAMS.iter().any(|(variable, _)| *variable == name)
        || SETTINGS.iter().any(|setting| setting.also.contains(&plain))
}

/// Skips the empty lines and comments that dotenvy skips before an entry.
fn logical_line(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    let mut at = range.start;
    for line in text[range.clone()].split_inclusive('\n') {
        let content = line.trim();
        if !content.is_empty() && !content.starts_with('#') {
            let end = at + text[at..range.end].trim_end().len();
            return Some(at..end);
        }
        at += line.len();
    }
    None
}

/// Finds the first `$…` of a raw value that dotenvy would replace by less than is written.
fn losing_reference(raw: &str, known: impl Fn(&str) -> bool) -> Option<Range<usize>> {
    let mut characters = raw.char_indices().peekable();
    let mut single_quotes = false;
    let mut double_quotes = false;
    let mut before = ' ';
    while let Some((at, character)) = characters.next() {
        match character {
            '\'' if !double_quotes => single_quotes = !single_quotes,
            _ if single_quotes => (),
            '"' => double_quotes = !double_quotes,
            '\\' => {
                characters.next();
            }
            '#' if !double_quotes && before.is_whitespace() => return None,
            '$' => {
                let rest = &raw[at + 1..];
                let (name, end, whole) = match rest.strip_prefix('{') {
                    Some(inner) => match inner.find('}') {
                        Some(close) => (&inner[..close], at + close + 3, true),
                        None => (inner, raw.len(), false),
                    },
                    None => {
                        let end = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
                        let cut_short = rest[end..].starts_with('_');
                        let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
                        (&rest[..end], at + 1 + word.max(end), !cut_short)
                    }
                };
                if !whole || name.is_empty() || !known(name) {
                    return Some(at..end);
                }
            }
            _ => (),
        }
        before = character;
    }
    None
}

/// Hands out one line a call, so that the lines that dotenvy has taken are known when it gives an entry.
struct LineReader {
    text: Vec<u8>,
    at: usize,
    handed_out: Rc<Cell<usize>>,
}

impl Read for LineReader {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let rest = &self.text[self.at..];
        let line = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |at| at + 1);
        let length = line.min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        self.at += length;
        self.handed_out.set(self.at);
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::DotEnv;
    use crate::settings::error::SettingsError;
    use crate::settings::process::ProcessEnvironment;

    fn parse(text: &str) -> Result<DotEnv, SettingsError> {
        DotEnv::parse(Path::new(".env"), text, &ProcessEnvironment::default())
    }

    fn error(text: &str) -> String {
        let error = parse(text).err();
        error.and_then(|error| Some(format!("{}: {error}", error.place()?))).unwrap_or_default()
    }

    #[test]
    fn reads_what_other_programs_read() {
        let file = parse(
            "\u{feff}# comment\nexport DATABASE_HOST=h # the host\n\nDATABASE_PASSWORD='a$b#c'\nPGKEEL_X=\"two\nlines\"\n\
             HOST=h2\nDATABASE_URL=postgres://${HOST}/$HOST\nDATABASE_PORT=\nDATABASE_NAME=x  ",
        )
        .unwrap();
        let get = |name: &str| file.variables.get(name).map(String::as_str);
        assert_eq!(get("DATABASE_HOST"), Some("h"));
        assert_eq!(get("DATABASE_PASSWORD"), Some("a$b#c"));
        assert_eq!(get("PGKEEL_X"), Some("two\nlines"));
        assert_eq!(get("DATABASE_URL"), Some("postgres://h2/h2"));
        assert_eq!(get("DATABASE_PORT"), None);
        assert_eq!(get("DATABASE_NAME"), Some("x"));
    }

    #[test]
    fn refuses_what_would_silently_become_empty() {
        let empty = |what: &str| format!("`{what}` would silently become empty");
        assert_eq!(error("A=1\n\n# x\nDATABASE_NAME=${X:-app}\n"), format!(".env:4:15: {}", empty("${X:-app}")));
        assert_eq!(error("DATABASE_PASSWORD=geheim$wort\n"), format!(".env:1:25: {}", empty("$wort")));
        assert_eq!(error("DB=x\nDB_HOST=h\nDATABASE_HOST=$DB_HOST"), format!(".env:3:15: {}", empty("$DB_HOST")));
        assert_eq!(error("DATABASE_NAME=a$"), format!(".env:1:16: {}", empty("$")));
        // Through another variable.
        assert_eq!(error("PORT=${P:-1}\nDATABASE_PORT=${PORT}"), format!(".env:2:15: {}", empty("${PORT}")));
        assert_eq!(error("OTHER=${P:-1}\nPGADMIN_PORT=${P:-1}\nDATABASE_POOL=$\nDATABASE_PORT=1"), "");
        assert_eq!(error("DATABASE_NAME='$x' # $y"), "");
        assert_eq!(error("DATABASE_NAME=\\$x"), "");
    }

    #[test]
    fn names_the_line_that_is_wrong() {
        assert_eq!(error("A=1\nDATABASE_PASSWORD=a geheim\n"), ".env:2:1: this is no `NAME=value`");
        assert_eq!(error("A=1\n\nnonsense\n"), ".env:3:1: this is no `NAME=value`");
        assert_eq!(
            error("MOTTO=two words\nDATABASE_NAME=a\n"),
            "",
            "the application's own lines are not ours to judge"
        );
    }
}

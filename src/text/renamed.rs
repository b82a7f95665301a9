//! `-- renamed from: old_name` in declared SQL: before a statement that creates a table, type, domain or view; or for a column,
//! before it or at the end of its line.

use std::ops::Range;

use crate::text::scan::{Kind, Scanner};

/// What a comment says of the name before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RenamedFrom {
    /// The object's name as it is declared: with its schema, where the statement says it.
    pub(crate) object: Vec<String>,
    /// The column, where the comment is about one.
    pub(crate) column: Option<String>,
    /// The old name.
    pub(crate) old: String,
}

/// What the scanner is in.
#[derive(Default)]
struct Reading {
    /// The words of the statement so far, as long as its name is not known.
    words: Vec<String>,
    /// The name of what it creates.
    object: Vec<String>,
    /// Whether another part of the name comes, or may come.
    naming: bool,
    depth: usize,
    /// The column that was last begun.
    column: Option<String>,
    /// Whether an element of a table begins.
    begins: bool,
    /// A comment on a line of its own, which is about what comes next.
    pending: Option<String>,
}

/// Returns what comments say, in their order. What stands where no name follows is left alone.
pub(crate) fn renamed_from(text: &str) -> Vec<RenamedFrom> {
    let mut found = Vec::new();
    let mut reading = Reading::default();
    for piece in Scanner::new(text) {
        let own = &text[piece.range.clone()];
        match piece.kind {
            Kind::LineComment => {
                if let Some(old) = said(own) {
                    if stands_alone(text, &piece.range) {
                        reading.pending = Some(old);
                    } else if !reading.object.is_empty() {
                        let (object, column) = (reading.object.clone(), reading.column.clone());
                        found.push(RenamedFrom { object, column, old });
                    }
                }
            }
            Kind::Word => reading.name(own.to_lowercase(), own, &mut found),
            Kind::QuotedName => {
                let name = own.trim_matches('"').replace("\"\"", "\"");
                reading.name(name, "", &mut found);
            }
            Kind::Semicolon => reading = Reading::default(),
            Kind::Open => {
                reading.depth += 1;
                reading.naming = false;
                reading.begins = reading.depth == 1;
            }
            Kind::Close => {
                reading.depth = reading.depth.saturating_sub(1);
                reading.begins = false;
                reading.pending = None;
            }
            Kind::Other if own == "," => reading.begins = reading.depth == 1,
            Kind::Other if own == "." => reading.naming = reading.depth == 0 && !reading.object.is_empty(),
            Kind::Space if reading.object.is_empty() => (),
            Kind::Space => reading.naming = false,
            Kind::BlockComment | Kind::Text | Kind::Dollar | Kind::Backslash | Kind::Other => (),
        }
    }
    found
}

impl Reading {
    fn name(&mut self, name: String, written: &str, found: &mut Vec<RenamedFrom>) {
        const NO_COLUMNS: [&str; 8] =
            ["constraint", "primary", "unique", "check", "foreign", "exclude", "like", "partition"];
        if self.depth == 0 && self.naming {
            self.object.push(name);
            self.naming = false;
            // A comment before the statement was taken with the first part of the name.
            if let Some(last) = found.last_mut().filter(|it| it.column.is_none() && self.object.starts_with(&it.object))
            {
                last.object.clone_from(&self.object);
            }
        } else if self.depth == 0 && self.object.is_empty() {
            let is_next = self.words.first().is_some_and(|word| word == "create")
                && self.words.iter().any(|word| matches!(word.as_str(), "table" | "type" | "domain" | "view"))
                && !matches!(name.as_str(), "if" | "not" | "exists" if !written.is_empty());
            if is_next {
                self.object.push(name);
                if let Some(old) = self.pending.take() {
                    found.push(RenamedFrom { object: self.object.clone(), column: None, old });
                }
            } else {
                self.words.push(name);
            }
        } else if self.depth == 1 && self.begins {
            self.begins = false;
            let pending = self.pending.take();
            if written.is_empty() || !NO_COLUMNS.contains(&name.as_str()) {
                self.column = Some(name);
                if let Some(old) = pending {
                    let (object, column) = (self.object.clone(), self.column.clone());
                    found.extend((!object.is_empty()).then_some(RenamedFrom { object, column, old }));
                }
            }
        }
    }
}

/// Returns the old name that a comment says.
fn said(comment: &str) -> Option<String> {
    let text = comment.trim_start_matches('-').trim();
    let (start, rest) = (text.get(.."renamed from:".len())?, text.get("renamed from:".len()..)?);
    if !start.eq_ignore_ascii_case("renamed from:") {
        return None;
    }
    let name = rest.trim().rsplit('.').next().unwrap_or_default();
    let name = match name.strip_prefix('"').and_then(|name| name.strip_suffix('"')) {
        Some(quoted) => quoted.replace("\"\"", "\""),
        None => name.to_lowercase(),
    };
    (!name.is_empty()).then_some(name)
}

/// Returns whether nothing but space stands before a comment on its line.
fn stands_alone(text: &str, comment: &Range<usize>) -> bool {
    let start = text[..comment.start].rfind('\n').map_or(0, |at| at + 1);
    text[start..comment.start].trim().is_empty()
}

#[cfg(test)]
mod tests {
    use super::renamed_from;

    #[test]
    fn comments_name_what_comes_after_them_or_stands_on_their_line() {
        let text = "-- renamed from: persons\nCREATE TABLE IF NOT EXISTS app.people (\n    id int, -- renamed from: nr\n    \
                    -- Renamed from: \"E-Mail\"\n    mail numeric(3, 2) DEFAULT f(1, 2), other text,\n    \
                    \"Last\" text -- renamed from: people.Surname\n);\n\
                    -- renamed from: nothing\nSELECT 1;\n-- not renamed from: x\nCREATE TYPE mood AS ENUM ('a');\n\
                    CREATE TABLE t ( -- renamed from: s\n  a int,\n -- renamed from: c\n CONSTRAINT k CHECK (a > 0),\n b int);";
        let all: Vec<String> = renamed_from(text)
            .into_iter()
            .map(|it| format!("{} {} {}", it.object.join("/"), it.column.unwrap_or_default(), it.old))
            .collect();
        assert_eq!(
            all,
            ["app/people  persons", "app/people id nr", "app/people mail E-Mail", "app/people Last surname", "t  s",]
        );
    }
}

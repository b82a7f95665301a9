//! Converted migrations → revision files, one after the other.

use crate::convert::{Converted, Tool, dates};
use crate::revision::id::RevisionId;
use crate::revision::script::{Header, NewDown, NewScript, render};
use crate::revision::template::file_name;

/// A revision file to be written.
#[derive(Clone, Debug)]
pub(crate) struct NewFile {
    /// Its name in the migrations directory.
    pub(crate) name: String,
    /// What its header says.
    pub(crate) header: Header,
    /// Its whole text.
    pub(crate) text: String,
    /// The file it comes from, relative to the imported directory.
    pub(crate) source: String,
}

/// Writes the files; `parents` says after what each revision comes ([`crate::convert::place::parents`]). The names follow
/// `template` ([`file_name`]), and their byte order is the order of application where the template begins with the minute.
pub(crate) fn files(tool: Tool, converted: &Converted, parents: &[Vec<RevisionId>], template: &str) -> Vec<NewFile> {
    let written: Vec<_> = converted.migrations.iter().map(|migration| migration.written).collect();
    let mut files = Vec::with_capacity(written.len());
    for ((migration, parents), date) in converted.migrations.iter().zip(parents).zip(dates::in_order(&written)) {
        let source: String = migration.source.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
        let header = Header {
            revision: migration.revision.clone(),
            down_revision: parents.clone(),
            branch_labels: Vec::new(),
            depends_on: Vec::new(),
            create_date: Some(date.to_string()),
            message: format!("{}\n\nImported from {tool}: {source}", migration.title),
        };
        let text = render(&NewScript {
            header: &header,
            up: &migration.up.text,
            up_transaction: migration.up.transaction,
            down: match &migration.down {
                Some(down) => NewDown::Section(&down.text, down.transaction),
                None => NewDown::Irreversible,
            },
        });
        let name = file_name(template, &migration.revision, &migration.title, date);
        files.push(NewFile { name, header, text, source: migration.source.clone() });
    }
    files
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::files;
    use crate::convert::{Request, SourceFile, Tool, convert};
    use crate::revision::id::RevisionId;
    use crate::revision::script::{Down, parse_header, parse_sections};

    const TEMPLATE: &str = "YYYY_MM_DD_HHMM_<revision>_<slug>";

    fn source(path: &str, text: &str) -> SourceFile {
        SourceFile { path: path.into(), content: text.as_bytes().to_vec() }
    }

    #[test]
    fn a_file() {
        let list = [
            source("20240115103045_add_phone.up.sql", "ALTER TABLE users ADD COLUMN phone text;"),
            source("20240115103045_add_phone.down.sql", ""),
            source("20240115103059_index.up.sql", "CREATE INDEX CONCURRENTLY i ON users (phone);\n"),
        ];
        let request = Request { tool: Tool::Sqlx, root: "old", files: &list, keep_placeholders: false };
        let after = RevisionId::parse("1975ea83b712").unwrap();
        let converted = convert(&request).unwrap();
        let parents = [vec![after], vec![converted.migrations[0].revision.clone()]];
        let files = files(Tool::Sqlx, &converted, &parents, TEMPLATE);
        let ids: Vec<_> = files.iter().map(|file| file.header.revision.to_string()).collect();
        assert_eq!(files[0].name, format!("2024_01_15_1030_{}_add_phone.sql", ids[0]));
        assert_eq!(
            files[0].text,
            format!(
                "-- Add phone\n--\n-- Imported from sqlx: 20240115103045_add_phone.up.sql\n--\n-- revision: {}\n\
                 -- down_revision: 1975ea83b712\n-- create_date: 2024-01-15T10:30:45Z\n\n-- migrate:up\n\
                 ALTER TABLE users ADD COLUMN phone text;\n\n-- migrate:down\n",
                ids[0]
            )
        );
        assert_eq!(files[1].name, format!("2024_01_15_1031_{}_index.sql", ids[1]));
        assert_eq!(
            files[1].text,
            format!(
                "-- Index\n--\n-- Imported from sqlx: 20240115103059_index.up.sql\n--\n-- revision: {}\n\
                 -- down_revision: {}\n-- create_date: 2024-01-15T10:31:00Z\n\n-- migrate:up transaction=off\n\
                 CREATE INDEX CONCURRENTLY i ON users (phone);\n\n-- migrate:down irreversible\n",
                ids[1], ids[0]
            )
        );
    }

    /// Whatever the text and the name are: if they are taken, they are read again as they were.
    fn check_round_trip(name: &str, up: &str, down: &str) {
        let list = [source(&format!("1_{name}.up.sql"), up), source(&format!("1_{name}.down.sql"), down)];
        let request = Request { tool: Tool::Sqlx, root: "old", files: &list, keep_placeholders: false };
        let Ok(converted) = convert(&request) else { return };
        let migration = &converted.migrations[0];
        let files = files(Tool::Sqlx, &converted, &[vec![]], TEMPLATE);
        let text = &files[0].text;
        assert_eq!(parse_header(text).unwrap(), files[0].header, "{text}");
        let sections = parse_sections(text).unwrap_or_else(|error| panic!("{error}: {text}"));
        let Down::Section(way_back) = sections.down else { panic!("no way back: {text}") };
        // The empty line before the next marker is ours.
        assert_eq!(text[sections.up.body].strip_suffix('\n'), Some(migration.up.text.as_str()));
        assert_eq!(&text[way_back.body], migration.down.as_ref().unwrap().text);
    }

    #[test]
    fn text_that_looks_like_ours() {
        for text in [
            "select 1;\n-- migrate:down\n-- migrate:up transaction=off\n-- migrate:down irreversible",
            "select '\n-- migrate:down\n';",
            "select 1 --migrate:up\n--migrate:down",
            "-- revision: x\n-- unknown: y\n\n-- depends_on: z",
            "copy t from stdin;\n-- migrate:down\n\\.\n",
            "",
            "\r\n",
        ] {
            check_round_trip("a", text, text);
        }
        for name in ["revision: x", "a: b", "x -- y", "migrate:up", "--", "@"] {
            check_round_trip(name, "select 1;", "");
        }
    }

    proptest! {
        #[test]
        fn what_is_taken_is_read_again(
            name in "[a-z:_ .-]{0,12}",
            up in "([-'$;\\\\ aä/*\r\n]|-- migrate:(up|down)|\\$\\$|\n){0,24}",
            down in any::<String>(),
        ) {
            check_round_trip(&name, &up, &down);
        }
    }
}

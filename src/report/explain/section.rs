//! Sections that are refused before anything runs.

use std::sync::Arc;

use crate::plan::section::{EnumClash, SectionError, SectionFault};
use crate::report::diagnostic::{Diagnostic, Exit, Place};
use crate::text::span::word_at;
use crate::text::statements::SplitError;

/// Explains why a section of a file is refused.
pub(crate) fn explain(path: &str, source: &Arc<str>, error: &SectionError, direction: &str) -> Diagnostic {
    let span = word_at(source, error.offset);
    let marker = if direction == "downgrade" { "down" } else { "up" };
    let off = format!("write `-- migrate:{marker} transaction=off` above the section");
    let code = if matches!(error.fault, SectionFault::Syntax { .. }) { "sql" } else { "file" };
    let diagnostic = Diagnostic::new(code, Exit::Failed, error.to_string())
        .at(Place { file: path.to_owned(), source: source.to_string(), span })
        .note("nothing was run");
    match &error.fault {
        SectionFault::Text(error) => diagnostic.help(text_help(error)),
        SectionFault::Syntax { .. } => diagnostic.help("correct the statement and run the command again"),
        SectionFault::EndsTransaction { .. } => diagnostic
            .help("remove it: the section already runs in a transaction of its own")
            .help(format!("or {off}; each BEGIN … COMMIT is then one unit")),
        SectionFault::NeedsNoTransaction { .. } => diagnostic.help(off),
        SectionFault::InBlock { .. } => diagnostic.help("move it out of BEGIN … COMMIT"),
        SectionFault::Encoding { name, .. } => diagnostic.help(format!(
            "remove the line: revision files are UTF-8 with standard_conforming_strings on, whatever {name} was where the file came from"
        )),
        SectionFault::CopyOut => diagnostic.help("remove the statement; psql is the program for output"),
        SectionFault::SessionState { .. } => {
            diagnostic.help("put it and what uses it in one BEGIN … COMMIT, or in a revision with a transaction")
        }
        SectionFault::Role => diagnostic.help("put it and what it is for in BEGIN … COMMIT, as SET LOCAL ROLE"),
        SectionFault::NoCommit => diagnostic.help("add the COMMIT, or remove the BEGIN"),
        SectionFault::NoBegin { .. } => diagnostic.help("add the BEGIN, or remove it"),
        SectionFault::Nested => diagnostic.help("remove it: the transaction is open already"),
    }
}

/// Explains an enum value that is added and used in one transaction.
pub(crate) fn enum_clash(clash: &EnumClash, added: &str, used: &str, source: &Arc<str>) -> Diagnostic {
    let message =
        format!("the enum value '{}' is added by {added} and used by {used} in the same transaction", clash.value);
    Diagnostic::new("refused", Exit::Refused, message)
        .at(Place { file: used.to_owned(), source: source.to_string(), span: word_at(source, clash.offset) })
        .note("PostgreSQL lets a new enum value be used only after the transaction that adds it (SQLSTATE 55P04)")
        .note("nothing was run")
        .help("run without `--single-transaction`: each revision is then a transaction of its own")
}

/// What to do about text that no server can run.
pub(crate) fn text_help(error: &SplitError) -> String {
    match error {
        SplitError::MetaCommand { command, .. } if command == "\\." => {
            "a line `\\.` ends the data of a COPY … FROM stdin; there is none here".to_owned()
        }
        SplitError::MetaCommand { .. } => {
            "revision files are plain SQL: write what the command does as statements, or paste the file it includes"
                .to_owned()
        }
        SplitError::CopyWithoutEnd { .. } => "end the data with a line `\\.`".to_owned(),
        SplitError::Unterminated { .. } => "close it".to_owned(),
        SplitError::Nul { .. } => "remove the character; the file may be damaged or UTF-16".to_owned(),
    }
}

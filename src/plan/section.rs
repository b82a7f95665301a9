//! A section made ready: its statements, checked for what would break our promises, and cut into the units that are
//! journaled where the section runs without a transaction of its own (DESIGN §3, §9).

use std::ops::Range;
use std::sync::Arc;

use crate::revision::script::Section;
use crate::text::checksum::sha256;
use crate::text::parse::{Alone, Class, GRAMMAR_MAJOR, SyntaxError};
use crate::text::statements::{SplitError, Statement, split};

/// A section that can be run.
#[derive(Clone, Debug)]
pub(crate) struct Prepared {
    /// The text of the whole file, so that errors have their place in it.
    pub(crate) source: Arc<str>,
    /// The bytes of the section's text in it.
    pub(crate) body: Range<usize>,
    /// Whether it runs in one transaction.
    pub(crate) transaction: bool,
    /// Its statements; their ranges are in the body.
    pub(crate) statements: Vec<Statement>,
    /// The units of a section without transaction.
    pub(crate) units: Vec<Unit>,
    /// The checksum of its text.
    pub(crate) checksum: String,
    /// Whether a statement was not understood and is left to a newer server.
    pub(crate) beyond_grammar: bool,
}

/// One or more statements that are done or not done together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unit {
    /// Numbers of its statements, from 0.
    pub(crate) statements: Range<usize>,
    /// How it runs.
    pub(crate) kind: UnitKind,
}

/// How a unit runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum UnitKind {
    /// In a transaction, together with its entry in the journal.
    Transaction,
    /// In a transaction if the server lets it, else alone.
    MaybeAlone,
    /// Alone: begun, then done.
    Alone(Alone),
    /// `BEGIN … COMMIT` of the file's own. Without `opened`, the transaction comes from an `AND CHAIN` before it.
    Block { opened: bool, commit: bool },
    /// `BEGIN … PREPARE TRANSACTION`.
    Prepare { gid: String },
    /// A `SET` for the session: repeated when the section is resumed.
    Session,
}

/// Why a section is refused before anything runs. The offset is a byte in the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{fault}")]
pub(crate) struct SectionError {
    /// What is wrong.
    #[source]
    pub(crate) fault: SectionFault,
    /// Where.
    pub(crate) offset: usize,
}

/// Why a section is refused before anything runs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SectionFault {
    /// Text that no server can run.
    #[error(transparent)]
    Text(#[from] SplitError),
    /// A typing error.
    #[error("{message}")]
    Syntax { message: String },
    /// A statement that ends our transaction.
    #[error("`{statement}` would end the transaction that this section runs in")]
    EndsTransaction { statement: String },
    /// A statement that cannot run in a transaction.
    #[error("{what} cannot run in a transaction")]
    NeedsNoTransaction { what: &'static str },
    /// The same inside of a block of the file's own.
    #[error("{what} cannot run in the transaction that the file's own BEGIN opens")]
    InBlock { what: &'static str },
    /// The file wants another way of reading text.
    #[error("the file sets {name} to `{value}`")]
    Encoding { name: String, value: String },
    /// Nobody reads the output.
    #[error("COPY … TO STDOUT has nobody to read it")]
    CopyOut,
    /// A section without transaction that a resumed run could not go on with.
    #[error("{what} lives in the session: if this section is interrupted, the next run does not have it")]
    SessionState { what: &'static str },
    /// A changed role outside of a transaction.
    #[error("a changed role outlives its statement here, and our own records would be written as that role")]
    Role,
    /// A block without its end.
    #[error("this BEGIN has no COMMIT")]
    NoCommit,
    /// An end without its beginning.
    #[error("`{statement}` ends no transaction: there is no BEGIN before it")]
    NoBegin { statement: String },
    /// A BEGIN in a block.
    #[error("this BEGIN stands in a transaction that is open already")]
    Nested,
}

/// Makes a section ready.
///
/// # Errors
/// What would break half-way is refused here, before anything runs.
pub(crate) fn prepare(source: &Arc<str>, section: &Section, server_major: u32) -> Result<Prepared, SectionError> {
    let body = &source[section.body.clone()];
    let at = |offset: usize, fault: SectionFault| SectionError { fault, offset: section.body.start + offset };
    let found = split(body).map_err(|error| at(error.offset(), error.into()))?;
    let beyond_grammar = match found.refused {
        // The server's grammar has nothing that ours lacks: what ours refuses, the server would refuse half-way.
        Some(SyntaxError { message, offset }) if server_major <= GRAMMAR_MAJOR => {
            return Err(at(offset, SectionFault::Syntax { message }));
        }
        Some(_) => true,
        None => false,
    };
    for statement in &found.statements {
        if let Some(fault) = refused_anywhere(&statement.class) {
            return Err(at(statement.range.start, fault));
        }
    }
    let units = if section.transaction {
        for statement in &found.statements {
            if let Some(fault) = refused_in_transaction(body, statement) {
                return Err(at(statement.range.start, fault));
            }
        }
        Vec::new()
    } else {
        units(body, &found.statements).map_err(|(offset, fault)| at(offset, fault))?
    };
    let checksum = sha256(body.replace("\r\n", "\n").trim());
    Ok(Prepared {
        source: Arc::clone(source),
        body: section.body.clone(),
        transaction: section.transaction,
        statements: found.statements,
        units,
        checksum,
        beyond_grammar,
    })
}

impl Prepared {
    /// Returns the text of the section.
    pub(crate) fn whole(&self) -> &str {
        &self.source[self.body.clone()]
    }

    /// Returns the text of a statement.
    pub(crate) fn text(&self, statement: &Statement) -> &str {
        &self.whole()[statement.range.clone()]
    }

    /// Returns the data that follows a `COPY … FROM stdin`.
    pub(crate) fn copy_data(&self, statement: &Statement) -> Option<&str> {
        statement.copy_data.clone().map(|lines| &self.whole()[lines])
    }

    /// Returns the checksum of a unit: of its text as it stands in the file, line ends apart.
    pub(crate) fn unit_checksum(&self, unit: &Unit) -> String {
        let statements = &self.statements[unit.statements.clone()];
        let (Some(first), Some(last)) = (statements.first(), statements.last()) else { return sha256("") };
        let end = last.copy_data.as_ref().map_or(last.range.end, |data| data.end);
        sha256(&self.whole()[first.range.start..end].replace("\r\n", "\n"))
    }
}

fn refused_anywhere(class: &Class) -> Option<SectionFault> {
    if *class == Class::CopyOut {
        return Some(SectionFault::CopyOut);
    }
    let Class::Set { name, value: Some(value) } = class else { return None };
    let value_lower = value.to_ascii_lowercase();
    let fine = match name.as_str() {
        "standard_conforming_strings" => matches!(value_lower.as_str(), "on" | "true" | "yes" | "1"),
        "client_encoding" => matches!(value_lower.as_str(), "utf8" | "utf-8" | "unicode"),
        _ => true,
    };
    (!fine).then(|| SectionFault::Encoding { name: name.clone(), value: value.clone() })
}

fn refused_in_transaction(body: &str, statement: &Statement) -> Option<SectionFault> {
    let class = &statement.class;
    if matches!(class, Class::Commit { .. } | Class::Rollback { .. } | Class::PrepareTransaction { .. }) {
        return Some(SectionFault::EndsTransaction { statement: brief(&body[statement.range.clone()]) });
    }
    let Class::Alone(alone) = class else { return None };
    Some(SectionFault::NeedsNoTransaction { what: alone.what() })
}

/// A statement on one line, cut where it is long.
pub(crate) fn brief(text: &str) -> String {
    let line: Vec<&str> = text.split_whitespace().collect();
    let line = line.join(" ");
    if line.chars().count() > 60 { format!("{}…", line.chars().take(59).collect::<String>()) } else { line }
}

fn units(body: &str, statements: &[Statement]) -> Result<Vec<Unit>, (usize, SectionFault)> {
    let mut units = Vec::new();
    // Where a block of the file's own began, and whether by a BEGIN or by `AND CHAIN`.
    let mut block: Option<(usize, bool)> = None;
    for (number, statement) in statements.iter().enumerate() {
        let fault = |fault| Err((statement.range.start, fault));
        let text = || brief(&body[statement.range.clone()]);
        let one = |kind| Unit { statements: number..number + 1, kind };
        match (&statement.class, block) {
            (Class::Begin, None) => block = Some((number, true)),
            (Class::Begin, Some(_)) => return fault(SectionFault::Nested),
            (Class::Commit { chain } | Class::Rollback { chain }, Some((first, opened))) => {
                let commit = matches!(statement.class, Class::Commit { .. });
                let followed = commit && number + 1 < statements.len();
                if let Some(offset) = role_left(body, &statements[first..number]).filter(|_| followed) {
                    return Err((offset, SectionFault::Role));
                }
                units.push(Unit { statements: first..number + 1, kind: UnitKind::Block { opened, commit } });
                block = chain.then_some((number + 1, false));
            }
            (Class::PrepareTransaction { gid }, Some((first, _))) => {
                let kind = UnitKind::Prepare { gid: gid.clone() };
                units.push(Unit { statements: first..number + 1, kind });
                block = None;
            }
            (Class::Commit { .. } | Class::Rollback { .. } | Class::PrepareTransaction { .. }, None) => {
                return fault(SectionFault::NoBegin { statement: text() });
            }
            (Class::Alone(alone), Some(_)) => return fault(SectionFault::InBlock { what: alone.what() }),
            (_, Some(_)) => (),
            (Class::Alone(alone), None) => units.push(one(UnitKind::Alone(alone.clone()))),
            (Class::MaybeAlone(_), None) => units.push(one(UnitKind::MaybeAlone)),
            (Class::Set { .. }, None) => units.push(one(UnitKind::Session)),
            (Class::SetRole, None) => return fault(SectionFault::Role),
            (Class::SessionState(what), None) => return fault(SectionFault::SessionState { what }),
            (
                Class::Ordinary
                | Class::SetLocal
                | Class::AddEnumValue { .. }
                | Class::EnsureIndex { .. }
                | Class::CopyIn
                | Class::CopyOut
                | Class::Unknown,
                None,
            ) => units.push(one(UnitKind::Transaction)),
        }
    }
    match block {
        Some((first, true)) => Err((statements[first].range.start, SectionFault::NoCommit)),
        // A chain at the very end opens a transaction that nothing is in.
        Some((first, false)) if first == statements.len() => Ok(units),
        Some((first, false)) => Err((statements[first].range.start, SectionFault::NoCommit)),
        None => Ok(units),
    }
}

/// Returns where a block changes the role for the statements that follow it: our records would set it back.
fn role_left(body: &str, block: &[Statement]) -> Option<usize> {
    let last = block.iter().rfind(|statement| statement.class == Class::SetRole)?;
    let text = body[last.range.clone()].to_ascii_lowercase();
    let mut words = text.split(|c: char| c.is_whitespace() || c == '=').filter(|word| !word.is_empty());
    let resets = words.next() == Some("reset") || matches!(words.next_back(), Some("none" | "default"));
    (!resets).then_some(last.range.start)
}

/// Two sections, in one transaction, of which the second uses an enum value that the first adds (SQLSTATE 55P04).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EnumClash {
    /// The value.
    pub(crate) value: String,
    /// The number of the section that adds it.
    pub(crate) added: usize,
    /// The number of the section that uses it.
    pub(crate) used: usize,
    /// The byte in the using file.
    pub(crate) offset: usize,
}

/// Finds an enum value that one section adds and a later one seems to use: a string constant that reads the same.
pub(crate) fn enum_clash(sections: &[&Prepared]) -> Option<EnumClash> {
    use crate::text::scan::{Kind, Scanner};
    let mut added: Vec<(String, usize)> = Vec::new();
    for (number, section) in sections.iter().enumerate() {
        for statement in &section.statements {
            let text = section.text(statement);
            if let Class::AddEnumValue { value, .. } = &statement.class {
                added.push((value.clone(), number));
                continue;
            }
            for piece in Scanner::new(text).filter(|piece| piece.kind == Kind::Text) {
                let constant = text[piece.range.clone()].trim_matches('\'').replace("''", "'");
                if let Some((value, first)) = added.iter().find(|(value, _)| *value == constant) {
                    return Some(EnumClash {
                        value: value.clone(),
                        added: *first,
                        used: number,
                        offset: section.body.start + statement.range.start + piece.range.start,
                    });
                }
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{SectionFault, UnitKind, enum_clash, prepare};
    use crate::revision::script::Section;

    fn fault(body: &str, transaction: bool) -> (SectionFault, String) {
        let source: Arc<str> = Arc::from(body);
        let error = prepare(&source, &Section { body: 0..body.len(), transaction }, 18).unwrap_err();
        (error.fault, body[error.offset..].to_owned())
    }

    fn kinds(body: &str) -> Vec<(usize, UnitKind)> {
        let source: Arc<str> = Arc::from(body);
        let ready = prepare(&source, &Section { body: 0..body.len(), transaction: false }, 18).unwrap();
        ready.units.into_iter().map(|unit| (unit.statements.len(), unit.kind)).collect()
    }

    #[test]
    fn what_ends_the_transaction_is_refused() {
        for end in ["commit", "END", "rollback", "abort", "commit and chain", "prepare transaction 'x'"] {
            let (fault, place) = fault(&format!("select 1; {end}; select 2"), true);
            assert!(matches!(fault, SectionFault::EndsTransaction { .. }), "{end}");
            assert!(place.starts_with(end));
        }
        assert!(matches!(
            fault("create index concurrently i on t (a)", true).0,
            SectionFault::NeedsNoTransaction { what: "CREATE INDEX CONCURRENTLY" }
        ));
        assert!(matches!(fault("selct 1", true).0, SectionFault::Syntax { .. }));
        assert!(matches!(fault("set client_encoding = 'latin1'", true).0, SectionFault::Encoding { .. }));
        assert!(matches!(fault("copy t to stdout", true).0, SectionFault::CopyOut));
    }

    #[test]
    fn a_newer_server_may_know_more() {
        let source: Arc<str> = Arc::from("frobnicate table t; select 1");
        let ready = prepare(&source, &Section { body: 0..source.len(), transaction: true }, 19).unwrap();
        assert!(ready.beyond_grammar);
        assert_eq!(ready.statements.len(), 2);
    }

    #[test]
    fn units_of_a_section_without_transaction() {
        let units = kinds(
            "create table t (a int); begin; select 1; select 2; commit; set x.y = '1'; do $$begin end$$; vacuum t",
        );
        let shape: Vec<(usize, &str)> = units
            .iter()
            .map(|(count, kind)| {
                let kind = match kind {
                    UnitKind::Transaction => "transaction",
                    UnitKind::MaybeAlone => "maybe",
                    UnitKind::Alone(_) => "alone",
                    UnitKind::Block { opened: true, commit: true } => "block",
                    UnitKind::Block { .. } | UnitKind::Prepare { .. } => "other",
                    UnitKind::Session => "session",
                };
                (*count, kind)
            })
            .collect();
        assert_eq!(shape, [(1, "transaction"), (4, "block"), (1, "session"), (1, "maybe"), (1, "alone")]);
        assert_eq!(kinds("begin; select 1; commit and chain; select 2; rollback").len(), 2);
    }

    #[test]
    fn what_cannot_be_resumed_is_refused() {
        let table = [
            ("create temp table t (a int)", "create temp"),
            ("begin; create index concurrently i on t (a); commit", "create index"),
            ("select 1; begin; select 2", "begin"),
            ("commit", "commit"),
            ("begin; begin; commit", "begin; commit"),
            ("set role x", "set role"),
            ("prepare p as select 1", "prepare p"),
            ("begin; set role x; commit; select 1", "set role"),
        ];
        for (body, place) in table {
            assert!(fault(body, false).1.starts_with(place), "{body}");
        }
        assert_eq!(kinds("begin; create temp table t (a int); commit").len(), 1);
        assert_eq!(kinds("begin; set role x; reset role; commit; begin; set role to x; commit").len(), 2);
    }

    #[test]
    fn an_enum_value_added_and_used() {
        let ready = |body: &str| {
            let source: Arc<str> = Arc::from(body);
            prepare(&source, &Section { body: 0..body.len(), transaction: true }, 18).unwrap()
        };
        let add = ready("alter type mood add value 'it''s'");
        let used = ready("insert into t values ('it''s')");
        let clash = enum_clash(&[&add, &used]).unwrap();
        assert_eq!((clash.added, clash.used, clash.offset), (0, 1, 22));
        assert_eq!(enum_clash(&[&used, &add]), None);
    }
}

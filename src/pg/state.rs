//! Reads where the version table is and what it and the journal hold: two messages with three statements, so that a run
//! with nothing to do is quick. Never writes.

use std::time::Duration;

use crate::pg::error::SqlError;
use crate::pg::session::Session;
use crate::text::fill::fill;
use crate::text::ident::{Ident, NotAnIdent, Qualified, readable};
use crate::text::literal::Literal;

/// The ledger's table of sections that are done in part.
pub(super) const JOURNAL: &str = "journal";

/// What a run has to know of server, session and database.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    /// The database.
    pub(crate) database: String,
    /// The role that runs the statements.
    pub(crate) role: String,
    /// `server_version_num`: 150018 is 15.18.
    pub(crate) version: u32,
    /// Whether the server is a standby.
    pub(crate) in_recovery: bool,
    /// The schemas of the session's search_path that exist.
    pub(crate) search_path: Vec<String>,
    /// The setting as it stands.
    pub(crate) search_path_setting: String,
    /// The setting `deadlock_timeout`.
    pub(crate) deadlock_timeout: Duration,
    /// Whether the server can notice during a statement that its client is gone.
    pub(crate) checks_clients: bool,
    /// Whether the database has event triggers.
    pub(crate) has_event_triggers: bool,
    /// Whether the role may create schemas in the database.
    pub(crate) may_create_schemas: bool,
    /// Whether the ledger's schema exists.
    pub(crate) has_ledger_schema: bool,
    may_create_in_ledger_schema: bool,
    version_tables: Vec<FoundTable>,
    ledger_tables: Vec<FoundTable>,
    strangers: Vec<FoundTable>,
}

/// The columns that the ledger's tables have at least.
const LEDGER_COLUMNS: [(&str, &[&str]); 2] = [
    (
        "history",
        &[
            "id",
            "run_id",
            "version_table",
            "revision",
            "direction",
            "checksum",
            "started_at",
            "finished_at",
            "duration_ms",
            "statement_ms",
            "statements_done",
            "statements_total",
            "outcome",
            "error",
            "rows_after",
            "role",
            "client_host",
            "tool_version",
        ],
    ),
    (
        JOURNAL,
        &[
            "version_table",
            "revision",
            "direction",
            "statement",
            "total",
            "checksum",
            "state",
            "detail",
            "run_id",
            "at",
        ],
    ),
];

/// A table of a name that matters, and what the role may do with it.
#[derive(Clone, Debug)]
struct FoundTable {
    schema: String,
    name: String,
    kind: String,
    row_security: bool,
    readable: bool,
    /// INSERT, UPDATE and DELETE.
    writes: [bool; 3],
    /// The type modifier of its column `version_num`, if it has one.
    version_num: Option<i32>,
    /// The names of its columns, if it stands in the ledger's schema.
    columns: Option<String>,
}

impl Server {
    /// Returns the major version.
    pub(crate) fn major(&self) -> u32 {
        self.version / 10_000
    }

    /// Returns whether the ledger's tables exist.
    pub(crate) fn has_ledger(&self) -> bool {
        self.ledger_tables.len() == 2
    }

    /// Returns what bears the name of a table of the ledger, in its schema, and is none.
    pub(crate) fn stranger_in_ledger(&self) -> Option<String> {
        self.strangers.first().map(|table| format!("{}.{}", readable(&table.schema), readable(&table.name)))
    }

    /// Returns whether the ledger's tables exist and the role may read them.
    pub(crate) fn may_read_ledger(&self) -> bool {
        self.has_ledger() && self.ledger_tables.iter().all(|table| table.readable)
    }

    /// Returns whether the role may write the ledger, or make it in a schema that is there.
    pub(crate) fn may_write_ledger(&self) -> bool {
        if self.has_ledger() {
            self.ledger_tables.iter().all(|table| {
                let [insert, update, delete] = table.writes;
                table.readable && insert && (table.name != JOURNAL || update && delete)
            })
        } else {
            self.may_create_in_ledger_schema
        }
    }
}

impl FoundTable {
    fn of(row: &[Option<String>]) -> Self {
        let text = |column: usize| row.get(column).and_then(Option::as_deref).unwrap_or_default();
        let is = |column: usize| text(column) == "t";
        Self {
            schema: text(0).to_owned(),
            name: text(1).to_owned(),
            kind: text(2).to_owned(),
            row_security: is(3),
            readable: is(4) && is(5),
            writes: [is(6), is(7), is(8)],
            version_num: text(9).parse().ok(),
            columns: row.get(10).cloned().flatten(),
        }
    }

    /// Returns whether it is what a version table can be: a relation with rows, in a schema of a user's.
    fn may_be_version_table(&self) -> bool {
        matches!(self.kind.as_str(), "r" | "p" | "v" | "m" | "f")
            && !self.schema.starts_with("pg_temp_")
            && !matches!(self.schema.as_str(), "pg_catalog" | "information_schema")
    }

    /// Returns whether it has the columns of the ledger's table of its name.
    fn is_of_ledger(&self) -> bool {
        let found: Vec<&str> = self.columns.as_deref().unwrap_or_default().split(',').collect();
        let is_like = |(name, columns): &(&str, &[&str])| {
            self.name == *name && columns.iter().all(|column| found.contains(column))
        };
        self.kind == "r" && LEDGER_COLUMNS.iter().any(is_like)
    }

    fn is_ours(&self) -> bool {
        self.version_num.is_some()
    }

    /// Returns how many characters `version_num` takes: a varchar's type modifier has the length of a header in it.
    fn width(&self) -> Option<u32> {
        self.version_num.and_then(|modifier| u32::try_from(modifier - 4).ok()).filter(|width| *width > 0)
    }
}

/// The version table, resolved once a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct VersionTable {
    /// Its qualified name: where it is, or where it will be made.
    pub(crate) name: Qualified,
    /// Whether it exists.
    pub(crate) exists: bool,
    /// Whether the role may write it.
    pub(crate) writable: bool,
    /// How many characters `version_num` takes; none for no limit.
    pub(crate) width: Option<u32>,
}

/// A section that is done in part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Journaled {
    /// The revision.
    pub(crate) revision: String,
    /// `upgrade` or `downgrade`.
    pub(crate) direction: String,
    /// Statements in the section.
    pub(crate) total: u32,
    /// What was begun or done, in the order of the section.
    pub(crate) entries: Vec<JournalEntry>,
}

impl Journaled {
    /// Returns how many statements are done. Entries stand for their first statement, and settings have none.
    pub(crate) fn statements_done(&self) -> u32 {
        let done =
            self.entries.iter().rfind(|entry| entry.state == EntryState::Done).map_or(0, |entry| entry.statement);
        let open = self.entries.iter().find(|entry| entry.state != EntryState::Done).map(|entry| entry.statement);
        open.map_or(done, |open| open.saturating_sub(1).max(done))
    }
}

/// One statement (or one block) of a journaled section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct JournalEntry {
    /// The number of its first statement, from 1.
    pub(crate) statement: u32,
    /// How far it is.
    pub(crate) state: EntryState,
    /// The checksum of its text.
    pub(crate) checksum: String,
    /// What was noted when it was begun.
    pub(crate) detail: Option<String>,
}

/// How far a journaled statement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EntryState {
    /// It was sent, and nobody saw its end.
    Begun,
    /// It failed.
    Failed,
    /// It is done.
    Done,
}

impl EntryState {
    /// Returns the word for it in the journal.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Begun => "begun",
            Self::Failed => "failed",
            Self::Done => "done",
        }
    }

    fn of(name: Option<&str>) -> Self {
        match name {
            Some("done") => Self::Done,
            Some("failed") => Self::Failed,
            _ => Self::Begun,
        }
    }
}

/// What stands in version table and journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Recorded {
    /// The rows of the version table, in the server's order.
    pub(crate) rows: Vec<String>,
    /// The sections that are done in part: one, if nothing was done by hand.
    pub(crate) interrupted: Vec<Journaled>,
}

/// Where to look.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Where<'a> {
    /// The name of the version table.
    pub(crate) version_table: &'a str,
    /// Its schema, where a setting says.
    pub(crate) version_table_schema: Option<&'a str>,
    /// The setting `schema`, which stands first in the search_path.
    pub(crate) schema: Option<&'a str>,
    /// The schema of the ledger.
    pub(crate) ledger_schema: &'a str,
}

/// Why the version table cannot be used.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum StateError {
    /// The server's report.
    #[error("cannot read the state of the database")]
    Sql(
        #[from]
        #[source]
        SqlError,
    ),
    /// A name in the settings that is none.
    #[error(transparent)]
    Name(#[from] NotAnIdent),
    /// Two tables are two truths.
    #[error("there are {} version tables: {}", tables.len(), tables.join(" and "))]
    Several { tables: Vec<String> },
    /// The table is there and the role may not read it.
    #[error("the role `{role}` may not read the version table {table}")]
    Unreadable { table: String, role: String },
    /// A table of that name that is none.
    #[error("{table} has no column version_num: it is no version table")]
    NotOne { table: String },
    /// The search_path names no schema that exists.
    #[error("no schema of the search_path ({search_path}) exists, so there is no place for the version table")]
    NoSchema { search_path: String },
}

/// Reads what a run has to know of the server. Two statements, one message.
///
/// # Errors
/// The server's.
pub(crate) fn server(session: &mut Session, at: &Where<'_>) -> Result<Server, SqlError> {
    let server = fill(include_str!("../../sql/state/server.sql"), &[("$1", &Literal(at.ledger_schema))]);
    let schema = format!("\"{}\"", at.ledger_schema.replace('"', "\"\""));
    let names: [(&str, &dyn std::fmt::Display); 3] =
        [("$1", &Literal(at.version_table)), ("$2", &Literal(JOURNAL)), ("$3", &Literal(&schema))];
    let tables = fill(include_str!("../../sql/state/tables.sql"), &names);
    let rows = session.rows(&format!("{server};\n{tables}"))?;
    let Some((row, tables)) = rows.split_first() else { panic!("bug: a query of ours gave no row: {server}") };
    let text = |column: usize| row.get(column).and_then(Option::as_deref).unwrap_or_default();
    let mut tables: Vec<FoundTable> = tables.iter().map(|row| FoundTable::of(row)).collect();
    tables.sort_by(|a, b| a.schema.cmp(&b.schema));
    let is_version_table = |table: &&FoundTable| table.name == at.version_table && table.may_be_version_table();
    let in_ledger =
        |table: &&FoundTable| table.schema == at.ledger_schema && matches!(table.name.as_str(), JOURNAL | "history");
    let platform = text(7).to_ascii_lowercase();
    Ok(Server {
        database: text(0).to_owned(),
        role: text(1).to_owned(),
        version: text(2).parse().unwrap_or_default(),
        in_recovery: text(3) == "t",
        search_path: serde_json::from_str(text(4)).unwrap_or_default(),
        search_path_setting: text(5).to_owned(),
        deadlock_timeout: setting_duration(text(6)),
        // client_connection_check_interval works where the server's platform can tell a closed socket.
        checks_clients: ["linux", "darwin", "apple", "bsd"].iter().any(|name| platform.contains(name)),
        may_create_schemas: text(8) == "t",
        // Rights on a schema that is not there are neither had nor not had.
        has_ledger_schema: row.get(9).is_some_and(Option::is_some),
        may_create_in_ledger_schema: text(9) == "t",
        has_event_triggers: text(10) == "t",
        version_tables: tables.iter().filter(is_version_table).cloned().collect(),
        ledger_tables: tables.iter().filter(in_ledger).filter(|table| table.is_of_ledger()).cloned().collect(),
        strangers: tables.iter().filter(in_ledger).filter(|table| !table.is_of_ledger()).cloned().collect(),
    })
}

/// Reads a time as the server shows it (PostgreSQL manual 20.1.1): a whole number and a unit.
fn setting_duration(text: &str) -> Duration {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: u64 = digits.trim().parse().unwrap_or_default();
    match text[digits.len()..].trim() {
        "us" => Duration::from_micros(number),
        "s" => Duration::from_secs(number),
        "min" => Duration::from_secs(number * 60),
        "h" => Duration::from_secs(number * 3600),
        "d" => Duration::from_secs(number * 86_400),
        _ => Duration::from_millis(number),
    }
}

/// Finds the version table among what the server has (DESIGN §4).
///
/// # Errors
/// Several tables, one that cannot be read, no place for one.
pub(crate) fn version_table(server: &Server, at: &Where<'_>) -> Result<VersionTable, StateError> {
    let mut path: Vec<&str> = at.schema.into_iter().collect();
    path.extend(server.search_path.iter().map(String::as_str).filter(|schema| Some(*schema) != at.schema));
    let named = |found: &&FoundTable| match at.version_table_schema {
        Some(schema) => found.schema == schema || path.contains(&found.schema.as_str()),
        None => path.contains(&found.schema.as_str()),
    };
    let found: Vec<&FoundTable> = server.version_tables.iter().filter(named).filter(|found| found.is_ours()).collect();
    let name = Ident::parse(at.version_table)?;
    let qualified = |schema: &str| Ident::parse(schema).map(|schema| Qualified { schema, name: name.clone() });
    let wanted = match (at.version_table_schema, path.first()) {
        (Some(schema), _) => qualified(schema)?,
        (None, Some(first)) => qualified(first)?,
        (None, None) => return Err(StateError::NoSchema { search_path: server.search_path_setting.clone() }),
    };
    match found.as_slice() {
        [] => match server.version_tables.iter().find(|found| found.schema == wanted.schema.as_str()) {
            Some(_) => Err(StateError::NotOne { table: wanted.plain() }),
            None => Ok(VersionTable { name: wanted, exists: false, writable: true, width: None }),
        },
        [only] if at.version_table_schema.is_none_or(|schema| schema == only.schema) => {
            let name = qualified(&only.schema)?;
            if !only.readable {
                return Err(StateError::Unreadable { table: name.plain(), role: server.role.clone() });
            }
            Ok(VersionTable { name, exists: true, writable: only.writes == [true; 3], width: only.width() })
        }
        several => {
            let mut tables: Vec<String> = several
                .iter()
                .map(|found| qualified(&found.schema).map(|name| name.plain()))
                .collect::<Result<_, _>>()?;
            if !tables.contains(&wanted.plain()) {
                tables.insert(0, format!("{} (by the settings)", wanted.plain()));
            }
            Err(StateError::Several { tables })
        }
    }
}

/// Returns whether a schema exists.
///
/// # Errors
/// The server's.
pub(crate) fn schema_exists(session: &mut Session, schema: &str) -> Result<bool, SqlError> {
    session.json(&fill(include_str!("../../sql/state/schema_exists.sql"), &[("$1", &Literal(schema))]))
}

/// Returns whether the role may create tables in a schema; none where the schema does not exist.
///
/// # Errors
/// The server's.
pub(crate) fn may_create_in(session: &mut Session, schema: &Ident) -> Result<Option<bool>, SqlError> {
    session.json(&fill(include_str!("../../sql/state/may_create.sql"), &[("$1", &Literal(schema.as_str()))]))
}

/// Reads version table and journal. One statement; two where the table has row security, since our reads must not be
/// filtered by policies in silence (DESIGN §4).
///
/// # Errors
/// The server's; a table that policies would hide from this role is unreadable.
pub(crate) fn recorded(
    session: &mut Session,
    server: &Server,
    table: &VersionTable,
    at: &Where<'_>,
) -> Result<Recorded, StateError> {
    let mut parts = Vec::new();
    if table.exists {
        parts.push(fill(include_str!("../../sql/state/rows.sql"), &[("$table", &table.name)]));
    }
    if server.may_read_ledger() {
        let journal = Qualified { schema: Ident::parse(at.ledger_schema)?, name: Ident::parse(JOURNAL)? };
        let key = table.name.to_string();
        let values: [(&str, &dyn std::fmt::Display); 2] = [("$journal", &journal), ("$1", &Literal(&key))];
        parts.push(fill(include_str!("../../sql/state/journal.sql"), &values));
    }
    let mut recorded = Recorded { rows: Vec::new(), interrupted: Vec::new() };
    if parts.is_empty() {
        return Ok(recorded);
    }
    let hidden =
        server.version_tables.iter().any(|found| found.row_security && found.schema == table.name.schema.as_str());
    let guard = if hidden { "SELECT pg_catalog.set_config('row_security', 'off', true);\n" } else { "" };
    let sql = format!("{guard}{}", parts.join("\nUNION ALL\n"));
    let rows = session.rows(&sql).map_err(|error| {
        if error.is(crate::pg::error::INSUFFICIENT_PRIVILEGE) {
            StateError::Unreadable { table: table.name.plain(), role: server.role.clone() }
        } else {
            StateError::Sql(error)
        }
    })?;
    for row in rows {
        let mut columns = row.into_iter();
        let mut text = || columns.next().flatten();
        match (text().as_deref(), text()) {
            (Some("row"), Some(value)) => recorded.rows.push(value),
            (Some("journal"), Some(revision)) => {
                let direction = text().unwrap_or_default();
                let state = EntryState::of(text().as_deref());
                let statement = text().and_then(|number| number.parse().ok()).unwrap_or_default();
                let total = text().and_then(|number| number.parse().ok()).unwrap_or_default();
                let entry = JournalEntry { statement, state, checksum: text().unwrap_or_default(), detail: text() };
                let same = |one: &&mut Journaled| one.revision == revision && one.direction == direction;
                match recorded.interrupted.iter_mut().find(same) {
                    Some(journaled) => journaled.entries.push(entry),
                    None => recorded.interrupted.push(Journaled { revision, direction, total, entries: vec![entry] }),
                }
            }
            _ => (),
        }
    }
    for journaled in &mut recorded.interrupted {
        journaled.entries.sort_by_key(|entry| entry.statement);
    }
    Ok(recorded)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::setting_duration;

    #[test]
    fn times_as_the_server_shows_them() {
        let table = [("1s", 1000), ("500ms", 500), ("2min", 120_000), ("1h", 3_600_000), ("0", 0), ("1500ms", 1500)];
        for (text, milliseconds) in table {
            assert_eq!(setting_duration(text), Duration::from_millis(milliseconds), "{text}");
        }
    }
}

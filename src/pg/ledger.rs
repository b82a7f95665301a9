//! Version table and ledger: the statements that record a step. They are sent in the step's own transaction.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde::Deserialize;

use crate::pg::error::{DIVISION_BY_ZERO, SqlError};
use crate::pg::session::Session;
use crate::pg::state::{EntryState, VersionTable};
use crate::revision::id::RevisionId;
use crate::revision::rows::Move;
use crate::text::checksum::lock_key;
use crate::text::fill::fill;
use crate::text::ident::{Ident, cut};
use crate::text::literal::{Literal, LiteralOrNull};

/// What of the ledger a run writes to.
#[derive(Clone, Debug)]
pub(crate) struct Ledger {
    /// Its schema.
    pub(crate) schema: Ident,
    /// The version table of the run.
    pub(crate) table: String,
    /// The run.
    pub(crate) run_id: String,
    /// The machine that runs us.
    pub(crate) client_host: String,
}

/// A step as it is recorded.
#[derive(Clone, Debug)]
pub(crate) struct Record<'a> {
    /// The revision.
    pub(crate) revision: &'a str,
    /// `upgrade`, `downgrade` or `stamp`.
    pub(crate) direction: &'a str,
    /// The checksum of the section that ran.
    pub(crate) checksum: Option<&'a str>,
    /// When the step began.
    pub(crate) started: Timestamp,
    /// How long it took, in milliseconds.
    pub(crate) duration_ms: f64,
    /// How long each statement took, in milliseconds.
    pub(crate) statement_ms: &'a [f64],
    /// Whether one more statement stands before the row in its message: the server adds what it took, and returns the sum.
    pub(crate) counts_message: bool,
    /// Statements in the section.
    pub(crate) total: usize,
    /// Statements that ran.
    pub(crate) done: usize,
    /// What stopped it.
    pub(crate) error: Option<&'a str>,
    /// The rows of the version table after it.
    pub(crate) rows_after: Vec<RevisionId>,
}

/// Returns the statements that make the version table as Alembic makes it.
pub(crate) fn create_version_table(table: &VersionTable, width: usize) -> String {
    let name = table.name.name.as_str();
    let constraint = format!("{name}_pkc");
    let constraint = cut(&constraint).replace('"', "\"\"");
    format!(
        "CREATE TABLE {} (version_num VARCHAR({}) NOT NULL, CONSTRAINT \"{constraint}\" PRIMARY KEY (version_num));",
        table.name,
        width.max(32)
    )
}

/// Returns the statements that make the schema of the version table.
pub(crate) fn create_schema(schema: &Ident) -> String {
    format!("CREATE SCHEMA {schema};")
}

/// Returns the statement that lets `version_num` take so many characters.
pub(crate) fn widen(table: &VersionTable, width: usize) -> String {
    format!("ALTER TABLE {} ALTER COLUMN version_num TYPE VARCHAR({width});", table.name)
}

/// Returns the statements that move the rows of the version table, as Alembic moves them (ALEMBIC.md §6.3): a row that
/// goes and a row that comes are one UPDATE. Each must hit exactly one row, else the message fails with a division by
/// zero (SQLSTATE 22012), which [`is_rows_changed`] knows.
pub(crate) fn move_rows(table: &VersionTable, rows: &Move) -> String {
    let name = &table.name;
    let mut sql = String::new();
    let mut remove: Vec<&str> = rows.remove.iter().map(|id| id.as_str()).collect();
    let mut add: Vec<&str> = rows.add.iter().map(|id| id.as_str()).collect();
    let update = remove.pop().map(|from| (from, add.pop()));
    // Writing to a String cannot fail.
    for gone in remove {
        let change = format!("DELETE FROM {name} WHERE version_num = {}", Literal(gone));
        writeln!(sql, "{}", exactly_one(&change)).ok();
    }
    for come in add {
        writeln!(sql, "INSERT INTO {name} (version_num) VALUES ({});", Literal(come)).ok();
    }
    let change = match update {
        Some((from, Some(to))) => {
            format!("UPDATE {name} SET version_num = {} WHERE version_num = {}", Literal(to), Literal(from))
        }
        Some((from, None)) => format!("DELETE FROM {name} WHERE version_num = {}", Literal(from)),
        None => return sql,
    };
    writeln!(sql, "{}", exactly_one(&change)).ok();
    sql
}

/// Returns the statement that moves the rows of the version table, without its end, where it is one UPDATE; who sends it
/// sees to it that it hits exactly one row. It means the same under any search_path.
pub(crate) fn move_row(table: &VersionTable, rows: &Move) -> Option<String> {
    let ([from], [to]) = (rows.remove.as_slice(), rows.add.as_slice()) else { return None };
    let (name, from, to) = (&table.name, Literal(from.as_str()), Literal(to.as_str()));
    Some(format!("UPDATE {name} SET version_num = {to} WHERE version_num OPERATOR(pg_catalog.=) {from}"))
}

/// Returns whether the rows of the version table were not those that a step expects: somebody else changed them.
pub(crate) fn is_rows_changed(error: &SqlError) -> bool {
    error.is(DIVISION_BY_ZERO)
}

fn exactly_one(change: &str) -> String {
    format!(
        "WITH changed AS ({change} RETURNING 1) \
         SELECT 1 / (CASE WHEN pg_catalog.count(*) = 1 THEN 1 ELSE 0 END) FROM changed;"
    )
}

/// Milliseconds since the message that is being worked on has arrived. In parentheses, because operators that are written
/// with their schema all bind alike.
const OF_MESSAGE: &str = "(pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) \
                          pg_catalog.statement_timestamp()) OPERATOR(pg_catalog.*) '1000')";

impl Ledger {
    /// Returns the statements that make the ledger, with its schema where that is missing.
    pub(crate) fn create(&self, has_schema: bool) -> String {
        // Runs of another version table in this database may make it at the same time. What they have made while this
        // one waited is only seen once messages from other backends are read, which locking a table does: any table
        // that no revision has a reason to have locked.
        let key = lock_key(&format!("pgkeel ledger {}", self.schema));
        let lock =
            format!("SELECT pg_catalog.pg_advisory_xact_lock({key});\nSELECT FROM pg_catalog.pg_transform LIMIT 0;\n");
        let tables = fill(include_str!("../../sql/ledger/create.sql"), &[("$schema", &self.schema)]);
        if has_schema {
            return format!("{lock}{tables}");
        }
        let schema = fill(include_str!("../../sql/ledger/create_schema.sql"), &[("$schema", &self.schema)]);
        format!("{lock}{schema}{tables}")
    }

    /// Returns the statement that adds a step to the history.
    pub(crate) fn history(&self, record: &Record<'_>) -> String {
        let statement_ms: Vec<String> = record.statement_ms.iter().map(|ms| format!("{ms:.3}")).collect();
        let (mut duration_ms, mut statement_ms) =
            (format!("'{:.3}'", record.duration_ms), format!("'{{{}}}'", statement_ms.join(",")));
        let mut returning = "";
        if record.counts_message {
            let before: String = record.statement_ms.iter().map(|ms| format!("'{ms:.3}', ")).collect();
            write!(duration_ms, " OPERATOR(pg_catalog.+) {OF_MESSAGE}").ok();
            statement_ms = format!("ARRAY[{before}{OF_MESSAGE}]");
            returning = " RETURNING duration_ms";
        }
        // Each column takes the server its time, those without a value as well.
        let (outcome, column, value) = match record.error {
            Some(error) => ("failed", "error", Literal(error).to_string()),
            None => ("done", "rows_after", text_array(&record.rows_after)),
        };
        format!(
            "INSERT INTO {}.history (run_id, version_table, revision, direction, checksum, started_at, finished_at, \
             duration_ms, statement_ms, statements_done, statements_total, outcome, {column}, client_host, \
             tool_version) VALUES ({}, {}, {}, {}, {}, {}, pg_catalog.clock_timestamp(), {duration_ms}, \
             {statement_ms}, {}, {}, {}, {value}, {}, {}){returning};",
            self.schema,
            Literal(&self.run_id),
            Literal(&self.table),
            Literal(record.revision),
            Literal(record.direction),
            LiteralOrNull(record.checksum),
            Literal(&record.started.to_string()),
            record.done,
            record.total,
            Literal(outcome),
            Literal(&self.client_host),
            Literal(env!("CARGO_PKG_VERSION")),
        )
    }

    /// Returns the query that tells whether this run has done a step.
    pub(crate) fn has_done(&self, revision: &str, direction: &str) -> String {
        format!(
            "SELECT EXISTS (SELECT FROM {}.history WHERE run_id = {} AND version_table = {} AND revision = {} \
             AND direction = {} AND outcome = 'done')",
            self.schema,
            Literal(&self.run_id),
            Literal(&self.table),
            Literal(revision),
            Literal(direction),
        )
    }

    /// Returns the statement that journals a statement of a section: begun, or done.
    pub(crate) fn journal(&self, entry: &NewEntry<'_>) -> String {
        format!(
            "INSERT INTO {schema}.journal AS j (version_table, revision, direction, statement, total, checksum, state, \
             detail, run_id) VALUES ({}, {}, {}, {}, {}, {}, {}, {}, {}) \
             ON CONFLICT (version_table, revision, direction, statement) DO UPDATE SET checksum = excluded.checksum, \
             total = excluded.total, state = excluded.state, detail = excluded.detail, run_id = excluded.run_id, \
             at = pg_catalog.clock_timestamp();",
            Literal(&self.table),
            Literal(entry.revision),
            Literal(entry.direction),
            entry.statement,
            entry.total,
            Literal(entry.checksum),
            Literal(entry.state.name()),
            LiteralOrNull(entry.detail),
            Literal(&self.run_id),
            schema = self.schema,
        )
    }

    /// Returns the statement that empties the journal of a section.
    pub(crate) fn forget(&self, revision: &str, direction: &str) -> String {
        format!(
            "DELETE FROM {}.journal WHERE version_table = {} AND revision = {} AND direction = {};",
            self.schema,
            Literal(&self.table),
            Literal(revision),
            Literal(direction)
        )
    }

    /// Returns the statement that empties the journal of all sections of the version table.
    pub(crate) fn forget_all(&self) -> String {
        format!("DELETE FROM {}.journal WHERE version_table = {};", self.schema, Literal(&self.table))
    }
}

/// An entry of the journal to be written.
#[derive(Clone, Debug)]
pub(crate) struct NewEntry<'a> {
    /// The revision.
    pub(crate) revision: &'a str,
    /// `upgrade` or `downgrade`.
    pub(crate) direction: &'a str,
    /// The number of the statement, from 1.
    pub(crate) statement: usize,
    /// Statements in the section.
    pub(crate) total: usize,
    /// The checksum of its text.
    pub(crate) checksum: &'a str,
    /// How far it is.
    pub(crate) state: EntryState,
    /// JSON to be kept with it.
    pub(crate) detail: Option<&'a str>,
}

/// A row of the history, as `status` shows it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct PastStep {
    /// The run.
    pub(crate) run_id: String,
    /// The revision.
    pub(crate) revision: String,
    /// `upgrade`, `downgrade` or `stamp`.
    pub(crate) direction: String,
    /// When it began.
    pub(crate) started_at: String,
    /// How long it took, in milliseconds.
    pub(crate) duration_ms: f64,
    /// Statements that ran.
    pub(crate) statements_done: u32,
    /// Statements in the section.
    pub(crate) statements_total: u32,
    /// `done` or `failed`.
    pub(crate) outcome: String,
    /// What stopped it.
    pub(crate) error: Option<String>,
    /// The role that ran it.
    pub(crate) role: String,
    /// The machine that ran it.
    pub(crate) client_host: String,
    /// The version of the program.
    pub(crate) tool_version: String,
}

/// Returns the newest steps of a version table, newest first.
///
/// # Errors
/// The server's.
pub(crate) fn last_runs(
    session: &mut Session,
    schema: &Ident,
    table: &VersionTable,
) -> Result<Vec<PastStep>, SqlError> {
    let (history, key) = (format!("{schema}.history"), table.name.to_string());
    let values: [(&str, &dyn std::fmt::Display); 2] = [("$history", &history), ("$1", &Literal(&key))];
    session.json(&fill(include_str!("../../sql/ledger/last_runs.sql"), &values))
}

/// Returns whether the ledger says that the version table has no rows because a step of ours took the last one away: the
/// database is at `base` by evidence, whatever objects are left in it.
///
/// # Errors
/// The server's.
pub(crate) fn is_at_base(session: &mut Session, schema: &Ident, table: &VersionTable) -> Result<bool, SqlError> {
    let (history, key) = (format!("{schema}.history"), table.name.to_string());
    let values: [(&str, &dyn std::fmt::Display); 2] = [("$history", &history), ("$1", &Literal(&key))];
    let rows: Option<u32> = session.json(&fill(include_str!("../../sql/ledger/last_move.sql"), &values))?;
    Ok(rows == Some(0))
}

/// An array of texts as a literal (PostgreSQL manual 8.15.6): a constructor takes longer to be planned.
fn text_array(ids: &[RevisionId]) -> String {
    let quoted = |id: &RevisionId| format!("\"{}\"", id.as_str().replace('\\', "\\\\").replace('"', "\\\""));
    let ids: Vec<String> = ids.iter().map(quoted).collect();
    Literal(&format!("{{{}}}", ids.join(","))).to_string()
}

#[cfg(test)]
mod tests {
    use super::move_rows;
    use crate::pg::state::VersionTable;
    use crate::revision::id::RevisionId;
    use crate::revision::rows::Move;
    use crate::text::ident::{Ident, Qualified};

    fn moved(remove: &[&str], add: &[&str]) -> Vec<String> {
        let ids = |list: &[&str]| list.iter().map(|id| RevisionId::parse(id).unwrap()).collect();
        let name = |text| Ident::parse(text).unwrap();
        let table = VersionTable {
            name: Qualified { schema: name("s"), name: name("v") },
            exists: true,
            writable: true,
            width: Some(32),
        };
        let sql = move_rows(&table, &Move { remove: ids(remove), add: ids(add) });
        sql.lines()
            .map(|line| line.replace("WITH changed AS (", "").split(" RETURNING").next().unwrap_or("").to_owned())
            .collect()
    }

    #[test]
    fn rows_move_as_alembic_moves_them() {
        assert_eq!(moved(&[], &["a"]), ["INSERT INTO \"s\".\"v\" (version_num) VALUES ('a');"]);
        assert_eq!(moved(&["a"], &["b"]), ["UPDATE \"s\".\"v\" SET version_num = 'b' WHERE version_num = 'a'"]);
        assert_eq!(moved(&["a"], &[]), ["DELETE FROM \"s\".\"v\" WHERE version_num = 'a'"]);
        assert_eq!(
            moved(&["a", "b"], &["m"]),
            [
                "DELETE FROM \"s\".\"v\" WHERE version_num = 'a'",
                "UPDATE \"s\".\"v\" SET version_num = 'm' WHERE version_num = 'b'"
            ]
        );
        assert_eq!(
            moved(&["m"], &["a", "b"]),
            [
                "INSERT INTO \"s\".\"v\" (version_num) VALUES ('a');",
                "UPDATE \"s\".\"v\" SET version_num = 'b' WHERE version_num = 'm'"
            ]
        );
    }
}

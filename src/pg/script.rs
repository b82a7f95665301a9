//! A plan as a script for psql (ALEMBIC.md §10): what a run would do, written down for somebody else to run.
//!
//! The script depends on the plan and the settings alone: time, run id and the place of the version table are found by
//! the server when it runs. It holds the lock of a run for its session, so it wants a direct connection, as pgkeel does.

use std::fmt::{Display, Write as _};
use std::time::Duration;

use crate::pg::ledger::{Ledger, NewEntry, create_version_table, move_rows, widen};
use crate::pg::state::{EntryState, VersionTable};
use crate::plan::section::{Prepared, Unit, UnitKind};
use crate::plan::{Op, Plan, Step};
use crate::revision::id::RevisionId;
use crate::revision::rows::Move;
use crate::text::fill::fill;
use crate::text::ident::{Ident, NotAnIdent, Qualified};
use crate::text::literal::{Literal, LiteralOrNull};

/// What a script needs to know beside the plan.
#[derive(Clone, Debug)]
pub(crate) struct Script<'a> {
    /// The name of the version table.
    pub(crate) version_table: &'a str,
    /// Its schema, where a setting says.
    pub(crate) version_table_schema: Option<&'a str>,
    /// The setting `schema`, which stands first in the search_path.
    pub(crate) schema: Option<&'a str>,
    /// The schema of the ledger; none when it is off.
    pub(crate) ledger_schema: Option<&'a str>,
    /// `lock_timeout` of what runs in a transaction; zero for no limit.
    pub(crate) lock_timeout: Duration,
    /// `statement_timeout`; none for no limit.
    pub(crate) statement_timeout: Option<Duration>,
    /// All steps in one transaction.
    pub(crate) single_transaction: bool,
}

/// Stands for what psql puts in: no name that anybody uses has this character in it.
const SCHEMA: &str = "\u{1}schema";
const TABLE: &str = "\u{1}table";
const RUN: &str = "\u{1}run";

const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;\n";
const STARTED: &str = "SELECT pg_catalog.clock_timestamp() AS pgkeel_started \\gset\n";
const AS_OURSELVES: &str = "RESET SESSION AUTHORIZATION;\nRESET ROLE;\nSET LOCAL search_path = pg_catalog;\n\
    SET LOCAL statement_timeout = 0;\nSET LOCAL lock_timeout = 0;\n";
const CLEAN: &str =
    "RESET SESSION AUTHORIZATION;\nRESET ROLE;\nRESET ALL;\nDISCARD TEMP;\nDEALLOCATE ALL;\nUNLISTEN *;\n";

/// Writes the script of a plan.
///
/// # Errors
/// Settings that are no names of database objects.
pub(crate) fn script(plan: &Plan, how: &Script<'_>) -> Result<String, NotAnIdent> {
    Writer::new(how)?.whole(plan)
}

struct Writer<'a> {
    how: &'a Script<'a>,
    table: VersionTable,
    ledger: Option<Ledger>,
    text: String,
    /// Whether no step has been recorded yet.
    is_first: bool,
}

impl<'a> Writer<'a> {
    fn new(how: &'a Script<'a>) -> Result<Self, NotAnIdent> {
        let name = Qualified { schema: Ident::parse(SCHEMA)?, name: Ident::parse(how.version_table)? };
        let ledger = how.ledger_schema.map(|schema| {
            Ok(Ledger {
                schema: Ident::parse(schema)?,
                table: TABLE.to_owned(),
                run_id: RUN.to_owned(),
                client_host: String::new(),
            })
        });
        Ok(Self {
            how,
            table: VersionTable { name, exists: true, writable: true, width: None },
            ledger: ledger.transpose()?,
            text: String::new(),
            is_first: true,
        })
    }

    fn whole(mut self, plan: &Plan) -> Result<String, NotAnIdent> {
        self.begin(plan)?;
        if self.how.single_transaction {
            self.text.push_str(BEGIN);
        }
        for (number, step) in plan.steps.iter().enumerate() {
            self.title(step, number + 1, plan.steps.len());
            match &step.section {
                Some(section) if !section.transaction => self.journaled(step, section),
                section => self.transactional(step, section.as_ref()),
            }
            let last = number + 1 == plan.steps.len();
            if self.how.single_transaction && last {
                self.text.push_str("COMMIT;\n");
            }
            self.text.push_str(CLEAN);
            if !last {
                self.session();
            }
        }
        self.text.push('\n');
        self.text.push_str(&fill(include_str!("../../sql/script/end.psql"), &[]));
        Ok(self.text)
    }

    fn begin(&mut self, plan: &Plan) -> Result<(), NotAnIdent> {
        let (first, last) = (start(&plan.rows_before), plan.steps.last().map(|step| rows(&step.rows_after.to_vec())));
        let end = last.unwrap_or_else(|| first.clone());
        self.line(&format!("-- From {first} to {end}, written by pgkeel {}.", env!("CARGO_PKG_VERSION")));
        self.line("-- For psql, on a direct connection: psql -X -f FILE \"$DATABASE_URL\"");
        self.line("\\set ON_ERROR_STOP on");
        self.line("\\set AUTOCOMMIT on");
        self.session();
        let (schemas, wanted): (Box<dyn Display>, Box<dyn Display>) = match self.how.version_table_schema {
            Some(schema) => {
                let name = Literal(schema).to_string();
                (Box::new(format!("ARRAY[{name}]::name[]")), Box::new(format!("{name}::text")))
            }
            None => (Box::new("pg_catalog.current_schemas(false)"), Box::new("pg_catalog.current_schema()::text")),
        };
        let mut sorted = plan.rows_before.clone();
        sorted.sort();
        let refusal = format!(
            "BEGIN RAISE EXCEPTION {} USING HINT = {}; END",
            Literal(&format!("this script starts at {first}, and the database is elsewhere")),
            Literal("write one for where the database is, or let pgkeel do the work: pgkeel upgrade"),
        );
        let values: [(&str, &dyn Display); 6] = [
            ("$table", &Literal(self.how.version_table)),
            ("$schemas", &*schemas),
            ("$wanted", &*wanted),
            ("$rows", &Literal(&sorted.join(", "))),
            ("$start", &Literal(&refusal.replace('%', "%%"))),
            ("$quoted", &self.table.name.name),
        ];
        self.text.push_str(&fill(include_str!("../../sql/script/begin.psql"), &values));
        if let Some(ledger) = &self.ledger {
            let name = ledger.schema.as_str().to_owned();
            let values: [(&str, &dyn Display); 2] = [("$schema_name", &Literal(&name)), ("$schema", &ledger.schema)];
            self.text.push_str(&fill(include_str!("../../sql/script/ledger.psql"), &values));
        }
        Ok(())
    }

    /// Settings of the session, which are reset after each revision.
    fn session(&mut self) {
        self.line("SET client_encoding = 'UTF8';");
        self.line("SET standard_conforming_strings = on;");
        self.line("SET default_transaction_read_only = off;");
        self.line("SET idle_in_transaction_session_timeout = 0;");
        let lock_timeout = self.how.lock_timeout.as_millis();
        self.line(&format!("SET lock_timeout = {lock_timeout};"));
        let statement_timeout = self.how.statement_timeout.map_or(0, |timeout| timeout.as_millis());
        self.line(&format!("SET statement_timeout = {statement_timeout};"));
        if let Some(schema) = self.how.schema {
            let first = format!("\"{}\"", schema.replace('"', "\"\""));
            self.line(&format!(
                "SELECT pg_catalog.set_config('search_path', pg_catalog.concat_ws(', ', {}, \
                 nullif(pg_catalog.current_setting('search_path'), '')), false) AS pgkeel_path \\gset",
                Literal(&first)
            ));
        }
    }

    fn title(&mut self, step: &Step, number: usize, of: usize) {
        let title = step.title.replace(['\n', '\r'], " ");
        let name = step.name();
        self.text.push('\n');
        self.line(format!("-- {number} of {of}: {} {name} {title}", step.op.name()).trim_end());
    }

    fn transactional(&mut self, step: &Step, section: Option<&Prepared>) {
        if !self.how.single_transaction {
            self.text.push_str(BEGIN);
        }
        self.text.push_str(STARTED);
        if let Some(section) = section {
            for number in 0..section.statements.len() {
                self.statement(section, number);
            }
        }
        self.text.push_str(AS_OURSELVES);
        self.records(step);
        if !self.how.single_transaction {
            self.text.push_str("COMMIT;\n");
        }
    }

    fn journaled(&mut self, step: &Step, section: &Prepared) {
        self.text.push_str(STARTED);
        // What runs outside of a transaction must not be cut short while it waits: it would leave an INVALID index.
        self.line("SET lock_timeout = 0;");
        self.text.push_str(BEGIN);
        self.make_ledger();
        self.line("COMMIT;");
        for (number, unit) in section.units.iter().enumerate() {
            let chains =
                |unit: Option<&Unit>| matches!(unit, Some(Unit { kind: UnitKind::Block { opened: false, .. }, .. }));
            // Nothing of ours may come between the blocks of a chain: it would be in the transaction of the next.
            let chained = chains(Some(unit));
            let goes_on = chains(section.units.get(number + 1));
            match &unit.kind {
                UnitKind::Session => self.unit(section, unit),
                UnitKind::Transaction => {
                    self.text.push_str(BEGIN);
                    self.unit(section, unit);
                    self.journal(step, section, unit, EntryState::Done);
                    self.line("COMMIT;");
                }
                UnitKind::MaybeAlone | UnitKind::Alone(_) | UnitKind::Block { .. } | UnitKind::Prepare { .. } => {
                    if !chained {
                        self.journal(step, section, unit, EntryState::Begun);
                    }
                    self.unit(section, unit);
                    if !goes_on {
                        self.journal(step, section, unit, EntryState::Done);
                    }
                }
            }
        }
        self.text.push_str(BEGIN);
        self.text.push_str(AS_OURSELVES);
        self.records(step);
        self.line("COMMIT;");
    }

    fn unit(&mut self, section: &Prepared, unit: &Unit) {
        for number in unit.statements.clone() {
            self.statement(section, number);
        }
    }

    fn statement(&mut self, section: &Prepared, number: usize) {
        let statement = &section.statements[number];
        let text = section.text(statement);
        self.text.push_str(text);
        // A comment at the end would swallow the semicolon.
        if text.lines().next_back().is_some_and(|line| line.contains("--")) {
            self.text.push('\n');
        }
        self.text.push_str(";\n");
        if let Some(data) = section.copy_data(statement) {
            self.text.push_str(data);
            if !data.is_empty() && !data.ends_with('\n') {
                self.text.push('\n');
            }
            self.text.push_str("\\.\n");
        }
    }

    fn journal(&mut self, step: &Step, section: &Prepared, unit: &Unit, state: EntryState) {
        let Some(ledger) = &self.ledger else { return };
        let entry = NewEntry {
            revision: step.name(),
            direction: step.op.name(),
            statement: unit.statements.start + 1,
            total: section.statements.len(),
            checksum: &section.unit_checksum(unit),
            state,
            detail: None,
        };
        let sql = ledger.journal(&entry);
        self.ours(&sql);
    }

    /// The rows of the version table and the history, in the transaction that is open.
    fn records(&mut self, step: &Step) {
        let first = std::mem::take(&mut self.is_first);
        let width = longest(&step.rows.add);
        let moves = move_rows(&self.table, &step.rows).replace("FROM changed;", "FROM changed \\g /dev/null");
        let widen = if width > 32 { widen(&self.table, width) } else { String::new() };
        // Only the first step can find no table, and one that drops it, or the schema that it is in.
        if first || step.may_touch_table(self.how.version_table) {
            self.line("SELECT pg_catalog.to_regclass(:'pgkeel_table') IS NOT NULL AS pgkeel_exists \\gset");
            self.line("\\if :pgkeel_exists");
            self.ours(&format!("{widen}{moves}"));
            if !step.rows_after.is_empty() {
                self.line("\\else");
                self.make_table(&step.rows_after.to_vec());
            }
            self.line("\\endif");
        } else {
            self.ours(&format!("{widen}{moves}"));
        }
        self.make_ledger();
        let Some(ledger) = &self.ledger else { return };
        let mut sql = String::new();
        let off = step.section.as_ref().is_some_and(|section| !section.transaction);
        if off && step.op != Op::Stamp {
            sql.push_str(&ledger.forget(step.name(), step.op.name()));
            sql.push('\n');
        }
        let total = step.section.as_ref().map_or(0, |section| section.statements.len());
        let checksum = step.section.as_ref().map(|section| section.checksum.as_str());
        // The server knows the rows; without any there may be no table to ask.
        let table = &self.table.name;
        let rows_after = match step.rows_after.is_empty() {
            true => "'{}'".to_owned(),
            false => format!("ARRAY(SELECT version_num::text FROM {table} ORDER BY version_num COLLATE \"C\")"),
        };
        let values: [(&str, &dyn Display); 7] = [
            ("$rows_after", &rows_after),
            ("$schema", &ledger.schema),
            ("$revision", &Literal(step.name())),
            ("$direction", &Literal(step.op.name())),
            ("$checksum", &LiteralOrNull(checksum)),
            ("$total", &total),
            ("$version", &Literal(env!("CARGO_PKG_VERSION"))),
        ];
        sql.push_str(&fill(include_str!("../../sql/script/history.psql"), &values));
        self.ours(&sql);
    }

    /// Makes the version table with its rows, and its schema where that has gone with it.
    fn make_table(&mut self, rows: &[RevisionId]) {
        self.line(
            "SELECT pg_catalog.to_regnamespace(pg_catalog.quote_ident(:'pgkeel_schema')) IS NOT NULL \
             AS pgkeel_has_schema \\gset",
        );
        self.line("\\if :pgkeel_has_schema");
        self.line("\\else");
        self.line("CREATE SCHEMA :\"pgkeel_schema\";");
        self.line("\\endif");
        let create = create_version_table(&self.table, longest(rows));
        self.ours(&create);
        let all = move_rows(&self.table, &Move { remove: Vec::new(), add: rows.to_vec() });
        self.ours(&all);
    }

    /// Makes the ledger where it is missing, in the transaction that is open.
    fn make_ledger(&mut self) {
        let Some(ledger) = &self.ledger else { return };
        // What only takes a lock has an answer that nobody reads.
        let silent = |sql: &str| -> String {
            let lines = sql.lines().map(|line| match line.strip_suffix(';') {
                Some(select) if line.starts_with("SELECT ") => format!("{select} \\g /dev/null\n"),
                _ => format!("{line}\n"),
            });
            lines.collect()
        };
        let (in_schema, with_schema) = (silent(&ledger.create(true)), silent(&ledger.create(false)));
        self.line("\\if :pgkeel_has_ledger");
        self.line("\\elif :pgkeel_has_ledger_schema");
        self.ours(&in_schema);
        self.line("\\else");
        self.ours(&with_schema);
        self.line("\\endif");
        self.line("\\set pgkeel_has_ledger true");
    }

    /// SQL of our own, in which psql puts what only the server knows.
    fn ours(&mut self, sql: &str) {
        let sql = sql
            .replace(&format!("\"{SCHEMA}\""), ":\"pgkeel_schema\"")
            .replace(&format!("'{TABLE}'"), ":'pgkeel_table'")
            .replace(&format!("'{RUN}'"), ":'pgkeel_run'");
        self.text.push_str(sql.trim_end());
        self.text.push('\n');
    }

    fn line(&mut self, line: &str) {
        // Writing to a String cannot fail.
        writeln!(self.text, "{line}").ok();
    }
}

fn start(rows: &[String]) -> String {
    if rows.is_empty() { "base".to_owned() } else { rows.join(", ") }
}

/// How many characters the longest of these ids has.
fn longest(ids: &[RevisionId]) -> usize {
    ids.iter().map(|id| id.as_str().chars().count()).max().unwrap_or(0)
}

fn rows(ids: &[RevisionId]) -> String {
    start(&ids.iter().map(ToString::to_string).collect::<Vec<_>>())
}

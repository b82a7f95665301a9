//! The rows of a ledger → what is applied, and whether something is broken or locked.

use crate::detect::ForeignLedger;
use crate::detect::history::order::{by_numeric_parts, chain, last_of_each, newest_per_key};
use crate::detect::table::Table;
use crate::detect::tool::Tool;

mod order;

/// One row: the values of the asked columns as text, in the order asked. A missing column is NULL.
pub(crate) type Row = Vec<Option<String>>;

/// What to read of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reading {
    /// The columns.
    pub(crate) columns: &'static [&'static str],
    /// Columns to order by.
    pub(crate) order: &'static [&'static str],
}

/// A table beside the ledger that says something about its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Beside {
    /// The table's name, in lower case.
    pub(crate) table: &'static str,
    /// What to read of it.
    pub(crate) reading: Reading,
}

/// Returns what to read of a tool's ledger.
pub(crate) fn reading(tool: Tool) -> Reading {
    let (columns, order): (&'static [&'static str], &'static [&'static str]) = match tool {
        Tool::Aerich => (&["version"], &["id"]),
        Tool::Alembic => (&["version_num"], &["version_num"]),
        Tool::Atlas => (&["version", "type", "applied", "total", "error"], &["version"]),
        Tool::DbMigrate | Tool::NodePgMigrate => (&["name"], &["run_on", "id"]),
        Tool::Dbmate | Tool::Rails | Tool::Diesel | Tool::SupabaseCli | Tool::Doctrine => (&["version"], &["version"]),
        Tool::Django => (&["app", "name"], &["id", "applied"]),
        Tool::Drizzle => (&["created_at"], &["created_at", "id"]),
        Tool::Ecto | Tool::Refinery | Tool::Postgrator | Tool::Phinx | Tool::Tern => (&["version"], &["version"]),
        Tool::EfCore => (&["MigrationId", "migration_id"], &[]),
        Tool::Flyway => (&["version", "type", "success", "script", "description"], &["installed_rank"]),
        Tool::GolangMigrate => (&["version", "dirty"], &[]),
        Tool::Goose => (&["version_id", "is_applied"], &["id"]),
        Tool::GraphileMigrate => (&["hash", "previous_hash", "filename"], &["date"]),
        Tool::Knex => (&["name", "batch"], &["id"]),
        Tool::Kysely | Tool::Sequelize => (&["name"], &[]),
        Tool::Laravel => (&["migration", "batch"], &["batch", "id"]),
        Tool::Liquibase => (&["filename", "id", "author", "exectype", "tag"], &["orderexecuted", "dateexecuted"]),
        Tool::MikroOrm | Tool::PeeweeMigrate | Tool::PostgresMigrations => (&["name"], &["id"]),
        Tool::MyBatis => (&["id"], &["id"]),
        Tool::Pgroll => (&["schema", "name", "parent", "done"], &["created_at"]),
        Tool::Piccolo => (&["app_name", "name"], &["id"]),
        Tool::Play => (&["id", "state"], &["id"]),
        Tool::Prisma => (&["migration_name", "finished_at", "rolled_back_at"], &["started_at"]),
        Tool::Sqitch => (&["project", "change"], &["committed_at"]),
        Tool::SqlMigrate => (&["id"], &[]),
        Tool::Sqlx => (&["version", "success"], &["version"]),
        Tool::TypeOrm => (&["name"], &["timestamp", "id"]),
        Tool::Yoyo => (&["migration_id"], &["applied_at_utc"]),
    };
    Reading { columns, order }
}

/// Returns the tables beside a tool's ledger that have to be read too.
pub(crate) fn beside(tool: Tool) -> &'static [Beside] {
    const fn one(table: &'static str, columns: &'static [&'static str], order: &'static [&'static str]) -> Beside {
        Beside { table, reading: Reading { columns, order } }
    }
    const RAILS: &[Beside] = &[one("ar_internal_metadata", &["key", "value"], &[])];
    const LIQUIBASE: &[Beside] = &[one("databasechangeloglock", &["locked", "lockedby"], &[])];
    const KNEX: &[Beside] = &[one("knex_migrations_lock", &["is_locked"], &[])];
    const YOYO: &[Beside] = &[one("yoyo_lock", &["pid"], &[])];
    const GRAPHILE: &[Beside] = &[one("current", &["content"], &[])];
    const SQITCH: &[Beside] =
        &[one("events", &["event", "project", "change"], &["committed_at"]), one("tags", &["tag"], &["committed_at"])];
    if tool == Tool::Rails {
        RAILS
    } else if tool == Tool::Liquibase {
        LIQUIBASE
    } else if tool == Tool::Knex {
        KNEX
    } else if tool == Tool::Yoyo {
        YOYO
    } else if tool == Tool::GraphileMigrate {
        GRAPHILE
    } else if tool == Tool::Sqitch {
        SQITCH
    } else {
        &[]
    }
}

/// Returns the ledger of a table whose rows the role may not read (42501): the tool is known, and nothing else.
pub(crate) fn unreadable(tool: Tool, table: &Table) -> ForeignLedger {
    let notes = vec!["the role may not read the table, so neither version nor state is known".to_owned()];
    ForeignLedger { unreadable: true, notes, ..ForeignLedger::of(tool, table) }
}

/// Returns what a ledger says. `rows` are those of [`reading`], `beside` those of each table of [`beside`], by name.
pub(crate) fn judge(tool: Tool, table: &Table, rows: &[Row], beside: &[(&'static str, Vec<Row>)]) -> ForeignLedger {
    let mut ledger = ForeignLedger::of(tool, table);
    read_rows(tool, rows, &mut ledger);
    for (name, rows) in beside {
        read_beside(name, rows, &mut ledger);
    }
    ledger.dirty |= ledger.locked;
    ledger
}

fn text(row: &Row, column: usize) -> Option<&str> {
    row.get(column).and_then(|value| value.as_deref())
}

fn is_true(row: &Row, column: usize) -> bool {
    text(row, column) == Some("t")
}

fn first(rows: &[Row]) -> Vec<String> {
    rows.iter().filter_map(|row| text(row, 0)).map(str::to_owned).collect()
}

/// Returns `parent` and `child` of each row, joined.
fn joined(rows: &[Row], by: &str) -> Vec<String> {
    rows.iter().filter_map(|row| Some(format!("{}{by}{}", text(row, 0)?, text(row, 1)?))).collect()
}

fn read_rows(tool: Tool, rows: &[Row], ledger: &mut ForeignLedger) {
    match tool {
        // histories whose order the query gave
        Tool::DbMigrate
        | Tool::NodePgMigrate
        | Tool::Drizzle
        | Tool::MikroOrm
        | Tool::PeeweeMigrate
        | Tool::PostgresMigrations
        | Tool::MyBatis
        | Tool::Aerich
        | Tool::Ecto
        | Tool::Refinery
        | Tool::Phinx
        | Tool::TypeOrm
        | Tool::Yoyo => ledger.set(first(rows)),
        Tool::Postgrator => ledger.set(first(rows).into_iter().filter(|version| version != "0").collect()),
        // histories by name: byte order, since a collation would read punctuation otherwise
        Tool::Alembic
        | Tool::Dbmate
        | Tool::Rails
        | Tool::Diesel
        | Tool::SupabaseCli
        | Tool::Doctrine
        | Tool::Kysely
        | Tool::Sequelize
        | Tool::SqlMigrate => {
            let mut names = first(rows);
            names.sort_unstable();
            ledger.set(names);
        }
        Tool::EfCore => {
            let mut names: Vec<String> =
                rows.iter().filter_map(|row| text(row, 0).or_else(|| text(row, 1))).map(str::to_owned).collect();
            names.sort_unstable();
            ledger.set(names);
        }
        Tool::Knex | Tool::Laravel => {
            ledger.set(first(rows));
            if let Some(batch) = rows.last().and_then(|row| text(row, 1)) {
                ledger.notes.push(format!("the last batch is {batch}"));
            }
        }
        Tool::Sqlx => {
            ledger.set(first(&matching(rows, |row| is_true(row, 1))));
            ledger.broken(first(&matching(rows, |row| !is_true(row, 1))), "failed");
        }
        Tool::Play => {
            ledger.set(first(&matching(rows, |row| text(row, 1) == Some("applied"))));
            ledger.broken(first(&matching(rows, |row| text(row, 1) != Some("applied"))), "not finished");
        }
        Tool::Prisma => {
            let mut names = first(&matching(rows, |row| text(row, 1).is_some() && text(row, 2).is_none()));
            names.dedup();
            ledger.set(names);
            let unfinished = matching(rows, |row| text(row, 1).is_none() && text(row, 2).is_none());
            ledger.broken(first(&unfinished), "failed");
        }
        Tool::Goose => {
            let newest = newest_per_key(rows.iter().filter_map(|row| Some((text(row, 0)?, is_true(row, 1)))));
            let applied: Vec<String> = newest
                .into_iter()
                .filter(|(id, applied)| *applied && *id != "0")
                .map(|(id, _)| id.to_owned())
                .collect();
            ledger.version = applied.iter().max_by_key(|id| id.parse::<i64>().unwrap_or(0)).cloned();
            ledger.applied = applied;
        }
        Tool::Tern => {
            let version: i64 = rows.first().and_then(|row| text(row, 0)).and_then(|v| v.parse().ok()).unwrap_or(0);
            ledger.set((1..=version.min(1_000_000)).map(|n| n.to_string()).collect());
        }
        Tool::GolangMigrate => golang_migrate(rows, ledger),
        Tool::Flyway => flyway(rows, ledger),
        Tool::Liquibase => liquibase(rows, ledger),
        Tool::Atlas => atlas(rows, ledger),
        Tool::Pgroll => pgroll(rows, ledger),
        Tool::GraphileMigrate => {
            let links = rows.iter().filter_map(|row| Some((text(row, 0)?, text(row, 1), text(row, 2)?)));
            ledger.set(chain(links.collect()));
        }
        Tool::Django | Tool::Piccolo => {
            ledger.applied = joined(rows, ".");
            ledger.version = last_of_each(rows, ".");
        }
        Tool::Sqitch => {
            ledger.applied = rows.iter().filter_map(|row| text(row, 1)).map(str::to_owned).collect();
            let projects: std::collections::BTreeSet<_> = rows.iter().filter_map(|row| text(row, 0)).collect();
            ledger.version = if projects.len() > 1 { last_of_each(rows, ":") } else { ledger.applied.last().cloned() };
            ledger.notes.extend(projects.iter().map(|project| format!("it holds the project {project}")));
        }
    }
}

fn matching(rows: &[Row], wanted: impl Fn(&Row) -> bool) -> Vec<Row> {
    rows.iter().filter(|row| wanted(row)).cloned().collect()
}

/// One row at most: the version last tried. `-1` means that the way down of the first file failed.
fn golang_migrate(rows: &[Row], ledger: &mut ForeignLedger) {
    let Some(row) = rows.first() else { return };
    ledger.version = text(row, 0).map(str::to_owned);
    ledger.applied = ledger.version.iter().filter(|version| !version.starts_with('-')).cloned().collect();
    if is_true(row, 1) {
        let version = ledger.version.clone().unwrap_or_default();
        ledger.broken(vec![version], "failed half-way");
    }
}

/// `success` rows, less what a higher rank undid or deleted; the highest version by its numbers, not by rank.
fn flyway(rows: &[Row], ledger: &mut ForeignLedger) {
    let mut applied: Vec<&str> = Vec::new();
    let mut repeatable: Vec<&str> = Vec::new();
    let mut failed = Vec::new();
    for row in rows {
        let (version, kind) = (text(row, 0), text(row, 1).unwrap_or_default());
        if !is_true(row, 2) {
            failed.push(version.or_else(|| text(row, 3)).unwrap_or("?").to_owned());
        } else if kind == "DELETE" || kind.starts_with("UNDO") {
            match version {
                Some(version) => applied.retain(|other| by_numeric_parts(other, version).is_ne()),
                None => repeatable.retain(|script| Some(*script) != text(row, 3)),
            }
        } else if kind != "SCHEMA" {
            match (version, text(row, 3)) {
                (Some(version), _) if !applied.contains(&version) => applied.push(version),
                (None, Some(script)) if !repeatable.contains(&script) => repeatable.push(script),
                _ => (),
            }
            if kind.contains("BASELINE") {
                ledger
                    .notes
                    .push(format!("the history starts from a baseline, {}", version.unwrap_or("without version")));
            }
        }
    }
    ledger.version = applied.iter().copied().max_by(|a, b| by_numeric_parts(a, b)).map(str::to_owned);
    ledger.applied = applied.into_iter().map(str::to_owned).collect();
    ledger.notes.extend(repeatable.iter().map(|script| format!("the repeatable migration {script} was applied")));
    ledger.has_entries |= !repeatable.is_empty();
    ledger.broken(failed, "failed");
}

/// The key of a changeset is (`filename`, `id`, `author`); only SKIPPED and FAILED are not applied.
fn liquibase(rows: &[Row], ledger: &mut ForeignLedger) {
    let key = |row: &Row| Some(format!("{}::{}::{}", text(row, 0)?, text(row, 1)?, text(row, 2)?));
    let mut applied = Vec::new();
    let mut failed = Vec::new();
    for row in rows {
        match text(row, 3) {
            Some("SKIPPED") => (),
            Some("FAILED") => failed.extend(key(row)),
            _ => applied.extend(key(row)),
        }
    }
    if let Some(tag) = rows.iter().rev().find_map(|row| text(row, 4).filter(|tag| !tag.is_empty())) {
        ledger.notes.push(format!("the last tag is {tag}"));
    }
    ledger.set(applied);
    ledger.broken(failed, "failed");
}

/// `type` has the bits 1 baseline, 2 executed, 4 resolved by hand; versions that start with a dot are Atlas' own notes.
fn atlas(rows: &[Row], ledger: &mut ForeignLedger) {
    let mut applied = Vec::new();
    let mut failed = Vec::new();
    for row in rows {
        let Some(version) = text(row, 0).filter(|version| !version.starts_with('.')) else { continue };
        let kind: u32 = text(row, 1).and_then(|bits| bits.parse().ok()).unwrap_or(2);
        let unfinished = text(row, 2) != text(row, 3) || text(row, 4).is_some_and(|error| !error.is_empty());
        if unfinished && kind & 4 == 0 {
            failed.push(version.to_owned());
        } else {
            applied.push(version.to_owned());
        }
    }
    ledger.set(applied);
    ledger.broken(failed, "failed");
}

/// A chain by `parent` for each schema. A row that is not `done` is a migration in progress.
fn pgroll(rows: &[Row], ledger: &mut ForeignLedger) {
    let schemas: std::collections::BTreeSet<&str> = rows.iter().filter_map(|row| text(row, 0)).collect();
    let mut versions = Vec::new();
    for schema in &schemas {
        let of_schema = matching(rows, |row| text(row, 0) == Some(*schema) && is_true(row, 3));
        let links = of_schema.iter().filter_map(|row| Some((text(row, 1)?, text(row, 2), text(row, 1)?)));
        let names = chain(links.collect());
        versions.extend(names.last().map(
            |last| {
                if schemas.len() > 1 { format!("{schema}.{last}") } else { last.clone() }
            },
        ));
        ledger.applied.extend(names);
    }
    ledger.version = (!versions.is_empty()).then(|| versions.join(", "));
    ledger.own_schemas = rows.iter().filter_map(|row| Some(format!("{}_{}", text(row, 0)?, text(row, 1)?))).collect();
    let active = rows.iter().filter(|row| !is_true(row, 3)).filter_map(|row| text(row, 1)).map(str::to_owned);
    ledger.broken(active.collect(), "active (started, not completed)");
    if !rows.is_empty() {
        ledger.notes.push("its event triggers record the DDL of others as inferred migrations".to_owned());
    }
}

fn read_beside(table: &str, rows: &[Row], ledger: &mut ForeignLedger) {
    match table {
        "ar_internal_metadata" => {
            let environment = rows.iter().find(|row| text(row, 0) == Some("environment")).and_then(|row| text(row, 1));
            ledger.notes.extend(environment.map(|name| format!("Rails says that the environment is {name}")));
        }
        "databasechangeloglock" => {
            if let Some(row) = rows.iter().find(|row| is_true(row, 0)) {
                ledger.lock(&format!("by {}", text(row, 1).unwrap_or("an unknown host")));
            }
        }
        "knex_migrations_lock" if rows.iter().any(|row| text(row, 0) == Some("1")) => ledger.lock("(is_locked = 1)"),
        "yoyo_lock" => {
            if let Some(row) = rows.first() {
                ledger.lock(&format!("by process {}", text(row, 0).unwrap_or("?")));
            }
        }
        "current" if rows.iter().any(|row| text(row, 0).is_some_and(|content| !content.trim().is_empty())) => {
            ledger.dirty = true;
            ledger.has_entries = true;
            ledger.notes.push("an uncommitted current migration is in the schema".to_owned());
        }
        "events" => {
            if let Some(row) = rows.last().filter(|row| text(row, 0) == Some("fail")) {
                ledger.notes.push(format!("the last event is the failure of {}", text(row, 2).unwrap_or("a change")));
            }
        }
        "tags" => {
            let tag = rows.last().and_then(|row| text(row, 0));
            ledger.notes.extend(tag.map(|tag| format!("the last tag is {tag}")));
        }
        _ => (),
    }
}

#[cfg(test)]
mod tests;

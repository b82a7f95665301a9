//! What the catalog tells of statements that cannot run in a transaction: whether one that was begun and not seen to
//! end has done its work, and what it has left behind.

use serde::{Deserialize, Serialize};

use crate::pg::error::SqlError;
use crate::pg::session::Session;
use crate::text::fill::fill;
use crate::text::ident::{Ident, Qualified};
use crate::text::literal::Literal;
use crate::text::parse::{Alone, Name};

/// What is noted in the journal before such a statement is sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Note {
    /// The backend that runs it.
    #[serde(default)]
    pub(crate) pid: i32,
    /// When that backend started.
    #[serde(default)]
    pub(crate) started: String,
    /// The indexes that were there before, as `schema.name`.
    #[serde(default)]
    pub(crate) indexes: Vec<String>,
}

/// What became of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It has done its work.
    Done,
    /// It has not, and left nothing behind.
    NotDone,
    /// It has not, and left these statements to be run first. The text names what they clean up.
    Leftovers { sql: Vec<String>, what: Vec<String> },
    /// It waits for its second half, which is this statement.
    Half { sql: String },
}

#[derive(Clone, Debug, Deserialize)]
struct Index {
    schema: String,
    name: String,
    valid: bool,
    builder: Option<i32>,
}

impl Index {
    fn full(&self) -> String {
        format!("{}.{}", self.schema, self.name)
    }
}

/// Notes what has to be known later of the statement that is about to be sent.
///
/// # Errors
/// The server's.
pub(crate) fn note(session: &mut Session, statement: Option<&Alone>) -> Result<Note, SqlError> {
    let mut note: Note = session.json(include_str!("../../sql/resume/backend.sql"))?;
    let indexes = match statement {
        Some(Alone::CreateIndex { table, .. }) => indexes(session, table)?,
        Some(Alone::Reindex { kind, name }) => reindex_leftovers(session, kind, name)?,
        _ => Vec::new(),
    };
    note.indexes = indexes.iter().map(Index::full).collect();
    Ok(note)
}

/// Returns whether the backend of a note is still connected: the statement may still run.
///
/// # Errors
/// The server's.
pub(crate) fn is_at_work(session: &mut Session, note: &Note) -> Result<bool, SqlError> {
    let values: [(&str, &dyn std::fmt::Display); 2] = [("$1", &note.pid), ("$2", &Literal(&note.started))];
    session.json(&fill(include_str!("../../sql/resume/is_at_work.sql"), &values))
}

/// Returns INVALID indexes of the name that a `CREATE INDEX CONCURRENTLY` is about to make, and that nobody builds at
/// this moment: leftovers of an attempt that failed, which `IF NOT EXISTS` would hide.
///
/// # Errors
/// The server's.
pub(crate) fn invalid_before(session: &mut Session, statement: &Alone) -> Result<Fate, SqlError> {
    let Alone::CreateIndex { index: Some(wanted), table } = statement else { return Ok(Fate::NotDone) };
    let found = indexes(session, table)?;
    Ok(cleaning(found.iter().filter(|index| index.name == *wanted && !index.valid && index.builder.is_none())))
}

/// Returns whether a `CREATE INDEX CONCURRENTLY` that ended well has made its index: with `IF NOT EXISTS` it ends well
/// over an index of that name on another table as well, and over one that somebody else builds and that may fail yet.
///
/// # Errors
/// The server's.
pub(crate) fn has_made(session: &mut Session, statement: &Alone) -> Result<bool, SqlError> {
    let Alone::CreateIndex { index: Some(wanted), table } = statement else { return Ok(true) };
    Ok(indexes(session, table)?.iter().any(|index| index.name == *wanted && index.valid))
}

/// Returns whether a table has an INVALID index of this name.
///
/// # Errors
/// The server's.
pub(crate) fn has_invalid(session: &mut Session, index: &str, table: &Name) -> Result<bool, SqlError> {
    Ok(indexes(session, table)?.iter().any(|found| found.name == index && !found.valid))
}

/// Returns what became of a statement that was begun.
///
/// # Errors
/// The server's.
pub(crate) fn fate(session: &mut Session, statement: &Alone, note: &Note) -> Result<Fate, SqlError> {
    let done = |done: bool| if done { Fate::Done } else { Fate::NotDone };
    Ok(match statement {
        Alone::CreateIndex { index, table } => {
            let all = indexes(session, table)?;
            let named = |found: &Index| index.as_ref().is_none_or(|name| *name == found.name);
            let mut new = all.iter().filter(|found| !note.indexes.contains(&found.full()));
            if new.clone().any(|found| found.valid && named(found)) {
                Fate::Done
            } else {
                cleaning(new.by_ref().filter(|found| !found.valid && found.builder.is_none()))
            }
        }
        Alone::DropIndex { index } => done(!exists(session, "index", &quoted(index))?),
        Alone::Reindex { kind, name } => {
            let found = reindex_leftovers(session, kind, name)?;
            cleaning(found.iter().filter(|index| index.builder.is_none() && !note.indexes.contains(&index.full())))
        }
        Alone::Detach { parent, partition } => {
            let (parent, partition) = (quoted(parent), quoted(partition));
            let values: [(&str, &dyn std::fmt::Display); 2] = [("$1", &Literal(&parent)), ("$2", &Literal(&partition))];
            let sql = fill(include_str!("../../sql/resume/detach.sql"), &values);
            match session.json::<Option<String>>(&sql)?.as_deref() {
                None => Fate::Done,
                Some("pending") => {
                    Fate::Half { sql: format!("ALTER TABLE {parent} DETACH PARTITION {partition} FINALIZE") }
                }
                Some(_) => Fate::NotDone,
            }
        }
        Alone::CreateDatabase { name } => done(exists(session, "database", name)?),
        Alone::DropDatabase { name } => done(!exists(session, "database", name)?),
        Alone::CreateTablespace { name } => done(exists(session, "tablespace", name)?),
        Alone::DropTablespace { name } => done(!exists(session, "tablespace", name)?),
        Alone::CreateSubscription { name } => done(exists(session, "subscription", name)?),
        Alone::FinishPrepared { gid } => done(!exists(session, "prepared transaction", gid)?),
        Alone::Repeatable(_) => Fate::NotDone,
    })
}

/// Returns whether a transaction is prepared under this name.
///
/// # Errors
/// The server's.
pub(crate) fn is_prepared(session: &mut Session, gid: &str) -> Result<bool, SqlError> {
    exists(session, "prepared transaction", gid)
}

fn cleaning<'a>(indexes: impl IntoIterator<Item = &'a Index>) -> Fate {
    let (mut sql, mut what) = (Vec::new(), Vec::new());
    for index in indexes {
        let names = (Ident::parse(&index.schema), Ident::parse(&index.name));
        if let (Ok(schema), Ok(name)) = names {
            let name = Qualified { schema, name };
            sql.push(format!("DROP INDEX CONCURRENTLY {name}"));
            what.push(name.plain());
        }
    }
    if sql.is_empty() { Fate::NotDone } else { Fate::Leftovers { sql, what } }
}

fn indexes(session: &mut Session, table: &Name) -> Result<Vec<Index>, SqlError> {
    session.json(&fill(include_str!("../../sql/resume/indexes.sql"), &[("$1", &Literal(&quoted(table)))]))
}

/// Returns what an interrupted `REINDEX CONCURRENTLY` of this object has left: of others, leftovers are not ours to drop.
fn reindex_leftovers(session: &mut Session, kind: &str, name: &Name) -> Result<Vec<Index>, SqlError> {
    let name = if matches!(kind, "index" | "table") { quoted(name) } else { name.name.clone() };
    let values: [(&str, &dyn std::fmt::Display); 2] = [("$1", &Literal(kind)), ("$2", &Literal(&name))];
    session.json(&fill(include_str!("../../sql/resume/reindex_leftovers.sql"), &values))
}

fn exists(session: &mut Session, kind: &str, name: &str) -> Result<bool, SqlError> {
    let values: [(&str, &dyn std::fmt::Display); 2] = [("$1", &Literal(kind)), ("$2", &Literal(name))];
    session.json(&fill(include_str!("../../sql/resume/exists.sql"), &values))
}

/// A name as the statement has it, quoted. A name that is none finds nothing.
fn quoted(name: &Name) -> String {
    let part = |text: &str| Ident::parse(text).map(|ident| ident.to_string()).unwrap_or_default();
    match &name.schema {
        Some(schema) => format!("{}.{}", part(schema), part(&name.name)),
        None => part(&name.name),
    }
}

//! Reads sketches: sums over the objects of each schema.

use std::collections::BTreeSet;

use crate::adopt::Sketch;
use crate::adopt::mentions::Named;
use crate::pg::catalog::Bookkeeping;
use crate::pg::error::SqlError;
use crate::pg::session::{Rows, Session};
use crate::text::fill::fill;
use crate::text::literal::Literal;

const WHOLE: &str = include_str!("../../sql/catalog/sketch.sql");
const RELATIONS: &str = include_str!("../../sql/catalog/relations_sketch.sql");

const NO_PARTITIONS: &str = include_str!("../../sql/catalog/no_partitions.sql");

const TABLES: &str = include_str!("../../sql/catalog/tables_there.sql");

/// The questions for sketches of one adoption: what is no part of the schema is left out.
pub(crate) struct Sketcher {
    whole: String,
    relations: String,
    managed: Vec<String>,
    bookkeeping: Bookkeeping,
}

impl Sketcher {
    /// Prepares the questions about a database that a session is in, and reads the names of its tables and views.
    /// `bookkeeping` is no part of the schema; the indexes of partitions are left out where the database has any.
    ///
    /// # Errors
    /// The server's.
    pub(crate) fn of(
        session: &mut Session,
        managed: Vec<String>,
        bookkeeping: &Bookkeeping,
    ) -> Result<(Self, BTreeSet<Named>), SqlError> {
        let there = session.rows(TABLES)?;
        let has_partitions = there.iter().any(|row| row.get(2).is_some_and(|is| is.as_deref() == Some("t")));
        let pair = |schema: &str, table: &str| format!("({}::name, {}::name)", Literal(schema), Literal(table));
        // A list cannot be empty; no table has an empty name.
        let mut pairs = vec![pair("", "")];
        pairs.extend(bookkeeping.tables.iter().map(|(schema, table)| pair(schema, table)));
        let pairs = format!("VALUES {}", pairs.join(", "));
        let version_table = Literal(&bookkeeping.version_table);
        let whole = fill(WHOLE, &[("$excluded", &pairs), ("$version_table", &version_table)]);
        let one = |(schema, table): &(String, String)| {
            let schema = format!("(SELECT oid FROM pg_namespace WHERE nspname = {})", Literal(schema));
            format!(" OR e.relname = {} AND e.relnamespace = {schema}", Literal(table))
        };
        let others: String = bookkeeping.tables.iter().map(one).collect();
        let excluded = format!("(e.relname = {version_table} AND e.relkind = 'r'{others})");
        let tables = bookkeeping.tables.iter().map(|(_, table)| Literal(table).to_string());
        let names: Vec<String> = tables.chain([version_table.to_string()]).collect();
        let but_partitions = if has_partitions {
            NO_PARTITIONS.lines().filter(|line| !line.starts_with("--")).collect::<String>()
        } else {
            "true".to_owned()
        };
        let relations = fill(
            RELATIONS,
            &[("$names", &names.join(", ")), ("$excluded", &excluded), ("$but_partitions", &but_partitions)],
        );
        let sketcher = Self { whole, relations, managed, bookkeeping: bookkeeping.clone() };
        let tables = sketcher.named(there);
        Ok((sketcher, tables))
    }

    /// Reads the names of the tables and views.
    ///
    /// # Errors
    /// The server's.
    pub(crate) fn tables(&self, session: &mut Session) -> Result<BTreeSet<Named>, SqlError> {
        Ok(self.named(session.rows(TABLES)?))
    }

    /// The tables and views that count.
    fn named(&self, there: Rows) -> BTreeSet<Named> {
        let counts = |(schema, name): &Named| {
            let other = self.bookkeeping.tables.iter().any(|table| table.0 == *schema && table.1 == *name);
            self.managed.contains(schema) && *name != self.bookkeeping.version_table && !other
        };
        let named = there.into_iter().filter_map(|row| {
            let mut row = row.into_iter();
            let (schema, name, is_partition) = (row.next()??, row.next()??, row.next()??);
            (is_partition != "t").then_some((schema, name))
        });
        named.filter(counts).collect()
    }

    /// Reads the sketch.
    ///
    /// # Errors
    /// The server's.
    pub(crate) fn whole(&self, session: &mut Session) -> Result<Sketch, SqlError> {
        self.read(session, &self.whole)
    }

    /// Reads the sketch of the names of relations alone, which costs little.
    ///
    /// # Errors
    /// The server's.
    pub(crate) fn relations(&self, session: &mut Session) -> Result<Sketch, SqlError> {
        self.read(session, &self.relations)
    }

    fn read(&self, session: &mut Session, sql: &str) -> Result<Sketch, SqlError> {
        let sums = session.rows(sql)?.into_iter().filter_map(|row| {
            let mut row = row.into_iter();
            let (schema, sum) = (row.next()??, row.next()??);
            Some((schema, sum.parse().ok()?))
        });
        Ok(Sketch::of(sums, &self.managed))
    }
}

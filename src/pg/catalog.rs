//! Reads a catalog: one query a kind, in one snapshot. OIDs stop at this door.

use std::collections::HashMap;
use std::sync::Arc;

use postgres::{Client, SimpleQueryMessage, SimpleQueryRow};

use crate::catalog::kind::Kind;
use crate::catalog::object::{Object, ObjectId};
use crate::catalog::{Catalog, Dependency, Reason};
use crate::pg::error::SqlError;
use crate::pg::session::Session;

const BEGIN: &str = include_str!("../../sql/catalog/begin.sql");
const ADDRESSES: &str = include_str!("../../sql/catalog/addresses.sql");
const UNKNOWN: &str = include_str!("../../sql/catalog/unknown.sql");
const SUBSCRIPTION_CONNECTIONS: &str = include_str!("../../sql/catalog/subscription_connections.sql");
const MAY_READ_CONNECTIONS: &str = include_str!("../../sql/catalog/may_read_connections.sql");
const DEPENDENCIES: &str = include_str!("../../sql/catalog/dependencies.sql");

/// A query, and from which major version on it is one.
struct Query {
    sql: &'static str,
    since: u32,
}

macro_rules! queries {
    ($($name:literal $since:literal,)*) => {
        &[$(Query { sql: include_str!(concat!("../../sql/catalog/", $name, ".sql")), since: $since },)*]
    };
}

/// What describes objects.
const OBJECTS: &[Query] = queries! {
    "schemas" 15, "extensions" 15, "tables" 15, "columns" 15, "defaults" 15, "constraints" 15, "indexes" 15,
    "sequences" 15, "views" 15,
    "languages" 15, "collations" 15, "conversions" 15, "enums" 15, "domains" 15, "domain_constraints" 15, "composites" 15,
    "attributes" 15, "ranges" 15, "base_types" 15, "routines" 15, "aggregates" 15, "operators" 15, "operator_families" 15,
    "operator_classes" 15, "casts" 15, "transforms" 15, "access_methods" 15, "text_search_parsers" 15,
    "text_search_templates" 15, "text_search_dictionaries" 15, "text_search_configurations" 15,
    "foreign_data_wrappers" 15, "servers" 15, "user_mappings" 15, "event_triggers" 15, "publications" 15,
    "subscriptions" 15, "rules" 15, "triggers" 15, "policies" 15, "statistics" 15, "default_privileges" 15,
};

/// What adds attributes to objects that others describe.
const MORE: &[Query] = queries! {
    "not_nulls" 18, "domain_not_nulls" 18, "subscriptions_16" 16, "subscriptions_17" 17, "comments" 15, "security_labels" 15, "grants" 15, "depends_on_extensions" 15,
};

/// A row of a system catalog: its table, its OID, and the number of a column or 0.
type Address = (u32, u32, i32);

/// Why a catalog cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CatalogError {
    /// The server's.
    #[error(transparent)]
    Sql(#[from] SqlError),
    /// The database has something that the reader does not know.
    #[error("the catalog has what this version of pgkeel does not know: {}", what.join(", "))]
    Unknown {
        /// Each, by name.
        what: Vec<String>,
    },
}

/// What is bookkeeping and no part of a schema.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bookkeeping {
    /// The name of the version table, in whatever schema.
    pub(crate) version_table: String,
    /// The schema of our ledger.
    pub(crate) ledger_schema: String,
    /// Ledgers of other tools: schema and name.
    pub(crate) tables: Vec<(String, String)>,
}

/// Reads the catalog. The session must be outside of a transaction, and is so again afterwards.
///
/// # Errors
/// The server's. Something in the database that is of a kind which the reader does not know.
pub(crate) fn read(session: &mut Session, bookkeeping: &Bookkeeping) -> Result<Catalog, CatalogError> {
    let mut attempts = 0;
    loop {
        let client = session.client()?;
        match read_once(client) {
            Ok(mut catalog) => {
                session.run("COMMIT")?;
                leave_out(&mut catalog, bookkeeping);
                return Ok(catalog);
            }
            Err(error) => {
                // The first error says what happened; where the connection is gone, so is the transaction.
                session.run("ROLLBACK").ok();
                // The functions that print definitions look at the newest state, not at the snapshot: what is dropped
                // under them is an internal error (XX000), or a relation that is not there.
                attempts += 1;
                let passing = matches!(&error, CatalogError::Sql(error) if error.is("XX000") || error.is("42P01"));
                if !passing || attempts == 3 {
                    return Err(error);
                }
            }
        }
    }
}

fn read_once(client: &mut Client) -> Result<Catalog, CatalogError> {
    let major = major(client)?;
    let mut reading = Reading { catalog: Catalog::new(major), ..Reading::default() };
    for query in OBJECTS.iter().filter(|query| major >= query.since) {
        each(client, query.sql, |row| reading.object(row))?;
    }
    each(client, ADDRESSES, |row| reading.alias(row))?;
    for query in MORE.iter().filter(|query| major >= query.since) {
        each(client, query.sql, |row| reading.more(row))?;
    }
    if reading.objects.values().any(|id| id.kind == Kind::Subscription) && may_read_connections(client)? {
        each(client, SUBSCRIPTION_CONNECTIONS, |row| reading.more(row))?;
    }
    each(client, DEPENDENCIES, |row| reading.dependency(row))?;
    each(client, UNKNOWN, |row| reading.stranger(row))?;
    if reading.unknown.is_empty() { Ok(reading.catalog) } else { Err(CatalogError::Unknown { what: reading.unknown }) }
}

fn major(client: &mut Client) -> Result<u32, SqlError> {
    let number = client.simple_query(&format!("{BEGIN}\nSHOW server_version_num"))?;
    let major = number.iter().find_map(|message| {
        let SimpleQueryMessage::Row(row) = message else { return None };
        row.get(0)?.parse::<u32>().ok()
    });
    major.map(|number| number / 10_000).ok_or_else(|| SqlError::lost("the server did not say its version"))
}

/// Asking for a column that the role may not read would end the transaction.
fn may_read_connections(client: &mut Client) -> Result<bool, SqlError> {
    let mut may = false;
    each(client, MAY_READ_CONNECTIONS, |row| may = row.get(0) == Some("t"))?;
    Ok(may)
}

fn each(client: &mut Client, sql: &str, mut take: impl FnMut(&SimpleQueryRow)) -> Result<(), SqlError> {
    for message in client.simple_query(sql)? {
        if let SimpleQueryMessage::Row(row) = message {
            take(&row);
        }
    }
    Ok(())
}

/// What has been read so far.
#[derive(Default)]
struct Reading {
    catalog: Catalog,
    objects: HashMap<Address, ObjectId>,
    aliases: HashMap<Address, Address>,
    names: HashMap<String, Arc<str>>,
    unknown: Vec<String>,
}

/// The columns of a query that say who an object is.
const IDENTITY: [&str; 8] = ["kind", "class", "oid", "sub", "schema", "parent", "name", "arguments"];

impl Reading {
    fn object(&mut self, row: &SimpleQueryRow) {
        let kind = row.try_get("kind").ok().flatten().unwrap_or_default();
        let name = self.shared(row, "name").unwrap_or_else(|| "".into());
        let Some(kind) = Kind::named(kind) else {
            self.unknown.push(format!("{kind} {name}"));
            return;
        };
        let id = ObjectId {
            kind,
            schema: self.shared(row, "schema"),
            parent: self.shared(row, "parent"),
            name,
            arguments: self.shared(row, "arguments"),
        };
        self.objects.insert(address(row, ["class", "oid", "sub"]), id.clone());
        let attributes = self.attributes(row);
        self.catalog.add(Object::new(id, attributes));
    }

    /// Takes a row with further attributes of an object; of one that was left out, nothing.
    fn more(&mut self, row: &SimpleQueryRow) {
        let at = address(row, ["class", "oid", "sub"]);
        let attributes = self.attributes(row);
        let (id, part) = match self.objects.get(&at) {
            Some(id) => (id.clone(), ""),
            None => match self.resolve(at) {
                // The index of a constraint has a comment of its own, and so has the not-null of a column (18); no other
                // part of an object is printed with one.
                Some(id) if id.kind == Kind::Constraint => (id, "index_"),
                Some(id) if id.kind == Kind::Column => (id, "not_null_"),
                _ => return,
            },
        };
        if let Some(object) = self.catalog.get_mut(&id) {
            for (name, value) in attributes {
                object.set(&format!("{part}{name}"), value.as_deref());
            }
        }
    }

    fn alias(&mut self, row: &SimpleQueryRow) {
        self.aliases.insert(address(row, ["class", "oid", "sub"]), address(row, ["to_class", "to_oid", "to_sub"]));
    }

    fn dependency(&mut self, row: &SimpleQueryRow) {
        let dependency = match row.try_get("type").ok().flatten() {
            Some("n") => Dependency::Normal,
            Some("a") => Dependency::Auto,
            Some("i") => Dependency::Internal,
            _ => Dependency::Partition,
        };
        let from = self.resolve(address(row, ["class", "oid", "sub"]));
        let to = self.resolve(address(row, ["to_class", "to_oid", "to_sub"]));
        if let (Some(from), Some(to)) = (from, to)
            && from != to
        {
            self.catalog.add_dependency(from, to, dependency);
        }
    }

    /// Takes a row that tells of something which no query reads.
    fn stranger(&mut self, row: &SimpleQueryRow) {
        let part = |column| row.try_get(column).ok().flatten();
        let name: Vec<_> = [part("schema"), part("name")].into_iter().flatten().collect();
        self.unknown.push(format!("{} {}", part("what").unwrap_or_default(), name.join(".")));
    }

    /// Returns the object that an address is of, or is a part of.
    fn resolve(&self, mut at: Address) -> Option<ObjectId> {
        // An array of a table's row type is a part of a part.
        for _ in 0..4 {
            if let Some(id) = self.objects.get(&at) {
                return Some(id.clone());
            }
            at = match self.aliases.get(&at) {
                Some(alias) => *alias,
                // A column of an index is the index.
                None if at.2 != 0 => (at.0, at.1, 0),
                None => return None,
            };
        }
        None
    }

    fn attributes(&mut self, row: &SimpleQueryRow) -> Vec<(Arc<str>, Option<Arc<str>>)> {
        let mut attributes = Vec::with_capacity(row.columns().len());
        for (at, column) in row.columns().iter().enumerate() {
            if !IDENTITY.contains(&column.name()) {
                let value = row.get(at).map(Arc::from);
                attributes.push((self.name(column.name()), value));
            }
        }
        attributes
    }

    fn shared(&mut self, row: &SimpleQueryRow, column: &str) -> Option<Arc<str>> {
        let value = row.try_get(column).ok().flatten()?;
        Some(self.name(value))
    }

    fn name(&mut self, name: &str) -> Arc<str> {
        if let Some(shared) = self.names.get(name) {
            return Arc::clone(shared);
        }
        let shared: Arc<str> = name.into();
        self.names.insert(name.to_owned(), Arc::clone(&shared));
        shared
    }
}

fn address(row: &SimpleQueryRow, columns: [&str; 3]) -> Address {
    let number = |column: &str| row.try_get(column).ok().flatten();
    (
        number(columns[0]).and_then(|text| text.parse().ok()).unwrap_or_default(),
        number(columns[1]).and_then(|text| text.parse().ok()).unwrap_or_default(),
        number(columns[2]).and_then(|text| text.parse().ok()).unwrap_or_default(),
    )
}

/// Leaves out the tables of bookkeeping with all that belongs to them, and our ledger's schema where nothing else is in it.
fn leave_out(catalog: &mut Catalog, bookkeeping: &Bookkeeping) {
    let ledger = bookkeeping.ledger_schema.as_str();
    let versions: Vec<String> = catalog
        .objects()
        .filter(|object| object.id.kind == Kind::Column && *object.id.name == *"version_num")
        .filter(|object| object.id.parent() == bookkeeping.version_table)
        .map(|object| object.id.schema().to_owned())
        .collect();
    let is_table = |schema: &str, name: &str| {
        name == bookkeeping.version_table && versions.iter().any(|other| other == schema)
            || schema == ledger && matches!(name, "history" | "journal")
            || bookkeeping.tables.iter().any(|(other, table)| other == schema && table == name)
    };
    catalog.retain(|object| {
        let id = &object.id;
        let table = if id.parent.is_some() { id.parent() } else { &id.name };
        let owner =
            object.find("identity_of").or_else(|| object.find("owned_by")).filter(|_| id.kind == Kind::Sequence);
        let is_of_table = owner.is_some_and(|column| {
            let column = column.replace('"', "");
            let mut parts = column.split('.');
            matches!((parts.next(), parts.next()), (Some(schema), Some(table)) if is_table(schema, table))
        });
        if is_of_table || is_table(id.schema(), table) { Err(Reason::Bookkeeping) } else { Ok(()) }
    });
    if !catalog.objects().any(|object| object.id.schema() == ledger) {
        catalog.retain(|object| {
            let is_it = object.id.kind == Kind::Schema && *object.id.name == *ledger;
            if is_it { Err(Reason::Bookkeeping) } else { Ok(()) }
        });
    }
}

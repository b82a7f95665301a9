//! Reads a catalog: one query a kind, in one snapshot. OIDs stop at this door.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use postgres::{Client, SimpleQueryMessage, SimpleQueryRow};

use crate::catalog::kind::Kind;
use crate::catalog::object::{Object, ObjectId};
use crate::catalog::{Catalog, Dependency, Reason};
use crate::pg::error::SqlError;
use crate::pg::session::Session;

const BEGIN: &str = include_str!("../../sql/catalog/begin.sql");
const USED: &str = include_str!("../../sql/catalog/used.sql");
const ADDRESSES: &str = include_str!("../../sql/catalog/addresses.sql");
const UNKNOWN: &str = include_str!("../../sql/catalog/unknown.sql");
const SUBSCRIPTION_CONNECTIONS: &str = include_str!("../../sql/catalog/subscription_connections.sql");
const MAY_READ_CONNECTIONS: &str = include_str!("../../sql/catalog/may_read_connections.sql");
const DEPENDENCIES: &str = include_str!("../../sql/catalog/dependencies.sql");

/// A query, and from which major version on it is one.
struct Query {
    /// Its path.
    name: &'static str,
    sql: &'static str,
    since: u32,
}

macro_rules! queries {
    ($($name:literal $since:literal,)*) => {
        &[$(Query { name: $name, sql: include_str!($name), since: $since },)*]
    };
}

/// What describes objects.
const OBJECTS: &[Query] = queries! {
    "../../sql/catalog/schemas.sql" 15,
    "../../sql/catalog/extensions.sql" 15,
    "../../sql/catalog/tables.sql" 15,
    "../../sql/catalog/columns.sql" 15,
    "../../sql/catalog/defaults.sql" 15,
    "../../sql/catalog/constraints.sql" 15,
    "../../sql/catalog/indexes.sql" 15,
    "../../sql/catalog/sequences.sql" 15,
    "../../sql/catalog/views.sql" 15,
    "../../sql/catalog/languages.sql" 15,
    "../../sql/catalog/collations.sql" 15,
    "../../sql/catalog/conversions.sql" 15,
    "../../sql/catalog/enums.sql" 15,
    "../../sql/catalog/domains.sql" 15,
    "../../sql/catalog/domain_constraints.sql" 15,
    "../../sql/catalog/composites.sql" 15,
    "../../sql/catalog/attributes.sql" 15,
    "../../sql/catalog/ranges.sql" 15,
    "../../sql/catalog/base_types.sql" 15,
    "../../sql/catalog/routines.sql" 15,
    "../../sql/catalog/aggregates.sql" 15,
    "../../sql/catalog/operators.sql" 15,
    "../../sql/catalog/operator_families.sql" 15,
    "../../sql/catalog/operator_classes.sql" 15,
    "../../sql/catalog/casts.sql" 15,
    "../../sql/catalog/transforms.sql" 15,
    "../../sql/catalog/access_methods.sql" 15,
    "../../sql/catalog/text_search_parsers.sql" 15,
    "../../sql/catalog/text_search_templates.sql" 15,
    "../../sql/catalog/text_search_dictionaries.sql" 15,
    "../../sql/catalog/text_search_configurations.sql" 15,
    "../../sql/catalog/foreign_data_wrappers.sql" 15,
    "../../sql/catalog/servers.sql" 15,
    "../../sql/catalog/user_mappings.sql" 15,
    "../../sql/catalog/event_triggers.sql" 15,
    "../../sql/catalog/publications.sql" 15,
    "../../sql/catalog/subscriptions.sql" 15,
    "../../sql/catalog/rules.sql" 15,
    "../../sql/catalog/triggers.sql" 15,
    "../../sql/catalog/policies.sql" 15,
    "../../sql/catalog/statistics.sql" 15,
    "../../sql/catalog/default_privileges.sql" 15,
};

/// What adds attributes to objects that others describe.
const MORE: &[Query] = queries! {
    "../../sql/catalog/not_nulls.sql" 18,
    "../../sql/catalog/domain_not_nulls.sql" 18,
    "../../sql/catalog/subscriptions_16.sql" 16,
    "../../sql/catalog/subscriptions_17.sql" 17,
    "../../sql/catalog/comments.sql" 15,
    "../../sql/catalog/security_labels.sql" 15,
    "../../sql/catalog/grants.sql" 15,
    "../../sql/catalog/depends_on_extensions.sql" 15,
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
    let mut used = Vec::new();
    each(client, USED, |row, _| used.extend(row.get(0).map(str::to_owned)))?;
    let asked = |query: &&Query| major >= query.since && is_used(query.name, &used);
    for query in OBJECTS.iter().filter(asked) {
        each(client, query.sql, |row, columns| reading.object(row, columns))?;
    }
    each(client, ADDRESSES, |row, columns| reading.alias(row, columns))?;
    for query in MORE.iter().filter(asked) {
        each(client, query.sql, |row, columns| reading.more(row, columns))?;
    }
    if reading.objects.values().any(|id| id.kind == Kind::Subscription) && may_read_connections(client)? {
        each(client, SUBSCRIPTION_CONNECTIONS, |row, columns| reading.more(row, columns))?;
    }
    each(client, DEPENDENCIES, |row, columns| reading.dependency(row, columns))?;
    reading.depend();
    each(client, UNKNOWN, |row, _| reading.stranger(row))?;
    if reading.unknown.is_empty() { Ok(reading.catalog) } else { Err(CatalogError::Unknown { what: reading.unknown }) }
}

/// Returns whether a query finds anything, by what is used in the database: most databases have no operators of their own,
/// and each query takes time to be planned.
fn is_used(path: &str, used: &[String]) -> bool {
    // What these find hangs on what another finds.
    const WITH: [(&str, &str); 6] = [
        ("domain_constraints", "domains"),
        ("domain_not_nulls", "domains"),
        ("attributes", "composites"),
        ("subscriptions_16", "subscriptions"),
        ("subscriptions_17", "subscriptions"),
        ("subscription_connections", "subscriptions"),
    ];
    let name = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".sql");
    let name = WITH.iter().find(|(part, _)| *part == name).map_or(name, |(_, whole)| whole);
    let is_optional = USED.contains(&format!("'{name}'"));
    !is_optional || used.iter().any(|used| used == name)
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
    each(client, MAY_READ_CONNECTIONS, |row, _| may = row.get(0) == Some("t"))?;
    Ok(may)
}

fn each(client: &mut Client, sql: &str, mut take: impl FnMut(&SimpleQueryRow, &Columns)) -> Result<(), SqlError> {
    let mut columns = None;
    for message in client.simple_query(sql)? {
        if let SimpleQueryMessage::Row(row) = message {
            let columns = columns.get_or_insert_with(|| Columns::of(&row));
            take(&row, columns);
        }
    }
    Ok(())
}

/// Where the columns of one query stand: a name is looked for once a query, and not once a row.
struct Columns {
    /// Those of [`IDENTITY`].
    identity: [Option<usize>; IDENTITY.len()],
    /// Those of [`TO`].
    to: [Option<usize>; TO.len()],
    /// The others are attributes.
    attributes: Vec<(usize, Arc<str>)>,
}

/// The columns of a query that say who an object is.
const IDENTITY: [&str; 8] = ["class", "oid", "sub", "kind", "schema", "parent", "name", "arguments"];

/// The columns of a query that say what it depends on.
const TO: [&str; 3] = ["to_class", "to_oid", "to_sub"];

const KIND: usize = 3;
const SCHEMA: usize = 4;
const PARENT: usize = 5;
const NAME: usize = 6;
const ARGUMENTS: usize = 7;

impl Columns {
    fn of(row: &SimpleQueryRow) -> Self {
        let columns = row.columns();
        let at = |name: &str| columns.iter().position(|column| column.name() == name);
        let attributes = columns.iter().enumerate().filter(|(_, column)| !IDENTITY.contains(&column.name()));
        let attributes = attributes.map(|(at, column)| (at, column.name().into())).collect();
        Self { identity: IDENTITY.map(at), to: TO.map(at), attributes }
    }

    fn identity<'r>(&self, row: &'r SimpleQueryRow, part: usize) -> Option<&'r str> {
        row.get(self.identity[part]?)
    }

    fn address(&self, row: &SimpleQueryRow) -> Address {
        address(row, [self.identity[0], self.identity[1], self.identity[2]])
    }
}

/// What has been read so far.
#[derive(Default)]
struct Reading {
    catalog: Catalog,
    objects: HashMap<Address, ObjectId>,
    aliases: HashMap<Address, Address>,
    /// What each object depends on.
    needs: HashMap<Address, Vec<(Address, Dependency)>>,
    /// Texts that are there once, however many objects have them.
    texts: HashSet<Arc<str>>,
    /// The kind of the last object: the next one is mostly of the same.
    kind: Option<Kind>,
    unknown: Vec<String>,
}

/// Texts up to this length are kept once: names, types, flags.
const SHORT: usize = 24;

impl Reading {
    fn object(&mut self, row: &SimpleQueryRow, columns: &Columns) {
        let kind = columns.identity(row, KIND).unwrap_or_default();
        let name = self.text(columns.identity(row, NAME).unwrap_or_default());
        self.kind = self.kind.filter(|last| last.name() == kind).or_else(|| Kind::named(kind));
        let Some(kind) = self.kind else {
            self.unknown.push(format!("{kind} {name}"));
            return;
        };
        let mut part = |part| columns.identity(row, part).map(|text| self.text(text));
        let id = ObjectId { kind, schema: part(SCHEMA), parent: part(PARENT), name, arguments: part(ARGUMENTS) };
        self.objects.insert(columns.address(row), id.clone());
        let attributes = self.attributes(row, columns);
        self.catalog.add(Object::new(id, attributes));
    }

    /// Takes a row with further attributes of an object; of one that was left out, nothing.
    fn more(&mut self, row: &SimpleQueryRow, columns: &Columns) {
        let at = columns.address(row);
        let attributes = self.attributes(row, columns);
        let (id, part) = match self.objects.get(&at) {
            Some(id) => (id, ""),
            None => match self.resolve(at).and_then(|at| self.objects.get(&at)) {
                // The index of a constraint has a comment of its own, and so has the not-null of a column (18); no other
                // part of an object is printed with one.
                Some(id) if id.kind == Kind::Constraint => (id, "index_"),
                Some(id) if id.kind == Kind::Column => (id, "not_null_"),
                _ => return,
            },
        };
        if let Some(object) = self.catalog.get_mut(id) {
            for (name, value) in attributes {
                object.set(&format!("{part}{name}"), value.as_deref());
            }
        }
    }

    fn alias(&mut self, row: &SimpleQueryRow, columns: &Columns) {
        self.aliases.insert(columns.address(row), address(row, columns.to));
    }

    fn dependency(&mut self, row: &SimpleQueryRow, columns: &Columns) {
        let kind = columns.attributes.iter().find(|(_, name)| **name == *"type").and_then(|(at, _)| row.get(*at));
        let dependency = match kind {
            Some("n") => Dependency::Normal,
            Some("a") => Dependency::Auto,
            Some("i") => Dependency::Internal,
            _ => Dependency::Partition,
        };
        let from = self.resolve(columns.address(row));
        let to = self.resolve(address(row, columns.to));
        if let (Some(from), Some(to)) = (from, to)
            && from != to
        {
            self.needs.entry(from).or_default().push((to, dependency));
        }
    }

    /// Puts the dependencies into the catalog: by then each object is looked up once.
    fn depend(&mut self) {
        for (from, needs) in std::mem::take(&mut self.needs) {
            let Some(from) = self.objects.get(&from) else { continue };
            let needs = needs.into_iter().filter_map(|(to, dependency)| Some((self.objects.get(&to)?, dependency)));
            for (to, dependency) in needs.filter(|(to, _)| *to != from) {
                self.catalog.add_dependency(from, to.clone(), dependency);
            }
        }
    }

    /// Takes a row that tells of something which no query reads.
    fn stranger(&mut self, row: &SimpleQueryRow) {
        let part = |column| row.try_get(column).ok().flatten();
        let name: Vec<_> = [part("schema"), part("name")].into_iter().flatten().collect();
        self.unknown.push(format!("{} {}", part("what").unwrap_or_default(), name.join(".")));
    }

    /// Returns the address of the object that an address is of, or is a part of.
    fn resolve(&self, mut at: Address) -> Option<Address> {
        // An array of a table's row type is a part of a part.
        for _ in 0..4 {
            if self.objects.contains_key(&at) {
                return Some(at);
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

    fn attributes(&mut self, row: &SimpleQueryRow, columns: &Columns) -> Vec<(Arc<str>, Option<Arc<str>>)> {
        let mut attributes = Vec::with_capacity(columns.attributes.len());
        for (at, name) in &columns.attributes {
            let value = row.get(*at).map(|value| if value.len() > SHORT { Arc::from(value) } else { self.text(value) });
            attributes.push((Arc::clone(name), value));
        }
        attributes
    }

    fn text(&mut self, text: &str) -> Arc<str> {
        if let Some(shared) = self.texts.get(text) {
            return Arc::clone(shared);
        }
        let shared: Arc<str> = text.into();
        self.texts.insert(Arc::clone(&shared));
        shared
    }
}

fn address(row: &SimpleQueryRow, columns: [Option<usize>; 3]) -> Address {
    let text = |at: usize| columns[at].and_then(|column| row.get(column));
    (
        text(0).and_then(|text| text.parse().ok()).unwrap_or_default(),
        text(1).and_then(|text| text.parse().ok()).unwrap_or_default(),
        text(2).and_then(|text| text.parse().ok()).unwrap_or_default(),
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

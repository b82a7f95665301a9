//! What is in a database, by names only: the same schema in two databases is equal, whatever its OIDs.
//!
//! A catalog is a set of objects and what each depends on. Objects are small: a column, its default and a constraint are
//! objects of their own. What an object is like are its attributes, as the queries in `sql/catalog/` name them.

pub(crate) mod attribute;
mod definition;
pub(crate) mod difference;
pub(crate) mod dump;
pub(crate) mod fingerprint;
pub(crate) mod kind;
pub(crate) mod object;
pub(crate) mod printed;
pub(crate) mod scope;

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::kind::Kind;
use crate::catalog::object::{Object, ObjectId};

/// How an object depends on another (PostgreSQL manual 53.18).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Dependency {
    /// It must be dropped first, or with CASCADE.
    Normal,
    /// It goes with the other.
    Auto,
    /// It is part of the other.
    Internal,
    /// It is part of two others: a partition's index of the partition, and of the index of the partitioned table.
    Partition,
}

/// What is in a database.
#[derive(Clone, Debug, Default)]
pub(crate) struct Catalog {
    /// The major version of the server that printed it.
    pub(crate) major: u32,
    objects: BTreeMap<ObjectId, Object>,
    needs: BTreeMap<ObjectId, BTreeSet<(ObjectId, Dependency)>>,
    /// What was left out, and why.
    pub(crate) left_out: BTreeMap<Reason, usize>,
}

/// Why something in the database is no object of the catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reason {
    /// The version table, our ledger, or the ledger of another tool.
    Bookkeeping,
    /// It stands in a schema that is not managed.
    OtherSchema,
    /// It stands in no schema, and no setting names it.
    DatabaseWide,
    /// What a foreign key or trigger of a partitioned table has made for its partitions.
    Cloned,
    /// Somebody has said that it does not count.
    Ignored,
    /// A partition that no revision made.
    Partition,
}

impl Reason {
    /// Returns the reason for people, after a count.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Bookkeeping => "objects of version tables and ledgers",
            Self::OtherSchema => "objects of schemas that are not managed",
            Self::DatabaseWide => "objects outside of schemas",
            Self::Cloned => "constraints and triggers that partitions have from their table",
            Self::Ignored => "ignored objects",
            Self::Partition => "objects of partitions that no revision makes",
        }
    }
}

impl Catalog {
    /// Returns an empty catalog of a server.
    pub(crate) fn new(major: u32) -> Self {
        Self { major, ..Self::default() }
    }

    /// Adds an object.
    pub(crate) fn add(&mut self, object: Object) {
        self.objects.insert(object.id.clone(), object);
    }

    /// Says that an object depends on another.
    pub(crate) fn add_dependency(&mut self, from: &ObjectId, to: ObjectId, dependency: Dependency) {
        match self.needs.get_mut(from) {
            Some(needs) => drop(needs.insert((to, dependency))),
            None => drop(self.needs.insert(from.clone(), BTreeSet::from([(to, dependency)]))),
        }
    }

    /// Returns the object of that id.
    pub(crate) fn get(&self, id: &ObjectId) -> Option<&Object> {
        self.objects.get(id)
    }

    /// Returns the object of that id, to change it.
    pub(crate) fn get_mut(&mut self, id: &ObjectId) -> Option<&mut Object> {
        self.objects.get_mut(id)
    }

    /// Returns whether there is an object of that id.
    pub(crate) fn has(&self, id: &ObjectId) -> bool {
        self.objects.contains_key(id)
    }

    /// Returns every object, sorted by id.
    pub(crate) fn objects(&self) -> impl Iterator<Item = &Object> {
        self.objects.values()
    }

    /// Returns every object of a kind, sorted by id.
    pub(crate) fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Object> {
        let first = ObjectId { kind, schema: None, parent: None, name: "".into(), arguments: None };
        self.objects.range(first..).map(|(_, object)| object).take_while(move |object| object.id.kind == kind)
    }

    /// Returns what belongs to another object by its name, of one kind: the columns of a table, sorted by name.
    pub(crate) fn children(&self, kind: Kind, schema: &str, parent: &str) -> impl Iterator<Item = &Object> {
        let first = ObjectId::of(kind, schema, parent, "");
        let (schema, parent) = (first.schema.clone(), first.parent.clone());
        self.objects.range(first..).map(|(_, object)| object).take_while(move |object| {
            object.id.kind == kind && object.id.schema == schema && object.id.parent == parent
        })
    }

    /// Returns what an object depends on. Both ends may be objects that were left out.
    pub(crate) fn needs(&self, id: &ObjectId) -> impl Iterator<Item = &(ObjectId, Dependency)> {
        self.needs.get(id).into_iter().flatten()
    }

    /// Returns every dependency.
    pub(crate) fn dependencies(&self) -> impl Iterator<Item = (&ObjectId, &ObjectId, Dependency)> {
        self.needs.iter().flat_map(|(from, to)| to.iter().map(move |(to, dependency)| (from, to, *dependency)))
    }

    /// Keeps the objects that a test accepts, and leaves the others out with the reason that it gives.
    pub(crate) fn retain(&mut self, mut test: impl FnMut(&Object) -> Result<(), Reason>) {
        let left_out = &mut self.left_out;
        self.objects.retain(|_, object| match test(object) {
            Ok(()) => true,
            Err(reason) => {
                *left_out.entry(reason).or_default() += 1;
                false
            }
        });
    }
}

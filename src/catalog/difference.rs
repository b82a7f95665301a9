//! What differs between two catalogs, object by object.

use crate::catalog::Catalog;
use crate::catalog::attribute::DEFINITION;
use crate::catalog::definition::differs_beyond;
use crate::catalog::kind::Kind;
use crate::catalog::object::{Object, ObjectId};
use crate::catalog::printed::same;
use crate::catalog::scope::Scope;

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    /// The object.
    pub(crate) object: ObjectId,
    /// How it differs.
    pub(crate) change: Change,
}

/// How an object differs from what is expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// It is there and not expected.
    Added,
    /// It is expected and not there.
    Removed,
    /// One of its attributes is another. None: not set.
    Changed {
        /// The attribute.
        attribute: String,
        /// What is expected.
        expected: Option<String>,
        /// What is there.
        actual: Option<String>,
    },
}

impl Change {
    /// Returns the word for it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed { .. } => "changed",
        }
    }
}

/// Compares what is there with what is expected. What belongs to an object that is added or removed as a whole is not told
/// of on its own. Sorted by object.
pub(crate) fn differences(expected: &Catalog, actual: &Catalog, scope: &Scope) -> Vec<Difference> {
    let mut found = Vec::new();
    for object in actual.objects().filter(|object| scope.accepts(object).is_ok()) {
        match expected.get(&object.id) {
            Some(before) => found.extend(changes(before, object, scope)),
            None if !goes_with_its_owner(&object.id, actual, expected) => {
                found.push(Difference { object: object.id.clone(), change: Change::Added });
            }
            None => (),
        }
    }
    for object in expected.objects().filter(|object| scope.accepts(object).is_ok()) {
        if !actual.has(&object.id) && !goes_with_its_owner(&object.id, expected, actual) {
            found.push(Difference { object: object.id.clone(), change: Change::Removed });
        }
    }
    found.sort_by(|a, b| a.object.cmp(&b.object));
    found
}

/// Returns how one object differs.
pub(crate) fn changes(expected: &Object, actual: &Object, scope: &Scope) -> Vec<Difference> {
    if expected == actual {
        return Vec::new();
    }
    let mut found: Vec<Difference> = actual
        .attributes()
        .filter(|(name, value)| scope.counts_of(actual, name) && !same(expected.find(name), *value))
        .map(|(name, value)| Difference {
            object: actual.id.clone(),
            change: Change::Changed {
                attribute: name.to_owned(),
                expected: expected.find(name).map(str::to_owned),
                actual: value.map(str::to_owned),
            },
        })
        .collect();
    // What only the expected one has: an attribute of a newer server, or one that is set on few objects.
    found.extend(expected.attributes().filter_map(|(name, value)| {
        let unknown = !actual.attributes().any(|(other, _)| other == name);
        (unknown && value.is_some() && scope.counts_of(actual, name)).then(|| Difference {
            object: actual.id.clone(),
            change: Change::Changed { attribute: name.to_owned(), expected: value.map(str::to_owned), actual: None },
        })
    }));
    // Where a column is not-null or no more, what else is to say of that goes without saying.
    let is_of = |difference: &Difference, is: &dyn Fn(&str) -> bool| matches!(&difference.change, Change::Changed { attribute, .. } if is(attribute));
    if found.iter().any(|difference| is_of(difference, &|attribute| attribute == "not_null")) {
        found.retain(|difference| !is_of(difference, &|attribute| attribute.starts_with("not_null_")));
    }
    let tells_parts = |difference: &Difference| !matches!(&difference.change, Change::Changed { attribute, .. } if attribute == DEFINITION || !is_part(scope, &difference.object, attribute));
    if found.iter().any(tells_parts) && !differs_beyond(expected, actual) {
        found.retain(|d| !matches!(&d.change, Change::Changed { attribute, .. } if attribute == DEFINITION));
    }
    found
}

/// An owner or a comment is no part of the definition: where both differ, both are told.
fn is_part(scope: &Scope, object: &ObjectId, attribute: &str) -> bool {
    let structure = Scope { depth: crate::catalog::scope::Depth::Structure, ..scope.clone() };
    structure.counts(object.kind, attribute)
}

/// Returns whether an object belongs to one that the other side has not got either.
fn goes_with_its_owner(id: &ObjectId, here: &Catalog, there: &Catalog) -> bool {
    owners(id).iter().any(|owner| here.has(owner) && !there.has(owner))
}

/// Returns what an object may belong to.
#[expect(clippy::wildcard_enum_match_arm, reason = "most kinds belong to a schema alone")]
pub(crate) fn owners(id: &ObjectId) -> Vec<ObjectId> {
    let named = |kind: Kind, name: &str| ObjectId::new(kind, id.schema(), name);
    let in_relation = |kinds: &[Kind]| kinds.iter().map(|kind| named(*kind, id.parent())).collect::<Vec<_>>();
    const RELATIONS: &[Kind] = &[Kind::Table, Kind::ForeignTable, Kind::View, Kind::MaterializedView];
    let mut owners = match id.kind {
        Kind::Column
        | Kind::ViewColumn
        | Kind::Constraint
        | Kind::Index
        | Kind::Rule
        | Kind::Trigger
        | Kind::Policy => in_relation(RELATIONS),
        Kind::Default => {
            let mut owners = in_relation(RELATIONS);
            owners.push(ObjectId::of(Kind::Column, id.schema(), id.parent(), &id.name));
            owners
        }
        Kind::Attribute => in_relation(&[Kind::Composite]),
        Kind::DomainConstraint => in_relation(&[Kind::Domain]),
        Kind::UserMapping => vec![ObjectId::wide(Kind::Server, id.parent())],
        _ => Vec::new(),
    };
    if let Some(schema) = id.schema.as_deref() {
        owners.push(ObjectId::wide(Kind::Schema, schema));
    }
    owners
}

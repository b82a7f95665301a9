//! What the bodies of routines name: PostgreSQL keeps no dependencies of a body that is text.

use std::collections::BTreeSet;

use crate::catalog::Catalog;
use crate::catalog::object::ObjectId;

/// Returns the objects that the body of a routine names, as far as its words tell.
pub(super) fn names(_catalog: &Catalog, _id: &ObjectId) -> BTreeSet<ObjectId> {
    BTreeSet::new()
}

//! What of two catalogs is compared.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::catalog::attribute::{is_comparable_across_majors, is_for_rendering, is_structure};
use crate::catalog::kind::Kind;
use crate::catalog::object::{Object, ObjectId};
use crate::catalog::{Catalog, Reason};

/// How much counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// Without owners, grants, comments, storage parameters of tables, statistics targets, tablespaces, the order of columns.
    Structure,
    /// Everything.
    Full,
}

/// What is compared.
#[derive(Clone, Debug)]
pub(crate) struct Scope {
    /// How much of an object counts.
    pub(crate) depth: Depth,
    /// The schemas that count; all where it is None.
    pub(crate) schemas: Option<BTreeSet<Arc<str>>>,
    /// The objects outside of schemas that count; all where it is None.
    pub(crate) wide: Option<BTreeSet<ObjectId>>,
    /// Whether the two come from servers of different major versions.
    pub(crate) across_majors: bool,
}

impl Scope {
    /// Compares everything to that depth.
    pub(crate) fn everything(depth: Depth) -> Self {
        Self { depth, schemas: None, wide: None, across_majors: false }
    }

    /// Returns whether an attribute of an object counts.
    pub(crate) fn counts(&self, kind: Kind, attribute: &str) -> bool {
        !is_for_rendering(attribute)
            && (self.depth == Depth::Full || is_structure(kind, attribute))
            && (!self.across_majors || is_comparable_across_majors(attribute))
    }

    /// Returns whether an object counts, or why not.
    ///
    /// # Errors
    /// The reason to leave it out.
    pub(crate) fn accepts(&self, object: &Object) -> Result<(), Reason> {
        let id = &object.id;
        // A schema is an object outside of schemas, and is managed under its own name.
        let schema = if id.kind == Kind::Schema { Some(&id.name) } else { id.schema.as_ref() };
        match (schema, &self.schemas, &self.wide) {
            (Some(schema), Some(schemas), _) if !schemas.contains(schema) => Err(Reason::OtherSchema),
            (None, _, Some(wide)) if !wide.contains(id) => Err(Reason::DatabaseWide),
            _ if self.depth == Depth::Structure && id.kind == Kind::DefaultPrivileges => Err(Reason::DatabaseWide),
            _ if object.find("cloned") == Some("true") => Err(Reason::Cloned),
            _ => Ok(()),
        }
    }

    /// Leaves out of a catalog what does not count.
    pub(crate) fn narrow(&self, catalog: &mut Catalog) {
        catalog.retain(|object| self.accepts(object));
    }
}

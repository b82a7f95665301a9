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

/// What the setting `managed` can name, and the attributes that it stands for.
pub(crate) const MANAGED: &[(&str, &[&str])] = &[
    ("owners", &["owner"]),
    ("grants", &["acl"]),
    ("comments", &["comment", "index_comment"]),
    ("security_labels", &["security_labels"]),
    ("storage", &["options", "toast_options", "storage", "compression"]),
    ("statistics", &["statistics"]),
    ("tablespaces", &["tablespace"]),
];

/// Returns whether an object, or what it belongs to, is what a pattern names.
fn is_like(id: &ObjectId, pattern: &str) -> bool {
    let path = id.path();
    let owner = match (&id.schema, &id.parent) {
        (Some(schema), Some(parent)) => format!("{schema}.{parent}"),
        _ => String::new(),
    };
    id.kind.name() == pattern || fits(pattern, &path) || !owner.is_empty() && fits(pattern, &owner)
}

/// Returns whether a text is what a pattern with `*` says.
fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|text| {
            let mut ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            ends.any(|at| fits(rest, &text[at..]))
        }),
    }
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
    /// Patterns of objects that do not count: a kind, or a path with `*` for any characters.
    pub(crate) ignored: Vec<String>,
    /// Attributes that do not count.
    pub(crate) unmanaged: BTreeSet<&'static str>,
}

impl Scope {
    /// Compares everything to that depth.
    pub(crate) fn everything(depth: Depth) -> Self {
        Self { depth, schemas: None, wide: None, across_majors: false, ignored: Vec::new(), unmanaged: BTreeSet::new() }
    }

    /// Returns whether an attribute of an object counts.
    pub(crate) fn counts(&self, kind: Kind, attribute: &str) -> bool {
        !is_for_rendering(attribute)
            && (self.depth == Depth::Full || is_structure(kind, attribute))
            && !self.unmanaged.contains(attribute)
            && (!self.across_majors || is_comparable_across_majors(attribute))
    }

    /// Returns whether an attribute counts for this object. The name of a not-null that a partition or child has from its
    /// parent is the parent's where it was made with it, and its own where it was attached: that is no structure.
    pub(crate) fn counts_of(&self, object: &Object, attribute: &str) -> bool {
        let is_handed_down = attribute == "not_null_name" && object.find("inherited").is_some();
        self.counts(object.id.kind, attribute) && (self.depth == Depth::Full || !is_handed_down)
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
            _ if self.ignored.iter().any(|pattern| is_like(id, pattern)) => Err(Reason::Ignored),
            _ if object.find("cloned") == Some("true") => Err(Reason::Cloned),
            _ => Ok(()),
        }
    }

    /// Leaves out attributes by the words of the setting `managed`: what is not named there does not count. No word is all.
    pub(crate) fn manage(&mut self, words: &[String]) {
        if words.is_empty() {
            return;
        }
        for (word, attributes) in MANAGED {
            if !words.iter().any(|other| other == word) {
                self.unmanaged.extend(*attributes);
            }
        }
    }

    /// Leaves out of a catalog what does not count.
    pub(crate) fn narrow(&self, catalog: &mut Catalog) {
        catalog.retain(|object| self.accepts(object));
    }
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn stars_stand_for_any_characters() {
        assert!(fits("public.tmp_*", "public.tmp_1") && fits("*", "") && fits("a*c*", "abcd"));
        assert!(!fits("public.tmp", "public.tmp_1") && !fits("a*c", "abd"));
    }
}

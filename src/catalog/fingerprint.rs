//! Digests of catalogs: one of each object, one of each schema, one of all.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::catalog::Catalog;
use crate::catalog::object::Object;
use crate::catalog::printed::settled;
use crate::catalog::scope::Scope;
use crate::text::checksum::sha256;

/// The digests of a catalog. Two schemas with equal digests, read by servers of one major version, are equal as far as the
/// scope goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint {
    /// Of everything.
    pub(crate) whole: String,
    /// Of each schema; what stands in none is under the empty name.
    pub(crate) schemas: BTreeMap<Arc<str>, String>,
}

/// Returns the digests of a catalog.
pub(crate) fn fingerprint(catalog: &Catalog, scope: &Scope) -> Fingerprint {
    let mut texts: BTreeMap<Arc<str>, String> = BTreeMap::new();
    for object in catalog.objects().filter(|object| scope.accepts(object).is_ok()) {
        let text = texts.entry(object.id.schema.clone().unwrap_or_else(|| "".into())).or_default();
        text.push_str(&of_object(object, scope));
        text.push('\n');
    }
    let schemas: BTreeMap<_, _> = texts.into_iter().map(|(schema, text)| (schema, sha256(&text))).collect();
    let whole: String = schemas.iter().map(|(schema, digest)| format!("{schema:?} {digest}\n")).collect();
    Fingerprint { whole: sha256(&whole), schemas }
}

/// Returns the digest of one object, its name included. Attributes that are not set do not count, so that a later version of
/// pgkeel, which knows more of them, says the same.
pub(crate) fn of_object(object: &Object, scope: &Scope) -> String {
    let mut attributes: Vec<_> = object
        .attributes()
        .filter(|(name, _)| scope.counts_of(object, name))
        .filter_map(|(name, value)| value.map(|value| (name, settled(value))))
        .collect();
    attributes.sort_unstable();
    sha256(&format!("{:?} {attributes:?}", object.id))
}

//! Procedural languages.

use crate::catalog::object::Object;
use crate::diff::sql::name;
use crate::diff::{Alteration, Sql};

/// Creates a language.
pub(super) fn create(object: &Object) -> Vec<Sql> {
    vec![statement(object, "CREATE")]
}

fn statement(object: &Object, verb: &str) -> Sql {
    let trusted = if object.is("trusted") { "TRUSTED " } else { "" };
    let mut parts = vec![format!("{verb} {trusted}LANGUAGE {} HANDLER {}", name(&object.id), object.text("handler"))];
    if let Some(inline) = object.get("inline") {
        parts.push(format!("INLINE {inline}"));
    }
    if let Some(validator) = object.get("validator") {
        parts.push(format!("VALIDATOR {validator}"));
    }
    Sql::new(parts.join(" "))
}

/// Drops a language.
pub(super) fn drop(object: &Object) -> Vec<Sql> {
    vec![Sql::new(format!("DROP LANGUAGE {}", name(&object.id)))]
}

/// Changes a language.
pub(super) fn alter(after: &Object) -> Alteration {
    Alteration::InPlace(vec![statement(after, "CREATE OR REPLACE")])
}

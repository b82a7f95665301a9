//! Transforms of types for procedural languages.

use crate::catalog::object::Object;
use crate::diff::{Alteration, Sql};

/// Creates a transform.
pub(super) fn create(object: &Object) -> Vec<Sql> {
    vec![statement(object, "CREATE")]
}

fn statement(object: &Object, verb: &str) -> Sql {
    let part = |attribute: &str, keyword: &str| {
        object.get(attribute).map(|function| format!("{keyword} SQL WITH FUNCTION {function}"))
    };
    let parts: Vec<_> = [part("from_sql", "FROM"), part("to_sql", "TO")].into_iter().flatten().collect();
    Sql::new(format!(
        "{verb} TRANSFORM FOR {} LANGUAGE {} ({})",
        object.text("_type"),
        object.text("_language"),
        parts.join(", ")
    ))
}

/// Drops a transform.
pub(super) fn drop(object: &Object) -> Vec<Sql> {
    vec![Sql::new(format!("DROP TRANSFORM FOR {} LANGUAGE {}", object.text("_type"), object.text("_language")))]
}

/// Changes a transform.
pub(super) fn alter(after: &Object) -> Alteration {
    Alteration::InPlace(vec![statement(after, "CREATE OR REPLACE")])
}

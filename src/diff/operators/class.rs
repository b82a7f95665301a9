//! Operator classes.

use crate::catalog::object::Object;
use crate::diff::Sql;
use crate::diff::operators::{members, using};
use crate::diff::sql::name;

/// Creates an operator class.
pub(in crate::diff) fn create(object: &Object) -> Vec<Sql> {
    let mut parts = members(&object.list("operators"), &object.list("functions"));
    match object.get("storage") {
        Some(storage) => parts.push(format!("STORAGE {storage}")),
        // The statement must say something; that the key is stored as it is, is what goes without saying.
        None if parts.is_empty() => parts.push(format!("STORAGE {}", object.text("type"))),
        None => (),
    }
    let default = if object.is("default") { " DEFAULT" } else { "" };
    let method = object.id.arguments.as_deref().unwrap_or_default();
    vec![Sql::new(format!(
        "CREATE OPERATOR CLASS {}{default} FOR TYPE {} USING {method} FAMILY {} AS\n    {}",
        name(&object.id),
        object.text("type"),
        object.text("family"),
        parts.join(",\n    ")
    ))]
}

/// Drops an operator class.
pub(in crate::diff) fn drop(object: &Object) -> Vec<Sql> {
    vec![Sql::new(format!("DROP OPERATOR CLASS {}", using(&object.id)))]
}

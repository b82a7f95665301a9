//! Conversions between encodings.

use crate::catalog::object::Object;
use crate::diff::Sql;
use crate::diff::sql::name;
use crate::text::literal::Literal;

/// Creates a conversion.
pub(super) fn create(object: &Object) -> Vec<Sql> {
    let default = if object.is("default") { "DEFAULT " } else { "" };
    vec![Sql::new(format!(
        "CREATE {default}CONVERSION {} FOR {} TO {} FROM {}",
        name(&object.id),
        Literal(object.text("for_encoding")),
        Literal(object.text("to_encoding")),
        object.text("function")
    ))]
}

/// Drops a conversion.
pub(super) fn drop(object: &Object) -> Vec<Sql> {
    vec![Sql::new(format!("DROP CONVERSION {}", name(&object.id)))]
}

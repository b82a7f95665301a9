//! Access methods of indexes and tables.

use crate::catalog::object::Object;
use crate::diff::Sql;
use crate::diff::sql::name;

/// Creates an access method.
pub(super) fn create(object: &Object) -> Vec<Sql> {
    let kind = object.text("type").to_ascii_uppercase();
    vec![Sql::new(format!("CREATE ACCESS METHOD {} TYPE {kind} HANDLER {}", name(&object.id), object.text("handler")))]
}

/// Drops an access method.
pub(super) fn drop(object: &Object) -> Vec<Sql> {
    vec![Sql::new(format!("DROP ACCESS METHOD {}", name(&object.id)))]
}

//! Schemas.

use crate::catalog::object::Object;
use crate::diff::Sql;
use crate::text::ident::sparing;

/// Creates a schema.
pub(super) fn create(schema: &Object) -> Vec<Sql> {
    vec![Sql::new(format!("CREATE SCHEMA {}", sparing(&schema.id.name)))]
}

/// Drops a schema.
pub(super) fn drop(schema: &Object) -> Vec<Sql> {
    vec![Sql::new(format!("DROP SCHEMA {}", sparing(&schema.id.name)))]
}

//! Casts.

use crate::catalog::object::Object;
use crate::diff::Sql;

/// Creates a cast.
pub(super) fn create(object: &Object) -> Vec<Sql> {
    let how = match object.text("method") {
        "function" => format!("WITH FUNCTION {}", object.text("function")),
        "inout" => "WITH INOUT".to_owned(),
        _ => "WITHOUT FUNCTION".to_owned(),
    };
    let context = match object.text("context") {
        "implicit" => " AS IMPLICIT",
        "assignment" => " AS ASSIGNMENT",
        _ => "",
    };
    vec![Sql::new(format!("CREATE CAST ({}) {how}{context}", object.id.name))]
}

/// Drops a cast.
pub(super) fn drop(object: &Object) -> Vec<Sql> {
    vec![Sql::new(format!("DROP CAST ({})", object.id.name))]
}

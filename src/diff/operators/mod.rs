//! Operators and what indexes know of them.

pub(super) mod class;
pub(super) mod family;
pub(super) mod operator;

use crate::catalog::object::ObjectId;
use crate::diff::sql::name;
use crate::text::ident::sparing;

/// Returns `schema.name USING method`.
fn using(id: &ObjectId) -> String {
    format!("{} USING {}", name(id), sparing(id.arguments.as_deref().unwrap_or_default()))
}

/// Returns `OPERATOR 1 …` and `FUNCTION 1 (…) …` for the members of a class or family.
fn members(operators: &[String], functions: &[String]) -> Vec<String> {
    let operators = operators.iter().map(|operator| format!("OPERATOR {operator}"));
    operators.chain(functions.iter().map(|function| format!("FUNCTION {function}"))).collect()
}

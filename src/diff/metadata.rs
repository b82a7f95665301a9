//! Owner, grants, comment and security labels: alike for every kind.

use crate::catalog::object::Object;
use crate::diff::{Changed, Cx, Sql};

/// Returns the statements that give a new object what it has beyond what every new object gets.
pub(super) fn of_new(_object: &Object, _cx: &Cx<'_>) -> Vec<Sql> {
    Vec::new()
}

/// Returns the statements that change them.
pub(super) fn alter(_before: &Object, _after: &Object, _changed: &Changed<'_>, _cx: &Cx<'_>) -> Vec<Sql> {
    Vec::new()
}

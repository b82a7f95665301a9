//! Extended statistics.

use crate::catalog::object::Object;
use crate::diff::sql::name;
use crate::diff::{Alteration, Changed, Sql};

/// Creates extended statistics.
pub(super) fn create(statistics: &Object) -> Vec<Sql> {
    let mut statements = vec![Sql::new(statistics.text("_definition"))];
    if statistics.get("statistics").is_some() {
        statements.push(target(statistics));
    }
    statements
}

/// Drops extended statistics.
pub(super) fn drop(statistics: &Object) -> Vec<Sql> {
    vec![Sql::new(format!("DROP STATISTICS {}", name(&statistics.id)))]
}

/// Changes extended statistics.
pub(super) fn alter(after: &Object, changed: &Changed<'_>) -> Alteration {
    if changed.iter().any(|attribute| *attribute != "statistics") {
        return Alteration::Replace;
    }
    Alteration::InPlace(vec![target(after)])
}

fn target(statistics: &Object) -> Sql {
    let target = statistics.get("statistics").unwrap_or("-1");
    Sql::new(format!("ALTER STATISTICS {} SET STATISTICS {target}", name(&statistics.id)))
}

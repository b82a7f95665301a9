//! Event triggers.

use crate::catalog::object::Object;
use crate::diff::sql::name;
use crate::diff::{Alteration, Changed, Sql};
use crate::text::literal::Literal;

/// Creates an event trigger.
pub(super) fn create(object: &Object) -> Vec<Sql> {
    let mut parts = vec![format!("CREATE EVENT TRIGGER {} ON {}", name(&object.id), object.text("event"))];
    let tags: Vec<_> = object.list("_tags").iter().map(|tag| Literal(tag).to_string()).collect();
    if !tags.is_empty() {
        parts.push(format!("WHEN TAG IN ({})", tags.join(", ")));
    }
    parts.push(format!("EXECUTE FUNCTION {}()", object.text("function")));
    let mut statements = vec![Sql::new(parts.join(" "))];
    if object.get("enabled").is_some() {
        statements.push(enable(object));
    }
    statements
}

fn enable(object: &Object) -> Sql {
    let how = match object.get("enabled") {
        Some("disabled") => "DISABLE",
        Some("replica") => "ENABLE REPLICA",
        Some("always") => "ENABLE ALWAYS",
        _ => "ENABLE",
    };
    Sql::new(format!("ALTER EVENT TRIGGER {} {how}", name(&object.id)))
}

/// Drops an event trigger.
pub(super) fn drop(object: &Object) -> Vec<Sql> {
    vec![Sql::new(format!("DROP EVENT TRIGGER {}", name(&object.id)))]
}

/// Changes an event trigger.
pub(super) fn alter(after: &Object, changed: &Changed<'_>) -> Alteration {
    if changed.iter().all(|attribute| *attribute == "enabled") {
        Alteration::InPlace(vec![enable(after)])
    } else {
        Alteration::Replace
    }
}

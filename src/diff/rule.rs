//! Rules, without those that views are.

use crate::catalog::object::Object;
use crate::diff::sql::parent;
use crate::diff::{Alteration, Changed, Sql};
use crate::text::ident::sparing;

/// Creates a rule.
pub(super) fn create(rule: &Object) -> Vec<Sql> {
    let mut statements = vec![Sql::new(definition(rule))];
    if rule.get("enabled").is_some() {
        statements.push(fires(rule));
    }
    statements
}

/// Drops a rule.
pub(super) fn drop(rule: &Object) -> Vec<Sql> {
    vec![Sql::new(format!("DROP RULE {} ON {}", sparing(&rule.id.name), parent(&rule.id)))]
}

/// Changes a rule.
pub(super) fn alter(after: &Object, changed: &Changed<'_>) -> Alteration {
    let mut statements = Vec::new();
    if changed.iter().any(|attribute| *attribute != "enabled") {
        statements.push(Sql::new(definition(after).replacen("CREATE RULE", "CREATE OR REPLACE RULE", 1)));
    }
    if changed.contains("enabled") {
        statements.push(fires(after));
    }
    Alteration::InPlace(statements)
}

fn definition(rule: &Object) -> &str {
    rule.text("definition").trim_end().trim_end_matches(';')
}

fn fires(rule: &Object) -> Sql {
    let how = match rule.get("enabled") {
        Some("disabled") => "DISABLE",
        Some("replica") => "ENABLE REPLICA",
        Some("always") => "ENABLE ALWAYS",
        _ => "ENABLE",
    };
    Sql::new(format!("ALTER TABLE {} {how} RULE {}", parent(&rule.id), sparing(&rule.id.name)))
}

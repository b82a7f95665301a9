//! Policies of row-level security.

use crate::catalog::object::Object;
use crate::diff::sql::{in_parentheses, parent};
use crate::diff::{Alteration, Changed, Sql};
use crate::text::ident::sparing;

/// Creates a policy.
pub(super) fn create(policy: &Object) -> Vec<Sql> {
    let mut text = format!("CREATE POLICY {} ON {}", sparing(&policy.id.name), parent(&policy.id));
    if !policy.is("permissive") {
        text.push_str(" AS RESTRICTIVE");
    }
    let command = policy.text("command");
    if command != "all" {
        text.push_str(&format!(" FOR {}", command.to_ascii_uppercase()));
    }
    let roles = policy.list("roles");
    if roles != ["PUBLIC"] {
        text.push_str(&format!(" TO {}", roles.join(", ")));
    }
    text.push_str(&expressions(policy, |_| true));
    vec![Sql::new(text)]
}

/// Drops a policy.
pub(super) fn drop(policy: &Object) -> Vec<Sql> {
    vec![Sql::new(format!("DROP POLICY {} ON {}", sparing(&policy.id.name), parent(&policy.id)))]
}

/// Changes a policy: its roles and expressions in place, though no expression can be taken away.
pub(super) fn alter(after: &Object, changed: &Changed<'_>) -> Alteration {
    let is_gone = |attribute: &str| changed.contains(attribute) && after.get(attribute).is_none();
    if changed.contains("permissive") || changed.contains("command") || is_gone("using") || is_gone("check") {
        return Alteration::Replace;
    }
    let mut text = format!("ALTER POLICY {} ON {}", sparing(&after.id.name), parent(&after.id));
    if changed.contains("roles") {
        text.push_str(&format!(" TO {}", after.list("roles").join(", ")));
    }
    text.push_str(&expressions(after, |attribute| changed.contains(attribute)));
    Alteration::InPlace(vec![Sql::new(text)])
}

fn expressions(policy: &Object, wanted: impl Fn(&str) -> bool) -> String {
    let mut text = String::new();
    for (attribute, words) in [("using", "USING"), ("check", "WITH CHECK")] {
        if let Some(expression) = policy.get(attribute).filter(|_| wanted(attribute)) {
            text.push_str(&format!("\n    {words} {}", in_parentheses(expression)));
        }
    }
    text
}

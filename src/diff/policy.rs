//! Policies of row-level security.

use crate::catalog::object::Object;
use crate::diff::sql::{in_parentheses, parent};
use crate::diff::{Alteration, Changed, Sql};
use crate::text::ident::sparing;

/// Creates a policy.
pub(super) fn create(policy: &Object) -> Vec<Sql> {
    let kind = if policy.is("permissive") { "" } else { " AS RESTRICTIVE" };
    let command = match policy.text("command") {
        "all" => String::new(),
        command => format!(" FOR {}", command.to_ascii_uppercase()),
    };
    let roles = policy.list("roles");
    let roles = if roles == ["PUBLIC"] { String::new() } else { format!(" TO {}", roles.join(", ")) };
    let expressions = expressions(policy, |_| true);
    vec![Sql::new(format!("CREATE {}{kind}{command}{roles}{expressions}", name(policy)))]
}

/// Drops a policy.
pub(super) fn drop(policy: &Object) -> Vec<Sql> {
    vec![Sql::new(format!("DROP {}", name(policy)))]
}

/// Changes a policy: its roles and expressions in place, though no expression can be taken away.
pub(super) fn alter(after: &Object, changed: &Changed<'_>) -> Alteration {
    let is_gone = |attribute: &str| changed.contains(attribute) && after.get(attribute).is_none();
    if changed.contains("permissive") || changed.contains("command") || is_gone("using") || is_gone("check") {
        return Alteration::Replace;
    }
    let roles =
        if changed.contains("roles") { format!(" TO {}", after.list("roles").join(", ")) } else { String::new() };
    let expressions = expressions(after, |attribute| changed.contains(attribute));
    Alteration::InPlace(vec![Sql::new(format!("ALTER {}{roles}{expressions}", name(after)))])
}

fn name(policy: &Object) -> String {
    format!("POLICY {} ON {}", sparing(&policy.id.name), parent(&policy.id))
}

fn expressions(policy: &Object, wanted: impl Fn(&str) -> bool) -> String {
    let written = |(attribute, words)| {
        let expression = policy.get(attribute).filter(|_| wanted(attribute))?;
        Some(format!("\n    {words} {}", in_parentheses(expression)))
    };
    [("using", "USING"), ("check", "WITH CHECK")].into_iter().filter_map(written).collect()
}

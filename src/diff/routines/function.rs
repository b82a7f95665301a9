//! Functions and procedures. Their text is the server's (`pg_get_functiondef`).

use crate::catalog::kind::Kind;
use crate::catalog::object::Object;
use crate::catalog::printed::with_names_in_body;
use crate::diff::sql::{name, routine};
use crate::diff::{Alteration, Changed, Sql};

/// What `ALTER FUNCTION` changes without the body.
const QUICK: [&str; 7] = ["volatility", "strict", "leakproof", "security_definer", "parallel", "cost", "rows"];

/// Creates a function or procedure.
pub(in crate::diff) fn create(object: &Object) -> Vec<Sql> {
    let text = definition(object);
    let rest = text.strip_prefix("CREATE OR REPLACE ").unwrap_or(&text);
    vec![Sql::new(format!("CREATE {rest}"))]
}

fn definition(object: &Object) -> String {
    with_names_in_body(object.text("_definition").trim_end(), &object.list("_inputs"))
}

/// Drops a function or procedure.
pub(in crate::diff) fn drop(object: &Object) -> Vec<Sql> {
    vec![Sql::new(format!("DROP {}", signature(object)))]
}

/// Returns `FUNCTION name(types)`.
fn signature(object: &Object) -> String {
    if object.id.kind == Kind::Procedure {
        // What comes out counts as well, where two procedures of one name take the same.
        return format!("PROCEDURE {}({})", name(&object.id), object.text("_signature"));
    }
    format!("FUNCTION {}", routine(&object.id))
}

/// Changes a function or procedure.
pub(in crate::diff) fn alter(before: &Object, after: &Object, changed: &Changed<'_>) -> Alteration {
    if changed.iter().all(|attribute| QUICK.contains(attribute)) {
        let options: Vec<String> = changed.iter().map(|attribute| option(after, attribute)).collect();
        return Alteration::InPlace(vec![Sql::new(format!("ALTER {} {}", signature(after), options.join(" ")))]);
    }
    if is_replaceable(before, after) {
        return Alteration::InPlace(vec![Sql::new(definition(after))]);
    }
    Alteration::Replace
}

fn option(after: &Object, attribute: &str) -> String {
    let is_set = after.get(attribute).is_some();
    match attribute {
        "volatility" => after.get(attribute).unwrap_or("volatile").to_ascii_uppercase(),
        "strict" => if is_set { "STRICT" } else { "CALLED ON NULL INPUT" }.to_owned(),
        "leakproof" => if is_set { "LEAKPROOF" } else { "NOT LEAKPROOF" }.to_owned(),
        "security_definer" => if is_set { "SECURITY DEFINER" } else { "SECURITY INVOKER" }.to_owned(),
        "parallel" => format!("PARALLEL {}", after.get(attribute).unwrap_or("unsafe").to_ascii_uppercase()),
        "cost" => {
            let usual = if matches!(after.text("language"), "c" | "internal") { "1" } else { "100" };
            format!("COST {}", after.get(attribute).unwrap_or(usual))
        }
        _ => format!("ROWS {}", after.get(attribute).unwrap_or("1000")),
    }
}

/// Returns whether `CREATE OR REPLACE` takes it (PostgreSQL manual, CREATE FUNCTION): the type of the result stays, names of
/// arguments stay, and so do defaults.
fn is_replaceable(before: &Object, after: &Object) -> bool {
    let count = |object: &Object| object.text("_defaults").parse::<u32>().unwrap_or_default();
    let keeps_names = before
        .list("_inputs")
        .iter()
        .zip(after.list("_inputs"))
        .all(|(before, after)| before.is_empty() || *before == after);
    before.get("returns") == after.get("returns")
        && before.get("window") == after.get("window")
        && before.get("_outputs") == after.get("_outputs")
        && keeps_names
        && count(after) >= count(before)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::alter;
    use crate::catalog::kind::Kind;
    use crate::catalog::object::{Object, ObjectId};
    use crate::diff::{Alteration, Changed};

    fn function(attributes: &[(&str, &str)]) -> Object {
        const ALL: [&str; 10] = [
            "returns",
            "window",
            "_inputs",
            "_outputs",
            "_defaults",
            "_definition",
            "volatility",
            "cost",
            "language",
            "body",
        ];
        let value =
            |name: &str| attributes.iter().find(|(other, _)| *other == name).map(|(_, value)| Arc::from(*value));
        let mut id = ObjectId::new(Kind::Function, "public", "f");
        id.arguments = Some("integer".into());
        Object::new(id, ALL.iter().map(|name| (Arc::from(*name), value(name))).collect())
    }

    fn check(before: &[(&str, &str)], after: &[(&str, &str)]) -> Option<String> {
        let (before, after) = (function(before), function(after));
        let changed: Changed<'_> = before
            .attributes()
            .filter(|(name, value)| !name.starts_with('_') && after.find(name) != *value)
            .map(|(name, _)| name)
            .collect();
        let Alteration::InPlace(statements) = alter(&before, &after, &changed) else { return None };
        Some(statements.into_iter().map(|sql| sql.text).collect())
    }

    #[test]
    fn options_are_changed_without_the_body() {
        let text = check(&[("volatility", "stable"), ("cost", "5")], &[("language", "sql")]);
        // The language of the first is not set, which is more than an option.
        assert_eq!(text.as_deref(), Some(""));
        let text = check(&[("language", "sql"), ("cost", "5")], &[("language", "sql"), ("volatility", "stable")]);
        assert_eq!(text.as_deref(), Some("ALTER FUNCTION public.f(integer) COST 100 STABLE"));
    }

    #[test]
    fn what_replace_refuses_is_made_anew() {
        let new = |more: &[(&'static str, &'static str)]| [&[("body", "x"), ("_definition", "NEW")], more].concat();
        assert_eq!(check(&[("_defaults", "1")], &new(&[("_defaults", "2")])).as_deref(), Some("NEW"));
        assert_eq!(check(&[("_defaults", "1")], &new(&[("_defaults", "0")])), None);
        assert_eq!(check(&[("returns", "text")], &new(&[])), None);
        assert_eq!(check(&[("_inputs", r#"[""]"#)], &new(&[("_inputs", r#"["a"]"#)])).as_deref(), Some("NEW"));
        assert_eq!(check(&[("_inputs", r#"["b"]"#)], &new(&[("_inputs", r#"["a"]"#)])), None);
        assert_eq!(check(&[("_outputs", r#"["b integer"]"#)], &new(&[])), None);
    }
}

//! Foreign data wrappers, servers and user mappings. Options that hold secrets are not read, and so not written.

use crate::catalog::object::Object;
use crate::diff::relation::options::{foreign, foreign_changes};
use crate::diff::sql::name;
use crate::diff::{Alteration, Changed, Sql};
use crate::text::ident::sparing;
use crate::text::literal::Literal;

/// What the reader gives instead of a secret.
const HIDDEN: &str = "=***";

/// Creates a foreign data wrapper.
pub(super) fn create_wrapper(object: &Object) -> Vec<Sql> {
    let mut parts = vec![format!("CREATE FOREIGN DATA WRAPPER {}", name(&object.id))];
    for (attribute, keyword) in [("handler", "HANDLER"), ("validator", "VALIDATOR")] {
        if let Some(function) = object.get(attribute) {
            parts.push(format!("{keyword} {function}"));
        }
    }
    vec![new(parts.join(" "), object)]
}

/// Drops a foreign data wrapper.
pub(super) fn drop_wrapper(object: &Object) -> Vec<Sql> {
    vec![Sql::new(format!("DROP FOREIGN DATA WRAPPER {}", name(&object.id)))]
}

/// Changes a foreign data wrapper.
pub(super) fn alter_wrapper(before: &Object, after: &Object, changed: &Changed<'_>) -> Alteration {
    let mut parts = Vec::new();
    for (attribute, keyword) in [("handler", "HANDLER"), ("validator", "VALIDATOR")] {
        if changed.contains(attribute) {
            parts
                .push(after.get(attribute).map_or(format!("NO {keyword}"), |function| format!("{keyword} {function}")));
        }
    }
    let (changes, hidden) = option_changes(before, after, changed);
    parts.extend(changes);
    altered(&format!("ALTER FOREIGN DATA WRAPPER {}", name(&after.id)), &parts, &hidden)
}

/// Creates a server.
pub(super) fn create_server(object: &Object) -> Vec<Sql> {
    let mut parts = vec![format!("CREATE SERVER {}", name(&object.id))];
    for (attribute, keyword) in [("type", "TYPE"), ("version", "VERSION")] {
        if let Some(value) = object.get(attribute) {
            parts.push(format!("{keyword} {}", Literal(value)));
        }
    }
    parts.push(format!("FOREIGN DATA WRAPPER {}", sparing(object.text("wrapper"))));
    vec![new(parts.join(" "), object)]
}

/// Drops a server.
pub(super) fn drop_server(object: &Object) -> Vec<Sql> {
    vec![Sql::new(format!("DROP SERVER {}", name(&object.id)))]
}

/// Changes a server. Its type and its wrapper stay what they are.
pub(super) fn alter_server(before: &Object, after: &Object, changed: &Changed<'_>) -> Alteration {
    if changed.contains("type") || changed.contains("wrapper") {
        return Alteration::Replace;
    }
    let mut parts = Vec::new();
    if changed.contains("version") {
        parts.push(
            after.get("version").map_or("VERSION NULL".to_owned(), |version| format!("VERSION {}", Literal(version))),
        );
    }
    let (changes, hidden) = option_changes(before, after, changed);
    parts.extend(changes);
    altered(&format!("ALTER SERVER {}", name(&after.id)), &parts, &hidden)
}

/// Creates a user mapping.
pub(super) fn create_mapping(object: &Object) -> Vec<Sql> {
    vec![new(format!("CREATE USER MAPPING FOR {}", whose(object)), object)]
}

/// Drops a user mapping.
pub(super) fn drop_mapping(object: &Object) -> Vec<Sql> {
    vec![Sql::new(format!("DROP USER MAPPING FOR {}", whose(object)))]
}

/// Changes a user mapping.
pub(super) fn alter_mapping(before: &Object, after: &Object, changed: &Changed<'_>) -> Alteration {
    let (changes, hidden) = option_changes(before, after, changed);
    let parts: Vec<String> = changes.into_iter().collect();
    altered(&format!("ALTER USER MAPPING FOR {}", whose(after)), &parts, &hidden)
}

fn whose(object: &Object) -> String {
    format!("{} SERVER {}", object.text("_user"), sparing(object.id.parent()))
}

fn altered(statement: &str, parts: &[String], hidden: &[String]) -> Alteration {
    Alteration::InPlace(match (parts, hidden) {
        ([], []) => Vec::new(),
        // There is nothing to run, but something to do.
        ([], hidden) => vec![lacking(format!("/* {statement} */{}", remark(hidden)), hidden)],
        (parts, hidden) => vec![lacking(format!("{statement} {}{}", parts.join(" "), remark(hidden)), hidden)],
    })
}

fn hides(option: &str) -> bool {
    option.ends_with(HIDDEN)
}

/// Returns the statement for a new object, with its options, and a comment that tells which are left to the reader.
fn new(start: String, object: &Object) -> Sql {
    let (hidden, known): (Vec<String>, Vec<String>) =
        object.list("options").into_iter().partition(|option| hides(option));
    lacking(format!("{start}{}{}", foreign(&known), remark(&hidden)), &hidden)
}

fn lacking(text: String, hidden: &[String]) -> Sql {
    let names: Vec<&str> = hidden.iter().filter_map(|option| option.strip_suffix(HIDDEN)).collect();
    Sql { lacks: (!names.is_empty()).then(|| names.join(", ")), ..Sql::new(text) }
}

fn remark(hidden: &[String]) -> String {
    let names: Vec<_> = hidden
        .iter()
        .filter_map(|option| option.strip_suffix(HIDDEN))
        // The name stands in a comment, which it must not end.
        .map(|name| name.replace("*/", "* /").replace("/*", "/ *"))
        .collect();
    if names.is_empty() { String::new() } else { format!(" /* to be set by hand, a secret: {} */", names.join(", ")) }
}

/// Returns what is to be said of options that differ, and those that are secrets.
fn option_changes(before: &Object, after: &Object, changed: &Changed<'_>) -> (Option<String>, Vec<String>) {
    if !changed.contains("options") {
        return (None, Vec::new());
    }
    let old = before.list("options");
    let (hidden, mut new): (Vec<String>, Vec<String>) =
        after.list("options").into_iter().partition(|option| hides(option) && !old.contains(option));
    // What was there without being a secret, or is to be one, is not touched.
    let name = |option: &str| option.split('=').next().unwrap_or_default().to_owned();
    let untouched = old.iter().filter(|option| hidden.iter().any(|other| name(other) == name(option)));
    new.extend(untouched.cloned().collect::<Vec<_>>());
    let changes = foreign_changes(&old, &new);
    ((changes != "OPTIONS ()").then_some(changes), hidden)
}

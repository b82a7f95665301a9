//! Publications.

use crate::catalog::object::Object;
use crate::diff::sql::name;
use crate::diff::{Alteration, Changed, Sql};

/// What is published where nobody says anything.
const ALL: [&str; 4] = ["insert", "update", "delete", "truncate"];

/// Creates a publication.
pub(in crate::diff) fn create(object: &Object) -> Vec<Sql> {
    let mut parts = vec![format!("CREATE PUBLICATION {}", name(&object.id))];
    let targets = targets(object);
    if object.is("all_tables") {
        parts.push("FOR ALL TABLES".to_owned());
    } else if !targets.is_empty() {
        parts.push(format!("FOR {targets}"));
    }
    let mut options = Vec::new();
    if object.list("publish") != ALL {
        options.push(publish(object));
    }
    if object.get("via_partition_root").is_some() {
        options.push("publish_via_partition_root = true".to_owned());
    }
    if let Some(kind) = object.get("generated_columns") {
        options.push(format!("publish_generated_columns = {kind}"));
    }
    if !options.is_empty() {
        parts.push(format!("WITH ({})", options.join(", ")));
    }
    vec![Sql::new(parts.join(" "))]
}

fn publish(object: &Object) -> String {
    format!("publish = '{}'", object.list("publish").join(", "))
}

/// Returns `TABLE a, b, TABLES IN SCHEMA c, d`.
fn targets(object: &Object) -> String {
    let part = |keyword: &str, list: Vec<String>| (!list.is_empty()).then(|| format!("{keyword} {}", list.join(", ")));
    let parts = [part("TABLE", object.list("_tables")), part("TABLES IN SCHEMA", object.list("schemas"))];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// Drops a publication.
pub(in crate::diff) fn drop(object: &Object) -> Vec<Sql> {
    vec![Sql::new(format!("DROP PUBLICATION {}", name(&object.id)))]
}

/// Changes a publication.
pub(in crate::diff) fn alter(before: &Object, after: &Object, changed: &Changed<'_>) -> Alteration {
    if changed.contains("all_tables") {
        return Alteration::Replace;
    }
    let own = |change: String| Sql::new(format!("ALTER PUBLICATION {} {change}", name(&after.id)));
    let mut statements = Vec::new();
    let mut options = Vec::new();
    if changed.contains("publish") {
        options.push(publish(after));
    }
    if changed.contains("via_partition_root") {
        options.push(format!("publish_via_partition_root = {}", after.is("via_partition_root")));
    }
    if changed.contains("generated_columns") {
        options.push(format!("publish_generated_columns = {}", after.get("generated_columns").unwrap_or("none")));
    }
    if !options.is_empty() {
        statements.push(own(format!("SET ({})", options.join(", "))));
    }
    if changed.contains("tables") || changed.contains("schemas") {
        statements.extend(target_changes(before, after).into_iter().map(own));
    }
    Alteration::InPlace(statements)
}

/// Returns what adds and drops tables and schemas; where a table is published otherwise than before, all are told anew.
fn target_changes(before: &Object, after: &Object) -> Vec<String> {
    let is_same = |one: &[String], other: &[String]| one.iter().all(|entry| other.contains(entry));
    let (old, new) = (before.list("_names"), after.list("_names"));
    let entries = |object: &Object| object.list("_names").into_iter().zip(object.list("_tables")).collect::<Vec<_>>();
    let (old_entries, new_entries) = (entries(before), entries(after));
    let is_changed =
        |(name, entry): &(String, String)| old_entries.iter().any(|(other, old)| other == name && old != entry);
    let all = targets(after);
    if new_entries.iter().any(is_changed) && !all.is_empty() {
        return vec![format!("SET {all}")];
    }
    let (old_schemas, new_schemas) = (before.list("schemas"), after.list("schemas"));
    let part = |keyword: &str, list: Vec<String>| (!list.is_empty()).then(|| format!("{keyword} {}", list.join(", ")));
    let missing = |from: &[String], in_other: &[String]| {
        from.iter().filter(|name| !is_same(&[(*name).clone()], in_other)).cloned().collect::<Vec<_>>()
    };
    let added = new_entries.iter().filter(|(name, _)| !old.contains(name)).map(|(_, entry)| entry.clone()).collect();
    [
        part("DROP TABLE", missing(&old, &new)),
        part("DROP TABLES IN SCHEMA", missing(&old_schemas, &new_schemas)),
        part("ADD TABLE", added),
        part("ADD TABLES IN SCHEMA", missing(&new_schemas, &old_schemas)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

//! Triggers. Those of a partitioned table have copies on its partitions, which the server makes and drops with them.

use crate::catalog::Catalog;
use crate::catalog::kind::Kind;
use crate::catalog::object::{Object, ObjectId};
use crate::diff::sql::parent;
use crate::diff::{Alteration, Changed, Cx, Sql};
use crate::text::ident::sparing;

/// Creates a trigger.
pub(super) fn create(trigger: &Object) -> Vec<Sql> {
    if is_copy(trigger) {
        return Vec::new();
    }
    let mut statements = vec![Sql::new(trigger.text("definition"))];
    if trigger.get("enabled").is_some() {
        statements.push(fires(trigger, ""));
    }
    statements
}

/// Drops a trigger.
pub(super) fn drop(trigger: &Object) -> Vec<Sql> {
    if is_copy(trigger) {
        return Vec::new();
    }
    vec![Sql::new(format!("DROP TRIGGER {} ON {}", sparing(&trigger.id.name), parent(&trigger.id)))]
}

/// Changes a trigger.
pub(super) fn alter(before: &Object, after: &Object, changed: &Changed<'_>, cx: &Cx<'_>) -> Alteration {
    if is_copy(before) != is_copy(after) {
        return Alteration::Replace;
    }
    if is_copy(after) {
        // Whatever changes the original, sees to its copies.
        let original = original(cx.to, after);
        let is_original_changed =
            original.is_none_or(|original| cx.from.get(&original.id).is_none_or(|old| differs(old, original)));
        let needed = changed.contains("enabled") && !is_original_changed;
        return Alteration::InPlace(needed.then(|| fires(after, "ONLY ")).into_iter().collect());
    }
    let mut statements = Vec::new();
    let is_replaced = changed.iter().any(|attribute| *attribute != "enabled");
    if is_replaced {
        if before.get("constraint_trigger").is_some() || after.get("constraint_trigger").is_some() {
            return Alteration::Replace;
        }
        statements.push(Sql::new(after.text("definition").replacen("CREATE TRIGGER", "CREATE OR REPLACE TRIGGER", 1)));
    }
    // A replaced trigger fires as a new one does.
    if changed.contains("enabled") && !is_replaced || is_replaced && after.get("enabled").is_some() {
        statements.push(fires(after, ""));
    }
    let deviating = copies(cx, after).filter(|copy| copy.get("enabled") != after.get("enabled"));
    statements.extend(deviating.map(|copy| fires(copy, "ONLY ")));
    Alteration::InPlace(statements)
}

/// When the copies of a new trigger, or of an old one on a new partition, are there: how they fire.
pub(super) fn finish(trigger: &Object, before: Option<&Object>, cx: &Cx<'_>) -> Option<(Vec<Sql>, Vec<ObjectId>)> {
    if !is_copy(trigger) || before.is_some() {
        return None;
    }
    let original = original(cx.to, trigger)?;
    let deviates = trigger.get("enabled") != original.get("enabled");
    deviates.then(|| (vec![fires(trigger, "ONLY ")], vec![original.id.clone()]))
}

fn is_copy(trigger: &Object) -> bool {
    trigger.get("inherited").is_some()
}

fn differs(before: &Object, after: &Object) -> bool {
    ["enabled", "definition"].iter().any(|attribute| before.get(attribute) != after.get(attribute))
}

/// Returns the trigger of which another is a copy.
fn original<'a>(catalog: &'a Catalog, copy: &Object) -> Option<&'a Object> {
    let mut trigger = catalog.get(&copy.id)?;
    while is_copy(trigger) {
        let of = catalog.needs(&trigger.id).find(|(needed, _)| needed.kind == Kind::Trigger)?;
        trigger = catalog.get(&of.0)?;
    }
    Some(trigger)
}

/// Returns the copies of a trigger that are there all the time.
fn copies<'a>(cx: &Cx<'a>, trigger: &Object) -> impl Iterator<Item = &'a Object> {
    let id = trigger.id.clone();
    let of_that_name = cx.to.of_kind(Kind::Trigger).filter(move |object| object.id.name == id.name);
    let id = trigger.id.clone();
    let (from, to) = (cx.from, cx.to);
    of_that_name
        .filter(move |other| is_copy(other) && from.has(&other.id))
        .filter(move |copy| original(to, copy).is_some_and(|original| original.id == id))
}

fn fires(trigger: &Object, only: &str) -> Sql {
    let how = match trigger.get("enabled") {
        Some("disabled") => "DISABLE",
        Some("replica") => "ENABLE REPLICA",
        Some("always") => "ENABLE ALWAYS",
        _ => "ENABLE",
    };
    Sql::new(format!("ALTER TABLE {only}{} {how} TRIGGER {}", parent(&trigger.id), sparing(&trigger.id.name)))
}

//! Constraints of tables.

use crate::catalog::kind::Kind;
use crate::catalog::object::Object;
use crate::catalog::object::ObjectId;
use crate::diff::relation::index::{cluster, index_changes, stays_partition};
use crate::diff::relation::options::storage;
use crate::diff::relation::{of_parents, stays_child, table_of};
use crate::diff::sql::parent;
use crate::diff::{Alteration, Changed, Cx, Sql};
use crate::text::ident::sparing;

/// Returns whether a constraint is made by the statement that makes its table.
pub(in crate::diff) fn is_inline(constraint: &Object) -> bool {
    constraint.text("type") != "foreign key" && constraint.get("not_valid").is_none()
}

/// Returns whether a table has a constraint only because a parent has it.
pub(super) fn is_only_inherited(constraint: &Object) -> bool {
    constraint.get("inherited").is_some() && !constraint.is("local")
}

/// Returns the clause of a table.
pub(super) fn clause(constraint: &Object) -> String {
    let definition = constraint.text("definition");
    // The server prints the definition without what is said of the index.
    let end = [" WHERE (", " DEFERRABLE"].iter().filter_map(|word| definition.rfind(word)).min();
    let (columns, rest) = match constraint.text("type") {
        "primary key" | "unique" | "exclusion" => definition.split_at(end.unwrap_or(definition.len())),
        _ => (definition, ""),
    };
    let options = storage(&constraint.list("index_options"), "").join(", ");
    let with = if options.is_empty() { options } else { format!(" WITH ({options})") };
    let space = constraint.get("tablespace").map(|space| format!(" USING INDEX TABLESPACE {}", sparing(space)));
    format!("CONSTRAINT {} {columns}{with}{}{rest}", sparing(&constraint.id.name), space.unwrap_or_default())
}

/// Returns what the clause does not say.
pub(super) fn extras(constraint: &Object) -> Vec<Sql> {
    cluster(constraint)
}

/// Adds a constraint to a table.
pub(in crate::diff) fn create(constraint: &Object, cx: &Cx<'_>) -> Vec<Sql> {
    if comes_from_parent(constraint, cx) {
        return Vec::new();
    }
    // The indexes of partitions have names of their own: they are made one by one, and attached.
    let has_index = matches!(constraint.text("type"), "primary key" | "unique" | "exclusion");
    let only = if has_index && cx.parents_before.contains(&parent(&constraint.id)) { "ONLY " } else { "" };
    let mut statements =
        vec![Sql::new(format!("ALTER TABLE {only}{} ADD {}", parent(&constraint.id), clause(constraint)))];
    statements.extend(extras(constraint));
    statements.extend(proven_partitions(constraint, cx));
    statements
}

/// A check that is not proven hands itself down so; partitions may have it proven.
fn proven_partitions(constraint: &Object, cx: &Cx<'_>) -> Vec<Sql> {
    if constraint.get("not_valid").is_none() || constraint.text("type") != "check" {
        return Vec::new();
    }
    let is_handed_down = |child: &&Object| {
        child.id.name == constraint.id.name
            && child.get("not_valid").is_none()
            && table_of(cx.to, &child.id).is_some_and(|table| table.get("partition_of").is_some())
            && comes_from_parent(child, cx)
            && of_parents(cx.to, child).iter().any(|above| above.id == constraint.id)
    };
    let children = cx.to.of_kind(Kind::Constraint).filter(is_handed_down);
    let validate = |child: &Object| {
        let text = format!("ALTER TABLE {} VALIDATE CONSTRAINT {}", parent(&child.id), sparing(&child.id.name));
        Sql::new(text)
    };
    children.map(validate).collect()
}

/// Drops a constraint.
pub(in crate::diff) fn drop(constraint: &Object, cx: &Cx<'_>) -> Vec<Sql> {
    if goes_with_parent(constraint, cx) {
        return Vec::new();
    }
    vec![Sql::new(format!("ALTER TABLE {} DROP CONSTRAINT {}", parent(&constraint.id), sparing(&constraint.id.name)))]
}

/// Changes a constraint.
pub(in crate::diff) fn alter(before: &Object, after: &Object, changed: &Changed<'_>, cx: &Cx<'_>) -> Alteration {
    let own = |change: String| Sql::new(format!("ALTER TABLE {} {change}", parent(&after.id)));
    let name = sparing(&after.id.name);
    let mut statements = Vec::new();
    let core = |object: &Object| {
        let definition = object.text("definition");
        let definition = definition.strip_suffix(" NOT VALID").unwrap_or(definition);
        if object.text("type") == "foreign key" {
            definition.replace(" INITIALLY DEFERRED", "").replace(" DEFERRABLE", "")
        } else {
            definition.to_owned()
        }
    };
    let index_only =
        ["index_options", "tablespace", "clustered", "replica_identity", "attached_to", "inherited", "local"];
    let rest = ["definition", "not_valid", "deferrable", "deferred"];
    let detached = changed.contains("attached_to") && before.get("attached_to").is_some() && stays_partition(after, cx);
    if detached
        || core(before) != core(after)
        || changed.iter().any(|attribute| !index_only.contains(attribute) && !rest.contains(attribute))
        || after.get("not_valid").is_some() && before.get("not_valid").is_none()
    {
        return Alteration::Replace;
    }
    if changed.contains("deferrable") || changed.contains("deferred") {
        if after.text("type") != "foreign key" {
            return Alteration::Replace;
        }
        let how = match (after.get("deferrable"), after.get("deferred")) {
            (_, Some(_)) => "DEFERRABLE INITIALLY DEFERRED",
            (Some(_), None) => "DEFERRABLE INITIALLY IMMEDIATE",
            (None, None) => "NOT DEFERRABLE",
        };
        statements.push(own(format!("ALTER CONSTRAINT {name} {how}")));
    }
    if changed.contains("not_valid") {
        statements.push(own(format!("VALIDATE CONSTRAINT {name}")));
    }
    // A change of how a constraint is inherited follows from what becomes of the tables; an index that leaves its parent's
    // does so with its table.
    statements.extend(index_changes(before, after, changed, "index_options"));
    Alteration::InPlace(statements)
}

/// Returns whether the constraint is handed down by a parent, which gets it, gets it anew or has it.
fn comes_from_parent(constraint: &Object, cx: &Cx<'_>) -> bool {
    let Some(table) = table_of(cx.to, &constraint.id) else { return false };
    is_only_inherited(constraint)
        && constraint.text("type") == "check"
        && of_parents(cx.to, constraint).iter().any(|other| {
            let parent = ObjectId::new(table.id.kind, other.id.schema(), other.id.parent());
            stays_child(cx.from, cx.to, &table.id, &parent)
        })
}

/// Returns whether it goes when that of a parent goes, or is made anew: it cannot be dropped for itself.
fn goes_with_parent(constraint: &Object, cx: &Cx<'_>) -> bool {
    let Some(table) = table_of(cx.from, &constraint.id) else { return false };
    if !is_only_inherited(constraint) || constraint.text("type") != "check" {
        return false;
    }
    of_parents(cx.from, constraint).iter().any(|other| {
        let parent = ObjectId::new(table.id.kind, other.id.schema(), other.id.parent());
        stays_child(cx.from, cx.to, &table.id, &parent)
    })
}

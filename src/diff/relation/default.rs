//! Defaults of columns.

use crate::catalog::kind::Kind;
use crate::catalog::object::{Object, ObjectId};
use crate::diff::relation::{of_parents, stays_child, table_of};
use crate::diff::sql::parent;
use crate::diff::{Alteration, Cx, Sql};
use crate::text::ident::sparing;

/// Sets a default.
pub(in crate::diff) fn create(default: &Object, cx: &Cx<'_>) -> Vec<Sql> {
    if comes_with_column(default, cx) {
        return Vec::new();
    }
    vec![statement(default, cx, &format!("SET DEFAULT {}", default.text("expression")))]
}

/// Takes a default away.
pub(in crate::diff) fn drop(default: &Object, cx: &Cx<'_>) -> Vec<Sql> {
    vec![statement(default, cx, "DROP DEFAULT")]
}

/// Changes a default.
pub(in crate::diff) fn alter(after: &Object, cx: &Cx<'_>) -> Alteration {
    Alteration::InPlace(vec![statement(after, cx, &format!("SET DEFAULT {}", after.text("expression")))])
}

fn statement(default: &Object, cx: &Cx<'_>, change: &str) -> Sql {
    let id = &default.id;
    let view = ObjectId::new(Kind::View, id.schema(), id.parent());
    let is_table = table_of(cx.from, id).or_else(|| table_of(cx.to, id)).is_some();
    let what = if !is_table && (cx.from.has(&view) || cx.to.has(&view)) { "VIEW" } else { "TABLE" };
    // The default of a parent is handed down to its children, which have defaults of their own.
    let table = parent(id);
    let only = if cx.parents_before.contains(&table) || cx.parents_after.contains(&table) { "ONLY " } else { "" };
    Sql::new(format!("ALTER {what} {only}{} ALTER COLUMN {} {change}", table, sparing(&id.name)))
}

/// Returns whether a new column of a parent brings it.
fn comes_with_column(default: &Object, cx: &Cx<'_>) -> bool {
    let id = &default.id;
    let column = ObjectId::of(Kind::Column, id.schema(), id.parent(), &id.name);
    if cx.from.has(&column) {
        return false;
    }
    let Some(table) = table_of(cx.to, id) else { return false };
    // A new partition is made whole.
    if table.get("partition_of").is_some() && !cx.from.has(&table.id) {
        return false;
    }
    of_parents(cx.to, default).iter().any(|other| {
        let parent = table_of(cx.to, &other.id);
        other.get("expression") == default.get("expression")
            && parent
                .is_some_and(|parent| stays_child(cx.from, cx.to, &table.id, &parent.id) || !cx.from.has(&table.id))
    })
}

//! Tables and what belongs to them.

pub(super) mod column;
pub(super) mod constraint;
pub(super) mod conversion;
pub(super) mod default;
pub(super) mod index;
pub(super) mod options;
pub(super) mod sequence;
pub(super) mod table;

use std::collections::BTreeSet;

use crate::catalog::Catalog;
use crate::catalog::kind::Kind;
use crate::catalog::object::{Object, ObjectId};
use crate::diff::Cx;
use crate::diff::sql::{name, parts};

/// Returns the table or foreign table of that schema and name.
fn table_of<'a>(catalog: &'a Catalog, id: &ObjectId) -> Option<&'a Object> {
    let table = |kind| catalog.get(&ObjectId::new(kind, id.schema(), id.parent()));
    table(Kind::Table).or_else(|| table(Kind::ForeignTable))
}

/// Returns the table, foreign table or partitioned table that is written so in SQL.
fn written<'a>(catalog: &'a Catalog, text: &str) -> Option<&'a Object> {
    let parts = parts(text);
    let [schema, name] = parts.as_slice() else { return None };
    let table = |kind| catalog.get(&ObjectId::new(kind, schema, name));
    table(Kind::Table).or_else(|| table(Kind::ForeignTable))
}

/// Returns the tables that a table is a partition or a child of.
pub(super) fn parents<'a>(catalog: &'a Catalog, table: &Object) -> Vec<&'a Object> {
    let names = table.get("partition_of").map(str::to_owned).into_iter().chain(table.list("inherits"));
    names.filter_map(|name| written(catalog, &name)).collect()
}

/// Returns the tables that have partitions or children, as SQL writes them.
pub(super) fn tables_with_children(catalog: &Catalog) -> BTreeSet<String> {
    let tables = catalog.of_kind(Kind::Table).chain(catalog.of_kind(Kind::ForeignTable));
    tables
        .flat_map(|table| table.get("partition_of").map(str::to_owned).into_iter().chain(table.list("inherits")))
        .collect()
}

fn is_child(object: &Object, parent: &str) -> bool {
    object.get("partition_of") == Some(parent)
        || object.get("inherits").is_some() && object.list("inherits").iter().any(|p| p == parent)
}

/// Returns the objects of the same kind and name that the parents of an object's table have.
pub(super) fn of_parents<'a>(catalog: &'a Catalog, object: &Object) -> Vec<&'a Object> {
    let Some(table) = table_of(catalog, &object.id) else { return Vec::new() };
    let same = |parent: &Object| {
        catalog.get(&ObjectId::of(object.id.kind, parent.id.schema(), &parent.id.name, &object.id.name))
    };
    parents(catalog, table).into_iter().filter_map(same).collect()
}

/// Returns whether a table is there before and after, and a child of that parent all the time: a partition with another bound,
/// or of a table with another key, is detached in between.
fn stays_child(from: &Catalog, to: &Catalog, table: &ObjectId, parent: &ObjectId) -> bool {
    let text = name(parent);
    let is = |catalog: &Catalog| catalog.get(table).is_some_and(|table| is_child(table, &text));
    is_tied(from, to, table) && is(from) && is(to) && from.has(parent) && to.has(parent)
}

/// Returns whether a table is a partition of the same, in the same way, before and after; or of none.
pub(super) fn is_tied(from: &Catalog, to: &Catalog, table: &ObjectId) -> bool {
    let of = |catalog: &Catalog| {
        let table = catalog.get(table)?;
        let parent = table.find("partition_of").and_then(|parent| written(catalog, parent));
        let key = parent.and_then(|parent| parent.find("partition_key")).map(str::to_owned);
        Some((parent.map(|parent| parent.id.clone()), table.find("partition_bound").map(str::to_owned), key))
    };
    of(from) == of(to)
}

/// Returns the attribute that a column of a typed table comes from.
pub(super) fn attribute_of(catalog: &Catalog, column: &ObjectId) -> Option<ObjectId> {
    if column.kind != Kind::Column {
        return None;
    }
    let parts = parts(table_of(catalog, column)?.find("of_type")?);
    let [schema, composite] = parts.as_slice() else { return None };
    Some(ObjectId::of(Kind::Attribute, schema, composite, &column.name))
}

/// Returns whether a column comes or goes with the attribute of the type that its table is of, before and after.
fn follows_type(column: &ObjectId, cx: &Cx<'_>) -> bool {
    let (before, after) = (attribute_of(cx.from, column), attribute_of(cx.to, column));
    before.is_some_and(|before| after == Some(before.clone()) && cx.from.has(&before) != cx.to.has(&before))
}

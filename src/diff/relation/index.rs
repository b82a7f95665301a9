//! Indexes, and what the indexes of constraints have in common with them.

use crate::catalog::kind::Kind;
use crate::catalog::object::{Object, ObjectId};
use crate::diff::relation::options::storage_changes;
use crate::diff::relation::written;
use crate::diff::sql::{name, parent};
use crate::diff::{Alteration, Changed, Cx, Sql};
use crate::text::ident::sparing;

/// Creates an index.
pub(in crate::diff) fn create(index: &Object, cx: &Cx<'_>) -> Vec<Sql> {
    let definition = index.text("definition");
    // Servers print ONLY for every index of a partitioned table. It is needed where there are partitions, whose indexes have
    // names of their own: they are made one by one, and attached.
    let text = if cx.parents_before.contains(&parent(&index.id)) || !without_index(index, cx).is_empty() {
        definition.to_owned()
    } else {
        definition.replacen(" ON ONLY ", " ON ", 1)
    };
    let mut statements = vec![Sql::new(text)];
    statements.extend(cluster(index));
    statements.extend(statistics(&[], &index.list("statistics"), &name(&index.id)));
    statements
}

/// Returns the partitions that have no part of the index of a partitioned table. They would get one when they are attached to a
/// table that has the index already.
pub(in crate::diff) fn without_index(index: &Object, cx: &Cx<'_>) -> Vec<ObjectId> {
    let (table, own) = (parent(&index.id), name(&index.id));
    // Such an index is never valid.
    let may_lack = index.id.kind == Kind::Index && index.get("invalid").is_some();
    if !may_lack || !cx.parents_after.contains(&table) {
        return Vec::new();
    }
    let is_part = |object: &Object| object.get("attached_to") == Some(&own);
    let has_part = |partition: &Object| {
        let of = |kind| cx.to.children(kind, partition.id.schema(), &partition.id.name);
        of(Kind::Index).chain(of(Kind::Constraint)).any(is_part)
    };
    let is_partition = |other: &&Object| other.get("partition_of") == Some(&table);
    let partitions = cx.to.of_kind(Kind::Table).filter(is_partition);
    partitions.filter(|partition| !has_part(partition)).map(|partition| partition.id.clone()).collect()
}

/// Drops an index.
pub(in crate::diff) fn drop(index: &Object, cx: &Cx<'_>) -> Vec<Sql> {
    let own = name(&index.id);
    // Where the index of a partition serves a constraint, the server drops neither without the other.
    let serves = cx.parents_before.contains(&parent(&index.id))
        && cx.from.of_kind(Kind::Constraint).any(|constraint| constraint.get("attached_to") == Some(&own));
    vec![Sql::new(format!("DROP INDEX {own}{}", if serves { " CASCADE" } else { "" }))]
}

/// Changes an index.
pub(in crate::diff) fn alter(before: &Object, after: &Object, changed: &Changed<'_>, cx: &Cx<'_>) -> Alteration {
    const IN_PLACE: [&str; 7] =
        ["options", "tablespace", "statistics", "clustered", "replica_identity", "attached_to", "definition"];
    // Storage parameters are part of the definition.
    let definition_alone =
        changed.contains("definition") && !changed.contains("options") && !changed.contains("tablespace");
    let detached = changed.contains("attached_to") && before.get("attached_to").is_some() && stays_partition(after, cx);
    if definition_alone || detached || changed.iter().any(|attribute| !IN_PLACE.contains(attribute)) {
        return Alteration::Replace;
    }
    Alteration::InPlace(index_changes(before, after, changed, "options"))
}

/// Returns whether the table of an index is a partition of the same table before and after. Where it is, no statement takes
/// its index from that of the table.
pub(super) fn stays_partition(index: &Object, cx: &Cx<'_>) -> bool {
    table_keeps(index, &["partition_of"], cx) == Some(true)
}

/// Returns whether the table of an index has these attributes as before, where it is there before and after.
pub(in crate::diff) fn table_keeps(index: &Object, attributes: &[&str], cx: &Cx<'_>) -> Option<bool> {
    let table = ObjectId::new(Kind::Table, index.id.schema(), index.id.parent());
    let (before, after) = (cx.from.get(&table)?, cx.to.get(&table)?);
    Some(attributes.iter().all(|attribute| before.get(attribute) == after.get(attribute)))
}

/// Ties the index of a partition to that of the partitioned table, where the table is a partition already.
pub(in crate::diff) fn finish(
    index: &Object,
    before: Option<&Object>,
    cx: &Cx<'_>,
) -> Option<(Vec<Sql>, Vec<ObjectId>)> {
    let above = index.get("attached_to")?;
    if before.is_some_and(|before| before.get("attached_to") == Some(above)) {
        return None;
    }
    let table = cx.to.get(&ObjectId::new(Kind::Table, index.id.schema(), index.id.parent()))?;
    let parent = written(cx.to, table.get("partition_of")?)?;
    let mut indexes = cx.to.children(Kind::Index, parent.id.schema(), &parent.id.name);
    // Else the server ties them when it attaches the table.
    let comes_later = indexes.any(|it| name(&it.id) == above && !without_index(it, cx).is_empty());
    if !comes_later && table_keeps(index, &["partition_of", "partition_bound"], cx) != Some(true) {
        return None;
    }
    let index_name = format!("{}.{}", sparing(index.id.schema()), sparing(&index.id.name));
    let statement = Sql::new(format!("ALTER INDEX {above} ATTACH PARTITION {index_name}"));
    let mut after = vec![index.id.clone()];
    for kind in [Kind::Index, Kind::Constraint] {
        after.extend(cx.to.children(kind, parent.id.schema(), &parent.id.name).map(|object| object.id.clone()));
    }
    Some((vec![statement], after))
}

/// Returns the statements that say that a table is clustered on an index, or identified by it.
pub(super) fn cluster(index: &Object) -> Vec<Sql> {
    let own =
        |change: &str| Sql::new(format!("ALTER TABLE {} {change} {}", parent(&index.id), sparing(&index.id.name)));
    let clustered = index.get("clustered").map(|_| own("CLUSTER ON"));
    let identity = index.get("replica_identity").map(|_| own("REPLICA IDENTITY USING INDEX"));
    clustered.into_iter().chain(identity).collect()
}

/// Returns the changes of what an index is, beside what it indexes.
pub(super) fn index_changes(before: &Object, after: &Object, changed: &Changed<'_>, options: &str) -> Vec<Sql> {
    let index = format!("{}.{}", sparing(after.id.schema()), sparing(&after.id.name));
    let own = |change: String| Sql::new(format!("ALTER INDEX {index} {change}"));
    let mut statements = Vec::new();
    if changed.contains(options) {
        statements.extend(storage_changes(&before.list(options), &after.list(options), "").into_iter().map(own));
    }
    if changed.contains("tablespace") {
        statements.push(own(format!("SET TABLESPACE {}", sparing(after.get("tablespace").unwrap_or("pg_default")))));
    }
    if changed.contains("statistics") {
        statements.extend(self::statistics(&before.list("statistics"), &after.list("statistics"), &index));
    }
    if changed.contains("clustered") && after.get("clustered").is_none() {
        statements.push(Sql::new(format!("ALTER TABLE {} SET WITHOUT CLUSTER", parent(&after.id))));
    }
    if changed.contains("clustered") || changed.contains("replica_identity") {
        statements.extend(cluster(after));
    }
    statements
}

fn statistics(before: &[String], after: &[String], index: &str) -> Vec<Sql> {
    let column = |entry: &str| entry.split_once(' ').map(|(column, _)| column.to_owned()).unwrap_or_default();
    let kept: Vec<String> = after.iter().map(|entry| column(entry)).collect();
    let gone = before.iter().map(|entry| column(entry)).filter(|column| !kept.contains(column));
    let set = after.iter().filter(|entry| !before.contains(entry)).filter_map(|entry| entry.split_once(' '));
    set.map(|(column, target)| (column.to_owned(), target.to_owned()))
        .chain(gone.map(|column| (column, "-1".to_owned())))
        .map(|(column, target)| Sql::new(format!("ALTER INDEX {index} ALTER COLUMN {column} SET STATISTICS {target}")))
        .collect()
}

//! Rows of tables that are made anew: they wait in a temporary table meanwhile.
//!
//! No statement makes a plain table partitioned, or changes what a table is partitioned by. Its rows are put into safety before
//! anything is done to it, and brought back when the new table and all its partitions are there; before foreign keys refer to
//! them and triggers would see them come.

use std::collections::BTreeSet;

use crate::catalog::Catalog;
use crate::catalog::kind::Kind;
use crate::catalog::object::{Object, ObjectId};
use crate::diff::fate::{Fate, Fates};
use crate::diff::node::{Node, Phase};
use crate::diff::relation::conversion::converted;
use crate::diff::relation::parents;
use crate::diff::sql::{name, parts};
use crate::diff::types::enums;
use crate::diff::{Alteration, Cx, Sql};
use crate::text::ident::sparing;
use crate::text::literal::Literal;

/// Returns an id that stands for an object that is tied to all that it shall be tied to.
pub(super) fn tied(id: &ObjectId) -> ObjectId {
    ObjectId { arguments: Some("tied".into()), ..id.clone() }
}

/// Returns an id that stands for a table that has its rows again.
pub(super) fn filled(id: &ObjectId) -> ObjectId {
    ObjectId { arguments: Some("filled".into()), ..id.clone() }
}

/// Adds the nodes that save and restore rows, and takes back what others say of their loss.
pub(super) fn rows(cx: &Cx<'_>, fates: &Fates, nodes: &mut Vec<Node>) {
    let anew: Vec<(&Object, &Object)> = fates.keys().filter_map(|id| made_anew(cx, fates, id)).collect();
    let names: BTreeSet<&ObjectId> = anew.iter().map(|(before, _)| &before.id).collect();
    for (before, after) in anew {
        if ancestors(cx.from, before).iter().any(|above| names.contains(&above.id)) {
            continue;
        }
        let columns = columns(cx, fates, &before.id);
        if columns.is_empty() {
            continue;
        }
        let tree = tree(cx.from, before);
        let there: BTreeSet<ObjectId> = self::tree(cx.to, after).into_iter().map(|table| table.id.clone()).collect();
        // A partition that leaves keeps its rows for itself.
        let mine: Vec<&Object> =
            tree.into_iter().filter(|table| there.contains(&table.id) || !cx.to.has(&table.id)).collect();
        let values = values(cx, fates, &before.id);
        for node in nodes.iter_mut() {
            if mine.iter().any(|table| table.id == node.object) {
                node.statements.iter_mut().for_each(|statement| statement.loses = None);
            }
        }
        let force = force_row_security(nodes, &after.id);
        let saves: Vec<ObjectId> = mine.iter().map(|table| table.id.clone()).collect();
        let statements = save(cx, fates, (before, &mine), &columns, &values);
        let releases = saves.iter().cloned().chain(values.iter().map(|sequence| sequence.id.clone())).collect();
        nodes.push(Node { releases, saves, ..Node::new(Phase::Drop, &before.id, statements) });
        let statements = restore(cx, after, &columns, &values).into_iter().chain(force).collect();
        if !has_staying(cx, &after.id, &there) {
            // Foreign keys are made when the rows are there, for the partitions as well.
            let foreign_keys = |id: &ObjectId| cx.to.get(id).is_some_and(is_foreign_key);
            let ties = nodes.iter_mut().filter(|node| node.makes.contains(&tied(&node.object)));
            for node in ties.filter(|node| there.contains(&node.object)) {
                node.after.retain(|id| !foreign_keys(id));
            }
        }
        let sequences = values.iter().map(|sequence| sequence.id.clone());
        // It becomes a partition itself when it has its rows: triggers of that table are not for them.
        let wanted = there.iter().flat_map(|id| [id.clone(), if *id == after.id { id.clone() } else { tied(id) }]);
        nodes.push(Node {
            after: wanted.chain(sequences).collect(),
            makes: vec![filled(&after.id)],
            restores: there.into_iter().collect(),
            ..Node::new(Phase::Finish, &after.id, statements)
        });
    }
}

/// Returns which nodes come before which others because of rows.
pub(super) fn edges(cx: &Cx<'_>, nodes: &[Node]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for (at, node) in nodes.iter().enumerate() {
        if !node.saves.is_empty() {
            let top = nodes[at].object.clone();
            let is_below = |id: &ObjectId| {
                cx.from.get(id).is_some_and(|table| ancestors(cx.from, table).iter().any(|above| above.id == top))
            };
            let refers = |id: &ObjectId| {
                let refers_to =
                    cx.from.get(id).filter(|_| id.kind == Kind::Constraint).and_then(|it| it.get("references"));
                refers_to.is_some_and(|table| node.saves.iter().any(|saved| name(saved) == table))
                    && !node.saves.iter().any(|saved| saved.schema == id.schema && *saved.name == *id.parent())
            };
            for (other, it) in nodes.iter().enumerate() {
                let unties = !it.releases.is_empty() && it.saves.is_empty();
                if unties && (node.saves.contains(&it.object)) {
                    found.push((at, other));
                } else if unties && is_below(&it.object) || node.saves.len() > 1 && it.takes.iter().any(refers) {
                    found.push((other, at));
                }
            }
        }
        if !node.restores.is_empty() {
            let staying = has_staying(cx, &node.object, node.restores.iter());
            let above: Vec<ObjectId> = cx
                .to
                .get(&node.object)
                .map(|table| ancestors(cx.to, table).iter().map(|above| above.id.clone()).collect())
                .unwrap_or_default();
            let refers = |id: &ObjectId| {
                let refers = cx.to.get(id).filter(|it| is_foreign_key(it)).and_then(|it| it.get("references"));
                refers.is_some_and(|table| above.iter().any(|above| name(above) == table))
            };
            for (tie, _) in nodes.iter().enumerate().filter(|(_, it)| it.makes.contains(&tied(&node.object))) {
                found.push((at, tie));
                let referring = (0..nodes.len()).filter(|other| nodes[*other].makes.iter().any(refers));
                found.extend(referring.map(|other| (tie, other)));
            }
            let waits = |id: &ObjectId| waits_for_rows(cx, id, &node.restores, staying);
            found.extend(
                (0..nodes.len()).filter(|other| nodes[*other].makes.iter().any(waits)).map(|other| (at, other)),
            );
        }
    }
    found
}

/// Returns whether an object is better made when the rows of these tables are there.
fn waits_for_rows(cx: &Cx<'_>, id: &ObjectId, tables: &[ObjectId], staying: bool) -> bool {
    let is_of_them = || tables.iter().any(|table| table.schema == id.schema && *table.name == *id.parent());
    if let Some(constraint) = cx.to.get(id).filter(|it| is_foreign_key(it)) {
        let refers = constraint.get("references");
        return is_of_them() && !staying || tables.iter().any(|table| refers == Some(&*name(table)));
    }
    let is_view = id.kind == Kind::MaterializedView && id.arguments.is_none();
    is_view || matches!(id.kind, Kind::Trigger | Kind::Rule) && is_of_them()
}

fn is_foreign_key(object: &Object) -> bool {
    object.id.kind == Kind::Constraint && object.text("type") == "foreign key"
}

/// Returns whether a table has partitions that were there before: they bring the foreign keys that they had from it.
fn has_staying<'a>(cx: &Cx<'_>, table: &ObjectId, tree: impl IntoIterator<Item = &'a ObjectId>) -> bool {
    tree.into_iter().any(|id| id != table && cx.from.has(id))
}

/// Returns both forms of a table that is made anew and has rows of its own, or has them in partitions that cannot just be
/// attached again.
fn made_anew<'a>(cx: &Cx<'a>, fates: &Fates, id: &ObjectId) -> Option<(&'a Object, &'a Object)> {
    if id.kind != Kind::Table || !matches!(fates.get(id), Some(Fate::Replace)) {
        return None;
    }
    let (before, after) = (cx.from.get(id)?, cx.to.get(id)?);
    let key = before.get("partition_key");
    (key.is_none() || key != after.get("partition_key")).then_some((before, after))
}

fn ancestors<'a>(catalog: &'a Catalog, table: &Object) -> Vec<&'a Object> {
    let mut found: Vec<&Object> = Vec::new();
    let mut pending = partitioned(catalog, table);
    while let Some(above) = pending.filter(|above| !found.iter().any(|it| it.id == above.id)) {
        found.push(above);
        pending = partitioned(catalog, above);
    }
    found
}

fn partitioned<'a>(catalog: &'a Catalog, table: &Object) -> Option<&'a Object> {
    table.get("partition_of")?;
    parents(catalog, table).into_iter().next()
}

/// Returns a table with its partitions and theirs.
fn tree<'a>(catalog: &'a Catalog, table: &'a Object) -> Vec<&'a Object> {
    let is_below = |it: &&Object| ancestors(catalog, it).iter().any(|above| above.id == table.id);
    std::iter::once(table).chain(catalog.of_kind(Kind::Table).filter(is_below)).collect()
}

/// A column that the old and the new table have: its name, how its values are saved, and how they come back.
struct Kept {
    name: String,
    saved: String,
    restored: String,
    /// With which rows it does not come back, for people.
    lost: Option<String>,
}

fn columns(cx: &Cx<'_>, fates: &Fates, table: &ObjectId) -> Vec<Kept> {
    let mut found: Vec<(&Object, &Object)> = cx
        .to
        .children(Kind::Column, table.schema(), &table.name)
        .filter(|column| column.get("generated").is_none())
        .filter_map(|column| Some((cx.from.get(&column.id)?, column)))
        .collect();
    found.sort_by_key(|(_, column)| column.text("position").parse::<usize>().unwrap_or_default());
    let kept = |(before, after): (&Object, &Object)| {
        let name = sparing(&after.id.name);
        let (old, new) = (before.text("type"), after.text("type"));
        let is_of_going_type = cx.from.needs(&before.id).any(|(needed, _)| {
            matches!(fates.get(needed), Some(Fate::Drop | Fate::Replace | Fate::Alter(Alteration::Swap)))
                && is_type(needed.kind)
        });
        // The temporary table must not hold on to the type.
        let (saved, restored) = if is_of_going_type {
            (format!("{name}::text AS {name}"), format!("{name}::{new}"))
        } else {
            (name.clone(), converted(&name, old, new).unwrap_or_else(|| name.clone()))
        };
        let (labels, _) = enums::lost(&after.id, cx);
        let lost = format!("rows that have {} in {}", enums::literals(&labels), after.id.path());
        Kept { name, saved, restored, lost: (is_of_going_type && !labels.is_empty()).then_some(lost) }
    };
    found.into_iter().map(kept).collect()
}

fn is_type(kind: Kind) -> bool {
    matches!(kind, Kind::Enum | Kind::Domain | Kind::Composite | Kind::Range | Kind::BaseType)
}

/// Returns the sequences of a table that go and come with it.
fn values<'a>(cx: &Cx<'a>, fates: &Fates, table: &ObjectId) -> Vec<&'a Object> {
    let is_of_table = |sequence: &Object| {
        let column = sequence.get("owned_by").or(sequence.get("identity_of")).map(parts).unwrap_or_default();
        column.len() == 3 && column[0] == table.schema() && column[1] == *table.name
    };
    let stays = |sequence: &&Object| {
        let before = cx.from.get(&sequence.id);
        before.is_some_and(is_of_table) && matches!(fates.get(&sequence.id), Some(Fate::Replace))
    };
    cx.to.of_kind(Kind::Sequence).filter(|sequence| is_of_table(sequence)).filter(stays).collect()
}

/// Returns the name of the temporary table for an object.
fn aside(id: &ObjectId, suffix: &str) -> String {
    let schema = if id.schema() == "public" { String::new() } else { format!("{}_", id.schema()) };
    let mut start = format!("{schema}{}", id.name);
    while start.len() + suffix.len() > 63 {
        start.pop();
    }
    sparing(&format!("{start}{suffix}"))
}

fn save(
    cx: &Cx<'_>,
    fates: &Fates,
    (before, tree): (&Object, &[&Object]),
    columns: &[Kept],
    values: &[&Object],
) -> Vec<Sql> {
    let table = name(&before.id);
    let mut statements = Vec::new();
    if before.is("force_row_security") {
        statements.push(Sql::new(format!("ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")));
    }
    let list: Vec<&str> = columns.iter().map(|column| column.saved.as_str()).collect();
    let only = if before.get("partition_key").is_some() { "" } else { "ONLY " };
    let text = format!(
        "CREATE TEMPORARY TABLE {} AS\n    SELECT {}\n    FROM {only}{table}",
        aside(&before.id, "_rows"),
        list.join(", ")
    );
    statements.push(Sql::new(text).noting(format!("{} is made anew: its rows wait here", before.id.path())));
    for sequence in values {
        let text = format!(
            "CREATE TEMPORARY TABLE {} AS SELECT last_value, is_called FROM {}",
            aside(&sequence.id, "_value"),
            name(&sequence.id)
        );
        statements.push(Sql::new(text));
    }
    // Partitions that stay are attached again without rows: each row comes back to where it then belongs.
    let stays = |table: &&&Object| {
        table.id != before.id
            && table.get("partition_key").is_none()
            && cx.to.has(&table.id)
            && !matches!(fates.get(&table.id), Some(Fate::Drop | Fate::Replace))
    };
    let staying: Vec<String> = tree.iter().filter(stays).map(|table| name(&table.id)).collect();
    if !staying.is_empty() {
        statements.push(Sql::new(format!("TRUNCATE {}", staying.join(", "))));
    }
    statements
}

fn restore(cx: &Cx<'_>, after: &Object, columns: &[Kept], values: &[&Object]) -> Vec<Sql> {
    let rows = aside(&after.id, "_rows");
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    let list: Vec<&str> = columns.iter().map(|column| column.restored.as_str()).collect();
    let is_identity = cx
        .to
        .children(Kind::Column, after.id.schema(), &after.id.name)
        .any(|column| column.get("identity") == Some("always"));
    let overriding = if is_identity { "\n    OVERRIDING SYSTEM VALUE" } else { "" };
    let text = format!(
        "INSERT INTO {} ({}){overriding}\n    SELECT {}\n    FROM pg_temp.{rows}",
        name(&after.id),
        names.join(", "),
        list.join(", ")
    );
    let lost: Vec<String> = columns.iter().filter_map(|column| column.lost.clone()).collect();
    let insert = Sql { fails: (!lost.is_empty()).then(|| lost.join("; ")), ..Sql::new(text) };
    let mut statements = vec![insert, Sql::new(format!("DROP TABLE pg_temp.{rows}"))];
    for sequence in values {
        let value = aside(&sequence.id, "_value");
        let text = format!(
            "SELECT pg_catalog.setval({}, last_value, is_called) FROM pg_temp.{value}",
            Literal(&name(&sequence.id))
        );
        statements.push(Sql::new(text));
        statements.push(Sql::new(format!("DROP TABLE pg_temp.{value}")));
    }
    statements
}

/// Takes the statement out that lets policies hold for the owner: rows come back before.
fn force_row_security(nodes: &mut [Node], table: &ObjectId) -> Option<Sql> {
    let is_it = |statement: &Sql| statement.text.ends_with(" FORCE ROW LEVEL SECURITY");
    let node = nodes.iter_mut().find(|node| node.makes.contains(table) && node.statements.iter().any(is_it))?;
    let at = node.statements.iter().position(is_it)?;
    Some(node.statements.remove(at))
}

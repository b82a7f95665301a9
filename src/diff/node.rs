//! What has statements of its own, and what it makes and takes away.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::Catalog;
use crate::catalog::Dependency;
use crate::catalog::difference::owners;
use crate::catalog::kind::Kind;
use crate::catalog::object::{Object, ObjectId};
use crate::diff::fate::{Fate, Fates};
use crate::diff::sql::parts;
use crate::diff::{Alteration, Cx, DiffError, Sql, kinds, types};

/// When a node comes, as far as dependencies leave a choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// Something goes.
    Drop,
    /// Something is changed or made.
    Make,
    /// What ties finished objects together.
    Finish,
    /// What would hold for objects that come later.
    Last,
}

/// Statements that run one after the other.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// When it comes, as far as there is a choice.
    pub(super) phase: Phase,
    /// The object that it is about.
    pub(super) object: ObjectId,
    /// What it runs.
    pub(super) statements: Vec<Sql>,
    /// What is, after it, as it shall be.
    pub(super) makes: Vec<ObjectId>,
    /// What is gone after it.
    pub(super) takes: Vec<ObjectId>,
    /// What stays in place and is changed by it.
    pub(super) changes: Vec<ObjectId>,
    /// What must be as it shall be before it runs, beside what the catalog says of `makes`.
    pub(super) after: Vec<ObjectId>,
    /// The tables that nothing is done to before it has run.
    pub(super) releases: Vec<ObjectId>,
}

impl Node {
    fn new(phase: Phase, object: &ObjectId, statements: Vec<Sql>) -> Self {
        // Default privileges are changed when all is made that they would befall.
        let phase = if object.kind == Kind::DefaultPrivileges { Phase::Last } else { phase };
        Self {
            phase,
            object: object.clone(),
            statements,
            makes: Vec::new(),
            takes: Vec::new(),
            changes: Vec::new(),
            after: Vec::new(),
            releases: Vec::new(),
        }
    }
}

/// Objects that are made and dropped by statements of their own, because they would close a circle otherwise.
pub(super) type Apart = BTreeSet<ObjectId>;

/// Returns the nodes.
///
/// # Errors
/// An object of a kind that cannot be changed.
pub(super) fn nodes(cx: &Cx<'_>, fates: &Fates, apart: &Apart) -> Result<Vec<Node>, DiffError> {
    let mut nodes = drops(cx, fates, apart)?;
    nodes.extend(changes(cx, fates)?);
    nodes.extend(creates(cx, fates, apart)?);
    Ok(nodes)
}

fn drops(cx: &Cx<'_>, fates: &Fates, apart: &Apart) -> Result<Vec<Node>, DiffError> {
    let mut with: BTreeMap<ObjectId, Vec<ObjectId>> = BTreeMap::new();
    let mut tops = Vec::new();
    for (id, fate) in fates {
        let Some(object) = cx.from.get(id).filter(|_| matches!(fate, Fate::Drop | Fate::Replace)) else { continue };
        match goes_with(cx, fates, apart, object) {
            Some(top) => with.entry(top).or_default().push(id.clone()),
            None => tops.push(object),
        }
    }
    let mut nodes = Vec::new();
    for object in tops {
        let mut takes = with.remove(&object.id).unwrap_or_default();
        takes.push(object.id.clone());
        nodes.push(Node { takes, ..Node::new(Phase::Drop, &object.id, kinds::drop(object, cx)?) });
    }
    Ok(nodes)
}

/// Returns the object with which another is dropped.
fn goes_with(cx: &Cx<'_>, fates: &Fates, apart: &Apart, object: &Object) -> Option<ObjectId> {
    if apart.contains(&object.id) {
        return None;
    }
    // The index of a partition goes with that of the partitioned table.
    let owner = owners_in(cx.from, &object.id).into_iter().chain(index_above(cx.from, &object.id)).find(|owner| {
        matches!(fates.get(owner), Some(Fate::Drop | Fate::Replace)) && stays_attached(cx, object, owner)
    })?;
    let above = cx.from.get(&owner).and_then(|owner| goes_with(cx, fates, apart, owner));
    Some(above.unwrap_or(owner))
}

/// What an object goes with when it is dropped: its table; for a sequence the column that owns it.
fn owners_in(catalog: &Catalog, id: &ObjectId) -> Vec<ObjectId> {
    let mut found: Vec<ObjectId> =
        owners(id).into_iter().filter(|owner| takes_along(owner, id) && catalog.has(owner)).collect();
    if id.kind == Kind::Sequence {
        let owning = catalog.needs(id).filter(|(to, how)| to.kind == Kind::Column && *how != Dependency::Normal);
        found.extend(owning.map(|(to, _)| to.clone()));
    }
    found
}

/// What a schema holds is dropped before it.
fn takes_along(owner: &ObjectId, id: &ObjectId) -> bool {
    owner.kind != Kind::Schema || id.kind == Kind::DefaultPrivileges
}

/// Returns the index that the index of a partition is a part of.
fn index_above(catalog: &Catalog, id: &ObjectId) -> Option<ObjectId> {
    let parts = parts(catalog.get(id)?.find("attached_to")?);
    let [schema, name] = parts.as_slice() else { return None };
    catalog.needs(id).map(|(to, _)| to).find(|to| *to.name == **name && to.schema() == schema).cloned()
}

/// Returns whether an object still belongs to its owner when that is dropped: the index of a partition is no part of
/// that of the partitioned table any more once the partition is detached.
fn stays_attached(cx: &Cx<'_>, object: &Object, owner: &ObjectId) -> bool {
    let is_index = |kind| matches!(kind, Kind::Index | Kind::Constraint);
    if !is_index(object.id.kind) || !is_index(owner.kind) {
        return true;
    }
    let table = ObjectId::new(Kind::Table, object.id.schema(), object.id.parent());
    match (cx.from.get(&table), cx.to.get(&table)) {
        (Some(before), Some(after)) => before.get("partition_of") == after.get("partition_of"),
        _ => true,
    }
}

fn changes(cx: &Cx<'_>, fates: &Fates) -> Result<Vec<Node>, DiffError> {
    let mut nodes = Vec::new();
    for (id, fate) in fates {
        let (Some(before), Some(after)) = (cx.from.get(id), cx.to.get(id)) else { continue };
        let statements = match fate {
            Fate::Alter(Alteration::InPlace(statements) | Alteration::Disturbing(statements, _)) => statements.clone(),
            Fate::Retype => kinds::retype(before, after, cx)?,
            Fate::Alter(Alteration::Swap) => {
                nodes.extend(swap(cx, before, after, fates)?);
                continue;
            }
            Fate::Reattach => Vec::new(),
            _ => continue,
        };
        let mut makes = vec![id.clone()];
        // A column that becomes an identity makes its sequence.
        makes.extend(identity_sequences(cx, fates, id));
        let changes = vec![id.clone()];
        nodes.push(Node { makes, changes, ..Node::new(Phase::Make, id, statements) });
        let again = matches!(fate, Fate::Reattach);
        nodes.extend(
            kinds::release(before, after, again, cx)
                .map(|(statements, releases)| Node { releases, ..Node::new(Phase::Drop, id, statements) }),
        );
        nodes.extend(finish(after, Some(before).filter(|_| !again), cx));
    }
    Ok(nodes)
}

/// A type is renamed aside and made anew; when the columns of that type are converted, the old one goes.
fn swap(cx: &Cx<'_>, before: &Object, after: &Object, fates: &Fates) -> Result<[Node; 2], DiffError> {
    let inline: Vec<&Object> = inline_of(cx.to, &after.id);
    let mut statements = types::put_aside(before, cx);
    statements.extend(kinds::create(after, &inline, cx)?);
    let converted: Vec<ObjectId> =
        fates.iter().filter(|(_, fate)| matches!(fate, Fate::Retype)).map(|(id, _)| id.clone()).collect();
    let id = &after.id;
    let makes = std::iter::once(id.clone()).chain(inline.iter().map(|object| object.id.clone())).collect();
    let start = Node { makes, changes: vec![id.clone()], ..Node::new(Phase::Make, id, statements) };
    let after = converted.into_iter().chain([id.clone()]).collect();
    let end = Node { after, ..Node::new(Phase::Finish, id, types::drop_put_aside(before, cx)) };
    Ok([start, end])
}

fn creates(cx: &Cx<'_>, fates: &Fates, apart: &Apart) -> Result<Vec<Node>, DiffError> {
    let mut with: BTreeMap<ObjectId, Vec<&Object>> = BTreeMap::new();
    let mut tops = Vec::new();
    for (id, fate) in fates {
        let Some(object) = cx.to.get(id).filter(|_| matches!(fate, Fate::Create | Fate::Replace)) else { continue };
        if object.id.kind == Kind::Sequence
            && let Some(column) = identity_column(object)
            && matches!(fates.get(&column), Some(Fate::Alter(_) | Fate::Retype))
        {
            continue;
        }
        match made_with(cx, fates, apart, object) {
            Some(top) => with.entry(top).or_default().push(object),
            None => tops.push(object),
        }
    }
    let mut nodes = Vec::new();
    for object in tops {
        let inline = with.remove(&object.id).unwrap_or_default();
        let makes = inline.iter().map(|object| object.id.clone()).chain([object.id.clone()]).collect();
        nodes.push(Node { makes, ..Node::new(Phase::Make, &object.id, kinds::create(object, &inline, cx)?) });
        nodes.extend(finish(object, None, cx));
    }
    Ok(nodes)
}

/// Returns the object whose statement makes another as well.
fn made_with(cx: &Cx<'_>, fates: &Fates, apart: &Apart, object: &Object) -> Option<ObjectId> {
    if apart.contains(&object.id) || !kinds::is_inline(object, cx) {
        return None;
    }
    let owner = owners_in(cx.to, &object.id)
        .into_iter()
        .find(|owner| matches!(fates.get(owner), Some(Fate::Create | Fate::Replace)))?;
    let above = cx.to.get(&owner).and_then(|owner| made_with(cx, fates, apart, owner));
    Some(above.unwrap_or(owner))
}

/// Returns what belongs to a type and is made with it.
fn inline_of<'a>(catalog: &'a Catalog, id: &ObjectId) -> Vec<&'a Object> {
    let kind = match id.kind {
        Kind::Composite => Kind::Attribute,
        Kind::Domain => Kind::DomainConstraint,
        _ => return Vec::new(),
    };
    catalog.children(kind, id.schema(), &id.name).collect()
}

/// What ties an object to others, once all of them are made.
fn finish(object: &Object, before: Option<&Object>, cx: &Cx<'_>) -> Option<Node> {
    let (statements, after) = kinds::finish(object, before, cx)?;
    Some(Node { after, ..Node::new(Phase::Finish, &object.id, statements) })
}

/// Returns the column whose identity a sequence is.
fn identity_column(sequence: &Object) -> Option<ObjectId> {
    let parts = parts(sequence.find("identity_of")?);
    let [schema, table, column] = parts.as_slice() else { return None };
    Some(ObjectId::of(Kind::Column, schema, table, column))
}

/// Returns the sequences that come with the identity of a column.
fn identity_sequences(cx: &Cx<'_>, fates: &Fates, column: &ObjectId) -> Vec<ObjectId> {
    if column.kind != Kind::Column || cx.to.get(column).is_none_or(|column| column.get("identity").is_none()) {
        return Vec::new();
    }
    let made = |sequence: &&Object| matches!(fates.get(&sequence.id), Some(Fate::Create | Fate::Replace));
    let sequences = cx.to.of_kind(Kind::Sequence).filter(made);
    sequences.filter(|sequence| identity_column(sequence).as_ref() == Some(column)).map(|it| it.id.clone()).collect()
}

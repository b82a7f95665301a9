//! What has statements of its own, and what it makes and takes away.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::Catalog;
use crate::catalog::Dependency;
use crate::catalog::difference::owners;
use crate::catalog::kind::Kind;
use crate::catalog::object::{Object, ObjectId};
use crate::diff::fate::{Fate, Fates};
use crate::diff::{Alteration, Cx, DiffError, Sql, kinds};

/// When a node comes, as far as dependencies leave a choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// Something goes.
    Drop,
    /// Something is changed or made.
    Make,
    /// What ties finished objects together.
    Finish,
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
        nodes.push(Node {
            phase: Phase::Drop,
            object: object.id.clone(),
            statements: kinds::drop(object, cx)?,
            makes: Vec::new(),
            takes,
            changes: Vec::new(),
            after: Vec::new(),
        });
    }
    Ok(nodes)
}

/// Returns the object with which another is dropped.
fn goes_with(cx: &Cx<'_>, fates: &Fates, apart: &Apart, object: &Object) -> Option<ObjectId> {
    if apart.contains(&object.id) {
        return None;
    }
    let owner = owners_in(cx.from, &object.id)
        .into_iter()
        .find(|owner| matches!(fates.get(owner), Some(Fate::Drop | Fate::Replace)))?;
    let above = cx.from.get(&owner).and_then(|owner| goes_with(cx, fates, apart, owner));
    Some(above.unwrap_or(owner))
}

/// What an object goes with when it is dropped: its table; for a sequence the column that owns it.
fn owners_in(catalog: &Catalog, id: &ObjectId) -> Vec<ObjectId> {
    let mut found: Vec<ObjectId> =
        owners(id).into_iter().filter(|owner| owner.kind != Kind::Schema && catalog.has(owner)).collect();
    if id.kind == Kind::Sequence {
        let owning = catalog.needs(id).filter(|(to, how)| to.kind == Kind::Column && *how != Dependency::Normal);
        found.extend(owning.map(|(to, _)| to.clone()));
    }
    found
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
            _ => continue,
        };
        nodes.push(Node {
            phase: Phase::Make,
            object: id.clone(),
            statements,
            makes: vec![id.clone()],
            takes: Vec::new(),
            changes: vec![id.clone()],
            after: Vec::new(),
        });
        nodes.extend(finish(after, Some(before), cx));
    }
    Ok(nodes)
}

/// A type is renamed aside and made anew; when the columns of that type are converted, the old one goes.
fn swap(cx: &Cx<'_>, before: &Object, after: &Object, fates: &Fates) -> Result<[Node; 2], DiffError> {
    let inline: Vec<&Object> = inline_of(cx.to, &after.id);
    let mut statements = kinds::put_aside(before);
    statements.extend(kinds::create(after, &inline, cx)?);
    let converted: Vec<ObjectId> =
        fates.iter().filter(|(_, fate)| matches!(fate, Fate::Retype)).map(|(id, _)| id.clone()).collect();
    let id = &after.id;
    let makes = std::iter::once(id.clone()).chain(inline.iter().map(|object| object.id.clone())).collect();
    let start = Node {
        phase: Phase::Make,
        object: id.clone(),
        statements,
        makes,
        takes: Vec::new(),
        changes: vec![id.clone()],
        after: Vec::new(),
    };
    let end = Node {
        phase: Phase::Finish,
        object: id.clone(),
        statements: kinds::drop_put_aside(before),
        makes: Vec::new(),
        takes: Vec::new(),
        changes: Vec::new(),
        after: converted.into_iter().chain([id.clone()]).collect(),
    };
    Ok([start, end])
}

fn creates(cx: &Cx<'_>, fates: &Fates, apart: &Apart) -> Result<Vec<Node>, DiffError> {
    let mut with: BTreeMap<ObjectId, Vec<&Object>> = BTreeMap::new();
    let mut tops = Vec::new();
    for (id, fate) in fates {
        let Some(object) = cx.to.get(id).filter(|_| matches!(fate, Fate::Create | Fate::Replace)) else { continue };
        match made_with(cx, fates, apart, object) {
            Some(top) => with.entry(top).or_default().push(object),
            None => tops.push(object),
        }
    }
    let mut nodes = Vec::new();
    for object in tops {
        let inline = with.remove(&object.id).unwrap_or_default();
        let makes = inline.iter().map(|object| object.id.clone()).chain([object.id.clone()]).collect();
        nodes.push(Node {
            phase: Phase::Make,
            object: object.id.clone(),
            statements: kinds::create(object, &inline, cx)?,
            makes,
            takes: Vec::new(),
            changes: Vec::new(),
            after: Vec::new(),
        });
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
    Some(Node {
        phase: Phase::Finish,
        object: object.id.clone(),
        statements,
        makes: Vec::new(),
        takes: Vec::new(),
        changes: Vec::new(),
        after,
    })
}

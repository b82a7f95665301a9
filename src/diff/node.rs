//! What has statements of its own, and what it makes and takes away.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::Catalog;
use crate::catalog::Dependency;
use crate::catalog::difference::owners;
use crate::catalog::kind::Kind;
use crate::catalog::object::{Object, ObjectId};
use crate::diff::fate::{Fate, Fates};
use crate::diff::relation::index::{table_keeps, without_index};
use crate::diff::relation::sequence::of_same_identity;
use crate::diff::sql::parts;
use crate::diff::{Alteration, Cx, DiffError, Sql, changed, keep, kinds, types, view};
use crate::text::ident::sparing;

/// When a node comes, as far as dependencies leave a choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// What would act on the other statements goes.
    Quieten,
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
    /// The views that it takes the query of, because they are in a circle with what they name, and are about to go.
    pub(super) empties: Vec<ObjectId>,
    /// The tables whose rows it puts into safety.
    pub(super) saves: Vec<ObjectId>,
    /// The tables that it brings rows back to.
    pub(super) restores: Vec<ObjectId>,
    /// Whether the view that it makes or takes has no query then.
    pub(super) without_query: bool,
}

impl Node {
    pub(super) fn new(phase: Phase, object: &ObjectId, statements: Vec<Sql>) -> Self {
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
            empties: Vec::new(),
            saves: Vec::new(),
            restores: Vec::new(),
            without_query: false,
        }
    }

    /// Returns whether an object of the node needs nothing of what its query names.
    pub(super) fn is_without_query(&self, id: &ObjectId) -> bool {
        self.without_query && id.kind == Kind::View
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
    nodes.extend(changes(cx, fates, apart)?);
    nodes.extend(creates(cx, fates, apart)?);
    keep::rows(cx, fates, &mut nodes);
    Ok(nodes)
}

fn drops(cx: &Cx<'_>, fates: &Fates, apart: &Apart) -> Result<Vec<Node>, DiffError> {
    let mut with: BTreeMap<ObjectId, Vec<ObjectId>> = BTreeMap::new();
    let mut tops = Vec::new();
    for (id, fate) in fates {
        let Some(object) = cx.from.get(id).filter(|_| matches!(fate, Fate::Drop | Fate::Replace)) else { continue };
        if is_part_of_swapped(fates, id) || becomes_part(cx, fates, object) {
            continue;
        }
        match goes_with(cx, fates, apart, object) {
            Some(top) => with.entry(top).or_default().push(id.clone()),
            None => tops.push(object),
        }
    }
    let mut nodes = Vec::new();
    for object in tops {
        let mut takes = with.remove(&object.id).unwrap_or_default();
        takes.push(object.id.clone());
        // An event trigger is not for the statements that come with its end.
        let phase = if object.id.kind == Kind::EventTrigger { Phase::Quieten } else { Phase::Drop };
        let without_query = is_view_apart(object, apart);
        nodes.push(Node { takes, without_query, ..Node::new(phase, &object.id, kinds::drop(object, cx)?) });
        if without_query {
            let statement = view::without_query("CREATE OR REPLACE VIEW", object, cx.from);
            nodes
                .push(Node { empties: vec![object.id.clone()], ..Node::new(Phase::Drop, &object.id, vec![statement]) });
        }
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
        matches!(fates.get(owner), Some(Fate::Drop | Fate::Replace)) && stays_attached(cx, fates, object, owner)
    })?;
    let above = cx.from.get(&owner).and_then(|owner| goes_with(cx, fates, apart, owner));
    Some(above.unwrap_or(owner))
}

/// What an object goes with when it is dropped: its table; for a sequence the column that owns it; for a function the base
/// type that is made of it.
fn owners_in(catalog: &Catalog, id: &ObjectId) -> Vec<ObjectId> {
    let mut found: Vec<ObjectId> =
        owners(id).into_iter().filter(|owner| takes_along(owner, id) && catalog.has(owner)).collect();
    if id.kind == Kind::Sequence {
        let owning = catalog.needs(id).filter(|(to, how)| to.kind == Kind::Column && *how != Dependency::Normal);
        found.extend(owning.map(|(to, _)| to.clone()));
    }
    if id.kind == Kind::Function {
        let is_made_of = |of: &ObjectId| {
            matches!(of.kind, Kind::BaseType | Kind::Range) && catalog.needs(of).any(|(needed, _)| needed == id)
        };
        found.extend(catalog.needs(id).map(|(to, _)| to).filter(|to| is_made_of(to)).cloned());
    }
    found
}

/// What a schema holds is dropped before it, and so are the user mappings of a server.
fn takes_along(owner: &ObjectId, id: &ObjectId) -> bool {
    id.kind != Kind::UserMapping && (owner.kind != Kind::Schema || id.kind == Kind::DefaultPrivileges)
}

/// Returns the index that the index of a partition is a part of.
pub(super) fn index_above(catalog: &Catalog, id: &ObjectId) -> Option<ObjectId> {
    let parts = parts(catalog.get(id)?.find("attached_to")?);
    let [schema, name] = parts.as_slice() else { return None };
    catalog.needs(id).map(|(to, _)| to).find(|to| *to.name == **name && to.schema() == schema).cloned()
}

/// Returns whether an object still belongs to its owner when that is dropped: the index of a partition is no part of
/// that of the partitioned table any more once the partition is detached.
fn stays_attached(cx: &Cx<'_>, fates: &Fates, object: &Object, owner: &ObjectId) -> bool {
    let is_index = |kind| matches!(kind, Kind::Index | Kind::Constraint);
    if !is_index(object.id.kind) || !is_index(owner.kind) {
        return true;
    }
    let table = ObjectId::new(Kind::Table, object.id.schema(), object.id.parent());
    table_keeps(object, &["partition_of", "partition_bound"], cx)
        .is_none_or(|kept| kept && !matches!(fates.get(&table), Some(Fate::Reattach)))
}

/// Returns the index of a partition that another takes the place of: it is a part of the same index, which stays, and the
/// server drops neither for itself.
fn part_before<'a>(cx: &Cx<'a>, fates: &Fates, new: &Object) -> Option<&'a Object> {
    let above = new.find("attached_to")?;
    let table = ObjectId::new(Kind::Table, new.id.schema(), new.id.parent());
    if !matches!(fates.get(&new.id), Some(Fate::Create))
        || matches!(fates.get(&table), Some(Fate::Create | Fate::Drop | Fate::Replace | Fate::Reattach))
    {
        return None;
    }
    let shape = |it: &Object| it.find("definition").map(|text| text.replacen(&sparing(&it.id.name), "", 1));
    let is_it = |old: &&Object| {
        let stays = |above: ObjectId| !matches!(fates.get(&above), Some(Fate::Drop | Fate::Replace));
        old.find("attached_to") == Some(above)
            && matches!(fates.get(&old.id), Some(Fate::Drop))
            && shape(old) == shape(new)
            && table_keeps(old, &["partition_of", "partition_bound"], cx) == Some(true)
            && index_above(cx.from, &old.id).is_some_and(stays)
    };
    cx.from.children(new.id.kind, new.id.schema(), new.id.parent()).find(is_it)
}

/// Returns whether the index of a partition is renamed, and not dropped.
pub(super) fn becomes_part(cx: &Cx<'_>, fates: &Fates, old: &Object) -> bool {
    old.find("attached_to").is_some()
        && cx
            .to
            .children(old.id.kind, old.id.schema(), old.id.parent())
            .any(|new| part_before(cx, fates, new).is_some_and(|before| before.id == old.id))
}

/// Returns how the index of a partition gets another name, and what it was before.
fn renamed_part<'a>(cx: &Cx<'a>, fates: &Fates, new: &Object) -> Result<Option<(&'a Object, Vec<Sql>)>, DiffError> {
    let Some(before) = part_before(cx, fates, new) else { return Ok(None) };
    let (old, name) = (sparing(&before.id.name), sparing(&new.id.name));
    let schema = sparing(new.id.schema());
    let text = if new.id.kind == Kind::Index {
        format!("ALTER INDEX {schema}.{old} RENAME TO {name}")
    } else {
        format!("ALTER TABLE {schema}.{} RENAME CONSTRAINT {old} TO {name}", sparing(new.id.parent()))
    };
    let mut differs = changed(before, new, cx.scope);
    differs.remove("definition");
    let mut statements = vec![Sql::new(text)];
    if let Alteration::InPlace(more) = kinds::alter(before, new, &differs, cx)? {
        statements.extend(more);
    }
    Ok(Some((before, statements)))
}

fn changes(cx: &Cx<'_>, fates: &Fates, apart: &Apart) -> Result<Vec<Node>, DiffError> {
    let mut nodes = Vec::new();
    for (id, fate) in fates {
        let (Some(before), Some(after)) = (cx.from.get(id), cx.to.get(id)) else { continue };
        if is_part_of_swapped(fates, id) {
            continue;
        }
        let statements = match fate {
            Fate::Alter(Alteration::InPlace(statements) | Alteration::Disturbing(statements, _)) => statements.clone(),
            Fate::Retype => kinds::retype(before, after, cx)?,
            Fate::Alter(Alteration::Swap) => {
                nodes.extend(swap(cx, before, after, fates)?);
                continue;
            }
            Fate::Reattach => Vec::new(),
            Fate::Create | Fate::Drop | Fate::Replace | Fate::Alter(Alteration::Replace) => continue,
        };
        let mut makes = vec![id.clone()];
        // A column that becomes an identity makes its sequence.
        makes.extend(identity_sequences(cx, fates, id));
        // What is only attached again lets go of its table when it is detached.
        let changes = if matches!(fate, Fate::Reattach) { Vec::new() } else { vec![id.clone()] };
        if is_view_apart(after, apart) {
            let first = vec![view::without_query("CREATE OR REPLACE VIEW", after, cx.to)];
            nodes.push(Node { makes, changes, without_query: true, ..Node::new(Phase::Make, id, first) });
            nodes.push(Node { after: needs_and_itself(cx, id), ..Node::new(Phase::Make, id, statements) });
            continue;
        }
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
    let id = &after.id;
    let converted = fates.iter().filter(|(_, fate)| matches!(fate, Fate::Retype)).map(|(id, _)| id.clone());
    // The old forms of other types that are of this one go before its own.
    let users =
        fates.iter().filter(|(other, fate)| is_swap(fate) && is_of(cx, other, id)).map(|(other, _)| aside(other));
    let before_end: Vec<ObjectId> = converted.chain(users).chain([id.clone()]).collect();
    let makes = std::iter::once(id.clone()).chain(inline.iter().map(|object| object.id.clone())).collect();
    let start = Node { makes, changes: vec![id.clone()], ..Node::new(Phase::Make, id, statements) };
    let end = Node {
        makes: vec![aside(id)],
        after: before_end,
        ..Node::new(Phase::Finish, id, types::drop_put_aside(before, cx))
    };
    Ok([start, end])
}

fn is_swap(fate: &Fate) -> bool {
    matches!(fate, Fate::Alter(Alteration::Swap))
}

/// Returns whether a type is of another, by itself or by one of its parts.
fn is_of(cx: &Cx<'_>, id: &ObjectId, other: &ObjectId) -> bool {
    let parts = inline_of(cx.from, id).into_iter().map(|object| &object.id);
    id != other && parts.chain([id]).any(|part| cx.from.needs(part).any(|(needed, _)| needed == other))
}

/// Returns an id that stands for the old form of a type.
fn aside(id: &ObjectId) -> ObjectId {
    ObjectId { arguments: Some("as it was".into()), ..id.clone() }
}

/// Returns whether an object is made with a type that is made anew beside its old form.
fn is_part_of_swapped(fates: &Fates, id: &ObjectId) -> bool {
    matches!(id.kind, Kind::Attribute | Kind::DomainConstraint)
        && owners(id).iter().any(|owner| fates.get(owner).is_some_and(is_swap))
}

fn creates(cx: &Cx<'_>, fates: &Fates, apart: &Apart) -> Result<Vec<Node>, DiffError> {
    let mut with: BTreeMap<ObjectId, Vec<&Object>> = BTreeMap::new();
    let mut tops = Vec::new();
    for (id, fate) in fates {
        let Some(object) = cx.to.get(id).filter(|_| matches!(fate, Fate::Create | Fate::Replace)) else { continue };
        if is_part_of_swapped(fates, id) {
            continue;
        }
        if object.id.kind == Kind::Sequence
            && let Some(column) = identity_column(object)
            && matches!(fates.get(&column), Some(Fate::Alter(_) | Fate::Retype))
            && !has_kept_identity(cx, object, &column)
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
        // Nor for those that come with its making.
        let phase = if object.id.kind == Kind::EventTrigger { Phase::Finish } else { Phase::Make };
        let makes: Vec<ObjectId> = inline.iter().map(|object| object.id.clone()).chain([object.id.clone()]).collect();
        if let Some((before, statements)) = renamed_part(cx, fates, object)? {
            nodes.push(Node { makes, ..Node::new(phase, &object.id, statements) });
            nodes.extend(finish(object, Some(before), cx));
            continue;
        }
        let mut statements = kinds::create(object, &inline, cx)?;
        if is_view_apart(object, apart) {
            let (columns, rest): (Vec<_>, Vec<_>) =
                makes.into_iter().partition(|id| matches!(id.kind, Kind::View | Kind::ViewColumn));
            let first = vec![view::without_query("CREATE VIEW", object, cx.to)];
            nodes.push(Node { makes: columns, without_query: true, ..Node::new(Phase::Make, &object.id, first) });
            view::replace_instead(&mut statements);
            let after = needs_and_itself(cx, &object.id);
            nodes.push(Node { makes: rest, after, ..Node::new(Phase::Make, &object.id, statements) });
        } else {
            let after = without_index(object, cx).iter().map(keep::tied).collect();
            nodes.push(Node { makes, after, ..Node::new(phase, &object.id, statements) });
        }
        nodes.extend(finish(object, None, cx));
    }
    Ok(nodes)
}

/// Returns whether a view is made in two steps: first without its query, which names what needs the view.
fn is_view_apart(object: &Object, apart: &Apart) -> bool {
    object.id.kind == Kind::View && apart.contains(&object.id)
}

fn needs_and_itself(cx: &Cx<'_>, view: &ObjectId) -> Vec<ObjectId> {
    cx.to.needs(view).map(|(needed, _)| needed.clone()).chain([view.clone()]).collect()
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
    if id.kind == Kind::Composite {
        catalog.children(Kind::Attribute, id.schema(), &id.name).collect()
    } else if id.kind == Kind::Domain {
        catalog.children(Kind::DomainConstraint, id.schema(), &id.name).collect()
    } else {
        Vec::new()
    }
}

/// What ties an object to others, once all of them are made.
fn finish(object: &Object, before: Option<&Object>, cx: &Cx<'_>) -> Option<Node> {
    let (statements, after) = kinds::finish(object, before, cx)?;
    let makes = vec![keep::tied(&object.id)];
    Some(Node { after, makes, ..Node::new(Phase::Finish, &object.id, statements) })
}

/// Returns whether a column was an identity before, with a sequence of another name that has to be renamed only.
fn has_kept_identity(cx: &Cx<'_>, sequence: &Object, column: &ObjectId) -> bool {
    let is_identity = |side: &Catalog| side.get(column).is_some_and(|column| column.get("identity").is_some());
    is_identity(cx.from) && of_same_identity(sequence, cx).is_some()
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

//! What becomes of each object.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::difference::owners;
use crate::catalog::kind::Kind;
use crate::catalog::object::{Object, ObjectId};
use crate::diff::node::{becomes_part, index_above};
use crate::diff::relation::index::table_keeps;
use crate::diff::sql::parent;
use crate::diff::{Alteration, Cx, DiffError, changed, kinds, types};

/// What becomes of an object.
#[derive(Clone, Debug)]
pub(super) enum Fate {
    /// It is made.
    Create,
    /// It goes.
    Drop,
    /// It stays and is changed.
    Alter(Alteration),
    /// It is dropped and made again: it differs and cannot be changed in place, or depends on something that goes.
    Replace,
    /// A partition or child of a table that is made anew: it stays, and is attached again.
    Reattach,
    /// Its type is: it stays, with its data converted to the new form of the type.
    Retype,
}

/// The fates of all objects that do not stay as they are.
pub(super) type Fates = BTreeMap<ObjectId, Fate>;

/// Decides.
///
/// # Errors
/// An object of a kind that cannot be changed.
pub(super) fn decide(cx: &Cx<'_>) -> Result<Fates, DiffError> {
    let mut fates = own_fates(cx)?;
    if fates.is_empty() {
        return Ok(fates);
    }
    renew_composites(cx, &mut fates);
    renew_domains(cx, &mut fates);
    renew_indexes(cx, &mut fates);
    let dependents = dependents(cx);
    let mut pending: Vec<ObjectId> = fates.keys().cloned().collect();
    while let Some(id) = pending.pop() {
        let Some(fate) = fates.get(&id).cloned() else { continue };
        for dependent in dependents.get(&id).into_iter().flatten() {
            if let Some(new) = befalls(cx, &fates, (&id, &fate), dependent) {
                // The type of an attribute cannot be changed while columns are of the composite type.
                if dependent.kind == Kind::Attribute && matches!(new, Fate::Retype) {
                    let composite = ObjectId::new(Kind::Composite, dependent.schema(), dependent.parent());
                    if types::is_used(&composite, cx) && !is_settled(fates.get(&composite)) {
                        fates.insert(composite.clone(), Fate::Alter(Alteration::Swap));
                        pending.push(composite);
                    }
                }
                fates.insert(dependent.clone(), new);
                pending.push(dependent.clone());
            }
        }
    }
    Ok(fates)
}

/// The fates that objects have for themselves.
fn own_fates(cx: &Cx<'_>) -> Result<Fates, DiffError> {
    let mut fates = Fates::new();
    for after in cx.to.objects().filter(|object| cx.scope.accepts(object).is_ok()) {
        let had = cx.from.get(&after.id).filter(|before| !is_cloned_trigger(before) || is_cloned_trigger(after));
        let Some(before) = had else {
            fates.insert(after.id.clone(), Fate::Create);
            continue;
        };
        let changed = changed(before, after, cx.scope);
        if !changed.is_empty() {
            let alteration = kinds::alter(before, after, &changed, cx)?;
            fates.insert(
                after.id.clone(),
                match alteration {
                    Alteration::Replace => Fate::Replace,
                    other @ (Alteration::InPlace(_) | Alteration::Disturbing(..) | Alteration::Swap) => {
                        Fate::Alter(other)
                    }
                },
            );
        }
    }
    for before in cx.from.objects().filter(|object| cx.scope.accepts(object).is_ok()) {
        if cx.to.get(&before.id).is_none_or(|after| is_cloned_trigger(after) && !is_cloned_trigger(before)) {
            fates.insert(before.id.clone(), Fate::Drop);
        }
    }
    Ok(fates)
}

fn is_settled(fate: Option<&Fate>) -> bool {
    matches!(fate, Some(Fate::Drop | Fate::Replace | Fate::Create | Fate::Alter(Alteration::Swap)))
}

/// Makes composite types anew whose attributes cannot be changed one by one.
fn renew_composites(cx: &Cx<'_>, fates: &mut Fates) {
    let composites: BTreeSet<ObjectId> = fates
        .keys()
        .filter(|id| id.kind == Kind::Attribute)
        .map(|id| ObjectId::new(Kind::Composite, id.schema(), id.parent()))
        .filter(|id| cx.from.has(id) && cx.to.has(id))
        .collect();
    for id in composites {
        match types::composite::by_attributes(&id, cx) {
            Some(Alteration::Replace) => fates.insert(id, Fate::Replace),
            Some(alteration) => fates.insert(id, Fate::Alter(alteration)),
            None => None,
        };
    }
}

/// Makes domains anew that get a check which the server cannot make where they are.
fn renew_domains(cx: &Cx<'_>, fates: &mut Fates) {
    let is_checked = |(id, fate): &(&ObjectId, &Fate)| {
        id.kind == Kind::DomainConstraint
            && !matches!(fate, Fate::Drop)
            && cx.to.get(id).is_some_and(|check| check.get("not_valid").is_none())
    };
    let domains: BTreeSet<ObjectId> = fates
        .iter()
        .filter(is_checked)
        .map(|(id, _)| ObjectId::new(Kind::Domain, id.schema(), id.parent()))
        .filter(|id| cx.from.has(id) && cx.to.has(id) && !is_settled(fates.get(id)))
        .filter(|id| types::domain::is_within_others(id, cx))
        .collect();
    fates.extend(domains.into_iter().map(|id| (id, Fate::Alter(Alteration::Swap))));
}

/// Makes indexes of partitioned tables anew that lose a part which stays: no statement takes one from them.
fn renew_indexes(cx: &Cx<'_>, fates: &mut Fates) {
    let mut pending: Vec<ObjectId> = fates.keys().filter(|id| id.kind == Kind::Index).cloned().collect();
    while let Some(id) = pending.pop() {
        let Some(index) = cx.from.get(&id).filter(|_| matches!(fates.get(&id), Some(Fate::Drop | Fate::Replace)))
        else {
            continue;
        };
        let above = index_above(cx.from, &id).filter(|above| above.kind == Kind::Index && cx.to.has(above));
        let Some(above) = above.filter(|above| !is_settled(fates.get(above))) else { continue };
        let tables = [&id, &above].map(|id| fates.get(&ObjectId::new(Kind::Table, id.schema(), id.parent())));
        let stays = table_keeps(index, &["partition_of", "partition_bound"], cx) == Some(true);
        if stays && !tables.into_iter().any(is_settled) && !becomes_part(cx, fates, index) {
            fates.insert(above.clone(), Fate::Replace);
            pending.push(above);
        }
    }
}

/// A partition loses what it has from its table when it is detached, and must not have it when it is attached. A foreign
/// key, unlike a trigger, it keeps and may have.
fn is_cloned_trigger(object: &Object) -> bool {
    object.id.kind == Kind::Trigger && object.find("inherited").is_some()
}

/// What depends on each object now, what belongs to it included.
fn dependents(cx: &Cx<'_>) -> BTreeMap<ObjectId, BTreeSet<ObjectId>> {
    let mut dependents: BTreeMap<ObjectId, BTreeSet<ObjectId>> = BTreeMap::new();
    for (from, to, _) in cx.from.dependencies() {
        dependents.entry(to.clone()).or_default().insert(from.clone());
    }
    for object in cx.from.objects() {
        for owner in owners(&object.id).into_iter().filter(|owner| cx.from.has(owner)) {
            dependents.entry(owner).or_default().insert(object.id.clone());
        }
    }
    dependents
}

/// Returns the new fate of a dependent of an object with that fate, if it changes.
fn befalls(cx: &Cx<'_>, fates: &Fates, (id, fate): (&ObjectId, &Fate), dependent: &ObjectId) -> Option<Fate> {
    let own = fates.get(dependent);
    if matches!(own, Some(Fate::Drop | Fate::Replace | Fate::Retype | Fate::Create | Fate::Reattach))
        || cx.to.get(dependent).is_none_or(|object| cx.scope.accepts(object).is_err())
    {
        return None;
    }
    if is_attached_again(cx, fates, id, dependent) {
        return None;
    }
    let still_needs = || cx.to.needs(dependent).any(|(needed, _)| needed == id) || owners(dependent).contains(id);
    // What is changed in place so that it needs the object no more, is changed before the object goes.
    // A constraint stays with what it needs: an index, a function.
    let may_let_go = dependent.kind != Kind::Constraint && !returns_row_with(cx, id, dependent);
    let lets_go = || matches!(own, Some(Fate::Alter(_))) && may_let_go && !still_needs();
    match fate {
        Fate::Create | Fate::Reattach => None,
        Fate::Drop | Fate::Replace => (!lets_go()).then(|| replaced(cx, id, dependent)),
        Fate::Alter(Alteration::Swap) => (!lets_go()).then(|| replaced(cx, id, dependent)),
        Fate::Alter(Alteration::Disturbing(_, disturbs)) => {
            (cx.from.get(dependent).is_some_and(disturbs) && !lets_go()).then(|| replaced(cx, id, dependent))
        }
        Fate::Retype => (cx.from.get(dependent).is_some_and(kinds::depends_on_type) && !lets_go())
            .then(|| replaced(cx, id, dependent)),
        Fate::Alter(Alteration::InPlace(_) | Alteration::Replace) => None,
    }
}

/// Returns whether a routine returns rows of the table of a column: its body fits with the column or without it, and cannot be
/// replaced before.
fn returns_row_with(cx: &Cx<'_>, column: &ObjectId, routine: &ObjectId) -> bool {
    if column.kind != Kind::Column || routine.kind != Kind::Function {
        return false;
    }
    let row = cx.from.get(routine).and_then(|it| it.get("returns")).unwrap_or_default();
    row.strip_prefix("SETOF ").unwrap_or(row) == parent(column)
}

/// Returns whether an object is the index of a partition that stays while its table is made anew: a detached partition keeps
/// its indexes, and when it is attached again, the server takes those that fit for its own.
fn is_attached_again(cx: &Cx<'_>, fates: &Fates, above: &ObjectId, index: &ObjectId) -> bool {
    let is_index = |kind| matches!(kind, Kind::Index | Kind::Constraint);
    let table = ObjectId::new(Kind::Table, above.schema(), above.parent());
    let is_anew = matches!(fates.get(&table), Some(Fate::Replace)) && cx.to.has(above);
    if !is_index(above.kind) || !is_index(index.kind) || !is_anew {
        return false;
    }
    let (Some(before), Some(after)) = (cx.from.get(index), cx.to.get(index)) else { return false };
    // Of two that fit, nobody knows which one it takes.
    let shape = |it: &Object| it.find("definition").map(|text| text.replacen(&*it.id.name, "", 1));
    let twins = cx.to.children(index.kind, index.schema(), index.parent()).filter(|it| shape(it) == shape(after));
    before.find("attached_to").is_some() && changed(before, after, cx.scope).is_empty() && twins.count() == 1
}

/// What holds data is not dropped for a type's sake.
fn replaced(cx: &Cx<'_>, id: &ObjectId, dependent: &ObjectId) -> Fate {
    let is_type = is_of_data(id.kind);
    let is_table = |kind| matches!(kind, Kind::Table | Kind::ForeignTable);
    if is_type && matches!(dependent.kind, Kind::Column | Kind::Attribute) {
        Fate::Retype
    } else if is_table(dependent.kind) && is_table(id.kind) {
        Fate::Reattach
    } else if is_type
        && matches!(dependent.kind, Kind::Domain | Kind::Range)
        && cx.to.has(dependent)
        && types::is_used(dependent, cx)
    {
        Fate::Alter(Alteration::Swap)
    } else {
        Fate::Replace
    }
}

/// Returns whether columns are of objects of that kind, or sorted by them.
fn is_of_data(kind: Kind) -> bool {
    matches!(kind, Kind::Enum | Kind::Domain | Kind::Composite | Kind::Range | Kind::BaseType | Kind::Collation)
}

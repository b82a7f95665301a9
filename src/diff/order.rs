//! The order of the nodes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::catalog::Catalog;
use crate::catalog::difference::owners;
use crate::catalog::kind::Kind;
use crate::catalog::object::ObjectId;
use crate::diff::body::Names;
use crate::diff::fate::Fates;
use crate::diff::node::{Apart, Node, Phase, nodes};
use crate::diff::{Cx, DiffError, Sql, keep, relation};

/// Returns the statements of all fates, in an order that works.
///
/// # Errors
/// An object of a kind that cannot be changed.
pub(super) fn ordered(cx: &Cx<'_>, fates: &Fates) -> Result<Vec<Sql>, DiffError> {
    let mut apart = Apart::new();
    loop {
        let nodes = nodes(cx, fates, &apart)?;
        let edges = edges(cx, &nodes);
        let (order, circle) = sorted(&nodes, &edges);
        // What closes a circle and can be made apart, is; views only where nothing else can.
        let separable = |is_kind: fn(Kind) -> bool| -> BTreeSet<ObjectId> {
            let touched = circle.iter().flat_map(|at| nodes[*at].makes.iter().chain(&nodes[*at].takes));
            touched.filter(|id| is_kind(id.kind) && !apart.contains(id)).cloned().collect()
        };
        // A foreign key closes most circles of tables; what else a table has, it better keeps.
        let is_foreign_key = |id: &ObjectId| {
            let object = cx.to.get(id).or_else(|| cx.from.get(id));
            id.kind != Kind::Constraint || object.is_some_and(|it| it.find("type") == Some("foreign key"))
        };
        let mut separable_now = separable(|kind| matches!(kind, Kind::Default | Kind::Constraint));
        separable_now.retain(is_foreign_key);
        if separable_now.is_empty() {
            separable_now = separable(|kind| matches!(kind, Kind::Constraint | Kind::DomainConstraint));
        }
        if separable_now.is_empty() {
            separable_now = separable(|kind| kind == Kind::View);
        }
        if separable_now.is_empty() {
            let mut nodes: Vec<Option<Node>> = nodes.into_iter().map(Some).collect();
            let in_order = order.into_iter().filter_map(|at| nodes[at].take());
            return Ok(in_order
                .flat_map(|node| {
                    let about = node.object;
                    node.statements.into_iter().map(move |it| Sql { about: Some(about.clone()), ..it })
                })
                .collect());
        }
        apart.extend(separable_now);
    }
}

/// Which nodes come after a node. The soft ones are given up where they close a circle.
struct Edges {
    hard: Vec<BTreeSet<usize>>,
    soft: Vec<BTreeSet<usize>>,
}

fn edges(cx: &Cx<'_>, nodes: &[Node]) -> Edges {
    let mut makers: HashMap<&ObjectId, Vec<usize>> = HashMap::new();
    let mut takers: HashMap<&ObjectId, usize> = HashMap::new();
    let mut changers: HashMap<&ObjectId, usize> = HashMap::new();
    for (at, node) in nodes.iter().enumerate() {
        node.makes.iter().for_each(|id| makers.entry(id).or_default().push(at));
        node.takes.iter().for_each(|id| {
            takers.insert(id, at);
        });
        node.changes.iter().for_each(|id| {
            changers.insert(id, at);
        });
    }
    let stand_in = |id: &ObjectId, catalog: &Catalog, at: &dyn Fn(&ObjectId) -> Option<usize>| {
        stand_in(id, catalog, at).filter(|above| !nodes[*above].statements.is_empty())
    };
    for node in nodes.iter().filter(|node| node.statements.is_empty()) {
        for id in &node.takes {
            if let Some(above) = stand_in(id, cx.from, &|id| takers.get(id).copied()) {
                takers.insert(id, above);
            }
        }
        for id in &node.makes {
            if let Some(above) = stand_in(id, cx.to, &|id| makers.get(id).and_then(|it| it.first()).copied()) {
                makers.entry(id).or_default().push(above);
            }
        }
        for id in &node.changes {
            if let Some(above) = stand_in(id, cx.from, &|id| changers.get(id).copied()) {
                changers.insert(id, above);
            }
        }
    }
    let mut edges = Edges { hard: vec![BTreeSet::new(); nodes.len()], soft: vec![BTreeSet::new(); nodes.len()] };
    let mut put = |first: usize, then: usize| {
        if first != then {
            edges.hard[first].insert(then);
        }
    };
    for (at, node) in nodes.iter().enumerate() {
        for id in &node.makes {
            let needs = cx.to.needs(id).map(|(to, _)| to.clone()).filter(|_| !node.is_without_query(id));
            for needed in needs.chain(owners(id)).chain(relation::attribute_of(cx.to, id)) {
                makers.get(&needed).into_iter().flatten().for_each(|maker| put(*maker, at));
            }
            if let Some(taker) = takers.get(id) {
                put(*taker, at);
            }
        }
        for needed in &node.after {
            makers.get(needed).into_iter().flatten().for_each(|maker| put(*maker, at));
        }
        for id in &node.takes {
            let needs = cx.from.needs(id).map(|(to, _)| to.clone()).filter(|_| !node.is_without_query(id));
            for needed in needs.chain(owners(id)).chain(relation::attribute_of(cx.from, id)) {
                takers.get(&needed).into_iter().for_each(|taker| put(at, *taker));
                // A sequence is only told whose it is.
                if id.kind != Kind::Sequence {
                    changers.get(&needed).into_iter().for_each(|changer| put(at, *changer));
                }
            }
        }
        // A view that is about to go lets go of what its query names.
        for id in &node.empties {
            let needs = cx.from.needs(id).map(|(to, _)| to).chain([id]);
            needs.filter_map(|needed| takers.get(needed)).for_each(|taker| put(at, *taker));
        }
        // What lets go of something, does so before that goes.
        for id in &node.changes {
            for (needed, _) in cx.from.needs(id) {
                takers.get(needed).into_iter().for_each(|taker| put(at, *taker));
            }
        }
    }
    let releasing: Vec<(usize, &Node)> =
        nodes.iter().enumerate().filter(|(_, node)| !node.releases.is_empty()).collect();
    if !releasing.is_empty() {
        for (at, node) in nodes.iter().enumerate() {
            let touched = node.takes.iter().chain(&node.changes).chain(&node.makes);
            let tables: BTreeSet<(&str, &str)> =
                touched.map(|id| (id.schema(), if id.parent.is_some() { id.parent() } else { &*id.name })).collect();
            let concerns = |id: &ObjectId| tables.contains(&(id.schema(), &*id.name));
            releasing
                .iter()
                .filter(|(_, release)| release.releases.iter().any(concerns))
                .for_each(|(release, _)| put(*release, at));
        }
    }
    for (taken, made) in clashes(nodes) {
        put(taken, made);
    }
    for (first, then) in keep::edges(cx, nodes) {
        put(first, then);
    }
    // What lets go of something that stays and is changed, better does so before.
    for (at, node) in nodes.iter().enumerate() {
        for id in &node.changes {
            let kept: BTreeSet<&ObjectId> = cx.to.needs(id).map(|(needed, _)| needed).collect();
            for (needed, _) in cx.from.needs(id).filter(|(needed, _)| !kept.contains(needed)) {
                if let Some(changer) = changers.get(needed).filter(|changer| **changer != at) {
                    edges.soft[at].insert(*changer);
                }
            }
        }
    }
    // What a table takes from a parent is there when the parent has it; what it has for itself as well, the parent must find.
    // That can be dropped when the parent has it no more.
    for (at, node) in nodes.iter().enumerate().filter(|(_, node)| node.object.kind == Kind::Column) {
        let gone = cx.from.get(&node.object).filter(|column| node.takes.contains(&column.id) && column.is("local"));
        let above = gone.map(|column| relation::of_parents(cx.from, column)).unwrap_or_default();
        for taker in above.iter().filter_map(|above| takers.get(&above.id)).filter(|taker| **taker != at) {
            edges.soft[*taker].insert(at);
        }
        let Some(column) = cx.to.get(&node.object).filter(|column| node.makes.contains(&column.id)) else { continue };
        let above = relation::of_parents(cx.to, column);
        for maker in above.iter().filter_map(|above| makers.get(&above.id)).flatten().filter(|maker| **maker != at) {
            let (first, then) = if column.is("local") { (at, *maker) } else { (*maker, at) };
            edges.soft[first].insert(then);
        }
    }
    // Of two routines of one name, a call might mean the one that goes.
    let mut going: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
    let is_routine = |id: &ObjectId| matches!(id.kind, Kind::Function | Kind::Procedure | Kind::Aggregate);
    for (at, node) in nodes.iter().enumerate() {
        for id in node.takes.iter().filter(|id| is_routine(id) && !cx.to.has(id)) {
            going.entry((id.schema(), &id.name)).or_default().push(at);
        }
    }
    if !going.is_empty() {
        for (at, node) in nodes.iter().enumerate() {
            let called = node.makes.iter().flat_map(|id| cx.to.needs(id)).filter(|(id, _)| is_routine(id));
            for (id, _) in called {
                for taker in going.get(&(id.schema(), &*id.name)).into_iter().flatten().filter(|taker| **taker != at) {
                    edges.soft[*taker].insert(at);
                }
            }
        }
    }
    let names = Names::new(cx.to);
    for (at, node) in nodes.iter().enumerate() {
        for id in &node.makes {
            for called in called(cx, &names, id, |id| makers.contains_key(id)) {
                for maker in makers.get(&called).into_iter().flatten().filter(|maker| **maker != at) {
                    edges.soft[*maker].insert(at);
                }
            }
        }
    }
    edges
}

/// Returns the node of the object of a parent table with which the same happens to this one, in a node that has no statement:
/// the column of a partition goes with that of its table.
fn stand_in(id: &ObjectId, catalog: &Catalog, at: &dyn Fn(&ObjectId) -> Option<usize>) -> Option<usize> {
    if !matches!(id.kind, Kind::Column | Kind::Constraint | Kind::Default) {
        return None;
    }
    let parents = relation::of_parents(catalog, catalog.get(id)?);
    parents.into_iter().find_map(|parent| stand_in(&parent.id, catalog, at).or_else(|| at(&parent.id)))
}

/// Returns what an object may call when it is made or used, and what is made as well: what the bodies of routines name, those
/// of routines that stay as they are included.
fn called(cx: &Cx<'_>, names: &Names<'_>, id: &ObjectId, is_made: impl Fn(&ObjectId) -> bool) -> BTreeSet<ObjectId> {
    const CALLING: [Kind; 6] =
        [Kind::Function, Kind::Procedure, Kind::Aggregate, Kind::Operator, Kind::Domain, Kind::DomainConstraint];
    let mut found = names.of(id);
    let mut pending: Vec<ObjectId> =
        cx.to.needs(id).map(|(needed, _)| needed).chain(&found).filter(|id| !is_made(id)).cloned().collect();
    let mut seen = BTreeSet::new();
    while let Some(id) = pending.pop() {
        if !CALLING.contains(&id.kind) || !seen.insert(id.clone()) {
            continue;
        }
        let needs = cx.to.needs(&id).map(|(needed, _)| needed.clone());
        let checks = (id.kind == Kind::Domain)
            .then(|| cx.to.children(Kind::DomainConstraint, id.schema(), &id.name))
            .into_iter()
            .flatten();
        let next = needs.chain(checks.map(|check| check.id.clone())).chain(names.of(&id));
        for id in next.collect::<Vec<_>>() {
            if is_made(&id) {
                found.insert(id);
            } else {
                pending.push(id);
            }
        }
    }
    found
}

/// Objects of different kinds that cannot be there together because they have one name: which goes before which is made.
fn clashes(nodes: &[Node]) -> Vec<(usize, usize)> {
    let mut taken: BTreeMap<(u8, String, String), Vec<usize>> = BTreeMap::new();
    for (at, node) in nodes.iter().enumerate() {
        for id in &node.takes {
            for key in names_taken(id) {
                taken.entry(key).or_default().push(at);
            }
        }
    }
    let mut found = Vec::new();
    for (at, node) in nodes.iter().enumerate() {
        for id in &node.makes {
            for key in names_taken(id) {
                found.extend(taken.get(&key).into_iter().flatten().map(|taker| (*taker, at)));
            }
        }
    }
    found
}

/// The names that an object has to itself: of relations and of types, one each in a schema; of routines, with their arguments.
fn names_taken(id: &ObjectId) -> Vec<(u8, String, String)> {
    const RELATION: u8 = 0;
    const TYPE: u8 = 1;
    const ROUTINE: u8 = 2;
    const IN_TABLE: u8 = 3;
    /// Those that are a type as well.
    const ROWS: [Kind; 5] = [Kind::Table, Kind::ForeignTable, Kind::View, Kind::MaterializedView, Kind::Composite];
    const RELATIONS: [Kind; 3] = [Kind::Index, Kind::Sequence, Kind::Constraint];
    const TYPES: [Kind; 5] = [Kind::Enum, Kind::Domain, Kind::Range, Kind::BaseType, Kind::ShellType];
    const ROUTINES: [Kind; 3] = [Kind::Function, Kind::Procedure, Kind::Aggregate];
    let key = |space, name| (space, id.schema().to_owned(), name);
    let own = || id.name.to_string();
    let (kind, mut keys) = (id.kind, Vec::new());
    if ROWS.contains(&kind) || RELATIONS.contains(&kind) {
        keys.push(key(RELATION, own()));
    }
    if ROWS.contains(&kind) || TYPES.contains(&kind) {
        keys.push(key(TYPE, own()));
    }
    if ROUTINES.contains(&kind) {
        keys.push(key(ROUTINE, format!("{}({})", id.name, id.arguments.as_deref().unwrap_or_default())));
    }
    if matches!(kind, Kind::Column | Kind::ViewColumn) {
        keys.push(key(IN_TABLE, format!("{}.{}", id.parent(), id.name)));
    }
    keys
}

/// Returns the order, and what stood in a circle of hard edges.
fn sorted(nodes: &[Node], edges: &Edges) -> (Vec<usize>, Vec<usize>) {
    let mut hard = vec![0_usize; nodes.len()];
    let mut soft = vec![0_usize; nodes.len()];
    edges.hard.iter().flatten().for_each(|then| hard[*then] += 1);
    edges.soft.iter().flatten().for_each(|then| soft[*then] += 1);
    let key = |at: usize| (nodes[at].phase, &nodes[at].object, at);
    let mut waiting: BTreeSet<(Phase, &ObjectId, usize)> = (0..nodes.len()).map(key).collect();
    let mut ready: BTreeSet<(Phase, &ObjectId, usize)> =
        (0..nodes.len()).filter(|at| hard[*at] == 0 && soft[*at] == 0).map(key).collect();
    let (mut order, mut circle) = (Vec::with_capacity(nodes.len()), Vec::new());
    while !waiting.is_empty() {
        let next = ready.pop_first().or_else(|| waiting.iter().find(|(_, _, at)| hard[*at] == 0).copied());
        let next = match next {
            Some(next) => next,
            None => {
                if circle.is_empty() {
                    circle = circle_of(edges, &waiting.iter().map(|(_, _, at)| *at).collect());
                }
                // Something must come first; the proof says whether it works.
                match waiting.iter().min_by_key(|(_, _, at)| hard[*at]).copied() {
                    Some(next) => next,
                    None => break,
                }
            }
        };
        waiting.remove(&next);
        ready.remove(&next);
        order.push(next.2);
        for then in &edges.hard[next.2] {
            hard[*then] = hard[*then].saturating_sub(1);
        }
        for then in &edges.soft[next.2] {
            soft[*then] = soft[*then].saturating_sub(1);
        }
        for then in edges.hard[next.2].iter().chain(&edges.soft[next.2]) {
            if hard[*then] == 0 && soft[*then] == 0 && waiting.contains(&key(*then)) {
                ready.insert(key(*then));
            }
        }
    }
    (order, circle)
}

/// Returns the nodes that are in circles: what is left after taking away, again and again, what nothing comes after.
fn circle_of(edges: &Edges, waiting: &BTreeSet<usize>) -> Vec<usize> {
    let mut left = waiting.clone();
    loop {
        let ends: Vec<usize> =
            left.iter().copied().filter(|at| !edges.hard[*at].iter().any(|then| left.contains(then))).collect();
        if ends.is_empty() {
            return left.into_iter().collect();
        }
        for end in ends {
            left.remove(&end);
        }
    }
}

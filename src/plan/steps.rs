//! Which revisions a command runs, in which order, and the rows after each (ALEMBIC.md §3 to §7).

use crate::plan::Op;
use crate::revision::graph::{Graph, Index, Set};
use crate::revision::id::RevisionId;
use crate::revision::order::newest_first;
use crate::revision::rows::{Active, Move, RowsAfter};
use crate::revision::target::downward::Destination;
use crate::revision::target::lookup::{in_lineage, revisions};
use crate::revision::target::{Target, TargetError};

/// A step without its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bare {
    /// What it does.
    pub(crate) op: Op,
    /// The revision; none for a stamp with `base`.
    pub(crate) index: Option<Index>,
    /// How the rows change.
    pub(crate) rows: Move,
    /// The rows after it.
    pub(crate) rows_after: RowsAfter,
}

impl Bare {
    /// Makes steps of one kind of the moves that they are, from the rows before them.
    pub(crate) fn each(op: Op, before: Vec<RevisionId>, moves: Vec<(Option<Index>, Move)>) -> Vec<Self> {
        let (indexes, moves): (Vec<_>, Vec<_>) = moves.into_iter().unzip();
        let after = RowsAfter::each(before, moves.clone());
        let steps = indexes.into_iter().zip(moves).zip(after);
        steps.map(|((index, rows), rows_after)| Self { op, index, rows, rows_after }).collect()
    }
}

/// Why a set of targets cannot be reached.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StepsError {
    /// The argument means nothing here.
    #[error(transparent)]
    Target(#[from] TargetError),
}

/// Returns the steps up to the targets: all that they need and that is not active.
pub(crate) fn upgrade(graph: &Graph, active: &Active, targets: &[Index]) -> Vec<Bare> {
    let mut set = graph.with_ancestors(targets.iter().copied());
    for index in active.set().iter() {
        set.remove(index);
    }
    let mut order = newest_first(graph, &set, targets);
    order.reverse();
    let before = ids(graph, active.rows());
    let mut active = active.clone();
    let moves = order.into_iter().map(|index| (Some(index), active.forward(graph, index)));
    Bare::each(Op::Upgrade, before, moves.collect())
}

/// Returns the steps down to a destination: the active ones of its roots and of all that stands above them.
///
/// # Errors
/// A target that is not below the rows (ALEMBIC.md §4, 5).
pub(crate) fn downgrade(
    graph: &Graph,
    active: &Active,
    to: &Destination,
    asked: &Target,
) -> Result<Vec<Bare>, StepsError> {
    let mut set = graph.with_descendants(to.roots.iter().copied());
    for index in 0..graph.len() {
        if !active.contains(index) {
            set.remove(index);
        }
    }
    if set.iter().next().is_none() {
        return match to.to {
            Some(index) if !active.is_row(index) => Err(TargetError::NotBelow { asked: asked.to_string() }.into()),
            _ => Ok(Vec::new()),
        };
    }
    let rows: Vec<Index> = active.rows().collect();
    let order = newest_first(graph, &set, &rows);
    let before = ids(graph, active.rows());
    let mut active = active.clone();
    let moves = order.into_iter().map(|index| (Some(index), active.backward(graph, index)));
    Ok(Bare::each(Op::Downgrade, before, moves.collect()))
}

/// Returns the steps that make the rows what the targets say (ALEMBIC.md §5).
///
/// One revision takes the place of the rows that share a lineage with the argument, over all edges, and stands beside
/// the others. `base` takes the rows of the argument's lineage away. Several revisions become the rows, exactly, where
/// Alembic's result depends on their order. With `purge` all rows go first, known or not.
///
/// # Errors
/// What a lookup can meet; rows that the graph does not have; several targets of which one implies another.
pub(crate) fn stamp(graph: &Graph, rows: &[String], targets: &[Target], purge: bool) -> Result<Vec<Bare>, StepsError> {
    let rows: Vec<RevisionId> = rows.iter().map(|row| RevisionId::recorded(row)).collect();
    let found: Vec<Index> = match purge {
        true => Vec::new(),
        false => rows
            .iter()
            .map(|row| {
                let missing = || TargetError::NotFound { asked: row.to_string(), near: None };
                graph.find(row).ok_or_else(missing)
            })
            .collect::<Result<_, _>>()?,
    };
    let mut in_the_way = Vec::new();
    for target in targets {
        in_the_way.extend(in_lineage(graph, &found, target.as_str(), true)?);
    }
    let mut wanted: Vec<Index> = Vec::new();
    for target in targets {
        for index in revisions(graph, target)? {
            if !wanted.contains(&index) {
                wanted.push(index);
            }
        }
    }
    match wanted.as_slice() {
        [] => (),
        [one] if in_the_way.contains(one) => in_the_way.clear(),
        [one] => {
            let (below, above) = (graph.with_ancestors([*one]), graph.with_descendants([*one]));
            let among = |set: &Set| in_the_way.iter().copied().find(|row| set.contains(*row));
            if let (Some(below), Some(above)) = (among(&below), among(&above)) {
                let id = |index: Index| graph.get(index).id().to_string();
                return Err(TargetError::Overlap { target: id(below), over: id(above) }.into());
            }
            let line = graph.lineage(&[*one], true);
            if !in_the_way.iter().any(|row| line.contains(*row)) {
                in_the_way.clear();
            }
        }
        several => {
            // From nothing, as after `--purge`, Alembic makes any rows of it; the next upgrade says what is wrong.
            if let Some((target, over)) = graph.overlap(several).filter(|_| !found.is_empty()) {
                let id = |index: Index| graph.get(index).id().to_string();
                return Err(TargetError::Overlap { target: id(target), over: id(over) }.into());
            }
            in_the_way.clone_from(&found);
        }
    }
    let wanted: Vec<RevisionId> = ids(graph, wanted.into_iter());
    let in_the_way = ids(graph, in_the_way.into_iter());
    let goes = |row: &RevisionId| !wanted.contains(row) && (purge || in_the_way.contains(row));
    let (mut remove, kept): (Vec<RevisionId>, Vec<RevisionId>) = rows.iter().cloned().partition(goes);
    let mut moves = Vec::new();
    let last = wanted.len().saturating_sub(1);
    for (number, id) in wanted.iter().enumerate() {
        let add: Vec<RevisionId> = if kept.contains(id) { Vec::new() } else { vec![id.clone()] };
        // What goes, goes with the first row that comes; where none comes, with the last target.
        if add.is_empty() && (remove.is_empty() || number < last) {
            continue;
        }
        moves.push((graph.find(id), Move { remove: std::mem::take(&mut remove), add }));
    }
    if !remove.is_empty() {
        moves.push((None, Move { remove, add: Vec::new() }));
    }
    Ok(Bare::each(Op::Stamp, rows, moves))
}

fn ids(graph: &Graph, indexes: impl Iterator<Item = Index>) -> Vec<RevisionId> {
    indexes.map(|index| graph.get(index).id().clone()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::proptest;

    use super::{Bare, downgrade, stamp, upgrade};
    use crate::revision::graph::Graph;
    use crate::revision::graph::tests::{graph, graphs};
    use crate::revision::id::RevisionId;
    use crate::revision::rows::Active;
    use crate::revision::target::Target;
    use crate::revision::target::downward::downgrade as resolve_down;
    use crate::revision::target::upward::upgrade as resolve_up;

    fn written(graph: &Graph, steps: &[Bare]) -> String {
        let steps: Vec<String> = steps
            .iter()
            .map(|step| {
                let name = step.index.map_or("base", |index| graph.get(index).id().as_str());
                let rows: Vec<String> = step.rows_after.to_vec().iter().map(ToString::to_string).collect();
                format!("{name}[{}]", rows.join(","))
            })
            .collect();
        steps.join(" ")
    }

    const TWO: &str = "a; b<-a; c1<-b [one]; d1<-c1; c2<-b [two]; d2<-c2";

    fn up(notation: &str, rows: &[&str], target: &str) -> String {
        let graph = graph(notation).unwrap();
        let active = Active::of_rows(&graph, rows.iter().copied()).unwrap();
        let targets = resolve_up(&graph, &active.row_list(), &Target::from(target)).unwrap();
        written(&graph, &upgrade(&graph, &active, &targets))
    }

    fn down(notation: &str, rows: &[&str], target: &str) -> String {
        let graph = graph(notation).unwrap();
        let active = Active::of_rows(&graph, rows.iter().copied()).unwrap();
        let target = Target::from(target);
        let to = resolve_down(&graph, &active.row_list(), &target).unwrap();
        match downgrade(&graph, &active, &to, &target) {
            Ok(steps) => written(&graph, &steps),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn worked_examples() {
        assert_eq!(up(TWO, &["b"], "heads"), "c2[c2] d2[d2] c1[c1,d2] d1[d1,d2]");
        assert_eq!(up(TWO, &["b"], "one@head"), "c1[c1] d1[d1]");
        assert_eq!(up(TWO, &["d1"], "a"), "");
        assert_eq!(up("a; b1<-a; b2<-a; m<-b1,b2; n<-m", &["b1"], "+1"), "b2[b1,b2] m[m]");
        assert_eq!(down(TWO, &["d1", "d2"], "base"), "d1[c1,d2] c1[d2] d2[c2] c2[b] b[a] a[]");
        assert_eq!(down(TWO, &["d1", "d2"], "one@b"), "d1[c1,d2] c1[d2]");
        assert_eq!(down(TWO, &["d1", "d2"], "c2"), "d2[c2,d1]");
        assert_eq!(down(TWO, &["d1", "d2"], "d1"), "");
        assert_eq!(down(TWO, &["c1"], "d1"), "d1 is not below the revisions that the database is at");
        let depends = "y1 [y]; x1 [x]; y2<-y1 {x1}; x2<-x1";
        for target in ["y@-1", "-1", "y1"] {
            assert_eq!(down(depends, &["y2"], target), "y2[x1,y1]", "{target}");
        }
        assert_eq!(down(depends, &["y2"], "x@-1"), "y2[x1,y1] x1[y1]");
        assert_eq!(down(depends, &["x2", "y2"], "x@base"), "y2[x2,y1] x2[x1,y1] x1[y1]");
        assert_eq!(up(depends, &[], "y2").matches('[').count(), 3);
        assert!(down("p; a1<-p; a2<-p {a1}", &["a2"], "a1").contains("is not below"));
        let merge = "a; b1<-a; b2<-a; m<-b1,b2";
        assert_eq!(down(merge, &["m"], "b1"), "m[b1,b2]");
        assert_eq!(down(merge, &["m"], "b1@a"), "m[b1,b2] b1[b2]");
        assert_eq!(down("p; q {p}; o; r<-p {q}", &["r", "o"], "p"), "r[o,q]");
    }

    fn stamped(notation: &str, rows: &[&str], targets: &[&str], purge: bool) -> String {
        let graph = graph(notation).unwrap();
        let rows: Vec<String> = rows.iter().map(|row| (*row).to_owned()).collect();
        let targets: Vec<Target> = targets.iter().map(|target| Target::from(*target)).collect();
        match stamp(&graph, &rows, &targets, purge) {
            Ok(steps) => written(&graph, &steps),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn stamps() {
        let two = |rows: &[&str], targets: &[&str]| stamped(TWO, rows, targets, false);
        assert_eq!(two(&[], &["d1"]), "d1[d1]");
        assert_eq!(two(&["d1"], &["d1"]), "");
        assert_eq!(two(&["d1", "c2"], &["c1"]), "c1[c1,c2]");
        assert_eq!(two(&["d1", "d2"], &["b"]), "b[b]");
        assert_eq!(two(&["d1", "d2"], &["base"]), "base[]");
        assert_eq!(two(&["d1", "d2"], &["one@base"]), "base[d2]");
        // Several targets become the rows, whatever was there.
        assert_eq!(two(&["b"], &["d1", "d2"]), "d1[d1] d2[d1,d2]");
        assert_eq!(two(&["d1", "c2"], &["d1", "d2"]), "d2[d1,d2]");
        assert_eq!(two(&["d1", "c2"], &["heads"]), "d2[d1,d2]");
        assert_eq!(two(&["d1", "c2"], &["c1", "c2"]), "c1[c1,c2]");
        assert_eq!(two(&[], &["a", "b"]), "a[a] b[a,b]");
        assert_eq!(two(&["a"], &["a", "b"]), "b already implies a: they are not beside each other");
        assert_eq!(two(&["gone"], &["a"]), "there is no revision `gone`");
        assert_eq!(stamped(TWO, &["gone", "d2"], &["a"], true), "a[a]");
        assert_eq!(stamped(TWO, &["gone", "d2"], &["d2"], true), "d2[d2]");
        assert_eq!(stamped(TWO, &["gone"], &["base"], true), "base[]");
        assert_eq!(stamped(TWO, &["no-id", " d1"], &["d1"], true), "d1[d1]");
        assert_eq!(stamped(TWO, &["d1", "c2"], &["d1"], true), "d1[d1]");
        // Lineages go over dependencies as well.
        let depends = "y1 [y]; x1 [x]; y2<-y1 {x1}; x2<-x1";
        assert_eq!(stamped(depends, &["y2"], &["x@base"], false), "base[]");
        assert_eq!(stamped(depends, &["y2"], &["x1"], false), "x1[x1]");
        assert_eq!(stamped(depends, &["y2"], &["x@head"], false), "x2[x2,y2]");
        assert_eq!(stamped(depends, &["y1", "x2"], &["y2"], false), "y2[x2,y2]");
    }

    /// Every graph of so many revisions in which each has any set of parents and at most one dependency before it.
    fn all_graphs(size: usize) -> Vec<Vec<(u32, Option<usize>)>> {
        let mut graphs: Vec<Vec<(u32, Option<usize>)>> = vec![Vec::new()];
        for at in 0..size {
            // Dependencies for small graphs only: with them there are 30 times as many.
            let depends = if size < 5 { at } else { 0 };
            graphs = graphs
                .into_iter()
                .flat_map(|graph| {
                    (0..1_u32 << at).flat_map(move |parents| {
                        let graph = graph.clone();
                        std::iter::once(None).chain((0..depends).map(Some)).map(move |on| {
                            let mut graph = graph.clone();
                            graph.push((parents, on));
                            graph
                        })
                    })
                })
                .collect();
        }
        graphs
    }

    #[test]
    fn all_small_graphs_go_up_and_down_step_by_step() {
        for nodes in (1..=5).flat_map(all_graphs) {
            let written: Vec<String> = nodes
                .iter()
                .enumerate()
                .map(|(at, (parents, on))| {
                    let parents: Vec<String> =
                        (0..at).filter(|bit| parents & (1 << bit) != 0).map(|bit| format!("r{bit}")).collect();
                    let down = if parents.is_empty() { String::new() } else { format!("<-{}", parents.join(",")) };
                    format!("r{at}{down}{}", on.map(|on| format!(" {{r{on}}}")).unwrap_or_default())
                })
                .collect();
            let notation = written.join("; ");
            let graph = graph(&notation).unwrap();
            let tips = |active: &[usize]| -> Vec<usize> {
                let is_tip = |at: &usize| !graph.get(*at).referrers().any(|by| active.contains(&by));
                let mut tips: Vec<usize> = active.iter().copied().filter(is_tip).collect();
                tips.sort_unstable();
                tips
            };
            let rows = |step: &Bare| -> Vec<usize> {
                let mut rows: Vec<usize> =
                    step.rows_after.to_vec().iter().map(|row| graph.find(row).unwrap()).collect();
                rows.sort_unstable();
                rows
            };
            let none = Active::of_rows(&graph, []).unwrap();
            let up = upgrade(&graph, &none, &graph.real_heads());
            assert_eq!(up.len(), graph.len(), "{notation}");
            let mut active = Vec::new();
            let mut moved: Vec<String> = Vec::new();
            for step in &up {
                let index = step.index.unwrap();
                assert!(graph.get(index).needs().all(|needed| active.contains(&needed)), "{notation}");
                active.push(index);
                assert_eq!(rows(step), tips(&active), "{notation}");
                // The moves make the rows, each from the rows before it.
                moved.retain(|row| !step.rows.remove.iter().any(|gone| gone.as_str() == row));
                moved.extend(step.rows.add.iter().map(ToString::to_string));
                let mut after: Vec<String> = step.rows_after.to_vec().iter().map(ToString::to_string).collect();
                moved.sort();
                after.sort();
                assert_eq!(moved, after, "{notation}");
                // From each of these states, down to each revision and up again.
                let here = Active::of_rows(&graph, moved.iter().map(String::as_str)).unwrap();
                for target in 0..graph.len() {
                    let asked = Target::from(format!("r{target}").as_str());
                    let to = resolve_down(&graph, &here.row_list(), &asked).unwrap();
                    let Ok(down) = downgrade(&graph, &here, &to, &asked) else { continue };
                    let mut left = active.clone();
                    for step in &down {
                        let index = step.index.unwrap();
                        assert!(!graph.get(index).referrers().any(|by| left.contains(&by)), "{notation}");
                        left.retain(|other| *other != index);
                        assert_eq!(rows(step), tips(&left), "{notation}");
                    }
                }
            }
            let all = Active::of_rows(&graph, moved.iter().map(String::as_str)).unwrap();
            let base = Target::from("base");
            let back = downgrade(&graph, &all, &resolve_down(&graph, &all.row_list(), &base).unwrap(), &base).unwrap();
            assert_eq!(back.len(), graph.len(), "{notation}");
            assert!(back.last().unwrap().rows_after.is_empty());
        }
    }

    proptest! {
        #[test]
        fn up_and_down_again_is_nothing(notation in graphs(9)) {
            let graph = graph(&notation).unwrap();
            let none = Active::of_rows(&graph, []).unwrap();
            let steps = upgrade(&graph, &none, &graph.real_heads());
            assert_eq!(steps.len(), graph.len());
            let mut done = Vec::new();
            for step in &steps {
                let index = step.index.unwrap();
                assert!(graph.get(index).needs().all(|needed| done.contains(&needed)), "{notation}");
                done.push(index);
                // The rows are the tips of what has been done.
                let tips: Vec<&RevisionId> = (0..graph.len())
                    .filter(|at| done.contains(at) && !graph.get(*at).referrers().any(|by| done.contains(&by)))
                    .map(|at| graph.get(at).id())
                    .collect();
                let mut tips = tips;
                tips.sort();
                assert_eq!(step.rows_after.to_vec().iter().collect::<Vec<_>>(), tips, "{notation}");
            }
            let heads = steps.last().unwrap().rows_after.to_vec();
            let heads: Vec<&str> = heads.iter().map(RevisionId::as_str).collect();
            let all = Active::of_rows(&graph, heads).unwrap();
            let base = Target::from("base");
            let back = downgrade(&graph, &all, &resolve_down(&graph, &all.row_list(), &base).unwrap(), &base).unwrap();
            assert_eq!(back.len(), graph.len());
            assert!(back.last().unwrap().rows_after.is_empty());
        }
    }
}

//! Which revisions a command runs, in which order, and the rows after each (ALEMBIC.md §3 to §7).

use crate::plan::Op;
use crate::revision::graph::{Graph, Index};
use crate::revision::id::RevisionId;
use crate::revision::order::newest_first;
use crate::revision::rows::{Active, Move};
use crate::revision::target::TargetError;

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
    pub(crate) rows_after: Vec<RevisionId>,
}

/// Why a set of targets cannot be reached.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StepsError {
    /// The argument means nothing here.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// One target implies another.
    #[error("{over} already implies {target}: both cannot be rows of the version table")]
    Overlap { target: RevisionId, over: RevisionId },
}

/// Returns the steps up to the targets: all that they need and that is not active.
pub(crate) fn upgrade(graph: &Graph, active: &Active, targets: &[Index]) -> Vec<Bare> {
    let mut set = graph.with_ancestors(targets.iter().copied());
    for index in active.set().iter() {
        set.remove(index);
    }
    let mut order = newest_first(graph, &set, targets);
    order.reverse();
    let mut active = active.clone();
    order
        .into_iter()
        .map(|index| {
            let rows = active.forward(graph, index);
            Bare { op: Op::Upgrade, index: Some(index), rows, rows_after: ids(graph, active.rows()) }
        })
        .collect()
}

/// Returns the steps down to a revision, or to the base: all that stands above it and is active.
///
/// # Errors
/// A target that is not below the rows (ALEMBIC.md §4, 5).
pub(crate) fn downgrade(
    graph: &Graph,
    active: &Active,
    target: Option<Index>,
    asked: &str,
) -> Result<Vec<Bare>, StepsError> {
    let roots = target.map_or_else(|| graph.bases(), |index| graph.get(index).children.clone());
    let mut set = graph.with_descendants(roots);
    for index in 0..graph.len() {
        if !active.contains(index) {
            set.remove(index);
        }
    }
    if set.iter().next().is_none() {
        return match target {
            Some(index) if !active.rows().any(|row| row == index) => {
                Err(TargetError::NotBelow { asked: asked.to_owned() }.into())
            }
            _ => Ok(Vec::new()),
        };
    }
    let rows: Vec<Index> = active.rows().collect();
    let order = newest_first(graph, &set, &rows);
    let mut active = active.clone();
    Ok(order
        .into_iter()
        .map(|index| {
            let rows = active.backward(graph, index);
            Bare { op: Op::Downgrade, index: Some(index), rows, rows_after: ids(graph, active.rows()) }
        })
        .collect())
}

/// Returns the steps that make the rows what the targets say; no targets is `base`. Rows of other branches stay, unless
/// `purge` lets no row stay but the targets; a row that the graph does not have goes (only `purge` lets one come here).
///
/// # Errors
/// Targets of which one implies another.
pub(crate) fn stamp(graph: &Graph, rows: &[String], targets: &[Index], purge: bool) -> Result<Vec<Bare>, StepsError> {
    for target in targets {
        if let Some(over) =
            targets.iter().find(|over| *over != target && graph.with_ancestors([**over]).contains(*target))
        {
            let id = |index: Index| graph.get(index).id().clone();
            return Err(StepsError::Overlap { target: id(*target), over: id(*over) });
        }
    }
    let up = graph.with_ancestors(targets.iter().copied());
    let down = graph.with_descendants(targets.iter().copied());
    let wanted: Vec<RevisionId> = targets.iter().map(|index| graph.get(*index).id().clone()).collect();
    let (mut kept, mut remove) = (Vec::new(), Vec::new());
    for row in rows {
        let id = RevisionId::recorded(row);
        match graph.find(&id) {
            _ if wanted.contains(&id) => kept.push(id),
            Some(index) if !purge && !targets.is_empty() && !up.contains(index) && !down.contains(index) => {
                kept.push(id)
            }
            Some(_) | None => remove.push(id),
        }
    }
    let mut steps = Vec::new();
    for (id, index) in wanted.iter().zip(targets) {
        if kept.contains(id) && remove.is_empty() {
            continue;
        }
        let add = if kept.contains(id) { Vec::new() } else { vec![id.clone()] };
        kept.extend(add.iter().cloned());
        let rows = Move { remove: std::mem::take(&mut remove), add };
        steps.push(Bare { op: Op::Stamp, index: Some(*index), rows, rows_after: kept.clone() });
    }
    if !remove.is_empty() {
        steps.push(Bare { op: Op::Stamp, index: None, rows: Move { remove, add: Vec::new() }, rows_after: kept });
    }
    Ok(steps)
}

fn ids(graph: &Graph, indexes: impl Iterator<Item = Index>) -> Vec<RevisionId> {
    indexes.map(|index| graph.get(index).id().clone()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Strategy, any, proptest};

    use super::{Bare, downgrade, stamp, upgrade};
    use crate::revision::graph::Graph;
    use crate::revision::graph::tests::graph;
    use crate::revision::id::RevisionId;
    use crate::revision::rows::Active;
    use crate::revision::target::symbol;

    fn written(graph: &Graph, steps: &[Bare]) -> String {
        let steps: Vec<String> = steps
            .iter()
            .map(|step| {
                let name = step.index.map_or("base", |index| graph.get(index).id().as_str());
                let rows: Vec<&str> = step.rows_after.iter().map(RevisionId::as_str).collect();
                format!("{name}[{}]", rows.join(","))
            })
            .collect();
        steps.join(" ")
    }

    const TWO: &str = "a; b<-a; c1<-b [one]; d1<-c1; c2<-b [two]; d2<-c2";

    fn up(notation: &str, rows: &[&str], targets: &[&str]) -> String {
        let graph = graph(notation).unwrap();
        let active = Active::of_rows(&graph, rows.iter().copied()).unwrap();
        let targets: Vec<usize> = targets.iter().map(|target| symbol(&graph, target).unwrap()).collect();
        written(&graph, &upgrade(&graph, &active, &targets))
    }

    fn down(notation: &str, rows: &[&str], target: Option<&str>) -> String {
        let graph = graph(notation).unwrap();
        let active = Active::of_rows(&graph, rows.iter().copied()).unwrap();
        let index = target.map(|target| symbol(&graph, target).unwrap());
        match downgrade(&graph, &active, index, target.unwrap_or("base")) {
            Ok(steps) => written(&graph, &steps),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn worked_examples() {
        assert_eq!(up(TWO, &["b"], &["d1", "d2"]), "c2[c2] d2[d2] c1[c1,d2] d1[d1,d2]");
        assert_eq!(up(TWO, &["b"], &["d1"]), "c1[c1] d1[d1]");
        assert_eq!(up(TWO, &["d1"], &["a"]), "");
        assert_eq!(down(TWO, &["d1", "d2"], None), "d1[c1,d2] c1[d2] d2[c2] c2[b] b[a] a[]");
        assert_eq!(down(TWO, &["d1", "d2"], Some("c2")), "d2[d1,c2]");
        assert_eq!(down(TWO, &["d1", "d2"], Some("d1")), "");
        assert_eq!(down(TWO, &["c1"], Some("d1")), "d1 is not below the revisions that the database is at");
        let depends = "y1 [y]; x1 [x]; y2<-y1 {x1}; x2<-x1";
        assert_eq!(down(depends, &["y2"], Some("y1")), "y2[y1,x1]");
        assert_eq!(up(depends, &[], &["y2"]).matches('[').count(), 3);
    }

    #[test]
    fn stamps() {
        let graph = graph(TWO).unwrap();
        let stamped = |rows: &[&str], targets: &[&str]| {
            let rows: Vec<String> = rows.iter().map(|row| (*row).to_owned()).collect();
            let targets: Vec<usize> = targets.iter().map(|target| symbol(&graph, target).unwrap()).collect();
            match stamp(&graph, &rows, &targets, false) {
                Ok(steps) => written(&graph, &steps),
                Err(error) => error.to_string(),
            }
        };
        let purged = |rows: &[&str], targets: &[&str]| {
            let rows: Vec<String> = rows.iter().map(|row| (*row).to_owned()).collect();
            let targets: Vec<usize> = targets.iter().map(|target| symbol(&graph, target).unwrap()).collect();
            written(&graph, &stamp(&graph, &rows, &targets, true).unwrap())
        };
        assert_eq!(purged(&["d1", "c2"], &["d1"]), "d1[d1]");
        assert_eq!(purged(&["d1", "c2"], &["c1"]), "c1[c1]");
        assert_eq!(purged(&["no-id", " d1"], &["d1"]), "d1[d1]");
        assert_eq!(purged(&["no-id"], &[]), "base[]");
        assert_eq!(stamped(&[], &["d1"]), "d1[d1]");
        assert_eq!(stamped(&["d1"], &["d1"]), "");
        assert_eq!(stamped(&["d1", "c2"], &["c1"]), "c1[c2,c1]");
        assert_eq!(stamped(&["d1", "d2"], &["b"]), "b[b]");
        assert_eq!(stamped(&["b"], &["d1", "d2"]), "d1[d1] d2[d1,d2]");
        assert_eq!(stamped(&["d1", "d2"], &[]), "base[]");
        assert_eq!(stamped(&["gone"], &["a"]), "a[a]");
        assert_eq!(stamped(&[], &["a", "b"]), "b already implies a: both cannot be rows of the version table");
    }

    /// Random graphs: each revision has up to two parents and a dependency among those before it.
    fn graphs() -> impl Strategy<Value = String> {
        proptest::collection::vec((any::<[u8; 3]>(), 0..4_usize), 1..9).prop_map(|nodes| {
            let nodes: Vec<String> = nodes
                .iter()
                .enumerate()
                .map(|(at, (picks, kind))| {
                    let pick = |which: usize| format!("r{}", usize::from(picks[which]) % at.max(1));
                    match (at, kind) {
                        (0, _) | (_, 0) => format!("r{at}"),
                        (_, 1) => format!("r{at} <- {}", pick(0)),
                        (_, 2) => format!("r{at} <- {},{}", pick(0), pick(1)),
                        _ => format!("r{at} <- {} {{{}}}", pick(0), pick(2)),
                    }
                })
                .collect();
            nodes.join("; ")
        })
    }

    proptest! {
        #[test]
        fn up_and_down_again_is_nothing(notation in graphs()) {
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
                assert_eq!(step.rows_after.iter().collect::<Vec<_>>(), tips, "{notation}");
            }
            let heads: Vec<&str> = steps.last().unwrap().rows_after.iter().map(RevisionId::as_str).collect();
            let all = Active::of_rows(&graph, heads).unwrap();
            let back = downgrade(&graph, &all, None, "base").unwrap();
            assert_eq!(back.len(), graph.len());
            assert!(back.last().unwrap().rows_after.is_empty());
        }
    }
}

//! The order of steps (ALEMBIC.md §7), with dependencies in written order.
//!
//! Alembic keeps for each lane the set of all ancestors of its tip, which is quadratic. The same answers come from two
//! facts. A tip has another lane above it exactly if a revision that refers to it is still to come, so counting those
//! is enough. And the first lane above a revision can only move back, since lanes keep their order and new ones come at
//! the end: what was found once is a lower bound for ever, and looking again is quick.

mod lanes;

use crate::revision::graph::{Graph, Index, Set};
use crate::revision::order::lanes::Lanes;

/// Orders the revisions of `set` from the newest to the oldest, starting at `starts`; a member of the set that no path
/// inside of the set reaches from a start is left out. An upgrade runs the result backwards.
///
/// Takes time linear in the edges below the starts, up to a logarithm, on all graphs that people write.
pub(crate) fn newest_first(graph: &Graph, set: &Set, starts: &[Index]) -> Vec<Index> {
    let mut starts: Vec<Index> = starts.iter().copied().filter(|index| set.contains(*index)).collect();
    starts.sort_unstable();
    starts.dedup();
    let mut lanes = Lanes::new(graph, set, &starts);
    let mut order = Vec::new();
    let mut current = 0;
    while let Some(tip) = lanes.tip(current) {
        // A tip that another lane still has below it waits for that lane.
        if let Some(other) = lanes.waits_for(tip) {
            current = other;
            continue;
        }
        order.push(tip);
        current = lanes.emit(current, tip);
    }
    order
}

#[cfg(test)]
mod tests {
    use proptest::prelude::proptest;

    use super::newest_first;
    use crate::revision::graph::tests::{graph, graphs};
    use crate::revision::graph::{Graph, Index, Set};

    /// The algorithm as ALEMBIC.md §7 words it.
    fn as_worded(graph: &Graph, set: &Set, starts: &[Index]) -> Vec<Index> {
        let mut todo: Vec<Index> = set.iter().collect();
        let mut lanes: Vec<(Index, Set)> = starts
            .iter()
            .filter(|start| set.contains(**start))
            .map(|start| (*start, graph.with_ancestors([*start])))
            .collect();
        let (mut order, mut current) = (Vec::new(), 0);
        while !lanes.is_empty() {
            let tip = lanes[current].0;
            if let Some(other) = (0..lanes.len()).find(|other| *other != current && lanes[*other].1.contains(tip)) {
                current = other;
                continue;
            }
            order.push(tip);
            todo.retain(|index| *index != tip);
            let next: Vec<Index> = graph
                .get(tip)
                .needs_normalized()
                .filter(|index| todo.contains(index) && !lanes.iter().any(|(tip, _)| tip == index))
                .collect();
            if next.is_empty() {
                lanes.remove(current);
                current = current.saturating_sub(1);
            } else {
                lanes[current] = (next[0], graph.with_ancestors([next[0]]));
                lanes.extend(next[1..].iter().map(|tip| (*tip, graph.with_ancestors([*tip]))));
            }
        }
        order
    }

    #[test]
    fn steps_of_two_branches() {
        let graph = graph("a; b<-a; c1<-b; d1<-c1; c2<-b; d2<-c2").unwrap();
        let set = graph.with_ancestors(graph.heads());
        let ids: Vec<&str> = newest_first(&graph, &set, &graph.heads())
            .into_iter()
            .map(|index| graph.get(index).id().as_str())
            .collect();
        assert_eq!(ids, ["d1", "c1", "d2", "c2", "b", "a"]);
    }

    proptest! {
        #[test]
        fn the_order_is_that_of_the_wording(notation in graphs(12), cut in 0..12_usize) {
            let graph = graph(&notation).unwrap();
            let heads = graph.real_heads();
            let mut set = graph.with_ancestors(heads.iter().copied());
            assert_eq!(newest_first(&graph, &set, &heads), as_worded(&graph, &set, &heads), "{notation}");
            // A set with a hole, as a history from a revision on has.
            if cut < graph.len() {
                for index in graph.versioned_ancestors(&[cut]).iter() {
                    set.remove(index);
                }
                assert_eq!(newest_first(&graph, &set, &heads), as_worded(&graph, &set, &heads), "{notation}");
            }
        }
    }
}

//! The order of steps (ALEMBIC.md §7), with dependencies in written order.

use crate::revision::graph::{Graph, Index, Set};

/// Orders the revisions of `set` from the newest to the oldest, starting at `starts`; every member of the set is an
/// ancestor of a start over all edges. An upgrade runs the result backwards.
pub(crate) fn newest_first(graph: &Graph, set: &Set, starts: &[Index]) -> Vec<Index> {
    let mut lanes = Lanes::new(graph, set);
    let mut starts: Vec<Index> = starts.iter().copied().filter(|index| set.contains(*index)).collect();
    starts.sort_unstable();
    starts.dedup();
    for start in starts {
        lanes.open(start);
    }
    let mut order = Vec::new();
    let mut current = 0;
    while !lanes.is_empty() {
        // A tip that another lane still has below it waits for that lane.
        while let Some(other) = lanes.waits_for(current) {
            current = other;
        }
        let index = lanes.tips[current];
        order.push(index);
        lanes.emitted.insert(index);
        let mut next = lanes.next_tips(index);
        if next.is_empty() {
            lanes.close(current);
            current = current.saturating_sub(1);
        } else {
            let first = next.remove(0);
            lanes.tips[current] = first;
            lanes.is_tip.insert(first);
            lanes.below[current] = None;
            for tip in next {
                lanes.open(tip);
            }
        }
    }
    order
}

struct Lanes<'a> {
    graph: &'a Graph,
    set: &'a Set,
    tips: Vec<Index>,
    /// The members of the set below each lane's tip, worked out when they are asked for: a single lane never asks.
    below: Vec<Option<Set>>,
    is_tip: Set,
    emitted: Set,
}

impl<'a> Lanes<'a> {
    fn new(graph: &'a Graph, set: &'a Set) -> Self {
        let none = Set::none(graph.len());
        Self { graph, set, tips: Vec::new(), below: Vec::new(), is_tip: none.clone(), emitted: none }
    }

    fn is_empty(&self) -> bool {
        self.tips.is_empty()
    }

    fn open(&mut self, tip: Index) {
        self.tips.push(tip);
        self.is_tip.insert(tip);
        self.below.push(None);
    }

    fn close(&mut self, lane: usize) {
        self.is_tip.remove(self.tips[lane]);
        self.tips.remove(lane);
        self.below.remove(lane);
    }

    /// Returns the first other lane whose tip stands above the tip of this one.
    fn waits_for(&mut self, lane: usize) -> Option<usize> {
        let tip = self.tips[lane];
        (0..self.tips.len()).filter(|other| *other != lane).find(|other| {
            let (graph, start) = (self.graph, self.tips[*other]);
            self.below[*other].get_or_insert_with(|| graph.with_ancestors([start])).contains(tip)
        })
    }

    /// Returns what the revision needs, as written, of the set, not yet emitted and not a tip already.
    fn next_tips(&mut self, index: Index) -> Vec<Index> {
        self.is_tip.remove(index);
        let fits = |needed: &Index| {
            self.set.contains(*needed) && !self.emitted.contains(*needed) && !self.is_tip.contains(*needed)
        };
        self.graph.get(index).needs().filter(fits).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::newest_first;
    use crate::revision::graph::tests::graph;

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
}

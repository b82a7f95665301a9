//! Which revisions a database without version rows may be at: evidence from sums, before anything is compared whole.
//!
//! A [`Sketch`] is a number that a schema has wherever it is: a sum over its objects. What a revision adds to it is its
//! share. Shares of revisions on different branches are independent of each other, as far as these do not change the same
//! objects, so that the sum of any set of revisions can be told after one replay of all of them.

pub(crate) mod mentions;

use std::collections::BTreeMap;

use crate::revision::graph::{Graph, Index, Set};

/// The sums of the schemas of a database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sketch(BTreeMap<String, i128>);

/// How many sets of revisions are looked through, where branches make many.
const MOST_SETS: usize = 200_000;

impl Sketch {
    /// Takes the sums of the schemas that count.
    pub(crate) fn of(sums: impl IntoIterator<Item = (String, i128)>, managed: &[String]) -> Self {
        Self(sums.into_iter().filter(|(schema, sum)| *sum != 0 && managed.contains(schema)).collect())
    }

    /// Returns what has been added since an earlier one.
    pub(crate) fn since(&self, before: &Self) -> Self {
        let mut share = self.clone();
        for (schema, sum) in &before.0 {
            let entry = share.0.entry(schema.clone()).or_default();
            *entry = entry.wrapping_sub(*sum);
        }
        share
    }

    fn add(&mut self, share: &Self) {
        for (schema, sum) in &share.0 {
            let entry = self.0.entry(schema.clone()).or_default();
            *entry = entry.wrapping_add(*sum);
        }
    }

    fn take(&mut self, share: &Self) {
        for (schema, sum) in &share.0 {
            let entry = self.0.entry(schema.clone()).or_default();
            *entry = entry.wrapping_sub(*sum);
        }
    }

    /// Returns whether two sketches are the same.
    pub(crate) fn is(&self, other: &Self) -> bool {
        let covers = |one: &Self, other: &Self| {
            one.0.iter().all(|(schema, sum)| other.0.get(schema).copied().unwrap_or_default() == *sum)
        };
        covers(self, other) && covers(other, self)
    }
}

/// Returns the sets of revisions whose shares, added to what was there before, make a sketch, but those that are a
/// beginning of the order: these were looked at on the way. A set has with a revision all that it needs. Given is each
/// revision in the order of the replay with its share.
pub(crate) fn sets_like(graph: &Graph, shares: &[(Index, Sketch)], start: &Sketch, wanted: &Sketch) -> Vec<Vec<Index>> {
    let (mut chosen, mut path, mut found) = (Set::none(graph.len()), Vec::new(), Vec::new());
    let mut sum = start.clone();
    let (mut at, mut seen) = (0, 0);
    while seen < MOST_SETS {
        let may_choose = |at: &usize| graph.get(shares[*at].0).needs().all(|needed| chosen.contains(needed));
        if let Some(next) = (at..shares.len()).find(may_choose) {
            chosen.insert(shares[next].0);
            sum.add(&shares[next].1);
            path.push(next);
            at = next + 1;
            continue;
        }
        seen += 1;
        let is_beginning = path.iter().copied().eq(0..path.len());
        if !is_beginning && sum.is(wanted) {
            found.push(path.iter().map(|at: &usize| shares[*at].0).collect());
        }
        // The same without the last one, and with what may come after it.
        let Some(last) = path.pop() else { break };
        chosen.remove(shares[last].0);
        sum.take(&shares[last].1);
        at = last + 1;
    }
    found
}

/// Returns the revisions of a set that none of the others needs: the rows that stand for it.
pub(crate) fn tips(graph: &Graph, set: &[Index]) -> Vec<Index> {
    let needed = graph.with_ancestors(set.iter().flat_map(|index| graph.get(*index).needs().collect::<Vec<_>>()));
    set.iter().copied().filter(|index| !needed.contains(*index)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Sketch, sets_like, tips};
    use crate::revision::graph::tests::{graph, graphs};
    use crate::revision::graph::{Graph, Index};

    fn share(number: i128) -> Sketch {
        Sketch::of([("public".to_owned(), number)], &["public".to_owned()])
    }

    fn shares(graph: &Graph) -> Vec<(Index, Sketch)> {
        // Powers of two: every set has a sum of its own.
        let mut order: Vec<Index> = Vec::new();
        while order.len() < graph.len() {
            let next = graph.iter().map(|(index, _)| index).find(|index| {
                !order.contains(index) && graph.get(*index).needs().all(|needed| order.contains(&needed))
            });
            order.extend(next);
        }
        order.into_iter().enumerate().map(|(at, index)| (index, share(1 << at))).collect()
    }

    #[test]
    fn finds_a_branch_that_is_ahead() {
        let graph = graph("a; b<-a; c<-a; d<-c").unwrap();
        let shares = shares(&graph);
        let position =
            |name: &str| shares.iter().position(|(index, _)| graph.get(*index).id().as_str() == name).unwrap();
        let wanted = share((1 << position("a")) + (1 << position("c")) + (1 << position("d")));
        let found = sets_like(&graph, &shares, &Sketch::default(), &wanted);
        assert_eq!(found.len(), 1);
        let names: Vec<&str> = tips(&graph, &found[0]).iter().map(|index| graph.get(*index).id().as_str()).collect();
        assert_eq!(names, ["d"]);
    }

    proptest! {
        #[test]
        fn every_set_is_found_once_or_is_a_beginning(notation in graphs(6), pick in any::<u64>()) {
            let graph = graph(&notation).unwrap();
            let shares = shares(&graph);
            // A closed set: choose by the bits of `pick`, where what it needs is chosen.
            let mut chosen: Vec<Index> = Vec::new();
            let mut sum = 0;
            for (at, (index, _)) in shares.iter().enumerate() {
                if pick >> at & 1 == 1 && graph.get(*index).needs().all(|needed| chosen.contains(&needed)) {
                    chosen.push(*index);
                    sum += 1 << at;
                }
            }
            let found = sets_like(&graph, &shares, &Sketch::default(), &share(sum));
            let beginning = shares.iter().take(chosen.len()).all(|(index, _)| chosen.contains(index));
            if beginning {
                prop_assert!(found.is_empty());
            } else {
                prop_assert_eq!(found, vec![chosen]);
            }
        }
    }
}

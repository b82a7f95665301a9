//! The lanes of the order: each has a tip, the next revision to come of it.

use std::cmp::Reverse;
use std::collections::binary_heap::PeekMut;
use std::collections::{BTreeMap, BinaryHeap};

use crate::revision::graph::{Graph, Index, Set};

/// A lane: later ones have larger numbers, and a lane keeps its number.
pub(super) type Lane = usize;

/// Referrers of a revision, each with a lower bound of the first lane at or above it; the lowest bound on top.
type Referrers = BinaryHeap<Reverse<(Lane, Index)>>;

/// The lanes, and what is still to come.
pub(super) struct Lanes<'a> {
    graph: &'a Graph,
    set: &'a Set,
    tips: BTreeMap<Lane, Index>,
    lane_of: Vec<Option<Lane>>,
    next_lane: Lane,
    /// All that stands below the starts, whether in the set or not, and is still to come.
    alive: Set,
    /// How many living revisions refer to each one.
    above: Vec<usize>,
    /// Made when a revision is first asked for.
    referrers: Vec<Option<Referrers>>,
}

impl<'a> Lanes<'a> {
    pub(super) fn new(graph: &'a Graph, set: &'a Set, starts: &[Index]) -> Self {
        let alive = graph.with_ancestors(starts.iter().copied());
        let mut above = vec![0; graph.len()];
        for index in alive.iter() {
            for needed in graph.get(index).needs_normalized() {
                above[needed] += 1;
            }
        }
        let mut lanes = Self {
            graph,
            set,
            tips: BTreeMap::new(),
            lane_of: vec![None; graph.len()],
            next_lane: 0,
            alive,
            above,
            referrers: vec![None; graph.len()],
        };
        for start in starts {
            lanes.open(*start);
        }
        lanes
    }

    fn open(&mut self, tip: Index) {
        self.tips.insert(self.next_lane, tip);
        self.lane_of[tip] = Some(self.next_lane);
        self.next_lane += 1;
    }

    /// Returns the tip of a lane.
    pub(super) fn tip(&self, lane: Lane) -> Option<Index> {
        self.tips.get(&lane).copied()
    }

    /// Returns the first other lane whose tip stands above this tip.
    pub(super) fn waits_for(&mut self, tip: Index) -> Option<Lane> {
        if self.above[tip] == 0 {
            return None;
        }
        let own = self.lane_of[tip].take();
        let first = self.first_lane(tip);
        self.lane_of[tip] = own;
        Some(first).filter(|first| *first < Lane::MAX)
    }

    /// Emits a tip and lets its lane go on, or end. Returns the lane to look at next.
    pub(super) fn emit(&mut self, lane: Lane, tip: Index) -> Lane {
        self.lane_of[tip] = None;
        self.tips.remove(&lane);
        self.bury(tip);
        let fits = |needed: &Index| {
            self.set.contains(*needed) && self.alive.contains(*needed) && self.lane_of[*needed].is_none()
        };
        let next: Vec<Index> = self.graph.get(tip).needs_normalized().filter(fits).collect();
        let Some((first, others)) = next.split_first() else {
            // The lane before it; where it was the first, the one after it.
            let before = self.tips.range(..lane).next_back().or_else(|| self.tips.range(lane..).next());
            return before.map_or(lane, |(lane, _)| *lane);
        };
        self.tips.insert(lane, *first);
        self.lane_of[*first] = Some(lane);
        for tip in others {
            self.open(*tip);
        }
        lane
    }

    /// An emitted revision stands above others no more; with it goes what is not in the set and has nothing above it.
    fn bury(&mut self, index: Index) {
        let mut dead = vec![index];
        while let Some(index) = dead.pop() {
            self.alive.remove(index);
            for needed in self.graph.get(index).needs_normalized() {
                self.above[needed] -= 1;
                if self.above[needed] == 0 && !self.set.contains(needed) {
                    dead.push(needed);
                }
            }
        }
    }

    /// Returns the first lane at or above a revision, `Lane::MAX` for none: asks the most promising referrer, which asks
    /// its own, until a tip answers. An answer above the bound corrects it, and the next most promising is asked.
    fn first_lane(&mut self, index: Index) -> Lane {
        let mut asked = vec![index];
        let mut answer = None;
        loop {
            let Some(at) = asked.last().copied() else { return answer.unwrap_or(Lane::MAX) };
            let own = self.lane_of[at].unwrap_or(Lane::MAX);
            let (graph, alive) = (self.graph, &self.alive);
            let referrers = self.referrers[at].get_or_insert_with(|| {
                let living = graph.get(at).referrers().filter(|by| alive.contains(*by));
                living.map(|by| Reverse((0, by))).collect()
            });
            if let Some(found) = answer.take()
                && let Some(mut top) = referrers.peek_mut()
            {
                if top.0.0 >= found {
                    answer = Some(found);
                    asked.pop();
                    continue;
                }
                top.0.0 = found;
            }
            let next = loop {
                match referrers.peek_mut() {
                    Some(top) if !alive.contains(top.0.1) => drop(PeekMut::pop(top)),
                    Some(top) => break Some(top.0).filter(|(bound, _)| *bound < own),
                    None => break None,
                }
            };
            match next {
                Some((_, referrer)) => asked.push(referrer),
                None => {
                    answer = Some(own);
                    asked.pop();
                }
            }
        }
    }
}

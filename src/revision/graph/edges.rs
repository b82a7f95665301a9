//! Normalized dependencies and lineages.

use crate::revision::graph::{Graph, Index, Set};

/// Dependencies that are looked at in one pass over the graph.
const BATCH: usize = 64;

impl Graph {
    /// Leaves out, for the order of steps, each dependency that an ancestor over versioned edges lists as its own
    /// (ALEMBIC.md §1). `order` has needs first. Linear in the edges for each 64 revisions that several depend on.
    pub(super) fn normalize(&mut self, order: &[Index]) {
        for revision in &mut self.revisions {
            revision.normalized.clone_from(&revision.depends_on);
        }
        let shared: Vec<Index> =
            (0..self.revisions.len()).filter(|index| self.revisions[*index].dependents.len() > 1).collect();
        for batch in shared.chunks(BATCH) {
            self.normalize_batch(order, batch);
        }
    }

    fn normalize_batch(&mut self, order: &[Index], batch: &[Index]) {
        // Which of the batch a revision or one of its versioned ancestors depends on, a bit each.
        let mut listed = vec![0_u64; self.revisions.len()];
        let mut own = vec![0_u64; self.revisions.len()];
        for (bit, dependency) in batch.iter().enumerate() {
            for dependent in &self.revisions[*dependency].dependents {
                own[*dependent] |= 1 << bit;
            }
        }
        for index in order {
            let above = self.revisions[*index].down.iter().fold(0, |bits, parent| bits | listed[*parent]);
            listed[*index] = above | own[*index];
            let twice = above & own[*index];
            if twice != 0 {
                let is_twice = |dependency: &Index| {
                    batch.iter().position(|it| it == dependency).is_some_and(|bit| twice & (1 << bit) != 0)
                };
                self.revisions[*index].normalized.retain(|dependency| !is_twice(dependency));
            }
        }
    }

    /// Returns the revisions that share a lineage with one of these: ancestors, descendants, and themselves. Over all
    /// edges where `deep`, else over versioned ones.
    pub(crate) fn lineage(&self, of: &[Index], deep: bool) -> Set {
        let (mut set, above) = if deep {
            (self.with_ancestors(of.iter().copied()), self.with_descendants(of.iter().copied()))
        } else {
            (self.versioned_ancestors(of), self.versioned_descendants(of))
        };
        for index in above.iter() {
            set.insert(index);
        }
        set
    }

    /// Returns these revisions and their ancestors over versioned edges.
    pub(crate) fn versioned_ancestors(&self, of: &[Index]) -> Set {
        self.reach(of.iter().copied(), |revision| revision.down.clone())
    }

    /// Returns these revisions and their descendants over versioned edges.
    pub(crate) fn versioned_descendants(&self, of: &[Index]) -> Set {
        self.reach(of.iter().copied(), |revision| revision.children.clone())
    }

    /// Returns the first of these revisions that another of them needs, directly or not, with one that needs it.
    pub(crate) fn overlap(&self, revisions: &[Index]) -> Option<(Index, Index)> {
        let below = self.with_ancestors(revisions.iter().flat_map(|index| self.revisions[*index].needs()));
        let lower = revisions.iter().copied().find(|index| below.contains(*index))?;
        let above = self.with_descendants([lower]);
        let over = revisions.iter().copied().find(|index| *index != lower && above.contains(*index))?;
        Some((lower, over))
    }
}

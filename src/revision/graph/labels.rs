//! The branch labels that a revision shows, beside those that it declares itself (ALEMBIC.md §1.1).

use crate::revision::graph::{Graph, Index, Revision};

impl Graph {
    /// Returns the labels that a revision shows, sorted: its own, those of its ancestors over versioned edges, and those
    /// of descendants where the line from it to the head is neither branched nor merged.
    pub(crate) fn shown_labels(&self, index: Index) -> &[String] {
        &self.shown_labels.get_or_init(|| self.spread_labels())[index]
    }

    fn spread_labels(&self) -> Vec<Vec<String>> {
        let mut shown: Vec<Vec<String>> = vec![Vec::new(); self.revisions.len()];
        for (index, revision) in self.iter() {
            if revision.header.branch_labels.is_empty() {
                continue;
            }
            let above = self.versioned_descendants(&[index]);
            let is_line = above.iter().all(|index| is_plain(&self.revisions[index]));
            let mut carriers: Vec<Index> = above.iter().collect();
            let mut parent = revision.down.first().filter(|_| is_line).copied();
            while let Some(at) = parent.filter(|at| is_plain(&self.revisions[*at])) {
                carriers.push(at);
                parent = self.revisions[at].down.first().copied();
            }
            for carrier in carriers {
                shown[carrier].extend(revision.header.branch_labels.iter().cloned());
            }
        }
        for labels in &mut shown {
            labels.sort();
            labels.dedup();
        }
        shown
    }
}

/// A revision that is neither a merge point nor referred to by several over all edges.
fn is_plain(revision: &Revision) -> bool {
    revision.down.len() <= 1 && revision.referrers().take(2).count() <= 1
}

#[cfg(test)]
mod tests {
    use crate::revision::graph::tests::graph;

    #[test]
    fn labels_spread_along_unbranched_lines() {
        let carriers = |notation: &str| {
            let graph = graph(notation).unwrap();
            let ids: Vec<&str> = (0..graph.len())
                .filter(|index| !graph.shown_labels(*index).is_empty())
                .map(|index| graph.get(index).id().as_str())
                .collect();
            ids.join(" ")
        };
        assert_eq!(carriers("a; b<-a [lab]; c<-b"), "a b c");
        assert_eq!(carriers("a; b<-a [lab]; c<-b; d<-b"), "b c d");
        assert_eq!(carriers("a; b<-a; c<-b [lab]; d<-b"), "c");
        assert_eq!(carriers("a; b<-a [lab]; x {b}; y {b}"), "b");
        assert_eq!(carriers("a; b<-a; c<-b [lab]; x {a}"), "b c");
    }
}

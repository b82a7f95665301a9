//! The rows of the version table: always the tips of the active revisions (ALEMBIC.md §6.2).

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use crate::revision::graph::{Graph, Index, Set};
use crate::revision::id::RevisionId;

/// The active revisions and the rows that stand for them.
#[derive(Clone, Debug)]
pub(crate) struct Active {
    set: Set,
    rows: BTreeSet<Index>,
    /// How many active revisions refer to each one.
    referrers: Vec<usize>,
}

/// How the rows change with one step: these go, those come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Move {
    /// The rows that go.
    pub(crate) remove: Vec<RevisionId>,
    /// The rows that come.
    pub(crate) add: Vec<RevisionId>,
}

/// The rows after a step, worked out when they are asked for: a plan of thousands of branches would hold millions of
/// ids otherwise.
#[derive(Clone, Debug)]
pub(crate) struct RowsAfter {
    moves: Arc<Moves>,
    /// Moves that have been made.
    made: usize,
    len: usize,
}

#[derive(Debug)]
struct Moves {
    before: Vec<RevisionId>,
    moves: Vec<Move>,
    /// How far the rows were worked out last: steps are asked for one after another.
    known: Mutex<(usize, BTreeSet<RevisionId>)>,
}

impl PartialEq for RowsAfter {
    fn eq(&self, other: &Self) -> bool {
        self.to_vec() == other.to_vec()
    }
}

impl Eq for RowsAfter {}

impl RowsAfter {
    /// Returns the rows after each of these moves.
    pub(crate) fn each(before: Vec<RevisionId>, moves: Vec<Move>) -> Vec<Self> {
        let mut len = before.len();
        let known = Mutex::new((0, before.iter().cloned().collect()));
        let moves = Arc::new(Moves { before, moves, known });
        let each = moves.moves.iter().enumerate().map(|(number, one)| {
            len = len + one.add.len() - one.remove.len();
            Self { moves: Arc::clone(&moves), made: number + 1, len }
        });
        each.collect()
    }

    /// Returns whether there are no rows.
    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns the rows, sorted.
    pub(crate) fn to_vec(&self) -> Vec<RevisionId> {
        let mut known = self.moves.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (made, rows) = &mut *known;
        if *made > self.made {
            *made = 0;
            *rows = self.moves.before.iter().cloned().collect();
        }
        for one in &self.moves.moves[*made..self.made] {
            one.apply(rows);
        }
        *made = self.made;
        rows.iter().cloned().collect()
    }

    /// Returns the last move that led here.
    pub(crate) fn last_move(&self) -> Option<&Move> {
        self.moves.moves.get(self.made.checked_sub(1)?)
    }
}

impl Move {
    /// Makes the move in a set of rows.
    pub(crate) fn apply(&self, rows: &mut BTreeSet<RevisionId>) {
        for gone in &self.remove {
            rows.remove(gone);
        }
        rows.extend(self.add.iter().cloned());
    }
}

/// Why rows stand for no set of active revisions.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RowsError {
    /// Rows that the graph does not have.
    #[error("the version table holds {}, which no revision file has", unknown.join(", "))]
    Unknown { unknown: Vec<String> },
    /// A row that another row implies.
    #[error("the version table holds {row} beside {over}, which already implies it")]
    Overlap { row: RevisionId, over: RevisionId },
}

impl Active {
    /// Returns what rows stand for.
    ///
    /// # Errors
    /// Rows that the graph does not have, or that imply each other.
    pub(crate) fn of_rows<'a>(graph: &Graph, rows: impl IntoIterator<Item = &'a str>) -> Result<Self, RowsError> {
        let mut found = BTreeSet::new();
        let mut unknown = Vec::new();
        for row in rows {
            match RevisionId::parse(row).ok().and_then(|id| graph.find(&id)) {
                Some(index) => {
                    found.insert(index);
                }
                None => unknown.push(row.to_owned()),
            }
        }
        if !unknown.is_empty() {
            return Err(RowsError::Unknown { unknown });
        }
        let set = graph.with_ancestors(found.iter().copied());
        let mut referrers = vec![0; graph.len()];
        for index in set.iter() {
            for needed in graph.get(index).needs() {
                referrers[needed] += 1;
            }
        }
        if let Some(row) = found.iter().find(|row| referrers[**row] > 0) {
            let over =
                found.iter().find(|over| *over != row && graph.with_ancestors([**over]).contains(*row)).unwrap_or(row);
            return Err(RowsError::Overlap { row: graph.get(*row).id().clone(), over: graph.get(*over).id().clone() });
        }
        Ok(Self { set, rows: found, referrers })
    }

    /// Returns the rows, in load order.
    pub(crate) fn rows(&self) -> impl Iterator<Item = Index> + '_ {
        self.rows.iter().copied()
    }

    /// Returns the rows, in load order.
    pub(crate) fn row_list(&self) -> Vec<Index> {
        self.rows.iter().copied().collect()
    }

    /// Returns whether a revision is one of the rows.
    pub(crate) fn is_row(&self, index: Index) -> bool {
        self.rows.contains(&index)
    }

    /// Returns whether a revision is active.
    pub(crate) fn contains(&self, index: Index) -> bool {
        self.set.contains(index)
    }

    /// Returns the active revisions.
    pub(crate) fn set(&self) -> &Set {
        &self.set
    }

    /// Takes the step up to a revision whose needs are all active.
    pub(crate) fn forward(&mut self, graph: &Graph, index: Index) -> Move {
        let mut remove = Vec::new();
        self.set.insert(index);
        self.rows.insert(index);
        for needed in graph.get(index).needs() {
            self.referrers[needed] += 1;
            if self.rows.remove(&needed) {
                remove.push(graph.get(needed).id().clone());
            }
        }
        Move { remove, add: vec![graph.get(index).id().clone()] }
    }

    /// Takes the step down from a revision to which no active one refers.
    pub(crate) fn backward(&mut self, graph: &Graph, index: Index) -> Move {
        let mut add = Vec::new();
        self.set.remove(index);
        self.rows.remove(&index);
        for needed in graph.get(index).needs() {
            self.referrers[needed] -= 1;
            if self.referrers[needed] == 0 {
                self.rows.insert(needed);
                add.push(graph.get(needed).id().clone());
            }
        }
        Move { remove: vec![graph.get(index).id().clone()], add }
    }
}

#[cfg(test)]
mod tests {
    use super::{Active, RowsError};
    use crate::revision::graph::Graph;
    use crate::revision::graph::tests::graph;
    use crate::revision::id::RevisionId;

    fn at(graph: &Graph, id: &str) -> usize {
        graph.find(&RevisionId::parse(id).unwrap()).unwrap()
    }

    fn rows(graph: &Graph, active: &Active) -> String {
        let ids: Vec<&str> = active.rows().map(|index| graph.get(index).id().as_str()).collect();
        ids.join(" ")
    }

    #[test]
    fn rows_are_the_tips() {
        let graph = graph("d; c<-d; b<-d; a<-b,c; y1; y2<-y1 {a}").unwrap();
        let mut active = Active::of_rows(&graph, []).unwrap();
        let mut seen = Vec::new();
        for id in ["d", "c", "b", "a", "y1", "y2"] {
            active.forward(&graph, at(&graph, id));
            seen.push(rows(&graph, &active));
        }
        assert_eq!(seen, ["d", "c", "c b", "a", "a y1", "y2"]);
        for (id, after) in [("y2", "a y1"), ("y1", "a"), ("a", "c b"), ("b", "c"), ("c", "d"), ("d", "")] {
            active.backward(&graph, at(&graph, id));
            assert_eq!(rows(&graph, &active), after, "after {id}");
        }
    }

    #[test]
    fn unmerge_leaves_out_what_another_row_implies() {
        let graph = graph("p; q {p}; o; r<-p {q}").unwrap();
        let mut active = Active::of_rows(&graph, ["r", "o"]).unwrap();
        active.backward(&graph, at(&graph, "r"));
        assert_eq!(rows(&graph, &active), "q o");
    }

    #[test]
    fn rows_that_cannot_be() {
        let graph = graph("a; b<-a").unwrap();
        assert_eq!(
            Active::of_rows(&graph, ["x", "a"]).map(|_| ()),
            Err(RowsError::Unknown { unknown: vec!["x".into()] })
        );
        assert!(matches!(Active::of_rows(&graph, ["a", "b"]), Err(RowsError::Overlap { .. })));
    }
}

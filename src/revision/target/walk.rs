//! Walks of so many steps over versioned edges.

use crate::revision::graph::{Graph, Index};
use crate::revision::target::TargetError;
use crate::revision::target::lookup::{ids, in_lineage};

/// A place that a walk can start from or lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum At {
    /// Below all bases, where a walk up starts that names no revision. Down from here are, in Alembic, the heads.
    Below,
    /// Where a walk down from a base ends.
    Base,
    /// A revision.
    On(Index),
}

/// A walk, as a person asked for it.
pub(super) struct Walk<'a> {
    pub(super) graph: &'a Graph,
    /// The argument, for errors.
    pub(super) asked: &'a str,
    /// Ways up that are not of this branch are not taken.
    pub(super) label: Option<&'a str>,
    /// Whether a walk that meets the end stays there.
    pub(super) clamp: bool,
}

impl Walk<'_> {
    /// Goes up or down so many steps; none where the end comes before.
    ///
    /// # Errors
    /// Several ways.
    pub(super) fn from(&self, start: At, steps: i64) -> Result<Option<At>, TargetError> {
        let mut at = start;
        for _ in 0..steps.unsigned_abs() {
            let ways = if steps > 0 { self.up(at)? } else { self.down(at) };
            match ways.as_slice() {
                [] => return Ok(self.clamp.then_some(at)),
                [only] => at = *only,
                _ => {
                    let from = match at {
                        At::On(index) => self.graph.get(index).id().to_string(),
                        At::Below | At::Base => "base".to_owned(),
                    };
                    let on = |way: &At| if let At::On(index) = way { Some(*index) } else { None };
                    let ways: Vec<Index> = ways.iter().filter_map(on).collect();
                    let ways = ids(self.graph, &ways);
                    return Err(TargetError::AmbiguousWalk { asked: self.asked.to_owned(), from, ways });
                }
            }
        }
        Ok(Some(at))
    }

    fn up(&self, at: At) -> Result<Vec<At>, TargetError> {
        let ways = match at {
            At::On(index) => self.graph.get(index).children.clone(),
            At::Below | At::Base => self.graph.bases(),
        };
        let ways = match self.label.filter(|label| !label.is_empty()) {
            Some(label) => in_lineage(self.graph, &ways, label, false)?,
            None => ways,
        };
        Ok(ways.into_iter().map(At::On).collect())
    }

    fn down(&self, at: At) -> Vec<At> {
        match at {
            At::Base => Vec::new(),
            At::Below => self.graph.heads().into_iter().map(At::On).collect(),
            At::On(index) => match self.graph.get(index).down.as_slice() {
                [] => vec![At::Base],
                parents => parents.iter().copied().map(At::On).collect(),
            },
        }
    }
}

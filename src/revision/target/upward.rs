//! The target of an upgrade (ALEMBIC.md §3).

use crate::revision::graph::{Graph, Index};
use crate::revision::target::lookup::{ids, in_lineage, one, points};
use crate::revision::target::walk::{At, Walk};
use crate::revision::target::{Relative, Target, TargetError};

/// Resolves the target of an upgrade from these rows to revisions; none for `base`.
///
/// # Errors
/// What a lookup and a walk can meet; targets of which one implies another.
pub(crate) fn upgrade(graph: &Graph, rows: &[Index], target: &Target) -> Result<Vec<Index>, TargetError> {
    beside_each_other(graph, target, destinations(graph, rows, target, false)?)
}

/// Refuses places below the graph, and targets that imply each other.
pub(super) fn beside_each_other(graph: &Graph, target: &Target, found: Vec<At>) -> Result<Vec<Index>, TargetError> {
    let on = |at: At| match at {
        At::On(index) => Ok(index),
        At::Below | At::Base => Err(TargetError::TooFar { asked: target.to_string() }),
    };
    let found: Vec<Index> = found.into_iter().map(on).collect::<Result<_, _>>()?;
    match graph.overlap(&found) {
        Some((lower, over)) => {
            let id = |index: Index| graph.get(index).id().to_string();
            Err(TargetError::Overlap { target: id(lower), over: id(over) })
        }
        None => Ok(found),
    }
}

/// Resolves a target above `from`, the rows or the lower end of a range. `clamp` lets a walk end where the graph does.
pub(super) fn destinations(
    graph: &Graph,
    from: &[Index],
    target: &Target,
    clamp: bool,
) -> Result<Vec<At>, TargetError> {
    let Some(Relative { label, symbol, steps }) = target.relative() else { return points(graph, target.as_str()) };
    let asked = target.as_str();
    let too_far = || TargetError::TooFar { asked: asked.to_owned() };
    let at = match symbol {
        None if steps <= 0 => {
            return Err(if steps == 0 {
                too_far()
            } else {
                TargetError::WrongDirection { asked: asked.to_owned(), direction: "up" }
            });
        }
        None => {
            let starts = starts(graph, from, label)?;
            let start = match starts.as_slice() {
                [] => At::Below,
                [only] => At::On(*only),
                _ => return Err(TargetError::ManyRows { asked: asked.to_owned(), rows: ids(graph, &starts) }),
            };
            Walk { graph, asked, label, clamp }.from(start, steps)?
        }
        Some(symbol) if steps > 0 => {
            let start = one(graph, symbol)?.map_or(At::Below, At::On);
            Walk { graph, asked, label, clamp }.from(start, steps)?
        }
        Some(symbol) => {
            // Only a walk down looks whether the symbol is of the branch.
            let start = match label {
                Some(label) => one(graph, &format!("{label}@{symbol}"))?,
                None => one(graph, symbol)?,
            };
            Walk { graph, asked, label: None, clamp }.from(start.map_or(At::Below, At::On), steps)?
        }
    };
    Ok(vec![at.ok_or_else(too_far)?])
}

/// Returns where `+N` starts: at the rows; with a label, at those in its lineage, else at the tips of what is active in
/// it. None means below the bases.
fn starts(graph: &Graph, from: &[Index], label: Option<&str>) -> Result<Vec<Index>, TargetError> {
    let Some(label) = label.filter(|label| !label.is_empty()) else { return Ok(from.to_vec()) };
    let rows = in_lineage(graph, from, label, false)?;
    if !rows.is_empty() {
        return Ok(rows);
    }
    let below: Vec<Index> = graph.with_ancestors(from.iter().copied()).iter().collect();
    let active = in_lineage(graph, &below, label, false)?;
    let mut is_tip = vec![true; graph.len()];
    for index in &active {
        for needed in graph.get(*index).needs_normalized() {
            is_tip[needed] = false;
        }
    }
    Ok(active.into_iter().filter(|index| is_tip[*index]).collect())
}

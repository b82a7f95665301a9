//! The target of a downgrade (ALEMBIC.md §4).

use crate::revision::graph::{Graph, Index};
use crate::revision::target::lookup::{branch, ids, in_lineage, one};
use crate::revision::target::walk::{At, Walk};
use crate::revision::target::{Relative, Target, TargetError};

/// Where a downgrade leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Destination {
    /// The revision that stays; none for `base`.
    pub(crate) to: Option<Index>,
    /// What goes, with all that stands above it, as far as it is active.
    pub(crate) roots: Vec<Index>,
    /// A label that restricts nothing, since only one revision stands above the target: all branches go.
    pub(crate) idle_label: Option<String>,
}

/// Resolves the target of a downgrade from these rows.
///
/// # Errors
/// What a lookup and a walk can meet; `-N` with several rows, where Alembic takes an arbitrary one and warns.
pub(crate) fn downgrade(graph: &Graph, rows: &[Index], target: &Target) -> Result<Destination, TargetError> {
    let (label, to) = match target.relative() {
        Some(relative) => walked(graph, rows, target.as_str(), relative)?,
        // The label takes no part in finding the revision.
        None => match target.as_str().rsplit_once('@') {
            Some((label, symbol)) => (Some(label.to_owned()), one(graph, symbol)?),
            None => (None, one(graph, target.as_str())?),
        },
    };
    let roots = to.map_or_else(|| graph.bases(), |index| graph.get(index).children.clone());
    // A label restricts the roots only where there are several; a base counts once more for each label of its own.
    let own_labels = |root: &Index| if to.is_none() { graph.get(*root).header.branch_labels.len() } else { 0 };
    let counted = roots.len() + roots.iter().map(own_labels).sum::<usize>();
    let label = match label.filter(|label| !label.is_empty()) {
        Some(label) if counted > 1 => label,
        idle_label => return Ok(Destination { to, roots, idle_label }),
    };
    let below = graph.versioned_ancestors(&[branch(graph, &label, target.as_str())?]);
    let roots: Vec<Index> = roots.into_iter().filter(|root| below.contains(*root)).collect();
    if roots.is_empty() {
        return Err(TargetError::NothingOfBranch { asked: target.to_string(), label });
    }
    Ok(Destination { to, roots, idle_label: None })
}

fn walked(
    graph: &Graph,
    rows: &[Index],
    asked: &str,
    relative: Relative<'_>,
) -> Result<(Option<String>, Option<Index>), TargetError> {
    let Relative { label, symbol, steps } = relative;
    let too_far = || TargetError::TooFar { asked: asked.to_owned() };
    let mut label = label.map(str::to_owned);
    let at = match symbol {
        None if steps == 0 => return Err(too_far()),
        None if steps > 0 => {
            return Err(TargetError::WrongDirection { asked: asked.to_owned(), direction: "down" });
        }
        None => {
            let start = start(graph, rows, asked, label.as_deref())?;
            // The row's own branch alone is cut where several stand above the target.
            label.get_or_insert_with(|| graph.get(start).id().to_string());
            Walk { graph, asked, label: None, clamp: false }.from(At::On(start), steps)?
        }
        Some(symbol) if steps >= 0 => {
            let start = one(graph, symbol)?.map_or(At::Below, At::On);
            Walk { graph, asked, label: label.as_deref(), clamp: false }.from(start, steps)?
        }
        Some(symbol) => {
            let start = match &label {
                Some(label) => one(graph, &format!("{label}@{symbol}"))?,
                None => one(graph, symbol)?,
            };
            Walk { graph, asked, label: None, clamp: false }.from(start.map_or(At::Below, At::On), steps)?
        }
    };
    match at.ok_or_else(too_far)? {
        At::On(index) => Ok((label, Some(index))),
        At::Base => Ok((label, None)),
        At::Below => Err(too_far()),
    }
}

/// Returns the row that `-N` starts from; with a label, the one in its lineage, else the tip of what is active in it.
pub(super) fn start(graph: &Graph, rows: &[Index], asked: &str, label: Option<&str>) -> Result<Index, TargetError> {
    let mut starts = rows.to_vec();
    if let Some(label) = label.filter(|label| !label.is_empty()) {
        starts = in_lineage(graph, rows, label, false)?;
        if starts.is_empty() {
            let active = graph.with_ancestors(rows.iter().copied());
            let is_tip = |index: &Index| !graph.get(*index).children.iter().any(|child| active.contains(*child));
            let tips: Vec<Index> = active.iter().filter(is_tip).collect();
            starts = in_lineage(graph, &tips, label, false)?;
        }
    }
    match starts.as_slice() {
        [] => Err(TargetError::TooFar { asked: asked.to_owned() }),
        [only] => Ok(*only),
        _ => Err(TargetError::ManyRows { asked: asked.to_owned(), rows: ids(graph, &starts) }),
    }
}

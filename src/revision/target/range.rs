//! Ranges `A:B`: of the history (ALEMBIC.md §8), and of scripts (§10).

use crate::revision::graph::{Graph, Index};
use crate::revision::order::newest_first;
use crate::revision::target::downward::start;
use crate::revision::target::lookup::{one, points};
use crate::revision::target::upward::{beside_each_other, destinations};
use crate::revision::target::walk::{At, Walk};
use crate::revision::target::{Relative, Target, TargetError};

/// A range of the history as typed; a missing end is `base` or `heads`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    lower: String,
    upper: String,
}

impl Range {
    /// Reads `A:B`, `A:`, `:B`, `:`.
    ///
    /// # Errors
    /// No colon, or several.
    pub(crate) fn parse(text: &str) -> Result<Self, TargetError> {
        let or = |text: &str, default: &str| if text.is_empty() { default.to_owned() } else { text.to_owned() };
        match text.trim().split_once(':') {
            Some((lower, upper)) if !upper.contains(':') => {
                Ok(Self { lower: or(lower, "base"), upper: or(upper, "heads") })
            }
            _ => Err(TargetError::NotARange { asked: text.to_owned() }),
        }
    }

    /// Returns whether an end is `current`, the rows of the version table.
    pub(crate) fn asks_for_rows(&self) -> bool {
        self.lower == "current" || self.upper == "current"
    }
}

impl Default for Range {
    fn default() -> Self {
        Self { lower: "base".to_owned(), upper: "heads".to_owned() }
    }
}

/// Returns the revisions of a range, newest first, both ends included. `rows` are those of the version table, which
/// `current` stands for.
///
/// # Errors
/// What a lookup and a walk can meet; ends that are not on one line.
pub(crate) fn history(graph: &Graph, range: &Range, rows: &[Index]) -> Result<Vec<Index>, TargetError> {
    let upper_is_rows = range.upper == "current" && !rows.is_empty();
    let lower_is_rows = range.lower == "current" && range.upper != "current" && !rows.is_empty();
    let base = (range.lower == "current" && range.upper != "current" && rows.is_empty()).then_some("base");
    let lower = base.unwrap_or(&range.lower);
    let upper = Target::from(if range.upper == "current" && rows.is_empty() { "heads" } else { &range.upper });

    let mut targets = if upper_is_rows {
        let found = rows.iter().copied().map(At::On).collect();
        beside_each_other(graph, &upper, found)?
    } else {
        let from = match (lower_is_rows, upper.relative()) {
            (true, _) => rows.to_vec(),
            // Only a walk without a symbol starts from the lower end.
            (false, Some(Relative { symbol: None, steps: 1.., .. })) => one(graph, lower)?.into_iter().collect(),
            (false, _) => Vec::new(),
        };
        beside_each_other(graph, &upper, destinations(graph, &from, &upper, true)?)?
    };
    if let Some((label, _)) = lower.split_once('@').filter(|_| !lower_is_rows) {
        let label = shown_label(graph, label)?;
        targets.retain(|target| graph.shown_labels(*target).contains(&label));
    }
    let required = graph.with_ancestors(targets.iter().copied());
    let no_line = || TargetError::NoLine { lower: lower.to_owned(), upper: upper.to_string() };

    let mut from = Vec::new();
    let found = if lower_is_rows { rows.iter().copied().map(At::On).collect() } else { points(graph, lower)? };
    for at in &found {
        match at {
            At::On(index) if required.contains(*index) => from.push(*index),
            At::On(_) | At::Base => return Err(no_line()),
            At::Below => (),
        }
    }
    if found.first() == Some(&At::Below) {
        from = clamped(graph, lower, &upper, upper_is_rows.then_some(rows))?.into_iter().collect();
    }
    if let Some((lower, over)) = graph.overlap(&from) {
        let id = |index: Index| graph.get(index).id().to_string();
        return Err(TargetError::Overlap { target: id(lower), over: id(over) });
    }
    let mut set = required;
    let below = graph.with_ancestors(from.iter().copied());
    let above = graph.versioned_descendants(&from);
    for index in 0..graph.len() {
        let is_before = below.contains(index) && !from.contains(&index);
        if is_before || !from.is_empty() && !above.contains(index) {
            set.remove(index);
        }
    }
    let order = newest_first(graph, &set, &targets);
    // The lower end may be there only as a dependency, which no line of the range leads to.
    if order.len() == set.iter().count() { Ok(order) } else { Err(no_line()) }
}

/// Returns the label that stands for the lower end's branch: as typed, or the only one that the revision shows whose id
/// was typed.
fn shown_label(graph: &Graph, typed: &str) -> Result<String, TargetError> {
    let named = one(graph, typed)?.map(|index| (index, graph.get(index).id().as_str() == typed));
    match named {
        Some((index, true)) => match graph.shown_labels(index) {
            [only] => Ok(only.clone()),
            labels => Err(TargetError::Ambiguous { asked: typed.to_owned(), fits: labels.to_vec() }),
        },
        Some((_, false)) | None => Ok(typed.to_owned()),
    }
}

/// A lower end that lies further below the heads than the graph goes is counted from the upper end, and stops at the
/// base. Alembic looks the upper end up as a branch of its own name, so that only ids and labels will do.
fn clamped(graph: &Graph, lower: &str, upper: &Target, rows: Option<&[Index]>) -> Result<Option<Index>, TargetError> {
    let too_far = || TargetError::TooFar { asked: lower.to_owned() };
    let typed = Target::from(lower);
    let Relative { label, steps, .. } = typed.relative().ok_or_else(too_far)?;
    let tops = match rows {
        Some(rows) => rows.to_vec(),
        None => one(graph, &format!("{upper}@{upper}"))?.into_iter().collect(),
    };
    let start = start(graph, &tops, lower, label)?;
    let walk = Walk { graph, asked: lower, label: None, clamp: true };
    match walk.from(At::On(start), steps)? {
        Some(At::On(index)) => Ok(Some(index)),
        Some(At::Below | At::Base) | None => Ok(None),
    }
}

/// The argument of a script: `[FROM:]TO`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ScriptRange {
    /// Where it starts, as typed.
    pub(crate) from: Option<String>,
    /// Where it leads to.
    pub(crate) to: Target,
}

impl ScriptRange {
    /// Reads `[FROM:]TO`.
    ///
    /// # Errors
    /// Several colons; an empty end.
    pub(crate) fn parse(text: &Target) -> Result<Self, TargetError> {
        let (from, to) = match text.as_str().split_once(':') {
            Some((from, to)) => (Some(from.to_owned()), to),
            None => (None, text.as_str()),
        };
        if to.contains(':') {
            return Err(TargetError::NotARange { asked: text.to_string() });
        }
        if from.as_deref() == Some("") {
            return Err(TargetError::NoStart { asked: text.to_string() });
        }
        Ok(Self { from, to: Target::from(to) })
    }

    /// Returns the row that the script starts from; none for `base`, and where no start is given.
    ///
    /// # Errors
    /// What a lookup can meet; a start that names no revision and is not `base`.
    pub(crate) fn start(&self, graph: &Graph) -> Result<Option<Index>, TargetError> {
        match self.from.as_deref() {
            None | Some("base") => Ok(None),
            Some(from) => match one(graph, from)? {
                Some(index) => Ok(Some(index)),
                None => Err(TargetError::NoStart { asked: format!("{from}:{}", self.to) }),
            },
        }
    }
}

/// Refuses a range where a command works on the database itself.
///
/// # Errors
/// A text with a colon.
pub(crate) fn no_range(target: &Target) -> Result<(), TargetError> {
    if target.as_str().contains(':') { Err(TargetError::Range { asked: target.to_string() }) } else { Ok(()) }
}

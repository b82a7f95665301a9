//! What absolute arguments mean (ALEMBIC.md §2.2).

use crate::revision::graph::{Graph, Index, Set};
use crate::revision::id::RevisionId;
use crate::revision::target::parse::below_heads;
use crate::revision::target::walk::{At, Walk};
use crate::revision::target::{Target, TargetError};

/// What a symbol stands for before it is looked up.
enum Symbol<'a> {
    /// Revisions: what `head` and `heads` are.
    Known(Vec<Index>),
    /// An id, a label, or the beginning of one.
    Text(&'a str),
}

/// An argument's label, and what it names; none for `base`.
struct Named<'a> {
    label: Option<&'a str>,
    symbol: Option<Symbol<'a>>,
}

/// Returns the revisions that an argument names, for commands that take a list; none for `base`. `-N` is so many
/// revisions below each real head.
///
/// # Errors
/// Names that no revision has, or several; several heads for `head`; walks that leave the graph.
pub(crate) fn revisions(graph: &Graph, target: &Target) -> Result<Vec<Index>, TargetError> {
    points(graph, target.as_str())?
        .into_iter()
        .map(|at| match at {
            At::On(index) => Ok(index),
            At::Below | At::Base => Err(TargetError::TooFar { asked: target.to_string() }),
        })
        .collect()
}

/// Returns the one revision that an argument names; none for `base`.
///
/// # Errors
/// Names that no revision has, or several; several heads.
pub(crate) fn revision(graph: &Graph, target: &Target) -> Result<Option<Index>, TargetError> {
    one(graph, target.as_str())
}

/// Returns the revision that a row of the version table is.
///
/// # Errors
/// A row that the graph does not have.
pub(crate) fn known(graph: &Graph, row: &str) -> Result<Index, TargetError> {
    let found = RevisionId::parse(row).ok().and_then(|id| graph.find(&id));
    found.ok_or_else(|| TargetError::NotFound { asked: row.to_owned(), near: graph.near(row) })
}

/// Returns which of the revisions share a lineage with what an argument names, over all edges where `deep`.
///
/// # Errors
/// Names that no revision has, or several.
pub(crate) fn in_lineage(graph: &Graph, revisions: &[Index], of: &str, deep: bool) -> Result<Vec<Index>, TargetError> {
    let named = named(graph, of)?;
    if revisions.is_empty() {
        return Ok(Vec::new());
    }
    let mut shares: Vec<Index> = named.label.map(|label| plain(graph, label)).transpose()?.into_iter().collect();
    match named.symbol {
        Some(Symbol::Known(heads)) => shares.extend(heads),
        Some(Symbol::Text(text)) => shares.push(plain(graph, text)?),
        None => (),
    }
    if shares.is_empty() {
        return Ok(revisions.to_vec());
    }
    let lineage = graph.lineage(&shares, deep);
    Ok(revisions.iter().copied().filter(|index| lineage.contains(*index)).collect())
}

/// Returns what an argument names as places of the graph: steps below the heads may end under it.
pub(super) fn points(graph: &Graph, text: &str) -> Result<Vec<At>, TargetError> {
    let named = named(graph, text)?;
    match named.symbol {
        None => Ok(Vec::new()),
        Some(Symbol::Known(heads)) => Ok(heads.into_iter().map(At::On).collect()),
        Some(Symbol::Text(symbol)) => {
            let Some(steps) = below_heads(symbol) else {
                return Ok(vec![At::On(look_up(graph, symbol, named.label, text)?)]);
            };
            // The label is compared as it is typed with what the heads show.
            let shows = |head: &Index| {
                text.split_once('@').is_none_or(|(label, _)| graph.shown_labels(*head).iter().any(|it| it == label))
            };
            let walk = Walk { graph, asked: text, label: None, clamp: false };
            graph
                .real_heads()
                .into_iter()
                .filter(shows)
                .map(|head| Ok(walk.from(At::On(head), steps)?.unwrap_or(At::Below)))
                .collect()
        }
    }
}

/// Returns the one revision that a text names; none for `base`.
pub(super) fn one(graph: &Graph, text: &str) -> Result<Option<Index>, TargetError> {
    let named = named(graph, text)?;
    match named.symbol {
        None => {
            named.label.map(|label| branch(graph, label, text)).transpose()?;
            Ok(None)
        }
        Some(Symbol::Known(heads)) if heads.len() > 1 => {
            Err(TargetError::MultipleHeads { asked: text.to_owned(), heads: ids(graph, &heads) })
        }
        Some(Symbol::Known(heads)) => Ok(heads.first().copied()),
        Some(Symbol::Text(symbol)) => look_up(graph, symbol, named.label, text).map(Some),
    }
}

/// Returns the revision that the label of an argument stands for: the one that declares it, else the one with this id, or beginning of
/// an id.
///
/// # Errors
/// No such branch, also where several ids begin so.
pub(crate) fn branch(graph: &Graph, label: &str, asked: &str) -> Result<Index, TargetError> {
    plain(graph, label).map_err(|_| TargetError::NoSuchBranch { asked: asked.to_owned(), near: graph.near(label) })
}

/// Returns the ids of revisions.
pub(crate) fn ids(graph: &Graph, indexes: &[Index]) -> Vec<String> {
    indexes.iter().map(|index| graph.get(*index).id().to_string()).collect()
}

/// Parts `label@symbol` and resolves `head`, `heads`, `base`.
fn named<'a>(graph: &Graph, text: &'a str) -> Result<Named<'a>, TargetError> {
    let (label, symbol) = match text.split_once('@') {
        Some((label, symbol)) => (Some(label).filter(|label| !label.is_empty()), symbol),
        None => (None, text),
    };
    let in_branch = |heads: Vec<Index>| match label {
        Some(label) => in_lineage(graph, &heads, label, false),
        None => Ok(heads),
    };
    let symbol = match symbol {
        "base" => None,
        "head" => {
            let heads = in_branch(graph.heads())?;
            if heads.len() > 1 {
                return Err(TargetError::MultipleHeads { asked: text.to_owned(), heads: ids(graph, &heads) });
            }
            // No revision at all, or none of the label, is the same as `base`.
            if heads.is_empty() { None } else { Some(Symbol::Known(heads)) }
        }
        "heads" if label.is_none() => Some(Symbol::Known(graph.real_heads())),
        "heads" => Some(Symbol::Known(in_branch(graph.heads())?)),
        text => Some(Symbol::Text(text)),
    };
    Ok(Named { label, symbol })
}

/// Finds the revision of an id, a label, or the beginning of one, in the lineage of a label where there is one.
fn look_up(graph: &Graph, symbol: &str, label: Option<&str>, asked: &str) -> Result<Index, TargetError> {
    let Some(label) = label else { return plain(graph, symbol) };
    let lineage = graph.lineage(&[branch(graph, label, asked)?], false);
    let index = find(graph, symbol, Some(&lineage))?;
    if lineage.contains(index) {
        return Ok(index);
    }
    let revision = graph.get(index).id().to_string();
    Err(TargetError::NotInBranch { revision, label: label.to_owned() })
}

fn plain(graph: &Graph, asked: &str) -> Result<Index, TargetError> {
    find(graph, asked, None)
}

/// Finds exactly an id or label, else the only one that begins so. Beginnings find only ids and labels longer than
/// three characters; those outside of `among` do not count.
fn find(graph: &Graph, asked: &str, among: Option<&Set>) -> Result<Index, TargetError> {
    if asked.is_empty() {
        return Err(TargetError::Empty);
    }
    if let Some(index) = graph.find_name(asked) {
        return Ok(index);
    }
    let ids = graph.iter().map(|(index, revision)| (revision.id().as_str(), index));
    let mut fits: Vec<(&str, Index)> = ids
        .chain(graph.labels())
        .filter(|(text, index)| {
            text.starts_with(asked) && text.chars().nth(3).is_some() && among.is_none_or(|among| among.contains(*index))
        })
        .collect();
    fits.sort_unstable();
    match fits.as_slice() {
        [] => Err(TargetError::NotFound { asked: asked.to_owned(), near: graph.near(asked) }),
        [(_, index)] => Ok(*index),
        _ => Err(TargetError::Ambiguous {
            asked: asked.to_owned(),
            fits: fits.iter().map(|(text, _)| (*text).to_owned()).collect(),
        }),
    }
}

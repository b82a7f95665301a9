//! Revision arguments: what was typed ([`Target`]) and what it means in a graph and a state of the version table.

use std::str::FromStr;

use crate::revision::graph::{Graph, Index};
use crate::revision::id::RevisionId;
use crate::revision::rows::Active;

/// A revision argument as typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// `base`: below all revisions.
    Base,
    /// `head`: the only head.
    Head,
    /// `heads`: all heads.
    Heads,
    /// `+N` or `-N`: so many revisions from the rows of the version table.
    Steps(i64),
    /// An id, the beginning of one, or a branch label.
    Symbol(String),
}

impl FromStr for Target {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        let steps = text.strip_prefix(['+', '-']).filter(|digits| !digits.is_empty());
        Ok(match text {
            "" => return Err(TargetError::Empty),
            "base" => Self::Base,
            "head" => Self::Head,
            "heads" => Self::Heads,
            _ if steps.is_some_and(|digits| digits.chars().all(|c| c.is_ascii_digit())) => {
                let number: i64 = text.parse().map_err(|_| TargetError::TooFar { asked: text.to_owned() })?;
                if number == 0 {
                    return Err(TargetError::TooFar { asked: text.to_owned() });
                }
                Self::Steps(number)
            }
            _ => Self::Symbol(text.to_owned()),
        })
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Base => f.write_str("base"),
            Self::Head => f.write_str("head"),
            Self::Heads => f.write_str("heads"),
            Self::Steps(steps) => write!(f, "{steps:+}"),
            Self::Symbol(symbol) => f.write_str(symbol),
        }
    }
}

/// Why an argument means no revision. The variants are the error classes of ALEMBIC.md §2 to §5.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TargetError {
    /// Nothing was typed.
    #[error("the revision argument is empty")]
    Empty,
    /// No id or label is this or begins so.
    #[error("there is no revision `{asked}`")]
    NotFound { asked: String, near: Option<String> },
    /// Several begin so.
    #[error("`{asked}` fits {} revisions: {}", fits.len(), fits.join(", "))]
    Ambiguous { asked: String, fits: Vec<String> },
    /// One is wanted, and there are several heads.
    #[error("there are {} heads: {}", heads.len(), heads.join(", "))]
    MultipleHeads { heads: Vec<String> },
    /// A walk of so many steps leaves the graph.
    #[error("`{asked}` leads past the end of the revisions")]
    TooFar { asked: String },
    /// A walk of steps finds several ways.
    #[error("`{asked}` is ambiguous: from {from} the ways part to {}", ways.join(", "))]
    AmbiguousWalk { asked: String, from: String, ways: Vec<String> },
    /// Steps from several rows.
    #[error("`{asked}` is ambiguous: the database is at {}", rows.join(", "))]
    ManyRows { asked: String, rows: Vec<String> },
    /// The direction is wrong for the command.
    #[error("`{asked}` does not lead {direction}")]
    WrongDirection { asked: String, direction: &'static str },
    /// A downgrade to something that is not below.
    #[error("{asked} is not below the revisions that the database is at")]
    NotBelow { asked: String },
}

/// Finds the revision that a symbol names: exactly an id or label, else the only one that begins so. Beginnings find
/// only ids and labels longer than three characters (ALEMBIC.md §2.2).
///
/// # Errors
/// `NotFound`, `Ambiguous`.
pub(crate) fn symbol(graph: &Graph, asked: &str) -> Result<Index, TargetError> {
    let exact = RevisionId::parse(asked).ok().and_then(|id| graph.find(&id)).or_else(|| graph.find_label(asked));
    if let Some(index) = exact {
        return Ok(index);
    }
    let ids = graph.iter().map(|(index, revision)| (revision.id().as_str(), index));
    let mut fits: Vec<(&str, Index)> =
        ids.chain(graph.labels()).filter(|(text, _)| text.chars().count() > 3 && text.starts_with(asked)).collect();
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

/// Resolves a target to revisions, without regard to a database: none for `base`.
///
/// # Errors
/// `NotFound`, `Ambiguous`, `MultipleHeads`; `Steps` mean nothing here.
pub(crate) fn absolute(graph: &Graph, target: &Target) -> Result<Vec<Index>, TargetError> {
    match target {
        Target::Base => Ok(Vec::new()),
        Target::Heads => Ok(graph.real_heads()),
        Target::Head => {
            let heads = graph.heads();
            if heads.len() > 1 { Err(TargetError::MultipleHeads { heads: ids(graph, heads) }) } else { Ok(heads) }
        }
        Target::Symbol(asked) => symbol(graph, asked).map(|index| vec![index]),
        Target::Steps(_) => Err(TargetError::NotFound { asked: target.to_string(), near: None }),
    }
}

/// Resolves the target of an upgrade.
///
/// # Errors
/// As [`absolute`], and what a walk of steps can meet.
pub(crate) fn upgrade(graph: &Graph, active: &Active, target: &Target) -> Result<Vec<Index>, TargetError> {
    let Target::Steps(steps) = target else { return absolute(graph, target) };
    let asked = target.to_string();
    if *steps < 0 {
        return Err(TargetError::WrongDirection { asked, direction: "up" });
    }
    let rows: Vec<Index> = active.rows().collect();
    if rows.len() > 1 {
        return Err(TargetError::ManyRows { asked, rows: ids(graph, rows) });
    }
    let mut at = rows.first().copied();
    for _ in 0..*steps {
        let ways = at.map_or_else(|| graph.bases(), |index| graph.get(index).children.clone());
        at = match ways.as_slice() {
            [] => return Err(TargetError::TooFar { asked }),
            [only] => Some(*only),
            _ => return Err(ambiguous_walk(graph, asked, at, ways)),
        };
    }
    Ok(at.into_iter().collect())
}

/// Resolves the target of a downgrade: the revision to go down to, none for `base`.
///
/// # Errors
/// As [`absolute`], and what a walk of steps can meet.
pub(crate) fn downgrade(graph: &Graph, active: &Active, target: &Target) -> Result<Option<Index>, TargetError> {
    let Target::Steps(steps) = target else {
        let found = absolute(graph, target)?;
        return match found.as_slice() {
            [] => Ok(None),
            [only] => Ok(Some(*only)),
            _ => Err(TargetError::MultipleHeads { heads: ids(graph, found) }),
        };
    };
    let asked = target.to_string();
    if *steps > 0 {
        return Err(TargetError::WrongDirection { asked, direction: "down" });
    }
    let rows: Vec<Index> = active.rows().collect();
    let mut at = match rows.as_slice() {
        [] => return Err(TargetError::TooFar { asked }),
        [only] => Some(*only),
        _ => return Err(TargetError::ManyRows { asked, rows: ids(graph, rows) }),
    };
    for _ in 0..steps.unsigned_abs() {
        let Some(index) = at else { return Err(TargetError::TooFar { asked }) };
        let ways = &graph.get(index).down;
        at = match ways.as_slice() {
            [] => None,
            [only] => Some(*only),
            _ => return Err(ambiguous_walk(graph, asked, at, ways.clone())),
        };
    }
    Ok(at)
}

fn ambiguous_walk(graph: &Graph, asked: String, from: Option<Index>, ways: Vec<Index>) -> TargetError {
    let from = from.map_or_else(|| "base".to_owned(), |index| graph.get(index).id().to_string());
    TargetError::AmbiguousWalk { asked, from, ways: ids(graph, ways) }
}

fn ids(graph: &Graph, indexes: Vec<Index>) -> Vec<String> {
    indexes.into_iter().map(|index| graph.get(index).id().to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::{Target, TargetError, downgrade, symbol, upgrade};
    use crate::revision::graph::tests::graph;
    use crate::revision::rows::Active;

    #[test]
    fn partial_ids_as_alembic_finds_them() {
        let graph = graph("abc1234; abc1299<-abc1234; abd<-abc1299; ab; abcd<-ab [abc9]").unwrap();
        let find = |asked| symbol(&graph, asked).map(|index| graph.get(index).id().to_string());
        assert_eq!(find("ab").unwrap(), "ab");
        assert_eq!(find("abd").unwrap(), "abd");
        assert_eq!(find("abc123").unwrap(), "abc1234");
        assert_eq!(find("abc9").unwrap(), "abcd");
        for asked in ["abc1", "abc", "a"] {
            assert!(matches!(find(asked), Err(TargetError::Ambiguous { .. })), "{asked}");
        }
        assert!(matches!(find("zzz"), Err(TargetError::NotFound { .. })));
    }

    #[test]
    fn steps() {
        let graph = graph("a; b<-a; c<-b; d1<-c; d2<-c").unwrap();
        let at = |rows: &[&str]| Active::of_rows(&graph, rows.iter().copied()).unwrap();
        let up = |rows: &[&str], steps| upgrade(&graph, &at(rows), &Target::Steps(steps));
        assert_eq!(up(&[], 3), Ok(vec![2]));
        assert_eq!(up(&["a"], 1), Ok(vec![1]));
        assert!(matches!(up(&["a"], 3), Err(TargetError::AmbiguousWalk { .. })));
        assert!(matches!(up(&["d1"], 1), Err(TargetError::TooFar { .. })));
        assert!(matches!(up(&["d1", "d2"], 1), Err(TargetError::ManyRows { .. })));
        assert!(matches!(up(&["a"], -1), Err(TargetError::WrongDirection { .. })));
        let down = |rows: &[&str], steps| downgrade(&graph, &at(rows), &Target::Steps(steps));
        assert_eq!(down(&["c"], -2), Ok(Some(0)));
        assert_eq!(down(&["c"], -3), Ok(None));
        assert!(matches!(down(&["c"], -4), Err(TargetError::TooFar { .. })));
        assert!(matches!(down(&[], -1), Err(TargetError::TooFar { .. })));
        assert!(matches!("+0".parse::<Target>(), Err(TargetError::TooFar { .. })));
        assert_eq!("-2".parse(), Ok(Target::Steps(-2)));
    }
}

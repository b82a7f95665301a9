//! Where in the graph imported revisions go.

use crate::convert::Migration;
use crate::revision::graph::{Graph, Index};
use crate::revision::id::RevisionId;

/// Why there is no place for a revision. Sources are those of the migrations.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PlaceError {
    /// The graph has revisions of its own.
    #[error("the project has revisions already, and nothing says where the imported ones go")]
    Unsaid { heads: Vec<RevisionId> },
    /// The graph went on after the last import.
    #[error("`{source_file}` is new, and {last}, which the last import ended with, has other revisions after it")]
    GoneOn { source_file: String, last: RevisionId, heads: Vec<RevisionId> },
    /// A migration that is older than imported ones.
    #[error("`{source_file}` is new, but comes before `{known}`, which is already revision {revision}")]
    Earlier { source_file: String, known: String, revision: RevisionId },
}

/// The parents that each migration's revision gets. Those that are in the graph keep theirs; the first new one comes
/// after `after`, or after the last known one, and each further one after the one before it.
///
/// # Errors
/// No place that a person has named, where one has to be; see [`PlaceError`].
pub(crate) fn parents(
    graph: &Graph,
    migrations: &[Migration],
    after: Option<&RevisionId>,
) -> Result<Vec<Vec<RevisionId>>, PlaceError> {
    let known: Vec<Option<Index>> = migrations.iter().map(|migration| graph.find(&migration.revision)).collect();
    let new = known.iter().position(Option::is_none).unwrap_or(known.len());
    if let Some(later) = known[new..].iter().position(Option::is_some).map(|at| &migrations[new + at]) {
        return Err(PlaceError::Earlier {
            source_file: migrations[new].source.clone(),
            known: later.source.clone(),
            revision: later.revision.clone(),
        });
    }
    let mut parents: Vec<Vec<RevisionId>> =
        known[..new].iter().flatten().map(|index| graph.get(*index).header.down_revision.clone()).collect();
    if new == known.len() {
        return Ok(parents);
    }
    let heads = || graph.heads().into_iter().map(|index| graph.get(index).id().clone()).collect();
    let last = known[..new].last().copied().flatten().map(|index| graph.get(index));
    let first = match (after, last) {
        (Some(after), _) => Some(after.clone()),
        (None, Some(last)) if last.is_head() => Some(last.id().clone()),
        (None, Some(last)) => {
            let source_file = migrations[new].source.clone();
            return Err(PlaceError::GoneOn { source_file, last: last.id().clone(), heads: heads() });
        }
        (None, None) if graph.len() == 0 => None,
        (None, None) => return Err(PlaceError::Unsaid { heads: heads() }),
    };
    parents.push(first.into_iter().collect());
    parents.extend(migrations[new..].iter().take(known.len() - new - 1).map(|before| vec![before.revision.clone()]));
    Ok(parents)
}

#[cfg(test)]
mod tests {
    use super::{PlaceError, parents};
    use crate::convert::Migration;
    use crate::convert::section::Section;
    use crate::revision::graph::tests::graph;
    use crate::revision::id::RevisionId;

    fn id(text: &str) -> RevisionId {
        RevisionId::parse(text).unwrap()
    }

    fn check(notation: &str, imported: &str, after: Option<&str>) -> Result<String, PlaceError> {
        let section = || Section { text: String::new(), transaction: true };
        let migrations: Vec<_> = imported
            .split_whitespace()
            .map(|name| Migration {
                revision: id(name),
                title: name.to_owned(),
                source: format!("{name}.up.sql"),
                written: None,
                up: section(),
                down: None,
            })
            .collect();
        let after = after.map(id);
        let parents = parents(&graph(notation).unwrap(), &migrations, after.as_ref())?;
        assert_eq!(parents.len(), migrations.len());
        let shown = migrations.iter().zip(parents).map(|(migration, parents)| {
            let parents: Vec<_> = parents.iter().map(RevisionId::as_str).collect();
            format!("{}<{}", migration.revision, parents.join(","))
        });
        Ok(shown.collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn places() {
        for (notation, imported, after, expected) in [
            ("", "x y z", None, "x< y<x z<y"),
            ("a", "x y", Some("a"), "x<a y<x"),
            ("x; y<-x", "x y", None, "x< y<x"),
            ("x; y<-x", "x y", Some("y"), "x< y<x"),
            ("x; y<-x", "x y z w", None, "x< y<x z<y w<z"),
            ("x; y<-x; a<-y", "x y z", Some("a"), "x< y<x z<a"),
            ("x; y<-x; a<-y; z<-a", "x y z w", None, "x< y<x z<a w<z"),
        ] {
            assert_eq!(check(notation, imported, after).as_deref(), Ok(expected), "{notation}");
        }
    }

    #[test]
    fn no_place() {
        assert_eq!(check("a", "x", None), Err(PlaceError::Unsaid { heads: vec![id("a")] }));
        assert!(matches!(check("x; a<-x", "x y", None), Err(PlaceError::GoneOn { last, .. }) if last == id("x")));
        assert!(
            matches!(check("x; z<-x", "x y z", None), Err(PlaceError::Earlier { revision, .. }) if revision == id("z"))
        );
    }
}

//! The revision graph (ALEMBIC.md §1): who comes after whom, heads and bases, what is active.
//!
//! Revisions are numbered in load order. "Versioned" edges are those of `down_revision`; "all" edges have those of
//! `depends_on` as well.

mod edges;
mod labels;

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::revision::id::RevisionId;
use crate::revision::script::Header;

/// The number of a revision in load order.
pub(crate) type Index = usize;

/// One revision of the graph.
#[derive(Clone, Debug)]
pub(crate) struct Revision {
    /// What its file's header says.
    pub(crate) header: Header,
    /// Its file, as a person would type it.
    pub(crate) path: String,
    /// Its parents over versioned edges.
    pub(crate) down: Vec<Index>,
    /// What it depends on.
    pub(crate) depends_on: Vec<Index>,
    /// Its children over versioned edges, in load order.
    pub(crate) children: Vec<Index>,
    /// The revisions that depend on it, in load order.
    pub(crate) dependents: Vec<Index>,
    /// Its dependencies without those that an ancestor over versioned edges lists as well (ALEMBIC.md §1, "normalized").
    normalized: Vec<Index>,
}

impl Revision {
    /// Returns the revision's id.
    pub(crate) fn id(&self) -> &RevisionId {
        &self.header.revision
    }

    /// Returns the revisions that must be active before this one: parents, then dependencies, as written.
    pub(crate) fn needs(&self) -> impl Iterator<Item = Index> + '_ {
        self.down.iter().chain(self.depends_on.iter().filter(|index| !self.down.contains(index))).copied()
    }

    /// Returns parents and dependencies, as written, without the dependencies that an ancestor has already: the edges
    /// along which steps are ordered. They reach the same revisions as [`Self::needs`].
    pub(crate) fn needs_normalized(&self) -> impl Iterator<Item = Index> + '_ {
        self.down.iter().chain(self.normalized.iter().filter(|index| !self.down.contains(index))).copied()
    }

    /// Returns the revisions that refer to this one over all edges.
    pub(crate) fn referrers(&self) -> impl Iterator<Item = Index> + '_ {
        self.children.iter().chain(self.dependents.iter().filter(|index| !self.children.contains(index))).copied()
    }

    /// A head has no child over versioned edges; a revision that others merely depend on is one.
    pub(crate) fn is_head(&self) -> bool {
        self.children.is_empty()
    }

    /// A branch point has several children.
    pub(crate) fn is_branch_point(&self) -> bool {
        self.children.len() > 1
    }

    /// A merge point has several parents.
    pub(crate) fn is_merge_point(&self) -> bool {
        self.down.len() > 1
    }
}

/// The revision graph: without cycle, every parent known, ids and labels unique.
#[derive(Clone, Debug, Default)]
pub(crate) struct Graph {
    revisions: Vec<Revision>,
    by_id: HashMap<RevisionId, Index>,
    by_label: HashMap<String, Index>,
    shown_labels: OnceLock<Vec<Vec<String>>>,
}

/// Why files make no graph.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum GraphError {
    /// Two files have the same id.
    #[error("the revision {id} stands in two files")]
    Duplicate { id: RevisionId, paths: [String; 2] },
    /// A parent that no file has.
    #[error("{path} names the down_revision {parent}, which no file has")]
    MissingParent { path: String, parent: RevisionId, near: Option<String> },
    /// A dependency that no file has.
    #[error("{path} depends on `{on}`, which is no revision and no branch label")]
    MissingDependency { path: String, on: String, near: Option<String> },
    /// A label twice, or one that is an id.
    #[error("the branch label `{label}` of {path} is already used by {other}")]
    DuplicateLabel { label: String, path: String, other: String },
    /// A cycle over all edges. The revisions that take part, with their files.
    #[error("{}", cycle(ids))]
    Cycle { ids: Vec<String>, paths: Vec<String> },
}

impl GraphError {
    /// Returns the files that take part, each with the keys of its header that may be what is wrong.
    pub(crate) fn involved(&self) -> Vec<(&str, &'static [&'static str])> {
        match self {
            Self::Duplicate { paths, .. } => {
                paths.iter().map(|path| (path.as_str(), ["revision"].as_slice())).collect()
            }
            Self::MissingParent { path, .. } => vec![(path, &["down_revision"])],
            Self::MissingDependency { path, .. } => vec![(path, &["depends_on"])],
            Self::DuplicateLabel { path, other, .. } => {
                vec![(path, &["branch_labels"]), (other, &["branch_labels", "revision"])]
            }
            Self::Cycle { paths, .. } => {
                paths.iter().map(|path| (path.as_str(), ["down_revision", "depends_on"].as_slice())).collect()
            }
        }
    }
}

impl Graph {
    /// Links revisions, given in load order with their files.
    ///
    /// # Errors
    /// Ids or labels that stand twice, parents and dependencies that no file has, cycles.
    pub(crate) fn build(files: Vec<(Header, String)>) -> Result<Self, GraphError> {
        let mut graph = Self::default();
        for (header, path) in files {
            let index = graph.revisions.len();
            if let Some(first) = graph.by_id.insert(header.revision.clone(), index) {
                let paths = [graph.revisions[first].path.clone(), path];
                return Err(GraphError::Duplicate { id: header.revision, paths });
            }
            graph.revisions.push(Revision {
                header,
                path,
                down: Vec::new(),
                depends_on: Vec::new(),
                children: Vec::new(),
                dependents: Vec::new(),
                normalized: Vec::new(),
            });
        }
        graph.label()?;
        graph.link()?;
        let order = graph.refuse_cycles()?;
        graph.normalize(&order);
        Ok(graph)
    }

    fn label(&mut self) -> Result<(), GraphError> {
        for (index, revision) in self.revisions.iter().enumerate() {
            for label in &revision.header.branch_labels {
                let same_id = self.by_id.get(label.as_str()).copied();
                if let Some(other) = same_id.or_else(|| self.by_label.insert(label.clone(), index)) {
                    return Err(GraphError::DuplicateLabel {
                        label: label.clone(),
                        path: revision.path.clone(),
                        other: self.revisions[other].path.clone(),
                    });
                }
            }
        }
        Ok(())
    }

    fn link(&mut self) -> Result<(), GraphError> {
        for index in 0..self.revisions.len() {
            let Revision { header, path, .. } = &self.revisions[index];
            let mut down: Vec<Index> = Vec::with_capacity(header.down_revision.len());
            for parent in &header.down_revision {
                let Some(found) = self.by_id.get(parent) else {
                    let near = self.near(parent.as_str()).filter(|near| near != header.revision.as_str());
                    return Err(GraphError::MissingParent { path: path.clone(), parent: parent.clone(), near });
                };
                if !down.contains(found) {
                    down.push(*found);
                }
            }
            let mut depends_on: Vec<Index> = Vec::with_capacity(header.depends_on.len());
            for on in &header.depends_on {
                let Some(found) = self.by_id.get(on.as_str()).or_else(|| self.by_label.get(on)) else {
                    return Err(GraphError::MissingDependency {
                        path: path.clone(),
                        on: on.clone(),
                        near: self.near(on).filter(|near| near != header.revision.as_str()),
                    });
                };
                if !depends_on.contains(found) {
                    depends_on.push(*found);
                }
            }
            for parent in &down {
                self.revisions[*parent].children.push(index);
            }
            for dependency in &depends_on {
                self.revisions[*dependency].dependents.push(index);
            }
            self.revisions[index].down = down;
            self.revisions[index].depends_on = depends_on;
        }
        Ok(())
    }

    /// Takes away, again and again, the revisions that need none that is left; a rest that does not go is a cycle.
    /// Returns the order in which they went: needs first.
    fn refuse_cycles(&self) -> Result<Vec<Index>, GraphError> {
        let mut needs: Vec<usize> = self.revisions.iter().map(|revision| revision.needs().count()).collect();
        let mut ready: Vec<Index> = (0..needs.len()).filter(|index| needs[*index] == 0).collect();
        let mut gone = Vec::with_capacity(needs.len());
        while let Some(index) = ready.pop() {
            gone.push(index);
            for referrer in self.revisions[index].referrers() {
                needs[referrer] -= 1;
                if needs[referrer] == 0 {
                    ready.push(referrer);
                }
            }
        }
        if gone.len() == self.revisions.len() {
            return Ok(gone);
        }
        // What merely comes after a cycle is no part of it: walk down from any that is left until one comes again.
        let left = |index: &Index| needs[*index] > 0;
        let mut walk: Vec<Index> = (0..needs.len()).find(left).into_iter().collect();
        let mut seen: HashMap<Index, usize> = walk.iter().map(|first| (*first, 0)).collect();
        while let Some(next) = walk.last().and_then(|last| self.revisions[*last].needs().find(left)) {
            if let Some(first) = seen.insert(next, walk.len()) {
                walk.drain(..first);
                break;
            }
            walk.push(next);
        }
        walk.sort_unstable();
        Err(GraphError::Cycle {
            ids: walk.iter().map(|index| self.revisions[*index].id().to_string()).collect(),
            paths: walk.iter().map(|index| self.revisions[*index].path.clone()).collect(),
        })
    }

    /// Returns the revision with this number.
    pub(crate) fn get(&self, index: Index) -> &Revision {
        &self.revisions[index]
    }

    /// Returns how many revisions there are.
    pub(crate) fn len(&self) -> usize {
        self.revisions.len()
    }

    /// Returns the number of the revision with exactly this id.
    pub(crate) fn find(&self, id: &RevisionId) -> Option<Index> {
        self.by_id.get(id).copied()
    }

    /// Returns the number of the revision with exactly this id or branch label, which share one table.
    pub(crate) fn find_name(&self, name: &str) -> Option<Index> {
        self.by_id.get(name).or_else(|| self.by_label.get(name)).copied()
    }

    /// Returns all revisions with their numbers, in load order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Index, &Revision)> {
        self.revisions.iter().enumerate()
    }

    /// Returns all declared branch labels with the revisions that declare them.
    pub(crate) fn labels(&self) -> impl Iterator<Item = (&str, Index)> {
        self.by_label.iter().map(|(label, index)| (label.as_str(), *index))
    }

    /// Returns the heads over versioned edges, in load order.
    pub(crate) fn heads(&self) -> Vec<Index> {
        self.iter().filter(|(_, revision)| revision.is_head()).map(|(index, _)| index).collect()
    }

    /// Returns the revisions to which nothing refers over all edges, in load order: what `heads` means as a target.
    pub(crate) fn real_heads(&self) -> Vec<Index> {
        let real = |revision: &Revision| revision.is_head() && revision.dependents.is_empty();
        self.iter().filter(|(_, revision)| real(revision)).map(|(index, _)| index).collect()
    }

    /// Returns the revisions without parent, in load order.
    pub(crate) fn bases(&self) -> Vec<Index> {
        self.iter().filter(|(_, revision)| revision.down.is_empty()).map(|(index, _)| index).collect()
    }

    /// Returns these revisions and all that they need, directly or not, over all edges.
    pub(crate) fn with_ancestors(&self, from: impl IntoIterator<Item = Index>) -> Set {
        self.reach(from, |revision| revision.needs().collect())
    }

    /// Returns these revisions and all that refer to them, directly or not, over all edges.
    pub(crate) fn with_descendants(&self, from: impl IntoIterator<Item = Index>) -> Set {
        self.reach(from, |revision| revision.referrers().collect())
    }

    fn reach(&self, from: impl IntoIterator<Item = Index>, next: impl Fn(&Revision) -> Vec<Index>) -> Set {
        let mut set = Set::none(self.len());
        let mut open: Vec<Index> = from.into_iter().collect();
        while let Some(index) = open.pop() {
            if set.insert(index) {
                open.extend(next(&self.revisions[index]));
            }
        }
        set
    }

    /// Returns the known id or label nearest to this one.
    pub(crate) fn near(&self, text: &str) -> Option<String> {
        let ids = self.revisions.iter().map(|revision| revision.id().as_str());
        let labels =
            self.revisions.iter().flat_map(|revision| revision.header.branch_labels.iter().map(String::as_str));
        let known = ids.chain(labels);
        crate::text::nearest::nearest(text, known).map(str::to_owned)
    }
}

fn cycle(ids: &[String]) -> String {
    match ids {
        [id] => format!("the revision {id} comes after itself"),
        ids => format!("the revisions {} form a cycle", ids.join(", ")),
    }
}

/// A set of revisions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Set(Vec<bool>);

impl Set {
    /// Returns the empty set for a graph of this many revisions.
    pub(crate) fn none(len: usize) -> Self {
        Self(vec![false; len])
    }

    /// Adds a revision; returns whether it is new.
    pub(crate) fn insert(&mut self, index: Index) -> bool {
        !std::mem::replace(&mut self.0[index], true)
    }

    /// Takes a revision away.
    pub(crate) fn remove(&mut self, index: Index) {
        self.0[index] = false;
    }

    /// Returns whether a revision is in the set.
    pub(crate) fn contains(&self, index: Index) -> bool {
        self.0[index]
    }

    /// Returns the members in load order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Index> + '_ {
        self.0.iter().enumerate().filter(|(_, is)| **is).map(|(index, _)| index)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::{Strategy, any};

    use super::{Graph, GraphError};
    use crate::revision::id::RevisionId;
    use crate::revision::script::Header;

    /// Builds a graph from a notation: `a; b<-a; m<-b1,b2; y2<-y1 {x1}; c<-b [label]`, in load order.
    pub(crate) fn graph(notation: &str) -> Result<Graph, GraphError> {
        let list = |text: &str, open: char, close: char| -> Vec<String> {
            text.split_once(open)
                .and_then(|(_, rest)| rest.split_once(close))
                .map(|(list, _)| list.split(',').map(|item| item.trim().to_owned()).collect())
                .unwrap_or_default()
        };
        let files = notation.split(';').filter(|node| !node.trim().is_empty()).map(|node| {
            let edges = node.split(['{', '[']).next().unwrap_or_default();
            let (revision, down) = edges.split_once("<-").unwrap_or((edges, ""));
            let down = down.split(',').filter(|id| !id.trim().is_empty());
            let header = Header {
                revision: RevisionId::parse(revision).unwrap(),
                down_revision: down.map(|id| RevisionId::parse(id).unwrap()).collect(),
                branch_labels: list(node, '[', ']'),
                depends_on: list(node, '{', '}'),
                create_date: None,
                message: String::new(),
            };
            (header, format!("{}.sql", revision.trim()))
        });
        Graph::build(files.collect())
    }

    /// Random graphs: each revision has up to two parents and a dependency among those before it.
    pub(crate) fn graphs(most: usize) -> impl Strategy<Value = String> {
        proptest::collection::vec((any::<[u8; 3]>(), 0..4_usize), 1..most).prop_map(|nodes| {
            let nodes: Vec<String> = nodes
                .iter()
                .enumerate()
                .map(|(at, (picks, kind))| {
                    let pick = |which: usize| format!("r{}", usize::from(picks[which]) % at.max(1));
                    match (at, kind) {
                        (0, _) | (_, 0) => format!("r{at}"),
                        (_, 1) => format!("r{at} <- {}", pick(0)),
                        (_, 2) => format!("r{at} <- {},{}", pick(0), pick(1)),
                        _ => format!("r{at} <- {} {{{}}}", pick(0), pick(2)),
                    }
                })
                .collect();
            nodes.join("; ")
        })
    }

    fn names(graph: &Graph, indexes: impl IntoIterator<Item = usize>) -> String {
        let ids: Vec<&str> = indexes.into_iter().map(|index| graph.get(index).id().as_str()).collect();
        ids.join(" ")
    }

    #[test]
    fn heads_and_bases() {
        let graph = graph("x1; y1 {x1}; y2<-y1; z<-y1").unwrap();
        assert_eq!(names(&graph, graph.heads()), "x1 y2 z");
        assert_eq!(names(&graph, graph.real_heads()), "y2 z");
        assert_eq!(names(&graph, graph.bases()), "x1 y1");
        assert_eq!(names(&graph, graph.with_ancestors(graph.heads()).iter()), "x1 y1 y2 z");
    }

    #[test]
    fn what_is_no_graph() {
        let error = |notation| graph(notation).map(|_| ()).unwrap_err();
        assert!(matches!(error("a; a"), GraphError::Duplicate { .. }));
        assert!(
            matches!(error("abcd; b<-abcde"), GraphError::MissingParent { near: Some(near), .. } if near == "abcd")
        );
        assert!(matches!(error("a; b {x}"), GraphError::MissingDependency { .. }));
        assert!(matches!(error("a [l]; b [l]"), GraphError::DuplicateLabel { .. }));
        assert!(matches!(error("a; b [a]"), GraphError::DuplicateLabel { .. }));
        assert!(matches!(error("a<-a"), GraphError::Cycle { .. }));
        let GraphError::Cycle { ids, .. } = error("a; b<-a,c; c<-b; d<-c") else { panic!("no cycle") };
        assert_eq!(ids, ["b", "c"]);
        assert!(matches!(error("a {b}; b<-a"), GraphError::Cycle { .. }));
    }
}

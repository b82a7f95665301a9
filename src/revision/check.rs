//! What a graph should be before it is merged: one head, file names in order, nothing changed that others have applied.

use std::collections::BTreeMap;

use crate::revision::graph::{Graph, Index};
use crate::revision::id::RevisionId;
use crate::revision::script::{Down, Header, parse_header, parse_sections};

/// Something that the check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// Its rule.
    pub(crate) rule: &'static str,
    /// The file that it stands in, as a person would type it.
    pub(crate) file: String,
    /// The key of the header that it is about.
    pub(crate) key: &'static str,
    /// One sentence in lower case, without full stop.
    pub(crate) message: String,
    /// What to do.
    pub(crate) help: String,
}

/// Finds heads beside each other. Several are fine where each is of a branch with a label of its own.
pub(crate) fn heads(graph: &Graph) -> Vec<Finding> {
    let heads = graph.heads();
    let mut of_label: BTreeMap<Option<&str>, Vec<Index>> = BTreeMap::new();
    for head in &heads {
        let label = graph.shown_labels(*head).first().map(String::as_str);
        of_label.entry(label).or_default().push(*head);
    }
    let alone = |label: &Option<&str>, found: &[Index]| found.len() == 1 && (label.is_some() || heads.len() == 1);
    of_label
        .iter()
        .filter(|(label, found)| !alone(label, found))
        .map(|(label, found)| {
            let ids: Vec<&str> = found.iter().map(|index| graph.get(*index).id().as_str()).collect();
            let branch = label.map(|label| format!("the branch `{label}` has ")).unwrap_or_default();
            let (message, help) = match ids.as_slice() {
                [only] => (
                    format!("{only} is a head without a branch label, beside others"),
                    "join them: `pgkeel merge heads`, or label the branch: `branch_labels:`".to_owned(),
                ),
                several => (
                    format!("{branch}{} heads: {}", several.len(), several.join(", ")),
                    format!("join them: `pgkeel merge {}`", several.join(" ")),
                ),
            };
            let file = found.last().map(|index| graph.get(*index).path.clone()).unwrap_or_default();
            Finding { rule: "heads", file, key: "down_revision", message, help }
        })
        .collect()
}

/// Finds files whose name sorts before that of a parent in the same directory.
pub(crate) fn file_names(graph: &Graph) -> Vec<Finding> {
    let parted = |path: &str| {
        path.rsplit_once('/')
            .map_or((String::new(), path.to_owned()), |(directory, name)| (directory.to_owned(), name.to_owned()))
    };
    let mut found = Vec::new();
    for (_, revision) in graph.iter() {
        let (directory, name) = parted(&revision.path);
        for parent in &revision.down {
            let (parents_directory, parents_name) = parted(&graph.get(*parent).path);
            if directory == parents_directory && name.as_bytes() < parents_name.as_bytes() {
                found.push(Finding {
                    rule: "file_order",
                    file: revision.path.clone(),
                    key: "down_revision",
                    message: format!("{name} sorts before {parents_name}, which it comes after"),
                    help: "rename the file, so that a listing shows the order; the header decides, not the name"
                        .to_owned(),
                });
            }
        }
    }
    found
}

/// Finds revisions that were changed or deleted: `former` are the files as they were, with their paths.
pub(crate) fn changed(
    graph: &Graph,
    former: &[(String, String)],
    now: &dyn Fn(Index) -> Option<String>,
) -> Vec<Finding> {
    let mut found = Vec::new();
    for (path, text) in former {
        let Ok(header) = parse_header(text) else { continue };
        let finding =
            |rule, file: &str, key, message, help: String| Finding { rule, file: file.to_owned(), key, message, help };
        let id = &header.revision;
        let Some(index) = graph.find(id) else {
            let message = format!("the revision {id} was deleted, and others may have applied it");
            let help = format!("bring {path} back; what it did is undone by a new revision");
            found.push(finding("deleted", path, "revision", message, help));
            continue;
        };
        let revision = graph.get(index);
        let edges = |header: &Header| -> (Vec<RevisionId>, Vec<String>, Vec<String>) {
            (header.down_revision.clone(), header.branch_labels.clone(), header.depends_on.clone())
        };
        if edges(&header) != edges(&revision.header) {
            let message = format!("the place of {id} in the graph was changed, and others may have applied it");
            let help = "bring `down_revision`, `branch_labels` and `depends_on` back to what they were".to_owned();
            found.push(finding("edited", &revision.path, "down_revision", message, help));
        } else if now(index).is_none_or(|now| sections(&now) != sections(text)) {
            let message = format!("the statements of {id} were edited, and others may have applied it");
            let help = "bring the file back and write a new revision for the change".to_owned();
            found.push(finding("edited", &revision.path, "revision", message, help));
        }
    }
    found
}

/// A section's text, line ends and white space around it apart, and whether it runs in a transaction.
type Runs = (String, bool);

/// What of a file runs.
fn sections(text: &str) -> Option<(Runs, Option<Runs>)> {
    let sections = parse_sections(text).ok()?;
    let body = |range: &std::ops::Range<usize>| text[range.clone()].replace("\r\n", "\n").trim().to_owned();
    let down = match &sections.down {
        Down::Section(section) => Some((body(&section.body), section.transaction)),
        Down::Missing | Down::Irreversible => None,
    };
    Some(((body(&sections.up.body), sections.up.transaction), down))
}

#[cfg(test)]
mod tests {
    use super::{changed, file_names, heads};
    use crate::revision::graph::tests::graph;

    fn messages(found: Vec<super::Finding>) -> Vec<String> {
        found.into_iter().map(|finding| format!("{}: {}", finding.rule, finding.message)).collect()
    }

    #[test]
    fn one_head_or_labelled_ones() {
        let of = |notation: &str| messages(heads(&graph(notation).unwrap()));
        assert!(of("a; b<-a").is_empty());
        assert!(of("a [x]; b [y]").is_empty());
        assert_eq!(of("a; b<-a; c<-a"), ["heads: 2 heads: b, c"]);
        assert_eq!(of("a; b<-a; c<-a [x]"), ["heads: b is a head without a branch label, beside others"]);
        assert_eq!(of("a [x]; b<-a; c<-a"), ["heads: the branch `x` has 2 heads: b, c"]);
    }

    #[test]
    fn names_follow_the_order() {
        assert!(file_names(&graph("a; b<-a").unwrap()).is_empty());
        assert_eq!(
            messages(file_names(&graph("a<-b; b").unwrap())),
            ["file_order: a.sql sorts before b.sql, which it comes after"]
        );
    }

    #[test]
    fn what_others_have_applied_stays() {
        let graph = graph("a; b<-a").unwrap();
        let file = |id: &str, down: &str, up: &str| {
            let down = if down.is_empty() { String::new() } else { format!("-- down_revision: {down}\n") };
            format!("-- revision: {id}\n{down}\n-- migrate:up\n{up}\n")
        };
        let now =
            |index: usize| Some(if index == 0 { file("a", "", "SELECT 1;") } else { file("b", "a", "SELECT 2;") });
        let was = |id: &str, down: &str, up: &str| vec![(format!("{id}.sql"), file(id, down, up))];
        assert!(changed(&graph, &was("a", "", "\r\nSELECT 1;\r\n"), &now).is_empty());
        let rules = |former: Vec<(String, String)>| {
            changed(&graph, &former, &now).into_iter().map(|it| it.rule).collect::<Vec<_>>()
        };
        assert_eq!(rules(was("a", "", "SELECT 3;")), ["edited"]);
        assert_eq!(rules(was("b", "", "SELECT 2;")), ["edited"]);
        assert_eq!(rules(was("c", "b", "SELECT 2;")), ["deleted"]);
    }
}

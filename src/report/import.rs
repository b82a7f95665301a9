//! What an import comes to.

use serde_json::{Value, json};

use crate::report::Reporter;
use crate::report::human::{ID, count};
use crate::report::json::revision;
use crate::revision::graph::{Graph, Index};
use crate::revision::id::RevisionId;

/// The answer of `import`.
#[derive(Debug)]
pub(crate) struct Imported {
    /// The graph with the imported revisions.
    pub(crate) graph: Graph,
    /// The revisions that are new, in the order of application, each with the file it comes from.
    pub(crate) new: Vec<(RevisionId, String)>,
    /// How many were there already.
    pub(crate) known: usize,
    /// What a person should know.
    pub(crate) warnings: Vec<String>,
    /// Whether nothing was to be written.
    pub(crate) dry_run: bool,
}

impl Imported {
    /// Writes the answer.
    pub(crate) fn show(&self, report: &mut Reporter) {
        for warning in &self.warnings {
            report.warn(warning);
        }
        let new: Vec<(Index, &str)> = self
            .new
            .iter()
            .filter_map(|(id, source)| self.graph.find(id).map(|index| (index, source.as_str())))
            .collect();
        let verb = if self.dry_run { "would import" } else { "imported" };
        for (index, source) in &new {
            let header = &self.graph.get(*index).header;
            report.answer(&format!("{verb} {ID}{}{ID:#} {} <- {source}", header.revision, header.title()));
        }
        if new.is_empty() {
            let are = if self.known == 1 { "is" } else { "are" };
            report.answer(&format!("nothing to import: {} {are} there already", count(self.known, "revision")));
        }
        let revisions: Vec<Value> = new.iter().map(|(index, _)| revision(&self.graph, *index, None)).collect();
        report.document(json!({"revisions": revisions, "known": self.known, "dry_run": self.dry_run}));
    }
}

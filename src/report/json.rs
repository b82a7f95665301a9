//! The JSON documents of DESIGN §7. Fields are added, never renamed.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::execute::StepDone;
use crate::plan::{Plan, Step};
use crate::report::diagnostic::Diagnostic;
use crate::revision::graph::{Graph, Index, Revision};
use crate::revision::id::RevisionId;
use crate::revision::rows::{Move, RowsAfter};
use crate::text::span::line_and_column;

/// The `error` of a document.
pub(crate) fn error(diagnostic: &Diagnostic) -> Value {
    let place = diagnostic.place.as_ref();
    let line_column =
        place.filter(|place| !place.source.is_empty()).map(|place| line_and_column(&place.source, place.span.start));
    let server = diagnostic.server.as_ref();
    json!({
        "code": diagnostic.code,
        "message": diagnostic.message,
        "help": diagnostic.help.join("\n"),
        "file": place.map(|place| &place.file),
        "line": line_column.map(|(line, _)| line),
        "column": line_column.map(|(_, column)| column),
        "sqlstate": server.and_then(|server| server.sqlstate.as_ref()),
        "causes": diagnostic.causes,
        "notes": diagnostic.notes,
        "detail": server.and_then(|server| server.detail.as_ref()),
        "hint": server.and_then(|server| server.hint.as_ref()),
    })
}

/// A revision, as `history`, `heads`, `current` and `show` have it: with the branch labels that it shows, which its
/// ancestors and descendants may declare.
pub(crate) fn revision(graph: &Graph, index: Index, is_current: Option<bool>) -> Value {
    wire(graph, index, graph.shown_labels(index), is_current)
}

/// A revision that was written, as its file has it.
pub(crate) fn written(graph: &Graph, index: Index) -> Value {
    wire(graph, index, &graph.get(index).header.branch_labels, None)
}

fn wire(graph: &Graph, index: Index, labels: &[String], is_current: Option<bool>) -> Value {
    let revision = graph.get(index);
    json!({
        "revision": revision.id().as_str(),
        "down_revision": ids(&revision.header.down_revision),
        "branch_labels": labels,
        "depends_on": revision.header.depends_on,
        "children": children(graph, revision),
        "message": revision.header.message,
        "path": revision.path,
        "create_date": revision.header.create_date,
        "is_head": revision.is_head(),
        "is_effective_head": revision.is_head() && !revision.dependents.is_empty(),
        "is_branch_point": revision.is_branch_point(),
        "is_merge_point": revision.is_merge_point(),
        "is_current": is_current,
    })
}

/// The document of `upgrade`, `downgrade`, `stamp` and `up`: what has been done.
pub(crate) fn steps_done(rows_before: &[String], done: &[StepDone]) -> Value {
    let mut rows = Rows::new(rows_before);
    let steps: Vec<Value> = done
        .iter()
        .map(|step| {
            json!({
                "op": step.op.name(),
                "revision": step.revision,
                "rows_after": rows.after(&step.rows_after),
                "duration_ms": (step.duration.as_secs_f64() * 1e6).round() / 1e3,
            })
        })
        .collect();
    json!({"rows_before": sorted(rows_before.to_vec()), "rows_after": rows.now(), "steps": steps})
}

/// The same document for `--dry-run`: what would be done.
pub(crate) fn steps_planned(plan: &Plan) -> Value {
    let mut rows = Rows::new(&plan.rows_before);
    let steps: Vec<Value> = plan.steps.iter().map(|one| step(one, &mut rows)).collect();
    json!({"rows_before": sorted(plan.rows_before.clone()), "rows_after": rows.now(), "steps": steps, "dry_run": true})
}

/// The rows while steps are gone through, so that those after each one need not be worked out from the beginning.
struct Rows(BTreeSet<String>);

impl Rows {
    fn new(before: &[String]) -> Self {
        Self(before.iter().cloned().collect())
    }

    fn after(&mut self, step: &RowsAfter) -> Vec<String> {
        if let Some(Move { remove, add }) = step.last_move() {
            for gone in remove {
                self.0.remove(gone.as_str());
            }
            self.0.extend(add.iter().map(ToString::to_string));
        }
        self.now()
    }

    fn now(&self) -> Vec<String> {
        self.0.iter().cloned().collect()
    }
}

fn step(step: &Step, rows: &mut Rows) -> Value {
    json!({
        "op": step.op.name(),
        "revision": step.name(),
        "rows_after": rows.after(&step.rows_after),
        "duration_ms": null,
        "path": step.path,
        "transaction": step.section.as_ref().map(|section| section.transaction),
        "statements": step.section.as_ref().map(|section| section.statements.len()),
    })
}

fn ids(ids: &[RevisionId]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}

fn sorted(mut rows: Vec<String>) -> Vec<String> {
    rows.sort();
    rows
}

fn children(graph: &Graph, revision: &Revision) -> Vec<String> {
    revision.children.iter().map(|child| graph.get(*child).id().to_string()).collect()
}

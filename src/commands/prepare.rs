//! Bare steps → a plan: the files are read and checked before anything runs.

use crate::commands::{Context, Failure};
use crate::plan::section::{Prepared, enum_clash, prepare};
use crate::plan::steps::Bare;
use crate::plan::{Op, Plan, Step};
use crate::report::diagnostic::{Diagnostic, Exit, Place};
use crate::report::explain::section::{enum_clash as explain_clash, explain};
use crate::revision::graph::{Graph, Index};
use crate::revision::script::Down;
use crate::settings::LedgerMode;
use crate::workspace::Workspace;

/// Reads the sections of all steps for a server of this major version and refuses what would break half-way.
///
/// # Errors
/// Files that cannot be read, sections that cannot run, a way back that is missing.
pub(crate) fn plan(
    cx: &mut Context,
    graph: &Graph,
    major: u32,
    rows_before: &[String],
    bare: Vec<Bare>,
    single_transaction: bool,
) -> Result<Plan, Failure> {
    let workspace = cx.workspace();
    let mut steps = Vec::with_capacity(bare.len());
    for step in bare {
        steps.push(ready(cx, graph, major, &workspace, step)?);
    }
    if single_transaction {
        fits_one_transaction(&steps)?;
    }
    Ok(Plan { rows_before: rows_before.to_vec(), steps })
}

fn ready(cx: &mut Context, graph: &Graph, major: u32, workspace: &Workspace, bare: Bare) -> Result<Step, Failure> {
    let (title, path, revision) = match bare.index {
        Some(index) => {
            let revision = graph.get(index);
            (revision.header.title().to_owned(), revision.path.clone(), Some(revision.id().clone()))
        }
        None => (String::new(), String::new(), None),
    };
    let section = match (bare.op, bare.index) {
        (Op::Upgrade | Op::Downgrade, Some(index)) => Some(section(cx, graph, major, workspace, bare.op, index)?),
        (Op::Stamp, _) | (_, None) => None,
    };
    Ok(Step { op: bare.op, revision, title, path, rows: bare.rows, rows_after: bare.rows_after, section })
}

fn section(
    cx: &mut Context,
    graph: &Graph,
    major: u32,
    workspace: &Workspace,
    op: Op,
    index: Index,
) -> Result<Prepared, Failure> {
    let revision = graph.get(index);
    let path = &revision.path;
    let script = workspace.script(path)?;
    let section = match (op, script.sections.down) {
        (Op::Downgrade, Down::Section(section)) => section,
        (Op::Downgrade, down @ (Down::Missing | Down::Irreversible)) => {
            let why = match down {
                Down::Irreversible => "its file says `irreversible`",
                Down::Missing | Down::Section(_) => "its file has no `-- migrate:down` section",
            };
            return Err(Diagnostic::new(
                "irreversible",
                Exit::Refused,
                format!("there is no way back from {}", revision.id()),
            )
            .at(Place { file: path.clone(), source: String::new(), span: 0..0 })
            .note(format!("{why}; nothing was run"))
            .help("downgrade to this revision or above it, or restore a backup")
            .help(format!("or write the way back into {path}"))
            .into());
        }
        (Op::Upgrade | Op::Stamp, _) => script.sections.up,
    };
    let ready =
        prepare(&script.text, &section, major).map_err(|error| explain(path, &script.text, &error, op.name()))?;
    if ready.beyond_grammar {
        cx.report.warn(&format!("{path} has statements that this version does not know; they are sent as they are"));
    }
    if !ready.transaction && ready.units.len() > 1 && cx.settings.ledger == LedgerMode::Off {
        return Err(Diagnostic::new(
            "refused",
            Exit::Refused,
            format!("{} runs without a transaction and has several statements", revision.id()),
        )
        .at(Place { file: path.clone(), source: script.text.to_string(), span: section.body.start..section.body.start })
        .note("with `ledger = \"off\"` nobody could tell after an interruption which of them are done; nothing was run")
        .help("set `ledger = \"required\"`, or make each statement a revision of its own")
        .into());
    }
    Ok(ready)
}

fn fits_one_transaction(steps: &[Step]) -> Result<(), Failure> {
    if let Some(step) = steps.iter().find(|step| step.section.as_ref().is_some_and(|section| !section.transaction)) {
        let message = format!("{} cannot run in one transaction with the others", step.name());
        return Err(Diagnostic::new("refused", Exit::Refused, message)
            .at(Place { file: step.path.clone(), source: String::new(), span: 0..0 })
            .note("its section says `transaction=off`; nothing was run")
            .help("run without `--single-transaction`")
            .into());
    }
    let ready: Vec<(&Step, &Prepared)> =
        steps.iter().filter_map(|step| step.section.as_ref().map(|section| (step, section))).collect();
    let sections: Vec<&Prepared> = ready.iter().map(|(_, section)| *section).collect();
    match enum_clash(&sections) {
        Some(clash) => {
            let (added, used) = (&ready[clash.added].0.path, &ready[clash.used]);
            Err(explain_clash(&clash, added, &used.0.path, &used.1.source).into())
        }
        None => Ok(()),
    }
}

//! `--sql`: the steps as a script for psql. No database is asked; where it is, the range says.

use serde_json::json;

use crate::commands::prepare::plan;
use crate::commands::{Context, Failure, Outcome};
use crate::pg::script::{Script, script};
use crate::pg::state::StateError;
use crate::plan::steps::{Bare, downgrade as steps_down, stamp as steps_stamp, upgrade as steps_up};
use crate::report::json::steps_planned;
use crate::revision::graph::{Graph, Index};
use crate::revision::rows::Active;
use crate::revision::target::downward::downgrade as resolve_down;
use crate::revision::target::range::ScriptRange;
use crate::revision::target::upward::upgrade as resolve_up;
use crate::revision::target::{Target, TargetError};
use crate::settings::LedgerMode;
use crate::text::parse::GRAMMAR_MAJOR;

pub(crate) fn upgrade(target: &Target, single_transaction: bool, cx: &mut Context) -> Outcome {
    let range = ScriptRange::parse(target)?;
    let graph = cx.workspace().graph()?;
    let (rows, active) = start(&graph, &range)?;
    let targets = resolve_up(&graph, &active.row_list(), &range.to)?;
    let bare = steps_up(&graph, &active, &targets);
    write(cx, &graph, &rows, bare, single_transaction)
}

pub(crate) fn downgrade(target: &Target, single_transaction: bool, cx: &mut Context) -> Outcome {
    let range = ScriptRange::parse(target)?;
    if range.from.is_none() {
        return Err(TargetError::NotARange { asked: target.to_string() }.into());
    }
    let graph = cx.workspace().graph()?;
    let (rows, active) = start(&graph, &range)?;
    let to = resolve_down(&graph, &active.row_list(), &range.to)?;
    let bare = steps_down(&graph, &active, &to, &range.to)?;
    write(cx, &graph, &rows, bare, single_transaction)
}

pub(crate) fn stamp(targets: &[Target], cx: &mut Context) -> Outcome {
    let ranges = targets.iter().map(ScriptRange::parse).collect::<Result<Vec<_>, _>>()?;
    let mut starts = ranges.iter().filter_map(|range| range.from.as_ref());
    if let (Some(first), Some(second)) = (starts.next(), starts.find(|other| Some(*other) != ranges[0].from.as_ref())) {
        return Err(TargetError::SeveralStarts { first: first.clone(), second: second.clone() }.into());
    }
    let graph = cx.workspace().graph()?;
    let from = ranges.iter().find(|range| range.from.is_some());
    let rows = match from {
        Some(range) => start(&graph, range)?.0,
        None => Vec::new(),
    };
    let to: Vec<Target> = ranges.into_iter().map(|range| range.to).collect();
    let bare = steps_stamp(&graph, &rows, &to, false)?;
    write(cx, &graph, &rows, bare, true)
}

fn start(graph: &Graph, range: &ScriptRange) -> Result<(Vec<String>, Active), Failure> {
    let start: Option<Index> = range.start(graph)?;
    let rows: Vec<String> = start.iter().map(|index| graph.get(*index).id().to_string()).collect();
    let active = Active::of_rows(graph, rows.iter().map(String::as_str))?;
    Ok((rows, active))
}

fn write(cx: &mut Context, graph: &Graph, rows: &[String], bare: Vec<Bare>, single_transaction: bool) -> Outcome {
    let single_transaction = single_transaction || cx.settings.single_transaction;
    let plan = plan(cx, graph, GRAMMAR_MAJOR, rows, bare, single_transaction)?;
    let settings = &cx.settings;
    let how = Script {
        version_table: &settings.version_table,
        version_table_schema: settings.version_table_schema.as_deref(),
        schema: settings.schema.as_deref(),
        ledger_schema: (settings.ledger == LedgerMode::Required).then_some(settings.ledger_schema.as_str()),
        lock_timeout: settings.lock_timeout,
        statement_timeout: settings.statement_timeout,
        single_transaction,
    };
    let text = if plan.steps.is_empty() {
        cx.report.talk("nothing to do: the script is empty");
        String::new()
    } else {
        script(&plan, &how).map_err(StateError::from)?
    };
    cx.report.verbatim(&text);
    if cx.report.is_json() {
        let mut document = steps_planned(&plan);
        if let Some(map) = document.as_object_mut() {
            map.insert("sql".to_owned(), json!(text));
        }
        cx.report.document(document);
    }
    Ok(())
}

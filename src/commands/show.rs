//! `pgkeel show`: a revision in full.

use serde_json::json;

use crate::commands::history::rows;
use crate::commands::{Context, Outcome};
use crate::report::human::log_entry;
use crate::report::json::revision as wire;
use crate::revision::script::Down;
use crate::revision::target::Target;
use crate::revision::target::lookup::{known, revisions};

/// Show a revision: header and statements
#[derive(clap::Args)]
pub(crate) struct ShowArgs {
    /// An id or the beginning of one, `head`, `heads`; `current` asks the database
    #[arg(default_value = "head", allow_negative_numbers = true)]
    revision: Target,
}

pub(crate) fn show(args: &ShowArgs, cx: &mut Context) -> Outcome {
    let workspace = cx.workspace();
    let graph = workspace.graph()?;
    let found = if args.revision.as_str() == "current" {
        let rows: Vec<String> = rows(cx)?;
        rows.iter().map(|row| known(&graph, row)).collect::<Result<_, _>>()?
    } else {
        revisions(&graph, &args.revision)?
    };
    let mut documents = Vec::new();
    for index in found {
        let script = workspace.script(&graph.get(index).path)?;
        let up = &script.text[script.sections.up.body.clone()];
        let down = match &script.sections.down {
            Down::Section(section) => Some(&script.text[section.body.clone()]),
            Down::Missing | Down::Irreversible => None,
        };
        for line in log_entry(&graph, index, false) {
            cx.report.answer(&line);
        }
        let off = |transaction: bool| if transaction { "" } else { " transaction=off" };
        cx.report.answer(&format!("-- migrate:up{}\n{}\n", off(script.sections.up.transaction), up.trim_end()));
        match (&script.sections.down, down) {
            (Down::Section(section), Some(text)) => {
                cx.report.answer(&format!("-- migrate:down{}\n{}", off(section.transaction), text.trim_end()));
            }
            _ => cx.report.answer("-- migrate:down irreversible"),
        }
        let mut document = wire(&graph, index, None);
        if let Some(map) = document.as_object_mut() {
            map.insert("up".to_owned(), json!(up));
            map.insert("down".to_owned(), json!(down));
        }
        documents.push(document);
    }
    cx.report.document(json!({"revisions": documents}));
    Ok(())
}

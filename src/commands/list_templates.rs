//! `pgkeel list-templates`: what new revision files are written after.

use serde_json::json;

use crate::commands::{Context, Outcome};
use crate::revision::template::{DEFAULT, PLACES};

/// Show the templates of revision files
#[derive(clap::Args)]
pub(crate) struct ListTemplatesArgs {}

pub(crate) fn list_templates(_: &ListTemplatesArgs, cx: &mut Context) -> Outcome {
    let workspace = cx.workspace();
    let own = match &cx.settings.revision_template {
        Some(path) => Some((workspace.shown(path), workspace.text(path)?)),
        None => None,
    };
    let mark = |used: bool| if used { " (used)" } else { "" };
    cx.report.answer(&format!("generic{}: plain SQL with an up and a down section\n", mark(own.is_none())));
    cx.report.answer(DEFAULT);
    if let Some((path, text)) = &own {
        cx.report.answer(&format!("{path}{}: the setting `revision_template`\n", mark(true)));
        cx.report.answer(text);
    }
    cx.report.answer(&format!("Places: {}. A line whose place has nothing to hold is left out.", PLACES.join(" ")));
    let mut templates = vec![json!({"name": "generic", "used": own.is_none(), "text": DEFAULT})];
    templates.extend(own.map(|(path, text)| json!({"name": path, "used": true, "text": text})));
    cx.report.document(json!({"templates": templates, "places": PLACES}));
    Ok(())
}

//! `pgkeel config`: every setting with the place that it came from.

use crate::commands::{Context, Outcome};
use crate::report::config::{json, lines};

/// Show every setting and where it came from
#[derive(clap::Args)]
pub(crate) struct ConfigArgs {}

pub(crate) fn config(_: &ConfigArgs, cx: &mut Context) -> Outcome {
    for line in lines(&cx.settings) {
        cx.report.answer(&line);
    }
    cx.report.document(json(&cx.settings));
    Ok(())
}

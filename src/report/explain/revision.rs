//! Revision arguments and rows of the version table.

use crate::plan::steps::StepsError;
use crate::report::diagnostic::{Diagnostic, Exit};
use crate::revision::rows::RowsError;
use crate::revision::target::TargetError;

impl From<TargetError> for Diagnostic {
    fn from(error: TargetError) -> Self {
        let diagnostic = Self::from_error(code(&error), Exit::Failed, &error);
        match error {
            TargetError::Empty => diagnostic.help("give an id, `head`, `base`, `+1` or `-1`"),
            TargetError::NotFound { near: Some(near), .. } => diagnostic.help(format!("did you mean `{near}`?")),
            TargetError::NotFound { .. } => diagnostic.help("`pgkeel history` lists the revisions"),
            TargetError::Ambiguous { .. } => diagnostic.help("give more of the id"),
            TargetError::MultipleHeads { .. } => {
                diagnostic.help("give one of them, `heads` for all, or join them: `pgkeel merge heads`")
            }
            TargetError::TooFar { .. } => diagnostic
                .help("`pgkeel current` shows where the database is, `pgkeel history` how many revisions there are"),
            TargetError::AmbiguousWalk { .. } => diagnostic.help("give the id of the revision to go to"),
            TargetError::ManyRows { .. } => diagnostic.help("give the id of the revision to go to"),
            TargetError::WrongDirection { .. } => diagnostic.help("`upgrade` takes `+N`, `downgrade` takes `-N`"),
            TargetError::NotBelow { .. } => {
                diagnostic.help("`pgkeel current` shows where the database is; to go up, use `pgkeel upgrade`")
            }
        }
    }
}

fn code(error: &TargetError) -> &'static str {
    match error {
        TargetError::Empty => "usage",
        TargetError::NotFound { .. } => "not_found",
        TargetError::Ambiguous { .. } | TargetError::AmbiguousWalk { .. } | TargetError::ManyRows { .. } => "ambiguous",
        TargetError::MultipleHeads { .. } => "multiple_heads",
        TargetError::TooFar { .. } | TargetError::WrongDirection { .. } => "relative_too_far",
        TargetError::NotBelow { .. } => "range_error",
    }
}

impl From<StepsError> for Diagnostic {
    fn from(error: StepsError) -> Self {
        match error {
            StepsError::Target(error) => error.into(),
            StepsError::Overlap { .. } => Self::from_error("range_error", Exit::Failed, &error)
                .help("give only revisions of which none is an ancestor of another"),
        }
    }
}

impl From<RowsError> for Diagnostic {
    fn from(error: RowsError) -> Self {
        match error {
            RowsError::Unknown { .. } => Self::from_error("unknown_revision", Exit::Refused, &error)
                .note("the database is ahead of this code, or was migrated from another branch")
                .help("run it with the code that has the revision: pull, or deploy the newer version")
                .help(
                    "if the revision is gone for good, say where the database stands: `pgkeel stamp --purge REVISION`",
                ),
            RowsError::Overlap { .. } => Self::from_error("version_table", Exit::Failed, &error)
                .help("say where the database stands: `pgkeel stamp --purge REVISION`"),
        }
    }
}

//! Revision arguments and rows of the version table.

use crate::plan::steps::StepsError;
use crate::report::diagnostic::{Diagnostic, Exit};
use crate::revision::rows::RowsError;
use crate::revision::target::TargetError;

impl From<TargetError> for Diagnostic {
    fn from(error: TargetError) -> Self {
        let (code, exit) = class(&error);
        let diagnostic = Self::from_error(code, exit, &error);
        match error {
            TargetError::Empty => diagnostic.help("give an id, `head`, `base`, `+1` or `-1`"),
            TargetError::NotFound { near: Some(near), .. } | TargetError::NoSuchBranch { near: Some(near), .. } => {
                diagnostic.help(format!("did you mean `{near}`?"))
            }
            TargetError::NotFound { .. } => diagnostic.help("`pgkeel history` lists the revisions"),
            TargetError::NoSuchBranch { .. } => {
                diagnostic.help("`pgkeel history` lists the revisions with their branch labels")
            }
            TargetError::NotInBranch { revision, .. } => diagnostic
                .note("a revision is of a branch if one is an ancestor of the other over `down_revision`")
                .help(format!("leave the label out: `{revision}`")),
            TargetError::Ambiguous { .. } => diagnostic.help("give more of the id"),
            TargetError::MultipleHeads { .. } => {
                diagnostic.help("give one of them, `heads` for all, or join them: `pgkeel merge heads`")
            }
            TargetError::TooFar { .. } => diagnostic
                .help("`pgkeel current` shows where the database is, `pgkeel history` how many revisions there are"),
            TargetError::AmbiguousWalk { .. } => diagnostic
                .help("give the id of the revision to go to")
                .help("a branch label says which way: `label@+1`"),
            TargetError::ManyRows { asked, .. } => diagnostic
                .help("give the id of the revision to go to")
                .help(format!("a branch label says which of them is meant: `label@{asked}`")),
            TargetError::WrongDirection { .. } => diagnostic.help("`upgrade` takes `+N`, `downgrade` takes `-N`"),
            TargetError::NotBelow { .. } => {
                diagnostic.help("`pgkeel current` shows where the database is; to go up, use `pgkeel upgrade`")
            }
            TargetError::NothingOfBranch { .. } => {
                diagnostic.help("`pgkeel history --graph` shows which branch is where")
            }
            TargetError::Overlap { .. } => {
                diagnostic.help("give only revisions of which none is an ancestor of another")
            }
            TargetError::NoLine { lower, upper } => diagnostic
                .help("a range goes from an ancestor to a descendant: `A:B`, the older end first")
                .help(format!("`pgkeel history -r :{upper}` lists all that {upper} stands on"))
                .note(format!("{lower} is the lower end")),
            TargetError::NotARange { .. } => diagnostic.help("write `A:B`, `A:` or `:B`"),
            TargetError::Range { .. } => {
                diagnostic.help("a range is for a script: add `--sql`; the database itself knows where it starts")
            }
            TargetError::NoStart { .. } => diagnostic.help("start from a revision's id, or from `base`: `base:head`"),
            TargetError::SeveralStarts { first, .. } => {
                diagnostic.help(format!("give all of them the same start: `{first}:…`"))
            }
        }
    }
}

fn class(error: &TargetError) -> (&'static str, Exit) {
    match error {
        TargetError::Empty
        | TargetError::NotARange { .. }
        | TargetError::Range { .. }
        | TargetError::NoStart { .. }
        | TargetError::SeveralStarts { .. } => ("usage", Exit::Usage),
        TargetError::NotFound { .. } | TargetError::NoSuchBranch { .. } | TargetError::NotInBranch { .. } => {
            ("not_found", Exit::Failed)
        }
        TargetError::Ambiguous { .. } | TargetError::AmbiguousWalk { .. } | TargetError::ManyRows { .. } => {
            ("ambiguous", Exit::Failed)
        }
        TargetError::MultipleHeads { .. } => ("multiple_heads", Exit::Failed),
        TargetError::TooFar { .. } | TargetError::WrongDirection { .. } => ("relative_too_far", Exit::Failed),
        TargetError::NotBelow { .. }
        | TargetError::NothingOfBranch { .. }
        | TargetError::Overlap { .. }
        | TargetError::NoLine { .. } => ("range_error", Exit::Failed),
    }
}

impl From<StepsError> for Diagnostic {
    fn from(error: StepsError) -> Self {
        match error {
            StepsError::Target(error) => error.into(),
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

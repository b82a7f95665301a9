//! Why an argument means no revision.

/// Why an argument means no revision. The variants fall into the error classes of ALEMBIC.md §2 to §5.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TargetError {
    /// Nothing was typed.
    #[error("the revision argument is empty")]
    Empty,
    /// No id or label is this or begins so.
    #[error("there is no revision `{asked}`")]
    NotFound { asked: String, near: Option<String> },
    /// No revision stands for the label.
    #[error("`{asked}` names a branch that there is not")]
    NoSuchBranch { asked: String, near: Option<String> },
    /// The revision does not share a lineage with the label.
    #[error("{revision} is not a member of the branch `{label}`")]
    NotInBranch { revision: String, label: String },
    /// Several begin so.
    #[error("`{asked}` fits {} revisions: {}", fits.len(), listed(fits))]
    Ambiguous { asked: String, fits: Vec<String> },
    /// One is wanted, and there are several heads.
    #[error("`{asked}` is {} heads: {}", heads.len(), listed(heads))]
    MultipleHeads { asked: String, heads: Vec<String> },
    /// A walk of so many steps leaves the graph.
    #[error("`{asked}` leads past the end of the revisions")]
    TooFar { asked: String },
    /// A walk of steps finds several ways.
    #[error("`{asked}` is ambiguous: from {from} the ways part to {}", listed(ways))]
    AmbiguousWalk { asked: String, from: String, ways: Vec<String> },
    /// Steps from several rows.
    #[error("`{asked}` is ambiguous: the database is at {}", listed(rows))]
    ManyRows { asked: String, rows: Vec<String> },
    /// The direction is wrong for the command.
    #[error("`{asked}` does not lead {direction}")]
    WrongDirection { asked: String, direction: &'static str },
    /// A downgrade to something that is not below.
    #[error("{asked} is not below the revisions that the database is at")]
    NotBelow { asked: String },
    /// A downgrade whose label has no part in what stands above the target.
    #[error("nothing of the branch `{label}` stands above {asked}")]
    NothingOfBranch { asked: String, label: String },
    /// One of the targets is an ancestor of another.
    #[error("{over} already implies {target}: they are not beside each other")]
    Overlap { target: String, over: String },
    /// The ends of a range are not on one line.
    #[error("{lower} is not an ancestor of {upper}")]
    NoLine { lower: String, upper: String },
    /// A range that is none.
    #[error("`{asked}` is not a range")]
    NotARange { asked: String },
    /// A range where one revision is wanted.
    #[error("`{asked}` is a range")]
    Range { asked: String },
    /// A range whose start names no revision.
    #[error("the start of `{asked}` names no revision")]
    NoStart { asked: String },
    /// Several stamps in one script, from different places.
    #[error("a script starts from one revision, and these from {first} and {second}")]
    SeveralStarts { first: String, second: String },
}

/// Names for a sentence; of many, the first ones.
fn listed(names: &[String]) -> String {
    const SHOWN: usize = 8;
    let shown = names[..names.len().min(SHOWN)].join(", ");
    if names.len() > SHOWN { format!("{shown} and {} more", names.len() - SHOWN) } else { shown }
}

//! What will be done, as a value: shown by `--dry-run` and run by `execute`.

pub(crate) mod reach;
pub(crate) mod section;
pub(crate) mod steps;

use crate::plan::section::Prepared;
use crate::revision::id::RevisionId;
use crate::revision::rows::{Move, RowsAfter};
use crate::text::words::has_word;

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    /// Runs the up section.
    Upgrade,
    /// Runs the down section.
    Downgrade,
    /// Runs nothing; only the rows change.
    Stamp,
}

impl Op {
    /// Returns the word for it in JSON, ledger and messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Upgrade => "upgrade",
            Self::Downgrade => "downgrade",
            Self::Stamp => "stamp",
        }
    }
}

/// One step.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    /// What it does.
    pub(crate) op: Op,
    /// The revision; none for a stamp with `base`.
    pub(crate) revision: Option<RevisionId>,
    /// The first line of its message.
    pub(crate) title: String,
    /// Its file, as a person would type it.
    pub(crate) path: String,
    /// How the rows of the version table change.
    pub(crate) rows: Move,
    /// The rows after the step.
    pub(crate) rows_after: RowsAfter,
    /// What runs; none for a stamp.
    pub(crate) section: Option<Prepared>,
}

impl Step {
    /// Returns the revision's name, `base` where there is none.
    pub(crate) fn name(&self) -> &str {
        self.revision.as_ref().map_or("base", RevisionId::as_str)
    }

    /// Returns whether the section may drop, rename or move the version table or its schema. Text that merely looks so
    /// costs one more question to the server.
    pub(crate) fn may_touch_table(&self, table: &str) -> bool {
        let Some(section) = &self.section else { return false };
        let text = section.whole().to_ascii_lowercase();
        let table = table.to_ascii_lowercase();
        ["schema", "owned", "execute", "call", "do "].iter().any(|word| text.contains(word)) || text.contains(&table)
    }

    /// Returns whether the section may make an event trigger, by its words.
    pub(crate) fn may_make_event_triggers(&self) -> bool {
        let says = |word: &str| self.section.as_ref().is_some_and(|section| has_word(section.whole(), &[word]));
        says("event") && says("trigger")
    }
}

/// Steps in their order, from the rows that they start at.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// The rows that the version table must have when the plan begins.
    pub(crate) rows_before: Vec<String>,
    /// The steps.
    pub(crate) steps: Vec<Step>,
}

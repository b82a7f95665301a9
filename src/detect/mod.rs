//! Facts of a database → its state (DESIGN §5). No IO: the facts are read by `pg::facts`.

pub(crate) mod history;
pub(crate) mod places;
pub(crate) mod platform;
pub(crate) mod shape;
pub(crate) mod table;
pub(crate) mod tool;

use crate::detect::table::Table;
use crate::detect::tool::Tool;
use crate::text::ident::readable;

/// What a database is to the project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// The database does not exist; `near` are the existing names that are like it.
    Absent { near: Vec<String> },
    /// No user objects in the managed schemas, no version rows.
    Fresh,
    /// User objects and no version rows.
    Untracked { objects: u64, sample: Vec<String> },
    /// Version rows, all known.
    Tracked,
    /// A `transaction=off` section is done in part.
    Interrupted(Interruption),
    /// Version rows, or an interrupted section, that the graph does not have.
    UnknownRevision { unknown: Vec<String> },
    /// Ledgers of other tools with entries, and no version rows.
    Foreign { ledgers: Vec<ForeignLedger> },
}

/// Which way a section went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// An upgrade.
    Up,
    /// A downgrade.
    Down,
}

/// A section that stopped half-way, as the journal tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Interruption {
    /// The revision.
    pub(crate) revision: String,
    /// The way it went.
    pub(crate) direction: Direction,
    /// Statements that are done.
    pub(crate) statement: u32,
    /// Statements of the section.
    pub(crate) of: u32,
}

/// The ledger of another migration tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ForeignLedger {
    /// The tool.
    pub(crate) tool: Tool,
    /// The schema of its table.
    pub(crate) schema: String,
    /// Its table.
    pub(crate) table: String,
    /// The version in the tool's own words; several (apps, projects) are joined by commas.
    pub(crate) version: Option<String>,
    /// The ids that are applied, in the tool's order. For golang-migrate only the last, which stands for all before it.
    pub(crate) applied: Vec<String>,
    /// Whether the tool would call itself unclean: a failed, unfinished or active migration, or a lock.
    pub(crate) dirty: bool,
    /// Whether its lock is set.
    pub(crate) locked: bool,
    /// Whether the connecting role may not read the table.
    pub(crate) unreadable: bool,
    /// Whether there is anything in it. A ledger without entries is none.
    pub(crate) has_entries: bool,
    /// Schemas that the tool made (pgroll's version schemas).
    pub(crate) own_schemas: Vec<String>,
    /// Further facts worth showing, a sentence each, without full stop.
    pub(crate) notes: Vec<String>,
}

/// What there is in a database apart from version rows and journal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct UntrackedFacts {
    /// User objects in the managed schemas.
    pub(crate) objects: u64,
    /// Up to ten of them, kind and name.
    pub(crate) sample: Vec<String>,
    /// Other tools' ledgers with entries.
    pub(crate) ledgers: Vec<ForeignLedger>,
    /// What a person should know, a sentence each, without full stop.
    pub(crate) notices: Vec<String>,
    /// Schemas that hold user objects and are not managed, with their number.
    pub(crate) other_schemas: Vec<(String, u64)>,
    /// Tables that are no part of the schema, but version tables or ledgers: schema and name.
    pub(crate) bookkeeping: Vec<(String, String)>,
}

/// What is known of a database that exists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Facts {
    /// The rows of the version table.
    pub(crate) rows: Vec<String>,
    /// What the journal says.
    pub(crate) interrupted: Option<Interruption>,
    /// The rest. It is not needed, and may be left empty, where there are version rows.
    pub(crate) untracked: UntrackedFacts,
}

impl State {
    /// Returns the state's name in JSON and in error codes.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Absent { .. } => "absent",
            Self::Fresh => "fresh",
            Self::Untracked { .. } => "untracked",
            Self::Tracked => "tracked",
            Self::Interrupted(_) => "interrupted",
            Self::UnknownRevision { .. } => "unknown_revision",
            Self::Foreign { .. } => "foreign",
        }
    }
}

impl Direction {
    /// Returns the word of the ledger.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Up => "upgrade",
            Self::Down => "downgrade",
        }
    }
}

impl ForeignLedger {
    /// Returns a ledger of which nothing is known but tool and table.
    pub(crate) fn of(tool: Tool, table: &Table) -> Self {
        Self {
            tool,
            schema: table.schema.clone(),
            table: table.name.clone(),
            version: None,
            applied: Vec::new(),
            dirty: false,
            locked: false,
            unreadable: false,
            has_entries: false,
            own_schemas: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Returns the tool's name for people.
    pub(crate) fn label(&self) -> &'static str {
        self.tool.label()
    }

    /// Returns the command by which the tool itself mends or releases its ledger.
    pub(crate) fn repair(&self) -> &'static str {
        self.tool.repair()
    }

    /// Returns whether the ledger counts. One that cannot be read does: it may say anything.
    pub(crate) fn counts(&self) -> bool {
        self.unreadable || self.has_entries || self.dirty || !self.applied.is_empty()
    }

    fn set(&mut self, applied: Vec<String>) {
        self.version = applied.last().cloned();
        self.applied = applied;
    }

    fn broken(&mut self, ids: Vec<String>, how: &str) {
        self.dirty |= !ids.is_empty();
        self.notes.extend(ids.into_iter().map(|id| format!("{id} is {how}")));
    }

    fn lock(&mut self, who: &str) {
        self.locked = true;
        self.notes.push(format!("its lock is set {who}"));
    }
}

/// Decides the state of a database that exists. `is_known` tells whether the graph has a revision.
pub(crate) fn detect(facts: &Facts, is_known: &dyn Fn(&str) -> bool) -> State {
    let running = facts.interrupted.as_ref().map(|interruption| &interruption.revision);
    let mut unknown: Vec<String> = facts.rows.iter().chain(running).filter(|id| !is_known(id)).cloned().collect();
    unknown.dedup();
    if !unknown.is_empty() {
        return State::UnknownRevision { unknown };
    }
    if let Some(interruption) = &facts.interrupted {
        return State::Interrupted(interruption.clone());
    }
    if !facts.rows.is_empty() {
        return State::Tracked;
    }
    let rest = &facts.untracked;
    let ledgers: Vec<ForeignLedger> = rest.ledgers.iter().filter(|ledger| ledger.counts()).cloned().collect();
    if !ledgers.is_empty() {
        State::Foreign { ledgers }
    } else if rest.objects > 0 {
        State::Untracked { objects: rest.objects, sample: rest.sample.clone() }
    } else {
        State::Fresh
    }
}

/// Returns what to do next, in one line. `pending` is the number of revisions that are not applied.
pub(crate) fn recommendation(state: &State, pending: usize) -> String {
    match state {
        State::Absent { near } if !near.is_empty() => {
            format!("check the name (there is {}), or create the database: `pgkeel up --create`", near.join(", "))
        }
        State::Absent { .. } => "create the database and upgrade it: `pgkeel up --create`".to_owned(),
        State::Fresh if pending == 0 => "write the first revision: `pgkeel revision -m MESSAGE`".to_owned(),
        State::Fresh => "apply all revisions: `pgkeel up`".to_owned(),
        State::Untracked { .. } => {
            "find out which revision it is at and run the rest: `pgkeel up`; `pgkeel adopt --dry-run` only looks"
                .to_owned()
        }
        State::Tracked if pending == 0 => "nothing to do".to_owned(),
        State::Tracked if pending == 1 => "apply the pending revision: `pgkeel up`".to_owned(),
        State::Tracked => format!("apply the {pending} pending revisions: `pgkeel up`"),
        State::Interrupted(_) => "resume where it stopped: `pgkeel up`".to_owned(),
        State::UnknownRevision { .. } => {
            "use the code that made these revisions; or forget them: `pgkeel stamp --purge REVISION`".to_owned()
        }
        State::Foreign { ledgers } => foreign(ledgers),
    }
}

fn foreign(ledgers: &[ForeignLedger]) -> String {
    if let Some(hidden) = ledgers.iter().find(|ledger| ledger.unreadable) {
        let table = format!("{}.{}", readable(&hidden.schema), readable(&hidden.table));
        return if hidden.locked {
            format!("wait until the session that holds {table} locked has ended, then `pgkeel detect`")
        } else {
            format!("let this role read {table} (GRANT SELECT, or a role that may), then `pgkeel detect`")
        };
    }
    if let Some(broken) = ledgers.iter().find(|ledger| ledger.dirty) {
        return format!("mend what {} left first: `{}`", broken.label(), broken.repair());
    }
    match ledgers {
        [one] if one.tool.is_importable() => {
            let tool = one.tool;
            format!(
                "bring its files over, `pgkeel import --from {tool} PATH`, then find out which it is at: `pgkeel adopt`"
            )
        }
        [_] => "bring its files over as revisions, then find out which it is at: `pgkeel adopt`".to_owned(),
        _ => "say which ledgers belong to libraries (`ignore_ledgers`), then find out which it is at: `pgkeel adopt`"
            .to_owned(),
    }
}

#[cfg(test)]
mod tests;

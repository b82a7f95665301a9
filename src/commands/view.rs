//! What a command sees of a database: server, version table, journal, and, where there are no version rows, the rest.

use crate::commands::{Context, Failure};
use crate::detect::places::Places;
use crate::detect::{Direction, Facts, Interruption, State, UntrackedFacts, detect};
use crate::pg::facts::{Scope, read};
use crate::pg::ledger::is_at_base;
use crate::pg::session::Session;
use crate::pg::state::{Journaled, Recorded, Server, VersionTable, Where, recorded, server, version_table};
use crate::revision::graph::Graph;
use crate::revision::id::RevisionId;
use crate::text::ident::Ident;
use crate::text::parse::{created_schemas, schemas_created_in};

/// What is seen of a database.
pub(crate) struct View {
    /// The server.
    pub(crate) server: Server,
    /// The version table.
    pub(crate) table: VersionTable,
    /// Its rows, and the journal.
    pub(crate) recorded: Recorded,
    /// Whether our own ledger says that it has no rows because it stands at `base`.
    pub(crate) at_base: bool,
}

/// Returns where the version table is looked for.
pub(crate) fn place(cx: &Context) -> Where<'_> {
    Where {
        version_table: &cx.settings.version_table,
        version_table_schema: cx.settings.version_table_schema.as_deref(),
        schema: cx.settings.schema.as_deref(),
        ledger_schema: &cx.settings.ledger_schema,
    }
}

/// Reads server, version table and journal: two statements where there are version rows.
///
/// # Errors
/// The server's; a version table that cannot be used.
pub(crate) fn view(cx: &Context, session: &mut Session) -> Result<View, Failure> {
    let at = place(cx);
    let server = server(session, &at)?;
    let table = version_table(&server, &at)?;
    let recorded = recorded(session, &server, &table, &at)?;
    let at_base = recorded.rows.is_empty()
        && server.may_read_ledger()
        && is_at_base(session, &Ident::parse(at.ledger_schema).map_err(crate::pg::state::StateError::from)?, &table)?;
    Ok(View { server, table, recorded, at_base })
}

impl View {
    /// Returns the state. What there is apart from version rows is read only where there are none.
    ///
    /// # Errors
    /// The server's.
    pub(crate) fn state(&self, cx: &Context, session: &mut Session, graph: &Graph) -> Result<(State, Facts), Failure> {
        let has_rows = !self.recorded.rows.is_empty() || self.at_base;
        let untracked = if has_rows { UntrackedFacts::default() } else { untracked(cx, session, graph)? };
        Ok(self.judge(untracked, graph))
    }

    /// Returns the state together with everything that there is, for the commands that show it.
    ///
    /// # Errors
    /// The server's.
    pub(crate) fn whole_state(
        &self,
        cx: &Context,
        session: &mut Session,
        graph: &Graph,
    ) -> Result<(State, Facts), Failure> {
        let untracked = untracked(cx, session, graph)?;
        Ok(self.judge(untracked, graph))
    }

    fn judge(&self, untracked: UntrackedFacts, graph: &Graph) -> (State, Facts) {
        let interrupted = self.recorded.interrupted.first().map(interruption);
        let facts = Facts { rows: self.recorded.rows.clone(), interrupted, untracked };
        let is_known = |id: &str| RevisionId::parse(id).is_ok_and(|id| graph.find(&id).is_some());
        let state = detect(&facts, &is_known);
        let others = matches!(state, State::Untracked { .. } | State::Foreign { .. });
        (if self.at_base && others { State::Tracked } else { state }, facts)
    }
}

fn interruption(journaled: &Journaled) -> Interruption {
    Interruption {
        revision: journaled.revision.clone(),
        direction: if journaled.direction == "downgrade" { Direction::Down } else { Direction::Up },
        statement: journaled.statements_done(),
        of: journaled.total,
    }
}

fn untracked(cx: &Context, session: &mut Session, graph: &Graph) -> Result<UntrackedFacts, Failure> {
    let settings = &cx.settings;
    let mut managed: Vec<String> =
        settings.schema.iter().cloned().chain(settings.schemas.iter().map(|schema| schema.name.clone())).collect();
    managed.extend_from_slice(schemas_of_revisions(cx, graph)?);
    managed.sort();
    managed.dedup();
    Ok(read(
        session,
        &Scope {
            managed: &managed,
            schema_set: settings.schema.is_some(),
            version_table: &settings.version_table,
            version_table_schema: settings.version_table_schema.as_deref(),
            ledger_schema: &settings.ledger_schema,
            ledger_tables: &["history", "journal"],
            ignore_ledgers: &settings.ignore_ledgers,
        },
    )?)
}

/// Returns the managed schemas (DESIGN §2): those of settings and revisions, and where no setting says one, the schema in
/// which unqualified names are made.
///
/// # Errors
/// Files that cannot be read.
pub(crate) fn managed(cx: &Context, graph: &Graph, search_path: &[String]) -> Result<Vec<String>, Failure> {
    let settings = &cx.settings;
    let mut managed: Vec<String> =
        settings.schema.iter().cloned().chain(settings.schemas.iter().map(|schema| schema.name.clone())).collect();
    managed.extend_from_slice(schemas_of_revisions(cx, graph)?);
    Ok(Places::new(&managed, settings.schema.is_some(), search_path).managed)
}

/// The schemas that revisions create objects in, or create: they are managed as well (DESIGN §2).
fn schemas_of_revisions<'a>(cx: &'a Context, graph: &Graph) -> Result<&'a [String], Failure> {
    if let Some(schemas) = cx.revision_schemas.get() {
        return Ok(schemas);
    }
    let workspace = cx.workspace();
    let mut schemas = Vec::new();
    for (_, revision) in graph.iter() {
        let script = workspace.script(&revision.path)?;
        let up = &script.text[script.sections.up.body];
        schemas.extend(schemas_created_in(up));
        schemas.extend(created_schemas(up));
    }
    Ok(cx.revision_schemas.get_or_init(|| schemas))
}

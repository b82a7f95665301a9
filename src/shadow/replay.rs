//! Running revisions in a scratch database: up, down, up again. No ledger, no locks, no waiting; a section is one
//! message, so that a replay takes no longer than psql needs for the same files.

use crate::pg::error::{QUERY_CANCELED, SqlError};
use crate::pg::ledger::{create_schema, create_version_table};
use crate::pg::session::Session;
use crate::pg::state::{VersionTable, Where, server, version_table};
use crate::plan::Op;
use crate::plan::reach::Reach;
use crate::shadow::Shadow;
use crate::shadow::error::{ReplayFailure, ShadowError};
use crate::shadow::place::Kind;
use crate::shadow::scratch::Scratch;
use crate::shadow::source::{Ready, Revised, WayBack, guard};
use crate::text::ident::Ident;
use crate::text::span::{byte_offset, word_at};
use crate::world;

const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
/// Sent after each revision, as a real run does: nothing of one file reaches the next.
const CLEAN: &str =
    "RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL; DISCARD TEMP; DEALLOCATE ALL; UNLISTEN *; CLOSE ALL;";

/// SQLSTATEs of a role that is there already, or not there: roles outlive the shadow that made them.
const ROLE_IS_THERE: [&str; 3] = ["42710", "42704", "23505"];

/// Whether a replay goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Control {
    /// With the next revision.
    Continue,
    /// No further.
    Stop,
}

/// A scratch database that revisions are run in. It goes with this value.
pub(crate) struct Replayer {
    scratch: Scratch,
    kind: Kind,
    table: VersionTable,
    /// Whether the version table is known to be there.
    has_table: bool,
    /// How many revisions are applied.
    applied: usize,
}

impl Shadow {
    /// Makes an empty scratch database to run revisions in.
    ///
    /// # Errors
    /// The server's; an extension that cannot be had; settings that name no usable version table.
    pub(crate) fn replayer(&mut self) -> Result<Replayer, ShadowError> {
        let scratch = self.scratch()?;
        self.replayer_in(scratch, 0)
    }

    /// Takes a scratch database in which so many revisions are applied.
    pub(super) fn replayer_in(&self, mut scratch: Scratch, applied: usize) -> Result<Replayer, ShadowError> {
        let session = scratch.session();
        let at = Where {
            version_table: &self.blueprint.version_table,
            version_table_schema: self.blueprint.version_table_schema.as_deref(),
            schema: self.blueprint.schema.as_ref().map(Ident::as_str),
            // There is no ledger; a name has to be said.
            ledger_schema: "pgkeel",
        };
        let state = server(session, &at)?;
        let table = version_table(&state, &at)?;
        let has_table = table.exists;
        Ok(Replayer { scratch, kind: self.place.kind, table, has_table, applied })
    }
}

impl Replayer {
    /// Returns the session in the scratch database, for looking at it. Settings that are changed for the session last
    /// until the next revision.
    pub(crate) fn session(&mut self) -> &mut Session {
        self.scratch.session()
    }

    /// Returns whether the server is private to the project.
    pub(super) fn is_private(&self) -> bool {
        self.kind == Kind::Private
    }

    /// Runs the way up of a revision.
    ///
    /// # Errors
    /// The statement that fails; one that must not run here; a signal.
    pub(crate) fn up(&mut self, revised: &Revised) -> Result<(), ShadowError> {
        guard(self.kind, std::iter::once((revised.path.as_str(), &revised.up)))?;
        self.apply(revised, &revised.up, Op::Upgrade)?;
        self.applied += 1;
        Ok(())
    }

    /// Runs the way back of a revision. Returns false where it has none.
    ///
    /// # Errors
    /// As [`Replayer::up`].
    pub(crate) fn down(&mut self, revised: &Revised) -> Result<bool, ShadowError> {
        let ready = match &revised.down {
            WayBack::Section(ready) => ready,
            WayBack::Missing | WayBack::Irreversible => return Ok(false),
            WayBack::Faulty { source_text, error } => {
                return Err(ShadowError::Section {
                    path: revised.path.clone(),
                    source_text: source_text.clone(),
                    error: error.clone(),
                    op: Op::Downgrade,
                });
            }
        };
        guard(self.kind, std::iter::once((revised.path.as_str(), ready)))?;
        self.apply(revised, ready, Op::Downgrade)?;
        self.applied = self.applied.saturating_sub(1);
        Ok(true)
    }

    /// Runs revisions up, in this order. `each` looks at the database after each of them and says whether to go on.
    /// What must not run is refused before anything does.
    ///
    /// # Errors
    /// As [`Replayer::up`]; those of `each`.
    pub(crate) fn up_all<'r, E: From<ShadowError>>(
        &mut self,
        revisions: impl IntoIterator<Item = &'r Revised> + Clone,
        each: &mut dyn FnMut(&Revised, &mut Session) -> Result<Control, E>,
    ) -> Result<(), E> {
        guard(self.kind, revisions.clone().into_iter().map(|revised| (revised.path.as_str(), &revised.up)))?;
        for revised in revisions {
            self.up(revised)?;
            if each(revised, self.scratch.session())? == Control::Stop {
                break;
            }
        }
        Ok(())
    }

    /// Returns the name of the scratch database.
    pub(super) fn name(&self) -> Ident {
        self.scratch.name().clone()
    }

    /// Returns the scratch database.
    pub(super) fn scratch(&mut self) -> &mut Scratch {
        &mut self.scratch
    }

    /// Gives the scratch database away.
    pub(super) fn into_scratch(self) -> Scratch {
        self.scratch
    }

    fn apply(&mut self, revised: &Revised, ready: &Ready, op: Op) -> Result<(), ShadowError> {
        if let Some(signal) = world::interrupted() {
            return Err(ShadowError::Interrupted(signal));
        }
        let section = &ready.section;
        let records = self.records(ready, op);
        let outcome = if !section.transaction {
            self.alone(revised, ready, op, &records)
        } else if ready.reaching.is_empty() && self.as_messages(ready, &records)? {
            Ok(())
        } else {
            self.one_by_one(revised, ready, op, &records)
        };
        if let Err(error) = outcome {
            self.put_in_order()?;
            if !ready.reaching.is_empty() && !section.transaction && !self.scratch.session().is_closed() {
                self.scratch.look_for_roles()?;
            }
            let cancelled = matches!(&error, ShadowError::Statement(failure) if failure.error.is(QUERY_CANCELED));
            return Err(match world::interrupted() {
                Some(signal) if cancelled => ShadowError::Interrupted(signal),
                _ => error,
            });
        }
        if !records.is_empty() {
            self.has_table = true;
        }
        if !ready.reaching.is_empty() {
            self.scratch.look_for_roles()?;
        }
        Ok(())
    }

    /// Sends a section in as few messages as it takes: one, and one more for the data of each COPY. Returns false where
    /// that fails: nothing is kept then, and the statements are sent again one by one to find the one at fault.
    fn as_messages(&mut self, ready: &Ready, records: &str) -> Result<bool, ShadowError> {
        let section = &ready.section;
        // A message's settings are mostly those that the session begins with.
        let mut sql = format!("{}{BEGIN};\n", self.scratch.settings());
        let session = self.scratch.session();
        let mut sent = Ok(());
        for statement in &section.statements {
            let text = section.text(statement);
            match section.copy_data(statement) {
                Some(data) => {
                    sent = session.run(&sql).and_then(|()| session.copy_in(text, data));
                    sql.clear();
                }
                None => {
                    sql.push_str(text);
                    // The text may end in a comment.
                    sql.push_str("\n;\n");
                }
            }
            if sent.is_err() {
                break;
            }
        }
        let sent = sent.and_then(|()| session.run(&format!("{sql}{records}\nCOMMIT;\n{CLEAN}")));
        match sent {
            Ok(()) => Ok(true),
            Err(error) if error.closed => Err(error.into()),
            Err(_) => self.put_in_order().map(|()| false),
        }
    }

    /// Sends a section statement by statement, in one transaction.
    fn one_by_one(&mut self, revised: &Revised, ready: &Ready, op: Op, records: &str) -> Result<(), ShadowError> {
        let section = &ready.section;
        let begin = format!("{}{BEGIN}", self.scratch.settings());
        self.scratch.session().run(&begin)?;
        for number in 0..section.statements.len() {
            self.statement(revised, ready, op, number, true)?;
        }
        let last = section.statements.len().saturating_sub(1);
        let session = self.scratch.session();
        // A deferred constraint fails here; its statement is not known.
        let committed = session.run(&format!("{records}\nCOMMIT")).and_then(|()| session.run(CLEAN));
        committed.map_err(|error| failure(revised, ready, op, last, SqlError { position: None, ..error }))
    }

    /// Sends a section that runs without a transaction of its own.
    fn alone(&mut self, revised: &Revised, ready: &Ready, op: Op, records: &str) -> Result<(), ShadowError> {
        let settings = self.scratch.settings().to_owned();
        if !settings.is_empty() {
            self.scratch.session().run(&settings)?;
        }
        for number in 0..ready.section.statements.len() {
            self.statement(revised, ready, op, number, false)?;
        }
        let session = self.scratch.session();
        session.run(CLEAN)?;
        if !records.is_empty() {
            session.run(&format!("{BEGIN};\n{records}\nCOMMIT;\n{CLEAN}"))?;
        }
        Ok(())
    }

    fn statement(
        &mut self,
        revised: &Revised,
        ready: &Ready,
        op: Op,
        number: usize,
        in_transaction: bool,
    ) -> Result<(), ShadowError> {
        if let Some(signal) = world::interrupted() {
            return Err(ShadowError::Interrupted(signal));
        }
        let section = &ready.section;
        let statement = &section.statements[number];
        let reach = ready.reach(number);
        if reach.is_some_and(Reach::is_left_out_in_private) {
            return Ok(());
        }
        // A role may be there from an earlier replay.
        let may_be_there = matches!(reach, Some(Reach::CreateRole | Reach::RenameRole));
        let session = self.scratch.session();
        if may_be_there && in_transaction {
            session.run("SAVEPOINT pgkeel_role")?;
        }
        let text = section.text(statement);
        let sent = match section.copy_data(statement) {
            Some(data) => session.copy_in(text, data),
            None => session.run(text),
        };
        match sent {
            Err(error) if may_be_there && ROLE_IS_THERE.iter().any(|state| error.is(state)) => {
                if in_transaction {
                    session.run("ROLLBACK TO SAVEPOINT pgkeel_role")?;
                }
                Ok(())
            }
            Err(error) => Err(failure(revised, ready, op, number, error)),
            Ok(()) => Ok(()),
        }
    }

    /// Makes the session what it was before the section, as far as it is still there.
    fn put_in_order(&mut self) -> Result<(), ShadowError> {
        let session = self.scratch.session();
        if session.is_closed() {
            return Ok(());
        }
        let outcome = session.run("ROLLBACK").and_then(|()| session.run(CLEAN));
        // A signal that has come since then cancels whatever runs.
        if world::interrupted().is_some() { Ok(()) } else { Ok(outcome?) }
    }

    /// Returns the statements that make the version table where a real run would have it: after the first revision, and
    /// after one that took it away while rows remain. It stays empty here.
    fn records(&self, ready: &Ready, op: Op) -> String {
        let remain = match op {
            Op::Upgrade | Op::Stamp => true,
            Op::Downgrade => self.applied > 1,
        };
        let text = ready.section.whole();
        let says = |word: &str| {
            let (text, word) = (text.as_bytes(), word.as_bytes());
            text.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word))
        };
        let may_touch = || says("drop") || says("rename") || says(self.table.name.name.as_str());
        if !remain || self.has_table && !may_touch() {
            return String::new();
        }
        let once = |sql: String, what: &str| sql.replacen(what, &format!("{what} IF NOT EXISTS"), 1);
        format!(
            "SET CONSTRAINTS ALL IMMEDIATE; RESET SESSION AUTHORIZATION; RESET ROLE; SET LOCAL search_path = pg_catalog;\n\
             {}\n{}",
            once(create_schema(&self.table.name.schema), "CREATE SCHEMA"),
            once(create_version_table(&self.table, 0), "CREATE TABLE")
        )
    }
}

/// Places the server's report in the file.
fn failure(revised: &Revised, ready: &Ready, op: Op, number: usize, error: SqlError) -> ShadowError {
    let section = &ready.section;
    let range = section.statements.get(number).map_or(0..0, |statement| statement.range.clone());
    let (start, end) = (section.body.start + range.start, section.body.start + range.end);
    let span = match error.position {
        Some(position) => {
            let at = byte_offset(&section.source[start..end], position);
            let word = word_at(&section.source[start..end], at);
            start + word.start..start + word.end
        }
        None => start..end,
    };
    ShadowError::Statement(Box::new(ReplayFailure {
        revision: revised.id.to_string(),
        op,
        path: revised.path.clone(),
        source: section.source.clone(),
        span,
        number: number + 1,
        of: section.statements.len(),
        in_part: !section.transaction && number > 0,
        error,
    }))
}

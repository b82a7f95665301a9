//! Finished states, kept as templates on the private server: what was replayed once is there at once the next time.
//!
//! A state's name holds a digest of all that it depends on, so that a state which is there is right. It is made as a
//! scratch database and renamed when it is finished; a name without `datistemplate` is one that was never finished.

use crate::pg::connect::ConnectError;
use crate::pg::session::Session;
use crate::shadow::error::ShadowError;
use crate::shadow::place::Kind;
use crate::shadow::replay::{Control, Replayer};
use crate::shadow::scratch::await_leaving;
use crate::shadow::source::Revised;
use crate::shadow::sweep::{Found, Marker, databases, drop_unused};
use crate::shadow::{CACHE, Shadow};
use crate::text::checksum::sha256;
use crate::text::ident::Ident;
use crate::world;

/// Changes when states that were made before must not be used any more.
const FORMAT: u32 = 1;
/// How many states are kept on a server.
const KEPT: usize = 8;

/// A database that has exactly these revisions, for looking at.
pub(crate) struct State {
    session: Session,
    /// The scratch database, where the state is not kept. It is dropped after the session.
    _scratch: Option<Replayer>,
}

impl State {
    /// Returns the session. Its transactions are read-only.
    pub(crate) fn session(&mut self) -> &mut Session {
        &mut self.session
    }
}

impl Shadow {
    /// Returns a database with exactly these revisions, given in their order: a state that is kept where there is one,
    /// else it is replayed, from the nearest state that is kept.
    ///
    /// # Errors
    /// As [`Shadow::replayer_at`].
    pub(crate) fn at(&mut self, revisions: &[Revised]) -> Result<State, ShadowError> {
        if self.kind() == Kind::Private {
            let name = self.state(self.keys(revisions).last().map_or("", String::as_str))?;
            if let Some(session) = self.enter(&name)? {
                return Ok(State { session, _scratch: None });
            }
            let replayer = self.replayer_at(revisions)?;
            if let Some(replayer) = self.finish(replayer, &name)? {
                return self.look_into(replayer);
            }
            if let Some(session) = self.enter(&name)? {
                return Ok(State { session, _scratch: None });
            }
        }
        let replayer = self.replayer_at(revisions)?;
        self.look_into(replayer)
    }

    fn look_into(&self, replayer: Replayer) -> Result<State, ShadowError> {
        let session = self.read_only(&replayer.name())?;
        Ok(State { session, _scratch: Some(replayer) })
    }

    /// Returns a scratch database in which these revisions, given in their order, are applied, and more can be: a copy
    /// of the nearest state that is kept, and the rest is replayed.
    ///
    /// # Errors
    /// As [`Replayer::up_all`].
    pub(crate) fn replayer_at(&mut self, revisions: &[Revised]) -> Result<Replayer, ShadowError> {
        let mut replayer = None;
        let mut done = 0;
        if self.kind() == Kind::Private && !revisions.is_empty() {
            let keys = self.keys(revisions);
            let there = databases(&mut self.admin.borrow_mut())?;
            for (count, key) in keys.iter().enumerate().rev() {
                let name = self.state(key)?;
                if let Some(found) = there.iter().find(|found| found.template && found.name == name.as_str())
                    && let Some(copied) = self.copy(found, &name, count)?
                {
                    (replayer, done) = (Some(copied), count);
                    break;
                }
            }
        }
        let mut replayer = match replayer {
            Some(replayer) => replayer,
            None => self.replayer()?,
        };
        replayer.up_all(&revisions[done..], &mut |_, _| Ok::<_, ShadowError>(Control::Continue))?;
        Ok(replayer)
    }

    /// Keeps the state that a replay has come to, so that a later run finds it. Returns false where it cannot be kept:
    /// the server is not private, or something in it belongs to a role. The replay has ended with that.
    ///
    /// # Errors
    /// The server's.
    #[expect(
        dead_code,
        reason = "for those who replay to the end and look on the way; `at` keeps what it makes itself"
    )]
    pub(crate) fn keep(&mut self, replayer: Replayer, revisions: &[Revised]) -> Result<bool, ShadowError> {
        if self.kind() != Kind::Private {
            return Ok(false);
        }
        let name = self.state(self.keys(revisions).last().map_or("", String::as_str))?;
        Ok(self.finish(replayer, &name)?.is_none())
    }

    /// Copies a state. None where it cannot be copied: somebody is looking at it, or it has just gone.
    fn copy(&mut self, found: &Found, name: &Ident, applied: usize) -> Result<Option<Replayer>, ShadowError> {
        await_leaving(&mut self.admin.borrow_mut(), name);
        match self.create(Some(name)) {
            Ok(mut scratch) => {
                self.used(found);
                self.furnish_roles(&mut scratch)?;
                Ok(Some(self.replayer_in(scratch, applied)?))
            }
            // 55006 in use, 3D000 gone
            Err(ShadowError::Create { error, .. }) if error.is("55006") || error.is("3D000") => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Makes a finished state of a replay. Gives the replay back where its state is not one to be kept.
    fn finish(&mut self, mut replayer: Replayer, name: &Ident) -> Result<Option<Replayer>, ShadowError> {
        if !replayer.scratch().can_be_kept()? {
            return Ok(Some(replayer));
        }
        self.evict()?;
        let scratch = replayer.into_scratch();
        self.mark(scratch.name(), &Marker::now("cache"))?;
        let database = scratch.name().clone();
        // Renaming wants nobody connected. Only from then on the database is no scratch any more.
        let scratch = scratch.closed();
        let renamed = self
            .admin
            .borrow_mut()
            .run(&format!("ALTER DATABASE {database} IS_TEMPLATE true; ALTER DATABASE {database} RENAME TO {name}"));
        match renamed {
            Ok(()) => scratch.keep(),
            // 42P04: another run was quicker. 55006: somebody looks at it.
            Err(error) if error.is("42P04") || error.is("55006") => (),
            Err(error) => return Err(error.into()),
        }
        Ok(None)
    }

    /// Connects to a state that is kept. None where there is none.
    fn enter(&mut self, name: &Ident) -> Result<Option<Session>, ShadowError> {
        let there = databases(&mut self.admin.borrow_mut())?;
        let Some(found) = there.iter().find(|found| found.template && found.name == name.as_str()) else {
            return Ok(None);
        };
        match self.read_only(name) {
            Ok(session) => {
                self.used(found);
                Ok(Some(session))
            }
            Err(ShadowError::Connect(ConnectError::NoDatabase { .. })) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn read_only(&self, name: &Ident) -> Result<Session, ShadowError> {
        let mut session = self.connect(name.as_str())?;
        self.overridden(&mut session)?;
        session.run("SET default_transaction_read_only = on")?;
        Ok(session)
    }

    /// Notes that a state was used. Nothing depends on it.
    fn used(&self, found: &Found) {
        if let (Some(marker), Ok(name)) = (Marker::read(found.comment.as_deref()), Ident::parse(&found.name)) {
            self.mark(&name, &Marker { used: world::now().as_second(), ..marker }).ok();
        }
    }

    /// Drops the states that were not used for longest, so that there is room for one more.
    fn evict(&mut self) -> Result<(), ShadowError> {
        let mut admin = self.admin.borrow_mut();
        let mut states: Vec<(i64, Found)> = databases(&mut admin)?
            .into_iter()
            .filter(|found| found.name.starts_with(CACHE))
            .filter_map(|found| Some((Marker::read(found.comment.as_deref())?.used, found)))
            .collect();
        states.sort_by_key(|(used, _)| std::cmp::Reverse(*used));
        for (_, found) in states.iter().skip(KEPT - 1).filter(|(_, found)| !found.busy) {
            drop_unused(&mut admin, found);
        }
        Ok(())
    }

    fn state(&self, key: &str) -> Result<Ident, ShadowError> {
        let digits: String = key.chars().take(24).collect();
        Ok(Ident::parse(&format!("{CACHE}{digits}"))?)
    }

    /// Returns the digests of all states on the way: of nothing, of the first revision, of the first two, …
    fn keys(&self, revisions: &[Revised]) -> Vec<String> {
        let blueprint = &self.blueprint;
        let database = blueprint.model.as_ref().map(|model| (&model.encoding, &model.database));
        let base = format!(
            "{FORMAT} {} {:?} {database:?} {:?} {:?} {:?} {:?} {:?}",
            env!("CARGO_PKG_VERSION"),
            self.server.server,
            self.settings(),
            self.server.offered,
            blueprint.schemas,
            blueprint.extensions,
            (&blueprint.database, &blueprint.version_table, &blueprint.version_table_schema),
        );
        let mut keys = vec![sha256(&base)];
        for revised in revisions {
            let section = &revised.up.section;
            let last = keys.last().map_or("", String::as_str);
            keys.push(sha256(&format!("{last} {} {}", section.transaction, section.checksum)));
        }
        keys
    }
}

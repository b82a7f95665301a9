//! Shadow databases: scratch databases in which revisions are replayed, so that their schema can be looked at, compared
//! and proven (DESIGN §6). The target is never written to.
//!
//! A [`Shadow`] is a server that was found ([`place`]) and what the databases on it shall be like ([`Blueprint`]).
//! It gives a [`Replayer`](replay::Replayer), a fresh scratch database that revisions are run in and that goes with it,
//! or a finished state that an earlier run has kept ([`template`], private servers only).

pub(crate) mod adopt;
pub(crate) mod declared;
pub(crate) mod dump;
pub(crate) mod error;
pub(crate) mod model;
pub(crate) mod place;
pub(crate) mod promised;
pub(crate) mod proof;
pub(crate) mod replay;
mod roles;
mod sample;
mod scratch;
pub(crate) mod source;
mod sweep;
mod template;
pub(crate) mod verify;

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use serde::Deserialize;

use crate::bootstrap::wanted::{DatabaseWanted, ExtensionWanted, SchemaWanted};
use crate::pg::connect::{ConnectError, Options, Wants, connect};
use crate::pg::session::{Notices, Session};
use crate::shadow::error::ShadowError;
use crate::shadow::model::Model;
use crate::shadow::place::{Kind, Place};
use crate::text::dsn::Dsn;
use crate::text::fill::fill;
use crate::text::ident::Ident;
use crate::text::literal::Literal;

/// What the prefix of every scratch database is.
const SCRATCH: &str = "pgkeel_shadow_";
/// What the prefix of every finished state is.
const CACHE: &str = "pgkeel_cache_";
/// What `pg_stat_activity` shows.
const APPLICATION: &str = "pgkeel shadow";

/// What a shadow database is like before the first revision runs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Blueprint {
    /// The target, where there is one: encoding, locale, settings, time zone.
    pub(crate) model: Option<Model>,
    /// Without a target: what a database that bootstrap creates is like.
    pub(crate) database: DatabaseWanted,
    /// The setting `schema`: first in the search_path.
    pub(crate) schema: Option<Ident>,
    /// The schemas that bootstrap makes, but those that revisions make themselves.
    pub(crate) schemas: Vec<SchemaWanted>,
    /// The extensions that have to be there, but those that revisions make themselves.
    pub(crate) extensions: Vec<ExtensionWanted>,
    /// Roles that revisions name, and that the target's server has. A private server gets those that it lacks.
    pub(crate) roles: Vec<String>,
    /// The name of the version table.
    pub(crate) version_table: String,
    /// Its schema, where a setting says.
    pub(crate) version_table_schema: Option<String>,
    /// The longest time of one attempt to connect.
    pub(crate) connect_timeout: Duration,
}

/// A server for shadow databases, and what they are like.
pub(crate) struct Shadow {
    place: Place,
    blueprint: Blueprint,
    /// For creating and dropping databases. It outlives the databases, and no signal cancels what it runs: after Ctrl-C
    /// they are still to be dropped.
    admin: Rc<RefCell<Session>>,
    server: Server,
    /// How many databases were made.
    made: u32,
    notes: Vec<String>,
}

/// What the server is.
#[derive(Clone, Debug, Deserialize)]
struct Server {
    version: u32,
    server: String,
    role: String,
    may_create_databases: bool,
    syncs: bool,
    offered: Vec<String>,
}

impl Shadow {
    /// Connects to the server, and removes what killed runs have left there.
    ///
    /// # Errors
    /// The server cannot be reached; the role may not create databases.
    pub(crate) fn open(place: Place, blueprint: Blueprint) -> Result<Self, ShadowError> {
        let mut admin = session(&place.dsn, &blueprint)?;
        let names: Vec<String> = blueprint.extensions.iter().map(|it| Literal(&it.name).to_string()).collect();
        let names = format!("ARRAY[{}]", names.join(", "));
        let server: Server = admin.json(&fill(include_str!("../../sql/shadow/server.sql"), &[("$1", &names)]))?;
        if !server.may_create_databases {
            let place = crate::pg::connect::place(&place.dsn);
            return Err(ShadowError::MayNotCreate { role: server.role, place });
        }
        admin
            .run("SET statement_timeout = 0; SET idle_session_timeout = 0; SET default_transaction_read_only = off")?;
        sweep::sweep(&mut admin, place.kind)?;
        let admin = Rc::new(RefCell::new(admin));
        Ok(Self { place, blueprint, admin, server, made: 0, notes: Vec::new() })
    }

    /// Returns whether anybody else uses the server.
    pub(crate) fn kind(&self) -> Kind {
        self.place.kind
    }

    /// Returns the major version of the server. Schemas read on servers of different majors cannot be compared.
    pub(crate) fn major(&self) -> u32 {
        self.server.version / 10_000
    }

    /// Returns the major version of the target, where there is one.
    pub(crate) fn target_major(&self) -> Option<u32> {
        self.blueprint.model.as_ref().map(Model::major)
    }

    /// Returns where the server is, for people.
    pub(crate) fn shown(&self) -> String {
        let private = if self.place.kind == Kind::Private { "the private development server, " } else { "" };
        format!("{private}{}", crate::pg::connect::place(&self.place.dsn))
    }

    /// Takes what a person should know of the databases that were made: where they differ from the target.
    pub(crate) fn take_notes(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notes)
    }

    fn note(&mut self, note: String) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// Connects to one of the databases; a signal cancels what that session runs.
    fn connect(&self, database: &str) -> Result<Session, ConnectError> {
        let dsn = Dsn { dbname: Some(database.to_owned()), ..self.place.dsn.clone() };
        Ok(session(&dsn, &self.blueprint)?.cancelled_by_signals())
    }
}

fn session(dsn: &Dsn, blueprint: &Blueprint) -> Result<Session, ConnectError> {
    let notices = Notices::silent();
    let timeout = blueprint.connect_timeout;
    connect(dsn, &Options { application_name: APPLICATION, timeout, wants: Wants::Primary, notices })
}

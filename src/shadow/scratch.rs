//! A scratch database: made like the target, gone with its value.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use crate::bootstrap::step::Why;
use crate::bootstrap::wanted::DatabaseWanted;
use crate::pg::error::{INSUFFICIENT_PRIVILEGE, SqlError};
use crate::pg::session::Session;
use crate::shadow::error::ShadowError;
use crate::shadow::model::Model;
use crate::shadow::place::Kind;
use crate::shadow::roles::Roles;
use crate::shadow::sweep::Marker;
use crate::shadow::{SCRATCH, Shadow};
use crate::text::fill::fill;
use crate::text::ident::{Ident, readable};
use crate::text::literal::Literal;
use crate::world;

/// Settings of the target database that are not copied: they would hinder a replay, or need what only the target's
/// server has.
const NOT_COPIED: &[&str] = &[
    "default_tablespace",
    "default_transaction_deferrable",
    "default_transaction_isolation",
    "default_transaction_read_only",
    "event_triggers",
    "idle_in_transaction_session_timeout",
    "idle_session_timeout",
    "local_preload_libraries",
    "lock_timeout",
    "role",
    "search_path",
    "session_authorization",
    "session_preload_libraries",
    "session_replication_role",
    "statement_timeout",
    "temp_tablespaces",
    "transaction_timeout",
];
const NOT_COPIED_BEGINNINGS: &[&str] = &["auto_explain.", "log_", "pgaudit.", "tcp_", "debug_"];

/// SQLSTATEs of a locale or an encoding that the server does not have, or that do not go together.
const NO_SUCH_LOCALE: [&str; 5] = ["42809", "22023", "42704", "0A000", "42601"];

/// A scratch database, and a session in it. Dropped with it, also after an error or a signal.
pub(super) struct Scratch {
    name: Ident,
    /// None while it is dropped.
    session: Option<Session>,
    /// The statements for settings that defaults of the role override; see [`Shadow::overridden`].
    settings: String,
    /// The roles that it has brought along; none on a server that others use, where it brings none.
    roles: Option<Roles>,
    admin: Rc<RefCell<Session>>,
    /// Whether it has become something else, and stays.
    kept: bool,
}

impl Scratch {
    /// The session.
    pub(super) fn session(&mut self) -> &mut Session {
        match &mut self.session {
            Some(session) => session,
            None => panic!("bug: a scratch database is used after its session was closed"),
        }
    }

    /// Finds the roles that have come since it was made; they go with it.
    ///
    /// # Errors
    /// The server's.
    pub(super) fn look_for_roles(&mut self) -> Result<(), SqlError> {
        match (&mut self.roles, &mut self.session) {
            (Some(roles), Some(session)) => roles.look(session),
            (_, _) => Ok(()),
        }
    }

    /// Ends the session; the database is still to be dropped.
    pub(super) fn closed(mut self) -> Self {
        self.session = None;
        if let Ok(mut admin) = self.admin.try_borrow_mut() {
            await_leaving(&mut admin, &self.name);
        }
        self
    }

    /// Returns whether the database can outlive the replay: nothing in it belongs to a role, or is granted to one, which
    /// then could not be dropped any more, not by a revision in the development database either.
    ///
    /// # Errors
    /// The server's.
    pub(super) fn can_be_kept(&mut self) -> Result<bool, SqlError> {
        if self.roles.as_ref().is_none_or(Roles::are_made) {
            return Ok(false);
        }
        let depends: bool = self.session().json(include_str!("../../sql/shadow/depends_on_roles.sql"))?;
        Ok(!depends)
    }

    /// Gives the database away: it is not dropped any more.
    pub(super) fn keep(mut self) {
        self.kept = true;
    }

    /// Returns the statements for settings that defaults of the role override.
    pub(super) fn settings(&self) -> &str {
        &self.settings
    }

    /// Returns the name.
    pub(super) fn name(&self) -> &Ident {
        &self.name
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Nobody holds it while a scratch goes; were it so, the next run's sweep would find the database.
        let Ok(mut admin) = self.admin.try_borrow_mut() else { return };
        if let Some(mut session) = self.session.take() {
            // A prepared transaction holds its database, and nobody will come to finish it.
            let sql = format!("ROLLBACK; {}", include_str!("../../sql/shadow/obstacles.sql"));
            let all: Vec<String> = session.json(&sql).unwrap_or_default();
            for statement in all {
                session.run(&statement).ok();
            }
        }
        if !self.kept {
            let name = &self.name;
            await_leaving(&mut admin, name);
            // Where the server is gone, the next run's sweep finds it.
            admin.run(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).ok();
        }
        if let Some(roles) = &self.roles {
            roles.drop(&mut admin);
        }
    }
}

impl Shadow {
    /// Makes an empty scratch database, with the schemas, extensions and roles that there are before the first revision.
    ///
    /// # Errors
    /// The server's; an extension that it does not offer.
    pub(super) fn scratch(&mut self) -> Result<Scratch, ShadowError> {
        let mut scratch = self.create(None)?;
        self.furnish(scratch.session())?;
        self.furnish_roles(&mut scratch)?;
        Ok(scratch)
    }

    /// Makes a scratch database: empty, or a copy of a finished state.
    ///
    /// # Errors
    /// The server's.
    pub(super) fn create(&mut self, template: Option<&Ident>) -> Result<Scratch, ShadowError> {
        if let Some(signal) = world::interrupted() {
            return Err(ShadowError::Interrupted(signal));
        }
        self.made += 1;
        let random: String = world::random::<4>().iter().map(|byte| format!("{byte:02x}")).collect();
        let name = Ident::parse(&format!("{SCRATCH}{random}_{}_{}", std::process::id(), self.made))?;
        // Files are copied quicker than pages are logged, where nobody waits for the disk.
        let strategy = if self.server.syncs { "wal_log" } else { "file_copy" };
        let ways = match (template, &self.blueprint.model) {
            (Some(template), _) => vec![(format!("TEMPLATE {template}"), None)],
            (None, Some(model)) => ways(model),
            (None, None) => vec![(like_bootstrap(&self.blueprint.database), None)],
        };
        let mut outcome = Ok(());
        for (way, note) in ways {
            outcome = self.admin.borrow_mut().run(&format!("CREATE DATABASE {name} {way} STRATEGY {strategy}"));
            match &outcome {
                Ok(()) => {
                    if let Some(note) = note {
                        self.note(note);
                    }
                    break;
                }
                Err(error) if NO_SUCH_LOCALE.iter().any(|state| error.is(state)) => (),
                Err(_) => break,
            }
        }
        outcome.map_err(|error| self.not_created(error))?;
        // From here on the database goes with the value, whatever happens.
        let (settings, admin) = (String::new(), Rc::clone(&self.admin));
        let mut scratch = Scratch { name, session: None, settings, roles: None, admin, kept: false };
        self.mark(&scratch.name, &Marker::now("shadow"))?;
        self.settle(&scratch.name)?;
        let mut session = self.connect(scratch.name.as_str())?;
        scratch.settings = self.overridden(&mut session)?;
        if self.place.kind == Kind::Private {
            scratch.roles = Some(Roles::before(&mut session)?);
        }
        scratch.session = Some(session);
        Ok(scratch)
    }

    fn not_created(&self, error: SqlError) -> ShadowError {
        let place = crate::pg::connect::place(&self.place.dsn);
        if error.is(INSUFFICIENT_PRIVILEGE) {
            ShadowError::MayNotCreate { role: self.server.role.clone(), place }
        } else {
            ShadowError::Create { place, error }
        }
    }

    /// Says in its comment that a database is ours.
    pub(super) fn mark(&self, name: &Ident, marker: &Marker) -> Result<(), SqlError> {
        let text = marker.text();
        self.admin.borrow_mut().run(&format!("COMMENT ON DATABASE {name} IS {}", Literal(&text)))
    }

    /// Gives the database the settings that its sessions begin with: `RESET ALL` after each revision leads back to them.
    fn settle(&self, name: &Ident) -> Result<(), SqlError> {
        let one = |(setting, value): &(String, String)| {
            let parts: Vec<String> =
                setting.split('.').map(|part| format!("\"{}\"", part.replace('"', "\"\""))).collect();
            format!(
                "SELECT pg_catalog.set_config({}, {}, true); ALTER DATABASE {name} SET {} FROM CURRENT;",
                Literal(setting),
                Literal(value),
                parts.join(".")
            )
        };
        let all = self.settings();
        let sql: String = all.iter().map(one).collect();
        let mut admin = self.admin.borrow_mut();
        let Err(error) = admin.run(&format!("BEGIN; {sql} COMMIT")) else { return Ok(()) };
        admin.run("ROLLBACK")?;
        if error.closed {
            return Err(error);
        }
        // One of the target's own: a parameter of an extension, or one that only a superuser may set. The others count.
        for setting in &all {
            if admin.run(&format!("BEGIN; {} COMMIT", one(setting))).is_err() {
                admin.run("ROLLBACK")?;
            }
        }
        Ok(())
    }

    /// Returns the settings of a shadow's sessions: the target's, and on top what a replay counts on.
    pub(super) fn settings(&self) -> Vec<(String, String)> {
        let is_copied = |name: &str| {
            let name = name.to_ascii_lowercase();
            !NOT_COPIED.contains(&name.as_str()) && !NOT_COPIED_BEGINNINGS.iter().any(|it| name.starts_with(it))
        };
        let mut settings: Vec<(String, String)> = Vec::new();
        if let Some(model) = &self.blueprint.model {
            let own = model.settings.iter().filter_map(|setting| setting.split_once('='));
            settings.extend(own.filter(|(name, _)| is_copied(name)).map(|(name, value)| (name.into(), value.into())));
            settings.push(("TimeZone".to_owned(), model.time_zone.clone()));
        } else {
            let wanted = self.blueprint.database.parameters.iter().filter(|parameter| is_copied(&parameter.name));
            settings.extend(wanted.map(|parameter| (parameter.name.clone(), parameter.value.clone())));
        }
        let fixed = [
            ("default_transaction_read_only", "off"),
            ("idle_in_transaction_session_timeout", "0"),
            ("lock_timeout", "0"),
            ("standard_conforming_strings", "on"),
            ("statement_timeout", "0"),
            ("synchronous_commit", "off"),
            ("client_min_messages", "warning"),
        ];
        settings.extend(fixed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        if self.major() >= 17 {
            settings.push(("transaction_timeout".to_owned(), "0".to_owned()));
        }
        settings.push(("search_path".to_owned(), self.search_path()));
        settings
    }

    /// Sets what the session did not begin with, since defaults of the role are stronger than those of the database.
    /// Returns the statements that do it; mostly none.
    ///
    /// # Errors
    /// The server's.
    pub(super) fn overridden(&self, session: &mut Session) -> Result<String, SqlError> {
        let wanted = self.settings();
        let asked: Vec<String> =
            wanted.iter().map(|(name, _)| format!("pg_catalog.current_setting({}, true)", Literal(name))).collect();
        let rows = session.rows(&format!("SELECT {}", asked.join(", ")))?;
        let found = wanted.iter().zip(rows.into_iter().flatten());
        let different = found.filter(|((_, wanted), is)| is.as_ref() != Some(wanted));
        let set: Vec<String> = different
            .map(|((name, value), _)| {
                format!("SELECT pg_catalog.set_config({}, {}, false); ", Literal(name), Literal(value))
            })
            .collect();
        if set.is_empty() {
            return Ok(String::new());
        }
        session.lift_statement_timeout()?;
        // A transaction of its own: what follows in the same message may begin one in a way that wants no query before.
        let together = |set: &[String]| format!("BEGIN; {} COMMIT; ", set.concat());
        match session.run(&together(&set)) {
            Ok(()) => Ok(together(&set)),
            Err(error) if error.closed => Err(error),
            Err(_) => {
                session.run("ROLLBACK")?;
                // One of the target's own that this role may not set, or that nothing here knows.
                let possible: Vec<String> = set.into_iter().filter(|one| session.run(one).is_ok()).collect();
                Ok(together(&possible))
            }
        }
    }

    /// The setting `schema`, followed by the search_path of the target; `"$user"` is the role that migrates there.
    fn search_path(&self) -> String {
        let model = self.blueprint.model.as_ref();
        let wanted = self.blueprint.database.parameters.iter().find(|it| it.name.eq_ignore_ascii_case("search_path"));
        let otherwise = wanted.map_or("\"$user\", public", |wanted| wanted.value.trim());
        let own = model.map_or(otherwise, |model| model.search_path.trim());
        let own = match model {
            Some(model) if model.role != self.server.role => {
                let role = format!("\"{}\"", model.role.replace('"', "\"\""));
                own.replace("\"$user\"", &role)
            }
            _ => own.to_owned(),
        };
        let Some(schema) = &self.blueprint.schema else { return own };
        let first = own.split(',').next().unwrap_or_default().trim();
        match own.as_str() {
            _ if first == schema.as_str() || first == readable(schema.as_str()) || first == schema.to_string() => own,
            "" => schema.to_string(),
            own => format!("{schema}, {own}"),
        }
    }

    /// Makes what bootstrap would have made before the first revision, and the roles that a private server lacks.
    fn furnish(&mut self, session: &mut Session) -> Result<(), ShadowError> {
        let blueprint = self.blueprint.clone();
        let mut schemas: Vec<&str> = blueprint.schemas.iter().map(|schema| schema.name.as_str()).collect();
        schemas.extend(blueprint.extensions.iter().filter_map(|extension| extension.schema.as_deref()));
        for schema in schemas.into_iter().filter(|schema| *schema != "public" && !schema.starts_with("pg_")) {
            let sql = format!("CREATE SCHEMA IF NOT EXISTS {}", Ident::parse(schema)?);
            session.run(&sql).map_err(|error| refused(format!("the schema {}", readable(schema)), error))?;
        }
        for extension in &blueprint.extensions {
            let mut sql = format!("CREATE EXTENSION IF NOT EXISTS {}", Ident::parse(&extension.name)?);
            if let Some(schema) = &extension.schema {
                sql = format!("{sql} SCHEMA {}", Ident::parse(schema)?);
            }
            if let Some(version) = &extension.version {
                sql = format!("{sql} VERSION {}", Literal(version));
            }
            match session.run(&format!("{sql} CASCADE")) {
                Ok(()) => (),
                Err(error) if extension.optional && !error.closed => {
                    let name = readable(&extension.name);
                    self.note(format!("the shadow database has no extension {name}: {}", error.message));
                }
                Err(error) => return Err(refused(format!("the extension {}", readable(&extension.name)), error)),
            }
        }
        Ok(())
    }

    /// Makes those of the target's roles that a private server lacks: revisions grant to them.
    ///
    /// # Errors
    /// The server's.
    pub(super) fn furnish_roles(&self, scratch: &mut Scratch) -> Result<(), ShadowError> {
        let roles = &self.blueprint.roles;
        if self.place.kind != Kind::Private || roles.is_empty() {
            return Ok(());
        }
        let session = scratch.session();
        let names: Vec<String> = roles.iter().map(|role| Literal(role).to_string()).collect();
        let names = format!("ARRAY[{}]", names.join(", "));
        let sql = fill(include_str!("../../sql/shadow/missing_roles.sql"), &[("$1", &names)]);
        let missing: Vec<String> = session.json(&sql)?;
        for role in missing {
            match session.run(&format!("CREATE ROLE {} NOLOGIN", Ident::parse(&role)?)) {
                // Another run was quicker.
                Err(error) if error.is("42710") || error.is("23505") => (),
                outcome => outcome?,
            }
        }
        scratch.look_for_roles()?;
        if let Some(roles) = &mut scratch.roles {
            roles.count_as_furnished();
        }
        Ok(())
    }
}

/// Waits a moment until a session that was closed has ended on the server as well. Where it has not, the server itself
/// waits, for a tenth of a second at a time.
pub(super) fn await_leaving(admin: &mut Session, database: &Ident) {
    let sql = fill(include_str!("../../sql/shadow/is_entered.sql"), &[("$1", &Literal(database.as_str()))]);
    for _ in 0..30 {
        if !admin.json::<bool>(&sql).unwrap_or_default() {
            return;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn refused(object: String, error: SqlError) -> ShadowError {
    match error.sqlstate {
        Some(sqlstate) if !error.closed => {
            let (message, detail, hint) = (error.message, error.detail, error.hint);
            ShadowError::Furnish { object, why: Why::Server { message, sqlstate, detail, hint } }
        }
        sqlstate => ShadowError::Sql(SqlError { sqlstate, ..error }),
    }
}

/// The database that bootstrap would create.
fn like_bootstrap(wanted: &DatabaseWanted) -> String {
    let encoding = wanted.encoding.as_ref().map(|encoding| format!(" ENCODING {}", Literal(encoding)));
    let locale = wanted.locale.as_ref().map(|locale| format!(" LOCALE {}", Literal(locale)));
    format!("TEMPLATE template0{}{}", encoding.unwrap_or_default(), locale.unwrap_or_default())
}

/// Ways to ask for a database like the target, the best first: its locale may be unknown here. Each with what is to be
/// said where it is the one.
fn ways(model: &Model) -> Vec<(String, Option<String>)> {
    let row = &model.database;
    let encoding = Literal(&model.encoding).to_string();
    let libc = |locale: &str| format!("TEMPLATE template0 ENCODING {encoding} LOCALE_PROVIDER libc LOCALE '{locale}'");
    let base = format!(
        "TEMPLATE template0 ENCODING {encoding} LC_COLLATE {} LC_CTYPE {}",
        Literal(&row.datcollate),
        Literal(&row.datctype)
    );
    let locale = row.locale().unwrap_or_default();
    let rules = row.daticurules.as_ref().map(|rules| format!(" ICU_RULES {}", Literal(rules))).unwrap_or_default();
    let like_it = match row.datlocprovider {
        'i' => format!("{base} LOCALE_PROVIDER icu ICU_LOCALE {}{rules}", Literal(locale)),
        'b' => format!("{base} LOCALE_PROVIDER builtin BUILTIN_LOCALE {}", Literal(locale)),
        _ => format!("{base} LOCALE_PROVIDER libc"),
    };
    let shown = match row.datlocprovider {
        'i' => format!("{locale} (ICU)"),
        'b' => format!("{locale} (builtin)"),
        _ => row.datcollate.clone(),
    };
    let note = |instead: &str| {
        Some(format!(
            "the shadow's server has no locale {shown} as the target; the shadow has {instead}, and sorts as that"
        ))
    };
    vec![(like_it, None), (libc("C.UTF-8"), note("libc's C.UTF-8")), (libc("C"), note("libc's C"))]
}

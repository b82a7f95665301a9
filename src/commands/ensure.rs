//! Creates what is wanted and missing: roles, database, schemas, extensions, privileges. Looks first, and looks again
//! when somebody else was quicker. What the server refuses is collected, so that all problems come in one go.

use std::time::{Duration, Instant};

use crate::bootstrap::facts::{Objects, Server};
use crate::bootstrap::step::{Object, Status, Step, Why};
use crate::bootstrap::wanted::{DatabaseWanted, SchemaWanted, Wanted};
use crate::bootstrap::{DatabaseFacts, ServerFacts, inside, outside};
use crate::commands::database::{admin, interrupted, maintenance, work};
use crate::commands::{Context, Failure};
use crate::pg::bootstrap::{Ran, database_facts, objects, pauses, run, server, server_facts};
use crate::pg::session::Session;
use crate::report::diagnostic::{Diagnostic, Exit};
use crate::report::explain::bootstrap::refused;
use crate::settings::target::Target;
use crate::text::dsn::Dsn;
use crate::world;

/// What was found and done.
#[derive(Debug, Default)]
pub(crate) struct Ensured {
    /// The steps outside of the database.
    outside: Vec<Step>,
    /// The steps inside.
    inside: Vec<Step>,
    /// The server, for advice.
    server: Server,
    /// The database.
    database: String,
}

impl Ensured {
    /// Returns all steps.
    pub(crate) fn steps(&self) -> impl Iterator<Item = &Step> {
        self.outside.iter().chain(&self.inside)
    }

    /// Returns what was refused as an error.
    ///
    /// # Errors
    /// If anything was refused.
    pub(crate) fn verdict(&self) -> Result<(), Failure> {
        match refused(&self.outside, &self.inside, &self.server, &self.database) {
            Some(diagnostic) => Err(diagnostic.into()),
            None => Ok(()),
        }
    }

    /// Takes over what was done later: what had to wait for the revisions.
    pub(crate) fn add_later(&mut self, later: Vec<Step>) {
        for step in later {
            match self.inside.iter_mut().find(|known| known.is_same(&step)) {
                Some(known) if step.status != Status::Exists || known.status == Status::Skipped => *known = step,
                Some(_) => (),
                None => self.inside.push(step),
            }
        }
    }

    /// Returns whether something waits for what the revisions make.
    pub(crate) fn waits_for_revisions(&self) -> bool {
        self.inside.iter().any(|step| step.object == Object::Grant || step.why == Some(Why::Later))
    }
}

/// Returns the schemas that pending revisions create. Asked with a session in the database, or with none while there is
/// no database.
pub(crate) type MadeLater<'a> = dyn FnMut(&mut Context, Option<&mut Session>) -> Result<Vec<String>, Failure> + 'a;

/// How to go about it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct How<'a> {
    /// Only plan.
    pub(crate) dry_run: bool,
    /// Schemas that pending revisions create.
    pub(crate) made_later: &'a [String],
    /// Whether to wait for a server that is in recovery.
    pub(crate) wait: bool,
}

/// Creates everything that is missing, the database included.
///
/// # Errors
/// No connection; that others are at it all the time. What the server refuses is in [`Ensured`].
pub(crate) fn ensure(
    cx: &mut Context,
    target: &Dsn,
    dry_run: bool,
    made_later: &mut MadeLater<'_>,
) -> Result<Ensured, Failure> {
    let wanted = wanted(cx, target);
    let place = within(cx, target);
    let (mut session, mut is_within) = match work(cx, &place)? {
        Some(session) => (session, true),
        None => (maintenance(cx, target)?, false),
    };
    let made_later = made_later(cx, is_within.then_some(&mut session))?;
    let how = How { dry_run, made_later: &made_later, wait: true };
    if let Some(impossible) = impossible(&mut session, &wanted, how, is_within)? {
        return Ok(impossible);
    }
    let (outside, facts) = settle_outside(cx, &mut session, &wanted, how)?;
    let database = wanted.database.name.clone();
    let mut ensured = Ensured { outside, server: facts.server.clone(), database, ..Ensured::default() };
    if !is_within
        && !dry_run
        && ensured.outside.iter().any(|step| step.object == Object::Database && step.status != Status::Refused)
    {
        let Some(created) = work(cx, &place)? else { return Err(gone(&wanted.database.name)) };
        session = created;
        is_within = true;
    }
    ensured.inside = if is_within {
        let (inside, server) = settle_inside(cx, &mut session, &wanted, how)?;
        ensured.server = server;
        inside
    } else {
        expected(&mut session, &wanted, &made_later, &facts, dry_run)?
    };
    Ok(ensured)
}

/// Creates what is missing where the database is there already. `session` is one of the role that migrates; where there
/// is an administrator's connection, that is used.
///
/// # Errors
/// As [`ensure`].
pub(crate) fn ensure_within(
    cx: &Context,
    session: &mut Session,
    target: &Dsn,
    how: How<'_>,
) -> Result<Ensured, Failure> {
    let wanted = wanted(cx, target);
    with_administrator(cx, session, target, |session| {
        if let Some(impossible) = impossible(session, &wanted, how, true)? {
            return Ok(impossible);
        }
        let outside = if wanted.roles.is_empty() && wanted.database.parameters.is_empty() {
            Vec::new()
        } else {
            settle_outside(cx, session, &wanted, how)?.0
        };
        let (inside, server) = settle_inside(cx, session, &wanted, how)?;
        Ok(Ensured { outside, inside, server, database: wanted.database.name.clone() })
    })
}

/// Creates what had to wait for the revisions.
///
/// # Errors
/// As [`ensure`].
pub(crate) fn ensure_afterwards(cx: &Context, session: &mut Session, target: &Dsn) -> Result<Vec<Step>, Failure> {
    let wanted = wanted(cx, target);
    let how = How { dry_run: false, made_later: &[], wait: false };
    with_administrator(cx, session, target, |session| Ok(settle_inside(cx, session, &wanted, how)?.0))
}

/// Returns whether anything is wanted beside the database.
pub(crate) fn wants_objects(cx: &Context) -> bool {
    let settings = &cx.settings;
    let single = settings.schema.is_some() || settings.version_table_schema.is_some();
    single
        || !settings.schemas.is_empty()
        || !settings.extensions.is_empty()
        || !settings.roles.is_empty()
        || !settings.grants.is_empty()
        || !settings.default_privileges.is_empty()
        || !settings.database_parameters.is_empty()
}

/// Returns the schemas that texts of pending revisions create themselves.
pub(crate) fn created_later(texts: impl IntoIterator<Item = String>) -> Vec<String> {
    texts.into_iter().flat_map(|text| crate::text::parse::created_schemas(&text)).collect()
}

/// Returns what the settings want. What an administrator creates for the role that migrates belongs to that role,
/// where the settings name no owner: from PostgreSQL 15 on, it could not create a table otherwise.
fn wanted(cx: &Context, target: &Dsn) -> Wanted {
    let settings = &cx.settings;
    let migrates = target.user.clone().filter(|role| is_administered(cx, target) && !role.is_empty());
    let owner = settings.owner.clone().or_else(|| migrates.clone());
    let of_schemas = migrates.as_ref().and(owner.clone());
    let mut schemas: Vec<SchemaWanted> = settings
        .schemas
        .iter()
        .map(|it| SchemaWanted { name: it.name.clone(), owner: it.owner.clone().or_else(|| of_schemas.clone()) })
        .collect();
    let single = [settings.schema.as_ref(), settings.version_table_schema.as_ref()];
    for name in single.into_iter().flatten() {
        if !schemas.iter().any(|schema| schema.name == *name) {
            schemas.push(SchemaWanted { name: name.clone(), owner: of_schemas.clone() });
        }
    }
    let mut default_privileges = settings.default_privileges.clone();
    for default in &mut default_privileges {
        default.by = default.by.take().or_else(|| migrates.clone());
    }
    Wanted {
        roles: settings.roles.clone(),
        database: DatabaseWanted {
            name: target.dbname.clone().unwrap_or_else(|| settings.database_name.clone()),
            owner,
            encoding: settings.encoding.clone(),
            locale: settings.locale.clone(),
            template: settings.template.clone(),
            parameters: settings.database_parameters.clone(),
        },
        schemas,
        extensions: settings.extensions.clone(),
        grants: settings.grants.clone(),
        default_privileges,
    }
}

/// Whether another role than the one that migrates creates things.
fn is_administered(cx: &Context, target: &Dsn) -> bool {
    let is_url = matches!(cx.settings.target, Target::Url { .. });
    is_url && cx.settings.admin.as_ref().is_some_and(|admin| admin.user != target.user)
}

/// The database, as the role that creates things connects to it.
fn within(cx: &Context, target: &Dsn) -> Dsn {
    if is_administered(cx, target) {
        Dsn { dbname: target.dbname.clone(), ..admin(cx, target) }
    } else {
        target.clone()
    }
}

fn with_administrator<T>(
    cx: &Context,
    session: &mut Session,
    target: &Dsn,
    work_with: impl FnOnce(&mut Session) -> Result<T, Failure>,
) -> Result<T, Failure> {
    if !is_administered(cx, target) {
        return work_with(session);
    }
    match work(cx, &within(cx, target))? {
        Some(mut administrator) => work_with(&mut administrator),
        None => Err(gone(target.dbname.as_deref().unwrap_or_default())),
    }
}

/// Returns the plan where it is known before anything runs that something can't be had: nothing is begun then.
fn impossible(
    session: &mut Session,
    wanted: &Wanted,
    how: How<'_>,
    is_within: bool,
) -> Result<Option<Ensured>, Failure> {
    let facts = server_facts(session, wanted)?;
    let outside: Vec<Step> = once(outside(wanted, &facts)?);
    let inside = if is_within {
        let found = database_facts(session, wanted, &facts.server)?;
        once(inside(wanted, how.made_later, &facts, &found)?)
    } else {
        expected(session, wanted, how.made_later, &facts, true)?
    };
    let is_refused = |step: &Step| step.status == Status::Refused && step.doubt.as_ref() != step.why.as_ref();
    if how.dry_run || !outside.iter().chain(&inside).any(is_refused) {
        return Ok(None);
    }
    let unbegun = |step: Step| {
        let step = doubted(step);
        if step.is_pending() { Step { status: Status::Skipped, why: Some(Why::NotBegun), ..step } } else { step }
    };
    Ok(Some(Ensured {
        outside: outside.into_iter().map(unbegun).collect(),
        inside: inside.into_iter().map(unbegun).collect(),
        server: facts.server,
        database: wanted.database.name.clone(),
    }))
}

fn settle_outside(
    cx: &Context,
    session: &mut Session,
    wanted: &Wanted,
    how: How<'_>,
) -> Result<(Vec<Step>, ServerFacts), Failure> {
    if !how.dry_run {
        writable(cx, session, how.wait)?;
    }
    let mut facts = ServerFacts::default();
    let steps = settle(session, how.dry_run, "role or database", &mut |session| {
        facts = server_facts(session, wanted)?;
        Ok(outside(wanted, &facts)?)
    })?;
    Ok((steps, facts))
}

fn settle_inside(
    cx: &Context,
    session: &mut Session,
    wanted: &Wanted,
    how: How<'_>,
) -> Result<(Vec<Step>, Server), Failure> {
    if !how.dry_run {
        writable(cx, session, how.wait)?;
    }
    let mut facts = ServerFacts::default();
    let steps = settle(session, how.dry_run, "schema, extension or privilege", &mut |session| {
        facts = server_facts(session, wanted)?;
        let found = database_facts(session, wanted, &facts.server)?;
        Ok(inside(wanted, how.made_later, &facts, &found)?)
    })?;
    Ok((steps, facts.server))
}

/// What a database that is not there would get. What the server offers can be asked anywhere on it.
fn expected(
    session: &mut Session,
    wanted: &Wanted,
    made_later: &[String],
    facts: &ServerFacts,
    dry_run: bool,
) -> Result<Vec<Step>, Failure> {
    let elsewhere = objects(session, wanted)?;
    let everywhere = |name: &str| matches!(name, "public" | "plpgsql");
    let found = Objects {
        schemas: elsewhere.schemas.into_iter().filter(|schema| everywhere(&schema.name)).collect(),
        extensions: elsewhere.extensions.into_iter().filter(|extension| everywhere(&extension.name)).collect(),
        offered: elsewhere.offered,
        may_create: true,
    };
    let found = DatabaseFacts { objects: found, ..DatabaseFacts::default() };
    let steps = inside(wanted, made_later, facts, &found)?;
    let what = format!("the database {}", crate::text::ident::readable(&wanted.database.name));
    let steps = steps.into_iter().map(|step| match (dry_run, step.is_pending()) {
        (true, _) => doubted(step),
        (false, true) => step.refused(Why::Needs { what: what.clone() }),
        (false, false) => step,
    });
    Ok(once(steps.collect()))
}

/// Runs what is pending until a look finds nothing more to do. What was run and is still wanted had no effect; what was
/// refused is not tried twice.
fn settle(
    session: &mut Session,
    dry_run: bool,
    what: &str,
    look: &mut dyn FnMut(&mut Session) -> Result<Vec<Step>, Failure>,
) -> Result<Vec<Step>, Failure> {
    let (mut done, mut refused): (Vec<Step>, Vec<Step>) = (Vec::new(), Vec::new());
    for pause in pauses() {
        let steps = once(look(session)?);
        if dry_run {
            return Ok(steps.into_iter().map(doubted).collect());
        }
        let mut was_quiet = true;
        let mut raced = false;
        for step in steps.iter().filter(|step| step.is_pending()) {
            if refused.iter().any(|other| other.is_same(step)) {
                continue;
            }
            if done.iter().any(|other| other.is_same(step)) {
                let role = server(session)?.role;
                refused.push(step.clone().refused(Why::NoEffect { role }));
                continue;
            }
            was_quiet = false;
            if let Some(signal) = interrupted() {
                return Err(signal);
            }
            match run(session, step).map_err(|error| interrupted().unwrap_or_else(|| error.into()))? {
                Ran::Done => done.push(step.clone()),
                Ran::Again => {
                    raced = true;
                    break;
                }
                Ran::Refused(why) => refused.push(step.clone().refused(why)),
            }
        }
        if was_quiet {
            return Ok(merged(steps, &done, &refused));
        }
        if raced && !world::sleep(pause) {
            break;
        }
    }
    Err(still_in_the_way(what))
}

/// What was created in this run is said to be created, though it exists by now.
fn merged(steps: Vec<Step>, done: &[Step], refused: &[Step]) -> Vec<Step> {
    let became = |step: Step| {
        let found = refused.iter().chain(done).find(|other| other.is_same(&step));
        found.cloned().unwrap_or(step)
    };
    // What was only needed on the way is wanted no more.
    let on_the_way = done.iter().filter(|step| !steps.iter().any(|other| other.is_same(step)));
    on_the_way.cloned().collect::<Vec<_>>().into_iter().chain(steps.into_iter().map(became)).collect()
}

/// Two schemas of one owner need the same membership.
fn once(steps: Vec<Step>) -> Vec<Step> {
    let mut seen: Vec<Step> = Vec::with_capacity(steps.len());
    for step in steps {
        if !seen.iter().any(|other| other.is_same(&step)) {
            seen.push(step);
        }
    }
    seen
}

/// In a plan, what the server will hardly allow is refused.
fn doubted(step: Step) -> Step {
    match step.doubt.clone() {
        Some(doubt) if step.is_pending() => step.refused(doubt),
        _ => step,
    }
}

/// Waits until the server takes writes: one that restores a backup, or is about to be promoted, will.
fn writable(cx: &Context, session: &mut Session, wait: bool) -> Result<(), Failure> {
    let started = Instant::now();
    while server(session)?.in_recovery {
        if !wait || started.elapsed() >= cx.settings.wait {
            return Err(Diagnostic::new("standby", Exit::Refused, "the server is a standby: it takes no writes")
                .note("nothing was created")
                .help("connect to the primary; `pgkeel config` shows where host and port come from")
                .into());
        }
        cx.report.progress().again("waiting: the server is in recovery (a standby, or it restores a backup)");
        if !world::sleep(Duration::from_millis(500)) {
            return Err(interrupted().unwrap_or_else(|| still_in_the_way("object")));
        }
    }
    Ok(())
}

fn gone(name: &str) -> Failure {
    let message = format!("the database `{name}` was dropped meanwhile");
    Diagnostic::new("absent", Exit::Refused, message).help("run the command again").into()
}

fn still_in_the_way(object: &str) -> Failure {
    if let Some(failure) = interrupted() {
        return failure;
    }
    let message = format!("a {object} could not be created: others are at it at the same time");
    Diagnostic::new("lock", Exit::Lock, message).help("run the command again").into()
}

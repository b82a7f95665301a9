//! Creates what is wanted and missing: database, schemas, extensions. Looks first, and looks again when somebody else
//! was quicker.

use crate::bootstrap::{
    DatabaseWanted, ExtensionWanted, SchemaWanted, Status, Step, database as plan_database, line,
    objects as plan_objects,
};
use crate::commands::database::maintenance;
use crate::commands::{Context, Failure};
use crate::pg::bootstrap::{create, databases, facts, pauses};
use crate::pg::session::Session;
use crate::report::diagnostic::{Diagnostic, Exit};
use crate::text::dsn::Dsn;
use crate::world;

/// Creates the database where it is missing.
///
/// # Errors
/// A role that may not create it; the server's.
pub(crate) fn ensure_database(cx: &Context, target: &Dsn, dry_run: bool) -> Result<Step, Failure> {
    let settings = &cx.settings;
    let wanted = DatabaseWanted {
        name: target.dbname.clone().unwrap_or_else(|| settings.database_name.clone()),
        owner: settings.owner.clone(),
        encoding: settings.encoding.clone(),
        locale: settings.locale.clone(),
        template: settings.template.clone(),
    };
    let mut session = maintenance(cx, target)?;
    for pause in pauses() {
        let exists = databases(&mut session)?.contains(&wanted.name);
        let step = plan_database(&wanted, exists)?;
        if exists || dry_run {
            return Ok(told(cx, step, dry_run));
        }
        if create(&mut session, &step)? {
            return Ok(told(cx, step, dry_run));
        }
        if !world::sleep(pause) {
            break;
        }
    }
    Err(still_in_the_way("database", &wanted.name))
}

/// Creates the schemas and extensions that are missing. `made_later` are schemas that pending revisions create.
///
/// # Errors
/// Extensions that the server does not offer; a role that may not; the server's.
pub(crate) fn ensure_objects(
    cx: &Context,
    session: &mut Session,
    made_later: &[String],
    dry_run: bool,
) -> Result<Vec<Step>, Failure> {
    let (schemas, extensions) = wanted(cx);
    let mut done: Vec<Step> = Vec::new();
    for pause in pauses() {
        let found = facts(session, &schemas, &extensions)?;
        let steps = plan_objects(&schemas, &extensions, made_later, &found)?;
        let Some(next) = steps.iter().find(|step| step.status == Status::Created && !dry_run) else {
            return Ok(merged(cx, steps, &done, dry_run));
        };
        if create(session, next)? {
            done.push(next.clone());
        } else if !world::sleep(pause) {
            break;
        }
    }
    Err(still_in_the_way("schema or extension", ""))
}

/// Returns how many objects are wanted in the database.
pub(crate) fn wants_objects(cx: &Context) -> bool {
    let (schemas, extensions) = wanted(cx);
    !schemas.is_empty() || !extensions.is_empty()
}

/// Returns the schemas that texts of pending revisions create themselves.
pub(crate) fn created_later(texts: impl IntoIterator<Item = String>) -> Vec<String> {
    texts.into_iter().flat_map(|text| crate::text::parse::created_schemas(&text)).collect()
}

/// Returns the schemas and extensions that the settings want.
pub(crate) fn wanted(cx: &Context) -> (Vec<SchemaWanted>, Vec<ExtensionWanted>) {
    let settings = &cx.settings;
    let mut schemas: Vec<SchemaWanted> =
        settings.schemas.iter().map(|it| SchemaWanted { name: it.name.clone(), owner: it.owner.clone() }).collect();
    let single = [settings.schema.as_ref(), settings.version_table_schema.as_ref()];
    for name in single.into_iter().flatten() {
        if !schemas.iter().any(|schema| schema.name == *name) {
            schemas.push(SchemaWanted { name: name.clone(), owner: None });
        }
    }
    let extensions = settings.extensions.iter().map(|it| ExtensionWanted {
        name: it.name.clone(),
        version: it.version.clone(),
        schema: it.schema.clone(),
        cascade: it.cascade,
        optional: it.optional,
    });
    (schemas, extensions.collect())
}

/// What was created in this run is said to be created, though it exists by now.
fn merged(cx: &Context, steps: Vec<Step>, done: &[Step], dry_run: bool) -> Vec<Step> {
    steps
        .into_iter()
        .map(|step| {
            let same = |other: &&Step| other.object == step.object && other.name == step.name;
            told(cx, done.iter().find(same).cloned().unwrap_or(step), dry_run)
        })
        .collect()
}

fn told(cx: &Context, step: Step, dry_run: bool) -> Step {
    match (step.status, dry_run) {
        (Status::Created, true) => cx.report.talk(&format!("would create: {} {}", step.object, step.name)),
        (Status::Created | Status::Skipped, _) => cx.report.talk(&line(&step)),
        (Status::Exists, _) => (),
    }
    step
}

fn still_in_the_way(object: &str, name: &str) -> Failure {
    if let Some(failure) = crate::commands::database::interrupted() {
        return failure;
    }
    let message = format!("the {object} {name} could not be created: others are at it at the same time");
    Diagnostic::new("lock", Exit::Lock, message.replace("  ", " ")).help("run the command again").into()
}

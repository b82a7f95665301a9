//! `pgkeel bootstrap`: wait for the server, create what is missing, change nothing else.

use serde_json::{Value, json};

use crate::bootstrap::{Status, Step, line};
use crate::commands::database::{target, work};
use crate::commands::ensure::{ensure_database, ensure_objects, wants_objects};
use crate::commands::{Context, Failure, Outcome};

/// Create the database, its schemas and extensions where they are missing
#[derive(clap::Args)]
pub(crate) struct BootstrapArgs {
    /// Show what would be created and stop
    #[arg(long)]
    dry_run: bool,
}

pub(crate) fn bootstrap(args: &BootstrapArgs, cx: &mut Context) -> Outcome {
    let dsn = target(cx)?;
    let mut steps = Vec::new();
    let mut session = work(cx, &dsn)?;
    if session.is_none() {
        steps.push(ensure_database(cx, &dsn, args.dry_run)?);
        session = if args.dry_run { None } else { work(cx, &dsn)? };
    } else {
        let name = dsn.dbname.clone().unwrap_or_default();
        steps.push(Step { object: "database", name, status: Status::Exists, sql: None, reason: None });
    }
    match &mut session {
        Some(session) if wants_objects(cx) => {
            let objects = ensure_objects(cx, session, &[], args.dry_run)
                .map_err(|failure| failure.with(json!({"steps": steps.iter().map(wire).collect::<Vec<_>>()})))?;
            steps.extend(objects);
        }
        Some(_) => (),
        None => steps.extend(expected(cx)?),
    }
    for step in &steps {
        cx.report.answer(&if args.dry_run && step.status == Status::Created {
            format!("{} {} would be created", step.object, step.name)
        } else {
            line(step)
        });
    }
    cx.report.document(json!({"steps": steps.iter().map(wire).collect::<Vec<_>>(), "dry_run": args.dry_run}));
    Ok(())
}

/// A step in JSON.
pub(crate) fn wire(step: &Step) -> Value {
    json!({"object": step.object, "name": step.name, "status": step.status.name(), "sql": step.sql})
}

/// What a database that is not there yet would get.
fn expected(cx: &Context) -> Result<Vec<Step>, Failure> {
    let facts = crate::bootstrap::Facts {
        offered: cx.settings.extensions.iter().map(|extension| extension.name.clone()).collect(),
        ..crate::bootstrap::Facts::default()
    };
    let (schemas, extensions) = crate::commands::ensure::wanted(cx);
    Ok(crate::bootstrap::objects(&schemas, &extensions, &[], &facts)?)
}

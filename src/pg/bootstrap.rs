//! Looks for the objects that are wanted and creates those that are missing. Safe for many processes at once: what
//! somebody else has made meanwhile is looked at again, not complained of.

use std::time::Duration;

use crate::bootstrap::{ExtensionWanted, Facts, SchemaWanted, Step};
use crate::pg::error::{QUERY_CANCELED, SqlError};
use crate::pg::session::Session;
use crate::text::fill::fill;
use crate::text::literal::Literal;
use crate::world;

/// What is wanted could not be made.
#[derive(Clone, Debug, thiserror::Error)]
#[error("cannot create the {object} {name}")]
pub(crate) struct CreateError {
    /// `database`, `schema`, `extension`.
    pub(crate) object: &'static str,
    /// Its name.
    pub(crate) name: String,
    /// The statement.
    pub(crate) sql: String,
    /// The server's report.
    #[source]
    pub(crate) error: SqlError,
}

/// SQLSTATEs that mean that somebody else is making the same, or has just made it: look again. 23505 duplicate key in a
/// catalog, 42P04 database, 42P06 schema, 42P07 table, 42710 object, 55006 the template is in use, XX000 tuple
/// concurrently updated.
const LOOK_AGAIN: [&str; 7] = ["23505", "42P04", "42P06", "42P07", "42710", "55006", "XX000"];

const KNOWN_SETTINGS: &str = "SET default_transaction_read_only = off; SET lock_timeout = 0";
const AS_BEFORE: &str = "RESET default_transaction_read_only; RESET statement_timeout; RESET lock_timeout";
const LOCAL_SETTINGS: &str = "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '1min';";

/// How often it is looked again.
const ATTEMPTS: u32 = 40;

/// Reads which of the wanted objects there are.
///
/// # Errors
/// The server's.
pub(crate) fn facts(
    session: &mut Session,
    schemas: &[SchemaWanted],
    extensions: &[ExtensionWanted],
) -> Result<Facts, SqlError> {
    let schemas = array(schemas.iter().map(|schema| schema.name.as_str()));
    let extensions = array(extensions.iter().map(|extension| extension.name.as_str()));
    let values: [(&str, &dyn std::fmt::Display); 2] = [("$1", &schemas), ("$2", &extensions)];
    session.json(&fill(include_str!("../../sql/bootstrap/objects.sql"), &values))
}

/// Returns the names of the databases.
///
/// # Errors
/// The server's.
pub(crate) fn databases(session: &mut Session) -> Result<Vec<String>, SqlError> {
    let rows = session.rows(include_str!("../../sql/bootstrap/databases.sql"))?;
    Ok(rows.into_iter().flatten().flatten().collect())
}

/// Creates one object. Returns false if somebody else has created it at the same time: the caller looks again.
///
/// # Errors
/// The server's, with the statement.
pub(crate) fn create(session: &mut Session, step: &Step) -> Result<bool, CreateError> {
    let Some(sql) = &step.sql else { return Ok(true) };
    // Defaults of the role or the database that would be in the way do not count. CREATE DATABASE takes no transaction.
    let outcome = if step.object == "database" {
        session
            .lift_statement_timeout()
            .and_then(|()| session.run(KNOWN_SETTINGS))
            .and_then(|()| session.run(sql))
            .and_then(|()| session.run(AS_BEFORE))
    } else {
        let message = format!("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; {LOCAL_SETTINGS} {sql}; COMMIT");
        session.run(&message).inspect_err(|_| drop(session.run("ROLLBACK")))
    };
    let failed = |error| CreateError { object: step.object, name: step.name.clone(), sql: sql.clone(), error };
    match outcome {
        Ok(()) => Ok(true),
        // A `statement_timeout` of the role has cut off the BEGIN.
        Err(error) if error.is(QUERY_CANCELED) && world::interrupted().is_none() => {
            session.lift_statement_timeout().is_ok().then_some(false).ok_or_else(|| failed(error))
        }
        Err(error) if LOOK_AGAIN.iter().any(|state| error.is(state)) => Ok(false),
        Err(error) => Err(failed(error)),
    }
}

/// Returns the pauses between looks, in random lengths so that many processes spread out.
pub(crate) fn pauses() -> impl Iterator<Item = Duration> {
    (0..ATTEMPTS).map(|attempt| world::jitter(Duration::from_millis(50 * u64::from(attempt.clamp(1, 10)))))
}

fn array<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.map(|name| Literal(name).to_string()).collect();
    format!("ARRAY[{}]", names.join(", "))
}

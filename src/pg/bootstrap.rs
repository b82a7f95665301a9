//! Looks for the objects that are wanted and creates those that are missing. Safe for many processes at once: what
//! somebody else has made meanwhile is looked at again, not complained of.

use std::fmt::Display;
use std::time::Duration;

use postgres_protocol::password::scram_sha_256;

use crate::bootstrap::facts::{Database, Objects, Privileges, Role, Server};
use crate::bootstrap::grant::Item;
use crate::bootstrap::platform::{ALLOW_LISTS, ROLES, SCHEMAS};
use crate::bootstrap::step::{Object, Step, Why};
use crate::bootstrap::wanted::Wanted;
use crate::bootstrap::{DatabaseFacts, ServerFacts, defaults, grants, role_names};
use crate::pg::error::{QUERY_CANCELED, SqlError};
use crate::pg::session::Session;
use crate::text::fill::fill;
use crate::text::literal::{Literal, LiteralOrNull};
use crate::text::secret::Secret;
use crate::world;

/// What became of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ran {
    /// It is done.
    Done,
    /// Somebody else is at it, or was quicker: look again.
    Again,
    /// The server refused it.
    Refused(Why),
}

/// SQLSTATEs that mean that somebody else is making the same, or has just made it: look again. 23505 duplicate key in a
/// catalog, 42P04 database, 42P06 schema, 42P07 table, 42710 object, 55006 the template is in use, 40001 and 40P01
/// serialization and deadlock.
const LOOK_AGAIN: [&str; 8] = ["23505", "42P04", "42P06", "42P07", "42710", "55006", "40001", "40P01"];

const KNOWN_SETTINGS: &str = "SET default_transaction_read_only = off; SET lock_timeout = 0";
const AS_BEFORE: &str = "RESET default_transaction_read_only; RESET statement_timeout; RESET lock_timeout";
const LOCAL_SETTINGS: &str = "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '1min';";

/// How often it is looked again.
const ATTEMPTS: u32 = 40;

/// Reads what there is outside of databases.
///
/// # Errors
/// The server's.
pub(crate) fn server_facts(session: &mut Session, wanted: &Wanted) -> Result<ServerFacts, SqlError> {
    let names = role_names(wanted);
    let roles: Vec<Role> = if names.is_empty() {
        Vec::new()
    } else {
        let names = array(names.iter().map(String::as_str));
        session.json(&fill(include_str!("../../sql/bootstrap/roles.sql"), &[("$names", &names)]))?
    };
    let name = Literal(&wanted.database.name);
    let rows = session.rows(&fill(include_str!("../../sql/bootstrap/database.sql"), &[("$name", &name)]))?;
    let database: Option<Database> = rows.into_iter().flatten().flatten().next().map(|text| parse(&text));
    Ok(ServerFacts { server: server(session)?, roles, database })
}

/// Reads what the server is and what the connecting role may do.
///
/// # Errors
/// The server's.
pub(crate) fn server(session: &mut Session) -> Result<Server, SqlError> {
    let roles = array(ROLES.iter().map(|(role, _)| *role));
    let lists = array(ALLOW_LISTS.iter().map(|(parameter, _)| *parameter));
    let schemas: Vec<String> = SCHEMAS
        .iter()
        .map(|(schema, owner, _)| format!("({}, {}::name)", Literal(schema), LiteralOrNull(*owner)))
        .collect();
    let schemas = schemas.join(", ");
    let values: [(&str, &dyn Display); 3] = [("$roles", &roles), ("$schemas", &schemas), ("$lists", &lists)];
    session.json(&fill(include_str!("../../sql/bootstrap/server.sql"), &values))
}

/// Reads what is in the database that the session is connected to. Nothing that is not wanted is asked for.
///
/// # Errors
/// The server's.
pub(crate) fn database_facts(
    session: &mut Session,
    wanted: &Wanted,
    server: &Server,
) -> Result<DatabaseFacts, SqlError> {
    Ok(DatabaseFacts {
        objects: objects(session, wanted)?,
        grants: privileges(session, include_str!("../../sql/bootstrap/grants.sql"), &grants(wanted, server.major()))?,
        defaults: privileges(
            session,
            include_str!("../../sql/bootstrap/default_privileges.sql"),
            &defaults(wanted, server),
        )?,
    })
}

/// Reads which of the wanted schemas and extensions there are, and which extensions the server offers.
///
/// # Errors
/// The server's.
pub(crate) fn objects(session: &mut Session, wanted: &Wanted) -> Result<Objects, SqlError> {
    let schemas = array(wanted.schemas.iter().map(|schema| schema.name.as_str()));
    let extensions = array(wanted.extensions.iter().map(|extension| extension.name.as_str()));
    let values: [(&str, &dyn Display); 2] = [("$schemas", &schemas), ("$extensions", &extensions)];
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

/// Runs the statement of a step. Defaults of the role or the database that would stop it, such as a statement timeout
/// or read-only transactions, do not count for it.
///
/// # Errors
/// The loss of the connection, or that the statement was cancelled; every other error is a refusal.
pub(crate) fn run(session: &mut Session, step: &Step) -> Result<Ran, SqlError> {
    let Some(sql) = &step.sql else { return Ok(Ran::Done) };
    let sql = match &step.password {
        Some(password) => format!("{sql} PASSWORD {}", Literal(&verifier(password))),
        None => sql.clone(),
    };
    let sent = if step.object == Object::Database {
        // CREATE DATABASE takes no transaction.
        session
            .lift_statement_timeout()
            .and_then(|()| session.run(KNOWN_SETTINGS))
            .and_then(|()| session.run(&sql))
            .and_then(|()| session.run(AS_BEFORE))
    } else {
        let message = format!("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; {LOCAL_SETTINGS} {sql}; COMMIT");
        session.run(&message).inspect_err(|_| drop(session.run("ROLLBACK")))
    };
    match sent {
        Ok(()) => Ok(Ran::Done),
        // A `statement_timeout` of the role has cut off the BEGIN.
        Err(error) if error.is(QUERY_CANCELED) && world::interrupted().is_none() => {
            session.lift_statement_timeout().map(|()| Ran::Again)
        }
        Err(error) if is_race(&error) => Ok(Ran::Again),
        Err(error) => match &error.sqlstate {
            Some(state) if !error.closed && !error.is(QUERY_CANCELED) => Ok(Ran::Refused(Why::Server {
                message: error.message,
                sqlstate: state.clone(),
                detail: error.detail,
                hint: error.hint,
            })),
            _ => Err(error),
        },
    }
}

/// Returns the pauses between looks, in random lengths so that many processes spread out.
pub(crate) fn pauses() -> impl Iterator<Item = Duration> {
    (0..ATTEMPTS).map(|attempt| world::jitter(Duration::from_millis(50 * u64::from(attempt.clamp(1, 10)))))
}

fn is_race(error: &SqlError) -> bool {
    let concurrently = error.is("XX000") && error.message.contains("concurrently");
    concurrently || LOOK_AGAIN.iter().any(|state| error.is(state))
}

/// What the server keeps of a password (RFC 5803), made here: the password itself is never sent, so that no log of the
/// server can have it. One that is such a text already stays as it is.
fn verifier(password: &Secret) -> String {
    let text = password.expose();
    if text.starts_with("SCRAM-SHA-256$") { text.to_owned() } else { scram_sha_256(text.as_bytes()) }
}

fn privileges(session: &mut Session, sql: &str, items: &[Item]) -> Result<Vec<Privileges>, SqlError> {
    if items.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<serde_json::Value> = items
        .iter()
        .enumerate()
        .map(|(n, item)| {
            let mut row = serde_json::json!(item);
            if let Some(row) = row.as_object_mut() {
                row.insert("n".to_owned(), n.into());
            }
            row
        })
        .collect();
    let rows = serde_json::Value::from(rows).to_string();
    session.json(&fill(sql, &[("$wanted", &Literal(&rows))]))
}

fn parse<T: serde::de::DeserializeOwned>(text: &str) -> T {
    match serde_json::from_str(text) {
        Ok(value) => value,
        Err(error) => panic!("bug: a query of ours gave other JSON than it promises: {error}: {text}"),
    }
}

fn array<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.map(|name| Literal(name).to_string()).collect();
    format!("ARRAY[{}]", names.join(", "))
}

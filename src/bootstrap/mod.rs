//! Wanted database objects and what is there → steps. It looks first: what exists already is never asked for again,
//! since managed servers refuse even `IF NOT EXISTS`.

pub(crate) mod database;
pub(crate) mod default_privileges;
pub(crate) mod extension;
pub(crate) mod facts;
pub(crate) mod grant;
pub(crate) mod parameter;
pub(crate) mod platform;
pub(crate) mod role;
pub(crate) mod schema;
pub(crate) mod step;
pub(crate) mod wanted;

use crate::bootstrap::facts::{Database, Objects, Privileges, Role, Server};
use crate::bootstrap::grant::Item;
use crate::bootstrap::step::Step;
use crate::bootstrap::wanted::Wanted;
use crate::text::ident::NotAnIdent;

/// What is on the server outside of databases.
#[derive(Clone, Debug, Default)]
pub(crate) struct ServerFacts {
    /// The server and the role that asks.
    pub(crate) server: Server,
    /// The roles that exist, of those named in what is wanted.
    pub(crate) roles: Vec<Role>,
    /// The database, if it exists.
    pub(crate) database: Option<Database>,
}

/// What is in a database.
#[derive(Clone, Debug, Default)]
pub(crate) struct DatabaseFacts {
    /// Schemas and extensions.
    pub(crate) objects: Objects,
    /// How far the grants are there, in the order of [`grants`].
    pub(crate) grants: Vec<Privileges>,
    /// How far the default privileges are there, in the order of [`defaults`].
    pub(crate) defaults: Vec<Privileges>,
}

/// Returns the steps outside of the database, in an order that works: roles, what they are members of, their
/// parameters, the database and its parameters.
///
/// # Errors
/// Names that are none.
pub(crate) fn outside(wanted: &Wanted, facts: &ServerFacts) -> Result<Vec<Step>, NotAnIdent> {
    let mut steps = Vec::new();
    for wanted in &wanted.roles {
        steps.push(role::role(wanted, facts)?);
    }
    for wanted in &wanted.roles {
        steps.extend(role::memberships(wanted, facts)?);
        steps.extend(role::parameters(wanted, facts)?);
    }
    steps.extend(database::database(&wanted.database, facts)?);
    Ok(steps)
}

/// Returns the steps inside of the database, in an order that works: schemas before the extensions that go into them,
/// privileges last. `made_later` are schemas that pending revisions create themselves.
///
/// # Errors
/// Names that are none.
pub(crate) fn inside(
    wanted: &Wanted,
    made_later: &[String],
    outside: &ServerFacts,
    facts: &DatabaseFacts,
) -> Result<Vec<Step>, NotAnIdent> {
    let mut steps = Vec::new();
    for wanted in &wanted.schemas {
        steps.extend(schema::schema(wanted, made_later, outside, &facts.objects)?);
    }
    for wanted in &wanted.extensions {
        steps.push(extension::extension(wanted, &outside.server, &facts.objects)?);
    }
    let will_be = |schema: &str| wanted.schemas.iter().any(|wanted| wanted.name == schema);
    let later = |schema: &str| made_later.iter().any(|made| made == schema);
    for (n, item) in grants(wanted, outside.server.major()).iter().enumerate() {
        steps.push(grant::step(item, seen(&facts.grants, n), &will_be, &later)?);
    }
    for (n, item) in defaults(wanted, &outside.server).iter().enumerate() {
        steps.push(default_privileges::step(item, seen(&facts.defaults, n), &will_be, &later)?);
    }
    Ok(steps)
}

/// Returns the wanted grants one by one: each for one role and at most one schema.
pub(crate) fn grants(wanted: &Wanted, major: u32) -> Vec<Item> {
    wanted.grants.iter().flat_map(|grant| grant::items(grant, &wanted.database.name, None, major)).collect()
}

/// Returns the wanted default privileges one by one.
pub(crate) fn defaults(wanted: &Wanted, server: &Server) -> Vec<Item> {
    let all = wanted.default_privileges.iter();
    all.flat_map(|default| {
        let by = default.by.as_deref().unwrap_or(&server.role);
        grant::items(&default.grant, &wanted.database.name, Some(by), server.major())
    })
    .collect()
}

/// Returns the names of the roles that what is wanted speaks of.
pub(crate) fn role_names(wanted: &Wanted) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for role in &wanted.roles {
        names.push(role.name.clone());
        names.extend(role.member_of.iter().cloned());
    }
    names.extend(wanted.database.owner.clone());
    names.extend(wanted.schemas.iter().filter_map(|schema| schema.owner.clone()));
    names.sort();
    names.dedup();
    names
}

/// Where nothing has been seen (the database is not there yet), nothing is there.
fn seen(found: &[Privileges], n: usize) -> Option<Privileges> {
    found.iter().find(|found| found.n == n).copied()
}

#[cfg(test)]
mod tests;

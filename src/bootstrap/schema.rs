//! Schemas.

use crate::bootstrap::ServerFacts;
use crate::bootstrap::facts::Objects;
use crate::bootstrap::role::become_owner;
use crate::bootstrap::step::{Object, Step, Why};
use crate::bootstrap::wanted::SchemaWanted;
use crate::text::ident::{Ident, NotAnIdent};

/// Returns the steps for a schema. `made_later` are schemas that pending revisions create themselves.
///
/// # Errors
/// A name that is none.
pub(crate) fn schema(
    wanted: &SchemaWanted,
    made_later: &[String],
    outside: &ServerFacts,
    facts: &Objects,
) -> Result<Vec<Step>, NotAnIdent> {
    if let Some(found) = facts.schemas.iter().find(|schema| schema.name == wanted.name) {
        let other = wanted.owner.as_ref().filter(|owner| **owner != found.owner);
        let why = other.map(|owner| Why::Differs { what: "owner", is: found.owner.clone(), wanted: owner.clone() });
        return Ok(vec![Step::exists(Object::Schema, &wanted.name).noting(why)]);
    }
    if made_later.contains(&wanted.name) {
        return Ok(vec![Step::skipped(Object::Schema, &wanted.name, Why::Later)]);
    }
    let mut steps = Vec::new();
    let mut sql = format!("CREATE SCHEMA {}", Ident::parse(&wanted.name)?);
    if let Some(owner) = &wanted.owner {
        steps.extend(become_owner(owner, outside)?);
        sql = format!("{sql} AUTHORIZATION {}", Ident::parse(owner)?);
    }
    let server = &outside.server;
    let doubt = (!facts.may_create)
        .then(|| Why::NoRight { role: server.role.clone(), right: "CREATE privilege on the database" });
    steps.push(Step::create(Object::Schema, &wanted.name, sql).doubting(doubt));
    Ok(steps)
}

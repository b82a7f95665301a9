//! Roles, what they are members of, and what their sessions begin with.

use crate::bootstrap::ServerFacts;
use crate::bootstrap::facts::Role;
use crate::bootstrap::parameter::{Stored, clause, compare};
use crate::bootstrap::step::{Object, Step, Why};
use crate::bootstrap::wanted::{Attribute, Password, RoleWanted};
use crate::text::ident::{Ident, NotAnIdent, readable};

/// Returns the step for a role. The password of one that exists is never set again: somebody may have changed it.
///
/// # Errors
/// A name that is none.
pub(crate) fn role(wanted: &RoleWanted, facts: &ServerFacts) -> Result<Step, NotAnIdent> {
    let name = Ident::parse(&wanted.name)?;
    let found = facts.roles.iter().find(|role| role.name == wanted.name);
    let mut words: Vec<String> = Vec::new();
    for (attribute, on) in &wanted.attributes {
        if found.is_none_or(|role| has(role, *attribute) != *on) {
            words.push(word(*attribute, *on));
        }
    }
    if let Some(limit) = wanted.connection_limit
        && found.is_none_or(|role| role.connection_limit != limit)
    {
        words.push(format!("CONNECTION LIMIT {limit}"));
    }
    let words = words.iter().map(|word| format!(" {word}")).collect::<String>();
    let server = &facts.server;
    let doubt = (!server.superuser && !server.createrole)
        .then(|| Why::NoRight { role: server.role.clone(), right: "CREATEROLE" });
    if found.is_some() {
        return Ok(if words.is_empty() {
            Step::exists(Object::Role, &wanted.name)
        } else {
            Step::change(Object::Role, &wanted.name, format!("ALTER ROLE {name}{words}")).doubting(doubt)
        });
    }
    let mut step = Step::create(Object::Role, &wanted.name, format!("CREATE ROLE {name}{words}")).doubting(doubt);
    match &wanted.password {
        Some(Password::Known(secret)) => step.password = Some(secret.clone()),
        // A role that nobody can log in as would look as if all were well.
        Some(Password::Missing(missing)) => return Ok(step.refused(Why::NoPassword { missing: missing.clone() })),
        None => (),
    }
    Ok(step)
}

/// Returns the steps for what a role is a member of.
///
/// # Errors
/// A name that is none.
pub(crate) fn memberships(wanted: &RoleWanted, facts: &ServerFacts) -> Result<Vec<Step>, NotAnIdent> {
    let found = facts.roles.iter().find(|role| role.name == wanted.name);
    wanted
        .member_of
        .iter()
        .map(|group| {
            let title = format!("of {} in {}", readable(&wanted.name), readable(group));
            if found.is_some_and(|role| role.member_of.contains(group)) {
                return Ok(Step::exists(Object::Membership, title));
            }
            let sql = format!("GRANT {} TO {}", Ident::parse(group)?, Ident::parse(&wanted.name)?);
            Ok(Step::create(Object::Membership, title, sql))
        })
        .collect()
}

/// Returns the steps for what the sessions of a role begin with.
///
/// # Errors
/// A name that is none.
pub(crate) fn parameters(wanted: &RoleWanted, facts: &ServerFacts) -> Result<Vec<Step>, NotAnIdent> {
    let found = facts.roles.iter().find(|role| role.name == wanted.name);
    let stored = found.map(|role| role.parameters.as_slice()).unwrap_or_default();
    wanted
        .parameters
        .iter()
        .map(|parameter| {
            let title = format!("{} of {}", parameter.name, readable(&wanted.name));
            let sql = format!("ALTER ROLE {} {}", Ident::parse(&wanted.name)?, clause(parameter)?);
            Ok(match compare(parameter, stored) {
                Stored::Same => Step::exists(Object::RoleParameter, title),
                Stored::Missing => Step::create(Object::RoleParameter, title, sql),
                Stored::Other => Step::change(Object::RoleParameter, title, sql),
            })
        })
        .collect()
}

/// Returns the step that lets the connecting role own things in the name of another one, where it needs that: only
/// members may say `OWNER` and `AUTHORIZATION` (from 16 on, members with the SET option).
///
/// # Errors
/// A name that is none.
pub(crate) fn become_owner(owner: &str, facts: &ServerFacts) -> Result<Option<Step>, NotAnIdent> {
    let server = &facts.server;
    let is_mine = facts.roles.iter().any(|role| role.name == owner && role.is_mine);
    if server.superuser || server.role == owner || is_mine {
        return Ok(None);
    }
    let options = if server.major() >= 16 { " WITH INHERIT TRUE, SET TRUE" } else { "" };
    let sql = format!("GRANT {} TO {}{options}", Ident::parse(owner)?, Ident::parse(&server.role)?);
    let title = format!("of {} in {}", readable(&server.role), readable(owner));
    let doubt = (!server.createrole).then(|| Why::NoRight { role: server.role.clone(), right: "CREATEROLE" });
    Ok(Some(Step::create(Object::Membership, title, sql).doubting(doubt)))
}

fn has(role: &Role, attribute: Attribute) -> bool {
    match attribute {
        Attribute::Login => role.login,
        Attribute::Superuser => role.superuser,
        Attribute::CreateDb => role.createdb,
        Attribute::CreateRole => role.createrole,
        Attribute::Inherit => role.inherit,
        Attribute::Replication => role.replication,
        Attribute::BypassRls => role.bypassrls,
    }
}

fn word(attribute: Attribute, on: bool) -> String {
    format!("{}{}", if on { "" } else { "NO" }, attribute.key().to_ascii_uppercase())
}

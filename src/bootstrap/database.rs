//! The database and what its sessions begin with.

use crate::bootstrap::ServerFacts;
use crate::bootstrap::facts::Database;
use crate::bootstrap::parameter::{Stored, clause, compare};
use crate::bootstrap::role::become_owner;
use crate::bootstrap::step::{Object, Step, Why};
use crate::bootstrap::wanted::DatabaseWanted;
use crate::text::ident::{Ident, NotAnIdent, readable};
use crate::text::literal::Literal;

/// Returns the steps for the database.
///
/// # Errors
/// A name that is none.
pub(crate) fn database(wanted: &DatabaseWanted, facts: &ServerFacts) -> Result<Vec<Step>, NotAnIdent> {
    let mut steps = Vec::new();
    match &facts.database {
        Some(found) => steps.push(Step::exists(Object::Database, &wanted.name).noting(difference(wanted, found))),
        None => {
            if let Some(owner) = &wanted.owner {
                steps.extend(become_owner(owner, facts)?);
            }
            let server = &facts.server;
            let doubt = (!server.superuser && !server.createdb)
                .then(|| Why::NoRight { role: server.role.clone(), right: "CREATEDB" });
            steps.push(Step::create(Object::Database, &wanted.name, create(wanted)?).doubting(doubt));
        }
    }
    let stored = facts.database.as_ref().map(|found| found.parameters.as_slice()).unwrap_or_default();
    for parameter in &wanted.parameters {
        let sql = format!("ALTER DATABASE {} {}", Ident::parse(&wanted.name)?, clause(parameter)?);
        let title = format!("{} of {}", parameter.name, readable(&wanted.name));
        steps.push(match compare(parameter, stored) {
            Stored::Same => Step::exists(Object::DatabaseParameter, title),
            Stored::Missing => Step::create(Object::DatabaseParameter, title, sql),
            Stored::Other => Step::change(Object::DatabaseParameter, title, sql),
        });
    }
    Ok(steps)
}

fn create(wanted: &DatabaseWanted) -> Result<String, NotAnIdent> {
    let mut words = vec![format!("CREATE DATABASE {}", Ident::parse(&wanted.name)?)];
    if let Some(owner) = &wanted.owner {
        words.push(format!("OWNER {}", Ident::parse(owner)?));
    }
    // Another encoding or locale than the cluster's is only possible from template0 (PostgreSQL manual 23.3).
    let other = wanted.encoding.is_some() || wanted.locale.is_some();
    match &wanted.template {
        Some(template) => words.push(format!("TEMPLATE {}", Ident::parse(template)?)),
        None if other => words.push("TEMPLATE template0".to_owned()),
        None => (),
    }
    if let Some(encoding) = &wanted.encoding {
        words.push(format!("ENCODING {}", Literal(encoding)));
    }
    if let Some(locale) = &wanted.locale {
        words.push(format!("LOCALE {}", Literal(locale)));
    }
    Ok(words.join(" "))
}

/// What a database got when it was created stays; the first difference is worth a word.
fn difference(wanted: &DatabaseWanted, found: &Database) -> Option<Why> {
    // `UTF8`, `UTF-8` and `utf8` are one encoding, `en_US.utf8` and `en_US.UTF-8` one locale.
    let same = |a: &str, b: &str| {
        let plain = |text: &str| -> String { text.chars().filter(|c| !matches!(c, '-' | '_')).collect() };
        plain(a).eq_ignore_ascii_case(&plain(b))
    };
    let owner = ("owner", wanted.owner.as_ref().filter(|owner| **owner != found.owner), &found.owner);
    let encoding =
        ("encoding", wanted.encoding.as_ref().filter(|encoding| !same(encoding, &found.encoding)), &found.encoding);
    let locale = ("locale", wanted.locale.as_ref().filter(|locale| !same(locale, &found.locale)), &found.locale);
    [owner, encoding, locale]
        .into_iter()
        .find_map(|(what, wanted, is)| Some(Why::Differs { what, is: is.clone(), wanted: wanted?.clone() }))
}

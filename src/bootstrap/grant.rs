//! Privileges on what exists.

use serde::Serialize;

use crate::bootstrap::facts::Privileges;
use crate::bootstrap::step::{Object, Step, Why};
use crate::bootstrap::wanted::{GrantWanted, On};
use crate::text::ident::{Ident, NotAnIdent, readable};

/// Privileges for one role on one thing; also the row in which the server is asked how far they are there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Item {
    /// What they are on: the word of [`On`].
    on: &'static str,
    /// The database or schema; none for default privileges in all schemas.
    name: Option<String>,
    /// Who gets them; none is everybody.
    grantee: Option<String>,
    /// The privileges, each by its name.
    privileges: Vec<String>,
    /// Whether they may be passed on.
    grantable: bool,
    /// Who will make what they are on; for default privileges.
    by: Option<String>,
    /// The privileges as they are wanted: `ALL` stays one word.
    #[serde(skip)]
    words: String,
    #[serde(skip)]
    kind: On,
}

/// Returns the single privileges that a grant, or default privileges of what `by` makes, are made of.
pub(crate) fn items(wanted: &GrantWanted, database: &str, by: Option<&str>, major: u32) -> Vec<Item> {
    let all = wanted.privileges.iter().any(|privilege| privilege == "ALL");
    let privileges: Vec<String> = if all {
        wanted.on.privileges(major).iter().map(|privilege| (*privilege).to_owned()).collect()
    } else {
        wanted.privileges.clone()
    };
    let words = if all { "ALL".to_owned() } else { privileges.join(", ") };
    let names: Vec<Option<String>> = match wanted.on {
        On::Database => vec![Some(database.to_owned())],
        On::Schema
        | On::Tables
        | On::Sequences
        | On::Functions
        | On::Procedures
        | On::Routines
        | On::Types
        | On::Schemas => {
            let named = wanted.schemas.iter().cloned().map(Some);
            if wanted.schemas.is_empty() { vec![None] } else { named.collect() }
        }
    };
    let mut items = Vec::new();
    for name in names {
        for to in &wanted.to {
            items.push(Item {
                on: wanted.on.word(),
                name: name.clone(),
                grantee: (!to.eq_ignore_ascii_case("public")).then(|| to.clone()),
                privileges: privileges.clone(),
                grantable: wanted.grantable,
                by: by.map(str::to_owned),
                words: words.clone(),
                kind: wanted.on,
            });
        }
    }
    items
}

/// Returns the step for privileges. `will_be` says of a schema whether bootstrap creates it, `later` whether a pending
/// revision does.
///
/// # Errors
/// A name that is none.
pub(crate) fn step(
    item: &Item,
    seen: Option<Privileges>,
    will_be: &dyn Fn(&str) -> bool,
    later: &dyn Fn(&str) -> bool,
) -> Result<Step, NotAnIdent> {
    let title = title(item);
    let name = item.name.as_deref().unwrap_or_default();
    let missing = match seen {
        Some(Privileges { found: true, missing, .. }) => missing,
        // Neither seen nor found: on the database itself, or in a schema that is still to come.
        _ if item.kind != On::Database && later(name) => {
            return Ok(Step::skipped(Object::Grant, title, Why::Later));
        }
        _ if item.kind == On::Database || will_be(name) || seen.is_none() => true,
        _ => {
            let why = Why::NoSchema { schema: name.to_owned() };
            return Ok(Step::create(Object::Grant, title, sql(item)?).refused(why));
        }
    };
    Ok(if missing { Step::create(Object::Grant, title, sql(item)?) } else { Step::exists(Object::Grant, title) })
}

fn sql(item: &Item) -> Result<String, NotAnIdent> {
    let name = item.name.as_deref().map(Ident::parse).transpose()?;
    let name = name.map(|name| name.to_string()).unwrap_or_default();
    let on = match item.kind {
        On::Database => format!("DATABASE {name}"),
        On::Schema | On::Schemas => format!("SCHEMA {name}"),
        On::Tables | On::Sequences | On::Functions | On::Procedures | On::Routines | On::Types => {
            format!("ALL {} IN SCHEMA {name}", item.on.to_ascii_uppercase())
        }
    };
    Ok(format!("GRANT {} ON {on} TO {}", item.words, end(item)?))
}

fn title(item: &Item) -> String {
    let name = item.name.as_deref().map(readable).unwrap_or_default();
    let on = match item.kind {
        On::Database | On::Schema => format!("{} {name}", item.on),
        On::Tables | On::Sequences | On::Functions | On::Procedures | On::Routines | On::Types | On::Schemas => {
            format!("{} of {name}", item.on)
        }
    };
    format!("of {} on {on} to {}", item.words, grantee(item))
}

impl Item {
    /// Returns what the privileges are on.
    pub(crate) fn kind(&self) -> On {
        self.kind
    }

    /// Returns the privileges as they are wanted.
    pub(crate) fn words(&self) -> &str {
        &self.words
    }

    /// Returns the schema.
    pub(crate) fn schema(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Returns who will make what they are on.
    pub(crate) fn by(&self) -> &str {
        self.by.as_deref().unwrap_or_default()
    }
}

/// Returns who gets the privileges, for people.
pub(crate) fn grantee(item: &Item) -> String {
    item.grantee.as_deref().map_or_else(|| "PUBLIC".to_owned(), readable)
}

/// Returns the end of the statement: who gets them and whether they may be passed on.
///
/// # Errors
/// A name that is none.
pub(crate) fn end(item: &Item) -> Result<String, NotAnIdent> {
    let grantee = match &item.grantee {
        Some(role) => Ident::parse(role)?.to_string(),
        None => "PUBLIC".to_owned(),
    };
    Ok(if item.grantable { format!("{grantee} WITH GRANT OPTION") } else { grantee })
}

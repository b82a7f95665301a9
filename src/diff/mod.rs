//! From one catalog to another: what to change, in an order that works.
//!
//! [`migration`] compares two catalogs object by object and decides the fate of each: it is created, dropped, changed in
//! place, or dropped and created again, which also befalls what depends on it. Each object that needs statements of its own is
//! a node ([`node`]); nodes are ordered by what both catalogs say of dependencies ([`order`]). What statements an object of a
//! kind takes is told by one module a kind.

mod access_method;
mod body;
mod cast;
mod collation;
mod conversion;
mod default_privileges;
mod event_trigger;
mod extension;
mod fate;
mod foreign;
mod grants;
mod keep;
mod kinds;
mod language;
mod metadata;
mod node;
pub(crate) mod online;
mod operators;
mod order;
mod policy;
mod relation;
pub(crate) mod renames;
mod replication;
pub(crate) mod rewrites;
mod routines;
mod rule;
mod schema;
mod search;
mod sql;
mod statistics;
mod transform;
mod trigger;
mod types;
mod unchecked;
mod view;

use std::collections::BTreeSet;

use crate::catalog::Catalog;
use crate::catalog::object::{Object, ObjectId};
use crate::catalog::printed::{resent, same};
use crate::catalog::scope::Scope;

/// Both catalogs, for the modules of the kinds.
pub(crate) struct Cx<'a> {
    /// What there is.
    pub(crate) from: &'a Catalog,
    /// What shall be.
    pub(crate) to: &'a Catalog,
    /// The major version of the server that runs the statements.
    pub(crate) major: u32,
    /// What is compared.
    pub(crate) scope: &'a Scope,
    /// The tables that have partitions or children now, as SQL writes them.
    pub(crate) parents_before: BTreeSet<String>,
    /// The tables that shall have some.
    pub(crate) parents_after: BTreeSet<String>,
}

/// How an object is changed.
#[derive(Clone, Debug)]
pub(crate) enum Alteration {
    /// By statements that leave it in place.
    InPlace(Vec<Sql>),
    /// By statements that leave it in place, which the server refuses while objects of some kinds depend on it: those are
    /// dropped before and created again after.
    Disturbing(Vec<Sql>, fn(&Object) -> bool),
    /// It is dropped and created again.
    Replace,
    /// A type: it is renamed aside and created anew, the columns of that type are converted, the old one is dropped.
    Swap,
}

/// One statement of a migration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sql {
    /// The text, without the semicolon.
    pub(crate) text: String,
    /// Whether it cannot run in a transaction.
    pub(crate) alone: bool,
    /// What people should know of it, a line each: a comment before it.
    pub(crate) note: Option<String>,
    /// What data it loses, for people.
    pub(crate) loses: Option<String>,
    /// With which rows it fails, for people.
    pub(crate) fails: Option<String>,
    /// What it cannot say, because nobody reads it: secrets.
    pub(crate) lacks: Option<String>,
    /// The object that it is about.
    pub(crate) about: Option<ObjectId>,
}

impl Sql {
    /// Returns a statement.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), alone: false, note: None, loses: None, fails: None, lacks: None, about: None }
    }

    /// Says something to people who read the statement.
    pub(crate) fn noting(mut self, what: impl Into<String>) -> Self {
        self.note = Some(what.into());
        self
    }

    /// Says with which rows the statement fails.
    pub(crate) fn failing(mut self, with: impl Into<String>) -> Self {
        self.fails = Some(with.into());
        self
    }

    /// Says what data the statement loses.
    pub(crate) fn losing(mut self, what: impl Into<String>) -> Self {
        self.loses = Some(what.into());
        self
    }
}

/// Returns statements as a script: each with its semicolon, longer ones apart from the others, and a word before those that
/// lose data, or fail with some.
pub(crate) fn script(statements: &[Sql]) -> String {
    let mut text = String::new();
    let mut was_long = false;
    for (number, statement) in statements.iter().enumerate() {
        let own = statement.text.trim_end().trim_end_matches(';');
        let is_long = own.contains('\n');
        let is_long = is_long || statement.note.is_some() || statement.fails.is_some();
        if number > 0 && (is_long || was_long) {
            text.push('\n');
        }
        if let Some(with) = &statement.fails {
            text.extend(["-- fails with ", with, "\n"]);
        }
        for line in statement.note.iter().flat_map(|note| note.lines()) {
            text.extend(["-- ", line, "\n"]);
        }
        if let Some(loses) = &statement.loses {
            text.extend(["-- loses ", loses, "\n"]);
        }
        text.push_str(own);
        text.push_str(";\n");
        was_long = is_long;
    }
    text
}

/// Why there is no migration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DiffError {
    /// An object of a kind that SQL cannot change so.
    #[error("{object} cannot be changed by SQL: {why}")]
    Unchangeable {
        /// The object.
        object: ObjectId,
        /// Why.
        why: String,
    },
    /// A secret would have to be written down, and is not known.
    #[error("{object} holds what is a secret and is not read: {secret}")]
    Secret {
        /// The object.
        object: ObjectId,
        /// The names of its options.
        secret: String,
    },
}

/// Returns statements that say all that they have to say.
///
/// # Errors
/// One of them would have to say a secret.
pub(crate) fn whole(statements: Vec<Sql>) -> Result<Vec<Sql>, DiffError> {
    let lack = statements.iter().find_map(|it| Some((it.about.clone()?, it.lacks.clone()?)));
    lack.map_or(Ok(statements), |(object, secret)| Err(DiffError::Secret { object, secret }))
}

/// The names of the attributes of one object that differ.
pub(crate) type Changed<'a> = BTreeSet<&'a str>;

fn context<'a>(from: &'a Catalog, to: &'a Catalog, scope: &'a Scope) -> Cx<'a> {
    Cx {
        from,
        to,
        major: to.major.max(from.major),
        scope,
        parents_before: relation::tables_with_children(from),
        parents_after: relation::tables_with_children(to),
    }
}

/// Returns the statements that turn one schema into the other.
///
/// # Errors
/// An object of a kind that cannot be changed.
pub(crate) fn migration(from: &Catalog, to: &Catalog, scope: &Scope) -> Result<Vec<Sql>, DiffError> {
    let cx = context(from, to, scope);
    let fates = fate::decide(&cx)?;
    if fates.is_empty() {
        return Ok(Vec::new());
    }
    let mut statements = order::ordered(&cx, &fates)?;
    for statement in statements.iter_mut().filter(|statement| !has_body(&statement.text)) {
        statement.text = resent(&statement.text);
    }
    if unchecked::is_wanted(&cx, &statements) {
        statements.insert(0, Sql::new(unchecked::SET));
    }
    Ok(statements)
}

/// Returns whether a statement has a text of somebody else's in it, which is sent as it is.
fn has_body(statement: &str) -> bool {
    let Some(rest) = statement.strip_prefix("CREATE ") else { return false };
    let rest = rest.strip_prefix("OR REPLACE ").unwrap_or(rest);
    rest.starts_with("FUNCTION") || rest.starts_with("PROCEDURE")
}

/// Returns the attributes that differ between two objects, as far as the scope goes.
fn changed<'a>(before: &'a Object, after: &'a Object, scope: &Scope) -> Changed<'a> {
    if before == after {
        return Changed::new();
    }
    let names = before.attributes().chain(after.attributes()).map(|(name, _)| name);
    // No statement moves a column.
    names
        .filter(|name| *name != "position")
        .filter(|name| scope.counts_of(after, name) && !same(before.find(name), after.find(name)))
        .collect()
}

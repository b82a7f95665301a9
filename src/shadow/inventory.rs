//! What there is in a database, as the server itself prints it: enough to see what a way back has left behind.

use std::collections::BTreeMap;

use crate::pg::error::SqlError;
use crate::pg::session::Session;
use crate::text::fill::fill;
use crate::text::literal::Literal;

/// Kind and name of each object, with its definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Inventory(BTreeMap<(String, String), String>);

/// One difference between two inventories.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    /// What kind of object.
    pub(crate) kind: String,
    /// Its name.
    pub(crate) object: String,
    /// Its definition before; none where it is too much.
    pub(crate) expected: Option<String>,
    /// Its definition after; none where it is missing.
    pub(crate) actual: Option<String>,
}

/// Reads the database that the session is connected to. `version_table` is left out.
///
/// # Errors
/// The server's.
pub(crate) fn read(session: &mut Session, version_table: &str) -> Result<Inventory, SqlError> {
    let sql = fill(include_str!("../../sql/shadow/inventory.sql"), &[("$1", &Literal(version_table))]);
    // One message is one transaction: the search_path is the session's own again afterwards.
    let rows = session.rows(&format!("SELECT pg_catalog.set_config('search_path', '', true);\n{sql}"))?;
    let objects = rows.into_iter().filter_map(|row| {
        let [kind, object, definition] = <[Option<String>; 3]>::try_from(row).ok()?;
        Some(((kind?, object?), definition.unwrap_or_default()))
    });
    Ok(Inventory(objects.collect()))
}

impl Inventory {
    /// Returns how another one differs from this.
    pub(crate) fn differences(&self, actual: &Self) -> Vec<Difference> {
        let mut all: Vec<&(String, String)> = self.0.keys().chain(actual.0.keys()).collect();
        all.sort();
        all.dedup();
        let differs = all.into_iter().filter(|key| self.0.get(*key) != actual.0.get(*key));
        differs
            .map(|key| Difference {
                kind: key.0.clone(),
                object: key.1.clone(),
                expected: self.0.get(key).cloned(),
                actual: actual.0.get(key).cloned(),
            })
            .collect()
    }
}

//! What there is, as the queries of `sql/bootstrap/` tell it.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The server and the role that asks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Server {
    /// The role.
    pub(crate) role: String,
    /// Its attributes.
    pub(crate) superuser: bool,
    pub(crate) createrole: bool,
    pub(crate) createdb: bool,
    /// `server_version_num`: 150018 is 15.18.
    pub(crate) version: u32,
    /// Whether it takes no writes.
    pub(crate) in_recovery: bool,
    /// The roles of hosting platforms that the role is, or is a member of.
    pub(crate) platform_roles: Vec<String>,
    /// Schemas of hosting platforms in the database that is asked.
    pub(crate) platform_schemas: Vec<String>,
    /// Parameters that list the extensions which a platform allows.
    pub(crate) allow_lists: BTreeMap<String, String>,
}

impl Server {
    /// Returns the major version.
    pub(crate) fn major(&self) -> u32 {
        self.version / 10_000
    }
}

/// A role that exists.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Role {
    /// Its name.
    pub(crate) name: String,
    pub(crate) login: bool,
    pub(crate) superuser: bool,
    pub(crate) createdb: bool,
    pub(crate) createrole: bool,
    pub(crate) inherit: bool,
    pub(crate) replication: bool,
    pub(crate) bypassrls: bool,
    pub(crate) connection_limit: i32,
    /// The roles that it is a member of, other than by the admin option alone.
    pub(crate) member_of: Vec<String>,
    /// What it begins its sessions with, `name=value` each.
    pub(crate) parameters: Vec<String>,
    /// Whether the role that asks can own things in its name.
    pub(crate) is_mine: bool,
}

/// The database that is wanted, as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Database {
    /// Its owner.
    pub(crate) owner: String,
    /// Its encoding.
    pub(crate) encoding: String,
    /// Its locale, as `lc_collate` says it.
    pub(crate) locale: String,
    /// What its sessions begin with, `name=value` each.
    pub(crate) parameters: Vec<String>,
}

/// A schema that exists.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Schema {
    /// Its name.
    pub(crate) name: String,
    /// Its owner.
    pub(crate) owner: String,
}

/// An extension that exists.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Extension {
    /// Its name.
    pub(crate) name: String,
    /// Its version.
    pub(crate) version: String,
    /// The schema that it is in.
    pub(crate) schema: String,
}

/// An extension that the server offers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Offered {
    /// Its name.
    pub(crate) name: String,
    /// The versions.
    pub(crate) versions: Vec<String>,
    /// Whether only a superuser may create it, by PostgreSQL's own rules.
    pub(crate) superuser: bool,
}

/// What is in a database.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Objects {
    /// The schemas that exist, of those wanted.
    pub(crate) schemas: Vec<Schema>,
    /// The extensions that exist, of those wanted.
    pub(crate) extensions: Vec<Extension>,
    /// The extensions that the server offers, of those wanted.
    pub(crate) offered: Vec<Offered>,
    /// Whether the role that asks may create schemas here.
    pub(crate) may_create: bool,
}

/// How far wanted privileges are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Privileges {
    /// Which of the wanted ones, by its number.
    pub(crate) n: usize,
    /// Whether the schema exists.
    pub(crate) found: bool,
    /// Whether a privilege is missing somewhere.
    pub(crate) missing: bool,
}

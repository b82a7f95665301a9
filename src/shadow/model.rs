//! What a shadow database copies of the database that it stands for.

use serde::Deserialize;

use crate::bootstrap::wanted::Parameter;
use crate::pg::error::SqlError;
use crate::pg::session::Session;

/// What a shadow database copies of the target.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Model {
    /// `server_version_num`: 150018 is 15.18.
    pub(crate) version: u32,
    /// The role that runs the statements.
    pub(crate) role: String,
    /// Whether it may create databases.
    pub(crate) may_create_databases: bool,
    /// The encoding, by its name.
    pub(super) encoding: String,
    /// Its row in `pg_database`; which columns there are depends on the version.
    pub(super) database: Row,
    /// What `ALTER DATABASE … SET` gave it: `name=value`.
    pub(super) settings: Vec<String>,
    /// The search_path of a session of this role.
    pub(crate) search_path: String,
    /// Its time zone.
    pub(super) time_zone: String,
    /// The extensions that are there, but what every database has.
    pub(crate) extensions: Vec<Extension>,
    /// The schemas that are there, but the system's; `null` for none.
    schemas: Option<Vec<String>>,
    /// The roles of the server, but its own.
    pub(crate) roles: Vec<String>,
}

/// An extension of a database.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Extension {
    /// Its name.
    pub(crate) name: String,
    /// The schema that its objects are in.
    pub(crate) schema: String,
}

/// A row of `pg_database`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Row {
    pub(super) datcollate: String,
    pub(super) datctype: String,
    /// `c` libc, `i` ICU, `b` builtin.
    pub(super) datlocprovider: char,
    /// The locale of the provider, up to 16.
    daticulocale: Option<String>,
    /// The locale of the provider, from 17 on.
    datlocale: Option<String>,
    pub(super) daticurules: Option<String>,
}

impl Row {
    /// The locale of another provider than libc.
    pub(super) fn locale(&self) -> Option<&str> {
        self.datlocale.as_deref().or(self.daticulocale.as_deref())
    }
}

impl Model {
    /// Reads the database that the session is connected to, as its role sees it.
    ///
    /// # Errors
    /// The server's.
    pub(crate) fn read(session: &mut Session) -> Result<Self, SqlError> {
        session.json(include_str!("../../sql/shadow/model.sql"))
    }

    /// Returns what a database that is still to be created on the same server will be like: this one's locale, and
    /// nothing of what is in it.
    #[must_use]
    pub(crate) fn of_another(self, parameters: &[Parameter]) -> Self {
        let settings = parameters.iter().map(|parameter| format!("{}={}", parameter.name, parameter.value)).collect();
        Self { settings, extensions: Vec::new(), schemas: None, ..self }
    }

    /// Returns the schemas that are there, but the system's.
    pub(crate) fn schemas(&self) -> &[String] {
        self.schemas.as_deref().unwrap_or_default()
    }

    /// Returns the major version of the server.
    pub(crate) fn major(&self) -> u32 {
        self.version / 10_000
    }
}

//! What a project asks for: database, roles, schemas, extensions, grants. Read by `settings`, planned by the modules
//! beside this one.

use crate::text::secret::Secret;

/// The database that is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DatabaseWanted {
    /// Its name.
    pub(crate) name: String,
    /// Its owner, where it is created.
    pub(crate) owner: Option<String>,
    /// Its encoding, where it is created.
    pub(crate) encoding: Option<String>,
    /// Its locale, where it is created.
    pub(crate) locale: Option<String>,
    /// Its template, where it is created.
    pub(crate) template: Option<String>,
    /// What `ALTER DATABASE … SET` gives it.
    pub(crate) parameters: Vec<Parameter>,
}

/// A server parameter and the value that sessions begin with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parameter {
    /// Its name.
    pub(crate) name: String,
    /// Its value; the items of a list such as `search_path` are separated by commas.
    pub(crate) value: String,
}

/// A role that is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RoleWanted {
    /// Its name.
    pub(crate) name: String,
    /// The attributes that the settings name; the others are left to the server.
    pub(crate) attributes: Vec<(Attribute, bool)>,
    /// How many sessions it may have; -1 is no limit.
    pub(crate) connection_limit: Option<i32>,
    /// The password of a role that is created.
    pub(crate) password: Option<Password>,
    /// The roles that it is a member of.
    pub(crate) member_of: Vec<String>,
    /// What `ALTER ROLE … SET` gives it.
    pub(crate) parameters: Vec<Parameter>,
}

/// Where a password is to come from has been looked at; whether it is needed is seen later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Password {
    /// It is there.
    Known(Secret),
    /// It is not, and why: `the variable X is not set`.
    Missing(String),
}

/// An attribute of a role (PostgreSQL manual 22.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attribute {
    Login,
    Superuser,
    CreateDb,
    CreateRole,
    Inherit,
    Replication,
    BypassRls,
}

impl Attribute {
    /// All of them.
    pub(crate) const ALL: [Self; 7] = [
        Self::Login,
        Self::Superuser,
        Self::CreateDb,
        Self::CreateRole,
        Self::Inherit,
        Self::Replication,
        Self::BypassRls,
    ];

    /// Returns its key in a `[[role]]` table.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Superuser => "superuser",
            Self::CreateDb => "createdb",
            Self::CreateRole => "createrole",
            Self::Inherit => "inherit",
            Self::Replication => "replication",
            Self::BypassRls => "bypassrls",
        }
    }
}

/// A schema that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SchemaWanted {
    /// Its name.
    pub(crate) name: String,
    /// Its owner, where it is created.
    pub(crate) owner: Option<String>,
}

/// An extension that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ExtensionWanted {
    /// Its name as the server knows it; `pgvector`, the name of the project, is `vector`.
    pub(crate) name: String,
    /// The version, where it is created.
    pub(crate) version: Option<String>,
    /// The schema to put it in.
    pub(crate) schema: Option<String>,
    /// Whether the extensions that it needs are created as well.
    pub(crate) cascade: bool,
    /// Whether to go on where the server does not offer it.
    pub(crate) optional: bool,
}

/// What privileges are on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum On {
    Database,
    Schema,
    Tables,
    Sequences,
    Functions,
    Procedures,
    Routines,
    Types,
    Schemas,
}

impl On {
    /// What `[[grant]]` may be on.
    pub(crate) const OF_GRANTS: &'static [Self] = &[
        Self::Database,
        Self::Schema,
        Self::Tables,
        Self::Sequences,
        Self::Functions,
        Self::Procedures,
        Self::Routines,
    ];
    /// What `[[default_privileges]]` may be on (PostgreSQL manual, ALTER DEFAULT PRIVILEGES).
    pub(crate) const OF_DEFAULTS: &'static [Self] =
        &[Self::Tables, Self::Sequences, Self::Functions, Self::Routines, Self::Types, Self::Schemas];

    /// Returns its word in settings and messages.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Schema => "schema",
            Self::Tables => "tables",
            Self::Sequences => "sequences",
            Self::Functions => "functions",
            Self::Procedures => "procedures",
            Self::Routines => "routines",
            Self::Types => "types",
            Self::Schemas => "schemas",
        }
    }

    /// Returns the privileges that there are on it (PostgreSQL manual 5.8, table 5.2) in this major version.
    pub(crate) fn privileges(self, major: u32) -> &'static [&'static str] {
        const TABLES: &[&str] =
            &["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN"];
        match self {
            Self::Database => &["CREATE", "CONNECT", "TEMPORARY"],
            Self::Schema | Self::Schemas => &["USAGE", "CREATE"],
            // MAINTAIN is new in 17.
            Self::Tables if major < 17 => &TABLES[..7],
            Self::Tables => TABLES,
            Self::Sequences => &["USAGE", "SELECT", "UPDATE"],
            Self::Functions | Self::Procedures | Self::Routines => &["EXECUTE"],
            Self::Types => &["USAGE"],
        }
    }
}

/// Privileges that are wanted on what exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GrantWanted {
    /// The privileges in upper case; `ALL` alone is all.
    pub(crate) privileges: Vec<String>,
    /// What they are on.
    pub(crate) on: On,
    /// The schemas; none where they are on the database.
    pub(crate) schemas: Vec<String>,
    /// Who gets them; `public` is everybody.
    pub(crate) to: Vec<String>,
    /// Whether they may be passed on.
    pub(crate) grantable: bool,
}

/// Privileges that are wanted on what a role will make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DefaultPrivilegesWanted {
    /// Who will make it; the role that runs the migrations where it is not said.
    pub(crate) by: Option<String>,
    /// The privileges and in which schemas; none are all.
    pub(crate) grant: GrantWanted,
}

/// All that is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// The roles.
    pub(crate) roles: Vec<RoleWanted>,
    /// The database.
    pub(crate) database: DatabaseWanted,
    /// The schemas.
    pub(crate) schemas: Vec<SchemaWanted>,
    /// The extensions.
    pub(crate) extensions: Vec<ExtensionWanted>,
    /// The grants.
    pub(crate) grants: Vec<GrantWanted>,
    /// The default privileges.
    pub(crate) default_privileges: Vec<DefaultPrivilegesWanted>,
}

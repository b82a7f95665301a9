//! Where a database is: the parts of a connection URL.

use crate::text::secret::Secret;

/// The parts of a connection, as far as they are known. Its `Display` hides the password.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Dsn {
    /// Host names, addresses or directories of unix sockets (these start with `/`), each with its port where given.
    pub(crate) hosts: Vec<(String, Option<u16>)>,
    /// The database.
    pub(crate) dbname: Option<String>,
    /// The role that connects.
    pub(crate) user: Option<String>,
    /// Its password.
    pub(crate) password: Option<Secret>,
    /// Prisma's `?schema=`.
    pub(crate) schema: Option<String>,
    /// Further parameters as written: `sslmode`, `connect_timeout`, …
    pub(crate) params: Vec<(String, String)>,
}

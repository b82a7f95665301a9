//! The schema that revisions promise, as a catalog that can be compared with that of the database.

use crate::catalog::Catalog;
use crate::catalog::scope::{Depth, Scope};
use crate::diff::{DiffError, migration};
use crate::pg::catalog::{Bookkeeping, CatalogError, read};
use crate::pg::error::SqlError;
use crate::shadow::Shadow;
use crate::shadow::error::ShadowError;
use crate::shadow::source::Revised;

/// Why there is no catalog to compare with.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PromisedError {
    /// The shadow's.
    #[error(transparent)]
    Shadow(#[from] ShadowError),
    /// The catalog's.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The schema of the database cannot be made again on the shadow's server.
    #[error(transparent)]
    Diff(#[from] DiffError),
    /// A statement of ours that makes it fails there.
    #[error("the schema of the database cannot be loaded into the shadow: {statement}")]
    Transplant {
        /// The statement.
        statement: String,
        /// The server's.
        #[source]
        error: SqlError,
    },
}

/// Returns the catalog that these revisions, given in their order, make.
///
/// # Errors
/// A revision that fails in the shadow; a catalog that cannot be read.
pub(crate) fn promised(
    shadow: &mut Shadow,
    revisions: &[Revised],
    bookkeeping: &Bookkeeping,
) -> Result<Catalog, PromisedError> {
    Ok(read(shadow.at(revisions)?.session(), bookkeeping)?)
}

/// Returns the catalog of a database as the shadow's newer server prints it: servers of two major versions print the same
/// view differently. The older catalog is made again in a scratch database.
///
/// # Errors
/// A statement that fails there.
pub(crate) fn transplanted(
    shadow: &mut Shadow,
    live: &Catalog,
    bookkeeping: &Bookkeeping,
) -> Result<Catalog, PromisedError> {
    let mut replayer = shadow.replayer()?;
    let session = replayer.session();
    let there = read(session, bookkeeping)?;
    let scope = Scope { across_majors: true, ..Scope::everything(Depth::Full) };
    for statement in migration(&there, live, &scope)? {
        session
            .run(&statement.text)
            .map_err(|error| PromisedError::Transplant { statement: statement.text.clone(), error })?;
    }
    Ok(read(session, bookkeeping)?)
}

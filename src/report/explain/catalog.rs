//! Catalogs that cannot be read, differences that SQL cannot close.

use crate::diff::DiffError;
use crate::pg::catalog::CatalogError;
use crate::report::diagnostic::{Diagnostic, Exit};
use crate::shadow::error::LookError;
use crate::shadow::promised::PromisedError;
use crate::text::dsn::DsnError;

impl From<CatalogError> for Diagnostic {
    fn from(error: CatalogError) -> Self {
        match error {
            CatalogError::Sql(error) => error.into(),
            CatalogError::Unknown { .. } => Self::from_error("catalog", Exit::Failed, &error)
                .note("nothing is compared where something would be overlooked")
                .help("use a pgkeel that knows this version of PostgreSQL"),
        }
    }
}

impl From<LookError> for Diagnostic {
    fn from(error: LookError) -> Self {
        match error {
            LookError::Shadow(error) => error.into(),
            LookError::Catalog(error) => error.into(),
            LookError::Sql(error) => error.into(),
        }
    }
}

impl From<PromisedError> for Diagnostic {
    fn from(error: PromisedError) -> Self {
        match error {
            PromisedError::Shadow(error) => error.into(),
            PromisedError::Catalog(error) => error.into(),
            PromisedError::Diff(error) => error.into(),
            PromisedError::Transplant { error: ref inner, .. } => Self::from_error("sql", Exit::Failed, &error)
                .server(inner)
                .help("compare on a server of the database's own major version: set `shadow`"),
        }
    }
}

impl From<DiffError> for Diagnostic {
    fn from(error: DiffError) -> Self {
        match error {
            DiffError::Unchangeable { .. } => Self::from_error("diff", Exit::Failed, &error)
                .help("change it by hand, in a revision of your own: `pgkeel revision -m …`"),
            DiffError::Secret { .. } => Self::from_error("diff", Exit::Failed, &error)
                .note("no file was written")
                .help("write that statement yourself, in a revision of your own: `pgkeel revision -m …`")
                .help("`--no-proof` writes the rest, with a comment where the secret belongs"),
        }
    }
}

impl From<DsnError> for Diagnostic {
    fn from(error: DsnError) -> Self {
        Self::from_error("usage", Exit::Usage, &error).help(
            "a source is a URL (postgresql://user@host:5432/database), `live`, a revision, or a path of .sql files",
        )
    }
}

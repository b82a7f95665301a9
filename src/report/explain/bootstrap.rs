//! Objects that cannot be made.

use crate::bootstrap::BootstrapError;
use crate::pg::bootstrap::CreateError;
use crate::report::diagnostic::{Diagnostic, Exit};

impl From<BootstrapError> for Diagnostic {
    fn from(error: BootstrapError) -> Self {
        match &error {
            BootstrapError::Name(_) => Self::from_error("settings", Exit::Failed, &error)
                .help("correct the name in pgkeel.toml; `pgkeel config` shows where it comes from"),
            BootstrapError::NotOffered { extensions } => {
                let mut diagnostic = Self::from_error("refused", Exit::Refused, &error);
                for extension in extensions {
                    diagnostic = diagnostic.help(package(extension));
                }
                diagnostic.help("or mark it `optional = true` in pgkeel.toml if the revisions can do without")
            }
        }
    }
}

fn package(extension: &str) -> String {
    match extension {
        "vector" => "install pgvector where the server runs: the package postgresql-NN-pgvector, the image pgvector/pgvector, or `pgkeel db up` with the build of scripts/fetch-postgres".to_owned(),
        "postgis" => "install PostGIS where the server runs: the package postgresql-NN-postgis-3, or the image postgis/postgis".to_owned(),
        "citext" | "hstore" | "pg_trgm" | "pgcrypto" | "uuid-ossp" | "btree_gist" | "btree_gin" | "ltree" | "unaccent"
        | "pg_stat_statements" | "tablefunc" | "intarray" | "fuzzystrmatch" | "postgres_fdw" | "dblink" => {
            format!("`{extension}` is part of PostgreSQL's contrib: install the package postgresql-contrib (or scripts/fetch-postgres --contrib)")
        }
        other => format!("install the package of `{other}` where the server runs"),
    }
}

impl From<CreateError> for Diagnostic {
    fn from(error: CreateError) -> Self {
        let mut diagnostic = Self::from_error("sql", Exit::Failed, &error).server(&error.error);
        if error.error.is("42501") {
            diagnostic.code = "refused";
            diagnostic.exit = Exit::Refused;
            return diagnostic
                .help(format!("let an administrator run: {};", error.sql))
                .help("or set DATABASE_ADMIN_URL to a role that may");
        }
        if error.error.is("25006") {
            diagnostic.code = "standby";
            diagnostic.exit = Exit::Refused;
            return diagnostic.help("connect to the primary; `pgkeel config` shows where host and port come from");
        }
        diagnostic
            .note(format!("the statement was: {}", error.sql))
            .help("correct pgkeel.toml or the server, and run the command again")
    }
}

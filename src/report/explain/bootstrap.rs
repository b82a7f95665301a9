//! Objects that cannot be had: what the server said, what would help, and the SQL for somebody who may.

use crate::bootstrap::facts::Server;
use crate::bootstrap::platform::{ExtensionFault, Platform, allow_list, extension_fault, platform};
use crate::bootstrap::step::{Object, Status, Step, Why};
use crate::report::diagnostic::{Diagnostic, Exit};
use crate::text::ident::{NotAnIdent, readable};

impl From<NotAnIdent> for Diagnostic {
    fn from(error: NotAnIdent) -> Self {
        Self::from_error("settings", Exit::Failed, &error)
            .help("correct the name in pgkeel.toml; `pgkeel config` shows where it comes from")
    }
}

/// SQLSTATEs that somebody with more rights, or another server, would not get; the rest are wrong settings. 42501
/// insufficient privilege, 42704 and 3F000 something that does not exist (a role that was refused before), 0A000 and
/// 58P01 not available, 0LP01 a grant that cannot be, P0001 and XX000 a platform's own words, 25006 read-only.
const NEEDS_SOMEBODY: [&str; 9] = ["42501", "42704", "3F000", "0A000", "58P01", "0LP01", "P0001", "XX000", "25006"];

/// Returns what was refused as one error; nothing where nothing was. `outside` and `inside` are the steps outside and
/// inside of the database.
pub(crate) fn refused(outside: &[Step], inside: &[Step], server: &Server, database: &str) -> Option<Diagnostic> {
    let is_refused = |step: &&Step| step.status == Status::Refused;
    let (outside, inside): (Vec<&Step>, Vec<&Step>) =
        (outside.iter().filter(is_refused).collect(), inside.iter().filter(is_refused).collect());
    let all: Vec<&Step> = outside.iter().chain(&inside).copied().collect();
    let message = match all.as_slice() {
        [] => return None,
        [one] => format!("the {} can't be had", one.title()),
        several => format!("{} objects can't be had, the first of them the {}", several.len(), several[0].title()),
    };
    let is_wrong = |step: &&Step| match &step.why {
        Some(Why::Server { sqlstate, .. }) => !NEEDS_SOMEBODY.contains(&sqlstate.as_str()),
        _ => false,
    };
    let wrong = all.iter().copied().find(is_wrong);
    let is_standby = |step: &&Step| matches!(&step.why, Some(Why::Server { sqlstate, .. }) if sqlstate == "25006");
    let mut diagnostic = match wrong {
        Some(_) => Diagnostic::new("sql", Exit::Failed, message),
        None if all.iter().any(is_standby) => Diagnostic::new("standby", Exit::Refused, message),
        None => Diagnostic::new("refused", Exit::Refused, message),
    };
    for step in &all {
        let why = step.why.as_ref().map(ToString::to_string).unwrap_or_default();
        diagnostic = diagnostic.note(format!("{}: {why}", step.title()));
        if let Some(Why::Server { detail: Some(detail), .. }) = &step.why {
            diagnostic = diagnostic.note(detail.clone());
        }
    }
    let mut helped = false;
    for help in all.iter().filter_map(|step| advice(step, server)) {
        if !diagnostic.help.contains(&help) {
            diagnostic = diagnostic.help(help);
            helped = true;
        }
    }
    for (steps, place) in [(outside, String::new()), (inside, format!(" in the database {}", readable(database)))] {
        let sql: Vec<String> = steps
            .iter()
            .filter(|step| is_for_administrator(step))
            .filter_map(|step| step.shown_sql())
            .map(|sql| format!("{sql};"))
            .collect();
        if !sql.is_empty() {
            diagnostic = diagnostic.help(format!("let an administrator run{place}:\n{}", sql.join("\n")));
            helped = true;
        }
    }
    if all.iter().any(|step| is_for_administrator(step)) {
        diagnostic = diagnostic.help("or set DATABASE_ADMIN_URL to a role that may");
    }
    if all.iter().any(|step| step.object == Object::Extension) {
        let can_do_without = "or mark the extension `optional = true` in pgkeel.toml if the revisions can do without";
        diagnostic = diagnostic.help(can_do_without);
    }
    if wrong.is_some() || !helped {
        diagnostic = diagnostic.help("correct pgkeel.toml or the server, and run the command again");
    }
    Some(diagnostic)
}

/// Whether the statement would succeed for somebody with more rights.
fn is_for_administrator(step: &Step) -> bool {
    match &step.why {
        Some(Why::NoRight { .. } | Why::NeedsSuperuser { .. } | Why::NoEffect { .. } | Why::Needs { .. }) => true,
        Some(Why::Server { message, sqlstate, hint, .. }) => {
            let fault = extension_fault(sqlstate, message, hint.as_deref());
            let rights = matches!(fault, None | Some(ExtensionFault::NeedsCreate | ExtensionFault::NeedsSuperuser));
            rights && matches!(sqlstate.as_str(), "42501" | "42704" | "0LP01")
        }
        Some(
            Why::Later
            | Why::NotOffered { .. }
            | Why::NotBegun
            | Why::NoVersion { .. }
            | Why::Differs { .. }
            | Why::NoPassword { .. }
            | Why::NoSchema { .. },
        )
        | None => false,
    }
}

fn advice(step: &Step, server: &Server) -> Option<String> {
    let name = step.name.as_str();
    match step.why.as_ref()? {
        Why::NotOffered { .. } => Some(not_offered(name, server)),
        Why::NoVersion { .. } => Some(format!(
            "name one of these versions of `{name}` in pgkeel.toml, or install the package with the other one on the server"
        )),
        Why::NeedsSuperuser { .. } => needs_superuser(name, server),
        Why::NoPassword { .. } => Some(format!(
            "set the variable or mount the file that `[[role]]` names for {}; it is read only when the role is created",
            readable(name)
        )),
        Why::NoSchema { schema } => {
            Some(format!("add `[[schema]]` with `name = \"{schema}\"` to pgkeel.toml, or create it in a revision"))
        }
        Why::NoEffect { .. } if step.object == Object::Grant => {
            Some("only owners, and roles with the grant option, can grant".to_owned())
        }
        Why::Server { message, sqlstate, hint, .. } if step.object == Object::Extension => {
            match extension_fault(sqlstate, message, hint.as_deref())? {
                ExtensionFault::NotInstalled => Some(not_offered(name, server)),
                ExtensionFault::NotListed(on) => Some(not_listed(name, on, server)),
                ExtensionFault::WrongSchema(_) => Some(wrong_schema(name)),
                ExtensionFault::NeedsSuperuser => needs_superuser(name, server),
                ExtensionFault::NeedsCreate => None,
            }
        }
        Why::Server { sqlstate, hint, .. } => match (sqlstate.as_str(), hint) {
            ("25006", _) => Some("connect to the primary, where the server takes writes".to_owned()),
            (_, Some(hint)) => Some(hint.clone()),
            (_, None) => None,
        },
        Why::Later
        | Why::Differs { .. }
        | Why::NoRight { .. }
        | Why::NoEffect { .. }
        | Why::NotBegun
        | Why::Needs { .. } => None,
    }
}

/// An extension whose files the server does not have.
fn not_offered(extension: &str, server: &Server) -> String {
    match platform(server) {
        Some(on @ (Platform::Rds | Platform::Azure | Platform::Aiven)) => not_listed(extension, on, server),
        Some(Platform::CloudSql) => format!(
            "Cloud SQL has a fixed list of extensions for each version (SELECT name FROM pg_available_extensions): upgrade the instance to one that offers `{extension}`, or set its flag `cloudsql.enable_{extension}` where there is one"
        ),
        Some(Platform::AlloyDb) => format!(
            "AlloyDB has a fixed list of extensions for each version (SELECT name FROM pg_available_extensions): upgrade to one that offers `{extension}`, or set its flag `alloydb.enable_{extension}` where there is one"
        ),
        Some(Platform::Supabase) => format!(
            "Supabase lists what it offers under Database, Extensions; upgrade the project to a version that has `{extension}`"
        ),
        Some(Platform::Neon) => format!(
            "Neon has a fixed list of extensions for each version (SELECT name FROM pg_available_extensions); `{extension}` may need a newer compute or its support"
        ),
        Some(Platform::Heroku) => format!(
            "Heroku shows what it offers with SHOW extwlist.extensions; `{extension}` may need a newer version or another plan"
        ),
        Some(Platform::DigitalOcean) => format!(
            "DigitalOcean has a fixed list of extensions (SELECT name FROM pg_available_extensions): upgrade the cluster to a version that offers `{extension}`"
        ),
        Some(Platform::Timescale) => format!(
            "Timescale has a fixed list of extensions (SELECT name FROM pg_available_extensions); ask its support for `{extension}`"
        ),
        None => package(extension, server.major()),
    }
}

/// An extension that the platform's list does not have.
fn not_listed(extension: &str, on: Platform, server: &Server) -> String {
    let list = allow_list(server).map(|(parameter, value)| {
        let value = if value.is_empty() { "empty" } else { value };
        format!("; {parameter} is {value}")
    });
    let list = list.unwrap_or_default();
    match on {
        Platform::Azure => format!(
            "add `{extension}` to the server parameter azure.extensions (portal: Server parameters; or `az postgres flexible-server parameter set --name azure.extensions --value …`){list}"
        ),
        Platform::Rds => format!(
            "Amazon RDS lists what it offers in SHOW rds.extensions: upgrade the engine to a version that has `{extension}`, and where the parameter group sets rds.allowed_extensions, add it there{list}"
        ),
        Platform::Aiven => format!(
            "Aiven lists what it offers in SHOW extwlist.extensions: upgrade the service to a version that has `{extension}`{list}"
        ),
        Platform::AlloyDb
        | Platform::CloudSql
        | Platform::DigitalOcean
        | Platform::Heroku
        | Platform::Neon
        | Platform::Supabase
        | Platform::Timescale => format!("the platform's list of extensions does not have `{extension}`{list}"),
    }
}

fn wrong_schema(extension: &str) -> String {
    format!(
        "on Heroku, set `schema = \"heroku_ext\"` (older databases) or `schema = \"public\"` for `{extension}` in pgkeel.toml, never `_heroku`"
    )
}

fn needs_superuser(extension: &str, server: &Server) -> Option<String> {
    match platform(server)? {
        Platform::Supabase => Some(format!(
            "on Supabase, switch `{extension}` on under Database, Extensions (its schema there is `extensions`)"
        )),
        Platform::Azure => Some(not_listed(extension, Platform::Azure, server)),
        Platform::Rds => Some(format!(
            "on RDS, connect as a member of rds_superuser; with rds.allowed_delegated_extensions, a member of rds_extension may create `{extension}`"
        )),
        Platform::CloudSql => {
            Some(format!("on Cloud SQL, connect as a member of cloudsqlsuperuser to create `{extension}`"))
        }
        Platform::AlloyDb => {
            Some(format!("on AlloyDB, connect as a member of alloydbsuperuser to create `{extension}`"))
        }
        Platform::Neon => Some(format!(
            "on Neon, connect as a member of neon_superuser (a role made in the console) to create `{extension}`"
        )),
        Platform::Heroku => {
            Some(format!("on Heroku, connect with the database's own credentials to create `{extension}`"))
        }
        Platform::Aiven => Some(format!("on Aiven, connect as avnadmin to create `{extension}`")),
        Platform::DigitalOcean => Some(format!("on DigitalOcean, connect as doadmin to create `{extension}`")),
        Platform::Timescale => Some(format!("on Timescale, connect as tsdbadmin to create `{extension}`")),
    }
}

fn package(extension: &str, major: u32) -> String {
    match extension {
        "vector" => format!(
            "install pgvector where the server runs: the package postgresql-{major}-pgvector, the image pgvector/pgvector:pg{major}, or `pgkeel db up` with the build of scripts/fetch-postgres"
        ),
        "postgis" | "postgis_topology" | "postgis_raster" | "postgis_tiger_geocoder" => {
            format!(
                "install PostGIS where the server runs: the package postgresql-{major}-postgis-3, or the image postgis/postgis:{major}-3.5"
            )
        }
        "timescaledb" => format!(
            "install TimescaleDB where the server runs: the package timescaledb-2-postgresql-{major}, or the image timescale/timescaledb:latest-pg{major}"
        ),
        "citus" => format!(
            "install Citus where the server runs: the package postgresql-{major}-citus, or the image citusdata/citus"
        ),
        "pg_cron" | "pg_partman" | "hypopg" | "pgaudit" | "pg_repack" | "rum" | "pgtap" | "pgmq" | "age" => {
            let package = match extension {
                "pg_cron" => "cron",
                "pg_partman" => "partman",
                "pg_repack" => "repack",
                other => other,
            };
            format!("install the package postgresql-{major}-{package} where the server runs")
        }
        "citext" | "hstore" | "pg_trgm" | "pgcrypto" | "uuid-ossp" | "btree_gist" | "btree_gin" | "ltree"
        | "unaccent" | "pg_stat_statements" | "tablefunc" | "intarray" | "fuzzystrmatch" | "postgres_fdw"
        | "dblink" | "file_fdw" | "cube" | "earthdistance" | "isn" | "bloom" | "amcheck" | "pageinspect"
        | "pgrowlocks" | "tsm_system_rows" => {
            format!(
                "`{extension}` is part of PostgreSQL's contrib: install the package postgresql-contrib (or scripts/fetch-postgres --contrib)"
            )
        }
        other => format!("install the package of `{other}` where the server runs"),
    }
}

//! What platforms and libraries put into a new database: it belongs to nobody who writes migrations.
//!
//! Names alone excuse nothing: a schema only where the project does not manage it, an object only with its owner.

use crate::detect::table::Table;
use crate::detect::tool::{TOOL_SCHEMAS, Tool};

/// Schemas of platforms, extensions that do not own their schema, and libraries with a ledger of their own. Several are
/// ordinary words (`ai`, `auth`, `monitor`, `storage`): they are excused only where the project does not manage them.
const SCHEMAS: &[&str] = &[
    "_heroku",
    "_realtime",
    "_system",
    "ai",
    "aiven_extras",
    "apgcc",
    "auth",
    "aws_commons",
    "aws_lambda",
    "aws_s3",
    "awsdms_control",
    "awsdms_ddl_audit",
    "citus",
    "citus_internal",
    "columnar",
    "columnar_internal",
    "cron",
    "datadog",
    "extensions",
    "google_ml",
    "google_vacuum_mgmt",
    "graphile_worker",
    "graphql",
    "graphql_public",
    "hdb_catalog",
    "heroku_ext",
    "metric_helpers",
    "monitor",
    "neon",
    "neon_auth",
    "neon_migration",
    "net",
    "partman",
    "pgagent",
    "pganalyze",
    "pgboss",
    "pgbouncer",
    "pglogical",
    "pgmq",
    "pgq",
    "pgsodium",
    "rdsadmin",
    "realtime",
    "repack",
    "repmgr",
    "storage",
    "supabase_functions",
    "supabase_migrations",
    "tiger",
    "tiger_data",
    "toolkit_experimental",
    "topology",
    "user_management",
    "vault",
    "zmon_utils",
];

/// The same as LIKE patterns.
pub(crate) const SCHEMA_PATTERNS: &[&str] = &[r"timescaledb\_%", r"\_timescaledb\_%"];

/// An object that a platform puts into a schema of the user's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PlatformObject {
    /// The name, as a regular expression.
    pub(crate) pattern: &'static str,
    /// The kinds, separated by commas.
    pub(crate) kinds: &'static str,
    /// Who owns it; nothing: any role but the connecting one.
    pub(crate) owner: Option<&'static str>,
}

/// Objects that platforms put into `public`.
pub(crate) const OBJECTS: &[PlatformObject] = &[
    // AWS Database Migration Service: DDL capture and control tables
    PlatformObject { pattern: "^awsdms_", kinds: "table,sequence,function", owner: None },
    // Spilo (Zalando operator): the server log as foreign tables
    PlatformObject { pattern: "^postgres_log(_[0-9]+)*$", kinds: "table,foreign table", owner: None },
    PlatformObject { pattern: "^failed_authentication(_[0-9]+)+$", kinds: "view", owner: None },
    // CloudNativePG: the look-up of its pooler
    PlatformObject { pattern: "^user_search$", kinds: "function", owner: None },
    // Neon as Databricks Lakebase; the name is an ordinary one, so the owner must be the platform's
    PlatformObject { pattern: "^health_check$", kinds: "table", owner: Some("cloud_admin") },
    // Supabase: functions of its event triggers, where a project manages the schema `extensions`
    PlatformObject {
        pattern: "^(grant_pg_(cron|graphql|net)_access|set_graphql_placeholder|pgrst_(ddl|drop)_watch)$",
        kinds: "function",
        owner: None,
    },
    // supabase/postgres images keep the ledger of their own set-up in `public`
    PlatformObject { pattern: "^schema_migrations$", kinds: "table", owner: Some("supabase_admin") },
];

/// Event triggers and publications that platforms make.
pub(crate) const DATABASE_OBJECTS: &[&str] = &[
    "awsdms_intercept_ddl",
    "extension_before_drop",
    "issue_graphql_placeholder",
    "issue_pg_cron_access",
    "issue_pg_graphql_access",
    "issue_pg_net_access",
    "log_create_ext",
    "log_drop_ext",
    "pgrst_ddl_watch",
    "pgrst_drop_watch",
    "supabase_realtime",
    "supabase_realtime_messages_publication",
    "validate_extension",
];

/// Returns the event triggers that a migration tool makes.
pub(crate) fn database_objects_of(tool: Tool) -> &'static [&'static str] {
    if tool == Tool::Pgroll { &["pg_roll_handle_ddl", "pg_roll_handle_drop"] } else { &[] }
}

/// Returns whether a schema is a platform's, unless the project manages it.
pub(crate) fn is_platform_schema(schema: &str) -> bool {
    SCHEMAS.contains(&schema) || schema.starts_with("timescaledb_") || schema.starts_with("_timescaledb_")
}

/// Returns whether a schema belongs to a migration tool as a whole.
pub(crate) fn is_tool_schema(schema: &str) -> bool {
    schema != "public" && TOOL_SCHEMAS.iter().any(|(_, name)| *name == schema)
}

/// Returns all platform and tool schemas by name.
pub(crate) fn schemas() -> Vec<&'static str> {
    let tools = TOOL_SCHEMAS.iter().map(|(_, name)| *name).filter(|name| is_tool_schema(name));
    SCHEMAS.iter().copied().chain(tools).collect()
}

/// Returns whether a table that looks like a ledger is the platform's own, wherever it stands.
pub(crate) fn owns_ledger(table: &Table) -> bool {
    table.name == "schema_migrations" && table.owner == "supabase_admin"
}

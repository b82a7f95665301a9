//! Which tool's ledger is this table? Told by name and columns, never by name alone.

use crate::detect::platform;
use crate::detect::table::Table;
use crate::detect::tool::Tool;

/// Tables that stand beside a ledger and belong to the tool, in lower case.
const HELPERS: &[(Tool, &[&str])] = &[
    (Tool::Rails, &["ar_internal_metadata"]),
    (Tool::Liquibase, &["databasechangeloglock", "databasechangeloghistory"]),
    (Tool::Knex, &["knex_migrations_lock"]),
    (Tool::Kysely, &["kysely_migration_lock"]),
    (Tool::Yoyo, &["_yoyo_log", "_yoyo_version", "yoyo_lock"]),
    (Tool::Sequelize, &["sequelizedata"]),
    (Tool::TypeOrm, &["typeorm_metadata"]),
    (Tool::GraphileMigrate, &["current"]),
    (Tool::Sqitch, &["projects", "tags", "dependencies", "events", "releases"]),
    (Tool::Pgroll, &["pgroll_version"]),
    (Tool::SupabaseCli, &["seed_files"]),
];

/// Names of ledger tables, in lower case.
const LEDGERS: &[&str] = &[
    "__diesel_schema_migrations",
    "__drizzle_migrations",
    "__efmigrationshistory",
    "__ef_migrations_history",
    "_prisma_migrations",
    "_sqlx_migrations",
    "_yoyo_migration",
    "aerich",
    "alembic_version",
    "atlas_schema_revisions",
    "changelog",
    "changes",
    "databasechangelog",
    "django_migrations",
    "doctrine_migration_versions",
    "flyway_schema_history",
    "goose_db_version",
    "gorp_migrations",
    "knex_migrations",
    "kysely_migration",
    "migratehistory",
    "migration",
    "migration_versions",
    "migrations",
    "mikro_orm_migrations",
    "pgmigrations",
    "phinxlog",
    "play_evolutions",
    "refinery_schema_history",
    "schema_migrations",
    "schema_version",
    "schemaversion",
    "sequelizemeta",
];

/// Columns by which a ledger under another name is found: each is peculiar to one tool, spelled as it is stored.
pub(crate) const TELLING_COLUMNS: &[&str] = &[
    "MigrationId",
    "ORDEREXECUTED",
    "applied_steps_count",
    "breakpoint",
    "installed_rank",
    "is_applied",
    "migration_time",
    "orderexecuted",
    "partial_hashes",
];

/// Returns the names, in lower case, of all tables to ask the catalog for.
pub(crate) fn table_names() -> Vec<&'static str> {
    LEDGERS.iter().chain(HELPERS.iter().flat_map(|(_, names)| names.iter())).copied().collect()
}

/// Returns the tables of `all` that belong to the tool beside its ledger.
pub(crate) fn helpers<'a>(tool: Tool, ledger: &Table, all: &'a [Table]) -> Vec<&'a Table> {
    let names = HELPERS.iter().find(|(owner, _)| *owner == tool).map_or(&[][..], |(_, names)| names);
    all.iter()
        .filter(|table| table.schema == ledger.schema && names.iter().any(|name| table.name.eq_ignore_ascii_case(name)))
        .collect()
}

/// Returns the tool whose ledger this table is. `all` are the tables that may stand beside it.
///
/// The order is that of the ambiguities: for `schema_migrations` `dirty`, then `inserted_at`, then Supabase's schema or
/// columns, then a lone `version` of characters; `migrations`, `schema_version`, `changelog`, `migration` and `aerich`
/// are a user's tables where the columns don't fit.
pub(crate) fn identify(table: &Table, all: &[Table]) -> Option<Tool> {
    if platform::owns_ledger(table) {
        return None;
    }
    let name = table.name.to_ascii_lowercase();
    let t = table;
    let by_name = match name.as_str() {
        "alembic_version" if t.has(&["version_num"]) => Some(Tool::Alembic),
        "schema_migrations" if t.is_integer("version") && t.has(&["dirty"]) => Some(Tool::GolangMigrate),
        "schema_migrations" if t.is_integer("version") && t.has(&["inserted_at"]) => Some(Tool::Ecto),
        "schema_migrations"
            if t.is_text("version") && (t.schema == "supabase_migrations" || t.has(&["statements"])) =>
        {
            Some(Tool::SupabaseCli)
        }
        "schema_migrations" if t.is_text("version") && t.has_only(&["version"]) => {
            let rails = helpers(Tool::Rails, t, all).iter().any(|beside| beside.has(&["key", "value"]));
            Some(if rails { Tool::Rails } else { Tool::Dbmate })
        }
        "migrations" if t.has(&["schema", "name", "migration", "parent", "done"]) => Some(Tool::Pgroll),
        "migrations" if t.schema == "graphile_migrate" && t.has(&["hash", "previous_hash", "filename"]) => {
            Some(Tool::GraphileMigrate)
        }
        "migrations" if t.is_integer("timestamp") && t.is_text("name") => Some(Tool::TypeOrm),
        "migrations" if t.is_text("migration") && t.has(&["batch"]) => Some(Tool::Laravel),
        "migrations" if t.is_text("name") && t.has(&["id", "run_on"]) => Some(Tool::DbMigrate),
        "migrations" if t.is_text("name") && t.has(&["id", "hash", "executed_at"]) => Some(Tool::PostgresMigrations),
        "pgmigrations" if t.has(&["id", "name", "run_on"]) => Some(Tool::NodePgMigrate),
        "schema_version" if t.is_integer("version") && t.has_only(&["version"]) => Some(Tool::Tern),
        "schemaversion" if t.is_integer("version") && t.has(&["name", "md5"]) => Some(Tool::Postgrator),
        "_sqlx_migrations" if t.has(&["version", "description", "success", "checksum"]) => Some(Tool::Sqlx),
        "__diesel_schema_migrations" if t.has(&["version", "run_on"]) => Some(Tool::Diesel),
        "refinery_schema_history" if t.has(&["version", "name", "applied_on", "checksum"]) => Some(Tool::Refinery),
        "django_migrations" if t.has(&["app", "name", "applied"]) => Some(Tool::Django),
        "sequelizemeta" if t.has_only(&["name"]) => Some(Tool::Sequelize),
        "__drizzle_migrations" if t.has(&["hash", "created_at"]) => Some(Tool::Drizzle),
        "changes" if t.has(&["change_id", "change", "project", "committed_at", "planned_at"]) => Some(Tool::Sqitch),
        "_yoyo_migration" if t.has(&["migration_hash", "migration_id", "applied_at_utc"]) => Some(Tool::Yoyo),
        "gorp_migrations" if t.has(&["id", "applied_at"]) => Some(Tool::SqlMigrate),
        "kysely_migration" if t.has(&["name", "timestamp"]) => Some(Tool::Kysely),
        "doctrine_migration_versions" | "migration_versions" if t.is_text("version") && t.has(&["executed_at"]) => {
            Some(Tool::Doctrine)
        }
        "mikro_orm_migrations" if t.has(&["name", "executed_at"]) => Some(Tool::MikroOrm),
        "aerich" if t.has(&["id", "version", "app", "content"]) => Some(Tool::Aerich),
        "migration" if t.has(&["id", "name", "app_name", "ran_on"]) => Some(Tool::Piccolo),
        "migratehistory" if t.has(&["id", "name", "migrated_at"]) => Some(Tool::PeeweeMigrate),
        "play_evolutions" if t.has(&["id", "apply_script", "revert_script", "state"]) => Some(Tool::Play),
        "changelog" if t.has_only(&["id", "applied_at", "description"]) => Some(Tool::MyBatis),
        _ => None,
    };
    by_name.or_else(|| by_columns(table))
}

/// Returns the tool whose columns are peculiar enough to tell it under any table name: the name is a setting in all of
/// these tools.
fn by_columns(t: &Table) -> Option<Tool> {
    if t.has(&["installed_rank", "version", "type", "script", "checksum", "success"]) {
        Some(Tool::Flyway)
    } else if t.has(&["id", "author", "filename", "orderexecuted", "exectype", "md5sum"]) {
        Some(Tool::Liquibase)
    } else if t.has(&["id", "version_id", "is_applied", "tstamp"]) {
        Some(Tool::Goose)
    } else if t.has(&["migration_name", "checksum", "finished_at", "rolled_back_at", "applied_steps_count"]) {
        Some(Tool::Prisma)
    } else if t.has(&["name", "batch", "migration_time"]) {
        Some(Tool::Knex)
    } else if t.has(&["version", "type", "applied", "total", "error", "partial_hashes"]) {
        Some(Tool::Atlas)
    } else if t.has_only(&["MigrationId", "ProductVersion"]) || t.has_only(&["migration_id", "product_version"]) {
        Some(Tool::EfCore)
    } else if t.has(&["version", "migration_name", "start_time", "end_time", "breakpoint"]) {
        Some(Tool::Phinx)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::{identify, table_names};
    use crate::detect::table::{Column, Table};
    use crate::detect::tool::Tool;

    fn table(name: &str, columns: &str) -> Table {
        let (schema, name) = name.split_once('.').unwrap_or(("public", name));
        let columns = columns
            .split(", ")
            .map(|column| {
                let (name, kind) = column.split_once(' ').unwrap_or((column, "text"));
                Column { name: name.to_owned(), kind: kind.to_owned() }
            })
            .collect();
        Table { schema: schema.to_owned(), name: name.to_owned(), owner: "app".to_owned(), readable: true, columns }
    }

    fn check(name: &str, columns: &str, tool: Option<Tool>) {
        assert_eq!(identify(&table(name, columns), &[]), tool, "{name}({columns})");
    }

    #[test]
    fn schema_migrations_is_told_by_its_columns() {
        check("schema_migrations", "version bigint, dirty boolean", Some(Tool::GolangMigrate));
        check("schema_migrations", "version bigint, inserted_at timestamp without time zone", Some(Tool::Ecto));
        check("schema_migrations", "version text, statements text[], name text", Some(Tool::SupabaseCli));
        check("supabase_migrations.schema_migrations", "version text", Some(Tool::SupabaseCli));
        check("schema_migrations", "version character varying", Some(Tool::Dbmate));
        check("schema_migrations", "version bigint", None);
        check("schema_migrations", "version text, comment text", None);
        let beside = [table("ar_internal_metadata", "key, value, created_at, updated_at")];
        assert_eq!(identify(&table("schema_migrations", "version text"), &beside), Some(Tool::Rails));
        let elsewhere = [table("other.ar_internal_metadata", "key, value, created_at, updated_at")];
        assert_eq!(identify(&table("schema_migrations", "version text"), &elsewhere), Some(Tool::Dbmate));
    }

    #[test]
    fn common_words_without_the_columns_are_user_tables() {
        check("migrations", "id integer, timestamp bigint, name text", Some(Tool::TypeOrm));
        check("migrations", "id integer, migration text, batch integer", Some(Tool::Laravel));
        check("migrations", "id integer, name text, run_on date", Some(Tool::DbMigrate));
        check("pgmigrations", "id integer, name text, run_on date", Some(Tool::NodePgMigrate));
        check("migrations", "id integer, name text, hash text, executed_at date", Some(Tool::PostgresMigrations));
        check("migrations", "id integer, bird text, season text", None);
        check("migrations", "id integer, name text, timestamp timestamp without time zone", None);
        check("schema_version", "version integer", Some(Tool::Tern));
        check("schema_version", "version integer, note text", None);
        check("schema_version", "version text", None);
        check("changelog", "id bigint, author text, text text", None);
        check("changes", "id bigint, what text", None);
        check("migration", "id integer, species text", None);
        check("aerich", "id integer", None);
        check("alembic_version", "version integer", None);
    }

    #[test]
    fn case_and_other_names_do_not_hide_a_ledger() {
        check("__EFMigrationsHistory", "MigrationId, ProductVersion", Some(Tool::EfCore));
        check("history", "migration_id, product_version", Some(Tool::EfCore));
        check("DATABASECHANGELOG", "ID, AUTHOR, FILENAME, ORDEREXECUTED, EXECTYPE, MD5SUM", Some(Tool::Liquibase));
        check("history", "installed_rank, version, type, script, checksum, success", Some(Tool::Flyway));
        check("schema_version", "installed_rank, version, type, script, checksum, success", Some(Tool::Flyway));
        check("blog_phinxlog", "version, migration_name, start_time, end_time, breakpoint", Some(Tool::Phinx));
        check("SequelizeMeta", "name", Some(Tool::Sequelize));
        check("SequelizeMeta", "name, other", None);
    }

    #[test]
    fn names_are_lower_case() {
        assert!(table_names().iter().all(|name| *name == name.to_ascii_lowercase()));
    }
}

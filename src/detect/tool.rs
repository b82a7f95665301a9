//! The migration tools whose ledgers are known.

use std::fmt;

/// A migration tool that leaves a ledger in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Tool {
    /// Aerich, the migrations of Tortoise ORM.
    Aerich,
    /// Alembic and Flask-Migrate: their version table is ours.
    Alembic,
    /// Atlas.
    Atlas,
    /// db-migrate.
    DbMigrate,
    /// dbmate, which Rails before 5 cannot be told from.
    Dbmate,
    /// diesel.
    Diesel,
    /// Django.
    Django,
    /// Doctrine Migrations.
    Doctrine,
    /// Drizzle.
    Drizzle,
    /// Ecto.
    Ecto,
    /// Entity Framework Core.
    EfCore,
    /// Flyway.
    Flyway,
    /// golang-migrate.
    GolangMigrate,
    /// goose.
    Goose,
    /// graphile-migrate.
    GraphileMigrate,
    /// Knex.
    Knex,
    /// Kysely.
    Kysely,
    /// Laravel.
    Laravel,
    /// Liquibase.
    Liquibase,
    /// `MikroORM`.
    MikroOrm,
    /// `MyBatis` Migrations.
    MyBatis,
    /// node-pg-migrate.
    NodePgMigrate,
    /// peewee-migrate.
    PeeweeMigrate,
    /// pgroll.
    Pgroll,
    /// Phinx and CakePHP.
    Phinx,
    /// Piccolo.
    Piccolo,
    /// Play evolutions.
    Play,
    /// postgrator.
    Postgrator,
    /// postgres-migrations, also inside Supabase Storage.
    PostgresMigrations,
    /// Prisma.
    Prisma,
    /// Rails since 5.
    Rails,
    /// refinery.
    Refinery,
    /// Sequelize and umzug.
    Sequelize,
    /// sqitch.
    Sqitch,
    /// sql-migrate.
    SqlMigrate,
    /// sqlx.
    Sqlx,
    /// The Supabase command line.
    SupabaseCli,
    /// tern.
    Tern,
    /// TypeORM.
    TypeOrm,
    /// yoyo.
    Yoyo,
}

/// Schemas that belong to one tool. They are looked at whatever the search path says, and their tables are the tool's.
pub(crate) const TOOL_SCHEMAS: &[(Tool, &str)] = &[
    (Tool::Atlas, "atlas_schema_revisions"),
    (Tool::Drizzle, "drizzle"),
    (Tool::GraphileMigrate, "graphile_migrate"),
    (Tool::Pgroll, "pgroll"),
    (Tool::Sqitch, "sqitch"),
    (Tool::SupabaseCli, "supabase_migrations"),
    (Tool::Tern, "public"),
];

impl Tool {
    /// Returns the tool's name in settings, options and JSON.
    pub(crate) fn name(self) -> &'static str {
        self.names().0
    }

    /// Returns the tool's name for people.
    pub(crate) fn label(self) -> &'static str {
        self.names().1
    }

    /// Returns the command by which the tool itself mends or releases its ledger.
    pub(crate) fn repair(self) -> &'static str {
        self.names().2
    }

    /// Returns whether `pgkeel import` reads the tool's files.
    pub(crate) fn is_importable(self) -> bool {
        matches!(
            self,
            Self::Diesel | Self::Sqlx | Self::GolangMigrate | Self::Dbmate | Self::Goose | Self::Flyway | Self::Prisma
        )
    }

    /// Returns whether this schema is the tool's own, so that its ledger is looked for there although nothing names it.
    pub(crate) fn is_at_home(self, schema: &str) -> bool {
        TOOL_SCHEMAS.contains(&(self, schema))
    }

    fn names(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Aerich => ("aerich", "Aerich", "aerich upgrade"),
            Self::Alembic => ("alembic", "Alembic", "alembic stamp"),
            Self::Atlas => ("atlas", "Atlas", "atlas migrate set"),
            Self::DbMigrate => ("db-migrate", "db-migrate", "db-migrate up"),
            Self::Dbmate => ("dbmate", "dbmate (or Rails before 5)", "dbmate migrate"),
            Self::Diesel => ("diesel", "diesel", "diesel migration run"),
            Self::Django => ("django", "Django", "manage.py migrate --fake"),
            Self::Doctrine => ("doctrine", "Doctrine Migrations", "doctrine-migrations version"),
            Self::Drizzle => ("drizzle", "Drizzle", "drizzle-kit migrate"),
            Self::Ecto => ("ecto", "Ecto", "mix ecto.migrate"),
            Self::EfCore => ("efcore", "EF Core", "dotnet ef database update"),
            Self::Flyway => ("flyway", "Flyway", "flyway repair"),
            Self::GolangMigrate => ("golang-migrate", "golang-migrate", "migrate force V"),
            Self::Goose => ("goose", "goose", "goose up"),
            Self::GraphileMigrate => ("graphile-migrate", "graphile-migrate", "graphile-migrate commit"),
            Self::Knex => ("knex", "Knex", "knex migrate:unlock"),
            Self::Kysely => ("kysely", "Kysely", "kysely migrate latest"),
            Self::Laravel => ("laravel", "Laravel", "php artisan migrate"),
            Self::Liquibase => ("liquibase", "Liquibase", "liquibase release-locks"),
            Self::MikroOrm => ("mikro-orm", "MikroORM", "mikro-orm migration:up"),
            Self::MyBatis => ("mybatis", "MyBatis Migrations", "migrate up"),
            Self::NodePgMigrate => ("node-pg-migrate", "node-pg-migrate", "node-pg-migrate up"),
            Self::PeeweeMigrate => ("peewee-migrate", "peewee-migrate", "pw_migrate migrate"),
            Self::Pgroll => ("pgroll", "pgroll", "pgroll complete (or pgroll rollback)"),
            Self::Phinx => ("phinx", "Phinx (or CakePHP)", "phinx migrate"),
            Self::Piccolo => ("piccolo", "Piccolo", "piccolo migrations forwards"),
            Self::Play => ("play", "Play evolutions", "resolve the evolution in Play"),
            Self::Postgrator => ("postgrator", "postgrator", "postgrator"),
            Self::PostgresMigrations => ("postgres-migrations", "postgres-migrations", "pg-migrations"),
            Self::Prisma => ("prisma", "Prisma", "prisma migrate resolve"),
            Self::Rails => ("rails", "Rails", "rails db:migrate"),
            Self::Refinery => ("refinery", "refinery", "refinery migrate"),
            Self::Sequelize => ("sequelize", "Sequelize (or umzug)", "sequelize-cli db:migrate"),
            Self::Sqitch => ("sqitch", "sqitch", "sqitch deploy"),
            Self::SqlMigrate => ("sql-migrate", "sql-migrate", "sql-migrate up"),
            Self::Sqlx => ("sqlx", "sqlx", "sqlx migrate run"),
            Self::SupabaseCli => ("supabase-cli", "Supabase CLI", "supabase migration repair"),
            Self::Tern => ("tern", "tern", "tern migrate"),
            Self::TypeOrm => ("typeorm", "TypeORM", "typeorm migration:run"),
            Self::Yoyo => ("yoyo", "yoyo", "yoyo break-lock"),
        }
    }
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

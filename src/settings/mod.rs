//! Settings, each with its origin.
//!
//! From low to high: defaults, `pgkeel.toml`, its `[env.NAME]` table, `.env`, `.env.NAME`, the process environment,
//! flags. Relative paths start at the project root (the directory of `pgkeel.toml`); those of flags at the current
//! directory. An empty variable counts as not set.

mod discover;
mod dotenv;
mod doubts;
pub(crate) mod error;
mod home;
mod layers;
pub(crate) mod origin;
mod paths;
pub(crate) mod process;
mod registry;
mod table;
mod tables;
pub(crate) mod target;
mod toml;
pub(crate) mod value;
mod variables;
mod wanted;

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::bootstrap::wanted::{
    DefaultPrivilegesWanted, ExtensionWanted, GrantWanted, Parameter, RoleWanted, SchemaWanted,
};
use crate::settings::discover::{as_typed, environment_name, project, read};
use crate::settings::dotenv::DotEnv;
use crate::settings::doubts::{exposed_passwords, misspelt_environment};
use crate::settings::error::SettingsError;
use crate::settings::home::Libpq;
use crate::settings::layers::Layers;
use crate::settings::origin::Origin;
use crate::settings::paths::{default_cache, expand_home, identifier_of};
use crate::settings::process::{Environment, ProcessEnvironment, is_superuser, os_user};
use crate::settings::registry::{Kind, SETTINGS, find};
use crate::settings::table::table;
use crate::settings::target::{Assembly, Target, admin, choose_target, schema};
use crate::settings::toml::ConfigFile;
use crate::settings::value::{duration, plain, strings, whole};
use crate::settings::variables::Variables;
use crate::settings::wanted::{Secrets, database_parameters, default_privileges, extensions, grants, roles, schemas};
use crate::text::dsn::Dsn;

/// What the command line says about settings.
#[derive(Clone, Default)]
pub(crate) struct Flags {
    /// `--database-url`.
    pub(crate) database_url: Option<String>,
    /// `--env`.
    pub(crate) env: Option<String>,
    /// `-c`, `--config`.
    pub(crate) config: Option<PathBuf>,
    /// Further flags: the setting's key, the flag as typed, its value.
    pub(crate) overrides: Vec<(&'static str, &'static str, String)>,
}

/// Whether runs are written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LedgerMode {
    Required,
    Off,
}

/// What to do when the database is ahead of the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UnknownPolicy {
    Refuse,
    Accept,
}

/// Which of several revisions that a database may equally well be at is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Prefer {
    /// None: a person decides.
    Refuse,
    /// The first: what follows is run.
    Earliest,
    /// The last: what came before is not run.
    Latest,
}

/// Where shadow databases live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ShadowPlace {
    /// On the private development server where one can run, else on the target's own server.
    Auto,
    /// On the target's server.
    Target,
    /// On the private development server.
    Dev,
    /// On this server; the database is only for connecting.
    Url(Box<Dsn>),
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

/// One setting for `pgkeel config`. Passwords are masked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    /// The setting's key.
    pub(crate) name: &'static str,
    /// The value that counts.
    pub(crate) value: Option<String>,
    /// Where it came from.
    pub(crate) origin: Origin,
    /// What it overrode, the strongest first.
    pub(crate) overrides: Vec<(Origin, String)>,
}

/// All settings of a run.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// The project's directory.
    pub(crate) root: PathBuf,
    /// Its `pgkeel.toml`.
    pub(crate) config_file: Option<PathBuf>,
    /// The name of the environment and where it came from.
    pub(crate) env: String,
    pub(crate) env_origin: Origin,
    /// The database to work on; `DATABASE_DIRECT_URL` is folded in.
    pub(crate) target: Target,
    /// A connection that may create the database.
    pub(crate) admin: Option<Dsn>,
    /// The database's name: the target's, else `[database] name`, else the project directory's made an identifier.
    pub(crate) database_name: String,
    /// Whether `up` may create the database.
    pub(crate) create: bool,
    pub(crate) owner: Option<String>,
    pub(crate) encoding: Option<String>,
    pub(crate) locale: Option<String>,
    pub(crate) template: Option<String>,
    /// The schema that comes first in the search_path.
    pub(crate) schema: Option<String>,
    pub(crate) schemas: Vec<SchemaWanted>,
    pub(crate) extensions: Vec<ExtensionWanted>,
    pub(crate) roles: Vec<RoleWanted>,
    pub(crate) grants: Vec<GrantWanted>,
    pub(crate) default_privileges: Vec<DefaultPrivilegesWanted>,
    /// What sessions of the database begin with.
    pub(crate) database_parameters: Vec<Parameter>,
    /// The directories of the revisions, absolute.
    pub(crate) migrations: Vec<PathBuf>,
    /// Names of revision files: `YYYY`, `MM`, `DD`, `HHMM`, `HH`, `SS`, `<revision>`, `<slug>`; without `.sql`.
    pub(crate) file_template: String,
    /// The file that new revisions are written after.
    pub(crate) revision_template: Option<PathBuf>,
    /// Commands run on each new revision file.
    pub(crate) post_write_hooks: Vec<String>,
    pub(crate) version_table: String,
    pub(crate) version_table_schema: Option<String>,
    pub(crate) ledger: LedgerMode,
    pub(crate) ledger_schema: String,
    pub(crate) ignore_ledgers: Vec<String>,
    pub(crate) unknown_revision: UnknownPolicy,
    /// Which of several revisions that a database may equally well be at is taken.
    pub(crate) prefer: Prefer,
    /// Directory or file of the declared schema.
    pub(crate) declared: Option<PathBuf>,
    /// Objects that autogenerate leaves alone.
    pub(crate) ignore: Vec<String>,
    /// What autogenerate compares beside the structure; all where it is empty.
    pub(crate) managed: Vec<String>,
    /// Whether autogenerate makes indexes concurrently.
    pub(crate) online_indexes: bool,
    /// Whether autogenerate validates constraints apart.
    pub(crate) online_constraints: bool,
    /// Whether autogenerate sets NOT NULL by way of a check.
    pub(crate) online_not_null: bool,
    /// A command that prints the declared schema.
    pub(crate) schema_command: Option<String>,
    /// Where shadow databases live.
    pub(crate) shadow: ShadowPlace,
    /// How long to wait for a usable server.
    pub(crate) wait: Duration,
    /// The longest time of one attempt to connect.
    pub(crate) connect_timeout: Duration,
    /// How long to wait for another run to end.
    pub(crate) lock_wait: Duration,
    /// `lock_timeout` of migrations; zero is none.
    pub(crate) lock_timeout: Duration,
    /// Total time of retries after a lock timeout; zero is no retry.
    pub(crate) retry_for: Duration,
    pub(crate) statement_timeout: Option<Duration>,
    pub(crate) single_transaction: bool,
    pub(crate) batch: bool,
    /// Whether destructive commands ask on a terminal.
    pub(crate) confirm: bool,
    pub(crate) postgres_bin: Option<PathBuf>,
    pub(crate) dev_port: Option<u16>,
    pub(crate) color: Color,
    pub(crate) format: Option<String>,
    pub(crate) warnings: Vec<String>,
    /// Every setting with its origin, for `pgkeel config`.
    pub(crate) table: Vec<Shown>,
    /// Further parameters of the connection, each with its origin.
    pub(crate) parameters: Vec<(String, String, Origin)>,
    pub(crate) cache_dir: PathBuf,
    /// What other floors need to know of the process environment.
    pub(crate) environment: Environment,
}

impl Settings {
    /// Returns the error for a command that needs a database where none is set.
    pub(crate) fn no_target(&self) -> SettingsError {
        SettingsError::NoTarget { env: self.env.clone() }
    }
}

/// Reads all layers.
///
/// # Errors
/// Files that can't be read, keys and values that make no sense, URLs and parts that contradict each other. No error
/// shows a password.
pub(crate) fn load(flags: &Flags, process: &ProcessEnvironment, cwd: &Path) -> Result<Settings, SettingsError> {
    let project = project(flags.config.as_deref(), process, cwd)?;
    let root = project.root;
    let mut warnings = Vec::new();

    let dotenv = |name: &str| -> Result<DotEnv, SettingsError> {
        let path = root.join(name);
        let typed = as_typed(&path, cwd);
        match read(&path, &typed)? {
            Some(text) => DotEnv::parse(&typed, &text, process),
            None => Ok(DotEnv::default()),
        }
    };
    let base = dotenv(".env")?;
    let (env, env_origin) = environment_name(flags.env.as_deref(), process, &base)?;
    let of_env = dotenv(&format!(".env.{env}"))?;
    let file = match &project.file {
        Some(path) => {
            let typed = as_typed(path, cwd);
            read(path, &typed)?.map(|text| ConfigFile::parse(&typed, &text)).transpose()?
        }
        None => None,
    };

    let mut layers = Layers::default();
    for setting in SETTINGS {
        let created_here = if matches!(env.as_str(), "development" | "test") { "true" } else { "false" };
        let default = if setting.key == "database.create" { Some(created_here) } else { setting.default };
        if let Some(text) = default {
            layers.add_text(setting, text, Origin::Default)?;
        }
    }
    if let Some(file) = &file {
        file.add_to(&mut layers, &env)?;
        warnings.extend(misspelt_environment(&env, &file.environments()));
    }
    let sources = [Variables::File(&base), Variables::File(&of_env), Variables::Process(process)];
    for source in sources {
        source.add_to(&mut layers, &root)?;
        warnings.extend(source.unknown());
        if let Variables::File(file) = source {
            let twice = |name: &String| format!("{name} stands twice in {}: the last one counts", file.path.display());
            warnings.extend(file.repeated.iter().map(twice));
            if file.variables.contains_key("PGKEEL_CONFIG") {
                warnings.push(format!("PGKEEL_CONFIG in {} has no effect: it is read before", file.path.display()));
            }
        }
    }
    add_flags(flags, &mut layers, cwd)?;

    let merged = layers.merge();
    let user = os_user(process);
    let libpq = Libpq {
        variable: &|name: &str| sources.iter().rev().find_map(|source| source.get(name).ok().flatten()),
        os_user: user.as_deref(),
        home: process.get_os("HOME").map(Path::new),
        root: &root,
        cwd,
    };
    let mut assembly = Assembly::of(&layers, &libpq)?;
    let target = choose_target(&mut assembly, &libpq, &env, &mut warnings)?;
    let admin_url = merged.get("database.admin_url").map(|given| admin(given, &libpq, &mut warnings)).transpose()?;
    let shadow = merged.get("shadow");
    let shadow = match shadow.map(|given| (given, plain(&given.value))) {
        Some((_, word)) if word == "target" => ShadowPlace::Target,
        Some((_, word)) if word == "dev" => ShadowPlace::Dev,
        Some((given, word)) if word != "auto" => ShadowPlace::Url(Box::new(admin(given, &libpq, &mut warnings)?)),
        Some(_) | None => ShadowPlace::Auto,
    };
    let schema = schema(&merged, &assembly);
    warnings.extend(exposed_passwords(&layers));

    let path = |key: &str| merged.get(key).map(|given| root.join(expand_home(&plain(&given.value), process)));
    let text = |key: &str| merged.get(key).map(|given| plain(&given.value));
    let flag = |key: &str| merged.get(key).and_then(|given| given.value.to_bool()).unwrap_or_default();
    let span = |key: &str| merged.get(key).and_then(|given| duration(&given.value).ok()).unwrap_or_default();
    let list = |key: &str| merged.get(key).map(|given| strings(&given.value)).unwrap_or_default();
    let migrations = list("migrations");
    let database_name = match &target {
        Target::Url { dsn, .. } => dsn.dbname.clone(),
        Target::DevServer | Target::Missing => text("database.name"),
    };
    let environment = Environment::of(process);
    let connect_timeout = match (&target, merged.get("connect_timeout").map(|given| &given.origin)) {
        // `?connect_timeout=5` of the URL, in seconds, where the setting itself is not set.
        (Target::Url { dsn, .. }, Some(Origin::Default)) => {
            let seconds =
                dsn.param("connect_timeout").and_then(|text| text.parse().ok()).filter(|seconds| *seconds > 0);
            seconds.map(Duration::from_secs)
        }
        _ => None,
    };
    Ok(Settings {
        admin: admin_url,
        database_name: database_name.unwrap_or_else(|| identifier_of(&root)),
        create: flag("database.create"),
        owner: text("database.owner"),
        encoding: text("database.encoding"),
        locale: text("database.locale"),
        template: text("database.template"),
        schemas: schemas(&merged),
        extensions: extensions(&merged),
        roles: roles(&merged, &Secrets { variable: libpq.variable, root: &root }),
        grants: grants(&merged),
        default_privileges: default_privileges(&merged),
        database_parameters: database_parameters(&merged),
        migrations: migrations.iter().map(|directory| root.join(expand_home(directory, process))).collect(),
        file_template: text("file_template").unwrap_or_default(),
        revision_template: path("revision_template"),
        post_write_hooks: list("post_write_hooks"),
        version_table: text("version_table").unwrap_or_default(),
        version_table_schema: text("version_table_schema"),
        ledger: if text("ledger").as_deref() == Some("off") { LedgerMode::Off } else { LedgerMode::Required },
        ledger_schema: text("ledger_schema").unwrap_or_default(),
        ignore_ledgers: list("ignore_ledgers"),
        unknown_revision: match text("unknown_revision").as_deref() {
            Some("accept") => UnknownPolicy::Accept,
            _ => UnknownPolicy::Refuse,
        },
        prefer: match text("prefer").as_deref() {
            Some("earliest") => Prefer::Earliest,
            Some("latest") => Prefer::Latest,
            _ => Prefer::Refuse,
        },
        declared: path("declared"),
        ignore: list("ignore"),
        managed: list("managed"),
        online_indexes: flag("online_indexes"),
        online_constraints: flag("online_constraints"),
        online_not_null: flag("online_not_null"),
        schema_command: text("schema_command"),
        shadow,
        wait: span("connect_wait"),
        connect_timeout: connect_timeout.unwrap_or_else(|| span("connect_timeout")),
        lock_wait: span("lock_wait"),
        lock_timeout: span("lock_timeout"),
        retry_for: span("retry_for"),
        statement_timeout: Some(span("statement_timeout")).filter(|span| !span.is_zero()),
        single_transaction: flag("single_transaction"),
        batch: flag("batch"),
        confirm: flag("confirm"),
        postgres_bin: path("postgres_bin"),
        dev_port: merged.get("dev_port").and_then(|given| u16::try_from(whole(&given.value)?).ok()),
        color: match text("color").as_deref() {
            Some("always") => Color::Always,
            Some("never") => Color::Never,
            _ => Color::Auto,
        },
        format: text("format"),
        table: table(&merged, &layers, &assembly, &schema),
        parameters: if matches!(target, Target::Url { .. }) { assembly.params } else { Vec::new() },
        target,
        cache_dir: path("cache").unwrap_or_else(|| default_cache(&environment, &root, is_superuser())),
        schema: schema.map(|(schema, _)| schema),
        config_file: project.file,
        root,
        env,
        env_origin,
        warnings,
        environment,
    })
}

fn add_flags(flags: &Flags, layers: &mut Layers, cwd: &Path) -> Result<(), SettingsError> {
    layers.step();
    let url = flags.database_url.iter().map(|url| ("database.url", "--database-url", url));
    let others = flags.overrides.iter().map(|(key, flag, value)| (*key, *flag, value));
    for (key, flag, value) in url.chain(others) {
        let Some(setting) = find(key) else { panic!("bug: the flag {flag} is for no setting") };
        // A shell completes paths from the current directory.
        let from_here = |path: &str| cwd.join(path).to_string_lossy().into_owned();
        let value = if setting.kind == Kind::Path {
            from_here(value)
        } else if setting.kind == Kind::Paths {
            value.split(',').map(|path| from_here(path.trim())).collect::<Vec<_>>().join(",")
        } else {
            value.clone()
        };
        layers.add_text(setting, &value, Origin::Flag(flag.to_owned()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;

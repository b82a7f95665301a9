//! All settings: key in `pgkeel.toml`, variables, kind, default, meaning. `docs/settings.md` is checked against it.

/// One setting.
#[derive(Debug)]
pub(crate) struct Setting {
    /// The dotted key in `pgkeel.toml`; `database.url` is `url` in the table `[database]`.
    pub(crate) key: &'static str,
    /// What its values are.
    pub(crate) kind: Kind,
    /// The built-in value as a variable would have it.
    pub(crate) default: Option<&'static str>,
    /// Variables beside the `PGKEEL_…` one, the weakest first.
    pub(crate) also: &'static [&'static str],
    /// One line for the documentation.
    #[cfg_attr(not(test), expect(dead_code, reason = "a test compares docs/settings.md with it"))]
    pub(crate) meaning: &'static str,
}

impl Setting {
    /// Returns the setting's own variable.
    pub(crate) fn variable(&self) -> String {
        format!("PGKEEL_{}", self.key.to_ascii_uppercase().replace('.', "_"))
    }
}

/// What the values of a setting are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Any text.
    Text,
    /// A text that is never shown.
    Password,
    /// A connection URL.
    Url,
    /// The name of a database object.
    Name,
    /// `true` or `false`.
    Flag,
    /// One port.
    Port,
    /// One port, or one for each host.
    Ports,
    /// A time span with its unit.
    Duration {
        /// The shortest allowed, in milliseconds.
        least_ms: u64,
    },
    /// A file or directory.
    Path,
    /// Files or directories.
    Paths,
    /// Texts.
    List,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Server parameters with their values.
    Parameters,
    /// Roles to create: names, or `[[role]]` tables.
    Roles,
    /// Privileges: `[[grant]]` tables.
    Grants,
    /// Privileges on what will be made: `[[default_privileges]]` tables.
    DefaultPrivileges,
    /// Schemas to create: names, or `[[schema]]` tables.
    Schemas,
    /// Extensions to create: names, or `[[extension]]` tables.
    Extensions,
    /// A pattern for file names of revisions.
    FileTemplate,
    /// `auto`, `target`, `dev`, or a connection URL.
    ShadowPlace,
}

const fn setting(key: &'static str, kind: Kind, default: Option<&'static str>, meaning: &'static str) -> Setting {
    Setting { key, kind, default, also: &[], meaning }
}

const fn known_to_all(key: &'static str, kind: Kind, also: &'static [&'static str], meaning: &'static str) -> Setting {
    Setting { key, kind, default: None, also, meaning }
}

const ANY_DURATION: Kind = Kind::Duration { least_ms: 0 };

/// The settings in the order in which they are shown.
pub(crate) const SETTINGS: &[Setting] = &[
    known_to_all("database.url", Kind::Url, &["DATABASE_URL"], "The database: a URL or a libpq keyword string"),
    known_to_all(
        "database.direct_url",
        Kind::Url,
        &["DATABASE_DIRECT_URL"],
        "The same database without the pooler; wins over `database.url` of the same layer",
    ),
    known_to_all(
        "database.admin_url",
        Kind::Url,
        &["DATABASE_ADMIN_URL"],
        "A connection that may create the database; `bootstrap` uses it",
    ),
    known_to_all(
        "database.host",
        Kind::Text,
        &["DATABASE_HOST"],
        "Host, address or socket directory; several with commas",
    ),
    known_to_all("database.port", Kind::Ports, &["DATABASE_PORT"], "Port; one for all hosts, or one for each"),
    known_to_all("database.name", Kind::Name, &["DATABASE_NAME"], "Name of the database"),
    known_to_all("database.user", Kind::Text, &["DATABASE_USER"], "Role that connects (default: the system's user)"),
    known_to_all("database.password", Kind::Password, &["DATABASE_PASSWORD"], "Its password; never shown"),
    setting(
        "database.create",
        Kind::Flag,
        None,
        "Whether `up` may create the database (default: `true` in development and test)",
    ),
    setting("database.owner", Kind::Name, None, "Owner of a database that is created"),
    setting("database.encoding", Kind::Text, None, "Encoding of a database that is created"),
    setting("database.locale", Kind::Text, None, "Locale of a database that is created"),
    setting("database.template", Kind::Name, None, "Template of a database that is created"),
    setting(
        "database.settings",
        Kind::Parameters,
        None,
        "Server parameters that sessions of the database begin with: a table, or `name=value; name=value`",
    ),
    setting(
        "roles",
        Kind::Roles,
        None,
        "Roles to create; or `[[role]]` tables with `name`, `login`, `password_env` and what [bootstrap](bootstrap.md#roles) lists",
    ),
    known_to_all(
        "schema",
        Kind::Name,
        &["DATABASE_SCHEMA", "PGKEEL_DATABASE_SCHEMA"],
        "Schema that comes first in the search_path; also `[database] schema`, or `?schema=` of the URL",
    ),
    setting("schemas", Kind::Schemas, None, "Schemas to create; or `[[schema]]` tables with `name` and `owner`"),
    setting(
        "extensions",
        Kind::Extensions,
        None,
        "Extensions to create; or `[[extension]]` tables with `name`, `version`, `schema`, `cascade`, `optional`",
    ),
    setting(
        "grants",
        Kind::Grants,
        None,
        "`[[grant]]` tables with `privileges`, `on`, `schema`, `to`, `with_grant_option`",
    ),
    setting(
        "default_privileges",
        Kind::DefaultPrivileges,
        None,
        "`[[default_privileges]]` tables with `role`, `privileges`, `on`, `schema`, `to`, `with_grant_option`",
    ),
    setting("migrations", Kind::Paths, Some("migrations"), "Directories of the revisions"),
    setting("declared", Kind::Path, None, "Directory or file of the declared schema"),
    setting(
        "ignore",
        Kind::List,
        None,
        "Objects that autogenerate and `check` leave alone: a kind, or a path with `*`",
    ),
    setting(
        "managed",
        Kind::List,
        None,
        "What autogenerate compares beside the structure, of owners, grants, comments, security_labels, storage, statistics, tablespaces (default: all)",
    ),
    setting("online_indexes", Kind::Flag, Some("true"), "Autogenerate makes indexes of existing tables CONCURRENTLY"),
    setting(
        "online_constraints",
        Kind::Flag,
        Some("true"),
        "Autogenerate adds constraints NOT VALID and validates them after",
    ),
    setting("online_not_null", Kind::Flag, Some("true"), "Autogenerate sets NOT NULL by way of a validated check"),
    setting("schema_command", Kind::Text, None, "A command that prints the declared schema as SQL, instead of files"),
    setting(
        "file_template",
        Kind::FileTemplate,
        Some("YYYY_MM_DD_HHMM_<revision>_<slug>"),
        "Names of new revision files; of `YYYY`, `MM`, `DD`, `HHMM`, `HH`, `SS`, `<revision>`, `<slug>`",
    ),
    setting(
        "revision_template",
        Kind::Path,
        None,
        "File that new revisions are written after; see `pgkeel list-templates`",
    ),
    setting(
        "post_write_hooks",
        Kind::List,
        None,
        "Commands run on each new revision file, `<file>` being its path; a formatter, for example",
    ),
    setting("version_table", Kind::Name, Some("alembic_version"), "Name of the version table"),
    setting("version_table_schema", Kind::Name, None, "Its schema (default: found over the search_path)"),
    setting("ledger", Kind::Choice(&["required", "off"]), Some("required"), "Whether runs are written to the ledger"),
    setting("ledger_schema", Kind::Name, Some("pgkeel"), "Schema of the ledger"),
    setting(
        "ignore_ledgers",
        Kind::List,
        None,
        "Other tools' ledgers that belong to a library, as `table` or `schema.table`",
    ),
    setting(
        "unknown_revision",
        Kind::Choice(&["refuse", "accept"]),
        Some("refuse"),
        "What to do when the database is ahead of the code",
    ),
    setting(
        "prefer",
        Kind::Choice(&["refuse", "earliest", "latest"]),
        Some("refuse"),
        "Which of several equal revisions `adopt` and `up` take for a database without version rows",
    ),
    setting(
        "shadow",
        Kind::ShadowPlace,
        Some("auto"),
        "Where [shadow databases](verify.md#where-shadow-databases-live) live: `auto`, `target`, `dev`, or the URL of a server",
    ),
    setting("connect_wait", ANY_DURATION, Some("60s"), "How long to wait for a usable server"),
    setting("connect_timeout", Kind::Duration { least_ms: 1 }, Some("10s"), "Longest time of one attempt to connect"),
    setting("lock_wait", ANY_DURATION, Some("10min"), "How long to wait for another run to end"),
    setting("lock_timeout", ANY_DURATION, Some("3s"), "`lock_timeout` of migrations; `0` is none"),
    setting("retry_for", ANY_DURATION, Some("2min"), "Total time of retries after a lock timeout; `0` is no retry"),
    setting("statement_timeout", ANY_DURATION, Some("0"), "`statement_timeout` of migrations; `0` is none"),
    setting("single_transaction", Kind::Flag, Some("false"), "One transaction for all pending revisions"),
    setting("batch", Kind::Flag, Some("false"), "Send a transactional section as one message, for slow links"),
    setting("confirm", Kind::Flag, Some("false"), "Ask on a terminal before `downgrade`, `restore`, `db reset`"),
    setting("postgres_bin", Kind::Path, None, "Directory of the server programs for `pgkeel db`"),
    setting("dev_port", Kind::Port, None, "Port of the development server (default: derived from the project's path)"),
    setting(
        "cache",
        Kind::Path,
        None,
        "Directory for downloads and caches (default: the user's cache, for root `/var/cache/pgkeel`)",
    ),
    setting("color", Kind::Choice(&["auto", "always", "never"]), Some("auto"), "Colour; a set `NO_COLOR` is `never`"),
    setting("format", Kind::Choice(&["human", "json"]), Some("human"), "Format of the output"),
];

/// Variables that begin with `PGKEEL_` and are no settings: which settings to read, and the test harness's own.
pub(crate) const OTHER_VARIABLES: &[&str] =
    &["PGKEEL_ENV", "PGKEEL_CONFIG", "PGKEEL_CASES", "PGKEEL_TEST_SERVER", "PGKEEL_DATABASE_SCHEMA"];

/// The variables that name the environment, the strongest first.
pub(crate) const ENVIRONMENT_NAMES: &[&str] = &["PGKEEL_ENV", "APP_ENV", "NODE_ENV"];

/// libpq's variables for the parts of a connection and for its files (PostgreSQL manual 34.15).
pub(crate) const LIBPQ_VARIABLES: &[&str] = &[
    "PGHOST",
    "PGPORT",
    "PGUSER",
    "PGPASSWORD",
    "PGDATABASE",
    "PGPASSFILE",
    "PGSERVICE",
    "PGSERVICEFILE",
    "PGSYSCONFDIR",
];

/// libpq's variables for parameters (PostgreSQL manual 34.15). `PGOPTIONS` is left out: poolers refuse it.
pub(crate) const LIBPQ_PARAMS: &[(&str, &str)] = &[
    ("PGHOSTADDR", "hostaddr"),
    ("PGSSLMODE", "sslmode"),
    ("PGSSLNEGOTIATION", "sslnegotiation"),
    ("PGSSLROOTCERT", "sslrootcert"),
    ("PGSSLCERT", "sslcert"),
    ("PGSSLKEY", "sslkey"),
    ("PGSSLCERTMODE", "sslcertmode"),
    ("PGSSLCRL", "sslcrl"),
    ("PGSSLCRLDIR", "sslcrldir"),
    ("PGSSLSNI", "sslsni"),
    ("PGSSLMINPROTOCOLVERSION", "ssl_min_protocol_version"),
    ("PGSSLMAXPROTOCOLVERSION", "ssl_max_protocol_version"),
    ("PGGSSENCMODE", "gssencmode"),
    ("PGREQUIREPEER", "requirepeer"),
    ("PGREQUIRESSL", "requiressl"),
    ("PGCHANNELBINDING", "channel_binding"),
    ("PGREQUIREAUTH", "require_auth"),
    ("PGCONNECT_TIMEOUT", "connect_timeout"),
    ("PGTARGETSESSIONATTRS", "target_session_attrs"),
    ("PGLOADBALANCEHOSTS", "load_balance_hosts"),
    ("PGAPPNAME", "application_name"),
];

/// Keys of the file that are other names of a setting.
const ALIASES: &[(&str, &str)] = &[("database.schema", "schema")];

/// Finds a setting by its key.
pub(crate) fn find(key: &str) -> Option<&'static Setting> {
    let key = ALIASES.iter().find(|(alias, _)| *alias == key).map_or(key, |(_, key)| key);
    SETTINGS.iter().find(|setting| setting.key == key)
}

/// Returns all keys that the file may have.
pub(crate) fn keys() -> impl Iterator<Item = &'static str> {
    let tables = ["database", "role", "schema", "extension", "grant", "env"];
    tables.into_iter().chain(SETTINGS.iter().map(|setting| setting.key)).chain(ALIASES.iter().map(|(alias, _)| *alias))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::SETTINGS;

    #[test]
    fn the_documentation_has_each_setting_as_it_is() {
        let page = include_str!("../../docs/settings.md");
        let written: BTreeSet<&str> = page.lines().filter(|line| line.starts_with("| `")).collect();
        let rows: Vec<String> = SETTINGS
            .iter()
            .map(|setting| {
                let mut variables = vec![format!("`{}`", setting.variable())];
                variables.extend(setting.also.iter().rev().map(|name| format!("`{name}`")));
                let default = setting.default.map(|default| format!("`{default}`")).unwrap_or_default();
                format!("| `{}` | {} | {default} | {} |", setting.key, variables.join(", "), setting.meaning)
            })
            .collect();
        assert_eq!(written, rows.iter().map(String::as_str).collect(), "docs/settings.md needs:\n{}", rows.join("\n"));
    }

    #[test]
    fn no_two_settings_share_a_variable() {
        let names: Vec<String> = SETTINGS
            .iter()
            .flat_map(|setting| setting.also.iter().map(|name| (*name).to_owned()).chain([setting.variable()]))
            .collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
    }
}

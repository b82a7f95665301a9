//! The names of connection parameters: libpq's, and those of other drivers.

use crate::text::dsn::error::DsnFault;
use crate::text::nearest::nearest;

/// libpq's parameters (PostgreSQL 18 manual 34.1.2) but for host, port, dbname, user and password.
const LIBPQ: &[&str] = &[
    "hostaddr",
    "passfile",
    "require_auth",
    "channel_binding",
    "connect_timeout",
    "client_encoding",
    "options",
    "application_name",
    "fallback_application_name",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_count",
    "tcp_user_timeout",
    "replication",
    "gssencmode",
    "sslmode",
    "requiressl",
    "sslnegotiation",
    "sslcompression",
    "sslcert",
    "sslkey",
    "sslpassword",
    "sslcertmode",
    "sslrootcert",
    "sslcrl",
    "sslcrldir",
    "sslsni",
    "requirepeer",
    "ssl_min_protocol_version",
    "ssl_max_protocol_version",
    "min_protocol_version",
    "max_protocol_version",
    "krbsrvname",
    "gsslib",
    "gssdelegation",
    "scram_client_key",
    "scram_server_key",
    "service",
    "servicefile",
    "target_session_attrs",
    "load_balance_hosts",
    "oauth_issuer",
    "oauth_client_id",
    "oauth_client_secret",
    "oauth_scope",
    "sslkeylogfile",
];

/// Parameters of pools and drivers (Prisma, SQLAlchemy and asyncpg, pgjdbc, pgx) that say nothing about where and how to
/// connect.
const OF_OTHERS: &[&str] = &[
    "connection_limit",
    "pool_timeout",
    "pgbouncer",
    "socket_timeout",
    "statement_cache_size",
    "pool_size",
    "pool",
    "pool_max_conns",
    "pool_min_conns",
    "max_pool_size",
    "prepared_statement_cache_size",
    "command_timeout",
    "prepared_statement_name_func",
    "async_fallback",
    "executemany_mode",
    "max_cached_statement_lifetime",
    "prepare_threshold",
    "default_query_exec_mode",
    "uselibpqcompat",
    "prepareThreshold",
    "reWriteBatchedInserts",
    "socketTimeout",
    "loginTimeout",
    "tcpKeepAlive",
    "stringtype",
    "defaultRowFetchSize",
    "loadBalanceHosts",
    "preparedStatementCacheQueries",
    "preparedStatementCacheSizeMiB",
    "binaryTransfer",
    "autosave",
    "readOnly",
    "logUnclosedConnections",
    "hostRecheckSeconds",
    "cancelSignalTimeout",
    "assumeMinServerVersion",
];

/// Parameters whose values are secrets.
pub(crate) const SECRETS: &[&str] =
    &["password", "sslpassword", "scram_client_key", "scram_server_key", "oauth_client_secret"];

/// Returns whether the value of this parameter must not be shown.
pub(crate) fn is_secret(name: &str) -> bool {
    SECRETS.contains(&name)
}

/// Who wrote the URL: some parameters mean different things to different drivers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// libpq and what follows it.
    Libpq,
    /// `jdbc:postgresql:`.
    Jdbc,
}

/// What a parameter says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// A part that [`Dsn`](crate::text::dsn::Dsn) has a field for: `host`, `port`, `dbname`, `user`, `password`,
    /// `schema`.
    Field(&'static str),
    /// A parameter of libpq with its value.
    Param(&'static str, String),
    /// Nothing for us.
    Nothing,
}

/// Tells what a parameter says, in libpq's words.
///
/// # Errors
/// A name that nobody knows: a mistyped `sslmode` must not give an unencrypted connection.
pub(crate) fn meaning(name: &str, value: &str, dialect: Dialect) -> Result<Meaning, DsnFault> {
    const FIELDS: &[&str] = &["host", "port", "dbname", "user", "password", "schema"];
    if let Some(field) = FIELDS.iter().find(|known| **known == name) {
        return Ok(Meaning::Field(field));
    }
    if let Some(known) = LIBPQ.iter().find(|known| **known == name) {
        return Ok(Meaning::Param(known, value.to_owned()));
    }
    Ok(match (name, value) {
        ("currentSchema", _) => Meaning::Field("schema"),
        ("database", _) => Meaning::Field("dbname"),
        ("username", _) => Meaning::Field("user"),
        // pgjdbc: `ssl=true` checks certificate and host name.
        ("ssl", "true" | "1" | "") if dialect == Dialect::Jdbc => Meaning::Param("sslmode", "verify-full".to_owned()),
        ("ssl", "false" | "0") if dialect == Dialect::Jdbc => Meaning::Nothing,
        ("ssl", "true" | "1" | "on") => Meaning::Param("sslmode", "require".to_owned()),
        ("ssl", "false" | "0" | "off") => Meaning::Param("sslmode", "disable".to_owned()),
        ("ssl", mode) => Meaning::Param("sslmode", mode.to_owned()),
        ("sslaccept", "strict") => Meaning::Param("sslmode", "verify-full".to_owned()),
        ("sslaccept", "accept_invalid_certs") => Meaning::Nothing,
        ("ApplicationName", _) => Meaning::Param("application_name", value.to_owned()),
        ("connectTimeout", _) => Meaning::Param("connect_timeout", value.to_owned()),
        ("targetServerType", "primary" | "master") => Meaning::Param("target_session_attrs", "primary".to_owned()),
        ("targetServerType", "secondary" | "slave") => Meaning::Param("target_session_attrs", "standby".to_owned()),
        ("targetServerType", "preferSecondary" | "preferSlave") => {
            Meaning::Param("target_session_attrs", "prefer-standby".to_owned())
        }
        ("targetServerType", _) => Meaning::Nothing,
        _ if OF_OTHERS.contains(&name) => Meaning::Nothing,
        _ => {
            let known = LIBPQ.iter().chain(FIELDS).copied();
            return Err(DsnFault::UnknownParameter { name: name.to_owned(), near: nearest(name, known) });
        }
    })
}

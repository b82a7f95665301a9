//! What the parameters of a connection ask for, in libpq's words and with libpq's meanings (PostgreSQL manual 34.1.2).
//! What this program cannot honour, and what would silently weaken a connection, is an error.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use postgres::config::ChannelBinding;

use crate::text::dsn::Dsn;
use crate::text::nearest::nearest;

/// A parameter that cannot be honoured.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot connect with {parameter}={value}: {why}")]
pub(crate) struct ParameterError {
    /// Its name.
    pub(crate) parameter: String,
    /// Its value; never a secret.
    pub(crate) value: String,
    /// What is in the way.
    pub(crate) why: String,
}

/// `sslmode`, from weak to strong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SslMode {
    Disable,
    Allow,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

/// `target_session_attrs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SessionKind {
    Any,
    ReadWrite,
    ReadOnly,
    Primary,
    Standby,
    PreferStandby,
}

/// Whose certificates are believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Roots {
    /// Those of `~/.postgresql/root.crt`, if it is there.
    Default,
    /// Those of the operating system.
    System,
    /// Those of this file.
    File(PathBuf),
}

/// What TLS is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TlsWanted {
    /// `sslmode`.
    pub(crate) mode: SslMode,
    /// `sslrootcert`.
    pub(crate) roots: Roots,
    /// `sslcert`; none is the default file.
    pub(crate) certificate: Option<PathBuf>,
    /// `sslkey`; none is the default file.
    pub(crate) key: Option<PathBuf>,
    /// `sslcrl`; none is the default file.
    pub(crate) revoked: Option<PathBuf>,
    /// `~/.postgresql`, where the default files are.
    pub(crate) directory: Option<PathBuf>,
    /// Whether a client certificate may be sent (`sslcertmode`).
    pub(crate) sends_certificate: bool,
    /// Whether the name of the host is sent in clear (`sslsni`).
    pub(crate) sends_name: bool,
    /// Whether TLS begins at once, without asking (`sslnegotiation=direct`).
    pub(crate) direct: bool,
    /// Whether TLS 1.2 and TLS 1.3 may be spoken.
    pub(crate) versions: (bool, bool),
}

/// Everything but host, port, database, role and password.
#[derive(Clone, Debug)]
pub(crate) struct Params {
    pub(crate) tls: TlsWanted,
    pub(crate) channel_binding: ChannelBinding,
    pub(crate) session: Option<SessionKind>,
    /// Whether the hosts are tried in random order.
    pub(crate) shuffled: bool,
    /// Addresses that are connected to in the place of the hosts.
    pub(crate) addresses: Vec<IpAddr>,
    /// Start-up options that the URL itself asks for.
    pub(crate) options: Option<String>,
    pub(crate) keepalives: bool,
    pub(crate) keepalives_idle: Option<Duration>,
    pub(crate) keepalives_interval: Option<Duration>,
    pub(crate) keepalives_count: Option<u32>,
    pub(crate) tcp_user_timeout: Option<Duration>,
}

impl Params {
    /// Reads the parameters of a connection.
    ///
    /// # Errors
    /// A value that is none, or that cannot be honoured.
    pub(crate) fn of(dsn: &Dsn) -> Result<Self, ParameterError> {
        let mut params = Self {
            tls: TlsWanted {
                mode: SslMode::Prefer,
                roots: Roots::Default,
                certificate: None,
                key: None,
                revoked: None,
                directory: dsn.local.certificates.clone(),
                sends_certificate: true,
                sends_name: true,
                direct: false,
                versions: (true, true),
            },
            channel_binding: ChannelBinding::Prefer,
            session: None,
            shuffled: false,
            addresses: Vec::new(),
            options: None,
            keepalives: true,
            keepalives_idle: None,
            keepalives_interval: None,
            keepalives_count: None,
            tcp_user_timeout: None,
        };
        let mut mode = None;
        for (name, value) in dsn.params.iter().filter(|(_, value)| !value.is_empty()) {
            let asked = params.take(name, value)?;
            // `requiressl` is older than `sslmode` and gives way to it.
            if asked.is_some() && (name == "sslmode" || mode.is_none()) {
                mode = asked;
            }
        }
        params.settle(mode)?;
        Ok(params)
    }

    /// Takes one parameter. What it says of `sslmode` is returned.
    fn take(&mut self, name: &str, value: &str) -> Result<Option<SslMode>, ParameterError> {
        let tls = &mut self.tls;
        let one_of = |words: &[&str]| Err(not_one_of(name, value, words));
        match name {
            "sslmode" => return ssl_mode(name, value).map(Some),
            "requiressl" if value == "1" => return Ok(Some(SslMode::Require)),
            "sslnegotiation" => match value {
                "postgres" => tls.direct = false,
                "direct" => tls.direct = true,
                _ => return one_of(&["postgres", "direct"]),
            },
            "sslrootcert" => {
                tls.roots = if value == "system" { Roots::System } else { Roots::File(PathBuf::from(value)) };
            }
            "sslcert" => tls.certificate = Some(PathBuf::from(value)),
            "sslkey" if value.contains(':') && !value.starts_with('/') => {
                return Err(error(name, value, "keys of a crypto engine are not supported"));
            }
            "sslkey" => tls.key = Some(PathBuf::from(value)),
            "sslcrl" => tls.revoked = Some(PathBuf::from(value)),
            "sslcrldir" => return Err(error(name, value, "give one file of revoked certificates with sslcrl")),
            "sslcertmode" => match value {
                "disable" => tls.sends_certificate = false,
                "allow" => tls.sends_certificate = true,
                "require" => return Err(error(name, value, "whether the server asks for one cannot be demanded")),
                _ => return one_of(&["disable", "allow"]),
            },
            "sslsni" => tls.sends_name = flag(name, value)?,
            "ssl_min_protocol_version" => match value {
                "TLSv1" | "TLSv1.1" | "TLSv1.2" => (),
                "TLSv1.3" => tls.versions.0 = false,
                _ => return one_of(&["TLSv1.2", "TLSv1.3"]),
            },
            "ssl_max_protocol_version" => match value {
                "TLSv1.3" => (),
                "TLSv1.2" => tls.versions.1 = false,
                "TLSv1" | "TLSv1.1" => return Err(error(name, value, "TLS before 1.2 is not spoken")),
                _ => return one_of(&["TLSv1.2", "TLSv1.3"]),
            },
            "channel_binding" => {
                self.channel_binding = match value {
                    "disable" => ChannelBinding::Disable,
                    "prefer" => ChannelBinding::Prefer,
                    "require" => ChannelBinding::Require,
                    _ => return one_of(&["disable", "prefer", "require"]),
                };
            }
            "target_session_attrs" => self.session = Some(session_kind(name, value)?),
            "load_balance_hosts" => match value {
                "disable" => self.shuffled = false,
                "random" => self.shuffled = true,
                _ => return one_of(&["disable", "random"]),
            },
            "hostaddr" => {
                let addresses = value.split(',').map(|text| text.trim().parse());
                self.addresses =
                    addresses.collect::<Result<_, _>>().map_err(|_| error(name, value, "this is no IP address"))?;
            }
            "options" => self.options = Some(value.to_owned()),
            "keepalives" => self.keepalives = flag(name, value)?,
            "keepalives_idle" => self.keepalives_idle = seconds(name, value)?,
            "keepalives_interval" => self.keepalives_interval = seconds(name, value)?,
            "keepalives_count" => self.keepalives_count = Some(number(name, value)?).filter(|count| *count > 0),
            "tcp_user_timeout" => {
                let milliseconds: u32 = number(name, value)?;
                self.tcp_user_timeout = Some(Duration::from_millis(milliseconds.into())).filter(|time| !time.is_zero());
            }
            "require_auth" => {
                return Err(error(name, value, "the way of the login cannot be demanded; channel_binding=require can"));
            }
            "requirepeer" => return Err(error(name, value, "the owner of the server's process cannot be checked")),
            "gssencmode" if value == "require" => {
                return Err(error(name, value, "encryption by GSSAPI is not supported; sslmode=require is"));
            }
            "replication" if !matches!(value, "0" | "false" | "off" | "no") => {
                return Err(error(name, value, "a connection for replication runs no SQL of a migration"));
            }
            "scram_client_key" | "scram_server_key" => {
                return Err(error(name, "***", "keys in the place of a password are not supported"));
            }
            "sslpassword" => return Err(error(name, "***", "encrypted keys are not supported: decrypt the file")),
            // What is left is read elsewhere (connect_timeout, passfile, service), is our own (application_name,
            // client_encoding), or changes nothing here.
            _ => (),
        }
        Ok(None)
    }

    /// Brings parameters together that depend on each other.
    fn settle(&mut self, mode: Option<SslMode>) -> Result<(), ParameterError> {
        let tls = &mut self.tls;
        tls.mode = match (mode, &tls.roots) {
            (None, Roots::System) => SslMode::VerifyFull,
            (None, Roots::Default | Roots::File(_)) => SslMode::Prefer,
            (Some(mode), _) => mode,
        };
        let name = mode_name(tls.mode);
        // libpq refuses both as well: anybody can get a certificate that the system believes, for a name of his own.
        if tls.roots == Roots::System && tls.mode != SslMode::VerifyFull {
            return Err(error("sslmode", name, "sslrootcert=system needs sslmode=verify-full"));
        }
        if tls.direct && tls.mode < SslMode::Require {
            return Err(error("sslmode", name, "sslnegotiation=direct needs sslmode=require or stronger"));
        }
        if tls.versions == (false, false) {
            return Err(error("ssl_max_protocol_version", "TLSv1.2", "it is below ssl_min_protocol_version"));
        }
        Ok(())
    }
}

fn ssl_mode(name: &str, value: &str) -> Result<SslMode, ParameterError> {
    const WORDS: [&str; 6] = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];
    Ok(match value {
        "disable" => SslMode::Disable,
        "allow" => SslMode::Allow,
        "prefer" => SslMode::Prefer,
        "require" => SslMode::Require,
        "verify-ca" => SslMode::VerifyCa,
        "verify-full" => SslMode::VerifyFull,
        _ => return Err(not_one_of(name, value, &WORDS)),
    })
}

fn mode_name(mode: SslMode) -> &'static str {
    match mode {
        SslMode::Disable => "disable",
        SslMode::Allow => "allow",
        SslMode::Prefer => "prefer",
        SslMode::Require => "require",
        SslMode::VerifyCa => "verify-ca",
        SslMode::VerifyFull => "verify-full",
    }
}

fn session_kind(name: &str, value: &str) -> Result<SessionKind, ParameterError> {
    const WORDS: [&str; 6] = ["any", "read-write", "read-only", "primary", "standby", "prefer-standby"];
    Ok(match value {
        "any" => SessionKind::Any,
        "read-write" => SessionKind::ReadWrite,
        "read-only" => SessionKind::ReadOnly,
        "primary" => SessionKind::Primary,
        "standby" => SessionKind::Standby,
        "prefer-standby" => SessionKind::PreferStandby,
        _ => return Err(not_one_of(name, value, &WORDS)),
    })
}

fn error(parameter: &str, value: &str, why: &str) -> ParameterError {
    ParameterError { parameter: parameter.to_owned(), value: value.to_owned(), why: why.to_owned() }
}

fn not_one_of(parameter: &str, value: &str, words: &[&str]) -> ParameterError {
    let near = nearest(value, words.iter().copied()).map(|near| format!("; did you mean `{near}`?"));
    error(parameter, value, &format!("it is one of {}{}", words.join(", "), near.unwrap_or_default()))
}

fn number<T: std::str::FromStr>(name: &str, value: &str) -> Result<T, ParameterError> {
    value.parse().map_err(|_| error(name, value, "this is no whole number"))
}

fn flag(name: &str, value: &str) -> Result<bool, ParameterError> {
    match value {
        "1" => Ok(true),
        "0" => Ok(false),
        _ => Err(not_one_of(name, value, &["0", "1"])),
    }
}

/// A time in seconds; zero is the system's default.
fn seconds(name: &str, value: &str) -> Result<Option<Duration>, ParameterError> {
    let seconds: u32 = number(name, value)?;
    Ok(Some(Duration::from_secs(seconds.into())).filter(|time| !time.is_zero()))
}

#[cfg(test)]
mod tests {
    use super::{Params, Roots, SessionKind, SslMode};
    use crate::text::dsn::Dsn;

    fn params(query: &str) -> Result<Params, String> {
        let dsn = Dsn::parse(&format!("postgresql://me@h/db?{query}")).unwrap();
        Params::of(&dsn).map_err(|error| error.to_string())
    }

    #[test]
    fn parameters_mean_what_libpq_says() {
        assert_eq!(params("").unwrap().tls.mode, SslMode::Prefer);
        assert_eq!(params("sslmode=verify-ca").unwrap().tls.mode, SslMode::VerifyCa);
        assert_eq!(params("requiressl=1").unwrap().tls.mode, SslMode::Require);
        let system = params("sslrootcert=system").unwrap();
        assert_eq!((system.tls.mode, system.tls.roots), (SslMode::VerifyFull, Roots::System));
        assert_eq!(params("target_session_attrs=prefer-standby").unwrap().session, Some(SessionKind::PreferStandby));
        assert_eq!(params("ssl_min_protocol_version=TLSv1.3").unwrap().tls.versions, (false, true));
        assert_eq!(params("keepalives_idle=0").unwrap().keepalives_idle, None);
    }

    #[test]
    fn what_would_weaken_a_connection_is_refused() {
        let refused = |query: &str| params(query).unwrap_err();
        assert_eq!(
            refused("sslmode=verify_full"),
            "cannot connect with sslmode=verify_full: it is one of disable, allow, prefer, require, verify-ca, \
             verify-full; did you mean `verify-full`?"
        );
        for query in [
            "sslmode=require&sslrootcert=system",
            "sslmode=prefer&sslnegotiation=direct",
            "sslcrldir=/x",
            "require_auth=scram-sha-256",
            "gssencmode=require",
            "ssl_min_protocol_version=TLSv1.3&ssl_max_protocol_version=TLSv1.2",
            "replication=database",
            "target_session_attrs=master",
            "hostaddr=h",
        ] {
            assert!(refused(query).starts_with("cannot connect with "), "{query}");
        }
        assert!(!refused("sslpassword=geheim").contains("geheim"));
    }
}

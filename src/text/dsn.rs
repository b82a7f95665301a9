//! Where a database is: the parts of a connection URL.
//!
//! Understood are libpq's URLs and keyword strings (PostgreSQL manual 34.1.1), SQLAlchemy's `postgresql+driver://`,
//! `jdbc:postgresql://` and Prisma's `?schema=`. A password never leaves this module in a message: `Display`, `Debug`
//! and every error carry `***` in its place.

mod error;
mod keyword;
mod local;
mod mask;
mod params;
mod url;

use std::fmt;
use std::sync::Arc;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::text::secret::Secret;

pub(crate) use crate::text::dsn::error::{DsnError, DsnFault, Part};
pub(crate) use crate::text::dsn::local::{Local, PasswordEntry, find_password, password_entries};
pub(crate) use crate::text::dsn::mask::{conceal, masked};
pub(crate) use crate::text::dsn::params::is_secret;

/// All but RFC 3986's unreserved characters.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// What may stand in a query value without misleading a reader: paths and lists stay readable.
const QUERY: &AsciiSet = &COMPONENT.remove(b'/').remove(b',').remove(b':');

/// A host name, an address or a directory of unix sockets, and its port where one is given.
pub(crate) type Host = (String, Option<u16>);

/// The parts of a connection, as far as they are known. `Display` and `Debug` hide the password.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Dsn {
    /// Host names, addresses or directories of unix sockets (these start with `/`), each with its port where given.
    /// No host, or an empty name, is libpq's default: the socket directory, else localhost.
    pub(crate) hosts: Vec<Host>,
    /// The database.
    pub(crate) dbname: Option<String>,
    /// The role that connects.
    pub(crate) user: Option<String>,
    /// Its password.
    pub(crate) password: Option<Secret>,
    /// Prisma's `?schema=`.
    pub(crate) schema: Option<String>,
    /// Further parameters under libpq's names: `sslmode`, `connect_timeout`, …
    pub(crate) params: Vec<(String, String)>,
    /// What the machine adds: password file, default certificates.
    pub(crate) local: Arc<Local>,
}

impl Dsn {
    /// Reads a URL or a keyword string.
    ///
    /// # Errors
    /// Names the fault and the character; the text in it is masked, also where the URL is malformed.
    pub(crate) fn parse(text: &str) -> Result<Self, DsnError> {
        let text = text.trim();
        let parsed = if text.is_empty() {
            Err((DsnFault::Empty, 0))
        } else if let Some((dialect, body)) = url::scheme(text) {
            url::parse(text, dialect, body)
        } else if text.contains('=') && !text.contains("://") {
            keyword::parse(text)
        } else {
            Err((DsnFault::Scheme, 0))
        };
        parsed.map_err(|(fault, position)| DsnError::new(fault, text, position))
    }

    /// Reads parameters by name, as a service file gives them.
    ///
    /// # Errors
    /// The fault, and the number of the parameter, from 0.
    pub(crate) fn of_parameters(parameters: &[(&str, &str)]) -> Result<Self, (DsnFault, usize)> {
        let mut collected = url::Collected::default();
        for (number, (name, value)) in parameters.iter().enumerate() {
            collected.add(name, (*value).to_owned(), params::Dialect::Libpq).map_err(|fault| (fault, number))?;
        }
        collected.finish(Self::default()).map_err(|fault| (fault, 0))
    }

    /// Returns the password for one of the hosts: the one that is set, else that of the password file.
    pub(crate) fn password_at(&self, host: &str, port: u16) -> Option<&Secret> {
        let of_file = || {
            let (database, user) = (self.dbname.as_deref().unwrap_or_default(), self.user.as_deref()?);
            find_password(&self.local.passwords, host, port, database, user).map(|entry| &entry.password)
        };
        self.password.as_ref().or_else(of_file)
    }

    /// Returns the value of a parameter.
    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Returns the host names joined by commas, if there are any.
    pub(crate) fn host_list(&self) -> Option<String> {
        let names: Vec<&str> = self.hosts.iter().map(|(host, _)| host.as_str()).collect();
        let list = names.join(",");
        (!list.is_empty()).then_some(list)
    }

    /// Returns the ports joined by commas, if any is given; an empty entry is the default port.
    pub(crate) fn port_list(&self) -> Option<String> {
        if self.hosts.iter().all(|(_, port)| port.is_none()) {
            return None;
        }
        let ports: Vec<String> =
            self.hosts.iter().map(|(_, port)| port.map(|port| port.to_string()).unwrap_or_default()).collect();
        let same = ports.windows(2).all(|pair| pair[0] == pair[1]);
        Some(if same { ports[0].clone() } else { ports.join(",") })
    }

    /// Puts a list of hosts (`a`, `a,b`, `a:5432,b`) in the place of the present ones. Ports of the present hosts stay
    /// where the numbers of hosts agree.
    pub(crate) fn set_hosts(&mut self, list: &str) {
        let ports: Vec<Option<u16>> = self.hosts.iter().map(|(_, port)| *port).collect();
        let names: Vec<Host> = list.split(',').map(|entry| url::host_and_port(entry.trim())).collect();
        let kept = |index: usize| match ports.as_slice() {
            [one] => *one,
            many if many.len() == names.len() => many[index],
            _ => None,
        };
        self.hosts = names
            .iter()
            .enumerate()
            .map(|(index, (name, port))| (name.clone(), port.or_else(|| kept(index))))
            .collect();
    }

    /// Gives each host its port: one port for all, or a list of as many ports as there are hosts.
    ///
    /// # Errors
    /// A port that is not a number from 1 to 65535, or as many ports as there are not hosts.
    pub(crate) fn set_ports(&mut self, list: &str) -> Result<(), DsnFault> {
        let ports = list.split(',').map(|port| url::port(port.trim())).collect::<Result<Vec<_>, _>>()?;
        if self.hosts.is_empty() {
            self.hosts = vec![(String::new(), None); ports.len()];
        }
        if ports.len() != 1 && ports.len() != self.hosts.len() {
            return Err(DsnFault::PortCount { hosts: self.hosts.len(), ports: ports.len() });
        }
        for (index, (_, port)) in self.hosts.iter_mut().enumerate() {
            *port = if ports.len() == 1 { ports[0] } else { ports[index] };
        }
        Ok(())
    }

    /// Returns the parts that a URL keeps in its query, in the order of display.
    fn query(&self, hosts_in_query: bool) -> Vec<(&str, String)> {
        let mut query = Vec::new();
        if hosts_in_query {
            query.extend(self.host_list().map(|list| ("host", list)));
            query.extend(self.port_list().map(|list| ("port", list)));
        }
        query.extend(self.schema.iter().map(|schema| ("schema", schema.clone())));
        query.extend(self.params.iter().map(|(name, value)| (name.as_str(), value.clone())));
        query
    }
}

/// The canonical URL, `postgresql://user:***@host:port/db?name=value`; hosts that are directories stand in the query.
impl fmt::Display for Dsn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hosts_in_query = self.hosts.iter().any(|(host, _)| host.starts_with('/') || host.contains(','));
        f.write_str("postgresql://")?;
        if self.user.is_some() || self.password.is_some() {
            write!(f, "{}", utf8_percent_encode(self.user.as_deref().unwrap_or_default(), COMPONENT))?;
            if self.password.is_some() {
                f.write_str(":***")?;
            }
            f.write_str("@")?;
        }
        if !hosts_in_query {
            for (index, (host, port)) in self.hosts.iter().enumerate() {
                if index > 0 {
                    f.write_str(",")?;
                }
                if host.contains(':') {
                    write!(f, "[{}]", utf8_percent_encode(host, QUERY))?;
                } else {
                    write!(f, "{}", utf8_percent_encode(host, COMPONENT))?;
                }
                if let Some(port) = port {
                    write!(f, ":{port}")?;
                }
            }
        }
        if let Some(dbname) = &self.dbname {
            write!(f, "/{}", utf8_percent_encode(dbname, COMPONENT))?;
        } else if hosts_in_query {
            f.write_str("/")?;
        }
        for (index, (name, value)) in self.query(hosts_in_query).iter().enumerate() {
            let value = if params::is_secret(name) { "***" } else { value };
            write!(f, "{}{name}={}", if index == 0 { '?' } else { '&' }, Shown(value))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Dsn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Dsn({self})")
    }
}

/// A query value: encoded, but a mask stays a mask.
struct Shown<'a>(&'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == "***" { f.write_str("***") } else { utf8_percent_encode(self.0, QUERY).fmt(f) }
    }
}

#[cfg(test)]
mod tests;

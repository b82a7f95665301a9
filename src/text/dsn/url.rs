//! Connection URLs.

use percent_encoding::percent_decode_str;

use crate::text::dsn::error::{DsnFault, Part};
use crate::text::dsn::params::{Dialect, Meaning, meaning};
use crate::text::dsn::{Dsn, Host};
use crate::text::secret::Secret;

/// Splits the scheme from a URL: its dialect, and the byte where the rest begins. `None` where the text does not begin
/// like a URL of PostgreSQL.
pub(crate) fn scheme(text: &str) -> Option<(Dialect, usize)> {
    let lower = text.to_ascii_lowercase();
    if let Some(rest) = lower.strip_prefix("jdbc:postgresql:") {
        return Some((Dialect::Jdbc, text.len() - rest.len()));
    }
    let (name, rest) = lower.split_once("://")?;
    let base = name.split_once('+').map_or(name, |(base, _)| base);
    matches!(base, "postgres" | "postgresql").then_some((Dialect::Libpq, text.len() - rest.len()))
}

/// Reads the URL behind its scheme, which begins at byte `body`. Errors come with the byte of the fault.
pub(crate) fn parse(text: &str, dialect: Dialect, body: usize) -> Result<Dsn, (DsnFault, usize)> {
    // pgjdbc takes `jdbc:postgresql:db` and `jdbc:postgresql:/`, with no server named.
    let body = match (dialect, text[body..].strip_prefix("//")) {
        (Dialect::Jdbc, Some(rest)) => text.len() - rest.len(),
        (Dialect::Jdbc, None) => {
            let path = text[body..].trim_start_matches('/');
            return with_path(text, text.len() - path.len(), dialect, Dsn::default());
        }
        (Dialect::Libpq, _) => body,
    };
    let authority_end = text[body..].find(['/', '?', '#']).map_or(text.len(), |at| body + at);
    refuse_unencoded(text, body, authority_end)?;

    let mut dsn = Dsn::default();
    let authority = &text[body..authority_end];
    let hosts_at = match authority.rfind('@') {
        Some(at) => {
            let (user, password) = match authority[..at].split_once(':') {
                Some((user, password)) => (user, Some(password)),
                None => (&authority[..at], None),
            };
            let user_text = decode(user, body)?;
            dsn.user = (!user_text.is_empty()).then_some(user_text);
            if let Some(password) = password.filter(|password| !password.is_empty()) {
                dsn.password = Some(Secret::new(&decode(password, body + user.len() + 1)?));
            }
            body + at + 1
        }
        None => body,
    };
    dsn.hosts = hosts(&text[hosts_at..authority_end], hosts_at)?;
    let path_at = if text[authority_end..].starts_with('/') { authority_end + 1 } else { authority_end };
    with_path(text, path_at, dialect, dsn)
}

/// Reads one entry of a list of hosts: `host`, `host:5432`, `[::1]:5432`, a directory, an address.
pub(crate) fn host_and_port(entry: &str) -> Host {
    if entry.starts_with('/') {
        return (entry.to_owned(), None);
    }
    if let Some((address, rest)) = entry.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return (address.to_owned(), rest.strip_prefix(':').and_then(|text| port(text).ok().flatten()));
    }
    match entry.split_once(':') {
        Some((host, number)) if !number.contains(':') => match port(number) {
            Ok(port) => (host.to_owned(), port),
            Err(_) => (entry.to_owned(), None),
        },
        _ => (entry.to_owned(), None),
    }
}

/// Reads a port; an empty text is the default port.
pub(crate) fn port(text: &str) -> Result<Option<u16>, DsnFault> {
    if text.is_empty() {
        return Ok(None);
    }
    match text.parse::<u16>() {
        Ok(number) if number > 0 && !text.starts_with('+') => Ok(Some(number)),
        _ => Err(DsnFault::Port),
    }
}

/// Parameters as they come, to be laid over what the authority says.
#[derive(Default)]
pub(crate) struct Collected {
    fields: Vec<(&'static str, String)>,
    params: Vec<(String, String)>,
}

impl Collected {
    /// Takes one parameter. Of a repeated one the last counts, as with libpq; only hosts add up, as with SQLAlchemy.
    pub(crate) fn add(&mut self, name: &str, value: String, dialect: Dialect) -> Result<(), DsnFault> {
        match meaning(name, &value, dialect)? {
            Meaning::Field(field) => match self.fields.iter_mut().find(|(known, _)| *known == field) {
                Some((_, present)) if field == "host" => *present = format!("{present},{value}"),
                Some((_, present)) => *present = value,
                None => self.fields.push((field, value)),
            },
            Meaning::Param(param, value) => {
                self.params.retain(|(known, _)| known != param);
                self.params.push((param.to_owned(), value));
            }
            Meaning::Nothing => (),
        }
        Ok(())
    }

    /// Lays the parameters over `dsn`. A host, port, database or user that stands in both places must be the same.
    pub(crate) fn finish(mut self, mut dsn: Dsn) -> Result<Dsn, DsnFault> {
        // Ports belong to hosts, whichever comes first.
        self.fields.sort_by_key(|(name, _)| *name == "port");
        for (name, value) in self.fields {
            if value.is_empty() {
                continue;
            }
            match name {
                "host" => {
                    let before = dsn.host_list();
                    dsn.set_hosts(&value);
                    agree("host", before, dsn.host_list().as_ref())?;
                }
                "port" => {
                    let before = dsn.port_list();
                    dsn.set_ports(&value)?;
                    agree("port", before, dsn.port_list().as_ref())?;
                }
                "dbname" => {
                    agree("dbname", dsn.dbname, Some(&value))?;
                    dsn.dbname = Some(value);
                }
                "user" => {
                    agree("user", dsn.user, Some(&value))?;
                    dsn.user = Some(value);
                }
                "password" => dsn.password = Some(Secret::new(&value)),
                _ => dsn.schema = Some(value),
            }
        }
        dsn.params = self.params;
        Ok(dsn)
    }
}

fn agree(name: &'static str, before: Option<String>, after: Option<&String>) -> Result<(), DsnFault> {
    match before {
        Some(before) if Some(&before) != after => Err(DsnFault::Twice { name }),
        _ => Ok(()),
    }
}

/// Reads the database and the parameters, which begin at byte `at`.
fn with_path(text: &str, at: usize, dialect: Dialect, mut dsn: Dsn) -> Result<Dsn, (DsnFault, usize)> {
    let rest = &text[at..];
    if let Some(hash) = rest.find('#') {
        return Err((DsnFault::Unencoded { character: '#', part: Part::Url }, at + hash));
    }
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let dbname = decode(path, at)?;
    dsn.dbname = (!dbname.is_empty()).then_some(dbname);

    let mut collected = Collected::default();
    let mut start = at + path.len() + 1;
    for pair in query.split('&') {
        if !pair.is_empty() {
            let Some((name, value)) = pair.split_once('=') else { return Err((DsnFault::NoValue, start)) };
            let value = decode(value, start + name.len() + 1)?;
            let name = decode(name, start)?;
            collected.add(&name, value, dialect).map_err(|fault| (fault, start))?;
        }
        start += pair.len() + 1;
    }
    collected.finish(dsn).map_err(|fault| (fault, at))
}

/// Finds the characters that end a part too early, as unencoded ones in a password do. libpq would take some of these
/// URLs, each driver another way: an error is better than the wrong database.
fn refuse_unencoded(text: &str, body: usize, authority_end: usize) -> Result<(), (DsnFault, usize)> {
    let authority = &text[body..authority_end];
    let rest = &text[authority_end..];
    let part = if authority.contains(':') { Part::Password } else { Part::Url };
    let found = |at: usize| {
        let character = text[at..].chars().next().unwrap_or_default();
        Err((DsnFault::Unencoded { character, part }, at))
    };
    let path_end = rest.find('?').unwrap_or(rest.len());
    let at_in_path = rest[..path_end].contains('@');
    match (authority.find('@'), authority.rfind('@')) {
        (Some(first), Some(last)) if first != last => return found(body + first),
        (Some(first), _) if at_in_path => return found(body + first),
        (None, _) if at_in_path && part == Part::Password => return found(authority_end),
        (None, _) if at_in_path => return found(authority_end + rest.find('@').unwrap_or_default()),
        _ => (),
    }
    if rest.starts_with('#') {
        return found(authority_end);
    }
    if let Some(query) = rest.strip_prefix('?') {
        let first_pair = query.split('&').next().unwrap_or_default();
        let at_before_value = first_pair.find('@').is_some_and(|at| !first_pair[..at].contains('='));
        let host_part = authority.rsplit('@').next().unwrap_or_default();
        let no_port = host_part.rsplit_once(':').is_some_and(|(_, number)| port(number).is_err());
        if at_before_value || (no_port && rest.contains('@')) {
            return found(authority_end);
        }
    }
    Ok(())
}

fn hosts(text: &str, at: usize) -> Result<Vec<Host>, (DsnFault, usize)> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let mut hosts = Vec::new();
    let mut start = at;
    for entry in text.split(',') {
        let (host, number, number_at) = if let Some(rest) = entry.strip_prefix('[') {
            let Some((address, rest)) = rest.split_once(']') else { return Err((DsnFault::Bracket, start)) };
            let number_at = start + address.len() + 3;
            match rest.strip_prefix(':') {
                Some(number) => (address, number, number_at),
                None if rest.is_empty() => (address, "", number_at),
                None => return Err((DsnFault::Port, number_at - 1)),
            }
        } else {
            match entry.split_once(':') {
                Some((host, number)) => (host, number, start + host.len() + 1),
                None => (entry, "", start),
            }
        };
        let port = port(number).map_err(|fault| (fault, number_at))?;
        hosts.push((decode(host, start)?, port));
        start += entry.len() + 1;
    }
    Ok(hosts)
}

/// Decodes `%XX`. `at` is the byte where `text` begins in the whole.
fn decode(text: &str, at: usize) -> Result<String, (DsnFault, usize)> {
    for (index, _) in text.match_indices('%') {
        let digits = text.as_bytes().get(index + 1..index + 3);
        match digits {
            Some(b"00") => return Err((DsnFault::Nul, at + index)),
            Some(digits) if digits.iter().all(u8::is_ascii_hexdigit) => (),
            _ => return Err((DsnFault::Percent, at + index)),
        }
    }
    match percent_decode_str(text).decode_utf8() {
        Ok(decoded) => Ok(decoded.into_owned()),
        Err(_) => Err((DsnFault::Percent, at + text.find('%').unwrap_or_default())),
    }
}

//! Which database: one connection put together from the URLs and parts of all layers.
//!
//! A step of the layers with a URL overrides all that is weaker, parts included: half of one URL and half of another
//! would be a third database. A step with parts alone overrides just these. Within a step the parts fill what the URL
//! leaves open, and must not contradict it.

use std::path::Path;

use crate::settings::error::{Disagreement, SettingsError};
use crate::settings::home::{Libpq, Service};
use crate::settings::layers::{Given, Layers, Merged, shown};
use crate::settings::origin::Origin;
use crate::settings::registry::LIBPQ_PARAMS;
use crate::settings::value::{WrongValue, plain};
use crate::text::dsn::{Dsn, DsnFault};
use crate::text::secret::Secret;

/// Which database the commands work on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// This one. Role and database are filled as libpq does: the system's user, a database of the role's name.
    Url { dsn: Dsn, origin: Origin },
    /// The project's private server: the environment is `development` and no layer names a server.
    DevServer,
    /// No layer names a server, and the environment is another one.
    Missing,
}

/// The value of one part and where it came from.
#[derive(Clone)]
struct Traced {
    value: String,
    origin: Origin,
}

/// One part over all layers.
#[derive(Clone, Default)]
pub(crate) struct Part {
    current: Option<Traced>,
    before: Vec<Traced>,
}

impl Part {
    fn set(&mut self, value: Option<String>, origin: &Origin) {
        self.before.extend(self.current.take());
        self.current = value.map(|value| Traced { value, origin: origin.clone() });
    }

    fn fill(&mut self, value: Option<String>, origin: &Origin) {
        if self.current.is_none() {
            self.current = value.map(|value| Traced { value, origin: origin.clone() });
        }
    }

    fn value(&self) -> Option<&str> {
        self.current.as_ref().map(|traced| traced.value.as_str())
    }

    /// Returns the origin of the value that counts.
    pub(crate) fn origin(&self) -> Option<&Origin> {
        self.current.as_ref().map(|traced| &traced.origin)
    }

    /// Returns for people: the value that counts, and those that it overrode, the strongest first.
    pub(crate) fn shown(&self, secret: bool) -> (Option<String>, Vec<(Origin, String)>) {
        let mask = |value: &str| if secret { "***".to_owned() } else { value.to_owned() };
        let before = self.before.iter().rev().map(|traced| (traced.origin.clone(), mask(&traced.value)));
        (self.value().map(mask), before.collect())
    }
}

/// The connection as the layers give it.
#[derive(Default)]
pub(crate) struct Assembly {
    /// The URL that counts: its setting and origin.
    pub(crate) url: Option<(&'static str, Origin)>,
    pub(crate) host: Part,
    pub(crate) port: Part,
    pub(crate) name: Part,
    pub(crate) user: Part,
    pub(crate) password: Part,
    /// `?schema=` of the URL, with the step it belongs to.
    pub(crate) schema: Option<(String, Origin, usize)>,
    /// Parameters beside these parts, with their origins.
    pub(crate) params: Vec<(String, String, Origin)>,
    name_of_url: bool,
    /// The fault of the URL that counts.
    fault: Option<SettingsError>,
}

impl Assembly {
    /// Puts the connection together.
    ///
    /// # Errors
    /// A URL that is none; URL and parts of one step that differ in host, port, database or user.
    pub(crate) fn of(layers: &Layers, libpq: &Libpq<'_>) -> Result<Self, SettingsError> {
        let mut assembly = Self::default();
        for step in layers.steps() {
            let find = |key: &str| step.iter().rfind(|given| given.key == key);
            let (url, direct) = (find("database.url"), find("database.direct_url"));
            if let Some(url) = url {
                agree(url, &find)?;
            }
            if let Some(url) = url {
                assembly.take_url(url, libpq);
            }
            if let Some(direct) = direct {
                assembly.take_url(direct, libpq);
            }
            for given in step {
                let Some(part) = assembly.part(given.key) else { continue };
                let value = Some(plain(&given.value));
                match (url.is_some(), direct.is_some()) {
                    (false, false) => {
                        part.set(value, &given.origin);
                        assembly.name_of_url &= given.key != "database.name";
                    }
                    // The parts of a step say where the pooler is; the direct URL is another place.
                    (_, true) if matches!(given.key, "database.host" | "database.port") => (),
                    _ => part.fill(value, &given.origin),
                }
            }
        }
        match assembly.fault.take() {
            Some(fault) => Err(fault),
            None => Ok(assembly),
        }
    }

    fn take_url(&mut self, given: &Given, libpq: &Libpq<'_>) {
        // A weaker URL may be anything: `DATABASE_URL` may be that of another server's client.
        let (dsn, service) = match given.url().and_then(|dsn| with_service(dsn, &given.origin, libpq)) {
            Ok(read) => read,
            Err(fault) => {
                self.fault = Some(fault);
                return;
            }
        };
        self.fault = None;
        self.url = Some((given.key, given.origin.clone()));
        self.host.set(dsn.host_list(), &given.origin);
        self.port.set(dsn.port_list(), &given.origin);
        // A URL that leaves the database open keeps the project's name for it; libpq's default, the role's name, is
        // hardly ever meant.
        let of_service = service.as_ref().and_then(|service| service.dsn.dbname.as_ref());
        if dsn.dbname.is_some() || of_service.is_some() || self.name_of_url {
            self.name_of_url = dsn.dbname.is_some() || of_service.is_some();
            self.name.set(dsn.dbname, &given.origin);
        }
        self.user.set(dsn.user, &given.origin);
        self.password.set(dsn.password.map(|secret| secret.expose().to_owned()), &given.origin);
        self.schema = dsn.schema.map(|schema| (schema, given.origin.clone(), given.step));
        self.params = dsn.params.into_iter().map(|(name, value)| (name, value, given.origin.clone())).collect();
        if let Some(service) = service {
            self.fill(service);
        }
    }

    /// Fills what is open from a service.
    fn fill(&mut self, service: Service) {
        let Service { dsn, origin } = service;
        self.host.fill(dsn.host_list(), &origin);
        self.port.fill(dsn.port_list(), &origin);
        self.user.fill(dsn.user, &origin);
        self.password.fill(dsn.password.map(|secret| secret.expose().to_owned()), &origin);
        self.name.fill(dsn.dbname, &origin);
        for (name, value) in dsn.params {
            if !self.params.iter().any(|(known, ..)| *known == name) {
                self.params.push((name, value, origin.clone()));
            }
        }
    }

    fn part(&mut self, key: &str) -> Option<&mut Part> {
        match key {
            "database.host" => Some(&mut self.host),
            "database.port" => Some(&mut self.port),
            "database.name" => Some(&mut self.name),
            "database.user" => Some(&mut self.user),
            "database.password" => Some(&mut self.password),
            _ => None,
        }
    }

    /// Returns where the server's place came from, if any layer gives one. A database name, a role or a password alone
    /// say nothing about the server.
    pub(crate) fn located(&self) -> Option<Origin> {
        let url = self.url.as_ref().map(|(_, origin)| origin);
        url.or_else(|| self.host.origin()).or_else(|| self.port.origin()).cloned()
    }

    /// Fills what is open from libpq's variables, files and defaults, and returns the connection.
    ///
    /// # Errors
    /// Ports that are none, or of another number than the hosts; a service that is not defined.
    pub(crate) fn complete(&mut self, libpq: &Libpq<'_>, warnings: &mut Vec<String>) -> Result<Dsn, SettingsError> {
        // The rest of a service belongs to its host: where another host is set, nothing of it is used.
        if let Some(name) = (libpq.variable)("PGSERVICE").filter(|_| self.host.value().is_none()) {
            let service = libpq.service(&name, None, &Origin::LibpqEnv("PGSERVICE".to_owned()))?;
            if let (Some(kept), Some(of_service)) = (&self.name.current, &service.dsn.dbname)
                && kept.value != *of_service
            {
                warnings.push(format!(
                    "the database is `{}` ({}), not the `{of_service}` of the service ({})",
                    kept.value, kept.origin, service.origin
                ));
            }
            self.fill(service);
        }
        let fill = |part: &mut Part, name: &str| part.fill((libpq.variable)(name), &Origin::LibpqEnv(name.to_owned()));
        fill(&mut self.host, "PGHOST");
        fill(&mut self.port, "PGPORT");
        fill(&mut self.user, "PGUSER");
        fill(&mut self.password, "PGPASSWORD");
        fill(&mut self.name, "PGDATABASE");
        fill_params(&mut self.params, libpq);
        let port = self.port.value().and_then(|ports| ports.split(',').next()?.parse().ok());
        let has_address = self.params.iter().any(|(name, ..)| name == "hostaddr");
        if !has_address {
            self.host.fill(Some(default_host(port)), &Origin::Default);
        }
        self.user.fill(libpq.os_user.map(str::to_owned), &Origin::Default);
        let user = self.user.value().map(str::to_owned);
        self.name.fill(user.clone(), &Origin::Default);

        let params = self.params.iter().map(|(name, value, _)| (name.clone(), value.clone())).collect();
        let mut dsn = Dsn { params, ..Dsn::default() };
        if let Some(hosts) = self.host.value() {
            dsn.set_hosts(hosts);
        }
        if let (Some(ports), Some(origin)) = (self.port.value(), self.port.origin()) {
            dsn.set_ports(ports).map_err(|fault| {
                let wrong = if let DsnFault::PortCount { hosts, ports } = fault {
                    WrongValue::PortCount { hosts, ports }
                } else {
                    WrongValue::Type { expected: "a port from 1 to 65535", found: format!("`{ports}`") }
                };
                let wrong = Box::new(wrong);
                SettingsError::Wrong { setting: "database.port", origin: origin.clone(), wrong, place: None }
            })?;
        }
        dsn.user = user;
        dsn.dbname = self.name.value().map(str::to_owned);
        dsn.password = self.password.value().map(Secret::new);
        dsn.schema = self.schema.as_ref().map(|(schema, ..)| schema.clone());
        if let Some(origin) = libpq.add_local(&mut dsn, warnings) {
            // Which entry counts is looked up for each host and database; this is for people.
            self.password.fill(Some(String::new()), &origin);
        }
        Ok(dsn)
    }
}

/// Splits off the service that a URL names.
fn with_service(mut dsn: Dsn, origin: &Origin, libpq: &Libpq<'_>) -> Result<(Dsn, Option<Service>), SettingsError> {
    libpq.resolve_paths(&mut dsn.params, origin);
    let service = match dsn.param("service") {
        Some(name) => Some(libpq.service(name, dsn.param("servicefile"), origin)?),
        None => None,
    };
    dsn.params.retain(|(name, _)| !matches!(name.as_str(), "service" | "servicefile"));
    Ok((dsn, service))
}

/// Tells which database is meant. A warning says where a role or a password is given for no server.
///
/// # Errors
/// Ports that are none, or of another number than the hosts.
pub(crate) fn choose_target(
    assembly: &mut Assembly,
    libpq: &Libpq<'_>,
    env: &str,
    warnings: &mut Vec<String>,
) -> Result<Target, SettingsError> {
    let by_libpq = || {
        let variable = ["PGSERVICE", "PGHOST", "PGHOSTADDR"].into_iter();
        let variable = variable.into_iter().find(|name| (libpq.variable)(name).is_some())?;
        Some(Origin::LibpqEnv(variable.to_owned()))
    };
    match assembly.located().or_else(by_libpq) {
        Some(origin) => Ok(Target::Url { dsn: assembly.complete(libpq, warnings)?, origin }),
        None if env == "development" => {
            let ignored = [("the role", &assembly.user), ("the password", &assembly.password)];
            warnings.extend(ignored.iter().filter_map(|(what, part)| {
                let origin = part.origin()?;
                Some(format!("{what} ({origin}) is not used: no host is set, so the private server is meant"))
            }));
            Ok(Target::DevServer)
        }
        None => Ok(Target::Missing),
    }
}

/// Chooses between the setting `schema` and `?schema=` of the URL: the stronger layer, within one the setting.
pub(crate) fn schema(merged: &Merged<'_>, assembly: &Assembly) -> Option<(String, Origin)> {
    let setting = merged.get("schema");
    match (setting, &assembly.schema) {
        (Some(given), Some((_, _, step))) if given.step >= *step => Some((plain(&given.value), given.origin.clone())),
        (_, Some((schema, origin, _))) => Some((schema.clone(), origin.clone())),
        (Some(given), None) => Some((plain(&given.value), given.origin.clone())),
        (None, None) => None,
    }
}

/// Returns the administrator's connection with what it leaves open filled: libpq's role and password variables and
/// files, the database `postgres`.
///
/// # Errors
/// A URL that is none, a service that is not defined.
pub(crate) fn admin(given: &Given, libpq: &Libpq<'_>, warnings: &mut Vec<String>) -> Result<Dsn, SettingsError> {
    let (mut dsn, service) = with_service(given.url()?, &given.origin, libpq)?;
    let mut params: Vec<(String, String, Origin)> =
        std::mem::take(&mut dsn.params).into_iter().map(|(name, value)| (name, value, given.origin.clone())).collect();
    if let Some(Service { dsn: of_service, origin }) = service {
        if dsn.host_list().is_none() {
            dsn.hosts = of_service.hosts;
        }
        dsn.user = dsn.user.or(of_service.user);
        dsn.dbname = dsn.dbname.or(of_service.dbname);
        dsn.password = dsn.password.or(of_service.password);
        for (name, value) in of_service.params {
            if !params.iter().any(|(known, ..)| *known == name) {
                params.push((name, value, origin.clone()));
            }
        }
    }
    let variable = libpq.variable;
    if dsn.host_list().is_none() {
        let port = dsn.hosts.first().and_then(|(_, port)| *port);
        dsn.set_hosts(&variable("PGHOST").unwrap_or_else(|| default_host(port)));
    }
    dsn.user = dsn.user.or_else(|| variable("PGUSER")).or_else(|| libpq.os_user.map(str::to_owned));
    dsn.dbname = dsn.dbname.or_else(|| Some("postgres".to_owned()));
    dsn.password = dsn.password.or_else(|| variable("PGPASSWORD").map(|text| Secret::new(&text)));
    fill_params(&mut params, libpq);
    dsn.params = params.into_iter().map(|(name, value, _)| (name, value)).collect();
    libpq.add_local(&mut dsn, warnings);
    Ok(dsn)
}

/// Returns libpq's default host: the directory of sockets, as Debian and as PostgreSQL itself build it, where a server
/// listens there; else `localhost`.
fn default_host(port: Option<u16>) -> String {
    let socket = format!(".s.PGSQL.{}", port.unwrap_or(5432));
    let directories = ["/var/run/postgresql", "/tmp"];
    let found = directories.into_iter().find(|directory| Path::new(directory).join(&socket).exists());
    found.unwrap_or("localhost").to_owned()
}

fn fill_params(params: &mut Vec<(String, String, Origin)>, libpq: &Libpq<'_>) {
    for (variable, param) in LIBPQ_PARAMS {
        if let Some(value) = (libpq.variable)(variable).filter(|_| !params.iter().any(|(name, ..)| name == param)) {
            let origin = Origin::LibpqEnv((*variable).to_owned());
            let mut entry = [((*param).to_owned(), value)];
            libpq.resolve_paths(&mut entry, &origin);
            let [(name, value)] = entry;
            params.push((name, value, origin));
        }
    }
}

/// Compares the URL of a step with the parts of the same step.
fn agree<'a>(url: &Given, find: &impl Fn(&str) -> Option<&'a Given>) -> Result<(), SettingsError> {
    let Ok(dsn) = url.url() else { return Ok(()) };
    // A URL with a host and without port means PostgreSQL's port.
    let port = dsn.port_list().or_else(|| dsn.host_list().map(|_| "5432".to_owned()));
    let parts = [
        ("host", "database.host", dsn.host_list()),
        ("port", "database.port", port),
        ("database", "database.name", dsn.dbname),
        ("user", "database.user", dsn.user),
    ];
    for (part, key, first) in parts {
        let (Some(first), Some(given)) = (first, find(key)) else { continue };
        let second = shown(given);
        if !first.eq_ignore_ascii_case(&second) || (part != "host" && first != second) {
            let (first_origin, second_origin) = (url.origin.clone(), given.origin.clone());
            return Err(SettingsError::Disagree(Box::new(Disagreement {
                part,
                first,
                first_origin,
                second,
                second_origin,
            })));
        }
    }
    Ok(())
}

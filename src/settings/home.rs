//! libpq's own files: password files and service files.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::settings::discover::{as_typed, read};
use crate::settings::error::SettingsError;
use crate::settings::origin::{FilePlace, Origin};
use crate::text::dsn::{Dsn, Local, PasswordEntry, find_password, password_entries};
use crate::text::nearest::nearest;
use crate::text::service::{entries, names};

/// Where PostgreSQL's own builds have the system's service file: Debian, Red Hat, from source.
const SYSTEM_DIRECTORIES: [&str; 3] = ["/etc/postgresql-common", "/etc/sysconfig/pgsql", "/usr/local/pgsql/etc"];

/// The parameters that name files.
const FILES: [&str; 6] = ["sslrootcert", "sslcert", "sslkey", "sslcrl", "passfile", "servicefile"];

/// Where libpq's variables and files come from.
#[derive(Clone, Copy)]
pub(crate) struct Libpq<'a> {
    /// Returns one of libpq's variables.
    pub(crate) variable: &'a dyn Fn(&str) -> Option<String>,
    /// The operating system's user.
    pub(crate) os_user: Option<&'a str>,
    /// `HOME`.
    pub(crate) home: Option<&'a Path>,
    /// The project's directory, where relative paths start.
    pub(crate) root: &'a Path,
    /// The current directory, for messages and for flags.
    pub(crate) cwd: &'a Path,
}

/// A service that was found.
pub(crate) struct Service {
    /// What it says.
    pub(crate) dsn: Dsn,
    /// Where it stands.
    pub(crate) origin: Origin,
}

impl Libpq<'_> {
    /// Makes the paths in parameters absolute: those of flags start at the current directory, others at the project.
    pub(crate) fn resolve_paths(&self, params: &mut [(String, String)], origin: &Origin) {
        let base = if matches!(origin, Origin::Flag(_)) { self.cwd } else { self.root };
        for (name, value) in params {
            if FILES.contains(&name.as_str()) && !(name == "sslrootcert" && value == "system") && !value.is_empty() {
                *value = self.path(base, value).to_string_lossy().into_owned();
            }
        }
    }

    fn path(&self, base: &Path, text: &str) -> PathBuf {
        match (text.strip_prefix("~/"), self.home) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => base.join(text),
        }
    }

    /// Finds a service. `file` is the parameter `servicefile`.
    ///
    /// # Errors
    /// A service that no file has, a file that can't be read, parameters that are none.
    pub(crate) fn service(&self, service: &str, file: Option<&str>, by: &Origin) -> Result<Service, SettingsError> {
        let named = file.map(str::to_owned).or_else(|| (self.variable)("PGSERVICEFILE"));
        let named = named.map(|text| self.path(self.root, &text));
        let must_be_there = named.is_some();
        let mut files: Vec<PathBuf> =
            named.or_else(|| self.home.map(|home| home.join(".pg_service.conf"))).into_iter().collect();
        match (self.variable)("PGSYSCONFDIR") {
            Some(directory) => files.push(self.path(self.root, &directory).join("pg_service.conf")),
            None => files.extend(SYSTEM_DIRECTORIES.map(|directory| Path::new(directory).join("pg_service.conf"))),
        }
        let mut others = Vec::new();
        for (number, path) in files.iter().enumerate() {
            let typed = as_typed(path, self.cwd);
            let Some(text) = read(path, &typed)? else {
                if number == 0 && must_be_there {
                    let source = ErrorKind::NotFound.into();
                    return Err(SettingsError::Read { path: typed, source });
                }
                continue;
            };
            let wrong =
                |span, fault: String| SettingsError::Service { place: FilePlace::new(&typed, &text, span), fault };
            let found = entries(&text, service).map_err(|fault| wrong(fault.span(), fault.to_string()))?;
            let Some(found) = found else {
                others.extend(names(&text).into_iter().map(str::to_owned));
                continue;
            };
            let parameters: Vec<(&str, &str)> =
                found.iter().map(|entry| (entry.name.as_str(), entry.value.as_str())).collect();
            let mut dsn = Dsn::of_parameters(&parameters).map_err(|(fault, number)| {
                wrong(found.get(number).map_or(0..0, |entry| entry.span.clone()), fault.to_string())
            })?;
            let origin = Origin::Service { path: typed, service: service.to_owned() };
            self.resolve_paths(&mut dsn.params, &origin);
            return Ok(Service { dsn, origin });
        }
        let near = nearest(service, others.iter().map(String::as_str)).map(str::to_owned);
        let files = files.iter().map(|path| as_typed(path, self.cwd)).collect();
        Err(SettingsError::NoService { service: service.to_owned(), origin: by.clone(), near, files })
    }

    /// Adds what the machine has for a connection: the directory of certificates, and the password file where no password
    /// is set. Returns where the password for the first host stands.
    pub(crate) fn add_local(&self, dsn: &mut Dsn, warnings: &mut Vec<String>) -> Option<Origin> {
        let certificates = self.home.map(|home| home.join(".postgresql"));
        let (passwords, typed) =
            if dsn.password.is_some() { Default::default() } else { self.passwords(dsn, warnings) };
        dsn.local = Arc::new(Local { certificates, passwords });
        let (host, port) = dsn.hosts.first().map_or(("", None), |(host, port)| (host.as_str(), *port));
        let (database, user) = (dsn.dbname.as_deref().unwrap_or_default(), dsn.user.as_deref()?);
        let entry = find_password(&dsn.local.passwords, host, port.unwrap_or(5432), database, user)?;
        Some(Origin::PasswordFile { path: typed, line: entry.line })
    }

    /// Reads the password file of a connection. Returns its entries and its path, as a person would type it.
    fn passwords(&self, dsn: &Dsn, warnings: &mut Vec<String>) -> (Arc<[PasswordEntry]>, PathBuf) {
        let named = dsn.param("passfile").map(PathBuf::from);
        let named = named.or_else(|| (self.variable)("PGPASSFILE").map(|text| self.path(self.root, &text)));
        let is_named = named.is_some();
        let Some(path) = named.or_else(|| self.home.map(|home| home.join(".pgpass"))) else {
            return Default::default();
        };
        let typed = as_typed(&path, self.cwd);
        match read_password_file(&path) {
            Ok(Some(text)) => return (password_entries(&text).into(), typed),
            Ok(None) if is_named => warnings.push(format!("the password file {} does not exist", typed.display())),
            Ok(None) => (),
            Err(why) => warnings.push(format!("the password file {} is not used: {why}", typed.display())),
        }
        Default::default()
    }
}

/// Reads a password file. As libpq does, one that others may read is passed over, and so is what is no file.
fn read_password_file(path: &Path) -> Result<Option<String>, String> {
    let found = match std::fs::metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    if !found.is_file() {
        return Err("it is no plain file".to_owned());
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = found.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(format!("others may read it (mode {mode:03o}): `chmod 600`"));
        }
    }
    let mut text = String::new();
    let read = File::open(path).and_then(|mut file| file.read_to_string(&mut text));
    read.map(|_| Some(text)).map_err(|error| error.to_string())
}

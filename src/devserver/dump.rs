//! `pg_dump`, where there is one that understands the server.

use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use rustix::process::Signal;

use crate::devserver::Wanted;
use crate::devserver::discover::clients;
use crate::devserver::error::DevServerError;
use crate::devserver::run::{Going, start};
use crate::text::dsn::{Dsn, is_secret};

/// What libpq reads from the environment and would follow to another server, or in another way (PostgreSQL manual 34.15).
const MISLEADING: [&str; 12] = [
    "PGHOST",
    "PGHOSTADDR",
    "PGPORT",
    "PGDATABASE",
    "PGUSER",
    "PGSERVICE",
    "PGOPTIONS",
    "PGTARGETSESSIONATTRS",
    "PGREQUIREAUTH",
    "PGCHANNELBINDING",
    "PGTZ",
    "PGCLIENTENCODING",
];

/// A `pg_dump` that understands a server.
#[derive(Clone, Debug)]
pub(crate) struct PgDump {
    program: PathBuf,
    /// Its version, as it says it.
    pub(crate) version: String,
}

/// A dump that is being made.
pub(crate) struct Dump {
    going: Going,
}

impl PgDump {
    /// Looks for the program: one of the server's major version, else the next newer one, which understands older servers.
    pub(crate) fn find(wanted: &Wanted, major: u32) -> Option<Self> {
        let mut best: Option<(PathBuf, String, u32)> = None;
        for found in clients(wanted, "pg_dump").filter(|(_, _, own)| *own >= major) {
            let is_it = found.2 == major;
            if best.as_ref().is_none_or(|(_, _, own)| found.2 < *own) {
                best = Some(found);
            }
            if is_it {
                break;
            }
        }
        best.map(|(program, version, _)| Self { program, version })
    }

    /// Starts to dump the schema of a database. The password goes through the environment: everybody may see arguments.
    ///
    /// # Errors
    /// The program does not start.
    pub(crate) fn start(&self, dsn: &Dsn, options: &[String]) -> Result<Dump, DevServerError> {
        let mut command = Command::new(&self.program);
        command.args(["--schema-only", "--encoding=UTF8", "--lock-wait-timeout=5000"]).args(options);
        command.arg("--dbname").arg(keywords(dsn));
        for name in MISLEADING {
            command.env_remove(name);
        }
        let first = dsn.hosts.first();
        let (host, port) = first.map_or(("", 5432), |(host, port)| (host.as_str(), port.unwrap_or(5432)));
        match dsn.password_at(host, port) {
            Some(password) => command.env("PGPASSWORD", password.expose()),
            None => command.env_remove("PGPASSWORD"),
        };
        // Ctrl-C in the terminal reaches it only through us.
        command.env("LC_ALL", "C").env("PGCONNECT_TIMEOUT", "10").process_group(0);
        Ok(Dump { going: start(command.stdin(Stdio::null()))? })
    }
}

impl Dump {
    /// Waits for the dump; or for what the program says where it fails.
    ///
    /// # Errors
    /// A signal; the program's output cannot be read.
    pub(crate) fn text(self) -> Result<Result<String, String>, DevServerError> {
        let ended = self.going.end(Signal::INT)?;
        Ok(if ended.success { Ok(ended.output) } else { Err(ended.output) })
    }
}

/// The connection as libpq's keywords, without what is secret.
fn keywords(dsn: &Dsn) -> String {
    let mut words = Vec::new();
    let mut put = |name: &str, value: &str| {
        words.push(format!("{name}='{}'", value.replace('\\', "\\\\").replace('\'', "\\'")));
    };
    if let Some((host, port)) = dsn.hosts.first() {
        if !host.is_empty() {
            put("host", host);
        }
        if let Some(port) = port {
            put("port", &port.to_string());
        }
    }
    if let Some(name) = &dsn.dbname {
        put("dbname", name);
    }
    if let Some(user) = &dsn.user {
        put("user", user);
    }
    let of_transport = |name: &str| name.starts_with("ssl") || matches!(name, "gssencmode" | "channel_binding");
    for (name, value) in dsn.params.iter().filter(|(name, _)| of_transport(name) && !is_secret(name)) {
        put(name, value);
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::keywords;
    use crate::text::dsn::Dsn;

    #[test]
    fn secrets_are_no_arguments() {
        let dsn = Dsn::parse("postgresql://me:hidden@h:6000/it's?sslmode=require&sslpassword=hush&application_name=x")
            .unwrap();
        assert_eq!(keywords(&dsn), "host='h' port='6000' dbname='it\\'s' user='me' sslmode='require'");
    }
}

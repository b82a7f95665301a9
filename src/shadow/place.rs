//! Where shadow databases live (DESIGN §6).

use std::path::Path;

use crate::devserver::control::up;
use crate::devserver::error::DevServerError;
use crate::devserver::observe::status;
use crate::devserver::{Progress, Running, Status, Wanted, dsn};
use crate::settings::ShadowPlace;
use crate::shadow::error::ShadowError;
use crate::shadow::model::Model;
use crate::text::dsn::Dsn;

/// Whether anybody else uses the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The project's private development server.
    Private,
    /// Any other server: it may have databases of others.
    Shared,
}

/// A server for shadow databases.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// How to connect to it, for creating databases.
    pub(crate) dsn: Dsn,
    /// Whether anybody else uses it.
    pub(crate) kind: Kind,
}

/// The database that the shadow stands for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target<'a> {
    /// How to connect to the server that was reached.
    pub(crate) dsn: &'a Dsn,
    /// An administrator's connection to the same server, where the settings have one.
    pub(crate) admin: Option<&'a Dsn>,
    /// What it is like.
    pub(crate) model: &'a Model,
}

/// Names of environments that count as production.
const PRODUCTION: [&str; 3] = ["production", "prod", "live"];

/// Finds the server, and starts the private one where that is it. It keeps running, as after `db up`.
///
/// `auto` takes the target's own server where that is on this machine, not production, and the revisions are `harmless`:
/// none of their statements reaches beyond its database. A replay there takes what the target itself would take, and nothing
/// has to be started. Otherwise it takes the private development server where programs of the target's major version are there, with the
/// extensions that the project needs and the target has; else the target's own server, unless that is production.
///
/// # Errors
/// No server can be used.
pub(crate) fn find(
    wanted: &ShadowPlace,
    target: Option<Target<'_>>,
    dev: &Wanted,
    (env, harmless): (&str, bool),
    tell: &mut dyn FnMut(Progress),
) -> Result<Place, ShadowError> {
    let private = |server: &Running| Place { dsn: dsn(server, "postgres"), kind: Kind::Private };
    match (wanted, target) {
        (ShadowPlace::Dev, _) | (ShadowPlace::Auto, None) => Ok(private(&up(dev, tell)?.server)),
        (ShadowPlace::Target, None) => Err(ShadowError::NoTarget),
        (ShadowPlace::Url(url), _) => Ok(of_url(url, dev)),
        (ShadowPlace::Target, Some(target)) => Ok(on_target(target, dev)),
        (ShadowPlace::Auto, Some(target)) => {
            if let Some(place) = running(dev).filter(|server| leads_to(target.dsn, server)).map(|it| private(&it)) {
                return Ok(place);
            }
            let is_production = PRODUCTION.iter().any(|name| env.eq_ignore_ascii_case(name));
            if harmless && !is_production && is_here(target.dsn) && target.model.may_create_databases {
                return Ok(on_target(target, dev));
            }
            let reason = match private_like(target.model, dev, tell) {
                Ok(server) => return Ok(private(&server)),
                Err(Unfit::Reason(reason)) => reason,
                Err(Unfit::Interrupted) => return Err(DevServerError::Interrupted.into()),
            };
            if is_production {
                return Err(ShadowError::Production { env: env.to_owned(), private: reason });
            }
            Ok(on_target(target, dev))
        }
    }
}

enum Unfit {
    Reason(String),
    Interrupted,
}

/// The private server, if it is of the target's major version and has its extensions, or can be.
fn private_like(model: &Model, dev: &Wanted, tell: &mut dyn FnMut(Progress)) -> Result<Running, Unfit> {
    let major = model.major();
    let mut wanted = Wanted { major: Some(major), ..dev.clone() };
    wanted.extensions.extend(model.extensions.iter().map(|extension| extension.name.clone()));
    let other = |version: &str| {
        let reason = format!("the private development server is PostgreSQL {version}, the target is {major}");
        (major_of(version) != Some(major)).then_some(Unfit::Reason(reason))
    };
    let found = match status(&wanted) {
        Ok(Status::Running(server)) => other(&server.version),
        Ok(Status::Stopped { major, .. }) => other(&major),
        Ok(Status::Busy { .. } | Status::NeverInitialised { .. }) | Err(_) => None,
    };
    if let Some(unfit) = found {
        return Err(unfit);
    }
    match up(&wanted, tell) {
        Ok(started) => Ok(started.server),
        Err(DevServerError::Interrupted) => Err(Unfit::Interrupted),
        Err(DevServerError::NoPrograms { extensions, .. }) => {
            let with = if extensions.is_empty() { String::new() } else { format!(" with {}", extensions.join(", ")) };
            Err(Unfit::Reason(format!("there are no server programs of PostgreSQL {major}{with}")))
        }
        Err(error) => Err(Unfit::Reason(error.to_string())),
    }
}

fn major_of(version: &str) -> Option<u32> {
    version.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

fn running(dev: &Wanted) -> Option<Running> {
    match status(dev) {
        Ok(Status::Running(server)) => Some(server),
        Ok(Status::Busy { .. } | Status::Stopped { .. } | Status::NeverInitialised { .. }) | Err(_) => None,
    }
}

/// Returns whether a connection leads to the private server: by its socket, or by its port on this machine.
fn leads_to(target: &Dsn, server: &Running) -> bool {
    target.hosts.iter().any(|(host, port)| {
        let is_here = matches!(host.as_str(), "127.0.0.1" | "localhost" | "::1");
        port.unwrap_or(5432) == server.port && (is_here || Path::new(host) == server.socket_dir)
    })
}

/// Returns whether a connection stays on this machine.
fn is_here(target: &Dsn) -> bool {
    target
        .hosts
        .iter()
        .all(|(host, _)| host.starts_with('/') || matches!(host.as_str(), "127.0.0.1" | "localhost" | "::1"))
}

fn of_url(url: &Dsn, dev: &Wanted) -> Place {
    let server = running(dev).filter(|server| leads_to(url, server));
    Place { dsn: url.clone(), kind: server.map_or(Kind::Shared, |_| Kind::Private) }
}

/// The role that migrates makes the shadow where it may: owners and rights are then what they will be.
fn on_target(target: Target<'_>, dev: &Wanted) -> Place {
    match target.admin.filter(|_| !target.model.may_create_databases) {
        Some(admin) => of_url(admin, dev),
        None => of_url(target.dsn, dev),
    }
}

#[cfg(test)]
mod tests {
    use super::{leads_to, major_of};
    use crate::devserver::Running;
    use crate::text::dsn::Dsn;

    #[test]
    fn the_private_server_is_known_by_socket_and_port() {
        let server = Running {
            pid: 1,
            port: 6001,
            socket_dir: "/tmp/pgkeel-x".into(),
            data_dir: "/d".into(),
            log: "/l".into(),
            password_file: "/p".into(),
            version: "18.4".into(),
            bin: None,
        };
        let leads = |url: &str| leads_to(&Dsn::parse(url).unwrap(), &server);
        assert!(
            leads("postgresql://postgres@127.0.0.1:6001/x") && leads("postgresql:///x?host=/tmp/pgkeel-x&port=6001")
        );
        assert!(!leads("postgresql://localhost/x") && !leads("postgresql://db:6001/x"));
        assert_eq!((major_of("18.4"), major_of("19beta1"), major_of("")), (Some(18), Some(19), None));
    }
}

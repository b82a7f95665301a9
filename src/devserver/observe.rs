//! How the server is.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::devserver::cluster::major_of_data;
use crate::devserver::error::DevServerError;
use crate::devserver::paths::Places;
use crate::devserver::pidfile::PidFile;
use crate::devserver::process::Owner;
use crate::devserver::state::{self, State};
use crate::devserver::{Running, Status, Wanted};

/// How long a server may take to answer before it counts as busy.
const LONGEST_ANSWER: Duration = Duration::from_secs(2);

/// Tells how a project's server is. Changes nothing, runs no program.
///
/// # Errors
/// The project is not there, or its server belongs to another user.
pub(crate) fn status(wanted: &Wanted) -> Result<Status, DevServerError> {
    let places = Places::of(wanted)?;
    let data = places.data();
    let Some(major) = major_of_data(&data) else { return Ok(Status::NeverInitialised { data_dir: data }) };
    Ok(match observe(&places) {
        Observed::Running(file, socket) => Status::Running(describe(&places, &file, socket)),
        Observed::Busy(file) => Status::Busy { pid: file.pid, log: places.log() },
        Observed::Stale(_) | Observed::Stopped => Status::Stopped { data_dir: data, log: places.log(), major },
    })
}

/// Returns the running server.
///
/// # Errors
/// Those of [`status`]; there is none, or it takes no connections.
pub(crate) fn running(wanted: &Wanted) -> Result<Running, DevServerError> {
    match status(wanted)? {
        Status::Running(server) => Ok(server),
        Status::Busy { pid, log } => Err(DevServerError::NotReady { pid, log }),
        Status::Stopped { .. } | Status::NeverInitialised { .. } => Err(DevServerError::NotRunning),
    }
}

/// What there is of a server.
pub(super) enum Observed {
    /// It takes connections on this socket.
    Running(PidFile, (PathBuf, u16)),
    /// Its process is there, but no connection.
    Busy(PidFile),
    /// Its `postmaster.pid` is there without it; `None` where that file cannot be read.
    Stale(Option<PidFile>),
    /// Nothing.
    Stopped,
}

pub(super) fn observe(places: &Places) -> Observed {
    let data = places.data();
    let Ok(bytes) = std::fs::read(data.join("postmaster.pid")) else { return Observed::Stopped };
    let Some(file) = PidFile::parse(&String::from_utf8_lossy(&bytes)) else { return Observed::Stale(None) };
    if places.server(&data).owner(file.pid) != Owner::Server {
        return Observed::Stale(Some(file));
    }
    match file.socket.clone() {
        Some((directory, port)) if file.ready && answers(&socket_file(&directory, port)) => {
            Observed::Running(file, (directory, port))
        }
        _ => Observed::Busy(file),
    }
}

/// A server that answers is the proof: a socket alone takes connections for a moment after its server was killed. The
/// question is whether it speaks TLS (PostgreSQL manual 53.2.10), which the server answers before it looks at anything
/// else, with one byte, and without a word in its log.
fn answers(socket: &Path) -> bool {
    const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];
    let ask = || {
        let mut stream = UnixStream::connect(socket)?;
        stream.set_read_timeout(Some(LONGEST_ANSWER))?;
        stream.set_write_timeout(Some(LONGEST_ANSWER))?;
        stream.write_all(&SSL_REQUEST)?;
        stream.read_exact(&mut [0])
    };
    ask().is_ok()
}

fn socket_file(directory: &Path, port: u16) -> PathBuf {
    directory.join(format!(".s.PGSQL.{port}"))
}

pub(super) fn describe(places: &Places, file: &PidFile, (socket_dir, port): (PathBuf, u16)) -> Running {
    let State { bin, version, .. } = state::read(places);
    let data_dir = places.data();
    Running {
        pid: file.pid,
        port,
        socket_dir,
        log: places.log(),
        password_file: places.password(),
        version: version.or_else(|| major_of_data(&data_dir)).unwrap_or_default(),
        data_dir,
        bin,
    }
}

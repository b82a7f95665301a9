//! Putting in order what a killed server left.

use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::devserver::cluster::remove_file;
use crate::devserver::error::DevServerError;
use crate::devserver::paths::Places;
use crate::devserver::pidfile::PidFile;
use crate::devserver::process::{Owner, send};
use crate::devserver::run::pause;

/// How long the orphans of a killed server get to notice that it is gone.
const LONGEST_ORPHANHOOD: Duration = Duration::from_secs(4);

/// Clears what a killed server left: processes that have not noticed yet, the socket with its lock file, and
/// `postmaster.pid` where its number now is that of a stranger or of a zombie. A new server would take either for a
/// living server and refuse to start.
pub(super) fn clean_up(places: &Places, file: Option<&PidFile>) -> Result<(), DevServerError> {
    let data = places.data();
    let server = places.server(&data);
    let begin = Instant::now();
    loop {
        let orphans = server.processes();
        if orphans.is_empty() {
            break;
        }
        let waited = begin.elapsed();
        if waited > LONGEST_ORPHANHOOD * 2 {
            // The new server checks the shared memory itself, and says it better.
            return Ok(());
        }
        if waited > LONGEST_ORPHANHOOD {
            // A loop in a procedure never looks whether its server is still there.
            let signal = if waited > LONGEST_ORPHANHOOD * 3 / 2 { Signal::KILL } else { Signal::QUIT };
            for pid in orphans {
                send(pid, signal);
            }
        }
        pause(Duration::from_millis(50))?;
    }
    // A number that is free is left to the new server, which looks for shared memory of the old one as well.
    if file.is_none_or(|file| server.owner(file.pid) != Owner::Gone) {
        remove_file(&data.join("postmaster.pid"))?;
    }
    // The directory of the socket is this server's alone, so all of it is the dead one's.
    let Ok(entries) = std::fs::read_dir(&places.socket_dir) else { return Ok(()) };
    for entry in entries.flatten() {
        if entry.file_name().to_str().is_some_and(|name| name.starts_with(".s.PGSQL.")) {
            remove_file(&entry.path())?;
        }
    }
    Ok(())
}

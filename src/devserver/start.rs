//! One start of the server, with the attempts that it takes.

use std::path::Path;
use std::time::Duration;

use rustix::process::Signal;

use crate::devserver::cluster::configure;
use crate::devserver::error::DevServerError;
use crate::devserver::observe::{Observed, describe, observe};
use crate::devserver::paths::Places;
use crate::devserver::port::{free_near, is_free, of_project};
use crate::devserver::recover::clean_up;
use crate::devserver::run::{pause, to_end};
use crate::devserver::state::{self, State};
use crate::devserver::{Programs, Progress, Running, Wanted};

/// What is in the way of a start passes within seconds, or never.
const ATTEMPTS: u32 = 8;
const LARGEST_LOG: u64 = 8 << 20;
const TAIL_LINES: usize = 15;

/// Starts a server on a data directory that none is using, and waits until it takes connections.
pub(super) fn start(
    places: &Places,
    wanted: &Wanted,
    programs: &Programs,
    tell: &mut dyn FnMut(Progress),
) -> Result<Running, DevServerError> {
    let log = places.log();
    if std::fs::metadata(&log).is_ok_and(|found| found.len() > LARGEST_LOG) {
        let old = places.base.join("log.old");
        std::fs::rename(&log, &old).map_err(DevServerError::io("rename", &log))?;
    }
    let mut attempt = 1;
    loop {
        let port = choose_port(places, wanted, tell)?;
        configure(places, port)?;
        tell(Progress::Starting { port, programs: programs.clone() });
        let begin = std::fs::metadata(&log).map_or(0, |found| found.len());
        let mut pg_ctl = places.account.command(&programs.bin.join("pg_ctl"));
        // pg_ctl makes a session for the server, so that no signal of this terminal reaches it. It waits as long as the
        // server's process lives, however long a recovery takes; SIGINT makes it stop the server and end.
        pg_ctl.args(["start", "--silent", "--wait", "--timeout=86400", "--pgdata"]);
        pg_ctl.arg(places.data()).arg("--log").arg(&log);
        let ended = to_end(&mut pg_ctl, Signal::INT)?;
        if let (true, Observed::Running(file, socket)) = (ended.success, observe(places)) {
            let remembered =
                State { port: Some(port), bin: Some(programs.bin.clone()), version: Some(programs.version.clone()) };
            state::write(places, &remembered)?;
            return Ok(describe(places, &file, socket));
        }
        // Two reasons pass: somebody took the port just now, or a killed server still has shared memory.
        let port_lost = wanted.port.is_none() && !is_free(port);
        let remains = places.data().join("postmaster.pid").exists();
        if attempt == ATTEMPTS || !(port_lost || remains) {
            let mut tail = log_since(&log, begin);
            if tail.is_empty() {
                tail = ended.output.lines().map(str::to_owned).collect();
            }
            return Err(DevServerError::Start { log, tail });
        }
        attempt += 1;
        tell(Progress::TryingAgain { attempt });
        pause(Duration::from_millis(500))?;
        match observe(places) {
            Observed::Stale(file) => clean_up(places, file.as_ref())?,
            Observed::Stopped => clean_up(places, None)?,
            // It came up after all, or another pg_ctl was quicker.
            Observed::Running(file, socket) => return Ok(describe(places, &file, socket)),
            Observed::Busy(_) => {}
        }
    }
}

fn choose_port(places: &Places, wanted: &Wanted, tell: &mut dyn FnMut(Progress)) -> Result<u16, DevServerError> {
    if let Some(port) = wanted.port {
        // Applications rely on a port that the settings name: another one would lead them to another database.
        return if is_free(port) { Ok(port) } else { Err(DevServerError::PortTaken { port }) };
    }
    let remembered = state::read(places).port;
    let first = remembered.unwrap_or_else(|| of_project(&places.digest));
    let port = free_near(first).ok_or(DevServerError::PortTaken { port: first })?;
    if let Some(taken) = remembered.filter(|remembered| *remembered != port) {
        tell(Progress::PortTaken { taken, instead: port });
    }
    Ok(port)
}

/// Returns the last lines that were written to the log since it had `begin` bytes.
fn log_since(log: &Path, begin: u64) -> Vec<String> {
    let bytes = std::fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(bytes.get(usize::try_from(begin).unwrap_or(usize::MAX)..).unwrap_or_default());
    let lines: Vec<&str> = text.lines().collect();
    lines.iter().skip(lines.len().saturating_sub(TAIL_LINES)).map(|line| (*line).to_owned()).collect()
}

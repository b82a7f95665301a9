//! Start, stop, and how the server is.

use std::fs::{File, OpenOptions};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fs4::{FileExt, TryLockError};
use rustix::process::{Pid, Signal};

use crate::devserver::cluster::{configure, initialise, major_of_data, remove_data, remove_file, sweep};
use crate::devserver::discover::{discover, offers_all};
use crate::devserver::error::DevServerError;
use crate::devserver::paths::Places;
use crate::devserver::pidfile::PidFile;
use crate::devserver::port::{free_near, is_free, of_project};
use crate::devserver::process::Owner;
use crate::devserver::run::to_end;
use crate::devserver::state::{self, State};
use crate::devserver::{Programs, Progress, Removed, Running, Started, Status, Stopped, Wanted};
use crate::world::sleep;

/// How long another start or stop is waited for. A first start makes a data directory, which slow disks take long for.
const LONGEST_WAIT_FOR_OTHER: Duration = Duration::from_secs(180);
/// How long a server that is there is waited for until it takes connections.
const LONGEST_START: Duration = Duration::from_secs(120);
/// How long a server may take for an orderly end.
const LONGEST_STOP: Duration = Duration::from_secs(30);
/// How long the orphans of a killed server get to notice that it is gone.
const LONGEST_ORPHANHOOD: Duration = Duration::from_secs(4);
/// What else is in the way of a start passes within seconds, or never.
const ATTEMPTS: u32 = 8;
const LARGEST_LOG: u64 = 8 << 20;
const TAIL_LINES: usize = 15;

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

/// Brings the server up: finds programs, makes the data directory, starts. Does nothing if it runs.
///
/// It outlives this process, and a later Ctrl-C in the same terminal. An interrupted call leaves a stopped server, never
/// half a data directory.
///
/// # Errors
/// See [`DevServerError`].
pub(crate) fn up(wanted: &Wanted, tell: &mut dyn FnMut(Progress)) -> Result<Started, DevServerError> {
    let places = Places::of(wanted)?;
    places.make()?;
    let _lock = lock(&places, tell)?;
    if let Some(server) = take_over(&places, wanted, tell)? {
        return Ok(Started { already: true, server });
    }
    let programs = discover(wanted)?;
    let data = places.data();
    sweep(&places)?;
    // Before the data directory, which takes longer: this may be refused.
    places.make_socket_directory()?;
    if major_of_data(&data).is_none() {
        tell(Progress::Initialising { data_dir: data, programs: programs.clone() });
        initialise(&places, &programs)?;
    }
    let server = start(&places, wanted, &programs, tell)?;
    Ok(Started { already: false, server })
}

/// Stops the server: clients are disconnected, what they had committed is kept.
///
/// # Errors
/// Those of [`status`]; the server does not stop.
pub(crate) fn down(wanted: &Wanted) -> Result<Stopped, DevServerError> {
    let places = Places::of(wanted)?;
    if major_of_data(&places.data()).is_none() {
        return Ok(Stopped { was_running: false });
    }
    let _lock = lock(&places, &mut |_| {})?;
    stop(&places)
}

/// Stops the server and removes its data, for ever. The port stays remembered.
///
/// # Errors
/// Those of [`down`]; a file cannot be removed.
pub(crate) fn remove(wanted: &Wanted) -> Result<Removed, DevServerError> {
    let places = Places::of(wanted)?;
    let data = places.data();
    if !places.notes.exists() {
        return Ok(Removed { existed: false, data_dir: data });
    }
    let _lock = lock(&places, &mut |_| {})?;
    let _stopped = stop(&places)?;
    let existed = remove_data(&places)?;
    remove_file(&places.log())?;
    remove_file(&places.password())?;
    // What a killed server left in it goes with the next start; it goes only if it is empty.
    std::fs::remove_dir(&places.socket_dir).ok();
    Ok(Removed { existed, data_dir: data })
}

/// What there is of a server.
enum Observed {
    /// It takes connections on this socket.
    Running(PidFile, (PathBuf, u16)),
    /// Its process is there, but no connection.
    Busy(PidFile),
    /// Its `postmaster.pid` is there without it; `None` where that file cannot be read.
    Stale(Option<PidFile>),
    /// Nothing.
    Stopped,
}

fn observe(places: &Places) -> Observed {
    let data = places.data();
    let Ok(bytes) = std::fs::read(data.join("postmaster.pid")) else { return Observed::Stopped };
    let Some(file) = PidFile::parse(&String::from_utf8_lossy(&bytes)) else { return Observed::Stale(None) };
    if places.server(&data).owner(file.pid) != Owner::Server {
        return Observed::Stale(Some(file));
    }
    // A socket that answers is the proof. Nothing is sent; the server takes that for a port scan and says nothing.
    match file.socket.clone() {
        Some((directory, port)) if file.ready && UnixStream::connect(socket_file(&directory, port)).is_ok() => {
            Observed::Running(file, (directory, port))
        }
        _ => Observed::Busy(file),
    }
}

fn socket_file(directory: &Path, port: u16) -> PathBuf {
    directory.join(format!(".s.PGSQL.{port}"))
}

fn describe(places: &Places, file: &PidFile, (socket_dir, port): (PathBuf, u16)) -> Running {
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

/// Takes the lock of a project's server, which goes with the returned file.
fn lock(places: &Places, tell: &mut dyn FnMut(Progress)) -> Result<File, DevServerError> {
    let path = places.notes.join("lock");
    // Reading is enough to lock it: root may have made it in a user's project.
    let open = || match File::open(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            OpenOptions::new().append(true).create(true).open(&path)
        }
        opened => opened,
    };
    let file = open().map_err(DevServerError::io("open", &path))?;
    let end = Instant::now() + LONGEST_WAIT_FOR_OTHER;
    let mut told = false;
    loop {
        // By its full name: the standard library has had a method of that name since 1.89.
        match FileExt::try_lock(&file) {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(DevServerError::io("lock", &path)(error)),
        }
        if !told {
            tell(Progress::WaitingForOther);
            told = true;
        }
        if Instant::now() > end {
            return Err(DevServerError::Held { lock: path });
        }
        pause(Duration::from_millis(30))?;
    }
}

/// Looks at what there is. Returns the server if it can stay as it is; else sees to it that there is none.
fn take_over(
    places: &Places,
    wanted: &Wanted,
    tell: &mut dyn FnMut(Progress),
) -> Result<Option<Running>, DevServerError> {
    let mut observed = observe(places);
    if let Observed::Busy(file) = &observed {
        // It may be starting: somebody else's pg_ctl, or a start that was killed half-way.
        let pid = file.pid;
        if !file.ready {
            let end = Instant::now() + LONGEST_START;
            while matches!(&observed, Observed::Busy(file) if !file.ready) && Instant::now() < end {
                pause(Duration::from_millis(30))?;
                observed = observe(places);
            }
        }
        if matches!(observed, Observed::Busy(_)) {
            tell(Progress::Restarting { pid });
            let _stopped = stop(places)?;
            observed = observe(places);
        }
    }
    match observed {
        Observed::Running(file, socket) => {
            let server = describe(places, &file, socket);
            // A newer wish for an extension can be met by other programs of the same major version only.
            let enough = match &server.bin {
                Some(bin) => offers_all(bin, places.account, wanted)?,
                None => true,
            };
            if enough {
                if let Some(port) = wanted.port.filter(|port| *port != server.port) {
                    tell(Progress::OtherPort { running: server.port, wanted: port });
                }
                return Ok(Some(server));
            }
            // Before anything is stopped: are there better ones at all?
            discover(wanted)?;
            tell(Progress::Restarting { pid: server.pid });
            let _stopped = stop(places)?;
            Ok(None)
        }
        Observed::Busy(file) => Err(DevServerError::NotReady { pid: file.pid, log: places.log() }),
        Observed::Stale(file) => {
            tell(Progress::CleaningUp { pid: file.as_ref().map(|file| file.pid) });
            clean_up(places, file.as_ref())?;
            Ok(None)
        }
        Observed::Stopped => {
            clean_up(places, None)?;
            Ok(None)
        }
    }
}

/// Clears what a killed server left: processes that have not noticed yet, the socket with its lock file, and
/// `postmaster.pid` where its number now is that of a stranger or of a zombie. A new server would take either for a
/// living server and refuse to start.
fn clean_up(places: &Places, file: Option<&PidFile>) -> Result<(), DevServerError> {
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

fn start(
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
            Observed::Running(..) | Observed::Busy(_) => {}
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

/// Stops the server, politely first (SIGINT is PostgreSQL's fast shutdown, SIGQUIT its immediate one).
fn stop(places: &Places) -> Result<Stopped, DevServerError> {
    let data = places.data();
    let (Observed::Running(file, _) | Observed::Busy(file)) = observe(places) else {
        return Ok(Stopped { was_running: false });
    };
    let server = places.server(&data);
    for (signal, patience) in
        [(Signal::INT, LONGEST_STOP), (Signal::QUIT, LONGEST_STOP / 2), (Signal::KILL, LONGEST_STOP / 2)]
    {
        send(file.pid, signal);
        let end = Instant::now() + patience;
        while Instant::now() < end {
            if server.owner(file.pid) != Owner::Server {
                return Ok(Stopped { was_running: true });
            }
            pause(Duration::from_millis(10))?;
        }
    }
    Err(DevServerError::DoesNotStop { pid: file.pid, log: places.log() })
}

fn send(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        // It may have ended just now.
        rustix::process::kill_process(pid, signal).ok();
    }
}

fn pause(time: Duration) -> Result<(), DevServerError> {
    if sleep(time) { Ok(()) } else { Err(DevServerError::Interrupted) }
}

//! Bringing the server up and down, one process at a time.

use std::fs::{File, OpenOptions};
use std::time::{Duration, Instant};

use fs4::{FileExt, TryLockError};
use rustix::process::Signal;

use crate::devserver::cluster::{initialise, major_of_data, remove_data, remove_file, sweep};
use crate::devserver::discover::{discover, offers_all};
use crate::devserver::error::DevServerError;
use crate::devserver::observe::{Observed, describe, observe};
use crate::devserver::paths::Places;
use crate::devserver::process::{Owner, send};
use crate::devserver::recover::clean_up;
use crate::devserver::run::pause;
use crate::devserver::start::start;
use crate::devserver::{Progress, Removed, Running, Started, Stopped, Wanted};

/// How long another start or stop is waited for. A first start makes a data directory, which slow disks take long for.
const LONGEST_WAIT_FOR_OTHER: Duration = Duration::from_secs(180);
/// How long a server that is there is waited for until it takes connections.
const LONGEST_START: Duration = Duration::from_secs(120);
/// How long a server may take for an orderly end.
const LONGEST_STOP: Duration = Duration::from_secs(30);

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
/// Those of [`observe::status`](crate::devserver::observe::status); the server does not stop.
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
    // Orphans of a killed server would go on writing into what is removed.
    clean_up(&places, None)?;
    let existed = remove_data(&places)?;
    remove_file(&places.log())?;
    remove_file(&places.password())?;
    // Empty by now, if it is there at all; if it cannot go, it hurts nobody.
    std::fs::remove_dir(&places.socket_dir).ok();
    Ok(Removed { existed, data_dir: data })
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
            // `git clean` can take the data directory from under a running server, which notices within a minute.
            if !places.server(&places.data()).processes().is_empty() {
                tell(Progress::CleaningUp { pid: None });
            }
            clean_up(places, None)?;
            Ok(None)
        }
    }
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

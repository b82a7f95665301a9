//! What comes from outside and is no file, server or setting: the clock, randomness, signals.

use std::sync::Mutex;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;

static SIGNAL: AtomicI32 = AtomicI32::new(0);
static ON_SIGNAL: Mutex<Vec<Action>> = Mutex::new(Vec::new());

/// What is done when a signal comes, under the number of its guard.
type Action = (u64, Box<dyn Fn() + Send>);

/// Returns the time now, in UTC.
#[expect(clippy::disallowed_methods, reason = "this is the place where the clock comes in")]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// Returns random bytes from the operating system.
///
/// # Panics
/// When the operating system has no randomness to give, which leaves no safe way on.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if let Err(error) = getrandom::fill(&mut bytes) {
        panic!("bug: the operating system gives no randomness: {error}");
    }
    bytes
}

/// Returns the name of this machine, for the ledger.
pub(crate) fn host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// Returns whether there is a process of this number on this machine, whoever it belongs to.
pub(crate) fn is_process(pid: u32) -> bool {
    let pid = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw);
    pid.is_some_and(|pid| rustix::process::test_kill_process(pid) != Err(rustix::io::Errno::SRCH))
}

/// Returns a random duration between half of `longest` and `longest`: waiting processes spread out.
pub(crate) fn jitter(longest: Duration) -> Duration {
    let half = longest / 2;
    half + half.mul_f64(f64::from(u32::from_le_bytes(random())) / f64::from(u32::MAX))
}

/// The signal that asked the program to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Interrupt {
    /// Ctrl-C.
    Int,
    /// A polite kill, as container engines send.
    Term,
}

/// Starts listening for SIGINT and SIGTERM. A second signal while the first is worked on ends the process at once.
pub(crate) fn listen_for_signals() -> std::io::Result<()> {
    use signal_hook::consts::{SIGINT, SIGTERM};
    for signal in [SIGINT, SIGTERM] {
        let twice = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        // The order matters: the second signal finds the flag set and ends the process; the first only sets it.
        signal_hook::flag::register_conditional_shutdown(signal, 128 + signal, std::sync::Arc::clone(&twice))?;
        signal_hook::flag::register(signal, twice)?;
    }
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM])?;
    std::thread::Builder::new().name("signals".into()).spawn(move || {
        for signal in signals.forever() {
            SIGNAL.store(signal, Ordering::SeqCst);
            if let Ok(actions) = ON_SIGNAL.lock() {
                for (_, action) in actions.iter() {
                    action();
                }
            }
        }
    })?;
    Ok(())
}

/// Returns the signal that has come, if one has.
pub(crate) fn interrupted() -> Option<Interrupt> {
    match SIGNAL.load(Ordering::SeqCst) {
        signal_hook::consts::SIGINT => Some(Interrupt::Int),
        signal_hook::consts::SIGTERM => Some(Interrupt::Term),
        _ => None,
    }
}

/// Runs `action` when a signal comes, as long as the returned guard lives. The action runs on another thread and must
/// not wait long.
#[must_use]
pub(crate) fn on_signal(action: impl Fn() + Send + 'static) -> SignalGuard {
    let id = u64::from_le_bytes(random());
    if let Ok(mut actions) = ON_SIGNAL.lock() {
        actions.push((id, Box::new(action)));
    }
    SignalGuard { id }
}

/// Takes the action of [`on_signal`] away when it goes.
#[derive(Debug)]
pub(crate) struct SignalGuard {
    id: u64,
}

impl Drop for SignalGuard {
    fn drop(&mut self) {
        if let Ok(mut actions) = ON_SIGNAL.lock() {
            actions.retain(|(id, _)| *id != self.id);
        }
    }
}

/// Sleeps, but no longer than until a signal comes. Returns whether the whole time passed.
pub(crate) fn sleep(time: Duration) -> bool {
    let end = Instant::now() + time;
    loop {
        if interrupted().is_some() {
            return false;
        }
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return true;
        }
        std::thread::sleep(left.min(Duration::from_millis(50)));
    }
}

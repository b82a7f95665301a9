//! Looks, from a connection of its own, whom a long statement waits for.

use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::pg::session::Session;
use crate::text::fill::fill;

/// A session that stands in the way of a statement of ours.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Blocker {
    /// Its process id.
    pub(crate) pid: i32,
    role: Option<String>,
    application: Option<String>,
    state: Option<String>,
    seconds: Option<i64>,
    query: Option<String>,
}

impl std::fmt::Display for Blocker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "pid {}", self.pid)?;
        for part in [&self.role, &self.application].into_iter().flatten().filter(|part| !part.is_empty()) {
            write!(f, ", {part}")?;
        }
        if let (Some(state), Some(seconds)) = (&self.state, self.seconds) {
            write!(f, ", {state}, its transaction is {seconds} s old")?;
        }
        if let Some(query) = self.query.as_deref().filter(|query| !query.is_empty()) {
            write!(f, ": {query}")?;
        }
        Ok(())
    }
}

/// A statement that runs so long is looked at: before the shortest `lock_timeout` that we set ends it.
const LONG: Duration = Duration::from_millis(700);
/// How often.
const POLL: Duration = Duration::from_millis(250);

/// How long the end of the watching thread is waited for.
const GOODBYE: Duration = Duration::from_millis(500);

/// What the watching thread and the run share.
#[derive(Default)]
struct Shared {
    backend: AtomicI32,
    since: Mutex<Option<Instant>>,
    ended: Mutex<bool>,
}

/// A thread that looks whom a statement waits for, once it has run for a moment. It ends with this value.
pub(crate) struct Watch {
    shared: Arc<Shared>,
    thread: Option<std::thread::JoinHandle<()>>,
}

/// While it lives, a statement runs.
pub(crate) struct Watched<'a>(&'a Shared);

impl Drop for Watched<'_> {
    fn drop(&mut self) {
        if let Ok(mut since) = self.0.since.lock() {
            *since = None;
        }
    }
}

impl Watch {
    /// Watches nothing: for runs of which nobody reads the progress.
    pub(crate) fn off() -> Self {
        Self { shared: Arc::default(), thread: None }
    }

    /// Starts watching. `connect` is asked for a connection when one is needed, `tell` hears who is waited for: an empty
    /// list when nobody is any more.
    pub(crate) fn start(
        connect: impl Fn() -> Option<Session> + Send + 'static,
        tell: impl Fn(&[Blocker]) + Send + 'static,
    ) -> Self {
        let shared = Arc::<Shared>::default();
        let seen = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("watch".into()).spawn(move || look(&seen, &connect, &tell)).ok();
        Self { shared, thread }
    }

    /// Returns whether anything is watched.
    pub(crate) fn is_on(&self) -> bool {
        self.thread.is_some()
    }

    /// Says which backend runs our statements.
    pub(crate) fn backend(&self, pid: i32) {
        self.shared.backend.store(pid, Ordering::Relaxed);
    }

    /// Says that a statement runs, as long as the returned value lives.
    pub(crate) fn statement(&self) -> Watched<'_> {
        if let Ok(mut since) = self.shared.since.lock() {
            *since = Some(Instant::now());
        }
        Watched(&self.shared)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Ok(mut ended) = self.shared.ended.lock() {
            *ended = true;
        }
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // One that hangs, in a pooler that has no session left, is not waited for: nothing depends on it.
            let end = Instant::now() + GOODBYE;
            while !thread.is_finished() && Instant::now() < end {
                std::thread::park_timeout(Duration::from_millis(1));
            }
        }
    }
}

fn look(shared: &Shared, connect: &dyn Fn() -> Option<Session>, tell: &dyn Fn(&[Blocker])) {
    let mut session: Option<Session> = None;
    let mut last: Vec<i32> = Vec::new();
    loop {
        std::thread::park_timeout(POLL);
        if shared.ended.lock().is_ok_and(|ended| *ended) {
            return;
        }
        let long = shared.since.lock().is_ok_and(|since| since.is_some_and(|since| since.elapsed() >= LONG));
        let blockers =
            if long { blockers(&mut session, connect, shared.backend.load(Ordering::Relaxed)) } else { Vec::new() };
        let pids: Vec<i32> = blockers.iter().map(|blocker| blocker.pid).collect();
        if pids != last {
            tell(&blockers);
            last = pids;
        }
        if !long {
            session = None;
        }
    }
}

fn blockers(session: &mut Option<Session>, connect: &dyn Fn() -> Option<Session>, backend: i32) -> Vec<Blocker> {
    if session.is_none() {
        *session = connect();
    }
    let Some(open) = session else { return Vec::new() };
    let question = fill(include_str!("../../sql/state/blockers.sql"), &[("$1", &backend)]);
    match open.rows(&format!("SET LOCAL statement_timeout = '5s';\n{question}")) {
        Ok(rows) => rows.into_iter().flatten().flatten().filter_map(|text| serde_json::from_str(&text).ok()).collect(),
        Err(_) => {
            *session = None;
            Vec::new()
        }
    }
}

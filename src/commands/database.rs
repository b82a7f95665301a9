//! Which database a command works on, and connecting to it.

use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::commands::{Context, Failure};
use crate::devserver::{Environment, Wanted, dsn, observe};
use crate::pg::connect::{ConnectError, Options, Wants, connect, wait};
use crate::pg::session::{Notices, Session};
use crate::report::diagnostic::{Diagnostic, Exit};
use crate::settings::target::Target;
use crate::text::dsn::Dsn;
use crate::text::mask::mask_report;
use crate::text::nearest::nearest;
use crate::world::{self, Interrupt};

/// What `pg_stat_activity` shows of the session that works.
const WORK: &str = "pgkeel";
/// What it shows of the connection that holds the lock.
const LOCK: &str = "pgkeel lock";
/// What it shows of the connection that looks whom a statement waits for.
const WATCH: &str = "pgkeel watch";

/// Returns what the development server of this project shall be.
pub(crate) fn dev_server(cx: &Context) -> Wanted {
    let settings = &cx.settings;
    Wanted {
        root: settings.root.clone(),
        postgres_bin: settings.postgres_bin.clone(),
        extensions: settings.extensions.iter().filter(|it| !it.optional).map(|it| it.name.clone()).collect(),
        major: None,
        port: settings.dev_port,
        cache: Some(settings.cache_dir.clone()),
        environment: Environment {
            path: settings.environment.path.clone(),
            home: settings.environment.home.clone(),
            xdg_cache_home: settings.environment.xdg_cache_home.clone(),
        },
    }
}

/// Returns where the database is.
///
/// # Errors
/// No layer names one and the environment is not development, or the private server does not run.
pub(crate) fn target(cx: &Context) -> Result<Dsn, Failure> {
    match &cx.settings.target {
        Target::Url { dsn, .. } => Ok(dsn.clone()),
        Target::DevServer => Ok(dsn(&observe::running(&dev_server(cx))?, &cx.settings.database_name)),
        Target::Missing => Err(cx.settings.no_target().into()),
    }
}

/// Returns where databases are created: by DATABASE_ADMIN_URL, else on the same server with the same role.
pub(crate) fn admin(cx: &Context, target: &Dsn) -> Dsn {
    cx.settings.admin.clone().unwrap_or_else(|| target.clone())
}

/// Connects once for a reading command, waiting for no server.
///
/// # Errors
/// As [`crate::pg::connect::connect`]; a database that does not exist comes back as `Ok(None)`.
pub(crate) fn look(cx: &Context, dsn: &Dsn) -> Result<Option<Session>, Failure> {
    let options = Options { wants: Wants::Any, ..options(cx, WORK) };
    match wait(dsn, &options, Duration::ZERO, &mut |_| ()) {
        Ok(session) => Ok(Some(session)),
        Err(ConnectError::NoDatabase { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Connects, waiting for a usable server as long as the settings say. A database that does not exist is `Ok(None)`.
///
/// # Errors
/// As [`wait`].
pub(crate) fn work(cx: &Context, dsn: &Dsn) -> Result<Option<Session>, Failure> {
    match patiently(cx, dsn) {
        Ok(session) => Ok(Some(session.cancelled_by_signals())),
        Err(ConnectError::NoDatabase { .. }) => Ok(None),
        Err(error) => Err(interrupted().unwrap_or_else(|| error.into())),
    }
}

/// A connection that is being made on another thread.
pub(crate) struct Connecting(Option<Attempt>);

/// Begins to connect: a server takes longer to start a session than all else takes before it is needed. What goes wrong
/// is left to [`Connecting::work`].
pub(crate) fn connect_ahead(cx: &Context) -> Connecting {
    let Ok(dsn) = target(cx) else { return Connecting(None) };
    Connecting(Attempt::begin(cx, &dsn, Duration::ZERO))
}

impl Connecting {
    /// Returns the connection; where it was not got at once, or has been taken, this is [`work`].
    ///
    /// # Errors
    /// As [`work`].
    pub(crate) fn work(&mut self, cx: &Context, dsn: &Dsn) -> Result<Option<Session>, Failure> {
        match self.0.take().map(|attempt| attempt.end(cx)) {
            Some(Ok(session)) => Ok(Some(session.cancelled_by_signals())),
            Some(Err(ConnectError::NoDatabase { .. })) => Ok(None),
            Some(Err(_)) | None => match interrupted() {
                Some(signal) => Err(signal),
                None => work(cx, dsn),
            },
        }
    }
}

/// Waits for a connection as long as the settings say.
fn patiently(cx: &Context, dsn: &Dsn) -> Result<Session, ConnectError> {
    match Attempt::begin(cx, dsn, cx.settings.wait) {
        Some(attempt) => attempt.end(cx),
        None => wait(dsn, &options(cx, WORK), cx.settings.wait, &mut |_| ()),
    }
}

/// The making of a connection on another thread, so that a signal ends it at once: an attempt to reach a host that does
/// not answer takes as long as the network lets it.
struct Attempt {
    told: Receiver<Told>,
    thread: JoinHandle<()>,
}

enum Told {
    Failed(ConnectError),
    Ended(Box<Result<Session, ConnectError>>),
}

impl Attempt {
    /// Begins; none where there can be no thread.
    fn begin(cx: &Context, dsn: &Dsn, longest: Duration) -> Option<Self> {
        let (tell, told) = channel();
        let (dsn, options) = (dsn.clone(), options(cx, WORK));
        let attempt = move || {
            // Where nobody listens any more, the program is about to end.
            let outcome = wait(&dsn, &options, longest, &mut |error| drop(tell.send(Told::Failed(error.clone()))));
            tell.send(Told::Ended(Box::new(outcome))).ok();
        };
        let thread = std::thread::Builder::new().name("connect".into()).spawn(attempt).ok()?;
        Some(Self { told, thread })
    }

    /// Returns how it ends. Each phase of the waiting (nobody listens, the server starts up, no connection is left) is
    /// told once.
    fn end(self, cx: &Context) -> Result<Session, ConnectError> {
        let mut phase = String::new();
        loop {
            match self.told.recv_timeout(Duration::from_millis(50)) {
                Ok(Told::Ended(outcome)) => return *outcome,
                Ok(Told::Failed(error)) => {
                    let now = reason(&error);
                    if now != phase {
                        cx.report.talk(&format!("waiting: {now}"));
                        phase = now;
                    }
                }
                Err(RecvTimeoutError::Timeout) if world::interrupted().is_none() => (),
                Err(RecvTimeoutError::Timeout) => return Err(ConnectError::Interrupted),
                Err(RecvTimeoutError::Disconnected) => match self.thread.join() {
                    Ok(()) => return Err(ConnectError::Interrupted),
                    Err(panic) => std::panic::resume_unwind(panic),
                },
            }
        }
    }
}

/// Returns what keeps a connection from coming about, with its reason.
fn reason(error: &ConnectError) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

/// Connects for the lock, once. A server that has no connection left, or does not take connections now, is no error but
/// `Ok(None)`: the caller waits for it.
///
/// # Errors
/// As [`crate::pg::connect::connect`].
pub(crate) fn lock(cx: &Context, dsn: &Dsn) -> Result<Option<Session>, Failure> {
    match connect(dsn, &options(cx, LOCK)) {
        Ok(session) => Ok(Some(session)),
        Err(error) if error.may_pass() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Connects for looking whom a statement waits for; nothing depends on it.
pub(crate) fn watch(dsn: &Dsn, timeout: Duration) -> Option<Session> {
    connect(dsn, &Options { application_name: WATCH, timeout, wants: Wants::Any, notices: Notices::silent() }).ok()
}

/// Connects to a database of the server that is always there, for looking at and creating databases.
///
/// # Errors
/// As [`wait`], for the last of the databases tried.
pub(crate) fn maintenance(cx: &Context, target: &Dsn) -> Result<Session, Failure> {
    let admin = admin(cx, target);
    let named = cx.settings.admin.as_ref().and_then(|admin| admin.dbname.clone());
    let candidates: Vec<String> = match named {
        Some(name) if Some(&name) != target.dbname.as_ref() => vec![name],
        _ => vec!["postgres".to_owned(), "template1".to_owned()],
    };
    let mut last = None;
    for dbname in candidates {
        let dsn = Dsn { dbname: Some(dbname), ..admin.clone() };
        match patiently(cx, &dsn) {
            Ok(session) => return Ok(session.cancelled_by_signals()),
            Err(error @ ConnectError::NoDatabase { .. }) => last = Some(error),
            Err(error) => return Err(interrupted().unwrap_or_else(|| error.into())),
        }
    }
    match last {
        Some(error) => Err(error.into()),
        None => Err(Diagnostic::new("connection", Exit::Connection, "no database of the server can be connected to")
            .help("set DATABASE_ADMIN_URL to a database that exists")
            .into()),
    }
}

/// Says that the database does not exist, with the existing names that are like it.
pub(crate) fn absent(cx: &Context, dsn: &Dsn) -> Failure {
    let name = dsn.dbname.clone().unwrap_or_default();
    let place = crate::pg::connect::place(dsn);
    let mut diagnostic =
        Diagnostic::new("absent", Exit::Refused, format!("the database `{name}` does not exist on {place}"));
    for near in near(cx, dsn) {
        diagnostic = diagnostic.note(format!("there is a database `{near}`"));
    }
    diagnostic
        .help("if the name is right, create it: `pgkeel bootstrap`, or `pgkeel up --create`")
        .help("`pgkeel config` shows where the name comes from")
        .into()
}

/// Returns the names of existing databases that are like the one that is wanted, as far as the server tells.
pub(crate) fn near(cx: &Context, dsn: &Dsn) -> Vec<String> {
    let wanted = dsn.dbname.clone().unwrap_or_default();
    let admin = Dsn { dbname: Some("postgres".to_owned()), ..admin(cx, dsn) };
    let Ok(mut session) = connect(&admin, &options(cx, WORK)) else { return Vec::new() };
    let names = crate::pg::bootstrap::databases(&mut session).unwrap_or_default();
    nearest(&wanted, names.iter().map(String::as_str)).map(str::to_owned).into_iter().collect()
}

/// Returns the failure of a signal that has come.
pub(crate) fn interrupted() -> Option<Failure> {
    let (exit, word) = match world::interrupted()? {
        Interrupt::Int => (Exit::Interrupted, "interrupted"),
        Interrupt::Term => (Exit::Terminated, "terminated"),
    };
    Some(Diagnostic::new("interrupted", exit, word).note("nothing was begun").help("run the command again").into())
}

fn options<'a>(cx: &Context, application_name: &'a str) -> Options<'a> {
    let progress = cx.report.progress();
    let notices = Notices::told(move |notice| progress.line(&mask_report(notice)));
    Options { application_name, timeout: cx.settings.connect_timeout, wants: Wants::Primary, notices }
}

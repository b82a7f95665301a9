//! Connecting: one attempt at each place that the connection names, and waiting for a usable server.

use std::net::{IpAddr, ToSocketAddrs};
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use postgres::config::SslNegotiation;
use postgres::{Client, Config, NoTls};

use crate::pg::connect_error::{Trouble, classify};
use crate::pg::error::SqlError;
use crate::pg::params::{Params, SessionKind, SslMode};
use crate::pg::session::{Notices, Session};
use crate::pg::tls::Tls;
use crate::text::dsn::Dsn;
use crate::world;

pub(crate) use crate::pg::connect_error::ConnectError;

/// What a command wants of the server that it connects to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wants {
    /// Where several hosts are named, the one that takes writes; a standby if there is no other.
    Primary,
    /// Whichever answers first.
    Any,
}

/// How to connect.
pub(crate) struct Options<'a> {
    /// What `pg_stat_activity` shows.
    pub(crate) application_name: &'a str,
    /// The longest time for one attempt at one place: name, socket, TLS and login together.
    pub(crate) timeout: Duration,
    /// What is wanted of the server.
    pub(crate) wants: Wants,
    /// Hears the server's notices.
    pub(crate) notices: Arc<Notices>,
}

/// A fresh connection.
pub(crate) struct Connected {
    /// The driver's.
    pub(crate) client: Client,
    /// How it speaks TLS; none where it does not.
    pub(crate) tls: Option<Tls>,
    /// The connection narrowed to the server that was reached: a further one goes to the same.
    pub(crate) reached: Dsn,
    /// How long to wait for what may never come.
    pub(crate) patience: Duration,
}

/// A place to connect to: one socket, or one address.
#[derive(Clone, Debug)]
struct Place {
    host: String,
    port: u16,
    /// None for a unix socket.
    address: Option<IpAddr>,
}

impl Place {
    fn shown(&self) -> String {
        shown(&self.host, Some(self.port))
    }
}

/// Connects once to each place until one is right.
///
/// # Errors
/// See [`ConnectError`].
pub(crate) fn connect(dsn: &Dsn, options: &Options<'_>) -> Result<Session, ConnectError> {
    let params = Params::of(dsn)?;
    let tls = Tls::new(params.tls.clone());
    let (wanted, or_else_any) = wanted_session(&params, dsn, options.wants);
    let mut second_best = None;
    let mut failed: Vec<(String, ConnectError)> = Vec::new();
    for place in places(dsn, &params, options.timeout, &mut failed)? {
        let mut connected = match attempt(dsn, &params, &tls, &place, options) {
            Ok(connected) => connected,
            // As with libpq, the next host is tried where this one does not take connections, and not where it refuses.
            Err(error) if error.may_pass() => {
                failed.push((place.shown(), error));
                continue;
            }
            Err(error) => return Err(error),
        };
        match fits(&mut connected.client, wanted) {
            Ok(true) => return Ok(Session::new(connected, Arc::clone(&options.notices))),
            Ok(false) => {
                let (place, wanted) = (place.shown(), name_of(wanted));
                failed.push((place.clone(), ConnectError::OtherKind { place, wanted }));
                second_best.get_or_insert(connected);
            }
            Err(error) => failed.push((place.shown(), classify(&place.shown(), dsn, Trouble::Server(error)))),
        }
    }
    match second_best {
        Some(connected) if or_else_any => Ok(Session::new(connected, Arc::clone(&options.notices))),
        _ => Err(ConnectError::all(failed)),
    }
}

/// Connects, trying again until the server is usable or `longest` has passed. `tell` hears of each failed attempt.
///
/// # Errors
/// At once what waiting cannot mend (a refused login, a missing database); else the last error.
pub(crate) fn wait(
    dsn: &Dsn,
    options: &Options<'_>,
    longest: Duration,
    tell: &mut dyn FnMut(&ConnectError),
) -> Result<Session, ConnectError> {
    let end = Instant::now() + longest;
    let mut pause = Duration::from_millis(100);
    loop {
        let error = match connect(dsn, options) {
            Ok(session) => return Ok(session),
            Err(error) if error.may_pass() && Instant::now() + pause < end => error,
            Err(error) => return Err(error),
        };
        tell(&error);
        if !world::sleep(world::jitter(pause)) {
            return Err(ConnectError::Interrupted);
        }
        pause = (pause * 2).min(Duration::from_secs(1));
    }
}

/// Returns where a server is, for people: `host:port` or the file of the socket, without role and password.
pub(crate) fn place(dsn: &Dsn) -> String {
    let hosts: Vec<String> = dsn.hosts.iter().map(|(host, port)| shown(host, *port)).collect();
    if hosts.is_empty() { "localhost:5432".to_owned() } else { hosts.join(",") }
}

fn shown(host: &str, port: Option<u16>) -> String {
    let port = port.unwrap_or(5432);
    match host {
        "" => format!("localhost:{port}"),
        directory if directory.starts_with('/') => format!("{directory}/.s.PGSQL.{port}"),
        address if address.contains(':') => format!("[{address}]:{port}"),
        host => format!("{host}:{port}"),
    }
}

/// Says which kind of session is wanted, and whether another one is better than none. A single host is not asked unless
/// the URL says so: what it is, is read with the state anyway.
fn wanted_session(params: &Params, dsn: &Dsn, wants: Wants) -> (SessionKind, bool) {
    let several = dsn.hosts.len() > 1;
    match (params.session, wants) {
        (None | Some(SessionKind::Any | SessionKind::PreferStandby), Wants::Primary) if several => {
            (SessionKind::Primary, true)
        }
        (None | Some(SessionKind::Any), _) | (Some(SessionKind::PreferStandby), Wants::Primary) => {
            (SessionKind::Any, true)
        }
        (Some(SessionKind::PreferStandby), Wants::Any) => (SessionKind::Standby, true),
        (Some(kind), _) => (kind, false),
    }
}

fn name_of(kind: SessionKind) -> &'static str {
    match kind {
        SessionKind::Any => "server",
        SessionKind::ReadWrite => "server that takes writes",
        SessionKind::ReadOnly => "server that takes no writes",
        SessionKind::Primary => "primary",
        SessionKind::Standby | SessionKind::PreferStandby => "standby",
    }
}

fn fits(client: &mut Client, wanted: SessionKind) -> Result<bool, postgres::Error> {
    if wanted == SessionKind::Any {
        return Ok(true);
    }
    let mut answer = (false, false);
    for message in client.simple_query(include_str!("../../sql/state/kind.sql"))? {
        if let postgres::SimpleQueryMessage::Row(row) = message {
            answer = (row.get(0) == Some("t"), row.get(1) == Some("t"));
        }
    }
    let (standby, read_only) = answer;
    Ok(match wanted {
        SessionKind::Any => true,
        SessionKind::ReadWrite => !standby && !read_only,
        SessionKind::ReadOnly => standby || read_only,
        SessionKind::Primary => !standby,
        SessionKind::Standby | SessionKind::PreferStandby => standby,
    })
}

/// Lists the places in the order in which they are tried. A name that is not known is no place, and `failed` says why.
fn places(
    dsn: &Dsn,
    params: &Params,
    timeout: Duration,
    failed: &mut Vec<(String, ConnectError)>,
) -> Result<Vec<Place>, ConnectError> {
    let default = [(String::new(), None)];
    let hosts = if dsn.hosts.is_empty() { &default[..] } else { &dsn.hosts[..] };
    let (given, named) = (params.addresses.len(), hosts.len());
    if given > 0 && given != named {
        return Err(ConnectError::Addresses { given, named });
    }
    let mut places = Vec::new();
    for (index, (host, port)) in hosts.iter().enumerate() {
        let port = port.unwrap_or(5432);
        let address = params.addresses.get(index).copied();
        let host = match (host.as_str(), address) {
            ("", Some(address)) => address.to_string(),
            ("", None) => "localhost".to_owned(),
            (host, _) => host.to_owned(),
        };
        if host.starts_with('/') && address.is_none() {
            places.push(Place { host, port, address: None });
            continue;
        }
        match address.map_or_else(|| addresses(&host, port, timeout), |address| Ok(vec![address])) {
            Ok(found) => {
                places.extend(found.into_iter().map(|it| Place { host: host.clone(), port, address: Some(it) }));
            }
            Err(trouble) => {
                let place = shown(&host, Some(port));
                let error = classify(&place, dsn, trouble);
                if error.may_pass() {
                    failed.push((place, error));
                } else {
                    return Err(error);
                }
            }
        }
    }
    if params.shuffled {
        // As libpq does it: every host as likely as another.
        for last in (1..places.len()).rev() {
            let number = usize::try_from(u32::from_le_bytes(world::random())).unwrap_or_default();
            places.swap(last, number % (last + 1));
        }
    }
    Ok(places)
}

fn addresses(host: &str, port: u16, timeout: Duration) -> Result<Vec<IpAddr>, Trouble> {
    if let Ok(address) = host.parse() {
        return Ok(vec![address]);
    }
    let name = host.to_owned();
    let found = in_time(timeout, move || (name.as_str(), port).to_socket_addrs().map(Vec::from_iter))?;
    let found = found.map_err(|error| Trouble::Name(error.to_string()))?;
    let mut addresses: Vec<IpAddr> = Vec::new();
    for address in found.iter().map(std::net::SocketAddr::ip) {
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    Ok(addresses)
}

/// Tries one place: with TLS, without, or one after the other, as `sslmode` says.
fn attempt(
    dsn: &Dsn,
    params: &Params,
    tls: &Tls,
    place: &Place,
    options: &Options<'_>,
) -> Result<Connected, ConnectError> {
    // TLS settings do not count on unix sockets, as with libpq.
    let mode = if place.address.is_none() { SslMode::Disable } else { params.tls.mode };
    if mode >= SslMode::Require {
        tls.check().map_err(|error| ConnectError::TlsFiles { error })?;
    }
    let try_once = |secured: Option<postgres::config::SslMode>| {
        let config = config(dsn, params, place, options, secured);
        let (own, to_hand_over) = (secured.map(|_| tls.clone()), tls.clone());
        let client = in_time(options.timeout, move || match secured {
            Some(_) => config.connect(to_hand_over),
            None => config.connect(NoTls),
        });
        match client {
            Ok(Ok(client)) => {
                Ok(Connected { client, tls: own, reached: narrowed(dsn, place), patience: options.timeout })
            }
            Ok(Err(error)) => Err(Trouble::Server(error)),
            Err(trouble) => Err(trouble),
        }
    };
    let outcome = match mode {
        SslMode::Disable => try_once(None),
        SslMode::Allow => match try_once(None) {
            Err(trouble) if trouble.is_about_encryption() => try_once(Some(postgres::config::SslMode::Require)),
            outcome => outcome,
        },
        SslMode::Prefer => match try_once(Some(postgres::config::SslMode::Prefer)) {
            Err(trouble) if trouble.is_tls() || trouble.is_about_encryption() => {
                // Where plain text fails, too, the first failure says more.
                try_once(None).map_err(|second| if second.is_about_encryption() { trouble } else { second })
            }
            outcome => outcome,
        },
        SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull => {
            try_once(Some(postgres::config::SslMode::Require))
        }
    };
    outcome.map_err(|trouble| classify(&place.shown(), dsn, trouble))
}

/// Does something that may hang on another thread, and waits for it no longer than `timeout`, or until a signal comes.
pub(super) fn in_time<T: Send + 'static>(
    timeout: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Trouble> {
    let (send, receive) = channel();
    let spawned = std::thread::Builder::new().name("connect".into()).spawn(move || {
        // Nobody listens any more when it was too late; what came of it goes.
        send.send(work()).ok();
    });
    spawned.map_err(|error| Trouble::Name(error.to_string()))?;
    let end = Instant::now() + timeout;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        match receive.recv_timeout(left.min(Duration::from_millis(50))) {
            Ok(done) => return Ok(done),
            Err(RecvTimeoutError::Disconnected) => return Err(Trouble::Name("the attempt ended early".to_owned())),
            Err(RecvTimeoutError::Timeout) if world::interrupted().is_some() => return Err(Trouble::Interrupted),
            Err(RecvTimeoutError::Timeout) if left.is_zero() => return Err(Trouble::Late(timeout)),
            Err(RecvTimeoutError::Timeout) => (),
        }
    }
}

fn narrowed(dsn: &Dsn, place: &Place) -> Dsn {
    let mut reached = dsn.clone();
    reached.hosts = vec![(place.host.clone(), Some(place.port))];
    reached.params.retain(|(name, _)| !matches!(name.as_str(), "hostaddr" | "target_session_attrs"));
    reached.params.extend(place.address.map(|address| ("hostaddr".to_owned(), address.to_string())));
    reached
}

fn config(
    dsn: &Dsn,
    params: &Params,
    place: &Place,
    options: &Options<'_>,
    secured: Option<postgres::config::SslMode>,
) -> Config {
    let mut config = Config::new();
    config.application_name(options.application_name).connect_timeout(options.timeout).port(place.port);
    match place.address {
        Some(address) => config.host(&place.host).hostaddr(address),
        None => config.host_path(&place.host),
    };
    let notices = Arc::clone(&options.notices);
    config.notice_callback(move |notice| notices.hear(notice.severity(), &SqlError::from(&notice)));
    config.ssl_mode(secured.unwrap_or(postgres::config::SslMode::Disable));
    if params.tls.direct && secured.is_some() {
        config.ssl_negotiation(SslNegotiation::Direct);
    }
    config.channel_binding(params.channel_binding).keepalives(params.keepalives);
    if let Some(idle) = params.keepalives_idle {
        config.keepalives_idle(idle);
    }
    if let Some(interval) = params.keepalives_interval {
        config.keepalives_interval(interval);
    }
    if let Some(count) = params.keepalives_count {
        config.keepalives_retries(count);
    }
    if let Some(timeout) = params.tcp_user_timeout {
        config.tcp_user_timeout(timeout);
    }
    if let Some(options) = &params.options {
        config.options(options);
    }
    if let Some(dbname) = &dsn.dbname {
        config.dbname(dbname);
    }
    if let Some(user) = &dsn.user {
        config.user(user);
    }
    if let Some(password) = dsn.password_at(&place.host, place.port) {
        config.password(password.expose());
    }
    config
}

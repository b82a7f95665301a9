//! Leftovers of runs that were killed.

use serde::{Deserialize, Serialize};

use crate::pg::error::SqlError;
use crate::pg::session::Session;
use crate::shadow::place::Kind;
use crate::shadow::{CACHE, SCRATCH, roles};
use crate::text::ident::Ident;
use crate::text::literal::Literal;
use crate::world;

/// How old a leftover has to be whose process is gone: containers may share a host name, and not their processes.
const GONE: i64 = 30;
/// How old one has to be of which that cannot be told.
const ABANDONED: i64 = 10 * 60;

/// What the comment on a database of ours says; by this alone, and its name, it is known as ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Marker {
    /// `shadow`, `cache` for a finished state, `role` for a role that a shadow has made.
    pub(super) pgkeel: String,
    /// The machine that made it.
    pub(super) host: String,
    /// The process that made it.
    pub(super) pid: u32,
    /// When it was made, in seconds since 1970.
    pub(super) made: i64,
    /// When it was last used.
    pub(super) used: i64,
}

impl Marker {
    /// Marks what this process makes now.
    pub(super) fn now(what: &str) -> Self {
        let now = world::now().as_second();
        let pid = std::process::id();
        Self { pgkeel: what.to_owned(), host: world::host_name(), pid, made: now, used: now }
    }

    /// Reads a comment.
    pub(super) fn read(comment: Option<&str>) -> Option<Self> {
        serde_json::from_str(comment?).ok()
    }

    /// Returns the comment.
    pub(super) fn text(&self) -> String {
        serde_json::json!(self).to_string()
    }
}

/// A database of ours.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Found {
    pub(super) name: String,
    pub(super) comment: Option<String>,
    pub(super) template: bool,
    pub(super) busy: bool,
}

/// Lists the databases of ours.
///
/// # Errors
/// The server's.
pub(super) fn databases(admin: &mut Session) -> Result<Vec<Found>, SqlError> {
    admin.json(include_str!("../../sql/shadow/databases.sql"))
}

/// Drops what killed runs have left: scratch databases, and on a private server states that were never finished. What
/// cannot be dropped stays: another run may be at it.
///
/// # Errors
/// The server's, when it is asked what there is.
pub(super) fn sweep(admin: &mut Session, kind: Kind) -> Result<(), SqlError> {
    let (now, host) = (world::now().as_second(), world::host_name());
    for found in databases(admin)? {
        let Some(marker) = Marker::read(found.comment.as_deref()) else {
            if found.comment.is_none() && is_scratch_name(&found.name) {
                claim(admin, &found.name, now);
            }
            continue;
        };
        let unfinished = kind == Kind::Private && found.name.starts_with(CACHE) && !found.template;
        if (found.name.starts_with(SCRATCH) || unfinished) && is_left(&found, &marker, now, &host) {
            drop_unused(admin, &found);
        }
    }
    if kind == Kind::Private { roles::sweep(admin, now, &host) } else { Ok(()) }
}

/// Returns whether a name is one that scratch databases are given: random digits, a process, a number.
fn is_scratch_name(name: &str) -> bool {
    let Some(rest) = name.strip_prefix(SCRATCH) else { return false };
    let parts: Vec<&str> = rest.split('_').collect();
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    matches!(parts.as_slice(), [random, process, number]
        if random.len() == 8 && random.bytes().all(|byte| byte.is_ascii_hexdigit())
            && is_number(process) && is_number(number))
}

/// Marks a database that nobody has marked: who made it was killed meanwhile, or is about to do so himself. From now on it
/// ages.
fn claim(admin: &mut Session, name: &str, now: i64) {
    let marker = Marker { pgkeel: "shadow".to_owned(), host: String::new(), pid: 0, made: now, used: now };
    if let Ok(name) = Ident::parse(name) {
        admin.run(&format!("COMMENT ON DATABASE {name} IS {}", Literal(&marker.text()))).ok();
    }
}

/// Drops a database that nobody is connected to; without FORCE, the server itself sees to that.
pub(super) fn drop_unused(admin: &mut Session, found: &Found) {
    let Ok(name) = Ident::parse(&found.name) else { return };
    if found.template && admin.run(&format!("ALTER DATABASE {name} IS_TEMPLATE false")).is_err() {
        return;
    }
    admin.run(&format!("DROP DATABASE IF EXISTS {name}")).ok();
}

fn is_left(found: &Found, marker: &Marker, now: i64, host: &str) -> bool {
    !found.busy && is_abandoned(marker, now, host)
}

/// Returns whether the run that made something is over, as far as that can be told.
pub(super) fn is_abandoned(marker: &Marker, now: i64, host: &str) -> bool {
    let age = now - marker.made;
    age > ABANDONED || age > GONE && marker.host == host && !world::is_process(marker.pid)
}

#[cfg(test)]
mod tests {
    use super::{Found, Marker, is_left, is_scratch_name};

    #[test]
    fn scratch_databases_are_known_by_their_names_too() {
        assert!(is_scratch_name("pgkeel_shadow_0ad3208f_30650_1"));
        for other in
            ["pgkeel_shadow_mine", "pgkeel_shadow_0ad3208f_30650", "pgkeel_shadow_0ad3208f_x_1", "my_0ad3208f_1_1"]
        {
            assert!(!is_scratch_name(other), "{other}");
        }
    }

    #[test]
    fn only_what_nobody_can_be_at_is_left() {
        let marker = Marker { pgkeel: "shadow".into(), host: "h".into(), pid: u32::MAX / 4, made: 1000, used: 1000 };
        let mut found =
            Found { name: "pgkeel_shadow_x".into(), comment: Some(marker.text()), template: false, busy: false };
        assert_eq!(Marker::read(found.comment.as_deref()), Some(marker.clone()));
        assert!(!is_left(&found, &marker, 1010, "h"), "too young");
        assert!(is_left(&found, &marker, 1040, "h"), "its process is gone");
        assert!(!is_left(&found, &marker, 1040, "other"), "of another machine");
        assert!(is_left(&found, &marker, 1700, "other"));
        let alive = Marker { pid: std::process::id(), ..marker.clone() };
        assert!(!is_left(&found, &alive, 1040, "h"), "its process lives");
        found.busy = true;
        assert!(!is_left(&found, &marker, 9999, "h"), "in use");
        assert_eq!(Marker::read(Some("my own database")), None);
    }
}

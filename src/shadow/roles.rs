//! Roles on the private server. They belong to the whole server, and so to the development database as well: those that a
//! replay makes go with its scratch database, or a later `CREATE ROLE` of the real run would fail.

use serde::Deserialize;

use crate::pg::error::SqlError;
use crate::pg::session::Session;
use crate::shadow::sweep::{Marker, is_abandoned};
use crate::text::ident::Ident;
use crate::text::literal::Literal;

#[derive(Deserialize)]
struct Role {
    name: String,
    comment: Option<String>,
}

/// The roles that a scratch database has brought along.
#[derive(Debug, Default)]
pub(super) struct Roles {
    /// Those that were there.
    before: Vec<String>,
    /// Those that came before the first revision, since the target has them.
    furnished: Vec<String>,
    /// Those that revisions made.
    made: Vec<String>,
}

impl Roles {
    /// Looks at what is there.
    ///
    /// # Errors
    /// The server's.
    pub(super) fn before(session: &mut Session) -> Result<Self, SqlError> {
        Ok(Self { before: names(session)?, ..Self::default() })
    }

    /// Counts those that have come until now as ones that a shadow of the same target gets anew.
    pub(super) fn count_as_furnished(&mut self) {
        self.furnished.append(&mut self.made);
    }

    /// Returns whether revisions have made any.
    pub(super) fn are_made(&self) -> bool {
        !self.made.is_empty()
    }

    /// Finds those that came, and marks them, so that they are known as ours if this process is killed.
    ///
    /// # Errors
    /// The server's.
    pub(super) fn look(&mut self, session: &mut Session) -> Result<(), SqlError> {
        for name in names(session)? {
            if [&self.before, &self.furnished, &self.made].iter().any(|known| known.contains(&name)) {
                continue;
            }
            if let Ok(role) = Ident::parse(&name) {
                let marker = Marker::now("role").text();
                // Another run may have dropped it by now.
                session.run(&format!("COMMENT ON ROLE {role} IS {}", Literal(&marker))).ok();
            }
            self.made.push(name);
        }
        Ok(())
    }

    /// Drops those that came. One that something depends on stays: another run has it as well.
    pub(super) fn drop(&self, admin: &mut Session) {
        for name in self.made.iter().chain(&self.furnished) {
            if let Ok(role) = Ident::parse(name) {
                admin.run(&format!("DROP ROLE IF EXISTS {role}")).ok();
            }
        }
    }
}

/// Drops the roles that killed runs have left.
///
/// # Errors
/// The server's, when it is asked what there is.
pub(super) fn sweep(admin: &mut Session, now: i64, host: &str) -> Result<(), SqlError> {
    for role in all(admin)? {
        let Some(marker) = Marker::read(role.comment.as_deref()) else { continue };
        if let (true, Ok(name)) = (is_abandoned(&marker, now, host), Ident::parse(&role.name)) {
            admin.run(&format!("DROP ROLE IF EXISTS {name}")).ok();
        }
    }
    Ok(())
}

fn all(session: &mut Session) -> Result<Vec<Role>, SqlError> {
    session.json(include_str!("../../sql/shadow/roles.sql"))
}

fn names(session: &mut Session) -> Result<Vec<String>, SqlError> {
    Ok(all(session)?.into_iter().map(|role| role.name).collect())
}

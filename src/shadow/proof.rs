//! Whether revisions do what they were written for: tried in a shadow database before their files are written.

use crate::catalog::Catalog;
use crate::catalog::difference::{Difference, differences};
use crate::catalog::scope::Scope;
use crate::pg::catalog::{Bookkeeping, CatalogError, read};
use crate::pg::error::SqlError;
use crate::shadow::Shadow;
use crate::shadow::error::ShadowError;
use crate::shadow::source::Revised;

/// Why there is no verdict.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProofError {
    /// The shadow's; a statement that fails is one, too.
    #[error(transparent)]
    Shadow(#[from] ShadowError),
    /// The catalog's.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The server's.
    #[error(transparent)]
    Sql(#[from] SqlError),
}

/// What is to be proven.
pub(crate) struct Claim<'a> {
    /// The revisions before, in their order.
    pub(crate) before: &'a [Revised],
    /// The new ones.
    pub(crate) new: &'a [Revised],
    /// The schema before.
    pub(crate) from: &'a Catalog,
    /// The schema after.
    pub(crate) to: &'a Catalog,
    /// What is compared.
    pub(crate) scope: &'a Scope,
}

/// What differs from the claim.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// After the way up, from what was wanted.
    pub(crate) up: Vec<Difference>,
    /// After the way back, from what was there before.
    pub(crate) down: Vec<Difference>,
    /// Tables that stay and were made anew or lost rows.
    pub(crate) lost: Vec<String>,
}

impl Verdict {
    /// Returns whether everything is as claimed.
    pub(crate) fn is_proven(&self) -> bool {
        *self == Self::default()
    }
}

/// Runs the new revisions up and down in a scratch database, with rows in it, and compares.
///
/// # Errors
/// A statement that fails; a catalog that cannot be read.
pub(crate) fn prove(shadow: &mut Shadow, claim: &Claim<'_>, bookkeeping: &Bookkeeping) -> Result<Verdict, ProofError> {
    let mut verdict = Verdict::default();
    let mut replayer = shadow.replayer_at(claim.before)?;
    let before = tables(replayer.session())?;
    for revised in claim.new {
        replayer.up(revised)?;
    }
    let after = read(replayer.session(), bookkeeping)?;
    verdict.up = without_order(differences(claim.to, &after, claim.scope));
    let stayed = tables(replayer.session())?;
    for (name, oid) in &before {
        if stayed.iter().any(|(other, new)| other == name && new != oid) {
            verdict.lost.push(name.clone());
        }
    }
    let mut went_back = true;
    for revised in claim.new.iter().rev() {
        went_back = went_back && replayer.down(revised)?;
    }
    if went_back {
        let back = read(replayer.session(), bookkeeping)?;
        verdict.down = without_order(differences(claim.from, &back, claim.scope));
    }
    Ok(verdict)
}

/// No statement moves a column: that one stands in another place is no fault.
pub(crate) fn without_order(mut differences: Vec<Difference>) -> Vec<Difference> {
    use crate::catalog::difference::Change;
    differences.retain(|it| !matches!(&it.change, Change::Changed { attribute, .. } if attribute == "position"));
    differences
}

fn tables(session: &mut crate::pg::session::Session) -> Result<Vec<(String, String)>, SqlError> {
    let rows = session.rows(include_str!("../../sql/shadow/tables.sql"))?;
    Ok(rows.into_iter().filter_map(|row| Some((row.first()?.clone()?, row.get(1)?.clone()?))).collect())
}

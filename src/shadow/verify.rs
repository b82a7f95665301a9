//! Up, down, up: whether the way back of each revision leads back, and the way up can be gone again (DESIGN §7).
//!
//! What a schema looks like is the caller's: `snapshot` reads it, `compare` tells how two differ.

use crate::pg::session::Session;
use crate::revision::id::RevisionId;
use crate::shadow::Shadow;
use crate::shadow::error::ShadowError;
use crate::shadow::place::Kind;
use crate::shadow::replay::Replayer;
use crate::shadow::source::{Revised, WayBack, guard};

/// How one way went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Went {
    /// As it should.
    Well,
    /// It ran, and the schema is not what it should be.
    Differs,
    /// A statement failed.
    Failed,
    /// There is no way back.
    Irreversible,
}

/// What is known of a revision. What was not tried is none.
#[derive(Debug)]
pub(crate) struct Verdict<D> {
    /// The revision.
    pub(crate) id: RevisionId,
    /// The first line of its message.
    pub(crate) title: String,
    /// The way up.
    pub(crate) up: Went,
    /// The way back.
    pub(crate) down: Option<Went>,
    /// The way up once more.
    pub(crate) again: Option<Went>,
    /// What the way back did not bring back, or left behind.
    pub(crate) after_down: Vec<D>,
    /// How the second way up differs from the first.
    pub(crate) after_again: Vec<D>,
    /// What failed: a statement, or a section that no server can run.
    pub(crate) failure: Option<ShadowError>,
}

impl<D> Verdict<D> {
    /// Returns whether there is anything to complain of. A revision that has no way back is as its author wanted it.
    pub(crate) fn is_well(&self) -> bool {
        let well = |went: Went| matches!(went, Went::Well | Went::Irreversible);
        [Some(self.up), self.down, self.again].into_iter().flatten().all(well)
    }
}

/// How schemas are read and compared.
pub(crate) struct Look<'a, S, D, E> {
    /// Reads the schema.
    pub(crate) snapshot: &'a mut dyn FnMut(&mut Session) -> Result<S, E>,
    /// Returns how the second differs from the first.
    pub(crate) compare: &'a dyn Fn(&S, &S) -> Vec<D>,
}

/// Runs each revision from number `from` on up, down and up again; those before it are only applied. Ends after the
/// first that cannot be applied: the others stand on it.
///
/// # Errors
/// What keeps the shadow from working, statements that must not run in it, a signal. A statement of a revision that
/// fails is none: it is part of the answer.
pub(crate) fn verify<S, D, E: From<ShadowError>>(
    shadow: &mut Shadow,
    revisions: &[Revised],
    from: usize,
    look: &mut Look<'_, S, D, E>,
    tell: &mut dyn FnMut(usize, &Revised),
) -> Result<Vec<Verdict<D>>, E> {
    guard(shadow.kind(), sections(revisions, from))?;
    let (mut replayer, mut before) = if from > 0 && shadow.kind() == Kind::Private {
        // Kept for the next run, which begins there again. Nobody may look at it while it is copied.
        let mut start = shadow.at(&revisions[..from])?;
        let before = (look.snapshot)(start.session())?;
        drop(start);
        (shadow.replayer_at(&revisions[..from])?, before)
    } else {
        let mut replayer = shadow.replayer_at(&revisions[..from])?;
        let before = (look.snapshot)(replayer.session())?;
        (replayer, before)
    };
    let mut verdicts = Vec::new();
    for (number, revised) in revisions.iter().enumerate().skip(from) {
        tell(number - from, revised);
        let mut verdict = Verdict {
            id: revised.id.clone(),
            title: revised.title.clone(),
            up: Went::Well,
            down: None,
            again: None,
            after_down: Vec::new(),
            after_again: Vec::new(),
            failure: None,
        };
        if let Some(failure) = failed(replayer.up(revised))? {
            (verdict.up, verdict.failure) = (Went::Failed, Some(failure));
            verdicts.push(verdict);
            break;
        }
        let after = (look.snapshot)(replayer.session())?;
        let is_whole = back_and_again(&mut replayer, revised, &before, &after, look, &mut verdict)?;
        verdicts.push(verdict);
        if !is_whole && number + 1 < revisions.len() {
            // What is in the database now is nothing that the next revision could stand on.
            drop(replayer);
            replayer = shadow.replayer_at(&revisions[..=number])?;
        }
        before = after;
    }
    Ok(verdicts)
}

/// Goes down and up again. Returns whether the database is where the revision leaves it.
fn back_and_again<S, D, E: From<ShadowError>>(
    replayer: &mut Replayer,
    revised: &Revised,
    before: &S,
    after: &S,
    look: &mut Look<'_, S, D, E>,
    verdict: &mut Verdict<D>,
) -> Result<bool, E> {
    let mut has_way_back = false;
    if let Some(failure) = failed(replayer.down(revised).map(|went| has_way_back = went))? {
        let is_whole = !matches!(&failure, ShadowError::Statement(failure) if failure.in_part);
        (verdict.down, verdict.failure) = (Some(Went::Failed), Some(failure));
        return Ok(is_whole);
    }
    if !has_way_back {
        verdict.down = Some(Went::Irreversible);
        return Ok(true);
    }
    let back = (look.snapshot)(replayer.session())?;
    verdict.after_down = (look.compare)(before, &back);
    verdict.down = Some(if verdict.after_down.is_empty() { Went::Well } else { Went::Differs });
    if let Some(failure) = failed(replayer.up(revised))? {
        (verdict.again, verdict.failure) = (Some(Went::Failed), Some(failure));
        return Ok(false);
    }
    let again = (look.snapshot)(replayer.session())?;
    verdict.after_again = (look.compare)(after, &again);
    verdict.again = Some(if verdict.after_again.is_empty() { Went::Well } else { Went::Differs });
    Ok(verdict.after_again.is_empty())
}

/// Tells what is a revision's own fault from what keeps the shadow from working.
fn failed(outcome: Result<(), ShadowError>) -> Result<Option<ShadowError>, ShadowError> {
    match outcome {
        Ok(()) => Ok(None),
        Err(ShadowError::Statement(failure)) if !failure.error.closed => Ok(Some(ShadowError::Statement(failure))),
        Err(error @ ShadowError::Section { .. }) => Ok(Some(error)),
        Err(error) => Err(error),
    }
}

/// The sections that will run.
fn sections(revisions: &[Revised], from: usize) -> impl Iterator<Item = (&str, &crate::shadow::source::Ready)> {
    revisions.iter().enumerate().flat_map(move |(number, revised)| {
        let back = match &revised.down {
            WayBack::Section(ready) if number >= from => Some((revised.path.as_str(), ready)),
            WayBack::Section(_) | WayBack::Missing | WayBack::Irreversible | WayBack::Faulty { .. } => None,
        };
        std::iter::once((revised.path.as_str(), &revised.up)).chain(back)
    })
}

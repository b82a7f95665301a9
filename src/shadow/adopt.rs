//! Finds the revisions whose schema a database has: replay, sketch, compare.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use crate::adopt::mentions::{Mentions, Named};
use crate::adopt::{Sketch, sets_like};
use crate::catalog::difference::{Difference, differences};
use crate::catalog::kind::Kind;
use crate::catalog::object::ObjectId;
use crate::catalog::scope::{Depth, Scope};
use crate::catalog::{Catalog, Reason};
use crate::pg::catalog::{Bookkeeping, CatalogError, read};
use crate::pg::error::{NO_SESSION, SqlError};
use crate::pg::session::Session;
use crate::pg::sketch::Sketcher;
use crate::revision::graph::{Graph, Index};
use crate::shadow::Shadow;
use crate::shadow::error::{LookError, ShadowError};
use crate::shadow::replay::Control;
use crate::shadow::source::Revised;
use crate::text::words::has_word;

/// What is searched for.
pub(crate) struct Wanted<'a> {
    /// The graph.
    pub(crate) graph: &'a Graph,
    /// The revisions in the order of the replay, each with its files.
    pub(crate) order: &'a [(Index, Revised)],
    /// The catalog of the database.
    pub(crate) live: &'a Live,
    /// The sketches of the database: of its relations, and whole.
    pub(crate) sketches: (Sketch, Sketch),
    /// The tables and views of the database.
    pub(crate) tables: BTreeSet<Named>,
    /// The schemas that count.
    pub(crate) managed: &'a [String],
    /// What is no part of the schema.
    pub(crate) bookkeeping: &'a Bookkeeping,
    /// How to read sketches.
    pub(crate) sketcher: &'a Sketcher,
    /// The objects outside of schemas that settings name.
    pub(crate) wide: BTreeSet<ObjectId>,
}

/// The catalog of the database, which is read while the revisions are replayed.
pub(crate) struct Live {
    reading: Option<Receiver<Result<Catalog, CatalogError>>>,
    catalog: OnceCell<Catalog>,
}

impl Live {
    /// Takes a catalog that has been read.
    pub(crate) fn of(catalog: Catalog) -> Self {
        Self { reading: None, catalog: OnceCell::from(catalog) }
    }

    /// Takes one that is being read.
    pub(crate) fn being_read(reading: Receiver<Result<Catalog, CatalogError>>) -> Self {
        Self { reading: Some(reading), catalog: OnceCell::new() }
    }

    /// Returns it, and waits for it where it is being read.
    ///
    /// # Errors
    /// The catalog's; the first time only, since nothing goes on after it.
    pub(crate) fn get(&self) -> Result<&Catalog, LookError> {
        if let Some(catalog) = self.catalog.get() {
            return Ok(catalog);
        }
        let read = self.reading.as_ref().and_then(|reading| reading.recv().ok());
        let catalog = read.unwrap_or_else(|| Err(SqlError::lost(NO_SESSION).into()))?;
        Ok(self.catalog.get_or_init(|| catalog))
    }
}

/// Revisions that stand for a schema.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    /// All of them, in the order of the replay.
    pub(crate) set: Vec<Index>,
    /// Objects outside of schemas that they make.
    wide: BTreeSet<ObjectId>,
}

/// The revisions that come nearest where none is equal.
#[derive(Debug)]
pub(crate) struct Nearest {
    /// All of them, in the order of the replay.
    pub(crate) set: Vec<Index>,
    /// How the database differs from them.
    pub(crate) differences: Vec<Difference>,
    /// What they make.
    pub(crate) expected: Catalog,
}

/// How far a search has come, for who waits.
pub(crate) type Tell<'t> = dyn FnMut(usize, &Revised) + 't;

/// Returns the sets of revisions whose schema is equal to that of the database, in the order of the replay, and the failure
/// that ended the replay after some of them. Unless it is to be thorough, states are not looked at of which the texts of the
/// revisions say that tables are missing, or too many.
///
/// # Errors
/// A revision that fails in the shadow; a catalog that cannot be read.
pub(crate) fn equal(
    shadow: &mut Shadow,
    wanted: &Wanted<'_>,
    thorough: bool,
    tell: &mut Tell<'_>,
) -> Result<(Vec<Standing>, Option<ShadowError>), LookError> {
    let mut equal = Vec::new();
    let mut replayer = shadow.replayer()?;
    let start = wanted.sketcher.relations(replayer.session())?;
    let mut shares: Vec<(Index, Sketch)> = Vec::with_capacity(wanted.order.len());
    // Shares tell what other sets of revisions make; of a chain there are none, so that not every state needs a look.
    let mentions = (!thorough && is_chain(wanted))
        .then(|| Mentions::of(wanted.order.iter().map(|(_, revised)| revised.up.section.whole())));
    // From the tables that are there: the first revision, this one or a later one, after which they may be the database's.
    let agree = |session: &mut Session, from: usize| match &mentions {
        Some(mentions) => {
            Ok::<_, SqlError>(mentions.first_to_agree(&wanted.sketcher.tables(session)?, &wanted.tables, from))
        }
        None => Ok(None),
    };
    let mut next = agree(replayer.session(), 0)?.unwrap_or_default();
    let (mut at, mut last, mut is_last_known) = (0, start.clone(), true);
    let replayed = replayer.up_all(wanted.order.iter().map(|(_, revised)| revised), &mut |revised, session| {
        tell(at, revised);
        let this = at;
        at += 1;
        let is_opaque = mentions.as_ref().is_none_or(|mentions| mentions.is_opaque(this));
        let is_new = !is_last_known || is_opaque || may_change_names(revised);
        if this >= next && is_new {
            next = agree(session, at)?.unwrap_or(next);
        }
        if this < next {
            is_last_known = false;
            let is_over = next >= wanted.order.len();
            return Ok::<_, LookError>(if is_over { Control::Stop } else { Control::Continue });
        }
        let now = if is_new { wanted.sketcher.relations(session)? } else { last.clone() };
        if mentions.is_none() {
            shares.push((wanted.order[this].0, now.since(&last)));
        }
        if now.is(&wanted.sketches.0)
            && let Some(wide) = is_equal(wanted, session)?
        {
            equal.push(Standing { set: wanted.order[..at].iter().map(|(index, _)| *index).collect(), wide });
        }
        (last, is_last_known) = (now, true);
        Ok(Control::Continue)
    });
    // What cannot be applied to an empty database says nothing of what came before it.
    let failed = match replayed {
        Err(LookError::Shadow(error @ ShadowError::Statement(_))) if !equal.is_empty() => Some(error),
        outcome => outcome.map(|()| None)?,
    };
    drop(replayer);
    let others = match mentions {
        Some(_) => Vec::new(),
        None => sets_like(wanted.graph, &shares, &start, &wanted.sketches.0),
    };
    for set in others {
        let mut replayer = shadow.replayer()?;
        let revisions = wanted.order.iter().filter(|(index, _)| set.contains(index)).map(|(_, revised)| revised);
        // What a revision of a branch needs of another branch without saying so is not there: no such state.
        match replayer.up_all(revisions, &mut |_, _| Ok::<_, ShadowError>(Control::Continue)) {
            Err(ShadowError::Statement(_)) => continue,
            outcome => outcome?,
        }
        if let Some(wide) = is_equal(wanted, replayer.session())? {
            equal.push(Standing { set, wide });
        }
    }
    // What stands in no schema counts only if some revision makes it: of two states that are equal otherwise, the one that
    // makes more of what is there is it.
    let all: BTreeSet<ObjectId> = equal.iter().flat_map(|standing| standing.wide.iter().cloned()).collect();
    let live = wanted.live.get()?;
    let there: BTreeSet<&ObjectId> = all.iter().filter(|id| live.has(id)).collect();
    if equal.iter().any(|standing| there.iter().all(|id| standing.wide.contains(*id))) {
        equal.retain(|standing| there.iter().all(|id| standing.wide.contains(*id)));
    }
    Ok((equal, failed))
}

/// Returns whether each revision needs the one before it and no other.
fn is_chain(wanted: &Wanted<'_>) -> bool {
    let mut before = None;
    wanted.order.iter().all(|(index, _)| {
        let needs: Vec<Index> = wanted.graph.get(*index).needs().collect();
        before.replace(*index).into_iter().eq(needs)
    })
}

/// Returns whether a revision may make, drop or rename a relation, by its words: a new column, or a change of rows, does not.
fn may_change_names(revised: &Revised) -> bool {
    const TELLING: [&str; 15] = [
        "create",
        "drop",
        "rename",
        "unique",
        "primary",
        "exclude",
        "constraint",
        "schema",
        "attach",
        "detach",
        "import",
        "do",
        "call",
        "select",
        "execute",
    ];
    has_word(revised.up.section.whole(), &TELLING)
}

/// Compares a replayed state with the database. Returns what it has outside of schemas where they are equal.
fn is_equal(wanted: &Wanted<'_>, session: &mut Session) -> Result<Option<BTreeSet<ObjectId>>, LookError> {
    if !wanted.sketcher.whole(session)?.is(&wanted.sketches.1) {
        return Ok(None);
    }
    let expected = read(session, wanted.bookkeeping)?;
    let found = compared(wanted, &expected)?;
    let wide = expected.objects().map(|object| &object.id).filter(|id| is_wide(id)).cloned().collect();
    Ok(found.is_empty().then_some(wide))
}

fn is_wide(id: &ObjectId) -> bool {
    id.kind != Kind::Schema && id.schema.is_none()
}

/// Returns how the database differs in structure from a state.
///
/// # Errors
/// As [`Live::get`].
fn compared(wanted: &Wanted<'_>, expected: &Catalog) -> Result<Vec<Difference>, LookError> {
    let live = wanted.live.get()?;
    let scope = scope(expected, live, wanted.managed, wanted.wide.clone(), Depth::Structure);
    let mut live = live.clone();
    without_other_partitions(&mut live, expected);
    Ok(differences(expected, &live, &scope))
}

/// Returns the scope of a comparison with what revisions make: the managed schemas, and what is expected outside of schemas.
pub(crate) fn scope(
    expected: &Catalog,
    live: &Catalog,
    managed: &[String],
    mut wide: BTreeSet<ObjectId>,
    depth: Depth,
) -> Scope {
    wide.extend(expected.objects().map(|object| &object.id).filter(|id| is_wide(id)).cloned());
    let schemas: BTreeSet<Arc<str>> = managed.iter().map(|schema| Arc::from(schema.as_str())).collect();
    Scope {
        schemas: Some(schemas),
        wide: Some(wide),
        across_majors: expected.major != live.major,
        ..Scope::everything(depth)
    }
}

/// Leaves out of a database the partitions that no revision makes of tables that revisions make.
pub(crate) fn without_other_partitions(live: &mut Catalog, expected: &Catalog) {
    let partitions: BTreeSet<(Arc<str>, Arc<str>)> = live
        .of_kind(Kind::Table)
        .chain(live.of_kind(Kind::ForeignTable))
        .filter(|table| table.find("partition_of").is_some() && !expected.has(&table.id))
        .filter_map(|table| Some((table.id.schema.clone()?, table.id.name.clone())))
        .collect();
    if partitions.is_empty() {
        return;
    }
    live.retain(|object| {
        let id = &object.id;
        let table = id.parent.clone().unwrap_or_else(|| id.name.clone());
        let is_of = id.schema.as_ref().is_some_and(|schema| partitions.contains(&(schema.clone(), table)));
        if is_of { Err(Reason::Partition) } else { Ok(()) }
    });
}

/// How many states are read whole on the first way through a long history.
const READINGS: usize = 32;

/// Returns the beginning of the order whose schema differs least from that of the database.
///
/// # Errors
/// As [`equal`].
pub(crate) fn nearest(
    shadow: &mut Shadow,
    wanted: &Wanted<'_>,
    tell: &mut Tell<'_>,
) -> Result<Option<Nearest>, LookError> {
    let step = wanted.order.len().div_ceil(READINGS).max(1);
    let first = look_through(shadow, wanted, tell, |at| at % step == 0 || at == wanted.order.len())?;
    let Some((about, nearest)) = first else { return Ok(None) };
    if step == 1 {
        return Ok(Some(nearest));
    }
    // The distance falls towards the nearest one and grows behind it.
    let around = about.saturating_sub(step)..=about + step;
    let second = look_through(shadow, wanted, tell, |at| around.contains(&at))?;
    Ok(second.map(|(_, nearest)| nearest).or(Some(nearest)))
}

/// Replays, and reads the states that are picked by how many revisions they have. Returns the nearest, the later one of two.
fn look_through(
    shadow: &mut Shadow,
    wanted: &Wanted<'_>,
    tell: &mut Tell<'_>,
    pick: impl Fn(usize) -> bool,
) -> Result<Option<(usize, Nearest)>, LookError> {
    let last = (1..=wanted.order.len()).rev().find(|at| pick(*at)).unwrap_or_default();
    let mut best: Option<(usize, Nearest)> = None;
    let mut at = 0;
    let mut replayer = shadow.replayer()?;
    let replayed = replayer.up_all(wanted.order[..last].iter().map(|(_, revised)| revised), &mut |revised, session| {
        at += 1;
        tell(at - 1, revised);
        if pick(at) {
            let expected = read(session, wanted.bookkeeping)?;
            let differences = compared(wanted, &expected)?;
            if best.as_ref().is_none_or(|(_, best)| differences.len() <= best.differences.len()) {
                let set = wanted.order[..at].iter().map(|(index, _)| *index).collect();
                best = Some((at, Nearest { set, differences, expected }));
            }
        }
        Ok::<_, LookError>(Control::Continue)
    });
    match replayed {
        Err(LookError::Shadow(ShadowError::Statement(_))) if best.is_some() => (),
        outcome => outcome?,
    }
    Ok(best)
}

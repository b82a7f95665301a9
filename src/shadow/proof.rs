//! Whether revisions do what they were written for: tried in a shadow database before their files are written.

use std::collections::BTreeSet;

use crate::catalog::Catalog;
use crate::catalog::difference::{Difference, differences};
use crate::catalog::dump::DumpDifference;
use crate::catalog::kind::Kind;
use crate::catalog::object::ObjectId;
use crate::catalog::scope::Scope;
use crate::diff::rewrites::Rewrites;
use crate::pg::catalog::{Bookkeeping, read};
use crate::pg::error::SqlError;
use crate::pg::session::Session;
use crate::shadow::Shadow;
use crate::shadow::dump::Dumps;
use crate::shadow::error::{LookError, ShadowError};
use crate::shadow::sample::fill;
use crate::shadow::source::Revised;
use crate::text::ident::{Ident, readable};

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
    /// What the way up does to the tables that stay, under their new names.
    pub(crate) up: &'a Rewrites,
    /// What the way back does to them, under the same names.
    pub(crate) down: &'a Rewrites,
    /// What is compared.
    pub(crate) scope: &'a Scope,
}

/// What differs from the claim, and what else was seen.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// After the way up, from what was wanted.
    pub(crate) up: Vec<Difference>,
    /// After the way back, from what was there before.
    pub(crate) down: Vec<Difference>,
    /// What `pg_dump` prints otherwise after the way up than for what was wanted.
    pub(crate) up_dump: Vec<DumpDifference>,
    /// What it prints otherwise after the way back than before.
    pub(crate) down_dump: Vec<DumpDifference>,
    /// What was done without need to tables that stay.
    pub(crate) needless: Vec<String>,
    /// Tables that stay and have lost rows.
    pub(crate) emptied: Vec<String>,
    /// Tables that are made anew because nothing else can change them so, with their rows.
    pub(crate) anew: Vec<String>,
    /// Tables that the way up rewrites.
    pub(crate) rewritten: Vec<String>,
    /// Tables that had to be without rows, and what the server said to rows in them.
    pub(crate) unfilled: Vec<(String, String)>,
}

impl Verdict {
    /// Returns whether everything is as claimed.
    pub(crate) fn is_proven(&self) -> bool {
        let is_same = self.up.is_empty() && self.down.is_empty();
        is_same
            && self.up_dump.is_empty()
            && self.down_dump.is_empty()
            && self.needless.is_empty()
            && self.emptied.is_empty()
    }
}

/// A table as it was at some time.
struct Seen {
    name: String,
    oid: String,
    file: String,
    rows: u64,
}

/// Runs the new revisions up and down in a scratch database, with rows in it, and compares. Where rows are what makes it fail,
/// it is tried again without those.
///
/// # Errors
/// A statement that fails; a catalog that cannot be read.
pub(crate) fn prove(
    shadow: &mut Shadow,
    claim: &Claim<'_>,
    bookkeeping: &Bookkeeping,
    mut dumps: Option<&mut Dumps>,
) -> Result<Verdict, LookError> {
    const TRIES: usize = 5;
    let mut without = BTreeSet::new();
    let mut unfilled = Vec::new();
    loop {
        let rows = (unfilled.len() < TRIES).then_some(&without);
        match tried(shadow, claim, bookkeeping, rows, dumps.as_deref_mut()) {
            Ok(verdict) => return Ok(Verdict { unfilled, ..verdict }),
            Err(LookError::Shadow(ShadowError::Statement(failure)))
                if rows.is_some() && is_about_rows(&failure.error) =>
            {
                let new = failure.error.table.as_deref().cloned().filter(|table| !without.contains(table));
                let name = new.as_ref().map(|(schema, table)| format!("{schema}.{table}"));
                unfilled.push((name.unwrap_or_else(|| "some table".to_owned()), failure.error.message.clone()));
                match new {
                    Some(table) => without.extend([table]),
                    // Nobody knows which rows.
                    None => without.extend(all(claim.from)),
                }
            }
            Err(error) => return Err(error),
        }
    }
}

/// Data exceptions and violated constraints (PostgreSQL manual, appendix A).
fn is_about_rows(error: &SqlError) -> bool {
    error.sqlstate.as_deref().is_some_and(|code| code.starts_with("22") || code.starts_with("23"))
}

fn all(catalog: &Catalog) -> impl Iterator<Item = (String, String)> {
    catalog.of_kind(Kind::Table).map(|table| (table.id.schema().to_owned(), table.id.name.to_string()))
}

fn tried(
    shadow: &mut Shadow,
    claim: &Claim<'_>,
    bookkeeping: &Bookkeeping,
    without: Option<&BTreeSet<(String, String)>>,
    mut dumps: Option<&mut Dumps>,
) -> Result<Verdict, LookError> {
    let mut verdict = Verdict::default();
    let mut replayer = shadow.replayer_at(claim.before)?;
    let before_dump = dumps.as_deref_mut().and_then(|dumps| dumps.start_before(replayer.session()));
    if let Some(without) = without {
        fill(replayer.session(), claim.from, claim.to, without)?;
    }
    let before = tables(replayer.session())?;
    if let (Some(dumps), Some(dump)) = (dumps.as_deref_mut(), before_dump) {
        dumps.before = dumps.ended(dump).map_err(ShadowError::from)?;
    }
    for revised in claim.new {
        replayer.up(revised)?;
    }
    let dump = dumps.as_deref_mut().map(|dumps| dumps.start(replayer.session()));
    let after = read(replayer.session(), bookkeeping)?;
    verdict.up = without_order(differences(claim.to, &after, claim.scope));
    let stayed = tables(replayer.session())?;
    for old in &before {
        let same = stayed.iter().find(|new| new.oid == old.oid);
        let Some(new) = same.or_else(|| stayed.iter().find(|new| new.name == old.name)) else { continue };
        if same.is_none() && is_among(&claim.up.anew, &new.name) {
            verdict.anew.push(old.name.clone());
        }
        verdict.needless.extend(needless(old, new, claim.up, &new.name).map(|what| format!("{what} by the way up")));
        if same.is_some() && new.file != old.file {
            verdict.rewritten.push(new.name.clone());
        }
        if new.rows < old.rows && !gives_rows_away(claim, old) {
            verdict.emptied.push(format!("{} has {} of {} rows after the way up", new.name, new.rows, old.rows));
        }
    }
    if let (Some(dumps), Some(dump)) = (dumps.as_deref_mut(), dump) {
        verdict.up_dump = dumps.beside_wanted(dump).map_err(ShadowError::from)?;
    }
    let mut went_back = true;
    for revised in claim.new.iter().rev() {
        went_back = went_back && replayer.down(revised)?;
    }
    if went_back {
        let dump = dumps.as_deref_mut().map(|dumps| dumps.start(replayer.session()));
        let back = read(replayer.session(), bookkeeping)?;
        verdict.down = without_order(differences(claim.from, &back, claim.scope));
        if let (Some(dumps), Some(dump)) = (dumps, dump) {
            verdict.down_dump = dumps.beside_before(dump).map_err(ShadowError::from)?;
        }
        let back = tables(replayer.session())?;
        for old in &stayed {
            let found =
                back.iter().find(|new| new.oid == old.oid).or_else(|| back.iter().find(|new| new.name == old.name));
            let Some(new) = found else { continue };
            let found = needless(old, new, claim.down, &old.name);
            verdict.needless.extend(found.map(|what| format!("{what} by the way back")));
            if new.rows < old.rows && !gives_rows_away(claim, old) {
                verdict.emptied.push(format!("{} has {} of {} rows after the way back", new.name, new.rows, old.rows));
            }
        }
    }
    Ok(verdict)
}

/// Returns what was done without need to a table, which `name` stands for among those that stay.
fn needless(old: &Seen, new: &Seen, rewrites: &Rewrites, name: &str) -> Option<String> {
    if new.oid != old.oid {
        (!is_among(&rewrites.anew, name)).then(|| format!("{} is made anew", old.name))
    } else {
        let is_needless = new.file != old.file && is_among(&rewrites.stay, name);
        is_needless.then(|| format!("{} is rewritten, although nothing in it changes that takes that,", new.name))
    }
}

fn is_among(tables: &BTreeSet<ObjectId>, name: &str) -> bool {
    tables.iter().any(|id| id.path() == name)
}

/// Rows go with a partition that leaves its table, and move between the partitions of one that is divided anew.
fn gives_rows_away(claim: &Claim<'_>, table: &Seen) -> bool {
    let of = |catalog: &Catalog| -> BTreeSet<String> {
        let tables = catalog.of_kind(Kind::Table).filter(|it| it.find("partition_of").is_some());
        tables.map(|it| format!("{} {}", it.id.path(), it.text("partition_of"))).collect()
    };
    let is_of_tree = |part: &String| part.split(' ').any(|name| name == table.name);
    let (before, after) = (of(claim.from), of(claim.to));
    let is_partition = before.union(&after).any(|part| part.starts_with(&format!("{} ", table.name)));
    is_partition || before.symmetric_difference(&after).any(|part| is_of_tree(part) && before.contains(part))
}

/// No statement moves a column: that one stands in another place is no fault.
pub(crate) fn without_order(mut differences: Vec<Difference>) -> Vec<Difference> {
    use crate::catalog::difference::Change;
    differences.retain(|it| !matches!(&it.change, Change::Changed { attribute, .. } if attribute == "position"));
    differences
}

fn tables(session: &mut Session) -> Result<Vec<Seen>, SqlError> {
    /// As many as one query names without trouble.
    const AT_ONCE: usize = 200;
    let mut seen = Vec::new();
    let mut counts = Vec::new();
    for row in session.rows(include_str!("../../sql/shadow/tables.sql"))? {
        let [Some(schema), Some(name), Some(oid), Some(file), Some(kind)] = row.as_slice() else { continue };
        let (Ok(own), Ok(within)) = (Ident::parse(name), Ident::parse(schema)) else { continue };
        let only = if kind == "p" { "" } else { "ONLY " };
        counts.push(format!("SELECT {}, count(*) FROM {only}{within}.{own}", seen.len()));
        let name = format!("{}.{}", readable(schema), readable(name));
        seen.push(Seen { name, oid: oid.clone(), file: file.clone(), rows: 0 });
    }
    for counts in counts.chunks(AT_ONCE) {
        for row in session.rows(&counts.join(" UNION ALL "))? {
            let [Some(at), Some(rows)] = row.as_slice() else { continue };
            if let (Ok(at), Ok(rows)) = (at.parse::<usize>(), rows.parse()) {
                seen[at].rows = rows;
            }
        }
    }
    Ok(seen)
}

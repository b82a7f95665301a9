//! `pgkeel adopt`: find out which revision a database without version rows is at, and say so in its version table.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::mpsc::{Receiver, channel};

use serde_json::{Value, json};

use crate::adopt::mentions::Named;
use crate::adopt::{Sketch, tips};
use crate::catalog::Catalog;
use crate::catalog::fingerprint::fingerprint;
use crate::catalog::object::ObjectId;
use crate::catalog::scope::{Depth, Scope};
use crate::commands::catalog::{bookkeeping_of, named};
use crate::commands::database::{connect_ahead, interrupted};
use crate::commands::migrate::{RunArgs, migrate};
use crate::commands::shadow::{Original, open, read_all, revisions, tell_notes};
use crate::commands::upgrade::tell;
use crate::commands::view::{View, managed};
use crate::commands::{Context, Failure, Outcome};
use crate::detect::{Facts, State};
use crate::diff::{migration, script};
use crate::pg::catalog::{Bookkeeping, read};
use crate::pg::session::Session;
use crate::pg::sketch::Sketcher;
use crate::plan::steps::{Bare, stamp};
use crate::report::diagnostic::{Diagnostic, Exit};
use crate::report::difference::{lines, wire};
use crate::report::human::{ID, count};
use crate::revision::graph::{Graph, Index};
use crate::revision::target::Target;
use crate::settings::Prefer;
use crate::shadow::adopt::{Live, Nearest, Wanted, equal, nearest, scope, without_other_partitions};
use crate::shadow::error::{LookError, ShadowError};
use crate::shadow::promised::transplanted;
use crate::shadow::source::{Revised, Ways, order};
use crate::text::parse::GRAMMAR_MAJOR;

/// Find the revision whose schema the database has, and stamp it
///
/// For a database that has objects and no version rows: one that was made without migrations, or by another tool. The revisions
/// are replayed in a shadow database and compared with it. What is equal is stamped; nothing is guessed.
#[derive(clap::Args)]
pub(crate) struct AdoptArgs {
    /// Which of several equal revisions to take: refuse, earliest or latest (PGKEEL_PREFER)
    #[arg(long, value_name = "WHICH", value_parser = prefer)]
    prefer: Option<Prefer>,
    /// Show what would be stamped and stop
    #[arg(long)]
    dry_run: bool,
}

/// Reads the value of `--prefer`.
///
/// # Errors
/// Another word.
pub(crate) fn prefer(text: &str) -> Result<Prefer, String> {
    match text {
        "refuse" => Ok(Prefer::Refuse),
        "earliest" => Ok(Prefer::Earliest),
        "latest" => Ok(Prefer::Latest),
        _ => Err("it is `refuse`, `earliest` or `latest`".to_owned()),
    }
}

/// What was found out about a database, for the document.
#[derive(Default)]
pub(crate) struct Evidence {
    /// The digest of the schema that it was found out about.
    seen: Option<String>,
    /// The revisions that are stamped.
    pub(crate) stamped: Vec<Index>,
    equal: Vec<Vec<Index>>,
    nearest: Option<Value>,
    /// The revisions, for a server that is no newer than the grammar, where they are being read ahead.
    ahead: Option<Receiver<Result<Vec<Revised>, ShadowError>>>,
}

impl Evidence {
    /// Returns the document of DESIGN §7.
    pub(crate) fn document(&self, graph: &Graph) -> Value {
        let ids = |set: &[Index]| set.iter().map(|index| graph.get(*index).id().to_string()).collect::<Vec<_>>();
        // A state of several rows is a list of them.
        let equal: Vec<Value> = self
            .equal
            .iter()
            .map(|set| match ids(set).as_slice() {
                [one] => json!(one),
                several => json!(several),
            })
            .collect();
        json!({ "stamped": ids(&self.stamped), "equal": equal, "nearest": self.nearest })
    }
}

pub(crate) fn adopt(args: &AdoptArgs, cx: &mut Context) -> Outcome {
    let connecting = connect_ahead(cx);
    let graph = cx.workspace().graph()?;
    let evidence = RefCell::new(Evidence::default());
    let run = RunArgs { dry_run: args.dry_run, ..RunArgs::default() };
    let prefer = args.prefer.unwrap_or(cx.settings.prefer);
    let (workspace, revisions) = (cx.workspace(), order(&graph, &graph.heads()));
    let outcome = std::thread::scope(|scope| {
        let (sender, ahead) = channel();
        evidence.borrow_mut().ahead = Some(ahead);
        let (graph, workspace, revisions) = (&graph, &workspace, &revisions);
        // While the server is asked, the files are read. Nobody waits for them where there is nothing to adopt.
        scope.spawn(move || sender.send(read_all(workspace, graph, revisions, GRAMMAR_MAJOR, Ways::Up)).ok());
        migrate(cx, graph, connecting, &run, &mut |cx, session, graph, seen| {
            let (state, facts) = seen.state(cx, session, graph)?;
            if !matches!(state, State::Untracked { .. } | State::Foreign { .. }) {
                return nothing_to_adopt(cx, &state, seen).map(|()| Vec::new());
            }
            find(cx, session, graph, (seen, &state, &facts), prefer, &mut evidence.borrow_mut())?;
            Ok(stamp_at(graph, &evidence.borrow().stamped)?)
        })
    });
    let evidence = evidence.into_inner();
    match outcome {
        Ok(done) => {
            if args.dry_run {
                for index in &evidence.stamped {
                    let revision = graph.get(*index);
                    cx.report.answer(&format!("would stamp {ID}{}{ID:#} {}", revision.id(), revision.header.title()));
                }
            } else if !evidence.stamped.is_empty() {
                tell(cx, &graph, &done);
            }
            cx.report.document(evidence.document(&graph));
            Ok(())
        }
        Err(failure) => Err(failure.with(evidence.document(&graph))),
    }
}

fn nothing_to_adopt(cx: &mut Context, state: &State, seen: &View) -> Result<(), Failure> {
    let at = if seen.recorded.rows.is_empty() { "base".to_owned() } else { seen.recorded.rows.join(", ") };
    if *state == State::Fresh {
        cx.report.answer("nothing to adopt: the database has no objects of its own; `pgkeel up` takes it to the head");
    } else {
        cx.report.answer(&format!("nothing to adopt: the database is at {at}"));
    }
    Ok(())
}

/// Returns the steps that stamp a database without rows.
///
/// # Errors
/// Targets that imply each other: not for tips.
pub(crate) fn stamp_at(graph: &Graph, revisions: &[Index]) -> Result<Vec<Bare>, crate::plan::steps::StepsError> {
    let ids: Vec<Target> = revisions.iter().map(|index| Target::from(graph.get(*index).id().as_str())).collect();
    stamp(graph, &[], &ids, false)
}

/// Finds the revisions that the database is at. Asked again, it looks only whether the schema is the same as it was.
///
/// # Errors
/// `untracked` or `foreign`: none is equal, or several are and nobody says which; what the shadow meets.
pub(crate) fn find(
    cx: &mut Context,
    session: &mut Session,
    graph: &Graph,
    (seen, state, facts): (&View, &State, &Facts),
    prefer: Prefer,
    evidence: &mut Evidence,
) -> Result<(), Failure> {
    for ledger in &facts.untracked.ledgers {
        if ledger.dirty || ledger.locked {
            return crate::commands::guard::untouched(state);
        }
    }
    let books = bookkeeping_of(cx, facts);
    let managed = managed(cx, graph, &seen.server.search_path)?;
    let known = match &evidence.seen {
        Some(seen) => {
            let live = read(session, &books)?;
            if *seen == digest(&live, &managed) {
                return Ok(());
            }
            *evidence = Evidence::default();
            Some(live)
        }
        None => None,
    };
    let original = Original::read(session)?;
    let (sketcher, tables) = Sketcher::of(session, managed.clone(), &books)?;
    let sketches = (sketcher.relations(session)?, sketcher.whole(session)?);
    std::thread::scope(|scope| {
        // The database is read while the revisions are replayed.
        let live = match known {
            Some(live) => Live::of(live),
            None => {
                let (sender, reading) = channel();
                // Who does not wait for it any more has met an error of its own.
                let books = &books;
                scope.spawn(move || sender.send(read(session, books)).ok());
                Live::being_read(reading)
            }
        };
        let search = Search { managed: &managed, books: &books, original, sketcher, sketches, tables, live };
        search_for(cx, graph, (seen, state), prefer, search, evidence)
    })
}

/// What is known of the database before the revisions are replayed.
struct Search<'a> {
    managed: &'a [String],
    books: &'a Bookkeeping,
    original: Original,
    sketcher: Sketcher,
    sketches: (Sketch, Sketch),
    tables: BTreeSet<Named>,
    live: Live,
}

fn search_for(
    cx: &mut Context,
    graph: &Graph,
    (seen, state): (&View, &State),
    prefer: Prefer,
    search: Search<'_>,
    evidence: &mut Evidence,
) -> Result<(), Failure> {
    let Search { managed, books, original, sketcher, sketches, tables, mut live } = search;
    let order = order(graph, &graph.heads());
    let ahead = evidence.ahead.take().filter(|_| original.model.major() <= GRAMMAR_MAJOR);
    let all = match ahead.and_then(|ahead| ahead.recv().ok()) {
        Some(all) => all?,
        None => revisions(cx, graph, &order, Some(&original), Ways::Up)?,
    };
    if all.is_empty() {
        return crate::commands::guard::untouched(state);
    }
    let mut shadow = open(cx, Some(&original), &all)?;
    cx.report.talk(&format!(
        "looking for the revision whose schema the database has: {} on {}",
        count(all.len(), "revision"),
        shadow.shown()
    ));
    // Servers of two versions print some things differently: the older schema is made again on the newer server.
    if seen.server.major() < shadow.major() {
        live = Live::of(transplanted(&mut shadow, live.get()?, books)?);
    }
    let order: Vec<_> = order.into_iter().zip(all).collect();
    let wide = named(cx);
    let wanted = Wanted {
        graph,
        order: &order,
        live: &live,
        sketches,
        tables,
        managed,
        bookkeeping: books,
        sketcher: &sketcher,
        wide: wide.clone(),
    };
    let progress = cx.report.progress();
    progress.begin(order.len());
    let mut tell = |at: usize, revised: &Revised| {
        progress.at(at, &format!("comparing {}", revised.id), &revised.title);
    };
    let failing = |error: LookError| interrupted().unwrap_or_else(|| error.into());
    let (mut found, mut failed) = equal(&mut shadow, &wanted, false, &mut tell).map_err(failing)?;
    let mut closest = None;
    if found.is_empty() {
        closest = nearest(&mut shadow, &wanted, &mut tell).map_err(failing)?;
        // A table that comes and goes without that any text says its name.
        if closest.as_ref().is_some_and(|nearest| nearest.differences.is_empty()) {
            (found, failed) = equal(&mut shadow, &wanted, true, &mut tell).map_err(failing)?;
        }
    }
    if let Some(ShadowError::Statement(failed)) = &failed {
        cx.report.warn(&format!(
            "{} and the revisions after it were not compared: it cannot be applied to an empty database ({})",
            failed.revision, failed.error.message
        ));
    }
    progress.clear();
    tell_notes(cx, &mut shadow);
    evidence.seen = Some(digest(live.get()?, managed));
    evidence.equal = found.iter().map(|standing| tips(graph, &standing.set)).collect();
    let chosen = match (evidence.equal.as_slice(), prefer) {
        ([one], _) | ([one, ..], Prefer::Earliest) => Some(one.clone()),
        ([.., last], Prefer::Latest) => Some(last.clone()),
        _ => None,
    };
    if let Some(chosen) = chosen {
        if evidence.equal.len() > 1 {
            let others = evidence.equal.len() - 1;
            let are = if others == 1 { "is" } else { "are" };
            cx.report.talk(&format!("{others} more {are} equal; taken as `prefer` says"));
        }
        evidence.stamped = chosen;
        return Ok(());
    }
    if evidence.equal.is_empty() {
        return Err(none_equal(graph, state, closest.as_ref(), live.get()?, managed, &wide, evidence));
    }
    Err(several_equal(graph, state, &evidence.equal))
}

fn digest(live: &Catalog, managed: &[String]) -> String {
    let schemas = managed.iter().map(|schema| schema.as_str().into()).collect();
    let scope = Scope { schemas: Some(schemas), ..Scope::everything(Depth::Structure) };
    fingerprint(live, &scope).whole
}

fn name_of(graph: &Graph, set: &[Index]) -> String {
    set.iter().map(|index| graph.get(*index).id().to_string()).collect::<Vec<_>>().join(" and ")
}

fn several_equal(graph: &Graph, state: &State, equal: &[Vec<Index>]) -> Failure {
    let message = format!("the schema of the database is that of {}", count(equal.len(), "revision"));
    let mut diagnostic = Diagnostic::new(state.name(), Exit::Refused, message);
    for set in equal {
        let titles: Vec<&str> = set.iter().map(|index| graph.get(*index).header.title()).collect();
        diagnostic = diagnostic.note(format!("{} {}", name_of(graph, set), titles.join("; ")));
    }
    let last = equal.last().map(|set| name_of(graph, set)).unwrap_or_default();
    diagnostic
        .note("revisions that change only data do not show in a schema: whether they have run, a person has to say")
        .note("nothing was run")
        .help("`--prefer earliest` stamps the first, and the others are run by the next `up`")
        .help(format!("`--prefer latest` stamps the last ({last}), and the others are never run"))
        .into()
}

/// How many lines of differences are shown with an error.
const SHOWN: usize = 40;

fn none_equal(
    graph: &Graph,
    state: &State,
    nearest: Option<&Nearest>,
    live: &Catalog,
    managed: &[String],
    wide: &BTreeSet<ObjectId>,
    evidence: &mut Evidence,
) -> Failure {
    let message = "no revision has the schema of the database";
    let mut diagnostic = Diagnostic::new(state.name(), Exit::Refused, message);
    if let Some(nearest) = nearest {
        let scope = scope(&nearest.expected, live, managed, wide.clone(), Depth::Structure);
        // What no revision made of a revision's table is not dropped either.
        let mut live = live.clone();
        without_other_partitions(&mut live, &nearest.expected);
        let tips = tips(graph, &nearest.set);
        let name = name_of(graph, &tips);
        let sql = migration(&live, &nearest.expected, &scope).map(|statements| script(&statements)).ok();
        evidence.nearest = Some(json!({
            "revision": name,
            "differences": nearest.differences.iter().map(wire).collect::<Vec<_>>(),
            "sql": sql,
        }));
        let differences = count(nearest.differences.len(), "difference");
        diagnostic = diagnostic.note(format!("the nearest is {name}, with {differences}:"));
        let lines = lines(&nearest.differences);
        let more = lines.len().saturating_sub(SHOWN);
        for line in lines.into_iter().take(SHOWN) {
            diagnostic = diagnostic.note(format!("  {line}"));
        }
        if more > 0 {
            diagnostic = diagnostic.note(format!("  and {} more (`--format json` has all)", count(more, "line")));
        }
        if let Some(sql) = sql.filter(|sql| sql.lines().count() <= SHOWN) {
            diagnostic =
                diagnostic.note(format!("this would make the database equal to {name}; read it before you run it:"));
            for line in sql.lines() {
                diagnostic = diagnostic.note(format!("  {line}"));
            }
        }
    }
    diagnostic
        .note("nothing was run")
        .help("close the differences, in the database or in the revisions, and run the command again")
        .help("if you know better, say which revision it is: `pgkeel up --stamp REVISION`")
        .into()
}

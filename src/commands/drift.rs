//! `pgkeel drift`: whether the database has the schema that its version rows promise. Nothing is written to it.

use serde_json::json;

use crate::catalog::Catalog;
use crate::catalog::difference::{Difference, differences};
use crate::catalog::scope::{Depth, Scope};
use crate::commands::catalog::{bookkeeping_of, named};
use crate::commands::database::{absent, look, target};
use crate::commands::guard::rows;
use crate::commands::revision::{Body, NewArgs, write};
use crate::commands::shadow::{Original, open, revisions, tell_notes};
use crate::commands::view::{managed, view};
use crate::commands::{Context, Failure, Outcome};
use crate::detect::State;
use crate::diff::{Sql, migration, script};
use crate::pg::catalog::read;
use crate::report::diagnostic::{Diagnostic, Exit};
use crate::report::difference::{lines, wire};
use crate::report::human::count;
use crate::revision::graph::Graph;
use crate::revision::rows::Active;
use crate::revision::script::NewDown;
use crate::shadow::adopt::{scope, without_other_partitions};
use crate::shadow::promised::{promised, transplanted};
use crate::shadow::source::{Ways, order};

/// Compare the database with the schema that its version rows promise
///
/// The revisions are replayed in a shadow database, whose schema is what the database should have. Nothing is written to the
/// database. The exit code is 3 where they differ.
#[derive(clap::Args)]
pub(crate) struct DriftArgs {
    /// Compare everything: owners, grants, comments, storage parameters, tablespaces, extension versions as well
    #[arg(long)]
    strict: bool,
    /// Print the SQL that would give the database the schema that is promised
    #[arg(long)]
    revert_sql: bool,
    /// Write a revision that makes the drift part of the project
    #[arg(long, value_name = "MESSAGE", num_args = 0..=1, default_missing_value = "absorb drift")]
    write_revision: Option<String>,
    #[command(flatten)]
    new: NewArgs,
}

pub(crate) fn drift(args: &DriftArgs, cx: &mut Context) -> Outcome {
    let graph = cx.workspace().graph()?;
    let dsn = target(cx)?;
    let Some(mut session) = look(cx, &dsn)? else { return Err(absent(cx, &dsn)) };
    let seen = view(cx, &mut session)?;
    // With the whole look: the ledger of another tool is no drift.
    let (state, facts) = seen.whole_state(cx, &mut session, &graph)?;
    if !matches!(state, State::Tracked | State::Fresh) {
        return Err(no_promise(&state));
    }
    let active = rows(&graph, &seen)?;
    let books = bookkeeping_of(cx, &facts);
    let managed = managed(cx, &graph, &seen.server.search_path)?;
    let live = read(&mut session, &books)?;
    let original = Original::read(&mut session)?;
    let order = order(&graph, &active.row_list());
    let all = revisions(cx, &graph, &order, Some(&original), Ways::Up)?;
    let mut shadow = open(cx, Some(&original), &all)?;
    let expected = promised(&mut shadow, &all, &books)?;
    let live = if live.major < expected.major { transplanted(&mut shadow, &live, &books)? } else { live };
    tell_notes(cx, &mut shadow);
    drop(shadow);
    if live.major != expected.major {
        cx.report.warn(&format!(
            "the shadow is PostgreSQL {} and the database is {}: servers of different versions print some things differently",
            expected.major, live.major
        ));
    }
    let depth = if args.strict { Depth::Full } else { Depth::Structure };
    let mut scope = scope(&expected, &live, &managed, named(cx), depth);
    if args.strict {
        scope.wide = None;
    }
    let mut live = live;
    if !args.strict {
        without_other_partitions(&mut live, &expected);
    }
    let found = differences(&expected, &live, &scope);
    let revert = migration(&live, &expected, &scope)?;
    finish(args, cx, &graph, &active, &Found { expected, live, scope, differences: found, revert })
}

/// What was found.
struct Found {
    expected: Catalog,
    live: Catalog,
    scope: Scope,
    differences: Vec<Difference>,
    revert: Vec<Sql>,
}

fn finish(args: &DriftArgs, cx: &mut Context, graph: &Graph, active: &Active, found: &Found) -> Outcome {
    let sql = script(&found.revert);
    let ids: Vec<&str> = active.row_list().iter().map(|index| graph.get(*index).id().as_str()).collect();
    let at = if ids.is_empty() { "base".to_owned() } else { ids.join(", ") };
    if found.differences.is_empty() {
        cx.report.talk(&format!("the database has the schema of {at}"));
        left_out(cx, found);
        cx.report.document(json!({"differences": [], "sql": ""}));
        return Ok(());
    }
    if args.revert_sql {
        if !cx.report.is_json() {
            cx.report.verbatim(&sql);
        }
    } else {
        cx.report.answers(lines(&found.differences));
    }
    let number = count(found.differences.len(), "difference");
    cx.report.talk(&format!("{number} between the database and the schema of {at}"));
    left_out(cx, found);
    if let Some(message) = &args.write_revision {
        let up = script(&migration(&found.expected, &found.live, &found.scope)?);
        let body = Body { up: &up, up_transaction: true, down: NewDown::Section(&sql, true) };
        write(cx, graph, &active.row_list(), &[], message, &args.new, body)?;
        cx.report
            .talk("the database has it already: `pgkeel stamp` it there with that id; others get it by `pgkeel up`");
        return Ok(());
    }
    cx.report.document(json!({
        "differences": found.differences.iter().map(wire).collect::<Vec<_>>(), "sql": sql,
    }));
    Err(Failure::Found(Exit::Found))
}

/// What was not compared is said where somebody asks for details.
fn left_out(cx: &Context, found: &Found) {
    if !cx.report.is_verbose() {
        return;
    }
    let mut live = found.live.clone();
    found.scope.narrow(&mut live);
    for (reason, number) in &live.left_out {
        cx.report.talk(&format!("not compared: {number} {}", reason.label()));
    }
    if found.scope.depth == Depth::Structure {
        cx.report.talk("not compared: owners, grants, comments, storage parameters of tables, statistics targets, tablespaces, the order of columns; `--strict` compares them");
    }
}

fn no_promise(state: &State) -> Failure {
    let message =
        format!("the state of the database is `{}`: no version rows say which schema it should have", state.name());
    let diagnostic = Diagnostic::new(state.name(), Exit::Refused, message).note("nothing was compared");
    match state {
        State::Interrupted(_) => diagnostic.help("let it finish first: `pgkeel up`"),
        State::UnknownRevision { .. } => diagnostic.help("use the code that has the revision of the database"),
        State::Absent { .. } | State::Fresh | State::Tracked | State::Untracked { .. } | State::Foreign { .. } => {
            diagnostic.help("find out which revision it is at: `pgkeel adopt`")
        }
    }
    .into()
}

//! `pgkeel diff`: the SQL that turns one schema into another.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::catalog::Catalog;
use crate::catalog::difference::differences;
use crate::catalog::scope::{Depth, Scope};
use crate::commands::catalog::{bookkeeping, bookkeeping_of, declared_files, declared_source, loaded};
use crate::commands::database::{absent, look, target};
use crate::commands::revision::graph_or_none;
use crate::commands::shadow::{open, original, revisions, tell_notes};
use crate::commands::view::{managed, view};
use crate::commands::{Context, Failure, Outcome};
use crate::diff::{migration, script};
use crate::pg::catalog::{Bookkeeping, CatalogError, read};
use crate::pg::session::Session;
use crate::report::diagnostic::{Diagnostic, Exit};
use crate::report::difference::wire;
use crate::revision::graph::Index;
use crate::revision::target::Target;
use crate::revision::target::lookup::revisions as lookup;
use crate::shadow::Shadow;
use crate::shadow::promised::{promised, transplanted};
use crate::shadow::proof::without_order;
use crate::shadow::source::{Revised, Ways, order};
use crate::text::dsn::Dsn;

/// Print the SQL that turns one schema into another
///
/// A source is `live` (the project's database), a revision (`head`, an id, …), `declared`, a path of .sql files, or a URL.
#[derive(clap::Args)]
pub(crate) struct DiffArgs {
    /// What there is
    #[arg(long, value_name = "SOURCE", default_value = "live")]
    from: String,
    /// What shall be
    #[arg(long, value_name = "SOURCE", default_value = "head")]
    to: String,
    /// Leave objects alone: a kind, or a path with `*`
    #[arg(long, value_name = "PATTERN")]
    ignore: Vec<String>,
    /// Compare only the structure: no owners, grants, comments, storage parameters, tablespaces
    #[arg(long)]
    structure: bool,
    /// Exit with 3 if there is a difference
    #[arg(long)]
    exit_code: bool,
}

pub(crate) fn diff(args: &DiffArgs, cx: &mut Context) -> Outcome {
    let mut sources = Sources { shadow: None, revisions: BTreeMap::new(), managed: None };
    let from = sources.open(cx, &args.from)?;
    let to = sources.open(cx, &args.to)?;
    let (mut from, mut to) = both(from, to)?;
    // Servers of two versions print some things differently: the older schema is made again on the newer server.
    let newest = from.major.max(to.major);
    for catalog in [&mut from, &mut to] {
        if catalog.major < newest
            && let Some(shadow) = sources.shadow.as_mut().filter(|shadow| shadow.major() == newest)
        {
            *catalog = transplanted(shadow, catalog, &bookkeeping(cx))?;
        }
    }
    if let Some(shadow) = sources.shadow.as_mut() {
        tell_notes(cx, shadow);
    }
    let depth = if args.structure { Depth::Structure } else { Depth::Full };
    let mut scope = Scope { across_majors: from.major != to.major, ..Scope::everything(depth) };
    scope.schemas = sources.managed.as_ref().map(|all| all.iter().map(|name| name.as_str().into()).collect());
    scope.ignored = args.ignore.clone();
    drop(sources);
    let statements = migration(&from, &to, &scope)?;
    let found = without_order(differences(&to, &from, &scope));
    let sql = script(&statements);
    if !cx.report.is_json() {
        cx.report.verbatim(&sql);
    }
    cx.report.document(json!({ "differences": found.iter().map(wire).collect::<Vec<_>>(), "sql": sql }));
    if args.exit_code && !found.is_empty() { Err(Failure::Found(Exit::Found)) } else { Ok(()) }
}

/// A schema that is read, or a database that is open for it.
enum Source {
    Read(Box<Catalog>),
    Open(Box<Session>, Bookkeeping),
}

impl Source {
    fn catalog(self) -> Result<Catalog, CatalogError> {
        match self {
            Self::Read(catalog) => Ok(*catalog),
            Self::Open(mut session, bookkeeping) => read(&mut session, &bookkeeping),
        }
    }
}

/// Reads what is not read yet: two databases at once.
fn both(from: Source, to: Source) -> Result<(Catalog, Catalog), CatalogError> {
    let (from, to) = std::thread::scope(|scope| {
        let other = scope.spawn(|| to.catalog());
        let from = from.catalog();
        (from, other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    Ok((from?, to?))
}

/// Opens schemas where they are said to be.
struct Sources {
    /// For revisions and files.
    shadow: Option<Shadow>,
    /// The revisions of the graph, once there is a shadow.
    revisions: BTreeMap<Index, Revised>,
    /// The schemas that count, where the project's own database is one of the two.
    managed: Option<BTreeSet<String>>,
}

impl Sources {
    fn open(&mut self, cx: &mut Context, name: &str) -> Result<Source, Failure> {
        if name == "live" {
            return self.live(cx);
        }
        if name.contains("://") {
            let dsn = Dsn::parse(name)?;
            let Some(session) = look(cx, &dsn)? else { return Err(absent(cx, &dsn)) };
            return Ok(Source::Open(Box::new(session), bookkeeping(cx)));
        }
        let path = cx.here.join(name);
        let bookkeeping = bookkeeping(cx);
        if name == "declared" || path.exists() || name.ends_with(".sql") {
            let files = if name == "declared" { declared_source(cx)? } else { declared_files(cx, Some(path))? };
            let Some(files) = files else { return Err(nothing(name)) };
            let shadow = self.shadow(cx)?;
            return Ok(Source::Read(Box::new(loaded(&bookkeeping, shadow, &files)?)));
        }
        Ok(Source::Read(Box::new(self.revision(cx, name)?)))
    }

    fn live(&mut self, cx: &mut Context) -> Result<Source, Failure> {
        let graph = graph_or_none(cx)?;
        let dsn = target(cx)?;
        let Some(mut session) = look(cx, &dsn)? else { return Err(absent(cx, &dsn)) };
        let seen = view(cx, &mut session)?;
        let (_, facts) = seen.whole_state(cx, &mut session, &graph)?;
        let books = bookkeeping_of(cx, &facts);
        self.managed = Some(managed(cx, &graph, &seen.server.search_path)?.into_iter().collect());
        Ok(Source::Open(Box::new(session), books))
    }

    fn revision(&mut self, cx: &mut Context, name: &str) -> Result<Catalog, Failure> {
        let graph = graph_or_none(cx)?;
        let asked: Target = Target::from(name);
        let set: Vec<Index> = if name == "base" { Vec::new() } else { lookup(&graph, &asked)? };
        let bookkeeping = bookkeeping(cx);
        self.shadow(cx)?;
        let wanted: Vec<_> =
            order(&graph, &set).iter().filter_map(|index| self.revisions.get(index).cloned()).collect();
        Ok(promised(self.shadow(cx)?, &wanted, &bookkeeping)?)
    }

    fn shadow(&mut self, cx: &mut Context) -> Result<&mut Shadow, Failure> {
        if self.shadow.is_none() {
            let graph = graph_or_none(cx)?;
            let original = original(cx)?;
            let order = order(&graph, &graph.heads());
            let all = revisions(cx, &graph, &order, original.as_ref(), Ways::Up)?;
            // What any revision makes, no shadow has before the first one runs, whichever source it is for.
            self.shadow = Some(open(cx, original.as_ref(), &all)?);
            self.revisions = order.into_iter().zip(all).collect();
        }
        self.shadow.as_mut().ok_or_else(|| nothing("a shadow"))
    }
}

fn nothing(name: &str) -> Failure {
    Diagnostic::new("usage", Exit::Usage, format!("there is nothing to compare under `{name}`"))
        .help("a source is `live`, a revision, `declared`, a path of .sql files, or a URL")
        .into()
}

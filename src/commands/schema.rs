//! `pgkeel schema dump`: declared SQL from a database, in files that load again to the same schema.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::json;

use crate::catalog::Catalog;
use crate::catalog::difference::differences;
use crate::catalog::kind::Kind;
use crate::catalog::object::ObjectId;
use crate::catalog::scope::{Depth, Scope};
use crate::commands::catalog::{bookkeeping_of, loaded};
use crate::commands::database::{absent, look, target};
use crate::commands::revision::graph_or_none;
use crate::commands::shadow::{Original, open, tell_notes};
use crate::commands::view::{managed, view};
use crate::commands::{Context, Outcome};
use crate::diff::{Sql, migration, script};
use crate::pg::catalog::read;
use crate::report::diagnostic::{Diagnostic, Exit};
use crate::report::difference::lines;
use crate::report::human::count;
use crate::shadow::declared::DeclaredFile;
use crate::shadow::proof::without_order;

/// Work with the declared schema
#[derive(clap::Args)]
pub(crate) struct SchemaArgs {
    #[command(subcommand)]
    verb: SchemaVerb,
}

#[derive(clap::Subcommand)]
enum SchemaVerb {
    Dump(DumpArgs),
}

/// Print the schema of the database as declared SQL, or write it to files
#[derive(clap::Args)]
struct DumpArgs {
    /// A directory for the files; no file that is there is overwritten
    #[arg(long, short, value_name = "DIRECTORY")]
    output: Option<PathBuf>,
    /// The schemas (default: those that the project manages)
    #[arg(long, value_name = "NAME")]
    schema: Vec<String>,
    /// Do not load the result into a shadow database to see whether it is complete
    #[arg(long)]
    no_proof: bool,
}

pub(crate) fn schema(args: &SchemaArgs, cx: &mut Context) -> Outcome {
    match &args.verb {
        SchemaVerb::Dump(args) => dump(args, cx),
    }
}

fn dump(args: &DumpArgs, cx: &mut Context) -> Outcome {
    let graph = graph_or_none(cx)?;
    let dsn = target(cx)?;
    let Some(mut session) = look(cx, &dsn)? else { return Err(absent(cx, &dsn)) };
    let seen = view(cx, &mut session)?;
    let (_, facts) = seen.whole_state(cx, &mut session, &graph)?;
    let books = bookkeeping_of(cx, &facts);
    let mut live = read(&mut session, &books)?;
    let schemas =
        if args.schema.is_empty() { managed(cx, &graph, &seen.server.search_path)? } else { args.schema.clone() };
    let mut scope = Scope::everything(Depth::Full);
    scope.schemas = Some(schemas.iter().map(|name| name.as_str().into()).collect());
    scope.manage(&cx.settings.managed);
    scope.narrow(&mut live);
    let statements = migration(&empty(&live), &live, &scope)?;
    let files = files(&statements);
    if !args.no_proof {
        let original = Original::read(&mut session)?;
        let mut shadow = open(cx, Some(&original), &[])?;
        let declared: Vec<DeclaredFile> = files
            .iter()
            .map(|(path, text)| DeclaredFile { path: path.clone(), text: Arc::from(text.as_str()) })
            .collect();
        let again = loaded(&books, &mut shadow, &declared)?;
        tell_notes(cx, &mut shadow);
        let found = without_order(differences(&live, &again, &scope));
        if !found.is_empty() {
            let message = "the schema that was written down is not quite that of the database";
            let diagnostic = Diagnostic::new("proof", Exit::Failed, message).note("loaded again:");
            let diagnostic = lines(&found).into_iter().fold(diagnostic, |it, line| it.note(format!("  {line}")));
            return Err(diagnostic.help("`--no-proof` writes it all the same").into());
        }
    }
    match &args.output {
        None => {
            let sql = script(&statements);
            if !cx.report.is_json() {
                cx.report.verbatim(&sql);
            }
            cx.report.document(json!({"files": [], "sql": sql}));
        }
        Some(directory) => {
            let workspace = cx.workspace();
            let mut written = Vec::new();
            for (path, text) in &files {
                written.push(workspace.write_new(&cx.here.join(directory).join(path), text)?);
            }
            cx.report.answer(&format!("wrote {} to {}", count(written.len(), "file"), directory.display()));
            cx.report.document(json!({"files": written, "sql": null}));
        }
    }
    Ok(())
}

/// What every new database has.
fn empty(live: &Catalog) -> Catalog {
    let mut empty = Catalog::new(live.major);
    if let Some(public) = live.get(&ObjectId::wide(Kind::Schema, "public")) {
        let mut public = public.clone();
        for attribute in ["owner", "acl", "comment"] {
            public.set(attribute, None);
        }
        empty.add(public);
    }
    empty
}

/// Puts statements into files: one for each table, view, routine and type, one for each kind of the rest.
fn files(statements: &[Sql]) -> Vec<(String, String)> {
    let mut files: BTreeMap<String, Vec<Sql>> = BTreeMap::new();
    for statement in statements {
        let path = statement.about.as_ref().map_or_else(|| "database.sql".to_owned(), path_of);
        files.entry(path).or_default().push(statement.clone());
    }
    files.into_iter().map(|(path, statements)| (path, script(&statements))).collect()
}

#[expect(clippy::wildcard_enum_match_arm, reason = "what has no folder of its own goes into one file a kind")]
fn path_of(id: &ObjectId) -> String {
    let plain = |name: &str| name.replace(['/', '\\', '\0'], "_");
    let Some(schema) = id.schema.as_deref() else {
        return format!("{}s.sql", id.kind.name().replace(' ', "_"));
    };
    let folder = match id.kind {
        Kind::Table | Kind::ForeignTable | Kind::Column | Kind::Default | Kind::Constraint | Kind::Index => "tables",
        Kind::Trigger | Kind::Policy | Kind::Rule | Kind::Statistics => "tables",
        Kind::View | Kind::MaterializedView | Kind::ViewColumn => "views",
        Kind::Function | Kind::Procedure | Kind::Aggregate => "routines",
        Kind::Sequence => "sequences",
        Kind::Enum | Kind::Domain | Kind::DomainConstraint | Kind::Composite | Kind::Attribute | Kind::Range => "types",
        Kind::BaseType | Kind::ShellType => "types",
        _ => return format!("{}/{}s.sql", plain(schema), id.kind.name().replace(' ', "_")),
    };
    let name = id.parent.as_deref().unwrap_or(&id.name);
    format!("{}/{folder}/{}.sql", plain(schema), plain(name))
}

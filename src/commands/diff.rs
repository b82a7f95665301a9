//! `pgkeel diff`: the SQL that turns one schema into another.

use serde_json::json;

use crate::catalog::Catalog;
use crate::catalog::difference::differences;
use crate::catalog::scope::{Depth, Scope};
use crate::commands::catalog::bookkeeping;
use crate::commands::database::{absent, look, target};
use crate::commands::{Context, Failure, Outcome};
use crate::diff::{migration, script};
use crate::pg::catalog::read;
use crate::report::diagnostic::Exit;
use crate::report::difference::wire;
use crate::text::dsn::Dsn;

/// Print the SQL that turns one schema into another
#[derive(clap::Args)]
pub(crate) struct DiffArgs {
    /// What there is: a URL, or `live` for the project's database
    #[arg(long, value_name = "SOURCE", default_value = "live")]
    from: String,
    /// What shall be: a URL, or `live`
    #[arg(long, value_name = "SOURCE")]
    to: String,
    /// Exit with 3 if there is a difference
    #[arg(long)]
    exit_code: bool,
}

pub(crate) fn diff(args: &DiffArgs, cx: &mut Context) -> Outcome {
    let from = source(cx, &args.from)?;
    let to = source(cx, &args.to)?;
    let scope = Scope { across_majors: from.major != to.major, ..Scope::everything(Depth::Full) };
    let statements = migration(&from, &to, &scope)?;
    let found = differences(&to, &from, &scope);
    let sql = script(&statements);
    if !cx.report.is_json() {
        cx.report.verbatim(&sql);
    }
    cx.report.document(json!({ "differences": found.iter().map(wire).collect::<Vec<_>>(), "sql": sql }));
    if args.exit_code && !found.is_empty() { Err(Failure::Found(Exit::Found)) } else { Ok(()) }
}

fn source(cx: &Context, name: &str) -> Result<Catalog, Failure> {
    let dsn = if name == "live" { target(cx)? } else { Dsn::parse(name)? };
    let Some(mut session) = look(cx, &dsn)? else { return Err(absent(cx, &dsn)) };
    Ok(read(&mut session, &bookkeeping(cx))?)
}

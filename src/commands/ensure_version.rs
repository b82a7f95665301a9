//! `pgkeel ensure-version`: make the version table where it is missing.

use serde_json::json;

use crate::commands::database::{absent, target, work};
use crate::commands::view::{place, view};
use crate::commands::{Context, Outcome};
use crate::pg::ledger::create_version_table;
use crate::pg::state::{StateError, VersionTable, schema_exists};
use crate::report::diagnostic::{Diagnostic, Exit};
use crate::text::ident::{Ident, Qualified};

/// Create the version table if it does not exist yet
#[derive(clap::Args)]
pub(crate) struct EnsureVersionArgs {
    /// Write the statement for psql instead
    #[arg(long)]
    sql: bool,
}

/// `CREATE TABLE` found that another was quicker.
const DUPLICATE_TABLE: &str = "42P07";

pub(crate) fn ensure_version(args: &EnsureVersionArgs, cx: &mut Context) -> Outcome {
    if args.sql {
        let sql = statement(cx)?;
        cx.report.verbatim(&sql);
        cx.report.document(json!({"sql": sql}));
        return Ok(());
    }
    let dsn = target(cx)?;
    let Some(mut session) = work(cx, &dsn)? else { return Err(absent(cx, &dsn)) };
    let seen = view(cx, &mut session)?;
    let table = seen.table.name.plain();
    let mut created = false;
    if !seen.table.exists {
        let schema = seen.table.name.schema.as_str();
        if !schema_exists(&mut session, schema)? {
            return Err(Diagnostic::new("refused", Exit::Refused, format!("the schema `{schema}` does not exist"))
                .note("nothing was changed")
                .help("create it: `pgkeel bootstrap`")
                .into());
        }
        match session.run(&create_version_table(&seen.table, 0)) {
            Ok(()) => created = true,
            Err(error) if error.is(DUPLICATE_TABLE) => (),
            Err(error) => return Err(error.into()),
        }
    }
    cx.report.answer(&format!("{table} {}", if created { "was created" } else { "exists" }));
    cx.report.document(json!({"version_table": table, "created": created}));
    Ok(())
}

/// The statement, unqualified where the search_path decides.
fn statement(cx: &Context) -> Result<String, StateError> {
    let at = place(cx);
    let name = Ident::parse(at.version_table)?;
    let schema = at.version_table_schema.or(at.schema).map(Ident::parse).transpose()?;
    let qualified = Qualified { schema: schema.clone().unwrap_or(name.clone()), name: name.clone() };
    let table = VersionTable { name: qualified.clone(), exists: false, writable: true, width: None };
    let sql = create_version_table(&table, 0).replacen("CREATE TABLE", "CREATE TABLE IF NOT EXISTS", 1);
    let sql = if schema.is_some() { sql } else { sql.replacen(&qualified.to_string(), &name.to_string(), 1) };
    Ok(format!("{sql}\n"))
}

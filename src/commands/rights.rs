//! What must be true of server and role before a run writes anything.

use crate::commands::view::View;
use crate::commands::{Context, Failure};
use crate::pg::session::Session;
use crate::pg::state::may_create_in;
use crate::report::diagnostic::{Diagnostic, Exit};
use crate::settings::LedgerMode;
use crate::text::ident::readable;

/// Refuses a standby, before anything is decided: `up` would create schemas.
///
/// # Errors
/// `standby`.
pub(super) fn no_standby(seen: &View) -> Result<(), Failure> {
    if seen.server.in_recovery {
        return Err(Diagnostic::new("standby", Exit::Refused, "the server is a standby: it takes no writes")
            .note("nothing was run")
            .help("connect to the primary; `pgkeel config` shows where host and port come from")
            .into());
    }
    Ok(())
}

/// Refuses a role without the rights that the records need, before the run.
///
/// # Errors
/// `version_table`, `refused`; the server's.
pub(super) fn may_write(cx: &Context, session: &mut Session, seen: &View) -> Result<(), Failure> {
    let role = &seen.server.role;
    let to = format!("\"{}\"", role.replace('"', "\"\""));
    if !seen.table.writable {
        let table = seen.table.name.plain();
        let message = format!("the role `{role}` may not write the version table {table}");
        return Err(Diagnostic::new("version_table", Exit::Refused, message)
            .note("nothing was run")
            .help(format!("let its owner run: GRANT SELECT, INSERT, UPDATE, DELETE ON {} TO {to};", seen.table.name))
            .into());
    }
    if cx.settings.ledger == LedgerMode::Required
        && let Some(table) = seen.server.stranger_in_ledger()
    {
        let message = format!("{table} is no table of pgkeel's ledger: it has other columns");
        return Err(Diagnostic::new("refused", Exit::Refused, message)
            .note("nothing was run")
            .help("set `ledger_schema` to a schema of pgkeel's own, or rename what is there")
            .into());
    }
    if cx.settings.ledger == LedgerMode::Required && !seen.server.may_write_ledger() && !may_create_ledger(seen) {
        let schema = &cx.settings.ledger_schema;
        let message = format!("the role `{role}` may not write the ledger in the schema `{schema}`, or create it");
        return Err(Diagnostic::new("refused", Exit::Refused, message)
            .note("nothing was run")
            .help(format!(
                "let an administrator run: CREATE SCHEMA IF NOT EXISTS \"{}\" AUTHORIZATION {to};",
                schema.replace('"', "\"\"")
            ))
            .help("or set `ledger = \"off\"`: sections without transaction are then limited to one statement")
            .into());
    }
    // A schema that is missing may be made by the first revision.
    let schema = &seen.table.name.schema;
    if !seen.table.exists && may_create_in(session, schema)? == Some(false) {
        let place = readable(schema.as_str());
        let message = format!("the role `{role}` may not create the version table in the schema {place}");
        return Err(Diagnostic::new("version_table", Exit::Refused, message)
            .note("nothing was run")
            .help(format!("let an administrator run: GRANT CREATE ON SCHEMA {schema} TO {to};"))
            .help("or set `version_table_schema` to a schema of this role's own")
            .into());
    }
    Ok(())
}

/// Where the ledger's schema does not exist, the right to create schemas is what counts.
fn may_create_ledger(seen: &View) -> bool {
    seen.server.may_create_schemas && !seen.server.has_ledger_schema
}

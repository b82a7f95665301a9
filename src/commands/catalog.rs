//! Catalogs as commands compare them.

use crate::commands::Context;
use crate::pg::catalog::Bookkeeping;

/// Returns what is bookkeeping and no part of a schema.
pub(crate) fn bookkeeping(cx: &Context) -> Bookkeeping {
    Bookkeeping {
        version_table: cx.settings.version_table.clone(),
        ledger_schema: cx.settings.ledger_schema.clone(),
        tables: Vec::new(),
    }
}

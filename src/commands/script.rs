//! Statements as a text.

use crate::diff::Sql;

/// Returns statements as a script, one after the other.
pub(crate) fn script(statements: &[Sql]) -> String {
    statements.iter().map(|statement| format!("{};\n", statement.text.trim_end().trim_end_matches(';'))).collect()
}

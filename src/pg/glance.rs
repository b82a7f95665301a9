//! A glance at a database for a run that probably has nothing to do: half of what the whole look costs a server session
//! that has just started. Whatever is out of the ordinary is left to the whole look.

use crate::pg::error::SqlError;
use crate::pg::session::Session;
use crate::pg::state::{JOURNAL, Where};
use crate::text::fill::fill;
use crate::text::ident::{Ident, Qualified};
use crate::text::literal::Literal;

/// Returns the rows of the version table; none where there is not exactly one plain table with rows, on a primary, and
/// nothing done in part. Two messages, three statements.
///
/// # Errors
/// The server's: the whole look says what they mean.
pub(crate) fn glance(session: &mut Session, at: &Where<'_>) -> Result<Option<Vec<String>>, SqlError> {
    let names: [(&str, &dyn std::fmt::Display); 2] = [("$1", &Literal(at.version_table)), ("$2", &Literal(JOURNAL))];
    let found = session.rows(&fill(include_str!("../../sql/state/glance.sql"), &names))?;
    let Some(tables) = found.iter().map(|row| Found::of(row)).collect::<Option<Vec<Found<'_>>>>() else {
        return Ok(None);
    };
    let Some(table) = version_table(&tables, at) else { return Ok(None) };
    let mut sql = fill(include_str!("../../sql/state/glance_rows.sql"), &[("$table", &table)]);
    match tables.iter().find(|found| found.name == JOURNAL && found.schema == at.ledger_schema) {
        Some(journal) if journal.is_plain => {
            let Some(journal) = qualified(journal) else { return Ok(None) };
            sql.push_str(";\n");
            sql.push_str(&fill(include_str!("../../sql/state/glance_journal.sql"), &[("$journal", &journal)]));
        }
        Some(_) => return Ok(None),
        None => (),
    }
    let key = table.to_string();
    let mut rows = Vec::new();
    for row in session.rows(&sql)? {
        match <[Option<String>; 2]>::try_from(row) {
            // A section of this version table is done in part.
            Ok([of, _]) if of.as_deref() == Some(&key) => return Ok(None),
            Ok(_) => (),
            Err(row) => rows.extend(row.into_iter().flatten()),
        }
    }
    Ok(Some(rows).filter(|rows| !rows.is_empty()))
}

struct Found<'a> {
    search_path: Vec<&'a str>,
    schema: &'a str,
    name: &'a str,
    /// A table of its own kind, without policies, on a primary.
    is_plain: bool,
}

impl<'a> Found<'a> {
    /// Reads a row; none where a name is quoted, as the server quotes what is no plain word.
    fn of(row: &'a [Option<String>]) -> Option<Self> {
        let text = |column: usize| row.get(column).and_then(Option::as_deref);
        let search_path = text(0)?.strip_prefix('{')?.strip_suffix('}')?;
        let schema = text(2)?;
        if search_path.contains(['"', '\\']) || schema.contains('"') {
            return None;
        }
        Some(Self {
            search_path: search_path.split(',').filter(|name| !name.is_empty()).collect(),
            schema,
            name: text(3)?,
            is_plain: text(1)? == "f" && text(4)? == "r" && text(5)? == "f",
        })
    }
}

/// Returns the only table of that name, if it stands where a version table is looked for.
fn version_table(tables: &[Found<'_>], at: &Where<'_>) -> Option<Qualified> {
    let mut named = tables.iter().filter(|found| found.name == at.version_table);
    let (found, None) = (named.next()?, named.next()) else { return None };
    let in_place = match at.version_table_schema {
        Some(schema) => found.schema == schema,
        None => at.schema == Some(found.schema) || found.search_path.contains(&found.schema),
    };
    if found.is_plain && in_place && at.version_table != JOURNAL { qualified(found) } else { None }
}

fn qualified(found: &Found<'_>) -> Option<Qualified> {
    Some(Qualified { schema: Ident::parse(found.schema).ok()?, name: Ident::parse(found.name).ok()? })
}

#[cfg(test)]
mod tests {
    use super::{Found, version_table};
    use crate::pg::state::Where;

    const AT: Where<'_> =
        Where { version_table: "v", version_table_schema: None, schema: None, ledger_schema: "pgkeel" };

    fn found(rows: &[[&str; 6]], at: &Where<'_>) -> Option<String> {
        let rows: Vec<Vec<Option<String>>> =
            rows.iter().map(|row| row.iter().map(|text| Some((*text).to_owned())).collect()).collect();
        let tables = rows.iter().map(|row| Found::of(row)).collect::<Option<Vec<_>>>()?;
        version_table(&tables, at).map(|table| table.plain())
    }

    #[test]
    fn only_what_is_ordinary_is_enough() {
        let plain = ["{public}", "f", "public", "v", "r", "f"];
        let journal = ["{public}", "f", "pgkeel", "journal", "r", "f"];
        let with = |column: usize, text: &'static str| {
            let mut row = plain;
            row[column] = text;
            row
        };
        assert_eq!(found(&[plain, journal], &AT).as_deref(), Some("public.v"));
        assert_eq!(found(&[journal], &AT), None, "no table");
        assert_eq!(found(&[plain, with(2, "other")], &AT), None, "two truths");
        assert_eq!(found(&[with(2, "other")], &AT), None, "not on the search_path");
        assert_eq!(found(&[with(1, "t")], &AT), None, "a standby");
        assert_eq!(found(&[with(4, "v")], &AT), None, "a view");
        assert_eq!(found(&[with(5, "t")], &AT), None, "row security");
        assert_eq!(found(&[with(2, "\"Odd\"")], &AT), None, "a quoted name");
        assert_eq!(found(&[with(0, "{\"Odd\",public}")], &AT), None, "a quoted name in the search_path");
        let elsewhere = Where { version_table_schema: Some("other"), ..AT };
        assert_eq!(found(&[plain], &elsewhere), None, "the settings name another schema");
        assert_eq!(found(&[with(2, "other")], &elsewhere).as_deref(), Some("other.v"));
        let own = Where { schema: Some("app"), ..AT };
        assert_eq!(found(&[with(2, "app")], &own).as_deref(), Some("app.v"));
    }
}

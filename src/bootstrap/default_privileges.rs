//! Privileges on what a role will make (`ALTER DEFAULT PRIVILEGES`): the way to grant on tables that revisions create.

use crate::bootstrap::facts::Privileges;
use crate::bootstrap::grant::{Item, end, grantee};
use crate::bootstrap::step::{Object, Step, Why};
use crate::text::ident::{Ident, NotAnIdent, readable};

/// Returns the step for default privileges. `will_be` says of a schema whether bootstrap creates it, `later` whether a
/// pending revision does.
///
/// # Errors
/// A name that is none.
pub(crate) fn step(
    item: &Item,
    seen: Option<Privileges>,
    will_be: &dyn Fn(&str) -> bool,
    later: &dyn Fn(&str) -> bool,
) -> Result<Step, NotAnIdent> {
    let title = title(item);
    let found = seen.is_none_or(|seen| seen.found);
    if let Some(schema) = item.schema() {
        if later(schema) && !seen.is_some_and(|seen| seen.found) {
            return Ok(Step::skipped(Object::DefaultPrivileges, title, Why::Later));
        }
        if !found && !will_be(schema) {
            let why = Why::NoSchema { schema: schema.to_owned() };
            return Ok(Step::create(Object::DefaultPrivileges, title, sql(item)?).refused(why));
        }
    }
    Ok(if seen.is_none_or(|seen| seen.missing || !seen.found) {
        Step::create(Object::DefaultPrivileges, title, sql(item)?)
    } else {
        Step::exists(Object::DefaultPrivileges, title)
    })
}

fn sql(item: &Item) -> Result<String, NotAnIdent> {
    let schema = item.schema().map(Ident::parse).transpose()?;
    let schema = schema.map_or(String::new(), |schema| format!(" IN SCHEMA {schema}"));
    Ok(format!(
        "ALTER DEFAULT PRIVILEGES FOR ROLE {}{schema} GRANT {} ON {} TO {}",
        Ident::parse(item.by())?,
        item.words(),
        item.kind().word().to_ascii_uppercase(),
        end(item)?
    ))
}

fn title(item: &Item) -> String {
    let schema = item.schema().map_or(String::new(), |schema| format!(" in {}", readable(schema)));
    format!("{} on {} of {}{schema} to {}", item.words(), item.kind().word(), readable(item.by()), grantee(item))
}

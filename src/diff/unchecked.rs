//! Whether the server shall take the bodies of routines as they are.
//!
//! When a routine is made, the server looks at its text under the search path of the session: a body that counts on another
//! path, or names what is made after it, would be refused. The schema that the text was read from has it, so that there is
//! nothing to find out; `pg_dump` does the same (PostgreSQL manual, `check_function_bodies`).

use crate::catalog::kind::Kind;
use crate::catalog::object::ObjectId;
use crate::diff::body::Names;
use crate::diff::{Cx, Sql, has_body};

/// What is said before the first statement. It is for the session, since the script may be run in a transaction or without
/// one; a session of ours is cleaned after each revision.
pub(super) const SET: &str = "SET check_function_bodies = off";

/// Returns whether one of the statements makes a routine whose text could be refused.
pub(super) fn is_wanted(cx: &Cx<'_>, statements: &[Sql]) -> bool {
    let makes = |statement: &&Sql| has_body(&statement.text);
    let routines: Vec<&ObjectId> =
        statements.iter().filter(makes).filter_map(|statement| statement.about.as_ref()).collect();
    if routines.is_empty() {
        return false;
    }
    let names = Names::new(cx.to);
    routines.into_iter().any(|id| may_be_refused(cx, &names, id))
}

fn may_be_refused(cx: &Cx<'_>, names: &Names<'_>, id: &ObjectId) -> bool {
    let Some(routine) = cx.to.get(id) else { return false };
    let Some(body) = routine.find("body") else { return false };
    match routine.find("language") {
        // Each of its names is looked up, and some only the server knows: those of columns, of system catalogs.
        Some("sql") => true,
        // Only the types of variables are.
        Some("plpgsql") => names.of(id).iter().any(|named| {
            let is_type = !matches!(named.kind, Kind::Function | Kind::Procedure | Kind::Aggregate | Kind::Operator);
            let is_new = !cx.from.has(named);
            is_type && (is_new || !is_on_the_usual_path(named.schema()) && !body.contains(named.schema()))
        }),
        _ => false,
    }
}

fn is_on_the_usual_path(schema: &str) -> bool {
    matches!(schema, "public" | "pg_catalog" | "")
}

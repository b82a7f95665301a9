//! Which tables a change must write anew, and which it must leave in the file that they are in.
//!
//! The rules are those of the PostgreSQL manual, `ALTER TABLE`, "Notes", read generously: where it takes the server to
//! know whether it rewrites a table, the table may be rewritten.

use std::collections::BTreeSet;

use crate::catalog::Catalog;
use crate::catalog::kind::Kind;
use crate::catalog::object::{Object, ObjectId};
use crate::catalog::scope::Scope;
use crate::diff::fate::{Fate, Fates, decide};
use crate::diff::relation::conversion::keeps_the_bytes;
use crate::diff::relation::parents;
use crate::diff::{Cx, DiffError, context};

/// What becomes of the tables that are there before and after a change.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rewrites {
    /// Those that are made anew: nothing else changes them so.
    pub(crate) anew: BTreeSet<ObjectId>,
    /// Those that nothing gives a reason to write anew.
    pub(crate) stay: BTreeSet<ObjectId>,
}

/// Returns which tables are made anew on the way from one schema to the other, and which stay in their files.
///
/// # Errors
/// An object of a kind that cannot be changed.
pub(crate) fn rewrites(from: &Catalog, to: &Catalog, scope: &Scope) -> Result<Rewrites, DiffError> {
    let cx = context(from, to, scope);
    let fates = decide(&cx)?;
    let anew = fates.iter().filter(|(id, fate)| id.kind == Kind::Table && matches!(fate, Fate::Replace));
    let anew = anew.map(|(id, _)| id.clone()).collect();
    // Nobody knows what the script of an extension does.
    if fates.iter().any(|(id, fate)| id.kind == Kind::Extension && !matches!(fate, Fate::Create | Fate::Drop)) {
        return Ok(Rewrites { anew, stay: BTreeSet::new() });
    }
    let both = to.of_kind(Kind::Table).filter(|table| from.has(&table.id) && scope.accepts(table).is_ok());
    let stay = both.filter(|table| !tree(&cx, &table.id).iter().any(|id| has_reason(&cx, &fates, id)));
    Ok(Rewrites { anew, stay: stay.map(|table| table.id.clone()).collect() })
}

/// Returns a table with all that it is or becomes a partition or child of: what a statement does to those, it does to it.
fn tree(cx: &Cx<'_>, table: &ObjectId) -> BTreeSet<ObjectId> {
    let mut found = BTreeSet::from([table.clone()]);
    let mut pending = vec![table.clone()];
    while let Some(id) = pending.pop() {
        for catalog in [cx.from, cx.to] {
            let above = catalog.get(&id).map(|table| parents(catalog, table)).unwrap_or_default();
            pending.extend(above.iter().filter(|above| found.insert(above.id.clone())).map(|above| above.id.clone()));
        }
    }
    found
}

fn has_reason(cx: &Cx<'_>, fates: &Fates, id: &ObjectId) -> bool {
    // Partitions of what is made anew are emptied before, which gives them other files.
    if matches!(fates.get(id), Some(Fate::Replace | Fate::Reattach | Fate::Create | Fate::Drop)) {
        return true;
    }
    let (Some(before), Some(after)) = (cx.from.get(id), cx.to.get(id)) else { return true };
    let differs = |attribute| before.find(attribute) != after.find(attribute);
    ["persistence", "access_method", "tablespace", "of_type"].iter().any(|attribute| differs(attribute))
        || cx.to.children(Kind::Column, id.schema(), &id.name).any(|column| column_has_reason(cx, fates, column))
}

fn column_has_reason(cx: &Cx<'_>, fates: &Fates, after: &Object) -> bool {
    let before = match (cx.from.get(&after.id), fates.get(&after.id)) {
        (_, Some(Fate::Retype)) => return true,
        (None, _) | (_, Some(Fate::Create | Fate::Replace)) => return brings_values(cx, after),
        (Some(before), _) => before,
    };
    let differs = |attribute| before.find(attribute) != after.find(attribute);
    differs("generated") || differs("generation") || {
        let (old, new) = (before.text("type"), after.text("type"));
        old != new && !keeps_the_bytes(old, new)
    }
}

/// Returns whether rows have to be given their value of a new column one by one. The type of somebody may be a domain,
/// whose constraints each row is held against.
fn brings_values(cx: &Cx<'_>, column: &Object) -> bool {
    let default = cx.to.get(&ObjectId { kind: Kind::Default, ..column.id.clone() });
    column.find("identity").is_some()
        || column.find("generated").is_some()
        || is_of_somebody(column.text("type"))
        || default.is_some_and(|default| !is_constant(default.text("expression")))
}

/// Returns whether a type has a schema before its name: under an empty search path, all types have but the server's own.
fn is_of_somebody(kind: &str) -> bool {
    kind.contains('.')
}

/// Returns whether an expression, as the server prints it, calls no function and casts to no type of somebody.
fn is_constant(expression: &str) -> bool {
    let mut is_text = false;
    let mut last = ' ';
    for next in expression.chars() {
        let is_name = last.is_alphanumeric() || matches!(last, '_' | '"');
        if !is_text && (next == '(' && is_name || last == '.' && (next.is_alphabetic() || matches!(next, '_' | '"'))) {
            return false;
        }
        is_text ^= next == '\'';
        last = next;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::is_constant;

    #[test]
    fn what_calls_something_is_no_constant() {
        for constant in
            ["0", "1.5", "(-1)", "'it''s (not) a.b'::text", "NULL::integer", "'{}'::jsonb", "CURRENT_TIMESTAMP"]
        {
            assert!(is_constant(constant), "{constant}");
        }
        for other in
            ["now()", "random()", "app.next('x'::text)", "'x'::app.dom", "(1 OPERATOR(app.+) 2)", "\"odd name\"()"]
        {
            assert!(!is_constant(other), "{other}");
        }
    }
}

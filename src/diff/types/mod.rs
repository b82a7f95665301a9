//! Types.

pub(super) mod base;
pub(super) mod composite;
pub(super) mod domain;
pub(super) mod enums;
pub(super) mod range;

use crate::catalog::kind::Kind;
use crate::catalog::object::{Object, ObjectId};
use crate::diff::sql::name;
use crate::diff::{Alteration, Cx, Sql};
use crate::text::ident::sparing;

/// Returns how an object is made anew of which a column, a domain, an attribute or a range may be: with its data converted
/// where something holds data of it, else simply.
pub(super) fn renewed(id: &ObjectId, cx: &Cx<'_>) -> Alteration {
    if is_used(id, cx) { Alteration::Swap } else { Alteration::Replace }
}

/// Returns whether columns, or types that columns may have, are of a type.
pub(super) fn is_used(id: &ObjectId, cx: &Cx<'_>) -> bool {
    const HOLDERS: [Kind; 5] = [Kind::Column, Kind::Attribute, Kind::Domain, Kind::Range, Kind::Table];
    cx.from.dependencies().any(|(from, to, _)| to == id && HOLDERS.contains(&from.kind))
}

/// Returns the statements that give a type another name while a new one takes its place.
pub(super) fn put_aside(object: &Object, cx: &Cx<'_>) -> Vec<Sql> {
    let aside = aside(&object.id, cx);
    let mut statements =
        vec![Sql::new(format!("ALTER {} {} RENAME TO {}", keyword(object.id.kind), name(&object.id), sparing(&aside)))];
    if object.id.kind == Kind::Range {
        statements.extend(range::put_parts_aside(object, &aside));
    }
    statements
}

/// Returns the statements that drop what was put aside.
pub(super) fn drop_put_aside(object: &Object, cx: &Cx<'_>) -> Vec<Sql> {
    let schema = sparing(object.id.schema());
    vec![Sql::new(format!("DROP {} {schema}.{}", keyword(object.id.kind), sparing(&aside(&object.id, cx))))]
}

fn keyword(kind: Kind) -> &'static str {
    if kind == Kind::Domain {
        "DOMAIN"
    } else if kind == Kind::Collation {
        "COLLATION"
    } else {
        "TYPE"
    }
}

/// Returns a name that nothing has: `status__old`.
fn aside(id: &ObjectId, cx: &Cx<'_>) -> String {
    const KINDS: [Kind; 12] = [
        Kind::Enum,
        Kind::Domain,
        Kind::Composite,
        Kind::Range,
        Kind::BaseType,
        Kind::ShellType,
        Kind::Collation,
        Kind::Table,
        Kind::ForeignTable,
        Kind::View,
        Kind::MaterializedView,
        Kind::Sequence,
    ];
    let is_taken = |name: &str| {
        let has = |kind: &Kind| {
            let other = ObjectId::new(*kind, id.schema(), name);
            cx.from.has(&other) || cx.to.has(&other)
        };
        KINDS.iter().any(has)
    };
    let suffixes = std::iter::once("__old".to_owned()).chain((2..).map(|number| format!("__old{number}")));
    let mut names = suffixes.map(|suffix| with_suffix(&id.name, &suffix));
    // The names never end.
    names.find(|name| !is_taken(name)).unwrap_or_default()
}

/// Returns a name with a suffix, cut where PostgreSQL would cut the suffix (PostgreSQL manual 4.1.1: 63 bytes).
fn with_suffix(name: &str, suffix: &str) -> String {
    let mut end = name.len().min(63 - suffix.len());
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{suffix}", &name[..end])
}

#[cfg(test)]
mod tests {
    use super::with_suffix;

    #[test]
    fn names_keep_their_suffix() {
        assert_eq!(with_suffix("status", "__old"), "status__old");
        let long = with_suffix(&"ä".repeat(31), "__old");
        assert_eq!(long, format!("{}__old", "ä".repeat(29)));
        assert!(long.len() <= 63);
    }
}

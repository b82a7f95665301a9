//! Domains and their constraints.

use crate::catalog::kind::Kind;
use crate::catalog::object::{Object, ObjectId};
use crate::diff::sql::{name, parent};
use crate::diff::types::renewed;
use crate::diff::{Alteration, Changed, Cx, Sql};
use crate::text::ident::sparing;
use crate::text::literal::LiteralOrNull;

/// Creates a domain.
pub(in crate::diff) fn create(object: &Object, inline: &[&Object]) -> Vec<Sql> {
    let mut parts = vec![format!("CREATE DOMAIN {} AS {}", name(&object.id), object.text("type"))];
    if let Some(collation) = object.get("collation") {
        parts.push(format!("COLLATE {collation}"));
    }
    if let Some(default) = object.get("default") {
        parts.push(format!("DEFAULT {default}"));
    }
    if object.is("not_null") {
        if let Some(name) = object.find("not_null_name") {
            parts.push(format!("CONSTRAINT {}", sparing(name)));
        }
        parts.push("NOT NULL".to_owned());
    }
    let (valid, unchecked): (Vec<&Object>, Vec<&Object>) =
        constraints(inline).partition(|constraint| constraint.get("not_valid").is_none());
    for constraint in valid {
        parts.push(clause(constraint));
    }
    let mut statements = vec![Sql::new(parts.join(" "))];
    statements.extend(unchecked.into_iter().map(add));
    statements.extend(not_null_comment(object));
    statements
}

fn constraints<'a>(inline: &[&'a Object]) -> impl Iterator<Item = &'a Object> {
    inline.iter().copied().filter(|object| object.id.kind == Kind::DomainConstraint)
}

/// Drops a domain.
pub(in crate::diff) fn drop(object: &Object) -> Vec<Sql> {
    vec![Sql::new(format!("DROP DOMAIN {}", name(&object.id)))]
}

/// Returns whether columns hold values of a domain within others: in arrays, rows or ranges. The server cannot look through
/// them, and refuses to check anything more (`ALTER DOMAIN`: PostgreSQL manual).
pub(in crate::diff) fn is_within_others(domain: &ObjectId, cx: &Cx<'_>) -> bool {
    let is_within = |from: &ObjectId| {
        matches!(from.kind, Kind::Attribute | Kind::Range)
            || from.kind == Kind::Domain && is_within_others(from, cx)
            || from.kind == Kind::Column && cx.from.get(from).is_some_and(|it| it.text("type").ends_with("[]"))
    };
    cx.from.dependencies().any(|(from, to, _)| to == domain && is_within(from))
}

/// Changes a domain. What it is a domain of cannot be changed.
pub(in crate::diff) fn alter(before: &Object, after: &Object, changed: &Changed<'_>, cx: &Cx<'_>) -> Alteration {
    if changed.contains("type") || changed.contains("collation") {
        return renewed(&after.id, cx);
    }
    if after.is("not_null") && !before.is("not_null") && is_within_others(&after.id, cx) {
        return Alteration::Swap;
    }
    let own = |change: &str| Sql::new(format!("ALTER DOMAIN {} {change}", name(&after.id)));
    let mut statements = Vec::new();
    if changed.contains("default") {
        statements.push(match after.get("default") {
            Some(default) => own(&format!("SET DEFAULT {default}")),
            None => own("DROP DEFAULT"),
        });
    }
    match (before.is("not_null"), after.is("not_null"), after.find("not_null_name")) {
        (true, false, _) => statements.push(own("DROP NOT NULL")),
        (false, true, Some(name)) => statements.push(own(&format!("ADD CONSTRAINT {} NOT NULL", sparing(name)))),
        (false, true, None) => statements.push(own("SET NOT NULL")),
        _ if changed.contains("not_null_name") => {
            let name = |domain: &Object| sparing(domain.find("_not_null_name").unwrap_or_default());
            statements.push(own(&format!("RENAME CONSTRAINT {} TO {}", name(before), name(after))));
        }
        _ => (),
    }
    if changed.contains("not_null_comment") && after.is("not_null") {
        statements.push(comment(after));
    }
    Alteration::InPlace(statements)
}

fn not_null_comment(domain: &Object) -> Option<Sql> {
    domain.find("not_null_comment").map(|_| comment(domain))
}

fn comment(domain: &Object) -> Sql {
    let constraint = sparing(domain.find("_not_null_name").unwrap_or_default());
    let text = LiteralOrNull(domain.find("not_null_comment"));
    Sql::new(format!("COMMENT ON CONSTRAINT {constraint} ON DOMAIN {} IS {text}", name(&domain.id)))
}

fn clause(constraint: &Object) -> String {
    format!("CONSTRAINT {} {}", sparing(&constraint.id.name), constraint.text("definition"))
}

fn add(constraint: &Object) -> Sql {
    Sql::new(format!("ALTER DOMAIN {} ADD {}", parent(&constraint.id), clause(constraint)))
}

fn take(constraint: &Object) -> Sql {
    Sql::new(format!("ALTER DOMAIN {} DROP CONSTRAINT {}", parent(&constraint.id), sparing(&constraint.id.name)))
}

/// Adds a constraint to a domain.
pub(in crate::diff) fn create_constraint(constraint: &Object) -> Vec<Sql> {
    vec![add(constraint)]
}

/// Drops a constraint of a domain.
pub(in crate::diff) fn drop_constraint(constraint: &Object) -> Vec<Sql> {
    vec![take(constraint)]
}

/// Changes a constraint of a domain.
pub(in crate::diff) fn alter_constraint(before: &Object, after: &Object) -> Alteration {
    fn condition(constraint: &Object) -> &str {
        let definition = constraint.text("definition");
        definition.strip_suffix(" NOT VALID").unwrap_or(definition)
    }
    if condition(before) == condition(after) && after.get("not_valid").is_none() {
        let text = format!("ALTER DOMAIN {} VALIDATE CONSTRAINT {}", parent(&after.id), sparing(&after.id.name));
        return Alteration::InPlace(vec![Sql::new(text)]);
    }
    Alteration::Replace
}

//! Enum types.

use crate::catalog::Catalog;
use crate::catalog::kind::Kind;
use crate::catalog::object::{Object, ObjectId};
use crate::diff::sql::name;
use crate::diff::types::renewed;
use crate::diff::{Alteration, Cx, Sql};
use crate::text::literal::Literal;

/// Creates an enum type.
pub(in crate::diff) fn create(object: &Object) -> Vec<Sql> {
    let labels = literals(&object.list("labels"));
    vec![Sql::new(format!("CREATE TYPE {} AS ENUM ({labels})", name(&object.id)))]
}

/// Drops an enum type.
pub(in crate::diff) fn drop(object: &Object) -> Vec<Sql> {
    vec![Sql::new(format!("DROP TYPE {}", name(&object.id)))]
}

/// Changes an enum type. Labels can be added in place; there is no statement that takes one away or moves it, and that one is
/// another by a new name is never guessed.
pub(in crate::diff) fn alter(before: &Object, after: &Object, cx: &Cx<'_>) -> Alteration {
    match additions(&before.list("labels"), &after.list("labels")) {
        Some(additions) => {
            let name = name(&after.id);
            Alteration::InPlace(
                additions.iter().map(|addition| Sql::new(format!("ALTER TYPE {name} ADD VALUE {addition}"))).collect(),
            )
        }
        None => renewed(&after.id, cx),
    }
}

/// Returns the labels that values of a column may have, and that no value can have any more; and whether the column is of the
/// enum itself, or an array of it.
pub(in crate::diff) fn lost(column: &ObjectId, cx: &Cx<'_>) -> (Vec<String>, bool) {
    let (mut found, mut pending, mut is_direct) = (Vec::new(), vec![(column.clone(), 0)], true);
    while let Some((id, depth)) = pending.pop() {
        for (needed, _) in cx.from.needs(&id) {
            if needed.kind == Kind::Enum {
                let labels = |catalog: &Catalog| catalog.get(needed).map(|it| it.list("labels")).unwrap_or_default();
                let after = labels(cx.to);
                let gone = labels(cx.from).into_iter().filter(|label| !after.is_empty() && !after.contains(label));
                let before = found.len();
                found.extend(gone);
                is_direct &= depth == 0 || found.len() == before;
            } else if depth < DEPTH && matches!(needed.kind, Kind::Domain | Kind::Composite | Kind::Range) {
                pending.push((needed.clone(), depth + 1));
                let attributes = cx.from.children(Kind::Attribute, needed.schema(), &needed.name);
                pending.extend(attributes.map(|attribute| (attribute.id.clone(), depth + 1)));
            }
        }
    }
    found.sort();
    found.dedup();
    (found, is_direct)
}

/// Returns labels as SQL writes them, separated by commas.
pub(in crate::diff) fn literals(labels: &[String]) -> String {
    labels.iter().map(|label| Literal(label).to_string()).collect::<Vec<_>>().join(", ")
}

/// Types are not nested deeper than that.
const DEPTH: usize = 8;

/// Returns what `ADD VALUE` is to say, one a label; None where the old labels are not all there in their old order.
fn additions(before: &[String], after: &[String]) -> Option<Vec<String>> {
    let mut additions = Vec::new();
    let mut old = before.iter().peekable();
    let mut last: Option<&String> = None;
    for label in after {
        if old.peek() == Some(&label) {
            old.next();
        } else {
            let written = Literal(label);
            additions.push(match (last, old.peek()) {
                // At the end.
                (_, None) => written.to_string(),
                (Some(last), Some(_)) => format!("{written} AFTER {}", Literal(last)),
                (None, Some(next)) => format!("{written} BEFORE {}", Literal(next)),
            });
        }
        last = Some(label);
    }
    old.next().is_none().then_some(additions)
}

#[cfg(test)]
mod tests {
    use super::additions;

    fn check(before: &str, after: &str) -> Option<Vec<String>> {
        let list = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        additions(&list(before), &list(after))
    }

    #[test]
    fn labels_are_added_where_they_belong() {
        assert_eq!(
            check("a b", "x a y z b w v").unwrap(),
            ["'x' BEFORE 'a'", "'y' AFTER 'a'", "'z' AFTER 'y'", "'w'", "'v'"]
        );
        assert_eq!(check("", "a b").unwrap(), ["'a'", "'b'"]);
    }

    #[test]
    fn labels_that_go_or_move_are_no_addition() {
        assert_eq!(check("a b", "a"), None);
        assert_eq!(check("a b", "b a"), None);
        assert_eq!(check("a b", "a c"), None);
    }
}

//! Operators. A commutator or negator that is not there yet is made as a name by the server, and filled in when its own
//! statement comes: such pairs need no order.

use crate::catalog::kind::Kind;
use crate::catalog::object::{Object, ObjectId};
use crate::diff::sql::name;
use crate::diff::{Alteration, Changed, Cx, Sql};

/// Creates an operator.
pub(in crate::diff) fn create(object: &Object) -> Vec<Sql> {
    let mut options = vec![format!("FUNCTION = {}", object.text("function"))];
    let mut option = |attribute: &str, keyword: &str| {
        options.extend(object.get(attribute).map(|value| format!("{keyword} = {value}")));
    };
    option("_left", "LEFTARG");
    option("_right", "RIGHTARG");
    option("commutator", "COMMUTATOR");
    option("negator", "NEGATOR");
    option("restrict", "RESTRICT");
    option("join", "JOIN");
    for (attribute, keyword) in [("hashes", "HASHES"), ("merges", "MERGES")] {
        if object.is(attribute) {
            options.push(keyword.to_owned());
        }
    }
    vec![Sql::new(format!("CREATE OPERATOR {} (\n    {}\n)", name(&object.id), options.join(",\n    ")))]
}

/// Drops an operator.
pub(in crate::diff) fn drop(object: &Object) -> Vec<Sql> {
    vec![Sql::new(format!("DROP OPERATOR {}", signature(&object.id)))]
}

fn signature(id: &ObjectId) -> String {
    format!("{} ({})", name(id), id.arguments.as_deref().unwrap_or_default())
}

/// Changes an operator.
pub(in crate::diff) fn alter(before: &Object, after: &Object, changed: &Changed<'_>, cx: &Cx<'_>) -> Alteration {
    if changed.contains("function") {
        return Alteration::Replace;
    }
    let mut set = Vec::new();
    for (attribute, keyword) in [("restrict", "RESTRICT"), ("join", "JOIN")] {
        if changed.contains(attribute) {
            set.push(format!("{keyword} = {}", after.get(attribute).unwrap_or("NONE")));
        }
    }
    for (attribute, keyword) in [("commutator", "COMMUTATOR"), ("negator", "NEGATOR")] {
        if !changed.contains(attribute) || changes_by_itself(before, after, attribute, cx) {
            continue;
        }
        match (before.get(attribute), after.get(attribute)) {
            (None, Some(partner)) if cx.major >= 17 => set.push(format!("{keyword} = {partner}")),
            _ => return Alteration::Replace,
        }
    }
    for (attribute, keyword) in [("hashes", "HASHES"), ("merges", "MERGES")] {
        if changed.contains(attribute) {
            if cx.major < 17 || !after.is(attribute) {
                return Alteration::Replace;
            }
            set.push(keyword.to_owned());
        }
    }
    if set.is_empty() {
        return Alteration::InPlace(Vec::new());
    }
    Alteration::InPlace(vec![Sql::new(format!("ALTER OPERATOR {} SET ({})", signature(&after.id), set.join(", ")))])
}

/// Returns whether a commutator or negator goes because it is dropped, or comes because it is made and names this one.
fn changes_by_itself(before: &Object, after: &Object, attribute: &str, cx: &Cx<'_>) -> bool {
    let goes = match before.get(attribute) {
        Some(partner) => !partners(before, partner, attribute).iter().any(|id| cx.to.has(id)),
        None => true,
    };
    let comes = match after.get(attribute) {
        Some(partner) => {
            let new = partners(after, partner, attribute).into_iter().filter(|id| !cx.from.has(id));
            new.filter_map(|id| cx.to.get(&id))
                .any(|other| other.get(attribute).is_some_and(|text| names(text, &after.id)))
        }
        None => true,
    };
    goes && comes
}

/// Returns the ids that the partner of an operator may have: with the same arguments, or for a commutator the other way round.
fn partners(operator: &Object, partner: &str, attribute: &str) -> Vec<ObjectId> {
    let side = |side: &str| operator.get(side).unwrap_or("NONE").to_owned();
    let (left, right) =
        if attribute == "commutator" { (side("_right"), side("_left")) } else { (side("_left"), side("_right")) };
    let Some(path) = partner.strip_prefix("OPERATOR(").and_then(|rest| rest.strip_suffix(')')) else {
        return Vec::new();
    };
    // No operator has a dot in its name.
    let Some((schema, own)) = path.rsplit_once('.') else { return Vec::new() };
    let schema =
        schema.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(schema).replace("\"\"", "\"");
    let mut id = ObjectId::new(Kind::Operator, &schema, own);
    id.arguments = Some(format!("{left}, {right}").into());
    vec![id]
}

fn names(text: &str, id: &ObjectId) -> bool {
    text == format!("OPERATOR({})", name(id))
}

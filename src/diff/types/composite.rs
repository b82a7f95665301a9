//! Composite types and their attributes.

use crate::catalog::Catalog;
use crate::catalog::kind::Kind;
use crate::catalog::object::{Object, ObjectId};
use crate::diff::kinds::depends_on_type;
use crate::diff::sql::{name, parent};
use crate::diff::types::{is_used, renewed};
use crate::diff::{Alteration, Changed, Cx, Sql};
use crate::text::ident::sparing;

/// Creates a composite type.
pub(in crate::diff) fn create(object: &Object, inline: &[&Object]) -> Vec<Sql> {
    let mut attributes: Vec<&Object> =
        inline.iter().copied().filter(|object| object.id.kind == Kind::Attribute).collect();
    attributes.sort_by_key(|attribute| position(attribute));
    let attributes: Vec<_> = attributes.into_iter().map(definition).collect();
    let list = match attributes.as_slice() {
        [] => "()".to_owned(),
        [one] => format!("({one})"),
        many => format!("(\n    {}\n)", many.join(",\n    ")),
    };
    vec![Sql::new(format!("CREATE TYPE {} AS {list}", name(&object.id)))]
}

/// Drops a composite type.
pub(in crate::diff) fn drop(object: &Object) -> Vec<Sql> {
    vec![Sql::new(format!("DROP TYPE {}", name(&object.id)))]
}

fn position(attribute: &Object) -> u32 {
    attribute.text("position").parse().unwrap_or_default()
}

fn definition(attribute: &Object) -> String {
    format!("{} {}", sparing(&attribute.id.name), typed(attribute))
}

fn typed(attribute: &Object) -> String {
    let collation = attribute.get("collation").map(|collation| format!(" COLLATE {collation}")).unwrap_or_default();
    format!("{}{collation}", attribute.text("type"))
}

fn attributes<'a>(catalog: &'a Catalog, id: &ObjectId) -> Vec<&'a Object> {
    let mut found: Vec<&Object> = catalog.children(Kind::Attribute, id.schema(), &id.name).collect();
    found.sort_by_key(|attribute| position(attribute));
    found
}

/// Returns how a composite type is made anew, where its attributes cannot be changed one by one: new ones come at the end, and
/// the type of one cannot be changed while columns are of it.
pub(in crate::diff) fn by_attributes(id: &ObjectId, cx: &Cx<'_>) -> Option<Alteration> {
    let (before, after) = (attributes(cx.from, id), attributes(cx.to, id));
    let stays = |catalog: &Catalog, attribute: &&&Object| catalog.has(&attribute.id);
    let kept = before.iter().filter(|attribute| stays(cx.to, attribute));
    let added = after.iter().filter(|attribute| !stays(cx.from, attribute));
    let reached: Vec<_> = kept.chain(added).map(|attribute| &attribute.id).collect();
    let wanted: Vec<_> = after.iter().map(|attribute| &attribute.id).collect();
    let is_ordered = reached == wanted || !cx.scope.counts(Kind::Attribute, "position");
    let is_retyped = || {
        after.iter().any(|attribute| cx.from.get(&attribute.id).is_some_and(|before| typed(before) != typed(attribute)))
    };
    (!is_ordered || is_retyped() && is_used(id, cx)).then(|| renewed(id, cx))
}

/// Returns the expression that makes a value of the new form of a composite type from one of its old form, which an expression
/// gives. None where `kind` is no composite type that both have.
pub(in crate::diff) fn converted(expression: &str, kind: &str, cx: &Cx<'_>) -> Option<String> {
    let id = &cx.to.of_kind(Kind::Composite).find(|object| name(&object.id) == kind)?.id;
    let (before, after) = (attributes(cx.from, id), attributes(cx.to, id));
    if before.is_empty() || after.is_empty() {
        return None;
    }
    let fields = after.iter().map(|attribute| {
        let field = format!("({expression}).{}", sparing(&attribute.id.name));
        match cx.from.get(&attribute.id) {
            Some(before) if typed(before) == typed(attribute) && !is_of_own_type(attribute, cx) => field,
            Some(_) => format!("{field}::text::{}", attribute.text("type")),
            None => "NULL".to_owned(),
        }
    });
    let row = format!("ROW({})::{kind}", fields.collect::<Vec<_>>().join(", "));
    Some(format!("CASE WHEN {expression} IS DISTINCT FROM NULL THEN {row} END"))
}

/// Returns whether an attribute is of a type that may be made anew with it.
fn is_of_own_type(attribute: &Object, cx: &Cx<'_>) -> bool {
    const OWN: [Kind; 4] = [Kind::Enum, Kind::Domain, Kind::Composite, Kind::Range];
    cx.to.needs(&attribute.id).any(|(needed, _)| OWN.contains(&needed.kind) && *needed.name != *attribute.id.parent())
}

/// Adds an attribute.
pub(in crate::diff) fn create_attribute(attribute: &Object, cx: &Cx<'_>) -> Vec<Sql> {
    vec![own(attribute, &format!("ADD ATTRIBUTE {}", definition(attribute)), cx)]
}

/// Drops an attribute.
pub(in crate::diff) fn drop_attribute(attribute: &Object, cx: &Cx<'_>) -> Vec<Sql> {
    let statement = own(attribute, &format!("DROP ATTRIBUTE {}", sparing(&attribute.id.name)), cx);
    let composite = ObjectId::new(Kind::Composite, attribute.id.schema(), attribute.id.parent());
    let loses = is_used(&composite, cx);
    vec![if loses { statement.losing(format!("the values of {}", attribute.id.path())) } else { statement }]
}

/// Changes the type of an attribute.
pub(in crate::diff) fn alter_attribute(after: &Object, changed: &Changed<'_>, cx: &Cx<'_>) -> Alteration {
    if changed.contains("type") || changed.contains("collation") {
        return Alteration::Disturbing(retype(after, cx), depends_on_type);
    }
    // The order is that of the type as a whole.
    Alteration::InPlace(Vec::new())
}

/// Gives an attribute the new form of its type.
pub(in crate::diff) fn retype(after: &Object, cx: &Cx<'_>) -> Vec<Sql> {
    vec![own(after, &format!("ALTER ATTRIBUTE {} TYPE {}", sparing(&after.id.name), typed(after)), cx)]
}

fn own(attribute: &Object, change: &str, cx: &Cx<'_>) -> Sql {
    let id = &attribute.id;
    let composite = parent(id);
    // Tables of that type follow.
    let is_of = |table: &Object| table.find("of_type") == Some(&composite);
    let cascade = if cx.from.of_kind(Kind::Table).any(is_of) { " CASCADE" } else { "" };
    Sql::new(format!("ALTER TYPE {composite} {change}{cascade}"))
}

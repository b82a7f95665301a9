//! Range types.

use crate::catalog::object::Object;
use crate::diff::sql::name;
use crate::diff::types::{renewed, with_suffix};
use crate::diff::{Alteration, Cx, Sql};
use crate::text::ident::sparing;

/// Creates a range type, after its canonical function where that is one of those inline: it takes and gives the type, which
/// must have a name for that.
pub(in crate::diff) fn create(object: &Object, functions: Vec<Sql>) -> Vec<Sql> {
    let own_name = name(&object.id);
    let mut options = vec![format!("SUBTYPE = {}", object.text("subtype"))];
    let mut option = |attribute: &str, keyword: &str| {
        options.extend(object.get(attribute).map(|value| format!("{keyword} = {value}")));
    };
    option("operator_class", "SUBTYPE_OPCLASS");
    option("collation", "COLLATION");
    option("canonical", "CANONICAL");
    option("difference", "SUBTYPE_DIFF");
    let multirange = object.text("multirange");
    if multirange != sparing(&usual_multirange(&object.id.name)) {
        let schema = if multirange.contains('.') { String::new() } else { format!("{}.", sparing(object.id.schema())) };
        options.push(format!("MULTIRANGE_TYPE_NAME = {schema}{multirange}"));
    }
    let mut statements = Vec::new();
    if object.get("canonical").is_some() {
        statements.push(Sql::new(format!("CREATE TYPE {own_name}")));
    }
    statements.extend(functions);
    statements.push(Sql::new(format!("CREATE TYPE {own_name} AS RANGE (\n    {}\n)", options.join(",\n    "))));
    statements
}

/// Returns the name that the server gives to the multirange type (PostgreSQL manual, CREATE TYPE).
fn usual_multirange(range: &str) -> String {
    match range.find("range") {
        Some(at) => format!("{}multi{}", &range[..at], &range[at..]),
        None => format!("{range}_multirange"),
    }
}

/// Drops a range type.
pub(in crate::diff) fn drop(object: &Object) -> Vec<Sql> {
    // The canonical function needs the type, and the type the function.
    let cascade = if object.get("canonical").is_some() { " CASCADE" } else { "" };
    vec![Sql::new(format!("DROP TYPE {}{cascade}", name(&object.id)))]
}

/// Changes a range type: there is no statement for that.
pub(in crate::diff) fn alter(after: &Object, cx: &Cx<'_>) -> Alteration {
    renewed(&after.id, cx)
}

/// Renames what a range type brings and keeps its name when the type gets another: the multirange type, and the constructors.
pub(super) fn put_parts_aside(object: &Object, aside: &str) -> Vec<Sql> {
    let schema = sparing(object.id.schema());
    let multirange = object.text("multirange");
    let (own, old) = (sparing(&object.id.name), sparing(aside));
    let subtype = object.text("subtype");
    let in_schema = if multirange.contains('.') { multirange.to_owned() } else { format!("{schema}.{multirange}") };
    let multirange_aside = sparing(&with_suffix(aside, "_multirange"));
    let function = |name: &str, arguments: &str, new: &str| {
        Sql::new(format!("ALTER FUNCTION {name}({arguments}) RENAME TO {new}"))
    };
    vec![
        Sql::new(format!("ALTER TYPE {in_schema} RENAME TO {multirange_aside}")),
        function(&format!("{schema}.{own}"), &format!("{subtype}, {subtype}"), &old),
        function(&format!("{schema}.{own}"), &format!("{subtype}, {subtype}, text"), &old),
        function(&in_schema, "", &multirange_aside),
        function(&in_schema, &format!("{schema}.{old}"), &multirange_aside),
        function(&in_schema, &format!("{schema}.{old}[]"), &multirange_aside),
    ]
}

#[cfg(test)]
mod tests {
    use super::usual_multirange;

    #[test]
    fn multiranges_are_named_after_their_range() {
        assert_eq!(usual_multirange("floatrange"), "floatmultirange");
        assert_eq!(usual_multirange("span"), "span_multirange");
    }
}

//! Aggregates.

use crate::catalog::object::Object;
use crate::diff::sql::name;
use crate::diff::{Alteration, Changed, Sql};
use crate::text::literal::Literal;

/// Attributes and the parameters of `CREATE AGGREGATE` that they are, in the order of the manual.
const PARAMETERS: [(&str, &str); 20] = [
    ("sfunc", "SFUNC"),
    ("stype", "STYPE"),
    ("sspace", "SSPACE"),
    ("finalfunc", "FINALFUNC"),
    ("finalfunc_extra", "FINALFUNC_EXTRA"),
    ("finalfunc_modify", "FINALFUNC_MODIFY"),
    ("combinefunc", "COMBINEFUNC"),
    ("serialfunc", "SERIALFUNC"),
    ("deserialfunc", "DESERIALFUNC"),
    ("initcond", "INITCOND"),
    ("msfunc", "MSFUNC"),
    ("minvfunc", "MINVFUNC"),
    ("mstype", "MSTYPE"),
    ("msspace", "MSSPACE"),
    ("mfinalfunc", "MFINALFUNC"),
    ("mfinalfunc_extra", "MFINALFUNC_EXTRA"),
    ("mfinalfunc_modify", "MFINALFUNC_MODIFY"),
    ("minitcond", "MINITCOND"),
    ("sortop", "SORTOP"),
    ("parallel", "PARALLEL"),
];

/// Creates an aggregate.
pub(in crate::diff) fn create(object: &Object) -> Vec<Sql> {
    vec![statement(object, "CREATE")]
}

fn statement(object: &Object, verb: &str) -> Sql {
    let mut parameters: Vec<String> =
        PARAMETERS.iter().filter_map(|(attribute, keyword)| parameter(object, attribute, keyword)).collect();
    if object.get("type") == Some("hypothetical-set") {
        parameters.push("HYPOTHETICAL".to_owned());
    }
    // Names of arguments are kept; they stand in the full list alone.
    let text = format!(
        "{verb} AGGREGATE {}({}) (\n    {}\n)",
        name(&object.id),
        arguments(object),
        parameters.join(",\n    ")
    );
    Sql::new(text)
}

fn parameter(object: &Object, attribute: &str, keyword: &str) -> Option<String> {
    let value = object.get(attribute)?;
    Some(match attribute {
        "finalfunc_extra" | "mfinalfunc_extra" => keyword.to_owned(),
        "initcond" | "minitcond" => format!("{keyword} = {}", Literal(value)),
        _ => format!("{keyword} = {value}"),
    })
}

fn arguments(object: &Object) -> &str {
    match object.text("parameters") {
        "" => "*",
        arguments => arguments,
    }
}

/// Drops an aggregate.
pub(in crate::diff) fn drop(object: &Object) -> Vec<Sql> {
    let arguments = match object.text("_signature") {
        "" => "*",
        arguments => arguments,
    };
    vec![Sql::new(format!("DROP AGGREGATE {}({arguments})", name(&object.id)))]
}

/// Changes an aggregate: it is replaced in place, where kind, arguments and result stay.
pub(in crate::diff) fn alter(before: &Object, after: &Object, changed: &Changed<'_>) -> Alteration {
    let stays = ["type", "returns", "parameters"].iter().all(|attribute| !changed.contains(attribute));
    if stays && before.get("_direct") == after.get("_direct") {
        Alteration::InPlace(vec![statement(after, "CREATE OR REPLACE")])
    } else {
        Alteration::Replace
    }
}

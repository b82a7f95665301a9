//! Base types, which are made of functions, and shell types, which are only a name.

use crate::catalog::object::Object;
use crate::diff::sql::name;
use crate::diff::types::is_used;
use crate::diff::{Alteration, Changed, Cx, DiffError, Sql};

/// Attributes and the parameters of `CREATE TYPE` that they are.
const PARAMETERS: [(&str, &str); 17] = [
    ("input", "INPUT"),
    ("output", "OUTPUT"),
    ("receive", "RECEIVE"),
    ("send", "SEND"),
    ("typmod_in", "TYPMOD_IN"),
    ("typmod_out", "TYPMOD_OUT"),
    ("analyze", "ANALYZE"),
    ("subscript", "SUBSCRIPT"),
    ("internal_length", "INTERNALLENGTH"),
    ("alignment", "ALIGNMENT"),
    ("storage", "STORAGE"),
    ("default", "DEFAULT"),
    ("element", "ELEMENT"),
    ("collatable", "COLLATABLE"),
    ("preferred", "PREFERRED"),
    ("category", "CATEGORY"),
    ("delimiter", "DELIMITER"),
];

/// What `ALTER TYPE … SET` can change.
const CHANGEABLE: [&str; 7] = ["receive", "send", "typmod_in", "typmod_out", "analyze", "subscript", "storage"];

/// Creates a base type: its name, its functions, then itself.
pub(in crate::diff) fn create(object: &Object, functions: Vec<Sql>) -> Vec<Sql> {
    let own_name = name(&object.id);
    let mut parameters: Vec<String> =
        PARAMETERS.iter().filter_map(|(attribute, keyword)| parameter(object, attribute, keyword)).collect();
    if object.is("passed_by_value") {
        parameters.push("PASSEDBYVALUE".to_owned());
    }
    let mut statements = vec![Sql::new(format!("CREATE TYPE {own_name}"))];
    statements.extend(functions);
    statements.push(Sql::new(format!("CREATE TYPE {own_name} (\n    {}\n)", parameters.join(",\n    "))));
    statements
}

fn parameter(object: &Object, attribute: &str, keyword: &str) -> Option<String> {
    let value = object.get(attribute)?;
    Some(match attribute {
        "category" | "delimiter" => format!("{keyword} = '{}'", value.replace('\'', "''")),
        _ => format!("{keyword} = {value}"),
    })
}

/// Drops a base type with its functions.
pub(in crate::diff) fn drop(object: &Object) -> Vec<Sql> {
    vec![Sql::new(format!("DROP TYPE {} CASCADE", name(&object.id)))]
}

/// Changes a base type.
///
/// # Errors
/// Columns are of the type, and it would have to be made anew.
pub(in crate::diff) fn alter(after: &Object, changed: &Changed<'_>, cx: &Cx<'_>) -> Result<Alteration, DiffError> {
    if changed.iter().all(|attribute| CHANGEABLE.contains(attribute)) {
        let set = PARAMETERS
            .iter()
            .filter(|(attribute, _)| changed.contains(attribute))
            .map(|(attribute, keyword)| format!("{keyword} = {}", after.get(attribute).unwrap_or("NONE")));
        let set = set.collect::<Vec<_>>().join(", ");
        return Ok(Alteration::InPlace(vec![Sql::new(format!("ALTER TYPE {} SET ({set})", name(&after.id)))]));
    }
    if is_used(&after.id, cx) {
        let why = "columns are of it, and no statement changes how a base type is stored".to_owned();
        return Err(DiffError::Unchangeable { object: after.id.clone(), why });
    }
    Ok(Alteration::Replace)
}

/// Creates a shell type.
pub(in crate::diff) fn create_shell(object: &Object) -> Vec<Sql> {
    vec![Sql::new(format!("CREATE TYPE {}", name(&object.id)))]
}

/// Drops a shell type.
pub(in crate::diff) fn drop_shell(object: &Object) -> Vec<Sql> {
    vec![Sql::new(format!("DROP TYPE {}", name(&object.id)))]
}

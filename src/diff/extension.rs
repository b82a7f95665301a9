//! Extensions.

use crate::catalog::kind::Kind;
use crate::catalog::object::Object;
use crate::diff::{Alteration, Changed, Cx, DiffError, Sql};
use crate::text::ident::sparing;
use crate::text::literal::Literal;

/// Creates an extension: the version is said where it is not that which the server would take.
pub(super) fn create(extension: &Object) -> Vec<Sql> {
    let name = sparing(&extension.id.name);
    let schema = sparing(extension.text("in_schema"));
    let version = extension.text("version");
    let is_usual = extension.find("_default_version").is_none_or(|usual| usual == version);
    let version = if is_usual { String::new() } else { format!(" VERSION {}", Literal(version)) };
    vec![Sql::new(format!("CREATE EXTENSION IF NOT EXISTS {name} WITH SCHEMA {schema}{version}"))]
}

/// Drops an extension.
pub(super) fn drop(extension: &Object) -> Vec<Sql> {
    vec![Sql::new(format!("DROP EXTENSION {}", sparing(&extension.id.name)))]
}

/// Changes an extension.
///
/// # Errors
/// Columns are of its types, and its scripts do not lead to the other version.
pub(super) fn alter(
    before: &Object,
    after: &Object,
    changed: &Changed<'_>,
    cx: &Cx<'_>,
) -> Result<Alteration, DiffError> {
    let own = |change: String| Sql::new(format!("ALTER EXTENSION {} {change}", sparing(&after.id.name)));
    let mut statements = Vec::new();
    if changed.contains("in_schema") {
        if !before.is("_relocatable") {
            return Ok(Alteration::Replace);
        }
        statements.push(own(format!("SET SCHEMA {}", sparing(after.text("in_schema")))));
    }
    if changed.contains("version") {
        let is_update = before.list("_updates").iter().any(|version| version == after.text("version"));
        if !is_update {
            if !holds_data(before, cx) {
                return Ok(Alteration::Replace);
            }
            let (old, new) = (before.text("version"), after.text("version"));
            let why = format!("columns are of its types, and it has no update from version {old} to {new}");
            return Err(DiffError::Unchangeable { object: after.id.clone(), why });
        }
        statements.push(own(format!("UPDATE TO {}", Literal(after.text("version")))));
    }
    Ok(Alteration::InPlace(statements))
}

/// Returns whether data would go with an extension: that of columns of its types.
fn holds_data(extension: &Object, cx: &Cx<'_>) -> bool {
    let holds = |kind| matches!(kind, Kind::Column | Kind::Attribute | Kind::Domain | Kind::Table);
    cx.from.dependencies().any(|(from, to, _)| *to == extension.id && holds(from.kind))
}

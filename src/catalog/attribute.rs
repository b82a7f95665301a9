//! Which attributes count where (DESIGN §6).

use crate::catalog::kind::Kind;

/// What SQL is written from and nothing is compared by: it repeats other attributes.
pub(crate) fn is_for_rendering(attribute: &str) -> bool {
    attribute.starts_with('_')
}

/// The server's own text of a whole object. It tells of a difference only where no other attribute does.
pub(crate) const DEFINITION: &str = "definition";

/// Returns whether an attribute counts in the comparison of structure, and not only in the full one.
pub(crate) fn is_structure(kind: Kind, attribute: &str) -> bool {
    match attribute {
        "owner" | "acl" | "comment" | "security_labels" | "tablespace" | "statistics" | "position" => false,
        // The storage parameters of tables; those of a view are what it is (security_invoker), those of an index as well.
        "options" | "toast_options" => {
            !matches!(kind, Kind::Table | Kind::MaterializedView | Kind::Column | Kind::ViewColumn)
        }
        "version" => kind != Kind::Extension,
        _ => kind != Kind::DefaultPrivileges,
    }
}

/// Returns whether an attribute says the same on servers of two major versions.
pub(crate) fn is_comparable_across_majors(attribute: &str) -> bool {
    // Before 18 a not-null had no name, and gets that of a new table when it is loaded into 18.
    attribute != "not_null_name"
}

//! Default privileges: what objects that a role creates are granted at once.

use crate::catalog::kind::Kind;
use crate::catalog::object::{ME, Object, ObjectId};
use crate::diff::grants::{OWNER, Privileges, Subject, changes, privileges, union};
use crate::diff::{Cx, Sql};
use crate::text::ident::sparing;

/// The kinds of objects that have default privileges, by the words of `ALTER DEFAULT PRIVILEGES`.
const TABLES: &str = "tables";
const SEQUENCES: &str = "sequences";
const FUNCTIONS: &str = "functions";
const TYPES: &str = "types";
const SCHEMAS: &str = "schemas";
const LARGE_OBJECTS: &str = "large objects";

/// Sets default privileges.
pub(super) fn create(defaults: &Object, cx: &Cx<'_>) -> Vec<Sql> {
    statements(&defaults.id, &unset(&defaults.id, cx), &list(defaults), cx)
}

/// Takes default privileges back. Those in a schema go with it.
pub(super) fn drop(defaults: &Object, cx: &Cx<'_>) -> Vec<Sql> {
    statements(&defaults.id, &list(defaults), &unset(&defaults.id, cx), cx)
}

/// Changes default privileges.
pub(super) fn alter(before: &Object, after: &Object, cx: &Cx<'_>) -> Vec<Sql> {
    statements(&after.id, &list(before), &list(after), cx)
}

/// Returns what a new object has where the running role creates it, as long as the default privileges are what they were.
pub(super) fn of_new(id: &ObjectId, cx: &Cx<'_>) -> Privileges {
    let Some(kind) = word(id.kind) else { return built_in(id.kind, cx) };
    let global = cx.from.get(&identity(None, kind)).map_or_else(|| built_in(id.kind, cx), list);
    let in_schema = id.schema.as_deref().and_then(|schema| cx.from.get(&identity(Some(schema), kind)));
    in_schema.map(list).into_iter().fold(global, |all, more| union(all, &more))
}

/// Returns what the owner and everybody have where nothing was ever granted or revoked (PostgreSQL manual 5.8).
pub(super) fn built_in(kind: Kind, cx: &Cx<'_>) -> Privileges {
    let public = match word(kind) {
        Some(word) => of_everybody(word),
        None if kind == Kind::Language => Some("PUBLIC USAGE"),
        None => None,
    };
    usual(&all(kind, cx.major), public)
}

/// Returns what there is to grant on an object of a kind.
pub(super) fn all(kind: Kind, major: u32) -> Vec<&'static str> {
    let has_no_defaults = matches!(kind, Kind::Language | Kind::ForeignDataWrapper | Kind::Server);
    if has_no_defaults { vec!["USAGE"] } else { word(kind).map(|word| all_of(word, major)).unwrap_or_default() }
}

fn all_of(word: &str, major: u32) -> Vec<&'static str> {
    match word {
        TABLES => {
            let mut all = vec!["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"];
            all.extend((major >= 17).then_some("MAINTAIN"));
            all
        }
        SEQUENCES => vec!["SELECT", "UPDATE", "USAGE"],
        FUNCTIONS => vec!["EXECUTE"],
        TYPES => vec!["USAGE"],
        SCHEMAS => vec!["CREATE", "USAGE"],
        LARGE_OBJECTS => vec!["SELECT", "UPDATE"],
        _ => Vec::new(),
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the others have none")]
fn word(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Table | Kind::ForeignTable | Kind::View | Kind::MaterializedView => Some(TABLES),
        Kind::Sequence => Some(SEQUENCES),
        Kind::Function | Kind::Procedure | Kind::Aggregate => Some(FUNCTIONS),
        Kind::Enum | Kind::Domain | Kind::Composite | Kind::Range | Kind::BaseType | Kind::ShellType => Some(TYPES),
        Kind::Schema => Some(SCHEMAS),
        _ => None,
    }
}

fn identity(schema: Option<&str>, word: &str) -> ObjectId {
    ObjectId {
        kind: Kind::DefaultPrivileges,
        schema: schema.map(Into::into),
        parent: Some(ME.into()),
        name: word.into(),
        arguments: None,
    }
}

fn list(defaults: &Object) -> Privileges {
    privileges(&defaults.list("acl"), None)
}

/// In a schema, default privileges only add to those of the role; these replace what is built in.
fn unset(id: &ObjectId, cx: &Cx<'_>) -> Privileges {
    if id.schema.is_some() {
        return Privileges::new();
    }
    usual(&all_of(&id.name, cx.major), of_everybody(&id.name))
}

fn of_everybody(word: &str) -> Option<&'static str> {
    match word {
        FUNCTIONS => Some("PUBLIC EXECUTE"),
        TYPES => Some("PUBLIC USAGE"),
        _ => None,
    }
}

fn usual(of_owner: &[&str], of_everybody: Option<&str>) -> Privileges {
    let of_owner = of_owner.iter().map(|privilege| format!("{OWNER} {privilege}"));
    privileges(&of_owner.chain(of_everybody.map(str::to_owned)).collect::<Vec<_>>(), None)
}

fn statements(id: &ObjectId, before: &Privileges, after: &Privileges, cx: &Cx<'_>) -> Vec<Sql> {
    let is_mine = id.parent() == ME;
    let role = if is_mine { "CURRENT_USER".to_owned() } else { sparing(id.parent()) };
    let for_role = if is_mine { String::new() } else { format!("FOR ROLE {role} ") };
    let in_schema = id.schema.as_deref().map(|schema| format!("IN SCHEMA {} ", sparing(schema))).unwrap_or_default();
    let start = format!("ALTER DEFAULT PRIVILEGES {for_role}{in_schema}");
    let on = id.name.to_ascii_uppercase();
    changes(before, after, &Subject { start, on, owner: role, all: all_of(&id.name, cx.major) })
}

//! Owner, grants, comment and security labels, and the extensions with which something goes: alike for every kind.

use crate::catalog::kind::Kind;
use crate::catalog::object::{ME, Object, ObjectId};
use crate::diff::grants::{Privileges, Subject, changes, privileges, taken_along, with_owner};
use crate::diff::sql::{name, parent, routine};
use crate::diff::{Changed, Cx, Sql, default_privileges};
use crate::text::ident::sparing;
use crate::text::literal::{Literal, LiteralOrNull};

/// The attributes that this module changes.
pub(super) const ATTRIBUTES: [&str; 7] =
    ["owner", "acl", "comment", "index_comment", "not_null_comment", "security_labels", "extensions"];

/// The comment of the schema that initdb makes.
const OF_PUBLIC: &str = "standard public schema";

/// Returns the statements that give a new object, and what is made with it, what they have beyond what every new object gets.
pub(super) fn of_new(object: &Object, inline: &[&Object], cx: &Cx<'_>) -> Vec<Sql> {
    if object.id.kind == Kind::DefaultPrivileges {
        return Vec::new();
    }
    let all = || std::iter::once(object).chain(inline.iter().copied());
    let mut statements: Vec<Sql> = all().filter_map(owner_of_new).collect();
    for object in all().filter(|object| !is_column(object)) {
        statements.extend(grants_of_new(object, cx));
    }
    statements.extend(grants_of_new_columns(&all().filter(|object| is_column(object)).collect::<Vec<_>>(), cx));
    for object in all() {
        statements.extend(extensions(&[], &object_list(object, "extensions"), object));
        statements.extend(comments_of_new(object));
        statements.extend(labels(&[], &object_list(object, "security_labels"), object));
    }
    statements
}

/// Returns the statements that change them.
pub(super) fn alter(before: &Object, after: &Object, changed: &Changed<'_>, cx: &Cx<'_>) -> Vec<Sql> {
    if after.id.kind == Kind::DefaultPrivileges {
        return default_privileges::alter(before, after, cx);
    }
    let mut statements = Vec::new();
    // A sequence of a column has the owner of the table.
    let follows = |object: &Object| object.find("identity_of").or_else(|| object.find("owned_by")).is_some();
    if changed.contains("owner") && !(follows(before) && follows(after)) {
        statements.extend(owner(after));
    }
    if changed.contains("acl") {
        statements.extend(grants(before, after, cx));
    }
    // What is replaced by `CREATE OR REPLACE` goes with no extension any more.
    let is_replaced = matches!(after.id.kind, Kind::Function | Kind::Procedure | Kind::Trigger)
        && changed.iter().any(|attribute| !ATTRIBUTES.contains(attribute));
    let known = if is_replaced { Vec::new() } else { object_list(before, "extensions") };
    statements.extend(extensions(&known, &object_list(after, "extensions"), after));
    statements.extend(comments(after, changed));
    if changed.contains("security_labels") {
        let lists = [before, after].map(|object| object_list(object, "security_labels"));
        statements.extend(labels(&lists[0], &lists[1], after));
    }
    statements
}

fn is_column(object: &Object) -> bool {
    matches!(object.id.kind, Kind::Column | Kind::ViewColumn)
}

/// A list that only some objects of a kind have.
fn object_list(object: &Object, attribute: &str) -> Vec<String> {
    if object.find(attribute).is_some() { object.list(attribute) } else { Vec::new() }
}

/// Returns an object as `COMMENT ON` and `ALTER` name it.
#[expect(clippy::wildcard_enum_match_arm, reason = "the others are named after their kind")]
fn target(object: &Object) -> String {
    let id = &object.id;
    let of = |words: &str| format!("{words} {}", name(id));
    let in_table = |words: &str| format!("{words} {} ON {}", sparing(&id.name), parent(id));
    match id.kind {
        Kind::Column | Kind::ViewColumn | Kind::Attribute => format!("COLUMN {}.{}", parent(id), sparing(&id.name)),
        Kind::Constraint => in_table("CONSTRAINT"),
        Kind::DomainConstraint => format!("CONSTRAINT {} ON DOMAIN {}", sparing(&id.name), parent(id)),
        Kind::Rule => in_table("RULE"),
        Kind::Trigger => in_table("TRIGGER"),
        Kind::Policy => in_table("POLICY"),
        Kind::Function => format!("FUNCTION {}", routine(id)),
        Kind::Procedure => format!("PROCEDURE {}", routine(id)),
        Kind::Aggregate => match object.find("_signature") {
            Some(signature) => format!("AGGREGATE {}({signature})", name(id)),
            None => format!("AGGREGATE {}", routine(id)),
        },
        Kind::Operator => format!("OPERATOR {} ({})", name(id), id.arguments.as_deref().unwrap_or_default()),
        Kind::OperatorClass | Kind::OperatorFamily => {
            let words = if id.kind == Kind::OperatorClass { "OPERATOR CLASS" } else { "OPERATOR FAMILY" };
            format!("{words} {} USING {}", name(id), id.arguments.as_deref().unwrap_or_default())
        }
        Kind::Cast => format!("CAST ({})", id.name),
        Kind::Transform => match id.name.rsplit_once(" FOR ") {
            Some((of_type, language)) => format!("TRANSFORM FOR {of_type} LANGUAGE {language}"),
            None => of("TRANSFORM FOR"),
        },
        Kind::Enum | Kind::Composite | Kind::Range | Kind::BaseType | Kind::ShellType => of("TYPE"),
        kind => of(&kind.name().to_ascii_uppercase()),
    }
}

fn owner_of_new(object: &Object) -> Option<Sql> {
    // The sequence of an identity column has the owner of the table; the new schema `public` that of any schema.
    let is_given = object.find("identity_of").is_some() || object.find("owner") == Some(ME);
    let is_usual = object.find("owner").is_none() && !is_public(&object.id);
    if is_given || is_usual { None } else { owner(object) }
}

fn owner(object: &Object) -> Option<Sql> {
    Some(Sql::new(format!("ALTER {} OWNER TO {}", target(object), owner_name(object))))
}

/// Returns the owner of an object as SQL writes it.
fn owner_name(object: &Object) -> String {
    match object.find("owner") {
        Some(ME) => "CURRENT_USER".to_owned(),
        Some(role) => sparing(role),
        None if is_public(&object.id) => "pg_database_owner".to_owned(),
        None => "CURRENT_USER".to_owned(),
    }
}

fn is_public(id: &ObjectId) -> bool {
    id.kind == Kind::Schema && id.name.as_ref() == "public"
}

/// Returns what an object has.
fn has(object: &Object, cx: &Cx<'_>) -> Privileges {
    let column = is_column(object).then_some(object.id.name.as_ref());
    if object.find("acl").is_some() {
        return privileges(&object.list("acl"), column);
    }
    let mut usual = default_privileges::built_in(object.id.kind, cx);
    if is_public(&object.id) {
        usual.extend(privileges(&["PUBLIC USAGE".to_owned()], None));
    }
    usual
}

fn grants_of_new(object: &Object, cx: &Cx<'_>) -> Vec<Sql> {
    let Some(subject) = subject(object, cx) else { return Vec::new() };
    let before = with_owner(&default_privileges::of_new(&object.id, cx), &subject.owner);
    changes(&before, &has(object, cx), &subject)
}

fn grants_of_new_columns(columns: &[&Object], cx: &Cx<'_>) -> Vec<Sql> {
    let Some(subject) = columns.first().and_then(|column| subject(column, cx)) else { return Vec::new() };
    let all: Privileges = columns.iter().flat_map(|column| has(column, cx)).collect();
    changes(&Privileges::new(), &all, &subject)
}

fn grants(before: &Object, after: &Object, cx: &Cx<'_>) -> Vec<Sql> {
    let Some(subject) = subject(after, cx) else { return Vec::new() };
    let (before, wanted) = (with_owner(&has(before, cx), &subject.owner), has(after, cx));
    let mut statements = changes(&before, &wanted, &subject);
    // What is revoked on a table, the server revokes on its columns as well.
    let mut lost = Privileges::new();
    for kind in [Kind::Column, Kind::ViewColumn] {
        for column in cx.to.children(kind, after.id.schema(), &after.id.name) {
            if let Some(old) = cx.from.get(&column.id) {
                lost.extend(taken_along_of(&before, &wanted, (old, column), cx));
            }
        }
    }
    statements.extend(changes(&Privileges::new(), &lost, &subject));
    statements
}

fn taken_along_of(before: &Privileges, wanted: &Privileges, column: (&Object, &Object), cx: &Cx<'_>) -> Privileges {
    taken_along(before, wanted, (&has(column.0, cx), &has(column.1, cx)))
}

/// Returns how grants on an object are written; None for what nothing is granted on.
#[expect(clippy::wildcard_enum_match_arm, reason = "nothing is granted on the others")]
fn subject(object: &Object, cx: &Cx<'_>) -> Option<Subject> {
    let id = &object.id;
    let (on, owner) = match id.kind {
        Kind::Table | Kind::ForeignTable | Kind::View | Kind::MaterializedView => {
            (format!("TABLE {}", name(id)), owner_name(object))
        }
        Kind::Column | Kind::ViewColumn => {
            let kinds = [Kind::Table, Kind::ForeignTable, Kind::View, Kind::MaterializedView];
            let of = kinds.iter().find_map(|kind| cx.to.get(&ObjectId::new(*kind, id.schema(), id.parent())))?;
            (format!("TABLE {}", parent(id)), owner_name(of))
        }
        Kind::Aggregate => (format!("FUNCTION {}", routine(id)), owner_name(object)),
        Kind::Server => (format!("FOREIGN SERVER {}", name(id)), owner_name(object)),
        Kind::Sequence
        | Kind::Schema
        | Kind::Function
        | Kind::Procedure
        | Kind::Enum
        | Kind::Domain
        | Kind::Composite
        | Kind::Range
        | Kind::BaseType
        | Kind::ShellType
        | Kind::Language
        | Kind::ForeignDataWrapper => (target(object), owner_name(object)),
        _ => return None,
    };
    Some(Subject { start: String::new(), on, owner, all: default_privileges::all(id.kind, cx.major) })
}

fn extensions(before: &[String], after: &[String], object: &Object) -> Vec<Sql> {
    let own = |no: &str, extension: &String| {
        Sql::new(format!("ALTER {} {no}DEPENDS ON EXTENSION {extension}", target(object)))
    };
    let gone = before.iter().filter(|extension| !after.contains(extension)).map(|extension| own("NO ", extension));
    gone.chain(after.iter().filter(|extension| !before.contains(extension)).map(|extension| own("", extension)))
        .collect()
}

fn comments_of_new(object: &Object) -> Vec<Sql> {
    let text = match object.find("comment") {
        // A new schema has no comment, and a new extension its own.
        None if is_public(&object.id) => Some(OF_PUBLIC),
        Some("") if is_public(&object.id) => None,
        text => text,
    };
    let mut statements: Vec<Sql> = text.map(|text| comment(&target(object), Some(text))).into_iter().collect();
    for (attribute, part) in parts(object) {
        statements.extend(object.find(attribute).map(|text| comment(&part, Some(text))));
    }
    statements
}

fn comments(after: &Object, changed: &Changed<'_>) -> Vec<Sql> {
    let mut statements = Vec::new();
    if changed.contains("comment") {
        let text = match after.find("comment") {
            None if is_public(&after.id) => Some(OF_PUBLIC),
            None if after.id.kind == Kind::Extension => after.find("_comment"),
            text => text.filter(|text| !text.is_empty()),
        };
        statements.push(comment(&target(after), text));
    }
    for (attribute, part) in parts(after).into_iter().filter(|(attribute, _)| changed.contains(attribute)) {
        // The comment of a not-null goes with it.
        if attribute == "not_null_comment" && !after.is("not_null") {
            continue;
        }
        statements.push(comment(&part, after.find(attribute)));
    }
    statements
}

/// Returns the parts of an object that have comments of their own: the attribute, and the part as `COMMENT ON` names it.
#[expect(clippy::wildcard_enum_match_arm, reason = "the others have no such parts")]
fn parts(object: &Object) -> Vec<(&'static str, String)> {
    let id = &object.id;
    match id.kind {
        Kind::Constraint => vec![("index_comment", format!("INDEX {}", name(id)))],
        Kind::Column => {
            let usual = || format!("{}_{}_not_null", id.parent(), id.name).chars().take(63).collect();
            let constraint = object.find("not_null_name").map_or_else(usual, str::to_owned);
            vec![("not_null_comment", format!("CONSTRAINT {} ON {}", sparing(&constraint), parent(id)))]
        }
        _ => Vec::new(),
    }
}

fn comment(on: &str, text: Option<&str>) -> Sql {
    Sql::new(format!("COMMENT ON {on} IS {}", LiteralOrNull(text)))
}

fn labels(before: &[String], after: &[String], object: &Object) -> Vec<Sql> {
    let on = target(object);
    let parts = |label: &String| {
        let quoted_end = label.strip_prefix('"').and_then(|rest| rest.find("\" ")).map(|at| at + 2);
        let (provider, text) = label.split_at(quoted_end.or_else(|| label.find(' ')).unwrap_or(label.len()));
        (provider.to_owned(), text.trim_start_matches(' ').to_owned())
    };
    let mut statements = Vec::new();
    let kept: Vec<String> = after.iter().map(|label| parts(label).0).collect();
    for (provider, _) in before.iter().map(parts).filter(|(provider, _)| !kept.contains(provider)) {
        statements.push(Sql::new(format!("SECURITY LABEL FOR {provider} ON {on} IS NULL")));
    }
    for (provider, text) in after.iter().filter(|label| !before.contains(label)).map(parts) {
        statements.push(Sql::new(format!("SECURITY LABEL FOR {provider} ON {on} IS {}", Literal(&text))));
    }
    statements
}

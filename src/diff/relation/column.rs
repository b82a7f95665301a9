//! Columns of tables and foreign tables.

use crate::catalog::kind::Kind;
use crate::catalog::object::{Object, ObjectId};
use crate::catalog::{Catalog, Dependency};
use crate::diff::kinds::depends_on_type;
use crate::diff::relation::conversion::{converted, is_narrower};
use crate::diff::relation::options::{foreign, foreign_changes, storage, storage_changes};
use crate::diff::relation::{follows_type, of_parents, sequence, stays_child, table_of};
use crate::diff::sql::parent;
use crate::diff::types::{composite, enums};
use crate::diff::{Alteration, Changed, Cx, Sql};
use crate::text::ident::sparing;
use crate::text::literal::Literal;

/// Returns whether a table has a column only because a parent has it.
pub(super) fn is_only_inherited(column: &Object) -> bool {
    column.get("inherited").is_some() && !column.is("local")
}

/// Returns whether a sequence is that of an identity column.
pub(super) fn is_identity_of(sequence: &Object, column: &Object) -> bool {
    sequence.find("identity_of").is_some_and(|of| of == path(&column.id))
}

fn path(column: &ObjectId) -> String {
    format!("{}.{}", parent(column), sparing(&column.name))
}

/// Returns the column as `CREATE TABLE` and `ADD COLUMN` write it.
pub(super) fn definition(column: &Object, default: Option<&Object>, identity: Option<&Object>, cx: &Cx<'_>) -> String {
    let mut text = vec![format!("{} {}", sparing(&column.id.name), column.text("type"))];
    if table_of(cx.to, &column.id).is_some_and(|table| table.id.kind == Kind::ForeignTable) {
        text.push(foreign(&column.list("foreign_options")));
    }
    if let Some(compression) = column.get("compression") {
        text.push(format!(" COMPRESSION {compression}"));
    }
    if let Some(collation) = column.get("collation") {
        text.push(format!(" COLLATE {collation}"));
    }
    text.push(constraints(column, default, identity, cx));
    text.concat()
}

/// What is said of a column after its type.
fn constraints(column: &Object, default: Option<&Object>, identity: Option<&Object>, cx: &Cx<'_>) -> String {
    let mut text = Vec::new();
    if let Some(default) = default {
        text.push(format!(" DEFAULT {}", default.text("expression")));
    }
    if let Some(generated) = column.get("generated") {
        let kind = generated.to_ascii_uppercase();
        text.push(format!(" GENERATED ALWAYS AS ({}) {kind}", column.text("generation")));
    }
    if let Some(sequence) = identity {
        text.push(format!(" GENERATED {}", as_identity(column, sequence)));
    }
    if column.is("not_null") && column.find("not_null_not_valid").is_none() {
        let usual = usual_not_null_name(column, cx);
        if let Some(name) = column.find("not_null_name").or(usual.as_deref()) {
            text.push(format!(" CONSTRAINT {}", sparing(name)));
        }
        text.push(" NOT NULL".to_owned());
        if column.find("not_null_no_inherit").is_some() {
            text.push(" NO INHERIT".to_owned());
        }
    }
    text.concat()
}

/// Returns the name that the server gives to a not-null, where it would take another one: partitions and children that wait to
/// be attached to a table that is made anew have their not-nulls by that name (18).
fn usual_not_null_name(column: &Object, cx: &Cx<'_>) -> Option<String> {
    let usual = format!("{}_{}_not_null", column.id.parent(), column.id.name);
    let may_be_taken = cx.from.has(&column.id) && cx.parents_before.contains(&parent(&column.id));
    (cx.major >= 18 && may_be_taken && usual.len() < 64).then_some(usual)
}

/// Returns `ALWAYS AS IDENTITY (…)`.
fn as_identity(column: &Object, sequence: &Object) -> String {
    let mut options = sequence::options(sequence);
    let usual = format!("{}_{}_seq", column.id.parent(), column.id.name);
    if *sequence.id.name != *usual || sequence.id.schema != column.id.schema {
        let name = format!("{}.{}", sparing(sequence.id.schema()), sparing(&sequence.id.name));
        options.insert(0, format!("SEQUENCE NAME {name}"));
    }
    let options = if options.is_empty() { String::new() } else { format!(" ({})", options.join(" ")) };
    format!("{} AS IDENTITY{options}", column.text("identity").to_ascii_uppercase())
}

/// Returns what a typed table says of a column, where it says anything.
pub(super) fn with_options(
    column: &Object,
    default: Option<&Object>,
    identity: Option<&Object>,
    cx: &Cx<'_>,
) -> Option<String> {
    let said = constraints(column, default, identity, cx);
    (!said.is_empty()).then(|| format!("{} WITH OPTIONS{said}", sparing(&column.id.name)))
}

/// Returns what `CREATE TABLE` cannot say.
pub(super) fn extras(column: &Object, cx: &Cx<'_>) -> Vec<Sql> {
    let mut statements = Vec::new();
    if let Some(storage) = column.get("storage") {
        statements.push(only(column, &format!("SET STORAGE {}", storage.to_ascii_uppercase()), cx));
    }
    if let Some(target) = column.get("statistics") {
        statements.push(only(column, &format!("SET STATISTICS {target}"), cx));
    }
    if column.get("options").is_some() {
        statements.push(own(column, &format!("SET ({})", storage(&column.list("options"), "").join(", "))));
    }
    if column.find("not_null_not_valid").is_some() {
        statements.push(add_not_null(column));
    }
    statements
}

/// Returns what a column that is taken from a parent has beyond the parent's.
pub(super) fn beyond_inherited(column: &Object, cx: &Cx<'_>) -> Vec<Sql> {
    let mut statements = extras(column, cx);
    let above = of_parents(cx.to, column);
    if column.is("not_null") && !above.iter().any(|other| other.is("not_null")) {
        statements.push(own(column, "SET NOT NULL"));
    }
    let default_of = |column: &Object| {
        let id = ObjectId::of(Kind::Default, column.id.schema(), column.id.parent(), &column.id.name);
        cx.to.get(&id)
    };
    if default_of(column).is_none() && above.iter().any(|other| default_of(other).is_some()) {
        statements.push(own(column, "DROP DEFAULT"));
    }
    statements
}

/// Returns a statement for what the server would hand down to children: each of them has it for itself.
fn only(column: &Object, change: &str, cx: &Cx<'_>) -> Sql {
    let table = parent(&column.id);
    let has_children = cx.parents_before.contains(&table) || cx.parents_after.contains(&table);
    let only = if has_children { "ONLY " } else { "" };
    Sql::new(format!("ALTER TABLE {only}{table} ALTER COLUMN {} {change}", sparing(&column.id.name)))
}

fn own(column: &Object, change: &str) -> Sql {
    Sql::new(format!("ALTER TABLE {} ALTER COLUMN {} {change}", parent(&column.id), sparing(&column.id.name)))
}

/// Adds a column to a table that is there.
pub(in crate::diff) fn create(column: &Object, inline: &[&Object], cx: &Cx<'_>) -> Vec<Sql> {
    if follows_parent(column, cx.from, cx) {
        return beyond_inherited(column, cx);
    }
    let default = inline.iter().copied().find(|object| object.id.kind == Kind::Default);
    let sequence = inline.iter().copied().find(|object| is_identity_of(object, column));
    if follows_type(&column.id, cx) {
        let value = default.map(|default| own(column, &format!("SET DEFAULT {}", default.text("expression"))));
        let not_null = column.is("not_null").then(|| own(column, "SET NOT NULL"));
        let identity =
            sequence.map(|sequence| own(column, &format!("ADD GENERATED {}", as_identity(column, sequence))));
        return [value, not_null, identity].into_iter().flatten().chain(extras(column, cx)).collect();
    }
    let definition = definition(column, default, sequence, cx);
    let mut statement = Sql::new(format!("ALTER TABLE {} ADD COLUMN {definition}", parent(&column.id)));
    let has_value = default.is_some() || sequence.is_some() || column.get("generated").is_some();
    if column.is("not_null")
        && column.find("not_null_not_valid").is_none()
        && !has_value
        && !has_default_elsewhere(column, cx)
    {
        let set = own(column, "SET NOT NULL").text;
        let backfill = backfill(column, cx);
        statement =
            statement.noting(format!("where there are rows, add it without NOT NULL, and then:\n{backfill}\n{set};"));
    }
    let mut statements = vec![statement];
    statements.extend(extras(column, cx));
    statements
}

/// Returns the statement that gives rows a value which they lack.
fn backfill(column: &Object, cx: &Cx<'_>) -> String {
    let name = sparing(&column.id.name);
    let default = ObjectId { kind: Kind::Default, ..column.id.clone() };
    let value = if cx.to.has(&default) { "DEFAULT" } else { "…" };
    format!("UPDATE {} SET {name} = {value} WHERE {name} IS NULL;", parent(&column.id))
}

/// A default may be set by a statement of its own, and a domain may have one.
fn has_default_elsewhere(column: &Object, cx: &Cx<'_>) -> bool {
    let domain_has = |(id, _): &(ObjectId, Dependency)| {
        id.kind == Kind::Domain && cx.to.get(id).is_some_and(|domain| domain.find("default").is_some())
    };
    cx.to.has(&ObjectId { kind: Kind::Default, ..column.id.clone() }) || cx.to.needs(&column.id).any(domain_has)
}

/// Drops a column.
pub(in crate::diff) fn drop(column: &Object, cx: &Cx<'_>) -> Vec<Sql> {
    if follows_parent(column, cx.to, cx) || follows_type(&column.id, cx) {
        return Vec::new();
    }
    let statement = Sql::new(format!("ALTER TABLE {} DROP COLUMN {}", parent(&column.id), sparing(&column.id.name)));
    let is_computed = column.get("generated").is_some();
    vec![if is_computed { statement } else { statement.losing(format!("the values of {}", column.id.path())) }]
}

/// Returns whether what happens to a column of a parent happens to this one with it: the parent's is not in `other`.
fn follows_parent(column: &Object, other: &Catalog, cx: &Cx<'_>) -> bool {
    let side = if cx.to.has(&column.id) { cx.to } else { cx.from };
    let Some(table) = table_of(side, &column.id) else { return false };
    is_only_inherited(column)
        && of_parents(side, column).iter().any(|above| {
            let parent = ObjectId::new(table.id.kind, above.id.schema(), above.id.parent());
            !other.has(&above.id) && stays_child(cx.from, cx.to, &table.id, &parent)
        })
}

/// Changes a column.
pub(in crate::diff) fn alter(before: &Object, after: &Object, changed: &Changed<'_>, cx: &Cx<'_>) -> Alteration {
    let is_expression = changed.contains("generation") || changed.contains("generated");
    let mut statements = Vec::new();
    if is_expression {
        match (before.get("generated"), after.get("generated")) {
            (Some("stored"), None) => statements.push(own(after, "DROP EXPRESSION")),
            (Some(old), Some(new)) if old == new && cx.major >= 17 => {
                statements.push(own(after, &format!("SET EXPRESSION AS ({})", after.text("generation"))));
            }
            _ => return Alteration::Replace,
        }
    }
    let inherited = |attribute: &str| {
        is_only_inherited(after)
            && of_parents(cx.to, after).iter().any(|other| other.get(attribute) == after.get(attribute))
            && of_parents(cx.from, before).iter().any(|other| other.get(attribute) == before.get(attribute))
    };
    let retyped = (changed.contains("type") || changed.contains("collation")) && !inherited("type");
    if changed.contains("identity") && before.get("identity").is_some() && after.get("identity").is_none() {
        statements.push(own(after, "DROP IDENTITY"));
    }
    if retyped {
        statements.push(retyping(before, after));
    }
    if changed.contains("not_null") && !inherited("not_null") {
        statements.push(if !after.is("not_null") {
            own(after, "DROP NOT NULL")
        } else if is_plain_not_null(after) {
            own(after, "SET NOT NULL").noting(format!("rows without a value: {}", backfill(after, cx)))
        } else {
            let statement = add_not_null(after);
            let is_checked = after.find("not_null_not_valid").is_none();
            let note = || format!("rows without a value: {}", backfill(after, cx));
            if is_checked { statement.noting(note()) } else { statement }
        });
    }
    statements.extend(not_null_changes(before, after, changed));
    if changed.contains("identity")
        && let Some(kind) = after.get("identity")
    {
        let sequence = cx.to.of_kind(Kind::Sequence).find(|sequence| is_identity_of(sequence, after));
        match (before.get("identity"), sequence) {
            (None, Some(sequence)) => {
                statements.push(own(after, &format!("ADD GENERATED {}", as_identity(after, sequence))));
                statements.push(sequence::goes_on(sequence, &after.id));
            }
            _ => statements.push(own(after, &format!("SET GENERATED {}", kind.to_ascii_uppercase()))),
        }
    }
    if changed.contains("storage") {
        let storage = after.get("storage").unwrap_or_else(|| after.text("_type_storage"));
        statements.push(only(after, &format!("SET STORAGE {}", storage.to_ascii_uppercase()), cx));
    }
    if changed.contains("compression") {
        statements.push(own(after, &format!("SET COMPRESSION {}", after.get("compression").unwrap_or("default"))));
    }
    if changed.contains("statistics") {
        statements.push(only(after, &format!("SET STATISTICS {}", after.get("statistics").unwrap_or("-1")), cx));
    }
    if changed.contains("options") {
        let changes = storage_changes(&before.list("options"), &after.list("options"), "");
        statements.extend(changes.iter().map(|change| own(after, change)));
    }
    if changed.contains("foreign_options") {
        let change = foreign_changes(&before.list("foreign_options"), &after.list("foreign_options"));
        statements.push(own(after, &change));
    }
    // The statement for a parent changes this one, too.
    let is_disturbed = changed.contains("type") || changed.contains("collation");
    if is_disturbed { Alteration::Disturbing(statements, depends_on_type) } else { Alteration::InPlace(statements) }
}

/// Returns whether `SET NOT NULL` says all that there is to say of the not-null of a column.
fn is_plain_not_null(column: &Object) -> bool {
    ["not_null_name", "not_null_no_inherit", "not_null_not_valid"].iter().all(|it| column.find(it).is_none())
}

/// 18: returns the statement that adds a not-null with its name, and what else there is to say of it.
fn add_not_null(column: &Object) -> Sql {
    let mut text = vec![format!("ALTER TABLE {} ADD ", parent(&column.id))];
    text.extend(column.find("not_null_name").map(|name| format!("CONSTRAINT {} ", sparing(name))));
    text.push(format!("NOT NULL {}", sparing(&column.id.name)));
    text.extend(column.find("not_null_no_inherit").map(|_| " NO INHERIT".to_owned()));
    text.extend(column.find("not_null_not_valid").map(|_| " NOT VALID".to_owned()));
    Sql::new(text.concat())
}

/// 18: returns the statement that gives the not-null of a column its comment.
fn comment_of_not_null(column: &Object, name: &str) -> Option<Sql> {
    let comment = Literal(column.find("not_null_comment")?);
    Some(Sql::new(format!("COMMENT ON CONSTRAINT {name} ON {} IS {comment}", parent(&column.id))))
}

/// 18: a not-null has a name, and may be inherited or not, valid or not.
fn not_null_changes(before: &Object, after: &Object, changed: &Changed<'_>) -> Vec<Sql> {
    if !before.is("not_null") || !after.is("not_null") {
        return Vec::new();
    }
    let usual = || format!("{}_{}_not_null", after.id.parent(), after.id.name);
    let name = |column: &Object| column.find("not_null_name").map_or_else(usual, str::to_owned);
    let table = |change: String| Sql::new(format!("ALTER TABLE {} {change}", parent(&after.id)));
    let (old, new) = (sparing(&name(before)), sparing(&name(after)));
    // Nothing makes one that is proven unproven.
    if changed.contains("not_null_not_valid") && after.find("not_null_not_valid").is_some() {
        let again = comment_of_not_null(after, &new).filter(|_| !changed.contains("not_null_comment"));
        let anew = [table(format!("DROP CONSTRAINT {old}")), add_not_null(after)];
        return anew.into_iter().chain(again).collect();
    }
    let mut statements = Vec::new();
    if changed.contains("not_null_name") {
        statements.push(table(format!("RENAME CONSTRAINT {old} TO {new}")));
    }
    if changed.contains("not_null_no_inherit") {
        let how = if after.find("not_null_no_inherit").is_some() { "NO INHERIT" } else { "INHERIT" };
        statements.push(table(format!("ALTER CONSTRAINT {new} {how}")));
    }
    if changed.contains("not_null_not_valid") && after.find("not_null_not_valid").is_none() {
        statements.push(table(format!("VALIDATE CONSTRAINT {new}")));
    }
    statements
}

/// Converts a column whose type is made anew.
pub(in crate::diff) fn retype(before: &Object, after: &Object, cx: &Cx<'_>) -> Vec<Sql> {
    let mut statements = Vec::new();
    let names: Changed<'_> = crate::diff::changed(before, after, cx.scope);
    let kind = after.text("type");
    let name = sparing(&after.id.name);
    let collation = after.get("collation").map(|collation| format!(" COLLATE {collation}")).unwrap_or_default();
    if !is_only_inherited(after) {
        let using = match composite::converted(&name, kind, cx) {
            Some(row) => format!(" USING {row}"),
            // Only its collation is made anew.
            None if is_text(kind) => String::new(),
            None => format!(" USING {name}::text::{kind}"),
        };
        let statement = own(after, &format!("TYPE {kind}{collation}{using}"));
        statements.push(with_lost_labels(statement, &after.id, kind.ends_with("[]"), cx));
    }
    let rest: Changed<'_> = names.into_iter().filter(|name| !matches!(*name, "type" | "collation")).collect();
    if let Alteration::InPlace(more) | Alteration::Disturbing(more, _) = alter(before, after, &rest, cx) {
        statements.extend(more);
    }
    statements
}

/// Tells of labels that the type of a column loses: with a row that has one, its conversion fails.
fn with_lost_labels(statement: Sql, column: &ObjectId, is_array: bool, cx: &Cx<'_>) -> Sql {
    let (labels, is_direct) = enums::lost(column, cx);
    if labels.is_empty() {
        return statement;
    }
    let (table, name, list) = (parent(column), sparing(&column.name), enums::literals(&labels));
    let update = match labels.as_slice() {
        [label] if is_array && is_direct => {
            let label = Literal(label);
            format!("UPDATE {table} SET {name} = array_replace({name}, {label}, …) WHERE {label} = ANY ({name});")
        }
        _ if is_array || !is_direct => "give them other labels before".to_owned(),
        _ => format!("UPDATE {table} SET {name} = … WHERE {name} IN ({list});"),
    };
    statement.failing(format!("rows that have {list} in {}", column.path())).noting(update)
}

fn is_text(kind: &str) -> bool {
    matches!(kind.split('(').next(), Some("text" | "character varying" | "character" | "name"))
}

fn retyping(before: &Object, after: &Object) -> Sql {
    let (old, new) = (before.text("type"), after.text("type"));
    let name = sparing(&after.id.name);
    let collation = after.get("collation").map(|collation| format!(" COLLATE {collation}")).unwrap_or_default();
    let using = converted(&name, old, new).map(|value| format!(" USING {value}")).unwrap_or_default();
    let statement = own(after, &format!("TYPE {new}{collation}{using}"));
    if is_narrower(old, new) {
        statement.losing(format!("what of {} does not fit into {new}", after.id.path()))
    } else {
        statement
    }
}

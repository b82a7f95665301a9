//! Sequences.

use crate::catalog::kind::Kind;
use crate::catalog::object::{Object, ObjectId};
use crate::diff::sql::{name, parent, parts};
use crate::diff::{Alteration, Changed, Cx, Sql, changed, keep, metadata};
use crate::text::ident::sparing;
use crate::text::literal::Literal;

/// The limits of the types that a sequence can have.
fn limits(of_type: &str) -> (&'static str, &'static str) {
    match of_type {
        "smallint" => ("-32768", "32767"),
        "integer" => ("-2147483648", "2147483647"),
        _ => ("-9223372036854775808", "9223372036854775807"),
    }
}

fn is_whole_number(column: &Object) -> bool {
    matches!(column.text("type"), "smallint" | "integer" | "bigint")
}

/// Returns the options of a sequence that are not what one gets without them.
pub(super) fn options(sequence: &Object) -> Vec<String> {
    let (lowest, highest) = limits(sequence.text("type"));
    let increment = sequence.text("increment");
    let descends = increment.starts_with('-');
    let (minimum, maximum) = (sequence.text("minimum"), sequence.text("maximum"));
    let mut options = Vec::new();
    let start = sequence.text("start");
    if start != if descends { maximum } else { minimum } {
        options.push(format!("START WITH {start}"));
    }
    if increment != "1" {
        options.push(format!("INCREMENT BY {increment}"));
    }
    if minimum != if descends { lowest } else { "1" } {
        options.push(format!("MINVALUE {minimum}"));
    }
    if maximum != if descends { "-1" } else { highest } {
        options.push(format!("MAXVALUE {maximum}"));
    }
    if sequence.text("cache") != "1" {
        options.push(format!("CACHE {}", sequence.text("cache")));
    }
    if sequence.is("cycle") {
        options.push("CYCLE".to_owned());
    }
    options
}

/// Returns the sequence that an identity column has had, where the new one is of another name: it can be renamed only.
pub(in crate::diff) fn of_same_identity<'a>(sequence: &Object, cx: &Cx<'a>) -> Option<&'a Object> {
    let column = sequence.find("identity_of")?;
    let mut all = cx.from.of_kind(Kind::Sequence);
    all.find(|before| before.find("identity_of") == Some(column)).filter(|before| before.id != sequence.id)
}

/// Creates a sequence.
pub(in crate::diff) fn create(sequence: &Object, cx: &Cx<'_>) -> Vec<Sql> {
    // That of an identity column comes with it.
    if sequence.get("identity_of").is_some() {
        return of_same_identity(sequence, cx).map_or_else(Vec::new, |before| renamed(before, sequence, cx));
    }
    let unlogged = if sequence.get("persistence").is_some() { "UNLOGGED " } else { "" };
    let mut parts = vec![format!("CREATE {unlogged}SEQUENCE {}", name(&sequence.id))];
    if sequence.text("type") != "bigint" {
        parts.push(format!("AS {}", sequence.text("type")));
    }
    parts.extend(options(sequence));
    vec![Sql::new(parts.join(" "))]
}

/// Gives the sequence of an identity column another name, and what else the new one has.
fn renamed(before: &Object, after: &Object, cx: &Cx<'_>) -> Vec<Sql> {
    let mut statements = Vec::new();
    let mut at = name(&before.id);
    if before.id.schema != after.id.schema {
        statements.push(Sql::new(format!("ALTER SEQUENCE {at} SET SCHEMA {}", sparing(after.id.schema()))));
        at = format!("{}.{}", sparing(after.id.schema()), sparing(&before.id.name));
    }
    if before.id.name != after.id.name {
        statements.push(Sql::new(format!("ALTER SEQUENCE {at} RENAME TO {}", sparing(&after.id.name))));
    }
    let changed = changed(before, after, cx.scope);
    if let Alteration::InPlace(changes) = alter(before, after, &changed, cx) {
        statements.extend(changes);
    }
    // What a new object has, is said of this one as well.
    let gone: Changed<'_> = changed.into_iter().filter(|name| after.find(name).is_none()).collect();
    statements.extend(metadata::alter(before, after, &gone, cx));
    statements
}

/// Drops a sequence.
pub(in crate::diff) fn drop(sequence: &Object) -> Vec<Sql> {
    if sequence.get("identity_of").is_some() {
        return Vec::new();
    }
    vec![Sql::new(format!("DROP SEQUENCE {}", name(&sequence.id)))]
}

/// Changes a sequence.
pub(in crate::diff) fn alter(before: &Object, after: &Object, changed: &Changed<'_>, _cx: &Cx<'_>) -> Alteration {
    if changed.contains("identity_of") {
        return Alteration::Replace;
    }
    let own = |change: &str| Sql::new(format!("ALTER SEQUENCE {} {change}", name(&after.id)));
    let mut statements = Vec::new();
    if changed.contains("owned_by") && before.get("owned_by").is_some() {
        statements.push(own("OWNED BY NONE"));
    }
    if changed.contains("persistence") {
        statements.push(own(if after.get("persistence").is_some() { "SET UNLOGGED" } else { "SET LOGGED" }));
    }
    let mut parts = Vec::new();
    let mut part = |attribute: &str, keyword: &str| {
        if changed.contains(attribute) {
            parts.push(format!("{keyword} {}", after.text(attribute)));
        }
    };
    part("type", "AS");
    part("increment", "INCREMENT BY");
    part("minimum", "MINVALUE");
    part("maximum", "MAXVALUE");
    part("start", "START WITH");
    part("cache", "CACHE");
    let number = |object: &Object, attribute: &str| object.text(attribute).parse::<i64>().unwrap_or_default();
    let bounds = number(after, "minimum")..=number(after, "maximum");
    // Where the first value is out of bounds now, the current one is most likely, too.
    if !bounds.contains(&number(before, "start")) {
        parts.push("RESTART".to_owned());
    }
    if changed.contains("cycle") {
        parts.push(if after.is("cycle") { "CYCLE" } else { "NO CYCLE" }.to_owned());
    }
    if !parts.is_empty() {
        statements.push(own(&parts.join(" ")));
    }
    Alteration::InPlace(statements)
}

/// Returns the statement that lets a new sequence go on after the values that its column has.
pub(super) fn goes_on(sequence: &Object, column: &ObjectId) -> Sql {
    let descends = sequence.text("increment").starts_with('-');
    let last = format!("{}({})", if descends { "min" } else { "max" }, sparing(&column.name));
    let (minimum, maximum) = (sequence.text("minimum"), sequence.text("maximum"));
    let text = format!(
        "SELECT pg_catalog.setval({}, {last}) FROM {} HAVING {last} BETWEEN {minimum} AND {maximum}",
        Literal(&name(&sequence.id)),
        parent(column)
    );
    Sql::new(text)
}

/// Says which column a sequence belongs to.
pub(in crate::diff) fn finish(
    sequence: &Object,
    before: Option<&Object>,
    cx: &Cx<'_>,
) -> Option<(Vec<Sql>, Vec<ObjectId>)> {
    let column = sequence.get("owned_by")?;
    if before.is_some_and(|before| before.get("owned_by") == Some(column)) {
        return None;
    }
    let mut statements = vec![Sql::new(format!("ALTER SEQUENCE {} OWNED BY {column}", name(&sequence.id)))];
    let mut after = vec![sequence.id.clone()];
    if let [schema, table, column] = parts(column).as_slice() {
        let table = ObjectId::new(Kind::Table, schema, table);
        let column = ObjectId::of(Kind::Column, schema, &table.name, column);
        // The column may have values that the sequence has not given.
        let had = cx.from.get(&sequence.id).is_some_and(|it| it.get("owned_by") == sequence.get("owned_by"));
        if before.is_none() && !had && cx.from.has(&column) && cx.to.get(&column).is_some_and(is_whole_number) {
            statements.push(goes_on(sequence, &column));
            after.push(keep::filled(&table));
        }
        after.extend([table, column]);
    }
    Some((statements, after))
}

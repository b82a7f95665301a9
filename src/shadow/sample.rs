//! A few rows for each table of a schema, to see what becomes of them.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::Catalog;
use crate::catalog::kind::Kind;
use crate::catalog::object::{Object, ObjectId};
use crate::pg::error::SqlError;
use crate::pg::session::Session;
use crate::text::ident::Ident;
use crate::text::literal::Literal;

/// How many rows a table gets.
const ROWS: usize = 2;

/// Puts rows into the tables of a schema, but for those named. Where the server takes none, the table stays as it is: its
/// checks, triggers or types ask for more than is known here.
///
/// # Errors
/// The connection is lost.
pub(super) fn fill(
    session: &mut Session,
    from: &Catalog,
    to: &Catalog,
    without: &BTreeSet<(String, String)>,
) -> Result<(), SqlError> {
    let sample = Sample { from, to };
    for table in in_order(from) {
        let is_left_out = without.contains(&(table.id.schema().to_owned(), table.id.name.to_string()));
        // Rows of a partition come by way of its table, where they find their place themselves.
        if is_left_out || table.get("partition_of").is_some() {
            continue;
        }
        for number in 1..=ROWS {
            let put = |session: &mut Session, all: bool| match sample.insert(table, number, all) {
                Some(insert) => session.run(&insert),
                None => Ok(()),
            };
            for all in [true, false] {
                match put(session, all) {
                    Ok(()) => break,
                    Err(error) if error.closed => return Err(error),
                    Err(_) => (),
                }
            }
        }
    }
    Ok(())
}

/// The tables, those that foreign keys refer to before those that refer.
fn in_order(catalog: &Catalog) -> Vec<&Object> {
    let refers: BTreeMap<&ObjectId, BTreeSet<String>> = catalog
        .of_kind(Kind::Table)
        .map(|table| {
            let keys = catalog.children(Kind::Constraint, table.id.schema(), &table.id.name);
            let others = keys.filter_map(|key| key.get("references")).filter(|other| *other != written(&table.id));
            (&table.id, others.map(str::to_owned).collect())
        })
        .collect();
    let mut left: Vec<&Object> = catalog.of_kind(Kind::Table).collect();
    let mut ordered = Vec::new();
    while !left.is_empty() {
        let waits: BTreeSet<String> = left.iter().map(|table| written(&table.id)).collect();
        let is_ready = |table: &&Object| refers.get(&table.id).is_none_or(|others| others.is_disjoint(&waits));
        let (ready, rest): (Vec<&Object>, Vec<&Object>) = left.iter().copied().partition(is_ready);
        // In a circle something is first; keys that may be empty make it possible.
        let (ready, rest) = if ready.is_empty() { (vec![rest[0]], rest[1..].to_vec()) } else { (ready, rest) };
        ordered.extend(ready);
        left = rest;
    }
    ordered
}

/// As `regclass` prints it under an empty search path.
fn written(id: &ObjectId) -> String {
    format!("{}.{}", crate::text::ident::sparing(id.schema()), crate::text::ident::sparing(&id.name))
}

struct Sample<'a> {
    from: &'a Catalog,
    to: &'a Catalog,
}

impl Sample<'_> {
    /// Returns the statement for one row; with all columns or with those only that need a value.
    fn insert(&self, table: &Object, number: usize, all: bool) -> Option<String> {
        let children = |kind| self.from.children(kind, table.id.schema(), &table.id.name);
        let keys: Vec<&Object> = children(Kind::Constraint).filter(|it| it.get("references").is_some()).collect();
        let bounds = self.bounds(table);
        let (mut names, mut values) = (Vec::new(), Vec::new());
        for column in children(Kind::Column) {
            let default = ObjectId { kind: Kind::Default, ..column.id.clone() };
            let bound = bounds.get(&*column.id.name);
            let comes = column.get("generated").is_some() || column.get("identity").is_some();
            if comes || bound.is_none() && self.from.has(&default) {
                continue;
            }
            let referred = keys.iter().find_map(|key| referred(key, &column.id.name, number));
            let allowed = || children(Kind::Constraint).find_map(|check| first_allowed(check, &column.id.name));
            let value =
                bound.cloned().or(referred).or_else(allowed).or_else(|| self.value(column.text("type"), number, 0));
            match value {
                Some(value) if all || column.is("not_null") || bound.is_some() => {
                    names.push(quoted(&column.id.name)?);
                    values.push(value);
                }
                _ => (),
            }
        }
        let table = format!("{}.{}", quoted(table.id.schema())?, quoted(&table.id.name)?);
        Some(if names.is_empty() {
            format!("INSERT INTO {table} DEFAULT VALUES")
        } else {
            format!("INSERT INTO {table} ({}) VALUES ({})", names.join(", "), values.join(", "))
        })
    }

    /// Values with which a row finds a partition, now and later, by column.
    fn bounds(&self, table: &Object) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        for catalog in [self.from, self.to] {
            let mut level = catalog.get(&table.id);
            while let Some(divided) = level {
                let own = written(&divided.id);
                let Some((_, column)) = divided.get("partition_key").and_then(|key| key.split_once(" (")) else {
                    break;
                };
                let column = column.trim_end_matches(')').trim_matches('"').to_owned();
                let parts = || catalog.of_kind(Kind::Table).filter(|it| it.get("partition_of") == Some(&own));
                // The default partition takes what no other does.
                let part = parts().find_map(|it| Some((it, first_bound(it.text("partition_bound"))?)));
                if let Some((_, value)) = &part {
                    found.insert(column, value.clone());
                }
                level = part.map(|(part, _)| part);
            }
        }
        found
    }

    /// Returns a value of a type. None: nothing is known of it.
    fn value(&self, name: &str, number: usize, depth: usize) -> Option<String> {
        if name.ends_with("[]") {
            return Some("'{}'".to_owned());
        }
        let (base, limits) = match name.split_once('(') {
            Some((base, rest)) => (base.trim_end(), rest.split(')').next().unwrap_or_default()),
            None => (name, ""),
        };
        let size = || limits.split(',').next().and_then(|size| size.trim().parse::<usize>().ok());
        let value = match base {
            "smallint" | "integer" | "bigint" | "real" | "double precision" | "money" | "oid" => number.to_string(),
            "numeric" => {
                let digits: Vec<i64> = limits.split(',').filter_map(|limit| limit.trim().parse().ok()).collect();
                let only_fraction = matches!(digits.as_slice(), [all, scale] if all <= scale);
                if only_fraction { "0".to_owned() } else { number.to_string() }
            }
            "text" | "character varying" | "character" | "name" | "public.citext" | "\"char\"" | "public.ltree" => {
                format!("'{}'", if number == 1 { 'a' } else { 'b' })
            }
            "uuid" => format!("'00000000-0000-4000-8000-{number:012}'"),
            "boolean" => "true".to_owned(),
            "date" => format!("'2024-01-{number:02}'"),
            "timestamp without time zone" | "timestamp with time zone" | "timestamp" => {
                format!("'2024-01-{number:02} 12:00:00+00'")
            }
            "time without time zone" | "time with time zone" | "time" => format!("'12:00:{number:02}+00'"),
            "interval" => format!("'{number} days'"),
            "json" | "jsonb" => format!("'{{\"a\": {number}}}'"),
            "bytea" => format!("'\\x{number:02}'"),
            "inet" => format!("'10.0.0.{number}'"),
            "cidr" => format!("'10.0.0.{number}/32'"),
            "macaddr" => format!("'08:00:2b:01:02:{number:02}'"),
            "bit" => format!("B'{}'", "0".repeat(size().unwrap_or(1))),
            "bit varying" => "B'0'".to_owned(),
            "point" => format!("'({number},0)'"),
            "box" => "'((0,0),(1,1))'".to_owned(),
            "tsvector" | "tsquery" => "'a'".to_owned(),
            "xml" => "'<a/>'".to_owned(),
            "int4range" | "int8range" | "numrange" => format!("'[{number},{}]'", number + 1),
            "daterange" => format!("'[2024-01-{number:02},2024-02-{number:02}]'"),
            "tsrange" | "tstzrange" => format!("'[2024-01-{number:02},2024-02-{number:02}]'"),
            "public.vector" => format!("'[{}]'", vec!["0"; size().unwrap_or(1)].join(",")),
            "public.hstore" => "''".to_owned(),
            _ => return self.value_of_own_type(name, number, depth),
        };
        Some(value)
    }

    fn value_of_own_type(&self, name: &str, number: usize, depth: usize) -> Option<String> {
        let is_it = |object: &&Object| written(&object.id) == name;
        if let Some(kind) = self.from.of_kind(Kind::Enum).find(is_it) {
            return kind.list("labels").first().map(|label| Literal(label).to_string());
        }
        let domain = self.from.of_kind(Kind::Domain).find(is_it).filter(|_| depth < 8)?;
        self.value(domain.text("type"), number, depth + 1)
    }
}

fn quoted(name: &str) -> Option<String> {
    Ident::parse(name).ok().map(|name| name.to_string())
}

/// Returns the value that a column has in a row which a foreign key refers to.
fn referred(key: &Object, column: &str, number: usize) -> Option<String> {
    let at = key.list("columns").iter().position(|it| it == column)?;
    let (_, rest) = key.text("definition").split_once(" REFERENCES ")?;
    let (_, rest) = rest.split_once('(')?;
    let other = rest.split(')').next()?.split(", ").nth(at)?;
    let table = key.text("references");
    let skip = number - 1;
    let order = rest.split(')').next()?;
    // The second row of the other table may not be there.
    Some(format!(
        "COALESCE((SELECT {other} FROM {table} ORDER BY {order} LIMIT 1 OFFSET {skip}), \
         (SELECT {other} FROM {table} ORDER BY {order} LIMIT 1))"
    ))
}

/// Returns the first value of those that a check names for its only column.
fn first_allowed(check: &Object, column: &str) -> Option<String> {
    if check.text("type") != "check" || check.list("columns") != [column] {
        return None;
    }
    let (_, list) = check.text("definition").split_once("ARRAY[")?;
    let list = list.trim_start_matches('(');
    list.starts_with('\'').then(|| literal(list)).flatten()
}

/// Returns the first value of a partition's bound.
fn first_bound(bound: &str) -> Option<String> {
    let values = bound.strip_prefix("FOR VALUES IN (").or_else(|| bound.strip_prefix("FOR VALUES FROM ("))?;
    if values.starts_with('\'') {
        return literal(values);
    }
    let value = values.split([',', ')']).next()?.trim();
    (!value.is_empty() && value.chars().all(|c| c.is_ascii_digit() || c == '-' || c == '.')
        || value == "true"
        || value == "false")
        .then(|| value.to_owned())
}

/// Returns the string constant that a text begins with, as servers print one.
fn literal(text: &str) -> Option<String> {
    let inside = text.strip_prefix('\'')?;
    let mut end = 0;
    loop {
        end += inside[end..].find('\'')?;
        match inside[end + 1..].starts_with('\'') {
            true => end += 2,
            false => return Some(format!("'{}'", &inside[..end])),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{first_bound, literal};

    #[test]
    fn first_values_are_found() {
        assert_eq!(literal("'it''s', 'b'").as_deref(), Some("'it''s'"));
        assert_eq!(first_bound("FOR VALUES IN ('a', 'b')").as_deref(), Some("'a'"));
        assert_eq!(first_bound("FOR VALUES FROM (10, 2) TO (20, 3)").as_deref(), Some("10"));
        assert_eq!(first_bound("FOR VALUES FROM (MINVALUE) TO (20)"), None);
        assert_eq!(first_bound("DEFAULT"), None);
    }
}

//! What may have been renamed: a name that goes and a name that comes, with the same shape.

use crate::catalog::Catalog;
use crate::catalog::kind::Kind;
use crate::catalog::object::{Object, ObjectId};
use crate::diff::Sql;
use crate::diff::sql::{name, parent, parts};
use crate::text::ident::sparing;
use crate::text::renamed::RenamedFrom;

/// The kinds whose names are changed, beside columns.
const RENAMED: [Kind; 7] =
    [Kind::Table, Kind::ForeignTable, Kind::View, Kind::Enum, Kind::Domain, Kind::Composite, Kind::Range];

/// A name that is given another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rename {
    /// The object under its old name.
    pub(crate) old: ObjectId,
    /// Its new name, in the same schema and table.
    pub(crate) new: String,
}

impl Rename {
    /// Returns the statement.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the other kinds are those of ALTER TABLE")]
    pub(crate) fn sql(&self) -> Sql {
        let new = sparing(&self.new);
        let text = match self.old.kind {
            Kind::Column => {
                format!("ALTER TABLE {} RENAME COLUMN {} TO {new}", parent(&self.old), sparing(&self.old.name))
            }
            Kind::Constraint => {
                format!("ALTER TABLE {} RENAME CONSTRAINT {} TO {new}", parent(&self.old), sparing(&self.old.name))
            }
            Kind::Index => {
                let (schema, index) = (sparing(self.old.schema()), sparing(&self.old.name));
                format!("ALTER INDEX {schema}.{index} RENAME TO {new}")
            }
            Kind::Sequence => format!("ALTER SEQUENCE {} RENAME TO {new}", name(&self.old)),
            Kind::Enum | Kind::Domain | Kind::Composite | Kind::Range => {
                format!("ALTER TYPE {} RENAME TO {new}", name(&self.old))
            }
            Kind::View => format!("ALTER VIEW {} RENAME TO {new}", name(&self.old)),
            _ => format!("ALTER TABLE {} RENAME TO {new}", name(&self.old)),
        };
        Sql { about: Some(self.old.clone()), ..Sql::new(text) }
    }

    /// Returns the way back.
    pub(crate) fn reversed(&self) -> Self {
        let old = ObjectId { name: self.new.as_str().into(), ..self.old.clone() };
        Self { old, new: self.old.name.to_string() }
    }

    /// Returns what `--rename` takes.
    pub(crate) fn spelled(&self) -> String {
        format!("{}={}", self.old.path(), sparing(&self.new))
    }
}

/// Reads `old=new`: `table`, `table.column`, each with or without its schema; of the new one, only the last name counts.
pub(crate) fn parse(text: &str, from: &Catalog) -> Option<Rename> {
    let (old, new) = text.split_once('=')?;
    let new = parts(new.trim()).pop().filter(|new| !new.is_empty())?;
    let old = parts(old.trim());
    let schemas = || from.of_kind(Kind::Schema).map(|schema| schema.id.name.to_string());
    let found = match old.as_slice() {
        [table] => schemas().find_map(|schema| one_of(from, &RENAMED, &schema, table)),
        [first, second] => one_of(from, &RENAMED, first, second)
            .or_else(|| schemas().find_map(|schema| column(from, &schema, first, second))),
        [schema, table, name] => column(from, schema, table, name),
        _ => None,
    };
    found.map(|old| Rename { old, new })
}

/// Returns the first rename that comments in the declared SQL ask for and that is not done yet: the old name is there and
/// shall not be, the new one shall be and is not.
pub(crate) fn hinted(hints: &[RenamedFrom], from: &Catalog, to: &Catalog) -> Option<Rename> {
    let is_due = |old: &ObjectId, new: &str| {
        let new = ObjectId { name: new.into(), ..old.clone() };
        from.has(old) && !to.has(old) && to.has(&new) && !from.has(&new)
    };
    let in_schemas = |hint: &RenamedFrom| -> Vec<(String, String)> {
        match hint.object.as_slice() {
            [name] => to.of_kind(Kind::Schema).map(|schema| (schema.id.name.to_string(), name.clone())).collect(),
            [.., schema, name] => vec![(schema.clone(), name.clone())],
            [] => Vec::new(),
        }
    };
    // Tables first: a column is found in its table under the new name.
    let objects = hints.iter().filter(|hint| hint.column.is_none()).flat_map(|hint| {
        in_schemas(hint).into_iter().flat_map(move |(schema, new)| {
            RENAMED.iter().map(move |kind| Rename { old: ObjectId::new(*kind, &schema, &hint.old), new: new.clone() })
        })
    });
    let columns = hints.iter().filter_map(|hint| Some((hint, hint.column.clone()?))).flat_map(|(hint, new)| {
        in_schemas(hint).into_iter().map(move |(schema, table)| Rename {
            old: ObjectId::of(Kind::Column, &schema, &table, &hint.old),
            new: new.clone(),
        })
    });
    objects.chain(columns).find(|rename| is_due(&rename.old, &rename.new))
}

fn one_of(from: &Catalog, kinds: &[Kind], schema: &str, name: &str) -> Option<ObjectId> {
    kinds.iter().map(|kind| ObjectId::new(*kind, schema, name)).find(|id| from.has(id))
}

fn column(from: &Catalog, schema: &str, table: &str, name: &str) -> Option<ObjectId> {
    Some(ObjectId::of(Kind::Column, schema, table, name)).filter(|id| from.has(id))
}

/// Returns what looks like a rename: tables of which most columns are the same, columns of the same type that stand in the
/// same place or are called alike.
pub(crate) fn candidates(from: &Catalog, to: &Catalog) -> Vec<Rename> {
    let mut found = Vec::new();
    let gone = |kind| from.of_kind(kind).filter(|object| !to.has(&object.id));
    for kind in [Kind::Table, Kind::ForeignTable] {
        let new: Vec<&Object> = to.of_kind(kind).filter(|object| !from.has(&object.id)).collect();
        let mut taken: Vec<&ObjectId> = Vec::new();
        for old in gone(kind) {
            let columns = shape(from, &old.id);
            let like = new.iter().find(|other| {
                other.id.schema == old.id.schema
                    && !taken.contains(&&other.id)
                    && is_alike(&columns, &shape(to, &other.id))
            });
            if let Some(like) = like {
                taken.push(&like.id);
                found.push(Rename { old: old.id.clone(), new: like.id.name.to_string() });
            }
        }
    }
    let mut taken: Vec<ObjectId> = Vec::new();
    for old in gone(Kind::Column) {
        let table = ObjectId::new(Kind::Table, old.id.schema(), old.id.parent());
        if !from.has(&table) || !to.has(&table) || old.find("generated").is_some() {
            continue;
        }
        let is_new = |column: &&Object| !from.has(&column.id) && !taken.contains(&column.id);
        let same_type = |column: &&Object| column.get("type") == old.get("type") && column.get("generated").is_none();
        let new = to.children(Kind::Column, old.id.schema(), old.id.parent()).filter(is_new).filter(same_type);
        let like =
            new.into_iter().find(|new| new.get("position") == old.get("position") || alike(&old.id.name, &new.id.name));
        if let Some(like) = like {
            taken.push(like.id.clone());
            found.push(Rename { old: old.id.clone(), new: like.id.name.to_string() });
        }
    }
    found
}

/// Returns what differs in nothing but its name, and holds no data that another name might not stand for: constraints and
/// indexes of a table, sequences of a column. Nobody has to be asked.
pub(crate) fn namesakes(from: &Catalog, to: &Catalog) -> Vec<Rename> {
    let mut found = Vec::new();
    for kind in [Kind::Constraint, Kind::Index, Kind::Sequence] {
        let mut new: Vec<&Object> = to.of_kind(kind).filter(|object| !from.has(&object.id)).collect();
        let is_its_own = |object: &&Object| {
            // The name of an inherited one comes down from the parent's.
            (kind != Kind::Sequence || object.find("owned_by").is_some())
                && (kind != Kind::Constraint || object.find("inherited").is_none())
        };
        for old in from.of_kind(kind).filter(|object| !to.has(&object.id)).filter(is_its_own) {
            if let Some(at) = new.iter().position(|new| is_same_but_for_name(old, new)) {
                found.push(Rename { old: old.id.clone(), new: new.remove(at).id.name.to_string() });
            }
        }
    }
    found
}

fn is_same_but_for_name(one: &Object, other: &Object) -> bool {
    // The definition of an index has its name in it; a comment can be changed.
    let told = |object: &Object| -> Vec<(String, Option<String>)> {
        let value = |(name, value): (&str, Option<&str>)| match (object.id.kind, name, value) {
            (Kind::Index, "definition", Some(text)) => text.split_once(" ON ").map(|(_, rest)| rest.to_owned()),
            (_, _, value) => value.map(str::to_owned),
        };
        let told = object.attributes().filter(|(name, _)| *name != "comment");
        told.map(|(name, text)| (name.to_owned(), value((name, text)))).collect()
    };
    let place = |id: &ObjectId| (id.schema().to_owned(), id.parent().to_owned());
    place(&one.id) == place(&other.id) && told(one) == told(other)
}

fn shape(catalog: &Catalog, table: &ObjectId) -> Vec<(String, String)> {
    catalog
        .children(Kind::Column, table.schema(), &table.name)
        .map(|column| (column.id.name.to_string(), column.text("type").to_owned()))
        .collect()
}

fn is_alike(one: &[(String, String)], other: &[(String, String)]) -> bool {
    let same = one.iter().filter(|column| other.contains(column)).count();
    same > 1 && same * 10 >= one.len().max(other.len()) * 7
}

/// Returns whether one name holds the other, or they begin or end alike.
fn alike(one: &str, other: &str) -> bool {
    let common = one.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
    let at_end = one.chars().rev().zip(other.chars().rev()).take_while(|(a, b)| a == b).count();
    let shorter = one.chars().count().min(other.chars().count());
    one.contains(other) || other.contains(one) || common.max(at_end) * 2 >= shorter.max(4)
}

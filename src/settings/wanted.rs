//! Schemas and extensions that a project asks for.

use figment::value::Value;

use crate::settings::layers::Merged;

/// A schema to create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SchemaWanted {
    pub(crate) name: String,
    pub(crate) owner: Option<String>,
}

/// An extension to create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ExtensionWanted {
    /// Its name as the server knows it; `pgvector`, the name of the project, is `vector`.
    pub(crate) name: String,
    pub(crate) version: Option<String>,
    pub(crate) schema: Option<String>,
    /// Whether the extensions that it needs are created as well.
    pub(crate) cascade: bool,
    /// Whether to go on where the server does not offer it.
    pub(crate) optional: bool,
}

/// Returns the schemas of the setting `schemas`.
pub(crate) fn schemas(merged: &Merged<'_>) -> Vec<SchemaWanted> {
    tables(merged, "schemas").map(schema_wanted).collect()
}

/// Returns the extensions of the setting `extensions`.
pub(crate) fn extensions(merged: &Merged<'_>) -> Vec<ExtensionWanted> {
    tables(merged, "extensions").map(extension_wanted).collect()
}

fn tables<'a>(merged: &Merged<'a>, key: &str) -> impl Iterator<Item = &'a Value> {
    merged.get(key).and_then(|given| given.value.as_array()).unwrap_or_default().iter()
}

fn entry(table: &Value, key: &str) -> Option<String> {
    table.find_ref(key).and_then(Value::as_str).map(str::to_owned)
}

fn schema_wanted(table: &Value) -> SchemaWanted {
    SchemaWanted { name: entry(table, "name").unwrap_or_default(), owner: entry(table, "owner") }
}

fn extension_wanted(table: &Value) -> ExtensionWanted {
    let name = entry(table, "name").unwrap_or_default();
    let flag = |key: &str| table.find_ref(key).and_then(Value::to_bool).unwrap_or_default();
    ExtensionWanted {
        name: if name == "pgvector" { "vector".to_owned() } else { name },
        version: entry(table, "version"),
        schema: entry(table, "schema"),
        cascade: flag("cascade"),
        optional: flag("optional"),
    }
}

//! Roles, schemas, extensions and privileges that a project asks for, out of their normalised tables.

use std::path::Path;

use figment::value::Value;

use crate::bootstrap::wanted::{
    Attribute, DefaultPrivilegesWanted, ExtensionWanted, GrantWanted, On, Parameter, Password, RoleWanted, SchemaWanted,
};
use crate::settings::layers::Merged;
use crate::settings::value::{plain, strings, whole};
use crate::text::secret::Secret;

/// Where a role's password may come from.
pub(crate) struct Secrets<'a> {
    /// Reads a variable of the process or of a `.env` file.
    pub(crate) variable: &'a dyn Fn(&str) -> Option<String>,
    /// Where relative paths start.
    pub(crate) root: &'a Path,
}

/// Returns the roles of the setting `roles`. A password that is not there is no error: it is needed only for a role that
/// is created.
pub(crate) fn roles(merged: &Merged<'_>, secrets: &Secrets<'_>) -> Vec<RoleWanted> {
    tables(merged, "roles").map(|table| role_wanted(table, secrets)).collect()
}

/// Returns the schemas of the setting `schemas`.
pub(crate) fn schemas(merged: &Merged<'_>) -> Vec<SchemaWanted> {
    tables(merged, "schemas").map(schema_wanted).collect()
}

/// Returns the extensions of the setting `extensions`.
pub(crate) fn extensions(merged: &Merged<'_>) -> Vec<ExtensionWanted> {
    tables(merged, "extensions").map(extension_wanted).collect()
}

/// Returns the grants of the setting `grants`.
pub(crate) fn grants(merged: &Merged<'_>) -> Vec<GrantWanted> {
    tables(merged, "grants").map(grant_wanted).collect()
}

/// Returns the default privileges of the setting `default_privileges`.
pub(crate) fn default_privileges(merged: &Merged<'_>) -> Vec<DefaultPrivilegesWanted> {
    tables(merged, "default_privileges")
        .map(|table| DefaultPrivilegesWanted { by: entry(table, "role"), grant: grant_wanted(table) })
        .collect()
}

/// Returns the parameters of the setting `database.settings`.
pub(crate) fn database_parameters(merged: &Merged<'_>) -> Vec<Parameter> {
    merged.get("database.settings").map(|given| parameters(&given.value)).unwrap_or_default()
}

fn tables<'a>(merged: &Merged<'a>, key: &str) -> impl Iterator<Item = &'a Value> {
    merged.get(key).and_then(|given| given.value.as_array()).unwrap_or_default().iter()
}

fn entry(table: &Value, key: &str) -> Option<String> {
    table.find_ref(key).and_then(Value::as_str).map(str::to_owned)
}

fn flag(table: &Value, key: &str) -> Option<bool> {
    table.find_ref(key).and_then(Value::to_bool)
}

fn list(table: &Value, key: &str) -> Vec<String> {
    table.find_ref(key).map(strings).unwrap_or_default()
}

fn parameters(table: &Value) -> Vec<Parameter> {
    let entries = table.as_dict().into_iter().flatten();
    entries.map(|(name, value)| Parameter { name: name.clone(), value: plain(value) }).collect()
}

fn role_wanted(table: &Value, secrets: &Secrets<'_>) -> RoleWanted {
    let password = password(table, secrets);
    let mut attributes: Vec<(Attribute, bool)> =
        Attribute::ALL.into_iter().filter_map(|attribute| Some((attribute, flag(table, attribute.key())?))).collect();
    // A role with a password is meant to log in.
    if password.is_some() && flag(table, "login").is_none() {
        attributes.insert(0, (Attribute::Login, true));
    }
    RoleWanted {
        name: entry(table, "name").unwrap_or_default(),
        attributes,
        connection_limit: table.find_ref("connection_limit").and_then(whole).and_then(|limit| limit.try_into().ok()),
        password,
        member_of: list(table, "member_of"),
        parameters: table.find_ref("settings").map(parameters).unwrap_or_default(),
    }
}

fn password(table: &Value, secrets: &Secrets<'_>) -> Option<Password> {
    let of_file = |path: &str| match std::fs::read_to_string(secrets.root.join(path)) {
        // Secrets are mounted with a line break at the end, or without.
        Ok(text) => match text.strip_suffix('\n').map_or(text.as_str(), |text| text.strip_suffix('\r').unwrap_or(text))
        {
            "" => Password::Missing(format!("the file {path} is empty")),
            password => Password::Known(Secret::new(password)),
        },
        Err(error) => Password::Missing(format!("the file {path} can't be read: {error}")),
    };
    if let Some(path) = entry(table, "password_file") {
        return Some(of_file(&path));
    }
    let variable = entry(table, "password_env")?;
    if let Some(password) = (secrets.variable)(&variable) {
        return Some(Password::Known(Secret::new(&password)));
    }
    match (secrets.variable)(&format!("{variable}_FILE")) {
        Some(path) => Some(of_file(&path)),
        None => Some(Password::Missing(format!("the variable {variable} is not set"))),
    }
}

fn schema_wanted(table: &Value) -> SchemaWanted {
    SchemaWanted { name: entry(table, "name").unwrap_or_default(), owner: entry(table, "owner") }
}

fn extension_wanted(table: &Value) -> ExtensionWanted {
    let name = entry(table, "name").unwrap_or_default();
    ExtensionWanted {
        name: if name == "pgvector" { "vector".to_owned() } else { name },
        version: entry(table, "version"),
        schema: entry(table, "schema"),
        cascade: flag(table, "cascade").unwrap_or_default(),
        optional: flag(table, "optional").unwrap_or_default(),
    }
}

fn grant_wanted(table: &Value) -> GrantWanted {
    let word = entry(table, "on").unwrap_or_default();
    let kinds = On::OF_GRANTS.iter().chain(On::OF_DEFAULTS);
    GrantWanted {
        privileges: list(table, "privileges"),
        on: kinds.copied().find(|on| on.word() == word).unwrap_or(On::Database),
        schemas: list(table, "schema"),
        to: list(table, "to"),
        grantable: flag(table, "with_grant_option").unwrap_or_default(),
    }
}

//! Settings that are lists of tables: `[[role]]`, `[[schema]]`, `[[extension]]`, `[[grant]]`, `[[default_privileges]]`,
//! and the table of server parameters, `settings`.

use figment::value::{Dict, Tag, Value};

use crate::bootstrap::wanted::On;
use crate::settings::registry::Kind;
use crate::settings::value::{WrongValue, flag, plain, text, texts, whole, wrong};
use crate::text::ident::Ident;

/// What an entry of a table is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// The name of a database object.
    Name,
    /// Any text.
    Text,
    /// `true` or `false`.
    Flag,
    /// A whole number.
    Number,
    /// One name, or several.
    Names,
    /// One privilege, or several.
    Privileges,
    /// What privileges are on.
    On(&'static [On]),
    /// Server parameters with their values.
    Parameters,
}

const ROLE: &[(&str, Entry)] = &[
    ("name", Entry::Name),
    ("login", Entry::Flag),
    ("password_env", Entry::Text),
    ("password_file", Entry::Text),
    ("member_of", Entry::Names),
    ("superuser", Entry::Flag),
    ("createdb", Entry::Flag),
    ("createrole", Entry::Flag),
    ("inherit", Entry::Flag),
    ("replication", Entry::Flag),
    ("bypassrls", Entry::Flag),
    ("connection_limit", Entry::Number),
    ("settings", Entry::Parameters),
];
const SCHEMA: &[(&str, Entry)] = &[("name", Entry::Name), ("owner", Entry::Name)];
const EXTENSION: &[(&str, Entry)] = &[
    ("name", Entry::Name),
    ("version", Entry::Text),
    ("schema", Entry::Name),
    ("cascade", Entry::Flag),
    ("optional", Entry::Flag),
];
const GRANT: &[(&str, Entry)] = &[
    ("privileges", Entry::Privileges),
    ("on", Entry::On(On::OF_GRANTS)),
    ("schema", Entry::Names),
    ("to", Entry::Names),
    ("with_grant_option", Entry::Flag),
];
const DEFAULT_PRIVILEGES: &[(&str, Entry)] = &[
    ("role", Entry::Name),
    ("privileges", Entry::Privileges),
    ("on", Entry::On(On::OF_DEFAULTS)),
    ("schema", Entry::Names),
    ("to", Entry::Names),
    ("with_grant_option", Entry::Flag),
];

/// Returns the entries that the tables of a setting may have; none where it has no tables.
pub(crate) fn entries(kind: Kind) -> Option<&'static [(&'static str, Entry)]> {
    match kind {
        Kind::Roles => Some(ROLE),
        Kind::Schemas => Some(SCHEMA),
        Kind::Extensions => Some(EXTENSION),
        Kind::Grants => Some(GRANT),
        Kind::DefaultPrivileges => Some(DEFAULT_PRIVILEGES),
        Kind::Text
        | Kind::Password
        | Kind::Url
        | Kind::Name
        | Kind::Flag
        | Kind::Port
        | Kind::Ports
        | Kind::Duration { .. }
        | Kind::Path
        | Kind::Paths
        | Kind::List
        | Kind::Choice(_)
        | Kind::Parameters
        | Kind::FileTemplate
        | Kind::ShadowPlace => None,
    }
}

/// Brings a list of tables into one shape: names become tables with a name, each name stands once; one text becomes a
/// list of texts.
///
/// # Errors
/// An entry that is missing or of another type.
pub(crate) fn tables(known: &[(&'static str, Entry)], value: &Value, typed: bool) -> Result<Value, WrongValue> {
    let named = known.iter().any(|(key, _)| *key == "name");
    let items = match value.as_array() {
        Some(items) => items.to_vec(),
        None if named => texts(value, typed)?.into_iter().map(Value::from).collect(),
        None => return Err(WrongValue::Type { expected: "tables in `pgkeel.toml`", found: "a text".to_owned() }),
    };
    let mut seen: Vec<String> = Vec::new();
    let mut tables = Vec::new();
    for item in items {
        let table = match item.as_dict() {
            Some(table) => table.clone(),
            None if named => Dict::from([("name".to_owned(), Value::from(text(&item, "a list of names or tables")?))]),
            None => return Err(wrong("a list of tables", &item)),
        };
        let mut normal = Dict::new();
        for (key, entry) in known {
            if let Some(value) = table.get(*key) {
                normal.insert((*key).to_owned(), of_entry(key, *entry, value)?);
            }
        }
        if named {
            let Some(name) = normal.get("name").and_then(Value::as_str).map(str::to_owned) else {
                return Err(WrongValue::NoName);
            };
            if seen.contains(&name) {
                return Err(WrongValue::Repeated { name });
            }
            seen.push(name);
        } else {
            of_privileges(&normal, known.iter().any(|(key, _)| *key == "role"))?;
        }
        if normal.contains_key("password_env") && normal.contains_key("password_file") {
            return Err(WrongValue::Both { first: "password_env", second: "password_file" });
        }
        tables.push(Value::Dict(Tag::Default, normal));
    }
    Ok(Value::Array(Tag::Default, tables))
}

/// Brings server parameters into one shape: a table of texts. A variable has them as `name=value; name=value`.
///
/// # Errors
/// A name or a value that is none.
pub(crate) fn parameters(value: &Value, typed: bool) -> Result<Value, WrongValue> {
    const EXPECTED: &str = "a table of server parameters, or `name=value; name=value`";
    let mut normal = Dict::new();
    match (value.as_dict(), value.as_str()) {
        (Some(table), _) => {
            for (name, value) in table {
                let value = match value {
                    Value::Array(..) => texts(value, true)?.join(", "),
                    Value::String(..) | Value::Bool(..) | Value::Num(..) => plain(value),
                    Value::Char(..) | Value::Dict(..) | Value::Empty(..) => {
                        return Err(wrong("a text, a number, `true`, `false` or a list of texts", value));
                    }
                };
                add_parameter(&mut normal, name, value)?;
            }
        }
        (None, Some(pairs)) if !typed => {
            for pair in pairs.split(';').map(str::trim).filter(|pair| !pair.is_empty()) {
                let Some((name, value)) = pair.split_once('=') else { return Err(wrong(EXPECTED, value)) };
                add_parameter(&mut normal, name.trim(), value.trim().to_owned())?;
            }
        }
        (None, _) => return Err(wrong(EXPECTED, value)),
    }
    Ok(Value::Dict(Tag::Default, normal))
}

fn add_parameter(table: &mut Dict, name: &str, value: String) -> Result<(), WrongValue> {
    for part in name.split('.') {
        Ident::parse(part)?;
    }
    table.insert(name.to_owned(), Value::from(value));
    Ok(())
}

fn of_entry(key: &'static str, entry: Entry, value: &Value) -> Result<Value, WrongValue> {
    match entry {
        Entry::Name => {
            let name = text(value, "a name")?;
            Ident::parse(&name)?;
            Ok(Value::from(name))
        }
        Entry::Text => text(value, "a text").map(Value::from),
        Entry::Flag => flag(value, true).map(Value::from),
        Entry::Number => match whole(value).and_then(|number| i32::try_from(number).ok()) {
            Some(number) => Ok(Value::from(number)),
            None => Err(wrong("a whole number", value)),
        },
        Entry::Names => {
            let names = texts(value, true)?;
            for name in &names {
                Ident::parse(name)?;
            }
            if names.is_empty() { Err(WrongValue::NoEntry { key }) } else { Ok(Value::from(names)) }
        }
        Entry::Privileges => {
            let words = texts(value, true)?;
            let upper = words.iter().map(|word| word.trim().to_ascii_uppercase());
            let upper = upper.map(|word| if word == "TEMP" { "TEMPORARY".to_owned() } else { word });
            let upper = upper.map(|word| if word == "ALL PRIVILEGES" { "ALL".to_owned() } else { word });
            Ok(Value::from(upper.collect::<Vec<_>>()))
        }
        Entry::On(allowed) => {
            let word = text(value, "a word")?.to_ascii_lowercase();
            if allowed.iter().any(|on| on.word() == word) {
                Ok(Value::from(word))
            } else {
                let words: Vec<String> = allowed.iter().map(|on| format!("`{}`", on.word())).collect();
                Err(WrongValue::Word { key, found: word, allowed: words.join(", ") })
            }
        }
        Entry::Parameters => parameters(value, true),
    }
}

/// Privileges need somebody who gets them and something that they are on, and there must be such ones on it.
fn of_privileges(table: &Dict, is_default: bool) -> Result<(), WrongValue> {
    for key in ["privileges", "on", "to"] {
        if !table.contains_key(key) {
            return Err(WrongValue::NoEntry { key });
        }
    }
    let word = table.get("on").map(plain).unwrap_or_default();
    let Some(on) = On::OF_GRANTS.iter().chain(On::OF_DEFAULTS).find(|on| on.word() == word) else { return Ok(()) };
    // The newest server's: what an older one does not know, it says itself.
    let known = on.privileges(u32::MAX);
    let words = table.get("privileges").and_then(Value::as_array).unwrap_or_default();
    if words.is_empty() {
        return Err(WrongValue::NoEntry { key: "privileges" });
    }
    for word in words.iter().map(plain) {
        if word != "ALL" && !known.contains(&word.as_str()) {
            let allowed: Vec<String> = known.iter().chain(["ALL"].iter()).map(|word| format!("`{word}`")).collect();
            return Err(WrongValue::Word { key: "privileges", found: word, allowed: allowed.join(", ") });
        }
    }
    match (*on, table.contains_key("schema")) {
        (On::Database | On::Schemas, true) => Err(WrongValue::NotOn { key: "schema", on: on.word() }),
        (On::Database | On::Schemas, false) | (_, true) => Ok(()),
        // Default privileges may hold in all schemas.
        (_, false) if is_default => Ok(()),
        (_, false) => Err(WrongValue::NoEntry { key: "schema" }),
    }
}

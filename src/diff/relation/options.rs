//! Options `name=value` in SQL.

use crate::text::ident::sparing;
use crate::text::literal::Literal;

/// Returns the name and the value of an option.
fn parts(option: &str) -> (&str, &str) {
    option.split_once('=').unwrap_or((option, ""))
}

/// Returns storage parameters for `WITH (…)` and `SET (…)`.
pub(in crate::diff) fn storage(options: &[String], prefix: &str) -> Vec<String> {
    let written = |option: &String| {
        let (name, value) = parts(option);
        let plain =
            !value.is_empty() && value.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'));
        let value = if plain { value.to_owned() } else { Literal(value).to_string() };
        format!("{prefix}{} = {value}", sparing(name))
    };
    options.iter().map(written).collect()
}

/// Returns the `SET (…)` and `RESET (…)` that turn one list of storage parameters into another.
pub(in crate::diff) fn storage_changes(before: &[String], after: &[String], prefix: &str) -> Vec<String> {
    let mut changes = Vec::new();
    let new: Vec<String> = after.iter().filter(|option| !before.contains(option)).cloned().collect();
    if !new.is_empty() {
        changes.push(format!("SET ({})", storage(&new, prefix).join(", ")));
    }
    let has = |name: &str| after.iter().any(|option| parts(option).0 == name);
    let gone: Vec<String> = before
        .iter()
        .map(|option| parts(option).0)
        .filter(|name| !has(name))
        .map(|name| format!("{prefix}{}", sparing(name)))
        .collect();
    if !gone.is_empty() {
        changes.push(format!("RESET ({})", gone.join(", ")));
    }
    changes
}

/// Returns `OPTIONS (name 'value', …)` of a new foreign object, empty where there are none.
pub(in crate::diff) fn foreign(options: &[String]) -> String {
    if options.is_empty() {
        return String::new();
    }
    let written = |option: &String| {
        let (name, value) = parts(option);
        format!("{} {}", sparing(name), Literal(value))
    };
    format!(" OPTIONS ({})", options.iter().map(written).collect::<Vec<_>>().join(", "))
}

/// Returns the `OPTIONS (ADD …, SET …, DROP …)` that turns one list into another.
pub(in crate::diff) fn foreign_changes(before: &[String], after: &[String]) -> String {
    let find = |options: &[String], name: &str| {
        options.iter().map(|option| parts(option)).find(|(other, _)| *other == name).map(|(_, value)| value.to_owned())
    };
    let mut changes = Vec::new();
    for (name, value) in after.iter().map(|option| parts(option)) {
        match find(before, name) {
            None => changes.push(format!("ADD {} {}", sparing(name), Literal(value))),
            Some(old) if old != value => changes.push(format!("SET {} {}", sparing(name), Literal(value))),
            Some(_) => (),
        }
    }
    for (name, _) in before.iter().map(|option| parts(option)) {
        if find(after, name).is_none() {
            changes.push(format!("DROP {}", sparing(name)));
        }
    }
    format!("OPTIONS ({})", changes.join(", "))
}

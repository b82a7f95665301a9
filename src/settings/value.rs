//! Values of settings: from the text of a variable or the types of TOML to what a setting takes.

use std::time::Duration;

use figment::value::Value;

use crate::settings::registry::Kind;
use crate::settings::tables::{entries, parameters, tables};
use crate::text::dsn::Dsn;
use crate::text::ident::{Ident, NotAnIdent};

/// What the setting `shadow` takes.
const SHADOW_PLACES: &str = "`auto`, `target`, `dev` or a URL";

/// A value that a setting does not take. It never holds a password or a URL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum WrongValue {
    /// Of another type.
    #[error("expected {expected}, found {found}")]
    Type { expected: &'static str, found: String },
    /// A number without unit.
    #[error("`{number}` has no unit")]
    NoUnit { number: String },
    /// None of the words that are allowed.
    #[error("`{found}` is none of {}", list(allowed))]
    Choice { found: String, allowed: &'static [&'static str] },
    /// A time span that is too short.
    #[error("`{found}` is too short")]
    TooShort { found: String },
    /// Not the name of a database object.
    #[error(transparent)]
    Name(#[from] NotAnIdent),
    /// The same name twice.
    #[error("`{name}` stands there twice")]
    Repeated { name: String },
    /// A table without a key that it needs.
    #[error("a table has no `name`")]
    NoName,
    /// A table without a key that it needs.
    #[error("a table has no `{key}`")]
    NoEntry { key: &'static str },
    /// A key that means nothing beside another one.
    #[error("`{key}` says nothing with `on = \"{on}\"`")]
    NotOn { key: &'static str, on: &'static str },
    /// Two keys of which one is enough.
    #[error("`{first}` and `{second}` are both set")]
    Both { first: &'static str, second: &'static str },
    /// None of the words that are allowed in a table.
    #[error("`{key}`: `{found}` is none of {allowed}")]
    Word { key: &'static str, found: String, allowed: String },
    /// A pattern that gives no usable file name.
    #[error("`{template}` {why}")]
    Template { template: String, why: &'static str },
    /// Numbers of hosts and ports that don't fit.
    #[error("there are {hosts} hosts and {ports} ports")]
    PortCount { hosts: usize, ports: usize },
}

/// Brings a value into the one shape that its kind has: text, boolean, number, list of texts, list of tables.
/// `typed` is for TOML, whose values have types; variables and flags are text, lists in them have commas.
///
/// # Errors
/// A value that the setting does not take.
pub(crate) fn normalise(kind: Kind, value: &Value, typed: bool) -> Result<Value, WrongValue> {
    match kind {
        Kind::Text | Kind::Path => Ok(Value::from(text(value, "a text")?)),
        Kind::Password | Kind::Url if value.as_str().is_some() => Ok(value.clone()),
        // What was found may be a password: it is not quoted.
        Kind::Password => Err(WrongValue::Type { expected: "a text", found: "another type".to_owned() }),
        Kind::Url => Err(WrongValue::Type { expected: "a URL", found: "another type".to_owned() }),
        Kind::Name => {
            let name = text(value, "a name")?;
            Ident::parse(&name)?;
            Ok(Value::from(name))
        }
        Kind::Flag => flag(value, typed).map(Value::from),
        Kind::Port => {
            let number = whole(value).filter(|_| typed).or_else(|| value.as_str().filter(|_| !typed)?.parse().ok());
            match number.and_then(|number| u16::try_from(number).ok()).filter(|port| *port > 0) {
                Some(port) => Ok(Value::from(port)),
                None => Err(wrong("a port from 1 to 65535", value)),
            }
        }
        Kind::Ports => {
            let list = whole(value).map(|number| number.to_string());
            let Some(list) = list.or_else(|| value.as_str().map(str::to_owned)) else {
                return Err(wrong("a port from 1 to 65535", value));
            };
            match Dsn::default().set_ports(&list) {
                Ok(()) => Ok(Value::from(list)),
                Err(_) => Err(wrong("a port from 1 to 65535", value)),
            }
        }
        Kind::Duration { least_ms } => {
            let span = duration(value)?;
            if span < Duration::from_millis(least_ms) {
                return Err(WrongValue::TooShort { found: shown(value) });
            }
            Ok(Value::from(if value.as_str().is_some() { text(value, "")? } else { "0".to_owned() }))
        }
        Kind::Paths | Kind::List => Ok(Value::from(texts(value, typed)?)),
        Kind::Choice(allowed) => {
            let word = text(value, "a word")?;
            if !allowed.contains(&word.as_str()) {
                return Err(WrongValue::Choice { found: word, allowed });
            }
            Ok(Value::from(word))
        }
        Kind::Roles | Kind::Schemas | Kind::Extensions | Kind::Grants | Kind::DefaultPrivileges => {
            tables(entries(kind).unwrap_or_default(), value, typed)
        }
        Kind::Parameters => parameters(value, typed),
        Kind::ShadowPlace => {
            let place = text(value, SHADOW_PLACES)?;
            let is_url = place.contains("://") || place.contains('=');
            // What was found may have a password in it.
            let found = || if place.contains('@') { "another text".to_owned() } else { format!("`{place}`") };
            if is_url || matches!(place.as_str(), "auto" | "target" | "dev") {
                Ok(Value::from(place))
            } else {
                Err(WrongValue::Type { expected: SHADOW_PLACES, found: found() })
            }
        }
        Kind::FileTemplate => file_template(&text(value, "a pattern")?).map(Value::from),
    }
}

/// Reads a time span: a number with a unit as PostgreSQL writes them (manual 20.1.1): `us`, `ms`, `s`, `min`, `h`, `d`.
/// `0` needs none.
///
/// # Errors
/// No text, no number, no unit, an unknown unit.
pub(crate) fn duration(value: &Value) -> Result<Duration, WrongValue> {
    const EXPECTED: &str = "a time span such as `3s`, `500ms` or `2min`";
    if whole(value) == Some(0) {
        return Ok(Duration::ZERO);
    }
    if matches!(value, Value::Num(..)) {
        return Err(WrongValue::NoUnit { number: plain(value) });
    }
    let text = value.as_str().ok_or_else(|| wrong(EXPECTED, value))?.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let number: f64 = text[..digits].parse().map_err(|_| wrong(EXPECTED, value))?;
    let seconds = match text[digits..].trim() {
        "" if number == 0.0 => 0.0,
        "" => return Err(WrongValue::NoUnit { number: text.to_owned() }),
        "us" => 0.000_001,
        "ms" => 0.001,
        "s" | "sec" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        "d" => 86400.0,
        _ => return Err(wrong(EXPECTED, value)),
    };
    Duration::try_from_secs_f64(number * seconds).map_err(|_| wrong(EXPECTED, value))
}

/// Returns the texts of a normalised list.
pub(crate) fn strings(value: &Value) -> Vec<String> {
    value.as_array().unwrap_or_default().iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

/// Returns a value for people. Not for passwords.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::String(_, text) => text.clone(),
        Value::Char(_, character) => character.to_string(),
        Value::Bool(_, flag) => flag.to_string(),
        Value::Num(_, number) => match (whole(value), number.to_f64()) {
            (Some(whole), _) => whole.to_string(),
            (None, Some(fraction)) => fraction.to_string(),
            (None, None) => String::new(),
        },
        Value::Empty(..) => String::new(),
        Value::Array(_, items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        Value::Dict(_, table) => match table.get("name") {
            Some(name) => plain(name),
            None => table.iter().map(|(key, value)| format!("{key}={}", plain(value))).collect::<Vec<_>>().join(" "),
        },
    }
}

/// Returns a whole number; figment keeps signed and unsigned ones apart.
pub(crate) fn whole(value: &Value) -> Option<i128> {
    value.to_i128().or_else(|| value.to_u128()?.try_into().ok())
}

fn shown(value: &Value) -> String {
    if value.as_array().is_some() {
        "a list".to_owned()
    } else if value.as_dict().is_some() {
        "a table".to_owned()
    } else {
        format!("`{}`", plain(value))
    }
}

/// Makes the error for a value of another type.
pub(crate) fn wrong(expected: &'static str, value: &Value) -> WrongValue {
    WrongValue::Type { expected, found: shown(value) }
}

/// Returns a text.
///
/// # Errors
/// Another type.
pub(crate) fn text(value: &Value, expected: &'static str) -> Result<String, WrongValue> {
    value.as_str().map(str::to_owned).ok_or_else(|| wrong(expected, value))
}

/// Returns a truth value.
///
/// # Errors
/// Another type or word.
pub(crate) fn flag(value: &Value, typed: bool) -> Result<bool, WrongValue> {
    let word = value.as_str().filter(|_| !typed).map(str::to_ascii_lowercase);
    match (value, word.as_deref()) {
        (Value::Bool(_, flag), _) => Ok(*flag),
        (_, Some("true" | "1" | "yes" | "on")) => Ok(true),
        (_, Some("false" | "0" | "no" | "off")) => Ok(false),
        _ => Err(wrong("`true` or `false`", value)),
    }
}

/// Returns a list of texts; one text is a list of one, or of those between its commas.
///
/// # Errors
/// Another type.
pub(crate) fn texts(value: &Value, typed: bool) -> Result<Vec<String>, WrongValue> {
    match (value.as_str(), value.as_array()) {
        (Some(text), _) if typed => Ok(vec![text.to_owned()]),
        (Some(text), _) => {
            Ok(text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect())
        }
        (None, Some(items)) => items.iter().map(|item| text(item, "a list of texts")).collect(),
        (None, None) => Err(wrong("a list of texts", value)),
    }
}

fn file_template(template: &str) -> Result<String, WrongValue> {
    let refuse = |why| Err(WrongValue::Template { template: template.to_owned(), why });
    if !template.contains("<revision>") {
        return refuse("has no `<revision>`");
    }
    if template.replace("<revision>", "").replace("<slug>", "").contains(['<', '>']) {
        return refuse("has a placeholder other than `<revision>` and `<slug>`");
    }
    if template.contains(['/', '\\', '\0']) || template.starts_with('.') {
        return refuse("is no file name");
    }
    Ok(template.strip_suffix(".sql").unwrap_or(template).to_owned())
}

fn list(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use figment::value::Value;

    use super::{WrongValue, duration, normalise, whole};
    use crate::settings::registry::Kind;

    #[test]
    fn reads_time_spans_with_units() {
        let ms = |text: &str| duration(&Value::from(text)).map(|span| span.as_millis());
        assert_eq!(ms("3s"), Ok(3000));
        assert_eq!(ms("1.5 min"), Ok(90_000));
        assert_eq!(ms("500ms"), Ok(500));
        assert_eq!(ms("0"), Ok(0));
        assert_eq!(ms("3"), Err(WrongValue::NoUnit { number: "3".to_owned() }));
        assert_eq!(duration(&Value::from(3)), Err(WrongValue::NoUnit { number: "3".to_owned() }));
        assert_eq!(duration(&Value::from(0)), Ok(Duration::ZERO));
        for bad in ["", "s", "3 parsec", "-3s", "1e400s", "1..2s"] {
            assert!(matches!(ms(bad), Err(WrongValue::Type { .. })), "{bad}");
        }
    }

    #[test]
    fn types_of_the_file_are_strict_and_text_of_variables_is_read() {
        assert_eq!(normalise(Kind::Flag, &Value::from("yes"), false).unwrap().to_bool(), Some(true));
        assert!(normalise(Kind::Flag, &Value::from("yes"), true).is_err());
        assert_eq!(normalise(Kind::Port, &Value::from("5433"), false).map(|port| whole(&port)), Ok(Some(5433)));
        assert!(normalise(Kind::Port, &Value::from(70_000), true).is_err());
        assert!(normalise(Kind::Name, &Value::from("x".repeat(64)), true).is_err());
        assert!(normalise(Kind::Extensions, &Value::from("a,b,a"), false).is_err());
        assert!(normalise(Kind::Duration { least_ms: 1 }, &Value::from("0"), false).is_err());
    }

    #[test]
    fn file_templates_keep_the_revision() {
        let template = |text: &str| normalise(Kind::FileTemplate, &Value::from(text), true);
        assert!(template("YYYY_MM_DD_HHMM-<revision>_<slug>").is_ok());
        for bad in ["YYYY_<slug>", "<revision>_<slag>", "a/<revision>", ".<revision>"] {
            assert!(template(bad).is_err(), "{bad}");
        }
    }
}

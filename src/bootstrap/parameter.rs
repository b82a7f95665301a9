//! Server parameters that a role or a database begins its sessions with (`ALTER … SET`).

use crate::bootstrap::wanted::Parameter;
use crate::text::ident::{Ident, NotAnIdent};
use crate::text::literal::Literal;

/// Parameters whose value is a list of names: one quoted text would be one name (pg_dump's
/// `variable_is_guc_list_quote`).
const LISTS: &[&str] = &[
    "local_preload_libraries",
    "search_path",
    "session_preload_libraries",
    "shared_preload_libraries",
    "temp_tablespaces",
    "unix_socket_directories",
];

/// Returns the clause `SET name TO value`.
///
/// # Errors
/// A name that is none.
pub(crate) fn clause(parameter: &Parameter) -> Result<String, NotAnIdent> {
    let name: Vec<String> = parameter
        .name
        .split('.')
        .map(|part| Ident::parse(part).map(|part| part.to_string()))
        .collect::<Result<_, _>>()?;
    let value = if is_list(&parameter.name) {
        let items: Vec<String> = items(&parameter.value).iter().map(|item| Literal(item).to_string()).collect();
        if items.is_empty() { "''".to_owned() } else { items.join(", ") }
    } else {
        Literal(&parameter.value).to_string()
    };
    Ok(format!("SET {} TO {value}", name.join(".")))
}

/// Returns whether one of the stored `name=value` texts says what is wanted, and whether there is one of that name.
pub(crate) fn compare(wanted: &Parameter, stored: &[String]) -> Stored {
    let found = stored
        .iter()
        .filter_map(|stored| stored.split_once('='))
        .find(|(name, _)| name.eq_ignore_ascii_case(&wanted.name));
    match found {
        None => Stored::Missing,
        Some((_, value)) if is_list(&wanted.name) && items(value) == items(&wanted.value) => Stored::Same,
        Some((_, value)) if value == wanted.value => Stored::Same,
        Some(_) => Stored::Other,
    }
}

/// What is stored of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stored {
    Missing,
    Same,
    Other,
}

fn is_list(name: &str) -> bool {
    LISTS.iter().any(|list| list.eq_ignore_ascii_case(name))
}

/// The items of a list: separated by commas, in double quotes where they need them.
fn items(value: &str) -> Vec<String> {
    let mut items = vec![String::new()];
    let (mut quoted, mut was_quoted) = (false, false);
    let mut characters = value.chars().peekable();
    while let Some(character) = characters.next() {
        let Some(last) = items.last_mut() else { break };
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                last.push('"');
            }
            '"' => {
                quoted = !quoted;
                was_quoted = true;
            }
            ',' if !quoted => {
                finish(last, was_quoted);
                was_quoted = false;
                items.push(String::new());
            }
            blank if blank.is_whitespace() && !quoted && (last.is_empty() || was_quoted) => (),
            other => last.push(other),
        }
    }
    if let Some(last) = items.last_mut() {
        finish(last, was_quoted);
    }
    if items.len() == 1 && items.first().is_some_and(String::is_empty) && !was_quoted { Vec::new() } else { items }
}

fn finish(item: &mut String, was_quoted: bool) {
    if !was_quoted {
        item.truncate(item.trim_end().len());
    }
}

#[cfg(test)]
mod tests {
    use super::{Stored, clause, compare, items};
    use crate::bootstrap::wanted::Parameter;

    fn parameter(name: &str, value: &str) -> Parameter {
        Parameter { name: name.into(), value: value.into() }
    }

    #[test]
    fn lists_of_names_are_not_one_name() {
        assert_eq!(
            clause(&parameter("search_path", r#""$user", app , "we""ird, Näme""#)).unwrap(),
            r#"SET "search_path" TO '$user', 'app', 'we"ird, Näme'"#
        );
        assert_eq!(clause(&parameter("app.tenant", "it's")).unwrap(), r#"SET "app"."tenant" TO 'it''s'"#);
        assert_eq!(clause(&parameter("search_path", "")).unwrap(), r#"SET "search_path" TO ''"#);
        assert!(clause(&parameter("", "x")).is_err());
        assert_eq!(items(r#"a,"b ", c d"#), ["a", "b ", "c d"]);
    }

    #[test]
    fn what_is_stored_is_compared_by_meaning() {
        let stored = ["TimeZone=UTC".to_owned(), r#"search_path="$user", app"#.to_owned(), "work_mem=4MB".to_owned()];
        assert_eq!(compare(&parameter("timezone", "UTC"), &stored), Stored::Same);
        assert_eq!(compare(&parameter("search_path", "$user,app"), &stored), Stored::Same);
        assert_eq!(compare(&parameter("work_mem", "8MB"), &stored), Stored::Other);
        assert_eq!(compare(&parameter("jit", "off"), &stored), Stored::Missing);
    }
}

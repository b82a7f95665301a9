//! Names of objects in SQL that people read.

use crate::catalog::kind::Kind;
use crate::catalog::object::ObjectId;
use crate::text::ident::sparing;

/// Returns `schema.name`, for what stands in a schema; else `name`.
pub(super) fn name(id: &ObjectId) -> String {
    match id.schema.as_deref() {
        Some(schema) => format!("{}.{}", sparing(schema), own_name(id)),
        None => own_name(id),
    }
}

/// Returns the name without the schema.
pub(super) fn own_name(id: &ObjectId) -> String {
    // These are written in SQL as they are.
    let is_phrase = matches!(id.kind, Kind::Cast | Kind::Transform | Kind::DefaultPrivileges | Kind::Operator);
    if is_phrase { id.name.to_string() } else { sparing(&id.name) }
}

/// Returns `schema.parent`, for what belongs to a table, view, domain or composite type.
pub(super) fn parent(id: &ObjectId) -> String {
    format!("{}.{}", sparing(id.schema()), sparing(id.parent()))
}

/// Returns `name(arguments)` with the schema, for routines.
pub(super) fn routine(id: &ObjectId) -> String {
    format!("{}({})", name(id), id.arguments.as_deref().unwrap_or_default())
}

/// Returns the names of a path that SQL writes, without quotes.
pub(super) fn parts(path: &str) -> Vec<String> {
    let (mut parts, mut part, mut quoted) = (Vec::new(), String::new(), false);
    let mut letters = path.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                part.push('"');
            }
            '"' => quoted = !quoted,
            '.' if !quoted => parts.push(std::mem::take(&mut part)),
            letter => part.push(letter),
        }
    }
    parts.push(part);
    parts
}

/// Returns an expression in parentheses, which it may have already.
pub(super) fn in_parentheses(expression: &str) -> String {
    if is_in_parentheses(expression) { expression.to_owned() } else { format!("({expression})") }
}

/// Returns whether the first parenthesis is closed by the last one.
fn is_in_parentheses(expression: &str) -> bool {
    if !expression.starts_with('(') {
        return false;
    }
    // Servers double the quotes inside of quotes, so that each closes what is open.
    let (mut depth, mut quote) = (0_usize, None);
    for (at, letter) in expression.char_indices() {
        match (quote, letter) {
            (Some(open), letter) if open == letter => quote = None,
            (Some(_), _) => (),
            (None, '\'' | '"') => quote = Some(letter),
            (None, '(') => depth += 1,
            (None, ')') => depth = depth.saturating_sub(1),
            (None, _) => (),
        }
        if depth == 0 && quote.is_none() {
            return at + 1 == expression.len();
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::in_parentheses;

    #[test]
    fn parentheses_are_put_where_they_are_missing() {
        for (expression, written) in [
            ("true", "(true)"),
            ("(a > 1)", "(a > 1)"),
            ("(a) OR (b)", "((a) OR (b))"),
            ("(a = ')'::text)", "(a = ')'::text)"),
            ("(\"(\" = 'it''s (')", "(\"(\" = 'it''s (')"),
        ] {
            assert_eq!(in_parentheses(expression), written);
        }
    }
}

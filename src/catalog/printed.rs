//! Expressions that servers print in two ways for the same thing.

/// Rewrites `(ARRAY[a, b])::text[]` into `ARRAY[(a)::text, (b)::text]`, which is how a server prints the first form after it
/// has read it back: without this, a dump that is restored would differ from its source.
pub(crate) fn settled(expression: &str) -> String {
    let mut text = expression.to_owned();
    let mut from = 0;
    while let Some(at) = find_outside_quotes(&text, from, "(ARRAY[") {
        match rewritten(&text[at..]) {
            Some((length, new)) => {
                text.replace_range(at..at + length, &new);
                from = at + "ARRAY[".len();
            }
            None => from = at + "(ARRAY[".len(),
        }
    }
    text
}

/// Returns whether two printed attributes say the same.
pub(crate) fn same(one: Option<&str>, other: Option<&str>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one == other || settled(one) == settled(other),
        (one, other) => one == other,
    }
}

/// Rewrites SQL so that a server that reads it prints what stood there: of `(ARRAY['a'::character varying])::text[]` it
/// would push the cast down to the elements, unless another cast of the array stands between.
pub(crate) fn resent(sql: &str) -> String {
    let mut text = sql.to_owned();
    let mut from = 0;
    while let Some(at) = find_outside_quotes(&text, from, "(ARRAY[") {
        let inside = at + "(ARRAY[".len();
        from = inside;
        let Some(close) = end_of(&text[inside..], ']') else { continue };
        let items = elements(&text[inside..inside + close]);
        let types: Vec<_> = items.iter().map(|item| item.rsplit_once("::").map(|(_, name)| name)).collect();
        let after = inside + close + "])".len();
        let Some(Some(first)) = types.first().copied() else { continue };
        let is_name = first.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | ' ' | '"' | '.'));
        if is_name && types.iter().all(|name| *name == Some(first)) && text[after..].starts_with("::") {
            let cast = format!("::{first}[])");
            text.insert_str(after, &cast);
            text.insert(at, '(');
        }
    }
    text
}

/// Returns how many bytes of a text that starts with `(ARRAY[` to replace, and by what.
fn rewritten(text: &str) -> Option<(usize, String)> {
    const OPEN: usize = "(ARRAY[".len();
    let inside = &text[OPEN..];
    let close = end_of(inside, ']')?;
    let rest = inside[close..].strip_prefix("])::")?;
    let brackets = rest.find("[]")?;
    let element = &rest[..brackets];
    let is_type = element.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | ' ' | '"' | '.' | ',' | '(' | ')'))
        && element.matches('(').count() == element.matches(')').count();
    if element.is_empty() || !is_type {
        return None;
    }
    let casts: Vec<_> = elements(&inside[..close]).iter().map(|item| format!("({item})::{element}")).collect();
    let length = OPEN + close + "])::".len() + brackets + "[]".len();
    Some((length, format!("ARRAY[{}]", casts.join(", "))))
}

/// Returns where a closing bracket ends what is before it, nesting and quotes regarded.
fn end_of(text: &str, closing: char) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, c) in outside_quotes(text) {
        match c {
            c if c == closing && depth == 0 => return Some(at),
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.checked_sub(1)?,
            _ => (),
        }
    }
    None
}

/// Returns the elements of a list that are separated by commas.
fn elements(text: &str) -> Vec<&str> {
    let (mut found, mut depth, mut start) = (Vec::new(), 0_i32, 0);
    for (at, c) in outside_quotes(text) {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            ',' if depth == 0 => {
                found.push(text[start..at].trim());
                start = at + 1;
            }
            _ => (),
        }
    }
    found.push(text[start..].trim());
    found
}

fn find_outside_quotes(text: &str, from: usize, what: &str) -> Option<usize> {
    if !text.contains(what) {
        return None;
    }
    outside_quotes(text).map(|(at, _)| at).find(|at| *at >= from && text[*at..].starts_with(what))
}

/// Returns the characters that stand in neither a literal nor a quoted name. Servers print literals with doubled quotes;
/// in an `E'…'` they print doubled backslashes as well, so that a quote is never escaped by one.
fn outside_quotes(text: &str) -> impl Iterator<Item = (usize, char)> {
    let mut quote = None;
    text.char_indices().filter(move |(_, c)| match (quote, *c) {
        (None, '\'' | '"') => {
            quote = Some(*c);
            false
        }
        (Some(open), c) if open == c => {
            quote = None;
            false
        }
        (quote, _) => quote.is_none(),
    })
}

#[cfg(test)]
mod tests {
    use super::{resent, settled};

    #[test]
    fn casts_of_arrays_are_those_of_their_elements() {
        let first = "((a)::text = ANY ((ARRAY['x'::character varying, 'y,]'::character varying])::text[]))";
        let again = "((a)::text = ANY (ARRAY[('x'::character varying)::text, ('y,]'::character varying)::text]))";
        assert_eq!(settled(first), again);
        assert_eq!(settled(again), again);
        assert_eq!(
            settled("b = ANY ((ARRAY[1, f(2, 3)])::numeric(10,2)[])"),
            "b = ANY (ARRAY[(1)::numeric(10,2), (f(2, 3))::numeric(10,2)])"
        );
        assert_eq!(settled("c = '(ARRAY[1])::text[]'"), "c = '(ARRAY[1])::text[]'");
        assert_eq!(settled("(ARRAY[1, 2])[1]"), "(ARRAY[1, 2])[1]");
        let sent =
            "CHECK (a = ANY (((ARRAY['x'::character varying, 'y'::character varying])::character varying[])::text[]))";
        assert_eq!(resent("CHECK (a = ANY ((ARRAY['x'::character varying, 'y'::character varying])::text[]))"), sent);
        assert_eq!(resent(again), again);
    }
}

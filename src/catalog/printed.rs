//! Expressions that servers print in two ways for the same thing.

use crate::text::ident::sparing;

/// Rewrites `(ARRAY[a, b])::text[]` into `ARRAY[(a)::text, (b)::text]`, which is how a server prints the first form after it
/// has read it back: without this, a dump that is restored would differ from its source.
pub(crate) fn settled(expression: &str) -> String {
    let mut text = without_names_of_types(expression);
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
    let mut text = with_names_of_constants(sql);
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

/// Names the constants that stand without a name in the lists of a query: of `UNION SELECT NULL::integer` the server would
/// make a column called `int4`, and print that name, though it had none. It prints no name only where that is `?column?`.
fn with_names_of_constants(sql: &str) -> String {
    let is_query = sql.starts_with("CREATE ") && sql.contains(" VIEW ") && sql.contains("::");
    if !is_query {
        return sql.to_owned();
    }
    by_item(sql, |item| is_constant(item).then(|| format!("{item} AS \"?column?\"")))
}

/// Names what stands without a name in the body of a routine that is made of statements: constants, and the parameters of
/// these names, which the server prints without one only where they were written as `$1`.
pub(crate) fn with_names_in_body(sql: &str, parameters: &[String]) -> String {
    let Some(at) = sql.find("\nBEGIN ATOMIC\n").filter(|at| !sql[..*at].contains(" AS $")) else {
        return sql.to_owned();
    };
    let is_parameter = |item: &str| {
        let own = item.rsplit_once('.').map_or(item, |(_, own)| own);
        is_name(item) && parameters.iter().any(|parameter| sparing(parameter) == own)
    };
    let (start, body) = sql.split_at(at);
    let is_unnamed = |item: &str| is_constant(item) || is_parameter(item);
    start.to_owned() + &by_item(body, |item| is_unnamed(item).then(|| format!("{item} AS \"?column?\"")))
}

/// Returns whether a text is a name, or one with what it belongs to.
fn is_name(text: &str) -> bool {
    let mut is_quoted = false;
    let is_part = |c: char| {
        is_quoted ^= c == '"';
        is_quoted || c.is_alphanumeric() || matches!(c, '_' | '$' | '.' | '"')
    };
    !text.is_empty() && text.chars().all(is_part)
}

/// Takes away the names that a server has given to constants that had none: that of their type. And to parameters: their own,
/// which it prints for no column.
fn without_names_of_types(text: &str) -> String {
    if !text.contains('\n') || !text.contains(" AS ") {
        return text.to_owned();
    }
    by_item(text, |item| {
        let (constant, name) = item.rsplit_once(" AS ")?;
        if is_name(constant) && (constant == name || constant.ends_with(&format!(".{name}"))) {
            return Some(constant.to_owned());
        }
        let (_, kind) = constant.rsplit_once("::")?;
        (is_constant(constant) && name == name_of_type(kind)).then(|| constant.to_owned())
    })
}

/// Rewrites items of the lists of a query, of which a server puts each on a line of its own.
fn by_item(text: &str, rewrite: impl Fn(&str) -> Option<String>) -> String {
    let mut new = String::with_capacity(text.len());
    let mut is_outside = true;
    for line in text.split_inclusive('\n') {
        let body = line.trim_end();
        let indent = body.len() - body.trim_start().len();
        let start = if body[indent..].starts_with("SELECT ") { indent + "SELECT ".len() } else { indent };
        let end = body.trim_end_matches([',', ';']).len().max(start);
        match rewrite(&body[start..end]).filter(|_| is_outside) {
            Some(item) => {
                new.push_str(&line[..start]);
                new.push_str(&item);
                new.push_str(&line[end..]);
            }
            None => new.push_str(line),
        }
        // A literal may go on for lines; doubled quotes within it change nothing.
        is_outside ^= line.matches('\'').count() % 2 == 1;
    }
    new
}

/// Returns whether a text is a literal, or NULL, with its type.
fn is_constant(item: &str) -> bool {
    let kind = match item.strip_prefix('\'') {
        Some(literal) => literal.rsplit_once("'::").filter(|(text, _)| !text.replace("''", "").contains('\'')),
        None => item.strip_prefix("NULL::").map(|kind| ("", kind)),
    };
    kind.is_some_and(|(_, kind)| is_type(kind))
}

fn is_type(text: &str) -> bool {
    !text.is_empty()
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | ' ' | '"' | '.' | ',' | '(' | ')' | '[' | ']'))
        && !text.contains(" AS ")
}

/// Returns the name that a column gets that is cast to a type: the last of the type's names in the catalog.
fn name_of_type(kind: &str) -> &str {
    let plain = kind.trim_end_matches("[]");
    let plain = plain.split('(').next().unwrap_or(plain).trim_end();
    match plain {
        "integer" => "int4",
        "bigint" => "int8",
        "smallint" => "int2",
        "boolean" => "bool",
        "real" => "float4",
        "double precision" => "float8",
        "character varying" => "varchar",
        "character" => "bpchar",
        "bit varying" => "varbit",
        "timestamp without time zone" | "timestamp" => {
            if kind.ends_with("with time zone") {
                "timestamptz"
            } else {
                "timestamp"
            }
        }
        "timestamp with time zone" => "timestamptz",
        "time without time zone" | "time" => {
            if kind.ends_with("with time zone") {
                "timetz"
            } else {
                "time"
            }
        }
        "time with time zone" => "timetz",
        other => other.rsplit('.').next().unwrap_or(other),
    }
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
    use super::{resent, settled, with_names_in_body};

    #[test]
    fn constants_without_a_name_get_none() {
        let query = " SELECT a.x,\n    NULL::integer,\n    'it''s'::text\n   FROM a\n  WHERE a.y = 'b'::text";
        let sent = resent(&format!("CREATE VIEW v AS\n{query}"));
        let named = query.replace("integer", "integer AS \"?column?\"").replace("s'::text", "s'::text AS \"?column?\"");
        assert_eq!(sent, format!("CREATE VIEW v AS\n{named}"));
        assert_eq!(resent(query), query);
        // What a server makes of the text without the names.
        let again = query.replace("integer", "integer AS int4").replace("s'::text", "s'::text AS text");
        assert_eq!(settled(&again), query);
        let other = query.replace("integer", "integer AS id");
        assert_eq!(settled(&other), other);
        let literal = " SELECT 'x\nNULL::integer AS int4\n'::text AS y";
        assert_eq!(settled(literal), literal);
    }

    #[test]
    fn parameters_without_a_name_get_none() {
        let printed =
            |item: &str| format!("CREATE FUNCTION f(p int)\n RETURNS int\nBEGIN ATOMIC\n SELECT {item};\nEND");
        let body = |item: &str| with_names_in_body(&printed(item), &["p".to_owned(), "Q".to_owned()]);
        assert_eq!(body("p"), printed("p AS \"?column?\""));
        assert_eq!(body("f.\"Q\""), printed("f.\"Q\" AS \"?column?\""));
        assert_eq!(body("NULL::integer"), printed("NULL::integer AS \"?column?\""));
        for item in ["p AS p", "other", "p + 1"] {
            assert_eq!(body(item), printed(item));
        }
        assert_eq!(settled(&printed("p AS p")), printed("p"));
        assert_eq!(settled(&printed("f.p AS p")), printed("f.p"));
        assert_eq!(settled(&printed("p AS q")), printed("p AS q"));
    }

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

//! Fills the places of a SQL text from `sql/` with values that are SQL already (identifiers, literals, numbers).

/// Puts values in the place of their marks (`$1`, `$table`), in one pass: a mark inside of a value stays as it is. Lines
/// that are comments are left out: a value with a line break in it could not end one.
pub(crate) fn fill(sql: &str, values: &[(&str, &dyn std::fmt::Display)]) -> String {
    let mut filled = String::with_capacity(sql.len());
    let sql: String = sql.split_inclusive('\n').filter(|line| !line.trim_start().starts_with("--")).collect();
    let mut rest = sql.as_str();
    while let Some(at) = rest.find('$') {
        filled.push_str(&rest[..at]);
        rest = &rest[at..];
        match values.iter().find(|(mark, _)| rest.starts_with(mark)) {
            Some((mark, value)) => {
                filled.push_str(&value.to_string());
                rest = &rest[mark.len()..];
            }
            None => {
                filled.push('$');
                rest = &rest[1..];
            }
        }
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn a_mark_in_a_value_is_text() {
        assert_eq!(fill("$1 ~ 'x$' AND $name", &[("$1", &"'$name'"), ("$name", &2)]), "'$name' ~ 'x$' AND 2");
        assert_eq!(fill("-- $1\nSELECT $1", &[("$1", &"\"a\n; b\"")]), "SELECT \"a\n; b\"");
    }
}

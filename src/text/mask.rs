//! Hides passwords in SQL that is shown. Every byte of a secret becomes `*`, so that places in the text stay true.

use crate::text::scan::{Kind, Scanner};

/// Returns SQL with its passwords hidden: what follows the word PASSWORD (roles, user mappings), and `password=…` in
/// connection strings.
pub(crate) fn mask(sql: &str) -> String {
    let mut masked = String::with_capacity(sql.len());
    let mut after_password = false;
    for piece in Scanner::new(sql) {
        let text = &sql[piece.range];
        match piece.kind {
            Kind::Text | Kind::Dollar if after_password => {
                masked.push_str(&stars(text));
                after_password = false;
            }
            Kind::Text | Kind::Dollar => masked.push_str(&in_connection_string(text)),
            Kind::Space | Kind::LineComment | Kind::BlockComment => masked.push_str(text),
            Kind::QuotedName
            | Kind::Word
            | Kind::Semicolon
            | Kind::Open
            | Kind::Close
            | Kind::Backslash
            | Kind::Other => {
                let name = text.trim_matches('"');
                // `:=` and `=>` may stand between the name and its value.
                after_password = is_secret(name) || after_password && matches!(text, "=" | ":" | ">" | "(" | "e" | "E");
                masked.push_str(text);
            }
        }
    }
    masked
}

fn is_secret(word: &str) -> bool {
    ["password", "passwd", "secret", "sslpassword"].iter().any(|secret| word.eq_ignore_ascii_case(secret))
}

/// Leaves the quotes, hides what is between them.
fn stars(text: &str) -> String {
    let quotes = |c: char| c == '\'' || c == '$';
    let start = text.find(quotes).map_or(0, |at| at + 1);
    let end = text.rfind(quotes).unwrap_or(text.len()).max(start);
    format!("{}{}{}", &text[..start], "*".repeat(end - start), &text[end..])
}

/// Hides the value of `password=…` and the password of `scheme://user:password@host` in a text.
fn in_connection_string(text: &str) -> String {
    let mut bytes: Vec<u8> = text.as_bytes().to_vec();
    let lower = text.to_ascii_lowercase();
    for (at, word) in lower.match_indices("password") {
        let value = at + word.len();
        let rest = &lower[value..];
        let equals = rest.len() - rest.trim_start().len();
        if !rest[equals..].starts_with('=') {
            continue;
        }
        let spaces = rest[equals + 1..].len() - rest[equals + 1..].trim_start().len();
        let start = value + equals + 1 + spaces;
        let end = lower[start..]
            .find(|c: char| c.is_whitespace() || c == '&' || c == ';')
            .map_or(lower.len() - 1, |n| start + n);
        bytes[start..end.max(start)].fill(b'*');
    }
    for (at, _) in lower.match_indices("://") {
        let authority = &lower[at + 3..];
        let end = authority.find(|c: char| c.is_whitespace() || c == '/').unwrap_or(authority.len());
        if let Some(host) = authority[..end].rfind('@')
            && let Some(colon) = authority[..host].find(':')
        {
            bytes[at + 3 + colon + 1..at + 3 + host].fill(b'*');
        }
    }
    // Whole characters were replaced by as many stars as they had bytes.
    String::from_utf8(bytes).unwrap_or_else(|_| "*".repeat(text.len()))
}

#[cfg(test)]
mod tests {
    use super::mask;

    #[test]
    fn hides_and_keeps_places() {
        let table = [
            ("alter role a with password 'geheim'", "alter role a with password '******'"),
            ("create role a encrypted  PASSWORD $$x'y$$;", "create role a encrypted  PASSWORD $*****$;"),
            ("create role a password null; select 'x'", "create role a password null; select 'x'"),
            (
                "create user mapping for u server s options (user 'u', password 'ä')",
                "create user mapping for u server s options (user 'u', password '**')",
            ),
            (
                "create subscription s connection 'host=h password=x y' publication p",
                "create subscription s connection 'host=h password=* y' publication p",
            ),
            ("select dblink('password=geheim')", "select dblink('password=******')"),
            ("select 'postgresql://u:pw@h/d'", "select 'postgresql://u:**@h/d'"),
            ("select password from t where a = 'b'", "select password from t where a = 'b'"),
        ];
        for (sql, masked) in table {
            assert_eq!(mask(sql), masked);
            assert_eq!(mask(sql).len(), sql.len());
        }
    }
}

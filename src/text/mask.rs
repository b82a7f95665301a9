//! Hides passwords in SQL that is shown. Every byte of a secret becomes `*`, so that places in the text stay true.

use crate::text::scan::{Kind, Scanner};

/// Returns SQL with its passwords hidden: what follows the word PASSWORD (roles, user mappings) or a text that ends with
/// it (`set_config('app.password', …)`), and `password=…` and URLs in texts and comments.
pub(crate) fn mask(sql: &str) -> String {
    let mut masked = String::with_capacity(sql.len());
    let (mut after_password, mut after_key) = (false, false);
    for piece in Scanner::new(sql) {
        let text = &sql[piece.range];
        match piece.kind {
            // It stays so after the text: constants that only white space parts are one (PostgreSQL manual 4.1.2.1).
            Kind::Text | Kind::Dollar if after_password => masked.push_str(&stars(text)),
            Kind::Text | Kind::Dollar => {
                masked.push_str(&in_connection_string(text));
                let content = text.trim_end_matches('\'').to_ascii_lowercase();
                after_key = ["password", "secret"].iter().any(|key| content.ends_with(key));
            }
            Kind::Space => masked.push_str(text),
            Kind::LineComment | Kind::BlockComment => masked.push_str(&mask_text(text)),
            Kind::QuotedName
            | Kind::Word
            | Kind::Semicolon
            | Kind::Open
            | Kind::Close
            | Kind::Backslash
            | Kind::Other => {
                let name = text.trim_matches('"');
                // `:=` and `=>` may stand between the name and its value, and a prefix before it (`E''`, `U&''`).
                let between = matches!(text, "=" | ":" | ">" | "(" | "e" | "E" | "u" | "U" | "&");
                after_password = is_secret(name) || after_password && between || after_key && text == ",";
                after_key = false;
                masked.push_str(text);
            }
        }
    }
    masked
}

/// Returns a text that is no SQL with its passwords hidden.
pub(crate) fn mask_text(text: &str) -> String {
    // What comes after the last character is not hidden: in SQL it is the quote.
    let mut masked = in_connection_string(&format!("{text} "));
    masked.pop();
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
            (
                "alter user a password U&'ge' \n 'heim' valid until 'x'",
                "alter user a password U&'**' \n '****' valid until 'x'",
            ),
            (
                "select set_config('app.password', 'geheim', true), 'x'",
                "select set_config('app.password', '******', true), 'x'",
            ),
            ("select 1; -- postgres://a:geheim@h", "select 1; -- postgres://a:******@h"),
            ("/* password=geheim */ select 1", "/* password=****** */ select 1"),
        ];
        for (sql, masked) in table {
            assert_eq!(mask(sql), masked);
            assert_eq!(mask(sql).len(), sql.len());
        }
    }
}

//! Hides passwords in SQL that is shown. Every byte of a secret becomes `*`, so that places in the text stay true.

use crate::text::scan::{Kind, Scanner};

/// Returns SQL with its passwords hidden: what follows the word PASSWORD (roles, user mappings) or a text that ends with
/// it (`set_config('app.password', …)`), and `password=…` and URLs in texts and comments.
pub(crate) fn mask(sql: &str) -> String {
    let mut masked = String::with_capacity(sql.len());
    let (mut after_password, mut after_key) = (false, false);
    for piece in Scanner::new(sql) {
        let text = &sql[piece.range.clone()];
        match piece.kind {
            // It stays so after the text: constants that only white space parts are one (PostgreSQL manual 4.1.2.1).
            Kind::Text | Kind::Dollar if after_password => masked.push_str(&stars(text, piece.unterminated)),
            Kind::Dollar => masked.push_str(&body(text)),
            Kind::Text => {
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

/// Returns what a server says with its passwords hidden: its sentences, and SQL that it quotes in `"…"`.
pub(crate) fn mask_report(report: &str) -> String {
    let masked = mask(&report.replace('"', " "));
    let mut bytes = masked.into_bytes();
    for (at, _) in report.match_indices('"').filter(|(at, _)| bytes[*at] == b' ').collect::<Vec<_>>() {
        bytes[at] = b'"';
    }
    // Only blanks have become quotes.
    mask_text(&String::from_utf8(bytes).unwrap_or_else(|_| "*".repeat(report.len())))
}

/// Hides what a dollar-quoted text has inside: the body of a function or a `DO` is SQL, too.
fn body(text: &str) -> String {
    let tag = text[1..].find('$').map_or(text.len(), |at| at + 2);
    let Some(inner) = text.get(tag..text.len().saturating_sub(tag)) else { return mask_text(text) };
    format!("{}{}{}", &text[..tag], mask_text(&mask(inner)), &text[text.len() - tag..])
}

fn is_secret(word: &str) -> bool {
    ["password", "passwd", "secret", "sslpassword"].iter().any(|secret| word.eq_ignore_ascii_case(secret))
}

/// Leaves the quotes and the ends of lines, hides what is between them.
fn stars(text: &str, unterminated: bool) -> String {
    let quotes = |c: char| c == '\'' || c == '$';
    let start = text.find(quotes).map_or(0, |at| at + 1);
    let end = if unterminated { text.len() } else { text.rfind(quotes).unwrap_or(text.len()).max(start) };
    let hidden: String = text[start..end].bytes().map(|byte| if byte == b'\n' { '\n' } else { '*' }).collect();
    format!("{}{hidden}{}", &text[..start], &text[end..])
}

/// Hides the value of `password=…`, that of `password ''…''` in SQL that is a text itself, and the password of `scheme://user:password@host` in a text.
fn in_connection_string(text: &str) -> String {
    let mut bytes: Vec<u8> = text.as_bytes().to_vec();
    let lower = text.to_ascii_lowercase();
    for (at, word) in lower.match_indices("password") {
        let value = at + word.len();
        let rest = &lower[value..];
        let equals = rest.len() - rest.trim_start().len();
        if let Some(quoted) = rest[equals..].strip_prefix("''") {
            let start = value + equals + 2;
            let end = start + quoted.find("''").unwrap_or(quoted.len());
            bytes[start..end].fill(b'*');
            continue;
        }
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
    use super::{mask, mask_report};

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
            (
                "do $$ begin create role a password 'geheim'; end $$",
                "do $$ begin create role a password '******'; end $$",
            ),
            (
                "do $x$ execute 'alter role a password ''geheim''' $x$",
                "do $x$ execute 'alter role a password ''******''' $x$",
            ),
            ("create role a password 'ge''heim\nx", "create role a password '********\n*"),
            ("select $$password=geheim$$", "select $$password=******$$"),
            ("select $$", "select $$"),
        ];
        for (sql, masked) in table {
            assert_eq!(mask(sql), masked);
            assert_eq!(mask(sql).len(), sql.len());
        }
    }

    #[test]
    fn hides_in_what_a_server_says() {
        let table = [
            (
                "SQL statement \"alter role \"a\" password 'ge\"heim'\"\nPL/pgSQL function f()",
                "SQL statement \"alter role \"a\" password '*******'\"\nPL/pgSQL function f()",
            ),
            ("could not connect: password=geheim host=h", "could not connect: password=****** host=h"),
            (
                "Key (url)=(postgres://u:geheim@h/d) is duplicated.",
                "Key (url)=(postgres://u:******@h/d) is duplicated.",
            ),
            ("password authentication failed for user \"a\"", "password authentication failed for user \"a\""),
            ("relation \"password\" can't be", "relation \"password\" can't be"),
        ];
        for (said, masked) in table {
            assert_eq!(mask_report(said), masked);
        }
    }
}

//! Passwords taken out of texts that may be malformed URLs. In doubt more is hidden than needed.

use std::fmt::Write;
use std::ops::Range;

use crate::text::dsn::params::SECRETS;
use crate::text::dsn::url::{port, scheme};

/// Returns the text with `***` for everything that may be a password.
pub(crate) fn masked(text: &str) -> String {
    let (mut shown, tail) = split_at_secret_parameter(text);
    if let Some(region) = password_region(&shown) {
        shown.replace_range(region, "***");
    }
    shown.push_str(tail);
    shown
}

/// Like [`masked`], but shows which characters of the password must be encoded, each as it must be written.
pub(crate) fn encoded_and_masked(text: &str) -> String {
    let (mut shown, tail) = split_at_secret_parameter(text);
    if let Some(region) = password_region(&shown) {
        let mut password = String::new();
        for character in shown[region.clone()].chars() {
            if matches!(character, '@' | '/' | '#' | '?') {
                // Writing to a text can't fail.
                write!(password, "%{:02X}", u32::from(character)).unwrap_or_default();
            } else if !password.ends_with("***") {
                password.push_str("***");
            }
        }
        shown.replace_range(region, &password);
    }
    shown.push_str(tail);
    shown
}

/// Returns a text of the same length in which passwords of URLs and values of keys named like passwords are asterisks:
/// excerpts of files are drawn from it.
pub(crate) fn conceal(text: &str) -> String {
    text.split_inclusive('\n').map(conceal_line).collect()
}

fn conceal_line(line: &str) -> String {
    let content = line.trim_end_matches(['\n', '\r']);
    let lower = content.to_ascii_lowercase();
    let key_end = ["password", "secret", "url"].iter().find_map(|word| {
        let at = lower.find(word)?;
        lower[at..].find('=').map(|equals| at + equals + 1)
    });
    let from = key_end.or_else(|| lower.find("://").map(|at| at + 3)).or_else(|| {
        let colon = lower.find(':')?;
        lower[colon..].contains('@').then_some(colon + 1)
    });
    match from {
        Some(from) => {
            let stars = "*".repeat(content.len() - from);
            format!("{}{stars}{}", &content[..from], &line[content.len()..])
        }
        None => line.to_owned(),
    }
}

/// Finds the first parameter that is a secret; its value and what follows is `***`, since an unencoded `&` or blank in
/// it would look like the next parameter.
fn split_at_secret_parameter(text: &str) -> (String, &'static str) {
    let lower = text.to_ascii_lowercase();
    let value = SECRETS
        .iter()
        .flat_map(|name| lower.match_indices(name).map(move |(at, _)| at + name.len()))
        .filter_map(|end| {
            let equals = lower[end..].find(|c: char| !c.is_whitespace()).map(|skip| end + skip)?;
            lower[equals..].starts_with('=').then_some(equals + 1)
        })
        .min();
    match value {
        Some(value) => (text[..value].to_owned(), "***"),
        None => (text.to_owned(), ""),
    }
}

/// Returns where the password may be: from the first `:` behind the scheme to the last `@`. Without `@` it is what
/// follows that `:`, unless it is a port.
fn password_region(text: &str) -> Option<Range<usize>> {
    let scheme = scheme(text);
    let body = scheme.map_or(0, |(_, body)| body);
    let start = body + text[body..].find(':')? + 1;
    if let Some(end) = text[start..].rfind('@') {
        return Some(start..start + end);
    }
    let end = text[start..].find(['/', '?', ',']).map_or(text.len(), |at| start + at);
    (scheme.is_some() && port(&text[start..end]).is_err() && !text[body..].starts_with('['))
        .then_some(start..text.len())
}

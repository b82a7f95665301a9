//! What the machine adds to a connection: the files in the user's home directory that libpq reads as well.

use std::path::PathBuf;
use std::sync::Arc;

use crate::text::secret::Secret;

/// The directories of sockets that PostgreSQL is built with; in a password file these are called `localhost`.
const DEFAULT_SOCKETS: [&str; 3] = ["/var/run/postgresql", "/run/postgresql", "/tmp"];

/// What the machine adds to a connection. None of it is shown with the URL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Local {
    /// The directory of certificates, `~/.postgresql`.
    pub(crate) certificates: Option<PathBuf>,
    /// The entries of the password file.
    pub(crate) passwords: Arc<[PasswordEntry]>,
}

/// A line of a password file: `host:port:database:user:password` (PostgreSQL manual 34.16).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PasswordEntry {
    /// Its line, from 1.
    pub(crate) line: usize,
    /// Host, port, database, user; none is `*`.
    fields: [Option<String>; 4],
    /// The password.
    pub(crate) password: Secret,
}

/// Reads a password file. Comments and what is no entry are skipped, as libpq does.
pub(crate) fn password_entries(text: &str) -> Vec<PasswordEntry> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    lines
        .filter_map(|(index, line)| {
            let mut rest = line;
            let mut fields = [const { None }; 4];
            for field in &mut fields {
                let (raw, after) = split_at_colon(rest)?;
                *field = (raw != "*").then(|| unescaped(raw));
                rest = after;
            }
            let password = split_at_colon(rest).map_or(rest, |(password, _)| password);
            Some(PasswordEntry { line: index + 1, fields, password: Secret::new(&unescaped(password)) })
        })
        .collect()
}

/// Finds the first entry for a connection.
pub(crate) fn find_password<'a>(
    entries: &'a [PasswordEntry],
    host: &str,
    port: u16,
    database: &str,
    user: &str,
) -> Option<&'a PasswordEntry> {
    let is_default = host.is_empty() || DEFAULT_SOCKETS.contains(&host);
    let port = port.to_string();
    entries.iter().find(|entry| {
        let fits = |field: usize, value: &str| entry.fields[field].as_deref().is_none_or(|wanted| wanted == value);
        (fits(0, host) || is_default && fits(0, "localhost")) && fits(1, &port) && fits(2, database) && fits(3, user)
    })
}

fn split_at_colon(text: &str) -> Option<(&str, &str)> {
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            ':' => return Some((&text[..at], &text[at + 1..])),
            _ => (),
        }
    }
    None
}

fn unescaped(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut characters = raw.chars();
    while let Some(character) = characters.next() {
        text.push(if character == '\\' { characters.next().unwrap_or('\\') } else { character });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{find_password, password_entries};

    #[test]
    fn the_first_line_that_fits_counts() {
        let entries = password_entries(
            "# comment\nno entry\ndb:5432:app:me:one\nlocalhost:*:*:me:two\n*:*:we\\:ird:u\\\\ser:t\\:hr\\\\ee:rest\r\n\
             /srv/sock:5432:*:*:four\n*:*:*:me:last",
        );
        let find = |host, port, database, user| {
            find_password(&entries, host, port, database, user).map(|entry| (entry.line, entry.password.expose()))
        };
        assert_eq!(find("db", 5432, "app", "me"), Some((3, "one")));
        assert_eq!(find("db", 5433, "app", "me"), Some((7, "last")));
        assert_eq!(find("/var/run/postgresql", 1, "x", "me"), Some((4, "two")));
        assert_eq!(find("h", 1, "we:ird", "u\\ser"), Some((5, "t:hr\\ee")));
        assert_eq!(find("/srv/sock", 5432, "x", "you"), Some((6, "four")));
        assert_eq!(find("h", 1, "x", "you"), None);
    }
}

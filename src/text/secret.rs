//! Passwords.

use secrecy::{ExposeSecret, SecretString};

/// A password. `Debug` prints a mark instead of it, and it has no `Display`.
#[derive(Clone, Debug)]
pub(crate) struct Secret(SecretString);

impl Secret {
    /// Wraps a password.
    pub(crate) fn new(text: &str) -> Self {
        Self(SecretString::from(text))
    }

    /// Returns the password itself, for the one place that sends it.
    pub(crate) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for Secret {}

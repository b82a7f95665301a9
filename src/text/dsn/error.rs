//! What can be wrong with a connection URL.

use std::fmt;

use crate::text::dsn::mask::{encoded_and_masked, masked};

/// A text that is no connection URL. Neither its `Display` nor its `Debug` shows the password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{fault}{}: `{masked}`", place(*character))]
pub(crate) struct DsnError {
    /// What is wrong.
    pub(crate) fault: DsnFault,
    /// The text with `***` for the password; where the password has characters that must be encoded, these are shown
    /// encoded: `postgresql://me:***%40***@host/db`.
    pub(crate) masked: String,
    /// The byte of the original text that is wrong.
    pub(crate) position: usize,
    /// The same place counted in characters from 1; 0 where the fault has no place.
    pub(crate) character: usize,
}

/// What is wrong with a connection URL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DsnFault {
    /// There is no text.
    #[error("the URL is empty")]
    Empty,
    /// Neither a known scheme nor keywords.
    #[error("this is no PostgreSQL URL")]
    Scheme,
    /// A character that ends a part of a URL stands in one unencoded.
    #[error("{part} has an unencoded `{character}`")]
    Unencoded { character: char, part: Part },
    /// `%` without two hexadecimal digits, or digits that give no UTF-8 text.
    #[error("`%` is not followed by the two hexadecimal digits of a character")]
    Percent,
    /// `%00`.
    #[error("a NUL character can't be in a URL")]
    Nul,
    /// Not a number from 1 to 65535. The text is left out: in a malformed URL it may be the password.
    #[error("the port is not a number from 1 to 65535")]
    Port,
    /// Lists of hosts and ports of different lengths.
    #[error("there are {hosts} hosts and {ports} ports")]
    PortCount { hosts: usize, ports: usize },
    /// An IPv6 address without its end.
    #[error("`[` has no `]`")]
    Bracket,
    /// A parameter that no driver knows.
    #[error("the parameter `{name}` is unknown")]
    UnknownParameter { name: String, near: Option<&'static str> },
    /// A parameter without `=`.
    #[error("a parameter has no value")]
    NoValue,
    /// Two values that differ for the same thing.
    #[error("`{name}` is given twice, differently")]
    Twice { name: &'static str },
    /// A quote of a keyword string that does not end.
    #[error("a quote does not end")]
    Quote,
}

/// A part of a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Between `:` and `@`.
    Password,
    /// The rest.
    Url,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Password => "the password",
            Self::Url => "the URL",
        })
    }
}

impl DsnError {
    /// Makes the error of a fault at a byte of the text.
    pub(crate) fn new(mut fault: DsnFault, text: &str, position: usize) -> Self {
        let masked = if matches!(fault, DsnFault::Unencoded { part: Part::Password, .. }) {
            encoded_and_masked(text)
        } else {
            masked(text)
        };
        // What looks like the name of a parameter may be a piece of a malformed password.
        if let DsnFault::UnknownParameter { name, near } = &mut fault
            && !masked.contains(name.as_str())
        {
            *name = "***".to_owned();
            *near = None;
        }
        let placeless = matches!(fault, DsnFault::Empty | DsnFault::Scheme | DsnFault::PortCount { .. });
        let character = match text.get(..position) {
            Some(before) if !placeless => before.chars().count() + 1,
            _ => 0,
        };
        Self { fault, masked, position, character }
    }
}

fn place(character: usize) -> String {
    if character == 0 { String::new() } else { format!(" at character {character}") }
}

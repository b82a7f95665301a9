//! Revision arguments (ALEMBIC.md §2): what was typed ([`Target`]) and what it means in a graph and a state of the
//! version table. Which forms a command takes is decided by the function that it asks.

pub(crate) mod downward;
mod error;
pub(crate) mod lookup;
mod parse;
pub(crate) mod range;
pub(crate) mod upward;
mod walk;

use std::convert::Infallible;
use std::str::FromStr;

pub(crate) use crate::revision::target::error::TargetError;
pub(crate) use crate::revision::target::parse::Relative;

/// A revision argument as typed. Any text is one: what it means, if anything, depends on the command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target(String);

impl Target {
    /// Returns the text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads the argument as `[label@][word]±N`, where it begins so.
    pub(crate) fn relative(&self) -> Option<Relative<'_>> {
        parse::relative(&self.0)
    }
}

impl From<&str> for Target {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl FromStr for Target {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self::from(text))
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests;

//! Errors of the domain → diagnostics: code, exit code, causes and help. One file per area.

pub(crate) mod bootstrap;
mod catalog;
mod connect;
mod convert;
pub(crate) mod devserver;
mod execute;
mod pg;
mod revision;
pub(crate) mod section;
mod settings;
mod shadow;
mod workspace;

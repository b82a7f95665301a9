//! Errors of the domain → diagnostics: code, exit code, causes and help. One file per area.

pub(crate) mod devserver;
mod settings;

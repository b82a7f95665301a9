//! One file per verb: its arguments, and reading the world → deciding → acting → telling.

pub(crate) mod adopt;
mod autogenerate;
pub(crate) mod bootstrap;
pub(crate) mod branches;
mod catalog;
pub(crate) mod check;
pub(crate) mod config;
pub(crate) mod current;
mod database;
pub(crate) mod db;
pub(crate) mod detect;
pub(crate) mod diff;
pub(crate) mod downgrade;
pub(crate) mod drift;
pub(crate) mod edit;
mod ensure;
pub(crate) mod ensure_version;
mod guard;
pub(crate) mod heads;
pub(crate) mod history;
pub(crate) mod import;
pub(crate) mod init;
pub(crate) mod list_templates;
pub(crate) mod merge;
mod migrate;
mod offline;
mod prepare;
pub(crate) mod revision;
mod rights;
mod rows;
pub(crate) mod schema;
mod shadow;
pub(crate) mod show;
pub(crate) mod stamp;
pub(crate) mod status;
pub(crate) mod up;
pub(crate) mod upgrade;
pub(crate) mod verify;
mod view;

use std::cell::OnceCell;
use std::path::PathBuf;

use serde_json::Value;

use crate::pg::error::QUERY_CANCELED;
use crate::report::Reporter;
use crate::report::diagnostic::{Diagnostic, Exit};
use crate::settings::Settings;
use crate::workspace::Workspace;

/// What every command has: settings, the directory that it was called in, and whom it tells.
pub(crate) struct Context {
    /// The settings.
    pub(crate) settings: Settings,
    /// The current directory.
    pub(crate) here: PathBuf,
    /// Writes answers, talk and errors.
    pub(crate) report: Reporter,
    /// The schemas that revisions create objects in, once all files have been read for them.
    pub(crate) revision_schemas: OnceCell<Vec<String>>,
}

impl Context {
    /// Returns the migrations directories.
    pub(crate) fn workspace(&self) -> Workspace {
        Workspace { directories: self.settings.migrations.clone(), here: self.here.clone() }
    }
}

/// A command that did not succeed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// An error, with the JSON document of what had been done before it.
    Error(Box<Diagnostic>, Option<Value>),
    /// A check found something, and has said so.
    Found(Exit),
}

/// What a command returns.
pub(crate) type Outcome = Result<(), Failure>;

impl<E: Into<Diagnostic>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Error(Box::new(error.into()), None)
    }
}

impl Failure {
    /// Returns the failure of a signal that has come, where this one is only what the signal has cancelled.
    pub(crate) fn or_signal(self) -> Self {
        match self {
            Self::Error(diagnostic, document)
                if diagnostic.server.as_ref().and_then(|server| server.sqlstate.as_deref()) == Some(QUERY_CANCELED) =>
            {
                match (database::interrupted(), document) {
                    (Some(signal), Some(document)) => signal.with(document),
                    (Some(signal), None) => signal,
                    (None, document) => Self::Error(diagnostic, document),
                }
            }
            other @ (Self::Error(..) | Self::Found(_)) => other,
        }
    }

    /// Adds the document of what had been done.
    pub(crate) fn with(self, document: Value) -> Self {
        match self {
            Self::Error(diagnostic, None) => Self::Error(diagnostic, Some(document)),
            Self::Error(..) | Self::Found(_) => self,
        }
    }
}

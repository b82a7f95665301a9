//! The files of a declared schema.

use std::path::Path;

use crate::workspace::tree::{TreeError, read};
use crate::workspace::{Workspace, WorkspaceError};

impl Workspace {
    /// Reads a file of SQL, or all `.sql` files below a directory, in the order of their names.
    ///
    /// # Errors
    /// Nothing of this name; files that cannot be read or are not UTF-8.
    pub(crate) fn sql_files(&self, path: &Path) -> Result<Vec<(String, String)>, WorkspaceError> {
        if path.is_file() {
            return Ok(vec![(self.shown(path), self.text(path)?)]);
        }
        let files = read(path, |_| false).map_err(|error| match error {
            TreeError::Missing { path } | TreeError::NotADirectory { path } => WorkspaceError::Io {
                action: "find",
                path: self.shown(&path),
                error: std::io::ErrorKind::NotFound.into(),
            },
            TreeError::Read { path, source } => {
                WorkspaceError::Io { action: "read", path: self.shown(&path), error: source }
            }
        })?;
        let sql = files.iter().filter(|file| file.path.ends_with(".sql")).map(|file| path.join(&file.path));
        sql.map(|path| Ok((self.shown(&path), self.text(&path)?))).collect()
    }
}

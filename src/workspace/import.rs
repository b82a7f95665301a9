//! What an import needs of the migrations directories: the graph before there is a directory, many files at once.

use std::path::PathBuf;

use crate::revision::graph::Graph;
use crate::workspace::{Workspace, WorkspaceError};

impl Workspace {
    /// Reads the graph as [`Workspace::graph`] does; a directory that is not there yet has no revisions.
    ///
    /// # Errors
    /// As [`Workspace::graph`].
    pub(crate) fn graph_so_far(&self) -> Result<Graph, WorkspaceError> {
        let directories = self.directories.iter().filter(|directory| directory.exists()).cloned().collect();
        Self { directories, here: self.here.clone() }.graph()
    }

    /// Writes files that are not there yet, all of them or none: when one cannot be written, those before it are taken
    /// away again. Returns their paths as they are shown.
    ///
    /// # Errors
    /// As [`Workspace::write_new`], for the first that fails.
    pub(crate) fn write_all_new(&self, files: &[(PathBuf, &str)]) -> Result<Vec<String>, WorkspaceError> {
        let mut shown = Vec::with_capacity(files.len());
        for (number, (path, text)) in files.iter().enumerate() {
            match self.write_new(path, text) {
                Ok(path) => shown.push(path),
                Err(error) => {
                    for (path, _) in &files[..number] {
                        // What cannot be removed either is no worse than the error that is told.
                        std::fs::remove_file(path).ok();
                    }
                    return Err(error);
                }
            }
        }
        Ok(shown)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use crate::workspace::{Workspace, WorkspaceError};

    #[test]
    fn all_or_none() {
        let root = tempfile::tempdir().unwrap();
        let directory = root.path().join("new/migrations");
        let workspace = Workspace { directories: vec![directory.clone()], here: root.path().to_owned() };
        assert_eq!(workspace.graph_so_far().unwrap().len(), 0);
        let path = |name: &str| directory.join(name);
        let shown = workspace.write_all_new(&[(path("b.sql"), "b"), (path("c.sql"), "c")]).unwrap();
        assert_eq!(shown, ["new/migrations/b.sql", "new/migrations/c.sql"]);
        let refused = workspace.write_all_new(&[(path("a.sql"), "a"), (path("b.sql"), "other")]);
        assert!(matches!(refused, Err(WorkspaceError::Exists { path }) if path == "new/migrations/b.sql"));
        let mut names: Vec<_> =
            fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        assert_eq!(names, ["b.sql", "c.sql"]);
        assert_eq!(fs::read_to_string(path("b.sql")).unwrap(), "b");
    }
}

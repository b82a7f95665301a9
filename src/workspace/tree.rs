//! A directory that is not ours, with all that is below it.

use std::fs;
use std::path::{Path, PathBuf};

/// A file below the directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TreeFile {
    /// Its path below the directory, with `/` between the parts.
    pub(crate) path: String,
    /// Its bytes; empty where they were not wanted.
    pub(crate) content: Vec<u8>,
}

/// Why a directory cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TreeError {
    /// There is nothing of this name.
    #[error("there is no directory `{}`", path.display())]
    Missing { path: PathBuf },
    /// There is something else.
    #[error("`{}` is not a directory", path.display())]
    NotADirectory { path: PathBuf },
    /// The operating system refuses.
    #[error("`{}` cannot be read", path.display())]
    Read {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
}

/// Reads a directory: the paths of all files, and the content of those that `wanted` names. Hidden directories,
/// `node_modules` and links to directories are not entered.
///
/// # Errors
/// No directory, or one with files that cannot be read.
pub(crate) fn read(root: &Path, wanted: impl Fn(&str) -> bool) -> Result<Vec<TreeFile>, TreeError> {
    match fs::metadata(root) {
        Ok(found) if found.is_dir() => (),
        Ok(_) => return Err(TreeError::NotADirectory { path: root.to_owned() }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(TreeError::Missing { path: root.to_owned() });
        }
        Err(source) => return Err(TreeError::Read { path: root.to_owned(), source }),
    }
    let mut files = Vec::new();
    let mut directories = vec![(root.to_owned(), String::new())];
    while let Some((directory, prefix)) = directories.pop() {
        let refuse = |source| TreeError::Read { path: directory.clone(), source };
        for entry in fs::read_dir(&directory).map_err(refuse)? {
            let entry = entry.map_err(refuse)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = format!("{prefix}{name}");
            let kind = entry.file_type().map_err(refuse)?;
            if kind.is_dir() {
                if !name.starts_with('.') && name != "node_modules" {
                    directories.push((entry.path(), format!("{path}/")));
                }
            } else if kind.is_file() || fs::metadata(entry.path()).is_ok_and(|found| found.is_file()) {
                let content = match wanted(&path) {
                    true => fs::read(entry.path()).map_err(|source| TreeError::Read { path: entry.path(), source })?,
                    false => Vec::new(),
                };
                files.push(TreeFile { path, content });
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{TreeError, read};

    #[test]
    fn reads_what_is_wanted_at_any_depth() {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in
            [("b/c/1.sql", "one"), ("a.sql", "two"), ("a.txt", "text"), (".git/x.sql", ""), ("node_modules/y.sql", "")]
        {
            fs::create_dir_all(root.path().join(path).parent().unwrap()).unwrap();
            fs::write(root.path().join(path), text).unwrap();
        }
        std::os::unix::fs::symlink("..", root.path().join("b/loop")).unwrap();
        std::os::unix::fs::symlink("a.sql", root.path().join("link.sql")).unwrap();
        let files = read(root.path(), |path| path.ends_with(".sql")).unwrap();
        let files: Vec<_> =
            files.iter().map(|file| (file.path.as_str(), std::str::from_utf8(&file.content).unwrap())).collect();
        assert_eq!(files, [("a.sql", "two"), ("a.txt", ""), ("b/c/1.sql", "one"), ("link.sql", "two")]);
        assert!(matches!(read(&root.path().join("no"), |_| true), Err(TreeError::Missing { .. })));
        assert!(matches!(read(&root.path().join("a.sql"), |_| true), Err(TreeError::NotADirectory { .. })));
    }
}

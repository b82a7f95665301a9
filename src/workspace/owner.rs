//! Whose files we write. In a container the program is often root, while the mounted project is a person's: what it
//! writes there shall be that person's as well.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{MetadataExt as _, chown, fchown};
use std::path::{Path, PathBuf};

/// Who gets new files of a directory.
#[derive(Debug)]
pub(super) struct Owner {
    /// User and group of the nearest directory that exists; none where new files are rightly our own.
    ids: Option<(u32, u32)>,
    /// The directory itself and those above it that do not exist yet.
    missing: Vec<PathBuf>,
}

/// Returns who owns the place of a directory that may not exist yet. Only root can give files away.
pub(super) fn of_place(directory: &Path) -> Owner {
    let mut missing = Vec::new();
    if !rustix::process::geteuid().is_root() {
        return Owner { ids: None, missing };
    }
    for place in directory.ancestors() {
        let place = if place.as_os_str().is_empty() { Path::new(".") } else { place };
        match fs::metadata(place) {
            Ok(metadata) if metadata.uid() == 0 => return Owner { ids: None, missing },
            Ok(metadata) => return Owner { ids: Some((metadata.uid(), metadata.gid())), missing },
            Err(_) => missing.push(place.to_owned()),
        }
    }
    Owner { ids: None, missing }
}

impl Owner {
    /// Gives a new file, and the directories that were made for it, to the owner of the place.
    ///
    /// # Errors
    /// A file system that does not let root do so.
    pub(super) fn give(&self, directory: &Path, file: &File) -> io::Result<()> {
        let Some((user, group)) = self.ids else { return Ok(()) };
        for made in self.missing.iter().filter(|made| directory.starts_with(made)) {
            chown(made, Some(user), Some(group))?;
        }
        fchown(file, Some(user), Some(group))
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::os::unix::fs::{MetadataExt as _, chown};

    use super::of_place;

    #[test]
    fn new_files_belong_to_the_owner_of_their_place() {
        let place = tempfile::tempdir().unwrap();
        if chown(place.path(), Some(12345), Some(12346)).is_err() {
            // Only root can make the case.
            return;
        }
        let directory = place.path().join("a/b");
        let owner = of_place(&directory);
        fs::create_dir_all(&directory).unwrap();
        let file = File::create(directory.join("c")).unwrap();
        owner.give(&directory, &file).unwrap();
        for path in ["a", "a/b", "a/b/c"] {
            let metadata = fs::metadata(place.path().join(path)).unwrap();
            assert_eq!((metadata.uid(), metadata.gid()), (12345, 12346), "{path}");
        }
    }
}

//! What is remembered between runs, and files that appear whole or not at all.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::devserver::account::Account;
use crate::devserver::error::DevServerError;
use crate::devserver::paths::Places;

/// What is remembered of the last start. Losing it costs the port number only.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct State {
    /// The port, which is taken again where it is free.
    pub(super) port: Option<u16>,
    /// The directory of the programs.
    pub(super) bin: Option<PathBuf>,
    /// The version of the programs.
    pub(super) version: Option<String>,
}

fn path(places: &Places) -> PathBuf {
    places.base.join("server.json")
}

/// Reads what is remembered; nothing where the file is missing or damaged.
pub(super) fn read(places: &Places) -> State {
    let text = std::fs::read(path(places)).unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or_default()
}

/// Remembers.
pub(super) fn write(places: &Places, state: &State) -> Result<(), DevServerError> {
    let path = path(places);
    let text = serde_json::to_string_pretty(state).map_err(|error| DevServerError::io("write", &path)(error.into()))?;
    replace(&path, &text, None)
}

/// Writes a file of mode 0600, whole or not at all. A link in its place is replaced and not followed: the directory may
/// belong to the server's user while root writes. `owner` is whom the file is given to.
pub(super) fn replace(path: &Path, text: &str, owner: Option<Account>) -> Result<(), DevServerError> {
    let write = || -> std::io::Result<()> {
        let directory = path.parent().unwrap_or(Path::new("/"));
        let mut file = tempfile::Builder::new().prefix(".unfinished-").tempfile_in(directory)?;
        file.write_all(text.as_bytes())?;
        file.as_file().set_permissions(std::fs::Permissions::from_mode(0o600))?;
        if let Some(owner) = owner.filter(|owner| owner.other) {
            std::os::unix::fs::fchown(file.as_file(), Some(owner.uid), Some(owner.gid))?;
        }
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    };
    write().map_err(DevServerError::io("write", path))
}

//! Where the files of a development server are.

use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use crate::devserver::account::Account;
use crate::devserver::error::{DevServerError, DirectoryFault};
use crate::devserver::process::Server;
use crate::devserver::{Environment, Wanted};
use crate::text::checksum::sha256;

/// Where the servers that root starts have their data.
const OF_ROOT: &str = "/var/lib/pgkeel";

/// The files of one project's server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Places {
    /// The project's root, without symbolic links.
    pub(super) root: PathBuf,
    /// `<root>/.pgkeel/dev`: the lock, and all the rest where the server runs as the same user.
    pub(super) notes: PathBuf,
    /// What holds data directory, log, state and password: `notes`, or for root a directory under `/var/lib/pgkeel`.
    pub(super) base: PathBuf,
    /// Twelve hexadecimal digits for the project's root.
    pub(super) digest: String,
    /// The server's `cluster_name`.
    pub(super) cluster_name: String,
    /// The directory of the unix socket.
    pub(super) socket_dir: PathBuf,
    /// The user that the server runs as.
    pub(super) account: Account,
}

impl Places {
    /// Finds out where the files of a project's server are. Makes nothing.
    ///
    /// # Errors
    /// The root is not there, or the server belongs to another user.
    pub(super) fn of(wanted: &Wanted) -> Result<Self, DevServerError> {
        let root = wanted.root.canonicalize().map_err(DevServerError::io("find", &wanted.root))?;
        let account = Account::for_server()?;
        let digest: String = sha256(&hex(root.as_os_str().as_bytes())).chars().take(12).collect();
        let notes = root.join(".pgkeel/dev");
        let base = if account.other { Path::new(OF_ROOT).join(&digest) } else { notes.clone() };
        let places = Self {
            cluster_name: format!("pgkeel-{digest}"),
            socket_dir: socket_directory(account.uid, &digest),
            root,
            notes,
            base,
            digest,
            account,
        };
        places.check_owner()?;
        Ok(places)
    }

    /// The data directory.
    pub(super) fn data(&self) -> PathBuf {
        self.base.join("data")
    }

    /// The server's log.
    pub(super) fn log(&self) -> PathBuf {
        self.base.join("log")
    }

    /// The superuser's password, for TCP.
    pub(super) fn password(&self) -> PathBuf {
        self.base.join("password")
    }

    /// Returns the server that is asked for in the system's list of processes.
    pub(super) fn server<'a>(&'a self, data: &'a Path) -> Server<'a> {
        Server { data, cluster_name: &self.cluster_name }
    }

    /// Two users cannot share a server: neither may read the other's data directory.
    fn check_owner(&self) -> Result<(), DevServerError> {
        // For root it is a user's data directory that counts: the notes may well lie in a user's project.
        let (path, ours) =
            if self.account.other { (self.notes.join("data"), 0) } else { (self.notes.clone(), self.account.uid) };
        match std::fs::metadata(&path) {
            Ok(found) if found.uid() != ours => Err(DevServerError::OtherOwner { owner: found.uid(), path }),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// Makes the directories that are missing, but the socket's.
    pub(super) fn make(&self) -> Result<(), DevServerError> {
        std::fs::create_dir_all(&self.notes).map_err(DevServerError::io("create", &self.notes))?;
        // What lies here belongs to one machine; it must not get into anybody's repository.
        let ignore = self.root.join(".pgkeel/.gitignore");
        if !ignore.exists() {
            std::fs::write(&ignore, "*\n").map_err(DevServerError::io("write", &ignore))?;
        }
        if !self.account.other {
            return Ok(());
        }
        let all = Path::new(OF_ROOT);
        if !all.exists() {
            std::fs::create_dir_all(all).map_err(DevServerError::io("create", all))?;
            // Whatever the umask: the server's user has to pass through.
            let open = std::fs::Permissions::from_mode(0o755);
            std::fs::set_permissions(all, open).map_err(DevServerError::io("open", all))?;
        }
        private_directory(&self.base, self.account)?;
        let note = self.notes.join("where");
        let text = format!("The development server was started by root. Its data are in\n{}\n", self.base.display());
        std::fs::write(&note, text).map_err(DevServerError::io("write", &note))
    }

    /// Makes the socket's directory, or checks that the one which is there can be trusted.
    pub(super) fn make_socket_directory(&self) -> Result<(), DevServerError> {
        private_directory(&self.socket_dir, self.account)
    }
}

/// Returns the directory of the unix socket.
///
/// It is under `/tmp` and short, because the whole path of a socket may have 107 bytes on Linux and 103 on macOS, and
/// projects lie deep. Not `XDG_RUNTIME_DIR`: that is emptied when the user logs out, and the server lives on.
fn socket_directory(uid: u32, digest: &str) -> PathBuf {
    PathBuf::from(format!("/tmp/pgkeel-{uid}-{digest}"))
}

/// Makes a directory that only the server's user may enter. If it is there already, it must be a real directory of that
/// user: everybody may write to `/tmp`, and so may have put a link or a directory of his own there.
fn private_directory(path: &Path, account: Account) -> Result<(), DevServerError> {
    let fault = |fault| DevServerError::ForeignDirectory { path: path.to_owned(), fault };
    match std::fs::DirBuilder::new().mode(0o700).create(path) {
        Ok(()) if account.other => {
            // Nobody but root can have changed what root has just made.
            std::os::unix::fs::lchown(path, Some(account.uid), Some(account.gid))
                .map_err(DevServerError::io("give away", path))?;
        }
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(DevServerError::io("create", path)(error)),
    }
    let found = std::fs::symlink_metadata(path).map_err(DevServerError::io("look at", path))?;
    if !found.is_dir() {
        return Err(fault(DirectoryFault::NotADirectory));
    }
    if found.uid() == 0 && account.other {
        // Root was interrupted between making it and giving it away.
        std::os::unix::fs::lchown(path, Some(account.uid), Some(account.gid))
            .map_err(DevServerError::io("give away", path))?;
    } else if found.uid() != account.uid {
        return Err(fault(DirectoryFault::Owner(found.uid())));
    }
    if found.mode() & 0o777 != 0o700 {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700))
            .map_err(DevServerError::io("close", path))?;
    }
    Ok(())
}

/// Returns the directories in which fetched programs may lie: the one of the setting, and the one that
/// `scripts/fetch-postgres` takes without being told, since the script knows no settings.
pub(super) fn caches(wanted: &Wanted, is_root: bool) -> Vec<PathBuf> {
    let usual = default_cache(&wanted.environment, is_root, cfg!(target_os = "macos"));
    let mut caches: Vec<PathBuf> = wanted.cache.clone().into_iter().chain(usual).collect();
    caches.dedup();
    caches
}

fn default_cache(environment: &Environment, is_root: bool, is_macos: bool) -> Option<PathBuf> {
    if is_root {
        return Some(PathBuf::from("/var/cache/pgkeel"));
    }
    // The base directory specification says that a relative path is to be ignored.
    if let Some(directory) = environment.xdg_cache_home.as_ref().filter(|directory| directory.is_absolute()) {
        return Some(directory.join("pgkeel"));
    }
    let home = environment.home.as_ref().filter(|home| !home.as_os_str().is_empty())?;
    Some(home.join(if is_macos { "Library/Caches/pgkeel" } else { ".cache/pgkeel" }))
}

fn hex(bytes: &[u8]) -> String {
    // Paths are bytes; two that differ only in what is no UTF-8 are still two.
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::path::PathBuf;

    use super::{
        Account, DevServerError, DirectoryFault, Environment, default_cache, private_directory, socket_directory,
    };

    #[test]
    fn socket_paths_fit() {
        let longest = socket_directory(u32::MAX, "0123456789ab").join(".s.PGSQL.65535");
        assert!(longest.as_os_str().len() <= 103, "{}", longest.display());
    }

    #[test]
    fn cache_follows_the_script() {
        let mut environment = Environment { home: Some("/h".into()), ..Environment::default() };
        assert_eq!(default_cache(&environment, false, false), Some(PathBuf::from("/h/.cache/pgkeel")));
        assert_eq!(default_cache(&environment, false, true), Some(PathBuf::from("/h/Library/Caches/pgkeel")));
        assert_eq!(default_cache(&environment, true, false), Some(PathBuf::from("/var/cache/pgkeel")));
        environment.xdg_cache_home = Some("relative".into());
        assert_eq!(default_cache(&environment, false, false), Some(PathBuf::from("/h/.cache/pgkeel")));
        environment.xdg_cache_home = Some("/x".into());
        assert_eq!(default_cache(&environment, false, false), Some(PathBuf::from("/x/pgkeel")));
        assert_eq!(default_cache(&Environment::default(), false, false), None);
    }

    #[test]
    fn directories_of_others_are_refused() {
        let scratch = tempfile::tempdir().unwrap();
        let uid = rustix::process::geteuid().as_raw();
        let me = Account { uid, gid: rustix::process::getegid().as_raw(), other: false };
        let fault = |path: &std::path::Path, account| match private_directory(path, account) {
            Err(DevServerError::ForeignDirectory { fault, .. }) => Some(fault),
            Err(error) => panic!("{error}"),
            Ok(()) => None,
        };

        let open = scratch.path().join("open");
        std::fs::create_dir(&open).unwrap();
        assert_eq!(fault(&open, me), None);
        assert_eq!(std::fs::metadata(&open).unwrap().permissions().mode() & 0o777, 0o700);

        let link = scratch.path().join("link");
        symlink(&open, &link).unwrap();
        assert_eq!(fault(&link, me), Some(DirectoryFault::NotADirectory));

        let somebody = Account { uid: uid + 1, ..me };
        assert_eq!(fault(&open, somebody), Some(DirectoryFault::Owner(uid)));
    }
}

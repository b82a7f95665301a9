//! The data directory: made whole or not at all, and configured before each start.

use std::fmt::Write as _;
use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::devserver::error::DevServerError;
use crate::devserver::paths::Places;
use crate::devserver::run::to_end;
use crate::devserver::state::replace;
use crate::devserver::{Programs, SUPERUSER};
use crate::world::random;

/// Our settings stand in a file of their own, so that what people write into `postgresql.conf` stays.
const SETTINGS: &str = "pgkeel.conf";

/// What names of unfinished or half-removed things begin with.
const UNFINISHED: &str = ".unfinished-";

/// How long the processes of a killed initdb may go on writing.
const STILL_WRITING: Duration = Duration::from_secs(10);

/// Returns the major version that made a data directory; `None` where there is none.
pub(super) fn major_of_data(data: &Path) -> Option<String> {
    let text = std::fs::read_to_string(data.join("PG_VERSION")).ok()?;
    Some(text.trim().to_owned())
}

/// Makes the data directory. It appears only when it is complete; what a killed run left is cleaned up first.
///
/// The superuser needs no password on the socket, whose directory only the server's user can enter, and the one in
/// the password file on TCP.
pub(super) fn initialise(places: &Places, programs: &Programs) -> Result<(), DevServerError> {
    let data = places.data();
    // An empty directory may be a volume that somebody mounted, or what is left of an aborted removal.
    if let Ok(mut entries) = std::fs::read_dir(&data) {
        if entries.next().is_some() {
            return Err(DevServerError::NotADataDirectory { path: data });
        }
        std::fs::remove_dir(&data).map_err(DevServerError::io("remove", &data))?;
    }
    let password: String = random::<18>().iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        write!(text, "{byte:02x}").ok();
        text
    });
    // initdb reads the password as the server's user, who may not read ours.
    let for_initdb = places.base.join(format!("{UNFINISHED}password"));
    replace(&for_initdb, &password, Some(places.account))?;
    // A name of its own: an initdb whose pgkeel was killed may still be writing to another one.
    let fresh = places.base.join(format!("{UNFINISHED}data-{:016x}", u64::from_le_bytes(random())));
    let made = make_cluster(places, programs, &fresh, &for_initdb);
    remove_file(&for_initdb)?;
    if let Err(error) = made {
        remove_tree(&fresh)?;
        return Err(error);
    }
    replace(&places.password(), &password, None)?;
    std::fs::rename(&fresh, &data).map_err(DevServerError::io("create", &data))
}

fn make_cluster(places: &Places, programs: &Programs, fresh: &Path, password: &Path) -> Result<(), DevServerError> {
    let mut output = String::new();
    for locale in locales(programs.major) {
        remove_tree(fresh)?;
        let mut initdb = places.account.command(&programs.bin.join("initdb"));
        initdb.arg("--pgdata").arg(fresh).arg("--pwfile").arg(password).args([
            format!("--username={SUPERUSER}").as_str(),
            "--encoding=UTF8",
            "--auth-local=trust",
            "--auth-host=scram-sha-256",
            "--no-instructions",
        ]);
        let ended = to_end(initdb.args(locale), Signal::TERM)?;
        if ended.success {
            let conf = fresh.join("postgresql.conf");
            let mut text = std::fs::read_to_string(&conf).map_err(DevServerError::io("read", &conf))?;
            text.push_str("\n# written by pgkeel before each start\ninclude_if_exists = 'pgkeel.conf'\n");
            return replace(&conf, &text, Some(places.account));
        }
        output = ended.output;
    }
    let uid = places.account.uid;
    if !has_name(uid) {
        return Err(DevServerError::NoAccount { uid });
    }
    Err(DevServerError::Initdb { output })
}

/// Ways to ask for the locale, the best first: one that sorts by code point everywhere and knows the letters of all
/// scripts. The builtin provider needs nothing of the system (17+); `C.UTF-8` is not on every system.
fn locales(major: u32) -> Vec<&'static [&'static str]> {
    let mut ways: Vec<&[&str]> = Vec::new();
    if major >= 17 {
        ways.push(&["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]);
    }
    ways.push(&["--locale=C.UTF-8"]);
    ways.push(&["--locale=C"]);
    ways
}

/// Tells whether the system knows a user by name; asked of `id`, since users may come from a directory service.
fn has_name(uid: u32) -> bool {
    Command::new("id")
        .args(["-un", &uid.to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Writes the settings of the next start.
pub(super) fn configure(places: &Places, port: u16) -> Result<(), DevServerError> {
    let text = settings(&places.socket_dir, port, &places.cluster_name);
    replace(&places.data().join(SETTINGS), &text, Some(places.account))
}

fn settings(socket_dir: &Path, port: u16, cluster_name: &str) -> String {
    format!(
        "# written by pgkeel before each start; your own settings belong into postgresql.conf, below its include line\n\
         port = {port}\n\
         listen_addresses = '127.0.0.1'\n\
         unix_socket_directories = {}\n\
         unix_socket_permissions = 0700\n\
         cluster_name = {}\n\
         password_encryption = 'scram-sha-256'\n\
         max_connections = 200\n\
         timezone = 'UTC'\n\
         log_timezone = 'UTC'\n\
         lc_messages = 'C'\n\
         logging_collector = off\n\
         log_destination = 'stderr'\n",
        quote(&socket_dir.display().to_string()),
        quote(cluster_name),
    )
}

/// Quotes a value for `postgresql.conf` (manual, "Parameter Names and Values").
fn quote(value: &str) -> String {
    format!("'{}'", value.replace('\\', "\\\\").replace('\'', "''"))
}

/// Removes what killed runs left unfinished.
pub(super) fn sweep(places: &Places) -> Result<(), DevServerError> {
    let Ok(entries) = std::fs::read_dir(&places.base) else { return Ok(()) };
    for entry in entries.flatten() {
        if !entry.file_name().to_str().is_some_and(|name| name.starts_with(UNFINISHED)) {
            continue;
        }
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            remove_tree(&entry.path())?;
        } else {
            remove_file(&entry.path())?;
        }
    }
    Ok(())
}

/// Removes the data directory. It takes another name first: if the removal is cut short, there is no data directory
/// with holes. Returns whether there was one.
pub(super) fn remove_data(places: &Places) -> Result<bool, DevServerError> {
    let data = places.data();
    let existed = data.exists();
    if existed {
        let gone = places.base.join(format!("{UNFINISHED}removal-{:016x}", u64::from_le_bytes(random())));
        std::fs::rename(&data, &gone).map_err(DevServerError::io("remove", &data))?;
    }
    sweep(places)?;
    Ok(existed)
}

/// Removes a directory with all that is in it; fine if it is not there. The processes of an initdb that was killed, or
/// whose pgkeel was, may still write into it for a moment: it is tried again until they find nothing to write to.
pub(super) fn remove_tree(path: &Path) -> Result<(), DevServerError> {
    let end = Instant::now() + STILL_WRITING;
    loop {
        match std::fs::remove_dir_all(path) {
            Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty && Instant::now() < end => {
                // A signal has perhaps come already, and what is half done is to be gone all the same.
                std::thread::sleep(Duration::from_millis(10));
            }
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(DevServerError::io("remove", path)(error)),
            Ok(()) | Err(_) => return Ok(()),
        }
    }
}

/// Removes a file; fine if it is not there.
pub(super) fn remove_file(path: &Path) -> Result<(), DevServerError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(DevServerError::io("remove", path)(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{locales, quote, remove_tree, settings};

    #[test]
    fn a_directory_that_is_still_written_to_goes() {
        let scratch = tempfile::tempdir().unwrap();
        let tree = scratch.path().join("data");
        std::fs::create_dir(&tree).unwrap();
        let write = {
            let tree = tree.clone();
            move || {
                let end = std::time::Instant::now() + std::time::Duration::from_millis(300);
                for number in 0.. {
                    let written = std::fs::write(tree.join(number.to_string()), "");
                    if written.is_err() || std::time::Instant::now() > end {
                        break;
                    }
                }
            }
        };
        let writers = [std::thread::spawn(write.clone()), std::thread::spawn(write)];
        std::thread::sleep(std::time::Duration::from_millis(20));
        let removed = remove_tree(&tree);
        for writer in writers {
            writer.join().unwrap();
        }
        removed.unwrap();
        assert!(!tree.exists());
    }

    #[test]
    fn values_are_quoted() {
        assert_eq!(quote("/tmp/it's\\here"), "'/tmp/it''s\\\\here'");
        let text = settings(Path::new("/tmp/pgkeel-1"), 15433, "pgkeel-x");
        assert!(text.contains("\nport = 15433\n") && text.contains("\nunix_socket_directories = '/tmp/pgkeel-1'\n"));
    }

    #[test]
    fn the_builtin_locale_needs_17() {
        assert_eq!(locales(16).first(), Some(&["--locale=C.UTF-8"].as_slice()));
        assert!(locales(17).first().is_some_and(|way| way.contains(&"--locale-provider=builtin")));
    }
}

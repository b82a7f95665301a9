//! Whom the server runs as. Servers refuse root.

use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::devserver::error::DevServerError;

/// The users that a server of root may run as, the best first.
const UNPRIVILEGED: [&str; 2] = ["nobody", "postgres"];

/// The user that the server runs as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) uid: u32,
    pub(super) gid: u32,
    /// Whether this is another user than that of this process, who is root then.
    pub(super) other: bool,
}

impl Account {
    /// Returns the user of this process; for root, an unprivileged one.
    pub(super) fn for_server() -> Result<Self, DevServerError> {
        let uid = rustix::process::geteuid();
        if !uid.is_root() {
            return Ok(Self { uid: uid.as_raw(), gid: rustix::process::getegid().as_raw(), other: false });
        }
        let path = Path::new("/etc/passwd");
        let users = std::fs::read_to_string(path).map_err(DevServerError::io("read", path))?;
        let (uid, gid) =
            UNPRIVILEGED.iter().find_map(|name| find_user(&users, name)).ok_or(DevServerError::NoServerAccount)?;
        Ok(Self { uid, gid, other: true })
    }

    /// Returns a command that runs as this user, in an environment of its own: `PGPORT`, `PGOPTIONS` or a locale of
    /// the caller would reach the server. Its output is thrown away unless the caller says otherwise.
    ///
    /// It is in a process group of its own, so that Ctrl-C in the terminal reaches it only through us.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("LC_ALL", "C")
            // The caller's directory may be closed to this user; the programs look at where they are.
            .current_dir("/")
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if self.other {
            // The standard library drops the supplementary groups with the user.
            command.uid(self.uid).gid(self.gid);
        }
        command
    }
}

/// Returns user and group number of a user in the text of `/etc/passwd`. macOS writes `-2` there.
fn find_user(users: &str, name: &str) -> Option<(u32, u32)> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        if fields.next() != Some(name) {
            return None;
        }
        let mut number = || {
            let number: i64 = fields.next()?.parse().ok()?;
            u32::try_from(number).ok().or_else(|| i32::try_from(number).ok().map(i32::cast_unsigned))
        };
        let _password = number();
        Some((number()?, number()?))
    })
}

#[cfg(test)]
mod tests {
    use super::find_user;

    #[test]
    fn finds_users() {
        let users = "root:x:0:0::/root:/bin/sh\nnobody2:x:1:1::/:/x\nnobody:x:65534:65533:nobody:/:/usr/sbin/nologin\n";
        assert_eq!(find_user(users, "nobody"), Some((65534, 65533)));
        assert_eq!(find_user(users, "root"), Some((0, 0)));
        assert_eq!(find_user(users, "postgres"), None);
        let apple = "nobody:*:-2:-2:Unprivileged User:/var/empty:/usr/bin/false\n";
        assert_eq!(find_user(apple, "nobody"), Some((u32::MAX - 1, u32::MAX - 1)));
    }
}

//! Which processes belong to a data directory.
//!
//! A process number alone proves nothing: after a crash another program may have got it, and every server of root runs
//! as the same user. On Linux the working directory decides (a server's processes work in their data directory);
//! where it can't be read (containers without `CAP_SYS_PTRACE`), and on other systems, the command line does.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rustix::process::{Pid, Signal};

/// What a process number stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// A process of the server of this data directory.
    Server,
    /// Some other program.
    Stranger,
    /// A process that has ended, and that nobody has fetched the exit code of: kill -9 in a container without init.
    Zombie,
    /// No process.
    Gone,
}

/// Whose processes are asked for.
#[derive(Clone, Debug)]
pub(super) struct Server<'a> {
    /// The data directory.
    pub(super) data: &'a Path,
    /// The server's `cluster_name`, which stands in the titles of its processes.
    pub(super) cluster_name: &'a str,
}

impl Server<'_> {
    /// Tells what a process number stands for.
    pub(super) fn owner(&self, pid: u32) -> Owner {
        let Some(state) = state(pid) else { return Owner::Gone };
        if state == 'Z' || state == 'X' {
            Owner::Zombie
        } else if self.owns(pid) {
            Owner::Server
        } else {
            Owner::Stranger
        }
    }

    /// Returns the processes of this server that are there, whether or not their parent is.
    pub(super) fn processes(&self) -> Vec<u32> {
        all().into_iter().filter(|pid| self.owner(*pid) == Owner::Server).collect()
    }

    fn owns(&self, pid: u32) -> bool {
        let works_in = std::fs::metadata(PathBuf::from(format!("/proc/{pid}/cwd"))).ok();
        match (works_in, std::fs::metadata(self.data)) {
            (Some(theirs), Ok(ours)) => {
                (theirs.dev(), theirs.ino()) == (ours.dev(), ours.ino())
                    // A shell that stands in the data directory is no server.
                    && command_line(pid).is_some_and(|words| looks_like_postgres(&words))
            }
            _ => command_line(pid).is_some_and(|words| self.is_named_by(&words)),
        }
    }

    /// Tells whether a command line is that of the server or of one of its children.
    fn is_named_by(&self, words: &[String]) -> bool {
        let after_option = |pair: &[String]| {
            pair.first().is_some_and(|word| word == "-D") && {
                pair.get(1).is_some_and(|path| Path::new(path) == self.data)
            }
        };
        let title = format!("postgres: {}: ", self.cluster_name);
        looks_like_postgres(words) && words.windows(2).any(after_option) || words.join(" ").starts_with(&title)
    }
}

/// Sends a signal to a process, which may have ended just now.
pub(super) fn send(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        rustix::process::kill_process(pid, signal).ok();
    }
}

fn looks_like_postgres(words: &[String]) -> bool {
    words.first().is_some_and(|first| {
        let program = first.split(": ").next().unwrap_or(first);
        matches!(
            Path::new(program).file_name().and_then(|name| name.to_str()),
            Some("postgres" | "postmaster" | "postgres:")
        )
    })
}

#[cfg(target_os = "linux")]
fn state(pid: u32) -> Option<char> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The program's name stands in brackets and may hold anything.
    text.rsplit_once(')')?.1.trim_start().chars().next()
}

#[cfg(target_os = "linux")]
fn command_line(pid: u32) -> Option<Vec<String>> {
    let bytes = std::fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    Some(text.trim_end_matches('\0').split('\0').map(str::to_owned).collect())
}

#[cfg(target_os = "linux")]
fn all() -> Vec<u32> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

#[cfg(not(target_os = "linux"))]
fn state(pid: u32) -> Option<char> {
    ps(&["-p", &pid.to_string(), "-o", "state="])?.trim().chars().next()
}

#[cfg(not(target_os = "linux"))]
fn command_line(pid: u32) -> Option<Vec<String>> {
    let text = ps(&["-ww", "-p", &pid.to_string(), "-o", "command="])?;
    // Words are cut at spaces here, so a data directory with a space is put together again.
    let text = text.trim();
    match text.split_once(" -D ") {
        Some((program, data)) => Some(vec![program.to_owned(), "-D".to_owned(), data.to_owned()]),
        None => Some(vec![text.to_owned()]),
    }
}

#[cfg(not(target_os = "linux"))]
fn all() -> Vec<u32> {
    let text = ps(&["-ax", "-o", "pid="]).unwrap_or_default();
    text.split_whitespace().filter_map(|pid| pid.parse().ok()).collect()
}

#[cfg(not(target_os = "linux"))]
fn ps(arguments: &[&str]) -> Option<String> {
    let output = std::process::Command::new("ps").args(arguments).stdin(std::process::Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Owner, Server};

    fn words(text: &str) -> Vec<String> {
        text.split('|').map(str::to_owned).collect()
    }

    #[test]
    fn tells_servers_by_their_command_line() {
        let server = Server { data: Path::new("/p/data"), cluster_name: "pgkeel-0123" };
        assert!(server.is_named_by(&words("/usr/lib/postgresql/15/bin/postgres|-D|/p/data")));
        assert!(server.is_named_by(&words("postgres: pgkeel-0123: checkpointer ")));
        assert!(!server.is_named_by(&words("postgres: pgkeel-9999: checkpointer ")));
        assert!(!server.is_named_by(&words("/usr/lib/postgresql/15/bin/postgres|-D|/p/data2")));
        assert!(!server.is_named_by(&words("vim|-D|/p/data")));
    }

    #[test]
    fn this_process_is_a_stranger() {
        let directory = std::env::current_dir().unwrap();
        let server = Server { data: &directory, cluster_name: "pgkeel-0123" };
        assert_eq!(server.owner(std::process::id()), Owner::Stranger);
        // Above the highest number that Linux gives.
        assert_eq!(server.owner(4_194_305), Owner::Gone);
    }
}

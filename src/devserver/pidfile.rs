//! `postmaster.pid`, which a server writes into its data directory.

use std::path::PathBuf;

/// What `postmaster.pid` says (PostgreSQL source, `miscadmin.h`: "Lock-file line numbers").
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PidFile {
    pub(super) pid: u32,
    /// The data directory as the server was told it.
    pub(super) data_dir: PathBuf,
    /// Port and directory of the socket; a server that has just begun has not written them yet.
    pub(super) socket: Option<(PathBuf, u16)>,
    /// Whether the server takes connections.
    pub(super) ready: bool,
}

impl PidFile {
    /// Reads the text of the file; `None` where a crash or a reader's bad luck left it empty or cut.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        // A server in single-user mode writes its number negative.
        let pid = lines.first()?.trim_start_matches('-').parse().ok().filter(|pid| *pid > 0)?;
        let data_dir = PathBuf::from(lines.get(1).filter(|line| !line.is_empty())?);
        let port = lines.get(3).and_then(|line| line.parse().ok());
        let directory = lines.get(4).filter(|line| !line.is_empty());
        Some(Self {
            pid,
            data_dir,
            socket: directory.zip(port).map(|(directory, port)| (PathBuf::from(directory), port)),
            ready: matches!(lines.get(7), Some(&("ready" | "standby"))),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::PidFile;

    #[test]
    fn reads_whole_and_young_files() {
        let text = "4711\n/p/data\n1700000000\n54321\n/tmp/pgkeel-1\n127.0.0.1\n  1234  5678\nready   \n";
        let file = PidFile::parse(text).unwrap();
        assert_eq!((file.pid, file.ready), (4711, true));
        assert_eq!(file.socket, Some((PathBuf::from("/tmp/pgkeel-1"), 54321)));
        assert!(!PidFile::parse(&text.replace("ready   ", "starting")).unwrap().ready);
        let young = PidFile::parse("4711\n/p/data\n1700000000\n54321\n\n").unwrap();
        assert_eq!(young.socket, None);
        assert!(!young.ready);
    }

    #[test]
    fn refuses_what_a_crash_leaves() {
        for text in ["", "\n", "4711", "x\n/p\n", "0\n/p\n"] {
            assert_eq!(PidFile::parse(text), None, "{text:?}");
        }
    }
}

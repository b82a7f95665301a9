//! A server of a test's own, where the test needs settings of its own or ends the server.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::ops::Deref;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::server::Server;

/// A server that ends with this value.
pub(crate) struct OwnServer {
    server: &'static Server,
    directory: PathBuf,
    account: Option<(u32, u32)>,
}

impl OwnServer {
    /// Starts a server with these lines in its configuration.
    pub(crate) fn start(purpose: &str, settings: &str) -> Self {
        let own = Self::place(purpose);
        own.program("initdb", &["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-sync", "--locale=C"]);
        let common = "listen_addresses = '127.0.0.1'\nfsync = off\nautovacuum = off\nshared_buffers = 32MB\n";
        let (socket, port) = (own.sockets(), own.port());
        fs::write(
            own.data().join("postgresql.auto.conf"),
            format!("{common}unix_socket_directories = '{socket}'\nport = {port}\n{settings}\n"),
        )
        .unwrap();
        own.control("start");
        own
    }

    /// An empty directory and a port for a server.
    fn place(purpose: &str) -> Self {
        let base = if Path::new("/dev/shm").is_dir() { PathBuf::from("/dev/shm") } else { std::env::temp_dir() };
        // `scripts/with-postgres` removes what killed tests leave under this name.
        let directory = base.join(format!("pgkeel-test-{}-{purpose}", std::process::id()));
        fs::create_dir(&directory).unwrap();
        let account = (id(&["-u"]) == 0).then(|| (id(&["-u", "nobody"]), id(&["-g", "nobody"])));
        if let Some((uid, gid)) = account {
            chown(&directory, Some(uid), Some(gid)).unwrap();
        }
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let url = format!("postgresql://postgres@127.0.0.1:{port}/postgres");
        Self { server: Server::at(url, Server::main().bin().to_owned()), directory, account }
    }

    /// Makes a standby of this server and starts it.
    pub(crate) fn standby(&self, purpose: &str) -> Self {
        let standby = Self::place(purpose);
        let source = format!("host={} port={} user=postgres", self.sockets(), self.port());
        standby.program("pg_basebackup", &["-d", &source, "-R", "--checkpoint=fast", "--no-sync", "-X", "stream"]);
        let settings = fs::read_to_string(standby.data().join("postgresql.auto.conf")).unwrap();
        let (socket, port) = (standby.sockets(), standby.port());
        let own = format!("{settings}\nunix_socket_directories = '{socket}'\nport = {port}\n");
        fs::write(standby.data().join("postgresql.auto.conf"), own).unwrap();
        standby.control("start");
        standby
    }

    /// Writes a file that the server reads, in its data directory.
    pub(crate) fn file(&self, name: &str, text: &str) {
        let path = self.data().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        if let Some((uid, gid)) = self.account {
            chown(&path, Some(uid), Some(gid)).unwrap();
        }
    }

    /// Adds lines to the server's configuration, for the next start.
    pub(crate) fn configure(&self, lines: &str) {
        let before = fs::read_to_string(self.data().join("postgresql.auto.conf")).unwrap();
        self.file("postgresql.auto.conf", &format!("{before}\n{lines}\n"));
    }

    /// Makes it read its files again.
    pub(crate) fn reload(&self) {
        self.program("pg_ctl", &["reload", "--silent"]);
    }

    /// The directory of its sockets.
    pub(crate) fn sockets(&self) -> &str {
        self.directory.to_str().unwrap()
    }

    pub(crate) fn port(&self) -> u16 {
        let url = self.server.url_of("postgres");
        url.rsplit(':').next().unwrap().split('/').next().unwrap().parse().unwrap()
    }

    /// Runs statements as the superuser through the socket, and returns what they print.
    pub(crate) fn psql(&self, sql: &str) -> String {
        self.psql_in("postgres", sql)
    }

    /// The same, in another database.
    pub(crate) fn psql_in(&self, database: &str, sql: &str) -> String {
        let dsn = format!("host={} port={} user=postgres dbname={database}", self.sockets(), self.port());
        let mut command = Command::new(self.server.bin().join("psql"));
        command.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", &dsn, "-c", sql]).env_remove("PGOPTIONS");
        let done = command.stdin(Stdio::null()).output().unwrap();
        assert!(done.status.success(), "{sql}\n{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap()
    }

    /// Ends the server as a crash would, and starts it again.
    pub(crate) fn crash_and_restart(&self) {
        self.program("pg_ctl", &["restart", "--mode=immediate", "--wait", "--silent", "--log", &self.log_path()]);
    }

    /// Returns what the server has logged.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.log_path()).unwrap()
    }

    /// Starts or stops the server.
    pub(crate) fn control(&self, verb: &str) {
        self.program("pg_ctl", &[verb, "--wait", "--silent", "--log", &self.log_path()]);
    }

    fn data(&self) -> PathBuf {
        self.directory.join("data")
    }

    fn log_path(&self) -> String {
        self.directory.join("log").display().to_string()
    }

    fn program(&self, name: &str, arguments: &[&str]) {
        let output = self.directory.join("output");
        let file = fs::File::create(&output).unwrap();
        let mut command = Command::new(self.server.bin().join(name));
        command.args(arguments).arg("--pgdata").arg(self.data()).current_dir(&self.directory).env_clear();
        command.env("PATH", "/usr/bin:/bin").env("LC_ALL", "C").stdin(Stdio::null());
        // A pipe would be held open by the server.
        command.stdout(file.try_clone().unwrap()).stderr(file);
        if let Some((uid, gid)) = self.account {
            command.uid(uid).gid(gid);
        }
        let status = command.status().unwrap();
        assert!(status.success(), "{name} {arguments:?}: {}", fs::read_to_string(output).unwrap());
    }
}

impl Deref for OwnServer {
    type Target = &'static Server;

    fn deref(&self) -> &Self::Target {
        &self.server
    }
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        let mut command = Command::new(self.server.bin().join("pg_ctl"));
        command.args(["stop", "--mode=immediate", "--silent", "--pgdata"]).arg(self.data());
        if let Some((uid, gid)) = self.account {
            command.uid(uid).gid(gid);
        }
        command.stdout(Stdio::null()).stderr(Stdio::null()).status().ok();
        if std::thread::panicking() {
            eprintln!("the log of the failed test's server:\n{}", tail(&self.log()));
        }
        fs::remove_dir_all(&self.directory).ok();
    }
}

fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(30)..].join("\n")
}

fn id(arguments: &[&str]) -> u32 {
    let output = Command::new("id").args(arguments).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().parse().unwrap()
}

//! One server for the whole run, a database for each test.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};

use r2d2_postgres::PostgresConnectionManager;
use r2d2_postgres::postgres::{Client, NoTls};

type Pool = r2d2::Pool<PostgresConnectionManager<NoTls>>;

const OTHERS: &str = "SELECT * FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";

/// Held by tests that load the platforms' databases: they make the same roles, which belong to the whole server.
pub(crate) static PLATFORM_ROLES: Mutex<()> = Mutex::new(());

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// A database of its own. It goes when the test succeeds, and stays, with its address printed, when the test fails.
pub(crate) struct Database {
    server: &'static Server,
    name: String,
}

/// A server that `scripts/with-postgres` has started.
pub(crate) struct Server {
    url: String,
    bin: PathBuf,
    pool: Pool,
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

impl Server {
    fn new(url: String, bin: PathBuf) -> Self {
        let manager = PostgresConnectionManager::new(url.parse().unwrap(), NoTls);
        // Tests run in parallel; their administrator's statements are short.
        let pool = r2d2::Pool::builder()
            .max_size(8)
            .min_idle(Some(0))
            .connection_timeout(std::time::Duration::from_secs(60))
            .build_unchecked(manager);
        Self { url, bin, pool }
    }

    /// The server of the run.
    pub(crate) fn main() -> &'static Self {
        static SERVER: OnceLock<Server> = OnceLock::new();
        SERVER.get_or_init(|| {
            let url = variable("PGKEEL_TEST_SERVER").expect("no PGKEEL_TEST_SERVER: run `make test`");
            let bin = variable("PGKEEL_TEST_BIN").expect("no PGKEEL_TEST_BIN: run `make test`");
            Self::new(url, PathBuf::from(bin))
        })
    }

    /// The server with pgvector, where there is one.
    pub(crate) fn with_vector() -> Option<&'static Self> {
        static SERVER: OnceLock<Option<Server>> = OnceLock::new();
        let server = SERVER.get_or_init(|| {
            let url = variable("PGKEEL_TEST_VECTOR_SERVER")?;
            Some(Self::new(url, PathBuf::from(variable("PGKEEL_TEST_VECTOR_BIN")?)))
        });
        if server.is_none() {
            eprintln!("skipped: there is no server with pgvector (PGKEEL_TEST_VECTOR_SERVER)");
        }
        server.as_ref()
    }

    /// A server that a test has started; it is known until the tests end.
    pub(crate) fn at(url: String, bin: PathBuf) -> &'static Self {
        Box::leak(Box::new(Self::new(url, bin)))
    }

    /// The directory of the server's programs.
    pub(crate) fn bin(&self) -> &Path {
        &self.bin
    }

    /// Runs statements in the database `postgres`.
    pub(crate) fn admin(&self, sql: &str) {
        self.pool.get().unwrap().batch_execute(sql).unwrap();
    }

    /// Makes a tablespace within the data directory, unless it is there.
    pub(crate) fn tablespace(&self, name: &str) {
        let mut client = self.pool.get().unwrap();
        client.batch_execute("SET allow_in_place_tablespaces = on").unwrap();
        let made = client.batch_execute(&format!("CREATE TABLESPACE {name} LOCATION ''"));
        let is_there = "SELECT FROM pg_tablespace WHERE spcname = $1";
        assert!(made.is_ok() || client.query_opt(is_there, &[&name]).unwrap().is_some(), "{made:?}");
        client.batch_execute("RESET allow_in_place_tablespaces").unwrap();
    }

    /// The name of an extension that the server offers: the fetched ones have no contrib.
    pub(crate) fn extension(&self) -> String {
        let question = "SELECT min(name)::text FROM pg_available_extensions WHERE name IN ('citext', 'vector')";
        self.pool.get().unwrap().query_one(question, &[]).unwrap().get(0)
    }

    /// The URL of a database of this server.
    pub(crate) fn url_of(&self, database: &str) -> String {
        let (server, _) = self.url.rsplit_once('/').unwrap();
        format!("{server}/{database}")
    }
}

impl Database {
    /// Makes an empty database on the server of the run.
    pub(crate) fn new(purpose: &str) -> Self {
        Self::new_on(Server::main(), purpose)
    }

    /// Names a database that does not exist, on the server of the run. What the test makes of it is dropped.
    pub(crate) fn absent(purpose: &str) -> Self {
        Self::absent_on(Server::main(), purpose)
    }

    /// Names a database that does not exist on a server.
    pub(crate) fn absent_on(server: &'static Server, purpose: &str) -> Self {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let purpose: String = purpose.chars().filter(char::is_ascii_alphanumeric).take(24).collect();
        Self { server, name: format!("t_{purpose}_{}_{number}", std::process::id()).to_lowercase() }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn url(&self) -> String {
        self.server.url_of(&self.name)
    }

    pub(crate) fn url_as(&self, role: &str) -> String {
        self.url().replacen("://postgres@", &format!("://{role}@"), 1)
    }

    /// A program of the server's version.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.server.bin.join(name)
    }

    /// A connection of the test's own.
    pub(crate) fn client(&self) -> Client {
        Client::connect(&self.url(), NoTls).unwrap()
    }

    /// Makes an empty database on a server.
    pub(crate) fn new_on(server: &'static Server, purpose: &str) -> Self {
        let database = Self::absent_on(server, purpose);
        server.admin(&format!("CREATE DATABASE \"{}\" STRATEGY file_copy", database.name));
        database
    }

    /// Waits until a question is answered with true.
    #[track_caller]
    pub(crate) fn wait_for(&self, question: &str) {
        let mut session = self.session();
        let end = std::time::Instant::now() + std::time::Duration::from_secs(20);
        while !session.query_one(question, &[]).unwrap().get::<_, bool>(0) {
            assert!(std::time::Instant::now() < end, "never true: {question}");
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }

    /// Waits until some other session of the database is seen in such a state, in terms of `pg_stat_activity`.
    #[track_caller]
    pub(crate) fn wait_for_session(&self, condition: &str) {
        self.wait_for(&format!("SELECT EXISTS (SELECT FROM ({OTHERS}) AS others WHERE {condition})"));
    }

    /// Waits until no other session of the database is seen in such a state.
    #[track_caller]
    pub(crate) fn wait_for_no_session(&self, condition: &str) {
        self.wait_for(&format!("SELECT NOT EXISTS (SELECT FROM ({OTHERS}) AS others WHERE {condition})"));
    }

    /// A session of its own, for what lasts longer than a statement.
    pub(crate) fn session(&self) -> Client {
        Client::connect(&self.url(), NoTls).unwrap()
    }

    /// Runs statements through psql and returns what they print, unaligned and without headers.
    pub(crate) fn psql(&self, sql: &str) -> String {
        self.run_psql(&["-c", sql])
    }

    /// Runs a file through psql.
    pub(crate) fn psql_file(&self, path: impl AsRef<Path>) -> String {
        self.run_psql(&["-f", path.as_ref().to_str().unwrap()])
    }

    fn run_psql(&self, arguments: &[&str]) -> String {
        let url = self.url();
        let common = ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url.as_str()];
        run(&self.server.bin.join("psql"), &[&common, arguments].concat())
    }

    /// Runs statements through psql; what fails is what it says.
    pub(crate) fn try_psql(&self, sql: &str) -> Result<String, String> {
        let (url, file) = (self.url(), tempfile::NamedTempFile::new().unwrap());
        std::fs::write(file.path(), sql).unwrap();
        let common = ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url.as_str()];
        try_run(&self.server.bin.join("psql"), &[&common[..], &["-f", file.path().to_str().unwrap()]].concat())
    }

    /// The schema as pg_dump prints it, with owners and grants, without the version table and the ledger.
    pub(crate) fn pg_dump_all(&self) -> String {
        self.pg_dump(&["--schema-only", "--exclude-table=*.alembic_version", "--exclude-schema=pgkeel"])
    }

    /// The schema as pg_dump prints it, without owners, grants, the version table and the ledger.
    pub(crate) fn pg_dump_schema(&self) -> String {
        self.pg_dump(&[
            "--schema-only",
            "--no-owner",
            "--no-privileges",
            "--exclude-table=*.alembic_version",
            "--exclude-schema=pgkeel",
        ])
    }

    /// What pg_dump prints.
    pub(crate) fn pg_dump(&self, options: &[&str]) -> String {
        let url = self.url();
        let dump = run(&self.server.bin.join("pg_dump"), &[options, &["-d", url.as_str()]].concat());
        // Newer ones print a random key that locks the restoring psql.
        dump.lines()
            .filter(|line| !line.starts_with("\\restrict") && !line.starts_with("\\unrestrict"))
            .collect::<Vec<_>>()
            .join("\n")
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the database of the failed test is kept: {}", self.url());
        } else {
            self.server.admin(&format!("DROP DATABASE IF EXISTS \"{}\" WITH (FORCE)", self.name));
        }
    }
}

fn run(program: &Path, arguments: &[&str]) -> String {
    try_run(program, arguments).unwrap_or_else(|error| panic!("{error}"))
}

fn try_run(program: &Path, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(program)
        .args(arguments)
        .env_remove("PGOPTIONS")
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("{}: {error}", program.display()));
    let (stdout, stderr) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8_lossy(&output.stderr));
    if output.status.success() {
        Ok(stdout)
    } else {
        Err(format!("{} {arguments:?}\n{stdout}\n{stderr}", program.display()))
    }
}

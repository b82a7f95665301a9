//! Behind PgBouncer: in session mode everything works; in transaction mode everything that can be done safely, and the
//! rest is refused before anything has run.

use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::project::{Output, Project};
use crate::server::Database;

/// A pooler before the server of the run.
struct Pooler {
    process: Child,
    port: u16,
    directory: TempDir,
}

impl Pooler {
    /// Starts a pooler; none where the program is not installed.
    fn start(settings: &str) -> Option<Self> {
        let program = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer", "/usr/local/bin/pgbouncer"];
        let Some(program) = program.iter().map(Path::new).find(|path| path.exists()) else {
            eprintln!("skipped: pgbouncer is not installed");
            return None;
        };
        let server = Database::absent("pooler").url();
        let server_port = server.rsplit(':').next().unwrap().split('/').next().unwrap().to_owned();
        let directory = tempfile::tempdir().unwrap();
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        fs::write(directory.path().join("users"), "\"postgres\" \"\"\n").unwrap();
        let text = format!(
            "[databases]\n* = host=127.0.0.1 port={server_port}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
             listen_port = {port}\nunix_socket_dir =\nauth_type = trust\nauth_file = users\nserver_login_retry = 1\n\
             logfile = log\n{settings}\n"
        );
        fs::write(directory.path().join("pgbouncer.ini"), text).unwrap();
        let is_root = String::from_utf8(Command::new("id").arg("-u").output().unwrap().stdout).unwrap().trim() == "0";
        let mut command = if is_root {
            let nobody = Command::new("id").args(["-u", "nobody"]).output().unwrap();
            let uid = String::from_utf8(nobody.stdout).unwrap().trim().parse().unwrap();
            for path in [PathBuf::new(), "users".into(), "pgbouncer.ini".into()] {
                chown(directory.path().join(path), Some(uid), None).unwrap();
            }
            let mut command = Command::new("setpriv");
            command.args(["--reuid=nobody", "--regid=nogroup", "--clear-groups"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.args(["-q", "pgbouncer.ini"]).current_dir(directory.path()).stdin(Stdio::null());
        let process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let pooler = Self { process, port, directory };
        let end = Instant::now() + Duration::from_secs(10);
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            assert!(Instant::now() < end, "{}", pooler.log());
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(pooler)
    }

    fn log(&self) -> String {
        fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }

    fn url(&self, database: &str) -> String {
        format!("postgresql://postgres@127.0.0.1:{}/{database}", self.port)
    }

    fn run(&self, project: &Project, database: &Database, arguments: &[&str]) -> Output {
        let mut command = project.command(arguments);
        command.env("DATABASE_URL", self.url(database.name())).env("PGKEEL_CONNECT_WAIT", "3s");
        Output::of(command.output().unwrap())
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.log());
        }
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

fn project() -> Project {
    let project = Project::new();
    project.revision("aaaa1111", "", "CREATE TABLE t (a int);\nCOPY t FROM stdin;\n1\n2\n\\.\nSET search_path = pg_temp;\nCREATE TEMP TABLE x (a int);\nPREPARE p AS SELECT 1;", Some("DROP TABLE t;"));
    project.revision(
        "bbbb2222",
        "aaaa1111",
        "INSERT INTO public.t SELECT generate_series(3, 10);",
        Some("DELETE FROM t WHERE a > 2;"),
    );
    project
}

fn everyday(pooler: &Pooler, project: &Project, database: &Database) {
    let run = |arguments: &[&str]| pooler.run(project, database, arguments);
    assert_eq!(run(&["detect", "--format", "json"]).exits(0).json()["state"], "fresh");
    run(&["up", "--dry-run"]).exits(0);
    run(&["up", "-v"]).exits(0);
    assert_eq!(database.psql("SELECT count(*), sum(a) FROM t"), "10|55\n");
    let again = run(&["up"]).exits(0);
    assert!(again.stdout.contains("nothing to do"), "{again:?}");
    for verb in ["current", "history", "heads", "branches", "status", "detect"] {
        run(&[verb]).exits(0);
    }
    run(&["downgrade", "-1"]).exits(0);
    run(&["down"]).exits(0);
    run(&["stamp", "heads"]).exits(0);
    run(&["stamp", "base"]).exits(0);
    run(&["upgrade", "heads", "--single-transaction"]).exits(0);
    assert_eq!(database.psql("SELECT count(*) FROM t"), "10\n");
    project.revision("9999aaaa", "bbbb2222", "SELECT 1;\nSELECT nothing;", None);
    run(&["up"]).exits(1).says(&["column \"nothing\" does not exist", "nothing of 9999aaaa was kept"]);
    fs::remove_file(project.path().join("migrations/9999aaaa.sql")).unwrap();
}

fn without_transaction(project: &Project) {
    project.revision(
        "cccc3333",
        "bbbb2222",
        "transaction=off\nSET work_mem = '8MB';\nCREATE INDEX CONCURRENTLY t_a ON public.t (a);",
        Some("transaction=off\nDROP INDEX CONCURRENTLY t_a;"),
    );
}

#[test]
fn session_mode_does_everything() {
    let Some(pooler) = Pooler::start("pool_mode = session") else { return };
    let (project, database) = (project(), Database::new("session"));
    everyday(&pooler, &project, &database);
    without_transaction(&project);
    pooler.run(&project, &database, &["up"]).exits(0);
    assert_eq!(database.psql("SELECT indisvalid FROM pg_index WHERE indexrelid = 't_a'::regclass"), "t\n");
    pooler.run(&project, &database, &["downgrade", "base"]).exits(0);
}

#[test]
fn transaction_mode_refuses_only_what_is_not_safe() {
    for order in ["server_round_robin = 0", "server_round_robin = 1\nmin_pool_size = 4"] {
        let Some(pooler) = Pooler::start(&format!("pool_mode = transaction\n{order}")) else { return };
        let (project, database) = (project(), Database::new("transaction"));
        everyday(&pooler, &project, &database);
        without_transaction(&project);
        project.revision("bbbb3333", "bbbb2222", "CREATE TABLE u (a int);", None);
        fs::remove_file(project.path().join("migrations/bbbb3333.sql")).unwrap();
        let before = database.psql("SELECT count(*) FROM pgkeel.history");
        let refused = pooler.run(&project, &database, &["up"]).exits(6);
        refused.says(&["error[pooler]", "cccc3333", "nothing was run", "DATABASE_DIRECT_URL"]);
        assert_eq!(database.psql("SELECT count(*) FROM pgkeel.history"), before);
        // The direct way does it.
        let mut command = project.command(&["up"]);
        command.env("DATABASE_URL", pooler.url(database.name())).env("DATABASE_DIRECT_URL", database.url());
        Output::of(command.output().unwrap()).exits(0);
        assert_eq!(database.psql("SELECT indisvalid FROM pg_index WHERE indexrelid = 't_a'::regclass"), "t\n");
        // Nothing of ours stays in the sessions that the pooler shares out.
        let mut psql = Command::new(PathBuf::from(std::env::var_os("PGKEEL_TEST_BIN").unwrap()).join("psql"));
        let question = "SELECT current_setting('search_path'), current_setting('statement_timeout'), \
                        current_setting('lock_timeout'), (SELECT count(*) FROM pg_prepared_statements), \
                        (SELECT count(*) FROM pg_class WHERE relnamespace = pg_my_temp_schema())";
        for _ in 0..4 {
            let done =
                psql.args(["-X", "-A", "-t", "-d", &pooler.url(database.name()), "-c", question]).output().unwrap();
            let shown = String::from_utf8(done.stdout).unwrap();
            assert_eq!(shown.lines().next().unwrap(), "\"$user\", public|0|0|0|0");
        }
    }
}

#[test]
fn a_pool_that_is_too_small_is_told_of_before_anything_runs() {
    for mode in ["session", "transaction"] {
        let settings = format!("pool_mode = {mode}\ndefault_pool_size = 1");
        let Some(pooler) = Pooler::start(&settings) else { return };
        let (project, database) = (project(), Database::new("small"));
        let clock = Instant::now();
        let mut command = project.command(&["up"]);
        command.env("DATABASE_URL", pooler.url(database.name())).env("PGKEEL_CONNECT_TIMEOUT", "2s");
        let output = Output::of(command.env("PGKEEL_LOCK_WAIT", "5s").output().unwrap());
        output.exits(4).says(&["no session of the server left", "default_pool_size", "DATABASE_DIRECT_URL"]);
        assert!(clock.elapsed() < Duration::from_secs(20), "{mode}: {:?}", clock.elapsed());
        assert_eq!(database.psql("SELECT count(*) FROM pg_class WHERE relname IN ('t', 'alembic_version')"), "0\n");
    }
}

//! Bootstrap with roles, privileges and parameters: as a superuser, as an administrator who is none, as a plain role, on
//! the oldest and the newest server; twice; fifty at once; and what platforms are like.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use serde_json::Value;

use crate::own_server::OwnServer;
use crate::project::{Output, Project};
use crate::server::{Database, PLATFORM_ROLES, Server};

const PASSWORD: &str = "ge heim@:/#%'\\ä";

/// Names that belong to one test: roles are the whole server's.
struct Names {
    suffix: String,
    server: &'static Server,
}

impl Names {
    fn new(server: &'static Server, purpose: &str) -> Self {
        Self { suffix: format!("{purpose}_{}", std::process::id()), server }
    }

    fn role(&self, name: &str) -> String {
        format!("{name}_{}", self.suffix)
    }

    /// Makes a role that logs in, as the test's superuser.
    fn make(&self, name: &str, attributes: &str) -> String {
        let role = self.role(name);
        self.server.admin(&format!("CREATE ROLE \"{}\" LOGIN {attributes}", role.replace('"', "\"\"")));
        role
    }

    /// Takes the roles away, with what they own in these databases.
    fn sweep(&self, database: &Database) {
        self.server.admin(&format!("DROP DATABASE IF EXISTS \"{}\" WITH (FORCE)", database.name()));
        self.server.admin(&format!(
            "DO $$ DECLARE one text; BEGIN
                 FOR one IN SELECT rolname FROM pg_roles WHERE rolname LIKE '%\\_{0}' LOOP
                     EXECUTE format('DROP OWNED BY %I CASCADE', one);
                 END LOOP;
                 FOR one IN SELECT rolname FROM pg_roles WHERE rolname LIKE '%\\_{0}' LOOP
                     EXECUTE format('DROP ROLE %I', one);
                 END LOOP;
             END $$",
            self.suffix
        ));
    }
}

fn run(project: &Project, url: &str, admin: Option<&str>, arguments: &[&str]) -> Output {
    let mut command = project.command(arguments);
    command.env("DATABASE_URL", url).env("APP_PASSWORD", PASSWORD).env("PGKEEL_CONNECT_WAIT", "10s");
    if let Some(admin) = admin {
        command.env("DATABASE_ADMIN_URL", admin);
    }
    Output::of(command.output().unwrap())
}

fn bootstrap(project: &Project, url: &str, admin: Option<&str>) -> Output {
    run(project, url, admin, &["bootstrap", "--format", "json"])
}

#[track_caller]
fn steps(output: &Output) -> Vec<(String, String, String)> {
    let json = output.json();
    let text = |step: &Value, key: &str| step[key].as_str().unwrap_or_default().to_owned();
    let steps = json["steps"].as_array().unwrap_or_else(|| panic!("{output:#?}"));
    steps.iter().map(|step| (text(step, "object"), text(step, "name"), text(step, "status"))).collect()
}

#[track_caller]
fn all_are(output: &Output, status: &str) {
    for step in steps(output) {
        assert_eq!(step.2, status, "{step:?}\n{output:#?}");
    }
}

/// The URL of a database as another role.
fn as_role(url: &str, role: &str) -> String {
    url.replacen("://postgres@", &format!("://{role}@"), 1)
}

/// Everything that bootstrap can make, in names that have to be quoted.
fn everything(names: &Names, migrates: &str, superuser: bool) -> Project {
    let project = Project::new();
    let odd = format!("we\\\"ird Näme_{}", names.suffix);
    let group = names.role("group");
    // A parameter that no extension has declared yet is for superusers.
    let tenant = if superuser { "\"app.tenant\" = \"it's\"" } else { "" };
    let extension = if superuser { "" } else { "optional = true\n" };
    project.file(
        "pgkeel.toml",
        &format!(
            r#"
migrations = "migrations"
[database]
owner = "{migrates}"
[database.settings]
timezone = "UTC"
search_path = ["app", "public"]
{tenant}

[[role]]
name = "{group}"
[[role]]
name = "{odd}"
password_env = "APP_PASSWORD"
member_of = "{group}"
connection_limit = 7
createdb = false
settings = {{ statement_timeout = "30s", search_path = "\"we\"\"ird, Näme\", app" }}
[[role]]
name = "{migrates}"

[[schema]]
name = "app"
owner = "{migrates}"
[[schema]]
name = "we\"ird Näme"

[[extension]]
name = "plpgsql"
[[extension]]
name = "vector"
optional = true
[[extension]]
name = "citext"
schema = "we\"ird Näme"
cascade = true
optional = true
{extension}

[[grant]]
privileges = ["connect", "temp"]
on = "database"
to = "{group}"
[[grant]]
privileges = "all"
on = "schema"
schema = ["app", "we\"ird Näme"]
to = ["{group}", "{odd}"]
with_grant_option = true
[[grant]]
privileges = "select"
on = "tables"
schema = "app"
to = "{odd}"
[[default_privileges]]
role = "{migrates}"
privileges = ["select", "insert"]
on = "tables"
schema = "app"
to = "{odd}"
[[default_privileges]]
role = "{migrates}"
privileges = "execute"
on = "functions"
to = "{group}"
"#
        )
        .replace("optional = true\noptional = true", "optional = true"),
    );
    project.revision("aaaa1111", "", "CREATE TABLE app.t (a int);", Some("DROP TABLE app.t;"));
    project
}

/// What the server keeps of the roles and the database, for comparing before and after.
fn digest(database: &Database, names: &Names) -> String {
    database.psql(&format!(
        "SELECT oid, rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolconnlimit, rolpassword
             FROM pg_authid WHERE rolname LIKE '%{0}' ORDER BY 2;
         SELECT roleid::regrole, member::regrole, admin_option FROM pg_auth_members
             WHERE member::regrole::text LIKE '%{0}%' ORDER BY 1, 2;
         SELECT s.setdatabase, s.setrole, s.setconfig FROM pg_db_role_setting AS s
             LEFT JOIN pg_roles AS r ON r.oid = s.setrole LEFT JOIN pg_database AS d ON d.oid = s.setdatabase
             WHERE r.rolname LIKE '%{0}' OR d.datname = current_database() ORDER BY 1, 2;
         SELECT datname, datdba, datacl, xmin FROM pg_database WHERE datname = current_database();
         SELECT nspname, nspowner, nspacl, xmin FROM pg_namespace ORDER BY 1;
         SELECT extname, extowner, xmin FROM pg_extension ORDER BY 1;
         SELECT defaclrole, defaclnamespace, defaclobjtype, defaclacl, xmin FROM pg_default_acl ORDER BY 1, 2, 3;
         SELECT relname, relacl FROM pg_class WHERE relnamespace = 'app'::regnamespace ORDER BY 1;",
        names.suffix
    ))
}

fn twice(server: &'static Server, superuser: bool, purpose: &str) {
    let names = Names::new(server, purpose);
    let database = Database::absent_on(server, purpose);
    let migrates = names.role("owner");
    let project = everything(&names, &migrates, superuser);
    let administrator = if superuser { "postgres".to_owned() } else { names.make("admin", "CREATEROLE CREATEDB") };
    let url = as_role(&database.url(), &administrator);

    let plan = run(&project, &url, None, &["bootstrap", "--dry-run"]).exits(0);
    assert!(plan.stdout.contains(&format!("database {} would be created", database.name())), "{plan:#?}");
    assert!(plan.stdout.contains("PASSWORD '***'") && !plan.stdout.contains("heim"), "{plan:#?}");
    let planned = run(&project, &url, None, &["bootstrap", "--dry-run", "--format", "json"]).exits(0);
    let first = bootstrap(&project, &url, None).exits(0);
    assert!(!first.stdout.contains("heim") && !first.stdout.contains("SCRAM-SHA"), "{first:#?}");
    let objects =
        |output: &Output| steps(output).into_iter().map(|(object, name, _)| (object, name)).collect::<Vec<_>>();
    for object in objects(&planned) {
        assert!(objects(&first).contains(&object) || object.0 == "membership", "{object:?} was planned: {first:#?}");
    }
    let before = digest(&database, &names);
    let stored = database.psql(&format!("SELECT rolpassword FROM pg_authid WHERE rolname LIKE 'we%{}'", names.suffix));
    assert!(stored.starts_with("SCRAM-SHA-256$4096:"), "{stored}");
    let owner = database.psql("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()");
    assert_eq!(owner.trim(), migrates);
    assert_eq!(database.psql("SHOW timezone"), "UTC\n");
    assert_eq!(database.psql("SHOW search_path"), "app, public\n");
    if superuser {
        assert_eq!(database.psql("SHOW app.tenant"), "it's\n");
    }

    let second = bootstrap(&project, &url, None).exits(0);
    for (object, name, status) in steps(&second) {
        let fits = status == "exists" || object == "extension" && status == "skipped";
        assert!(fits, "{object} {name} {status}: {second:#?}");
    }
    assert_eq!(digest(&database, &names), before, "twice is once");

    // A table that a revision makes has the default privileges; its own grant is looked at after the revisions.
    let up = run(&project, &url, None, &["up", "--format", "json"]).exits(0).json();
    assert_eq!(up["rows_after"][0], "aaaa1111", "{up:#}");
    let readable = format!(
        "SELECT bool_and(has_table_privilege(oid, 'app.t', 'SELECT')) FROM pg_roles WHERE rolname LIKE 'we%{}'",
        names.suffix
    );
    assert_eq!(database.psql(&readable), "t\n", "{up:#}");
    // What somebody takes away comes back; the password that somebody changes stays.
    let odd = format!("we\"\"ird Näme_{}", names.suffix);
    database.psql(&format!(
        "REVOKE ALL ON SCHEMA app FROM \"{odd}\" CASCADE; ALTER ROLE \"{odd}\" CONNECTION LIMIT 3 PASSWORD 'other';
         ALTER ROLE \"{odd}\" SET statement_timeout = '1s'"
    ));
    let changed = database.psql(&format!("SELECT rolpassword FROM pg_authid WHERE rolname LIKE 'we%{}'", names.suffix));
    let third = bootstrap(&project, &url, None).exits(0);
    let statuses: Vec<String> =
        steps(&third).into_iter().filter(|step| step.2 == "changed").map(|step| step.0).collect();
    assert_eq!(statuses, ["role", "role setting"], "{third:#?}");
    let created: Vec<String> =
        steps(&third).into_iter().filter(|step| step.2 == "created").map(|step| step.1).collect();
    assert_eq!(created.len(), 1, "{third:#?}");
    let stored = database.psql(&format!("SELECT rolpassword FROM pg_authid WHERE rolname LIKE 'we%{}'", names.suffix));
    assert_eq!(stored, changed, "a password is never reset");
    names.sweep(&database);
}

#[test]
fn a_superuser_makes_everything_once() {
    twice(Server::main(), true, "supera");
    if let Some(newest) = Server::with_vector() {
        twice(newest, true, "superb");
    }
}

#[test]
fn an_administrator_who_is_no_superuser_makes_everything_once() {
    twice(Server::main(), false, "admina");
    if let Some(newest) = Server::with_vector() {
        twice(newest, false, "adminb");
    }
}

#[test]
fn an_administrator_makes_room_for_the_role_that_migrates() {
    for server in [Some(Server::main()), Server::with_vector()].into_iter().flatten() {
        let names = Names::new(server, "room");
        let database = Database::absent_on(server, "room");
        let (app, admin) = (names.role("app"), names.make("admin", "CREATEROLE CREATEDB"));
        let project = Project::new();
        project.file(
            "pgkeel.toml",
            &format!("[database]\ncreate = true\n[[role]]\nname = \"{app}\"\npassword_env = \"APP_PASSWORD\"\n[[schema]]\nname = \"app\"\n[[default_privileges]]\nprivileges = \"select\"\non = \"tables\"\nto = \"public\"\n"),
        );
        project.revision("aaaa1111", "", "CREATE TABLE t (a int); CREATE TABLE app.u (a int);", None);
        let admin_url = as_role(&server.url_of("postgres"), &admin);
        // The role does not exist yet: its login is refused, the administrator makes it, and it migrates.
        let up = run(&project, &as_role(&database.url(), &app), Some(&admin_url), &["up", "--format", "json"]).exits(0);
        let found = database.psql(
            "SELECT relname, pg_get_userbyid(relowner), has_table_privilege('pg_monitor', oid, 'SELECT')
             FROM pg_class WHERE relname IN ('t', 'u') ORDER BY 1",
        );
        assert_eq!(found, format!("t|{app}|t\nu|{app}|t\n"), "{up:#?}");
        let again = bootstrap(&project, &as_role(&database.url(), &app), Some(&admin_url)).exits(0);
        all_are(&again, "exists");
        // Nor does the role itself need any right where everything exists.
        all_are(&bootstrap(&project, &as_role(&database.url(), &app), None).exits(0), "exists");
        names.sweep(&database);
    }
}

#[test]
fn a_plain_role_is_told_everything_that_it_may_not_in_one_go() {
    for server in [Some(Server::main()), Server::with_vector()].into_iter().flatten() {
        let names = Names::new(server, "plain");
        let (plain, wanted) = (names.make("plain", ""), names.role("wanted"));
        let database = Database::absent_on(server, "plain");
        let project = Project::new();
        project.file(
            "pgkeel.toml",
            &format!(
                "extensions = [\"nonesuch\"]\n[[role]]\nname = \"{wanted}\"\npassword_env = \"APP_PASSWORD\"\n\
                 [[schema]]\nname = \"app\"\n[[grant]]\nprivileges = \"usage\"\non = \"schema\"\nschema = \"app\"\nto = \"{wanted}\"\n"
            ),
        );
        let url = as_role(&database.url(), &plain);
        for arguments in [&["bootstrap", "--format", "json", "--dry-run"][..], &["bootstrap", "--format", "json"]] {
            let output = run(&project, &url, None, arguments).exits(6);
            let refused: Vec<String> =
                steps(&output).into_iter().filter(|step| step.2 == "refused").map(|step| step.0).collect();
            for object in ["role", "database", "extension"] {
                assert!(refused.iter().any(|refused| refused == object), "{object}: {output:#?}");
            }
            assert_eq!(output.json()["error"]["code"], "refused");
            assert!(!output.stdout.contains("heim") && !output.stdout.contains("SCRAM-SHA"));
        }
        // What is known to be impossible is told before anything is begun.
        let said = run(&project, &url, None, &["bootstrap"]).exits(6);
        drop(said.says(&[
            "has no CREATEROLE",
            "has no CREATEDB",
            "the server does not offer the extension `nonesuch`",
            "install the package of `nonesuch`",
        ]));
        let toml = fs::read_to_string(project.path().join("pgkeel.toml")).unwrap();
        project.file("pgkeel.toml", &toml.replace("\"nonesuch\"", ""));
        let said = run(&project, &url, None, &["bootstrap"]).exits(6);
        let said = said.says(&[
            "permission denied to create role",
            "permission denied to create database",
            "let an administrator run:",
            &format!("CREATE ROLE \"{wanted}\" LOGIN PASSWORD '***';"),
            &format!("CREATE DATABASE \"{}\";", database.name()),
            &format!("in the database {}", database.name()),
            "CREATE SCHEMA \"app\";",
            &format!("GRANT USAGE ON SCHEMA \"app\" TO \"{wanted}\";"),
            "DATABASE_ADMIN_URL",
        ]);
        assert!(!said.stderr.contains("heim"));

        // Where an administrator has done it, the role only uses it; what it may not do inside is told as well.
        server.admin(&format!("CREATE DATABASE \"{}\"", database.name()));
        let inside = bootstrap(&project, &url, None).exits(6);
        let schema: Vec<_> = steps(&inside).into_iter().filter(|step| step.0 == "schema").collect();
        assert_eq!(schema[0].2, "refused", "{inside:#?}");
        database.psql(&format!(
            "CREATE ROLE \"{wanted}\" LOGIN; CREATE SCHEMA app; GRANT USAGE ON SCHEMA app TO \"{wanted}\""
        ));
        all_are(&bootstrap(&project, &url, None).exits(0), "exists");
        // A grant that the server answers with a warning instead of an error is no grant.
        database
            .psql(&format!("REVOKE USAGE ON SCHEMA app FROM \"{wanted}\"; GRANT USAGE ON SCHEMA app TO \"{plain}\""));
        let output = bootstrap(&project, &url, None).exits(6);
        assert!(output.json()["error"]["notes"].to_string().contains("changed nothing"), "{output:#?}");
        names.sweep(&database);
    }
}

#[test]
fn fifty_at_once_make_everything_once() {
    let server = Server::main();
    let names = Names::new(server, "fifty");
    let database = Database::absent_on(server, "fifty");
    let migrates = names.role("owner");
    let project = everything(&names, &migrates, false);
    let admin = names.make("admin", "CREATEROLE CREATEDB");
    let url = as_role(&database.url(), &admin);
    let children: Vec<_> = (0..50)
        .map(|_| {
            let mut command = project.command(&["bootstrap", "--format", "json"]);
            command.env("DATABASE_URL", &url).env("APP_PASSWORD", PASSWORD).spawn().unwrap()
        })
        .collect();
    let mut created = Vec::new();
    for child in children {
        let output = Output::of(child.wait_with_output().unwrap()).exits(0);
        for (object, name, status) in steps(&output) {
            assert!(matches!(status.as_str(), "exists" | "created" | "changed" | "skipped"), "{output:#?}");
            if status == "created" && matches!(object.as_str(), "role" | "database" | "schema" | "extension") {
                created.push((object, name));
            }
        }
    }
    created.sort();
    let count = created.len();
    created.dedup();
    assert_eq!(created.len(), count, "each object is created by one: {created:?}");
    let second = bootstrap(&project, &url, None).exits(0);
    assert!(steps(&second).iter().all(|step| step.2 == "exists" || step.2 == "skipped"), "{second:#?}");
    names.sweep(&database);
}

#[test]
fn wrong_settings_are_told_with_their_place() {
    let project = Project::new();
    let database = Database::new("wrongsettings");
    let fails = |toml: &str, code: i32, texts: &[&str]| {
        project.file("pgkeel.toml", toml);
        let output = bootstrap_text(&project, &database).exits(code);
        drop(output.says(texts));
    };
    fails(
        "[[role]]\nname = \"a\"\npassword = \"geheim\"\n",
        1,
        &["`password` is no setting", "pgkeel.toml:3:1", "password_"],
    );
    fails("[[role]]\nlogin = true\n", 1, &["`name`"]);
    fails("[[role]]\nname = \"a\"\npassword_env = \"A\"\npassword_file = \"b\"\n", 1, &["are both set"]);
    fails(
        "[[grant]]\nprivileges = \"slect\"\non = \"tables\"\nschema = \"public\"\nto = \"a\"\n",
        1,
        &["`SLECT` is none of", "`SELECT`"],
    );
    fails("[[grant]]\nprivileges = \"select\"\non = \"tables\"\nto = \"a\"\n", 1, &["a table has no `schema`"]);
    fails(
        "[[grant]]\nprivileges = \"connect\"\non = \"database\"\nschema = \"x\"\nto = \"a\"\n",
        1,
        &["says nothing with"],
    );
    fails(
        "[[grant]]\nprivileges = \"usage\"\non = \"tablespace\"\nschema = \"x\"\nto = \"a\"\n",
        1,
        &["`tablespace` is none of"],
    );
    fails("[[role]]\nname = \"nobody_here\"\npassword_env = \"NOT_SET\"\n", 6, &["the variable NOT_SET is not set"]);
    fails("[[role]]\nname = \"nobody_here\"\npassword_file = \"gone\"\n", 6, &["the file gone can't be read"]);
    fails(
        "[[grant]]\nprivileges = \"usage\"\non = \"schema\"\nschema = \"gone\"\nto = \"postgres\"\n",
        6,
        &["the schema gone does not exist"],
    );
    fails(
        "[[grant]]\nprivileges = \"usage\"\non = \"schema\"\nschema = \"public\"\nto = \"nobody_here\"\n",
        6,
        &["role \"nobody_here\" does not exist"],
    );
    fails("[database.settings]\nwork_mem = \"much\"\n", 1, &["invalid value for parameter \"work_mem\""]);
    fails(
        "[[extension]]\nname = \"plpgsql\"\nversion = \"99\"\n[[extension]]\nname = \"pgvektor\"\n",
        6,
        &["does not offer"],
    );
    assert_eq!(database.psql("SELECT count(*) FROM pg_roles WHERE rolname = 'nobody_here'"), "0\n");
}

fn bootstrap_text(project: &Project, database: &Database) -> Output {
    run(project, &database.url(), None, &["bootstrap"])
}

#[test]
fn a_schema_that_a_pending_revision_creates_is_left_to_it() {
    let project = Project::new();
    let database = Database::absent("leftlater");
    project.file(
        "pgkeel.toml",
        "[[schema]]\nname = \"app\"\n[[grant]]\nprivileges = \"usage\"\non = \"schema\"\nschema = \"app\"\nto = \"public\"\n",
    );
    project.revision("aaaa1111", "", "CREATE SCHEMA app; CREATE TABLE app.t (a int);", None);
    let first = run(&project, &database.url(), None, &["bootstrap", "--format", "json"]).exits(0);
    let statuses: Vec<String> = steps(&first).into_iter().map(|step| step.2).collect();
    assert_eq!(statuses, ["created", "skipped", "skipped"]);
    let up = run(&project, &database.url(), None, &["up", "--format", "json"]).exits(0).json();
    let statuses: Vec<&str> =
        up["bootstrap"].as_array().unwrap().iter().map(|step| step["status"].as_str().unwrap()).collect();
    assert_eq!(statuses.last(), Some(&"created"), "the grant follows the revision: {up:#}");
    assert_eq!(database.psql("SELECT has_schema_privilege('pg_monitor', 'app', 'USAGE')"), "t\n");
}

#[test]
fn defaults_of_role_and_database_do_not_stop_it() {
    let database = Database::new("bootdefaults");
    database.psql(&format!(
        "ALTER DATABASE \"{0}\" SET default_transaction_read_only = on; ALTER DATABASE \"{0}\" SET statement_timeout = '500ms'",
        database.name()
    ));
    let project = Project::new();
    project.file("pgkeel.toml", "[[schema]]\nname = \"app\"\n");
    drop(bootstrap_text(&project, &database).exits(0));
    assert_eq!(database.psql("SELECT count(*) FROM pg_namespace WHERE nspname = 'app'"), "1\n");
}

fn cases() -> Option<Vec<PathBuf>> {
    let folder = std::env::var_os("PGKEEL_CASES")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"), PathBuf::from)
        .join("platforms");
    if !folder.is_dir() {
        eprintln!("skipped: there is no folder {}; set PGKEEL_CASES to where the cases are", folder.display());
        return None;
    }
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|end| end == "sql")).collect();
    files.sort();
    Some(files)
}

/// One after another: they make the same roles. The role that people get there uses what exists, makes what it may, and
/// is told of an extension in the platform's own words.
#[test]
fn platforms() {
    let Some(files) = cases() else { return };
    let _alone = PLATFORM_ROLES.lock().unwrap_or_else(PoisonError::into_inner);
    for sql in files {
        let meta: Value = serde_json::from_str(&fs::read_to_string(sql.with_extension("meta.json")).unwrap()).unwrap();
        let name = sql.file_stem().unwrap().to_str().unwrap().to_owned();
        let database = Database::new("platformboot");
        database.psql_file(&sql);
        let role = meta["connect_as"].as_str().unwrap();
        let url = database.url_as(role);
        let project = Project::new();
        project.file("pgkeel.toml", "extensions = [\"plpgsql\"]\n[[schema]]\nname = \"public\"\n");
        all_are(&bootstrap(&project, &url, None).exits(0), "exists");
        project.file("pgkeel.toml", "extensions = [\"plpgsql\", \"nonesuch\"]\n");
        let refused = run(&project, &url, None, &["bootstrap"]).exits(6);
        let word = match name.as_str() {
            "aiven" => "Aiven",
            "alloydb" => "AlloyDB",
            "azure-flexible" => "azure.extensions",
            "rds" => "rds.extensions",
            "cloudsql" => "Cloud SQL",
            "heroku" => "Heroku",
            "neon" => "Neon",
            "supabase" => "Supabase",
            "timescale" => "Timescale",
            _ => "nonesuch",
        };
        drop(refused.says(&[word]));
        // Where the role may create, it does; where not, that is said with the SQL.
        project.file(
            "pgkeel.toml",
            "[[schema]]\nname = \"app\"\nowner = \"pg_database_owner\"\n[[schema]]\nname = \"mine\"\n",
        );
        let may =
            database.psql(&format!("SELECT has_database_privilege('{role}', current_database(), 'CREATE')")) == "t\n";
        let output = bootstrap(&project, &url, None);
        let mine = steps(&output).into_iter().find(|step| step.1 == "mine").unwrap();
        assert_eq!(mine.2, if may { "created" } else { "refused" }, "{name}: {output:#?}");
    }
}

/// A port that nobody listens on: bound by the test and given back.
fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn waiting_tells_each_phase_once_and_what_waiting_cannot_mend_at_once() {
    let project = Project::new();
    let wait = |url: &str| {
        let started = std::time::Instant::now();
        let mut command = project.command(&["bootstrap"]);
        let output =
            Output::of(command.env("DATABASE_URL", url).env("PGKEEL_CONNECT_WAIT", "1500ms").output().unwrap());
        (output, started.elapsed())
    };
    let (refused, took) = wait(&format!("postgres://x@127.0.0.1:{}/d", free_port()));
    let refused = refused.exits(4).says(&["cannot reach the server", "efused"]);
    assert_eq!(refused.stderr.matches("waiting: ").count(), 1, "{refused:#?}");
    // The last pause, with its jitter, would have gone beyond the wait.
    assert!(took.as_millis() >= 500, "{took:?}");
    let (unknown, _) = wait("postgres://x@no-such-host.invalid/d");
    drop(
        unknown
            .exits(4)
            .says(&["waiting: cannot reach the server at no-such-host.invalid:5432", "the host name is not known"]),
    );
    // The role is not there: that is told at once.
    let (role, took) = wait(&as_role(&Server::main().url_of("postgres"), "no_such_role_here"));
    drop(role.exits(4).says(&["no_such_role_here"]));
    assert!(took.as_millis() < 1400, "{took:?}");
}

#[test]
fn a_signal_ends_the_waiting_within_a_second() {
    let project = Project::new();
    // Nobody ever answers on a listening socket that accepts nothing, nor at an address kept for documentation.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    for url in [format!("postgres://x@127.0.0.1:{port}/d"), "postgres://x@192.0.2.1/d".to_owned()] {
        let mut command = project.command(&["up"]);
        let mut child = command.env("DATABASE_URL", &url).env("PGKEEL_CONNECT_TIMEOUT", "60s").spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(500));
        let pid = rustix::process::Pid::from_child(&child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        let started = std::time::Instant::now();
        let code = child.wait().unwrap().code();
        assert_eq!(code, Some(143), "{url}");
        assert!(started.elapsed().as_millis() < 1000, "{url}: {:?}", started.elapsed());
    }
}

#[test]
fn the_password_works_and_no_log_has_it() {
    let own = OwnServer::start("scram", "log_statement = 'all'\nlog_min_error_statement = error\n");
    let database = Database::absent_on(*own, "scram");
    own.admin(
        "DO $$ BEGIN EXECUTE format(
             'COPY (VALUES (''local all all trust''), (''host all postgres 127.0.0.1/32 trust''),
                 (''host all all 127.0.0.1/32 scram-sha-256'')) TO %L', current_setting('hba_file')); END $$;
         SELECT pg_reload_conf();",
    );
    let project = Project::new();
    project.file(
        "pgkeel.toml",
        "[database]\ncreate = true\n[[role]]\nname = \"app\"\npassword_env = \"APP_PASSWORD\"\n[[role]]\nname = \"app\\u0000\"\n",
    );
    drop(bootstrap(&project, &database.url(), None).exits(1));
    project.file("secret", &format!("{PASSWORD}\n"));
    project.file(
        "pgkeel.toml",
        "[database]\ncreate = true\n[[role]]\nname = \"app\"\npassword_env = \"APP_PASSWORD\"\n\
         [[role]]\nname = \"filed\"\npassword_file = \"secret\"\n",
    );
    project.revision("aaaa1111", "", "CREATE TABLE t (a int);", None);
    let url = as_role(&database.url(), "app");
    let admin = own.url_of("postgres");
    let run = |role: &str, password: &str, admin: Option<&str>| {
        let mut command = project.command(&["up", "-v"]);
        command.env("DATABASE_URL", as_role(&database.url(), role)).env("DATABASE_PASSWORD", password);
        if let Some(admin) = admin {
            command.env("DATABASE_ADMIN_URL", admin).env("APP_PASSWORD", PASSWORD);
        }
        Output::of(command.output().unwrap())
    };
    let first = run("app", PASSWORD, Some(&admin)).exits(0);
    drop(run("app", PASSWORD, None).exits(0));
    drop(run("filed", PASSWORD, None).exits(6).says(&["filed"]));
    let started = std::time::Instant::now();
    let wrong = run("app", "other", None).exits(4).says(&["error[authentication]", "app"]);
    assert!(started.elapsed().as_secs() < 5, "waiting does not mend a password");
    for output in [&first, &wrong] {
        assert!(!output.stderr.contains("heim") && !output.stdout.contains("heim"), "{output:#?}");
    }
    drop(bootstrap(&project, &url, Some(&admin)).exits(0));
    let log = own.log();
    assert!(log.contains("CREATE ROLE \"app\" LOGIN PASSWORD 'SCRAM-SHA-256$4096:"), "{log}");
    assert!(!log.contains("heim"), "the log has the password");
}

#[test]
fn a_server_in_recovery_is_waited_for() {
    let own = OwnServer::start("recovery", "");
    own.admin("DO $$ BEGIN EXECUTE format('COPY (SELECT) TO %L', current_setting('data_directory') || '/standby.signal'); END $$");
    own.control("stop");
    own.control("start");
    let database = Database::absent_on(*own, "recovery");
    let project = Project::new();
    let bootstrap = |wait: &str| {
        let mut command = project.command(&["bootstrap"]);
        command.env("DATABASE_URL", database.url()).env("PGKEEL_CONNECT_WAIT", wait);
        command
    };
    let standby = Output::of(bootstrap("1s").output().unwrap()).exits(6);
    drop(standby.says(&["error[standby]", "waiting: the server is in recovery", "connect to the primary"]));
    let waiting = bootstrap("30s").spawn().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(700));
    own.admin("SELECT pg_promote()");
    drop(Output::of(waiting.wait_with_output().unwrap()).exits(0).says(&["waiting: the server is in recovery"]));
    assert_eq!(database.psql("SELECT 1"), "1\n");
}

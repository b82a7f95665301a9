//! Every state of DESIGN §5 as `pgkeel detect` tells it, over databases that migration tools and platforms left behind.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use serde_json::Value;

use crate::project::Project;
use crate::server::{Database, PLATFORM_ROLES};

/// Returns the folder of databases that others made, or says that it is missing.
fn cases(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("PGKEEL_CASES")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"), PathBuf::from)
        .join(name);
    if folder.is_dir() {
        Some(folder)
    } else {
        eprintln!("skipped: there is no folder {}; set PGKEEL_CASES to where the cases are", folder.display());
        None
    }
}

fn sorted(folder: &Path, of: impl Fn(&Path) -> bool) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| of(path)).collect();
    paths.sort();
    paths
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn detect_as(project: &Project, url: &str) -> Value {
    let output = project.pgkeel(&["detect", "--format", "json", "--database-url", url]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    output.json()
}

fn detect(project: &Project, database: &Database) -> Value {
    detect_as(project, &database.url())
}

#[track_caller]
fn check(setup: &str, state: &str) -> Value {
    let database = Database::new("detect");
    database.psql(setup);
    let found = detect(&Project::new(), &database);
    assert_eq!(found["state"], state, "after {setup}\n{found:#}");
    found
}

fn warnings(found: &Value) -> String {
    found["warnings"].as_array().map(|list| list.iter().map(ToString::to_string).collect()).unwrap_or_default()
}

#[test]
fn every_ledger_is_told_as_its_meta_says() {
    let Some(folder) = cases("ledgers") else { return };
    let project = Project::new();
    let mut checked = 0;
    for tool in sorted(&folder, Path::is_dir) {
        let meta = json(&tool.join("meta.json"));
        let name = tool.file_name().unwrap().to_str().unwrap();
        for (file, expected) in [("clean.sql", &meta["expected"]), ("failed.sql", &meta["expected_failed"])] {
            if expected.is_null() {
                continue;
            }
            let database = Database::new("ledger");
            database.psql_file(tool.join(file));
            let found = detect(&project, &database);
            if name == "alembic" {
                assert_eq!(found["state"], "unknown_revision");
                assert_eq!(found["current"], expected["applied"]);
                assert_eq!(found["foreign"].as_array().unwrap().len(), 0);
                checked += 1;
                continue;
            }
            assert_eq!(found["state"], "foreign", "{name}/{file}: {found:#}");
            let [ledger] = found["foreign"].as_array().unwrap().as_slice() else { panic!("{name}/{file}: {found:#}") };
            let table = format!("{}.{}", ledger["schema"].as_str().unwrap(), ledger["table"].as_str().unwrap());
            assert_eq!(ledger["tool"], *name);
            assert_eq!(table, expected["table"].as_str().unwrap().replace('"', ""), "{name}/{file}");
            assert_eq!(ledger["version"], expected["version"], "{name}/{file}");
            assert_eq!(ledger["applied"], expected["applied"].as_array().unwrap().len(), "{name}/{file}");
            assert_eq!(ledger["dirty"], expected["dirty"], "{name}/{file}");
            assert_eq!(ledger["locked"], !expected["lock"].is_null(), "{name}/{file}");
            assert_eq!(found["objects"], 1, "{name}/{file}: the table users and nothing of the tool's");
            checked += 1;
        }
    }
    assert!(checked >= 33, "only {checked} ledgers were there");
}

/// One after another: they make the same roles.
#[test]
fn every_new_database_of_a_platform_is_fresh() {
    let Some(folder) = cases("platforms") else { return };
    let _alone = PLATFORM_ROLES.lock().unwrap_or_else(PoisonError::into_inner);
    let project = Project::new();
    for sql in sorted(&folder, |path| path.extension().is_some_and(|extension| extension == "sql")) {
        let meta = json(&sql.with_extension("meta.json"));
        let database = Database::new("platform");
        database.psql_file(&sql);
        let found = detect_as(&project, &database.url_as(meta["connect_as"].as_str().unwrap()));
        assert_eq!(found["state"], meta["expected_state"], "{}: {found:#}", sql.display());
        assert_eq!(found["objects"], 0, "{}", sql.display());
        assert_eq!(warnings(&found), "", "{}", sql.display());
    }
}

#[test]
fn an_empty_ledger_is_none() {
    let goose = "CREATE TABLE goose_db_version (id serial, version_id bigint, is_applied bool, tstamp timestamp);
                 INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, true);";
    let found = check(goose, "fresh");
    assert!(warnings(&found).contains("goose"), "{found:#}");
    let found = check(&format!("{goose} CREATE TABLE t (a int)"), "untracked");
    assert_eq!(found["objects"], 1);
    check("CREATE TABLE schema_migrations (version bigint, dirty bool)", "fresh");
    let found = check("CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)", "fresh");
    assert!(warnings(&found).contains("alembic_version"), "{found:#}");
}

#[test]
fn common_words_are_user_tables() {
    check("CREATE TABLE migrations (id int, bird text)", "untracked");
    check("CREATE TABLE schema_version (a int)", "untracked");
    check("CREATE TABLE changelog (id int, author text)", "untracked");
    check("CREATE VIEW schema_migrations AS SELECT '1'::text AS version", "untracked");
}

#[test]
fn two_tools_at_once_are_both_told() {
    let found = check(
        "CREATE TABLE \"SequelizeMeta\" (name varchar(255)); INSERT INTO \"SequelizeMeta\" VALUES ('1.js');
         CREATE TABLE schema_migrations (version varchar); INSERT INTO schema_migrations VALUES ('1');
         CREATE TABLE ar_internal_metadata (key varchar, value varchar);",
        "foreign",
    );
    let tools: Vec<&str> =
        found["foreign"].as_array().unwrap().iter().map(|one| one["tool"].as_str().unwrap()).collect();
    assert_eq!(tools, ["sequelize", "rails"]);
    assert_eq!(found["objects"], 0);
}

#[test]
fn case_and_other_names_do_not_hide_a_ledger() {
    let found = check(
        r#"CREATE TABLE "DATABASECHANGELOG" ("ID" text, "AUTHOR" text, "FILENAME" text, "DATEEXECUTED" timestamp,
               "ORDEREXECUTED" int, "EXECTYPE" text, "MD5SUM" text);
           INSERT INTO "DATABASECHANGELOG" VALUES ('1', 'me', 'f', now(), 1, 'EXECUTED', NULL);
           CREATE TABLE "DATABASECHANGELOGLOCK" ("ID" int, "LOCKED" bool, "LOCKEDBY" text);
           INSERT INTO "DATABASECHANGELOGLOCK" VALUES (1, true, 'host');"#,
        "foreign",
    );
    assert_eq!(found["foreign"][0]["tool"], "liquibase");
    assert_eq!(found["foreign"][0]["locked"], true);
    let found = check(
        "CREATE TABLE shop_history (installed_rank int, version text, description text, type text, script text,
             checksum int, success bool); INSERT INTO shop_history VALUES (1, '1.10', 'x', 'SQL', 'V1', 1, true);",
        "foreign",
    );
    assert_eq!(found["foreign"][0]["tool"], "flyway");
    assert_eq!(found["foreign"][0]["version"], "1.10");
}

#[test]
fn a_ledger_that_may_not_be_read_is_still_one() {
    let database = Database::new("denied");
    let role = "detect_reader";
    database.psql(&format!(
        "DO $$ BEGIN CREATE ROLE {role} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
         CREATE TABLE schema_migrations (version varchar); INSERT INTO schema_migrations VALUES ('1');"
    ));
    let project = Project::new();
    let found = detect_as(&project, &database.url_as(role));
    assert_eq!((&found["state"], &found["foreign"][0]["version"]), (&Value::from("foreign"), &Value::Null));
    // row security would show no rows: that is not "nothing applied"
    database.psql(&format!(
        "GRANT SELECT ON schema_migrations TO {role}; ALTER TABLE schema_migrations ENABLE ROW LEVEL SECURITY"
    ));
    let found = detect_as(&project, &database.url_as(role));
    assert_eq!((&found["state"], &found["foreign"][0]["version"]), (&Value::from("foreign"), &Value::Null));
}

#[test]
fn ignored_ledgers_are_a_librarys() {
    let database = Database::new("ignored");
    database.psql(
        "CREATE TABLE goose_db_version (id serial, version_id bigint, is_applied bool, tstamp timestamp);
         INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, true), (1, true);",
    );
    let project = Project::new();
    assert_eq!(detect(&project, &database)["state"], "foreign");
    for name in ["goose_db_version", "public.goose_db_version"] {
        project.file("pgkeel.toml", &format!("ignore_ledgers = [\"{name}\"]\n"));
        assert_eq!(detect(&project, &database)["state"], "fresh", "{name}");
    }
}

#[test]
fn every_kind_of_object_counts_once() {
    let one = |setup: &str| {
        let found = check(setup, "untracked");
        assert_eq!(found["objects"], 1, "{setup}");
    };
    one("CREATE TABLE t (a serial, b int GENERATED ALWAYS AS IDENTITY, c text UNIQUE)");
    one("CREATE VIEW v AS SELECT 1 AS a");
    one("CREATE MATERIALIZED VIEW v AS SELECT 1 AS a");
    one("CREATE SEQUENCE s");
    one("CREATE TYPE color AS ENUM ('red')");
    one("CREATE TYPE pair AS (a int, b int)");
    one("CREATE TYPE span AS RANGE (subtype = int)");
    one("CREATE DOMAIN d AS int");
    one("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'");
    one("CREATE COLLATION c (locale = 'C')");
    one("CREATE TEXT SEARCH CONFIGURATION c (copy = simple)");
    one("CREATE TABLE p (a int) PARTITION BY RANGE (a); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (1) TO (2)");
    one("CREATE PUBLICATION mine");
}

#[test]
fn other_schemas_are_told_and_do_not_count() {
    let found = check("CREATE SCHEMA app; CREATE TABLE app.t (a int)", "fresh");
    assert!(warnings(&found).contains("app"), "{found:#}");
    let found = check(
        "CREATE SCHEMA auth; CREATE TABLE auth.schema_migrations (version text);
         INSERT INTO auth.schema_migrations VALUES ('1')",
        "fresh",
    );
    assert_eq!(warnings(&found), "");
    let database = Database::new("other");
    database.psql("CREATE SCHEMA app; CREATE TABLE t (a int)");
    let project = Project::new();
    project.file("pgkeel.toml", "schema = \"app\"\n");
    assert_eq!(detect(&project, &database)["state"], "fresh", "the setting says where the project lives");
    database.psql("CREATE TABLE app.t (a int)");
    assert_eq!(detect(&project, &database)["objects"], 1);
}

#[test]
fn names_of_platforms_do_not_hide_own_objects() {
    check("CREATE TABLE health_check (id int)", "untracked");
    check("CREATE TABLE awsdms_mine (id int)", "untracked");
    let database = Database::new("auth");
    database.psql("CREATE SCHEMA auth; CREATE TABLE auth.users (id int)");
    let project = Project::new();
    project.file("pgkeel.toml", "schema = \"auth\"\n");
    assert_eq!(detect(&project, &database)["state"], "untracked");
}

#[test]
fn members_of_extensions_do_not_count() {
    // plpgsql is in every server; contrib may be missing on a development build
    let database = Database::new("extensions");
    database.psql(
        "DO $$ DECLARE name text; BEGIN
             FOR name IN SELECT e.name FROM pg_available_extensions AS e
                 WHERE e.name IN ('citext', 'dblink', 'hstore', 'isn', 'ltree', 'tablefunc', 'vector') LOOP
                 EXECUTE format('CREATE EXTENSION %I SCHEMA public', name);
             END LOOP;
         END $$",
    );
    let found = detect(&Project::new(), &database);
    assert_eq!(found["state"], "fresh", "{found:#}");
}

#[test]
fn detecting_writes_nothing() {
    let database = Database::new("readonly");
    database.psql(&format!("ALTER DATABASE \"{}\" SET default_transaction_read_only = on", database.name()));
    assert_eq!(detect(&Project::new(), &database)["state"], "fresh");
}

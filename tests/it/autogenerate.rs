//! Revisions from the declared schema: `revision --autogenerate`, `create`, `check`, `diff`, `schema dump`, and what
//! `verify` says of a sum that is not what is declared.

use serde_json::{Value, json};

use crate::project::{Output, Project};
use crate::server::Database;

const SCHEMA: &str = "\
CREATE VIEW adults AS SELECT id, name FROM people WHERE age >= 18;
CREATE TABLE people (id bigint PRIMARY KEY, name text NOT NULL, age int CHECK (age >= 0), mood mood DEFAULT 'ok');
CREATE INDEX people_name ON people (name);
CREATE TYPE mood AS ENUM ('sad', 'ok');
COMMENT ON TABLE people IS 'all of them';
";

/// A project with this declared schema.
fn declaring(schema: &str) -> Project {
    let project = Project::new();
    project.settings("shadow = \"target\"\ndeclared = \"schema\"");
    project.file("schema/all.sql", schema);
    project
}

fn autogenerate(project: &Project, database: &Database, options: &[&str]) -> Output {
    let common = ["revision", "--autogenerate", "-m", "made", "--format", "json"];
    project.on(database, &[&common, options].concat())
}

/// The text of the revisions of a document, oldest first.
fn texts(project: &Project, document: &Value) -> Vec<String> {
    let revisions = document["revisions"].as_array().unwrap();
    let read = |it: &Value| std::fs::read_to_string(project.path().join(it["path"].as_str().unwrap())).unwrap();
    revisions.iter().map(read).collect()
}

fn files(project: &Project) -> usize {
    std::fs::read_dir(project.path().join("migrations")).unwrap().count()
}

#[test]
fn from_nothing_to_the_declared_schema_and_back() {
    let (project, database) = (declaring(SCHEMA), Database::new("auto"));
    let found = project.on(&database, &["check", "--format", "json"]).exits(3).json();
    assert!(found["differences"].as_array().unwrap().iter().any(|it| it["object"] == "public.people"), "{found}");
    let document = autogenerate(&project, &database, &["--rev-id", "aaaa00000001"]).exits(0).json();
    assert_eq!(document["revisions"][0]["revision"], "aaaa00000001");
    let text = texts(&project, &document).concat();
    for part in [
        "CREATE TYPE public.mood",
        "CREATE TABLE public.people",
        "CREATE VIEW public.adults",
        "-- migrate:down",
        "DROP TABLE",
    ] {
        assert!(text.contains(part), "no {part}: {text}");
    }
    // Made with the table, the index needs no revision of its own.
    assert!(!text.contains("CONCURRENTLY"), "{text}");
    project.on(&database, &["up"]).exits(0);
    let check = project.on(&database, &["check"]).exits(0);
    assert_eq!(check.stdout, "the revisions make the declared schema\n");
    assert_eq!(check_document(&project, &database), json!([]));
    project.on(&database, &["drift", "--strict"]).exits(0);
    // Once more there is nothing to write.
    let nothing = autogenerate(&project, &database, &[]).exits(0).json();
    assert_eq!((&nothing["revisions"], files(&project)), (&json!([]), 1));
    let dump = database.pg_dump_all();
    project.on(&database, &["downgrade", "base", "--yes"]).exits(0);
    assert_eq!(
        database
            .psql("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname !~ 'alembic'"),
        "0\n"
    );
    project.on(&database, &["up"]).exits(0);
    assert_eq!(database.pg_dump_all(), dump);
}

fn check_document(project: &Project, database: &Database) -> Value {
    project.on(database, &["check", "--format", "json"]).exits(0).json()["differences"].clone()
}

/// A project whose one revision makes the schema, which is also what it declares, on a database that has it.
fn settled(purpose: &str) -> (Project, Database) {
    let (project, database) = (declaring(SCHEMA), Database::new(purpose));
    autogenerate(&project, &database, &[]).exits(0);
    project.on(&database, &["up"]).exits(0);
    database.psql("INSERT INTO people VALUES (1, 'Ada', 36, 'ok'), (2, 'Tim', 7, 'sad')");
    (project, database)
}

#[test]
fn changes_keep_the_rows_and_come_in_parts() {
    let (project, database) = settled("autochange");
    let changed = SCHEMA
        .replace("age int CHECK", "email text, age bigint CHECK")
        .replace("'sad', 'ok'", "'sad', 'ok', 'glad'")
        .replace(
            "CREATE INDEX people_name ON people (name);",
            "CREATE INDEX people_name ON people (lower(name));\nCREATE INDEX people_age ON people (age);",
        );
    project.file("schema/all.sql", &changed);
    let oid = database.psql("SELECT 'people'::regclass::oid");
    let document = autogenerate(&project, &database, &["--rev-id", "cccc00000009"]).exits(0).json();
    let texts = texts(&project, &document);
    assert!(texts.len() > 1, "{texts:#?}");
    let last = document["revisions"].as_array().unwrap().last().unwrap();
    assert_eq!(last["revision"], "cccc00000009", "the id that was given is that of the last");
    let online: Vec<&String> = texts.iter().filter(|text| text.contains("CREATE INDEX CONCURRENTLY")).collect();
    assert!(
        !online.is_empty() && online.iter().all(|text| text.contains("-- migrate:up transaction=off")),
        "{texts:#?}"
    );
    project.on(&database, &["up"]).exits(0);
    assert_eq!(check_document(&project, &database), json!([]));
    project.on(&database, &["drift", "--strict"]).exits(0);
    assert_eq!(database.psql("SELECT 'people'::regclass::oid"), oid);
    assert_eq!(database.psql("SELECT id, name, age, mood FROM people ORDER BY id"), "1|Ada|36|ok\n2|Tim|7|sad\n");
    project.on(&database, &["downgrade", &format!("-{}", texts.len()), "--yes"]).exits(0);
    project.on(&database, &["drift", "--strict"]).exits(0);
    assert_eq!(database.psql("SELECT id, name, age, mood FROM people ORDER BY id"), "1|Ada|36|ok\n2|Tim|7|sad\n");
    project.on(&database, &["verify", "--all"]).exits(0);
}

#[test]
fn a_name_that_may_be_new_is_asked_for() {
    let (project, database) = settled("autorename");
    project.file("schema/all.sql", &SCHEMA.replace("name", "full_name").replace("people_full_name", "people_name"));
    let refused = autogenerate(&project, &database, &[]).exits(6);
    let error = &refused.json()["error"];
    assert_eq!(error["code"], "rename");
    let help = error["help"].as_str().unwrap();
    assert!(help.contains("--rename public.people.name=full_name") && help.contains("--no-renames"), "{help}");
    assert_eq!(files(&project), 1);
    // `check` asks nobody: a difference is a difference.
    project.on(&database, &["check"]).exits(3);
    autogenerate(&project, &database, &["--rename", "people.nothing=full_name"]).exits(2);
    let document = autogenerate(&project, &database, &["--rename", "people.name=full_name"]).exits(0).json();
    let text = texts(&project, &document).concat();
    assert!(
        text.contains("RENAME COLUMN name TO full_name") && text.contains("RENAME COLUMN full_name TO name"),
        "{text}"
    );
    project.on(&database, &["up"]).exits(0);
    assert_eq!(database.psql("SELECT full_name FROM people ORDER BY id"), "Ada\nTim\n");
    assert_eq!(check_document(&project, &database), json!([]));
    project.on(&database, &["downgrade", "-1", "--yes"]).exits(0);
    assert_eq!(database.psql("SELECT name FROM people ORDER BY id"), "Ada\nTim\n");
    project.on(&database, &["drift", "--strict"]).exits(0);
}

#[test]
fn what_is_not_renamed_says_that_it_loses_data() {
    let (project, database) = settled("autolose");
    project.file(
        "schema/all.sql",
        &SCHEMA
            .replace("age int CHECK (age >= 0)", "age int CHECK (age >= 0), nick text")
            .replace("name text NOT NULL, ", "")
            .replace("name", "nick"),
    );
    let output = autogenerate(&project, &database, &["--no-renames"]).exits(0);
    let document = output.json();
    assert!(document["warnings"].to_string().contains("public.people.name"), "{document:#}");
    assert!(texts(&project, &document).concat().contains("-- loses the values of public.people.name"));
}

#[test]
fn what_is_ignored_stays_as_it_is() {
    let (project, database) = settled("autoignore");
    project.revision("hand", "", "", None);
    std::fs::remove_file(project.path().join("migrations/hand.sql")).unwrap();
    project.file(
        "schema/more.sql",
        "CREATE TABLE tmp_one (id int);\nCREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';",
    );
    project.on(&database, &["check"]).exits(3);
    for ignored in [&["--ignore", "public.tmp_*"][..], &["--ignore", "function"]] {
        project.on(&database, &[&["check"], ignored].concat()).exits(3);
    }
    let nothing = autogenerate(&project, &database, &["--ignore", "public.tmp_*", "--ignore", "function"]).exits(0);
    assert_eq!(nothing.json()["revisions"], json!([]));
    project.settings("ignore = [\"public.tmp_*\", \"function\"]");
    project.on(&database, &["check"]).exits(0);
}

#[test]
fn without_a_proof_it_is_said_loudly() {
    let (project, database) = (declaring(SCHEMA), Database::new("autonoproof"));
    let output = autogenerate(&project, &database, &["--no-proof"]).exits(0);
    let warnings = output.json()["warnings"].to_string();
    assert!(warnings.contains("not proven") && warnings.contains("pgkeel verify"), "{warnings}");
    let proven = (declaring(SCHEMA), Database::new("autoproof"));
    assert_eq!(autogenerate(&proven.0, &proven.1, &[]).exits(0).json()["warnings"], json!([]));
}

#[test]
fn a_mistake_in_the_declared_schema_is_shown_with_its_place() {
    let database = Database::new("automistake");
    for (schema, place, says) in [
        ("CREATE TABLE t (id int);\n\nCREATE TABEL u ();\n", "schema/all.sql:3:8", "syntax error"),
        ("CREATE TABLE t (id int);\nCREATE VIEW v AS SELECT nothing FROM t;\n", "schema/all.sql:2:25", "nothing"),
        ("CREATE TABLE t (id int REFERENCES nowhere);\n", "schema/all.sql:1:1", "nowhere"),
        ("CREATE TABLE t (id int);\nCREATE TABLE t (id int);\n", "schema/all.sql:2:1", "already exists"),
        ("CREATE TABLE t (id int);\nCREATE ROLE somebody_new;\n", "schema/all.sql:2:1", "beyond"),
    ] {
        let project = declaring(schema);
        for command in [&["check"][..], &["revision", "--autogenerate", "-m", "x"]] {
            let output = project.on(&database, command);
            assert!(output.code == 1 || output.code == 6, "{schema}: {}", output.stderr);
            assert!(output.stderr.contains(place) && output.stderr.contains(says), "{schema}: {}", output.stderr);
        }
        assert_eq!(files(&project), 0);
    }
    // None at all.
    let project = Project::new();
    project.on(&database, &["check"]).exits(1).says(&["declares no schema", "`declared`", "schema_command"]);
    let empty = declaring("");
    std::fs::remove_file(empty.path().join("schema/all.sql")).unwrap();
    empty.on(&database, &["check"]).exits(1).says(&["no .sql file"]);
}

#[test]
fn create_is_autogenerate_where_a_schema_is_declared() {
    let (project, database) = (declaring(SCHEMA), Database::new("autocreate"));
    let document = project.on(&database, &["create", "first tables", "--format", "json"]).exits(0).json();
    assert_eq!(document["revisions"][0]["message"], "first tables");
    assert!(texts(&project, &document).concat().contains("CREATE TABLE public.people"));
    let document =
        project.on(&database, &["create", "by hand", "--no-autogenerate", "--format", "json"]).exits(0).json();
    assert!(!texts(&project, &document).concat().contains("CREATE"));
    let plain = Project::new();
    let document = plain.on(&database, &["create", "by hand", "--format", "json"]).exits(0).json();
    assert!(!texts(&plain, &document).concat().contains("CREATE"));
}

#[test]
fn a_command_may_print_the_schema() {
    let (project, database) = (Project::new(), Database::new("autocommand"));
    project.file("printed.sql", SCHEMA);
    project.settings("shadow = \"target\"\nschema_command = \"cat printed.sql\"");
    autogenerate(&project, &database, &[]).exits(0);
    project.on(&database, &["check"]).exits(0);
    project.file("pgkeel.toml", "shadow = \"target\"\nschema_command = \"echo it went wrong >&2; false\"\n");
    project.on(&database, &["check"]).exits(1).says(&["schema_command"]);
}

#[test]
fn the_sum_of_the_revisions_is_compared_with_what_is_declared() {
    let (project, database) = settled("autosum");
    let document = project.on(&database, &["verify", "--all", "--format", "json"]).exits(0).json();
    assert_eq!(document["declared"], json!([]));
    project.file("schema/more.sql", "ALTER TABLE people ADD COLUMN more int;");
    let output = project.on(&database, &["verify", "--all"]).exits(3);
    assert!(output.stdout.contains("the sum of all revisions is not the declared schema"), "{}", output.stdout);
    assert!(
        output.stdout.contains("missing  column public.people.more")
            || output.stdout.contains("column public.people.more"),
        "{}",
        output.stdout
    );
    let document = project.on(&database, &["verify", "--all", "--format", "json"]).exits(3).json();
    assert_eq!(document["declared"].as_array().map(Vec::len), Some(1), "{document:#}");
    assert_eq!(document["declared"][0]["change"], "removed");
    // A part of the revisions has no sum.
    let document = project.on(&database, &["verify", "--all", "+0", "--format", "json"]);
    assert!(document.code == 0 || document.code == 1, "{}", document.stderr);
}

#[test]
fn verify_names_what_a_way_back_leaves_and_takes() {
    let project = Project::new();
    project.settings("shadow = \"target\"");
    let database = Database::new("verifynames");
    project.revision(
        "a1",
        "",
        "CREATE TABLE t (id int, name text DEFAULT 'x'); CREATE VIEW v AS SELECT id FROM t;",
        Some("DROP VIEW v; DROP TABLE t;"),
    );
    project.revision(
        "b2",
        "a1",
        "ALTER TABLE t ALTER COLUMN name SET DEFAULT 'y'; CREATE INDEX i ON t (name); CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';",
        Some("DROP INDEX i; DROP VIEW v;"),
    );
    let document = project.on(&database, &["verify", "--format", "json"]).exits(3).json();
    let found: Vec<String> = document["revisions"][1]["differences"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| format!("{} {} {} {}", it["after"], it["change"], it["kind"], it["object"]).replace('"', ""))
        .collect();
    for expected in
        ["down changed default public.t.name", "down removed view public.v", "down added function public.f()"]
    {
        assert!(found.iter().any(|it| it == expected), "no {expected} in {found:#?}");
    }
    assert_eq!(document["revisions"][0]["differences"], json!([]));
}

#[test]
fn what_is_dumped_is_declared() {
    let database = Database::new("schemadump");
    database.psql(SCHEMA.lines().nth(3).unwrap());
    for line in [1, 2, 0, 4] {
        database.psql(SCHEMA.lines().nth(line).unwrap());
    }
    database.psql("CREATE TABLE \"od/d näme\" (id int); CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT a'; CREATE SEQUENCE s OWNED BY people.id");
    let project = Project::new();
    project.settings("shadow = \"target\"\ndeclared = \"schema\"");
    let sql = project.on(&database, &["schema", "dump"]).exits(0).stdout;
    assert!(sql.contains("CREATE TABLE public.people") && !sql.contains("alembic_version"), "{sql}");
    project.on(&database, &["schema", "dump", "--output", "schema"]).exits(0);
    assert!(project.path().join("schema/public/tables/people.sql").exists());
    // No file that is there is overwritten.
    project.on(&database, &["schema", "dump", "--output", "schema"]).exits(1);
    let document = project
        .on(&database, &["diff", "--from", "live", "--to", "declared", "--exit-code", "--format", "json"])
        .exits(0)
        .json();
    assert_eq!((&document["differences"], &document["sql"]), (&json!([]), &json!("")));
    // The whole of it in one piece is the same.
    project.file("one.sql", &sql);
    project.on(&database, &["diff", "--from", "one.sql", "--to", "declared", "--exit-code"]).exits(0);
    // How an existing project starts: a first revision, and the database is adopted.
    autogenerate(&project, &database, &["--rev-id", "aaaa00000001"]).exits(0);
    project.on(&database, &["adopt"]).exits(0);
    project.on(&database, &["check"]).exits(0);
    project.on(&database, &["drift", "--strict"]).exits(0);
}

#[test]
fn a_diff_from_base_makes_what_the_database_has_by_its_revisions() {
    let (project, database) = (declaring(SCHEMA), Database::new("frombase"));
    project.revision("a1", "", "CREATE SCHEMA own; CREATE EXTENSION pg_trgm; CREATE TABLE own.t (a text);", None);
    project.on(&database, &["up"]).exits(0);
    let sql = project.on(&database, &["diff", "--from", "base", "--to", "a1"]).exits(0).stdout;
    for made in ["CREATE SCHEMA own;", "CREATE EXTENSION IF NOT EXISTS pg_trgm", "CREATE TABLE own.t"] {
        assert!(sql.contains(made), "{made}: {sql}");
    }
}

#[test]
fn what_the_database_has_by_hand_may_be_declared_plainly() {
    let declared = "CREATE SCHEMA app;\nCREATE SCHEMA ext;\nCREATE EXTENSION pgcrypto SCHEMA ext;\nCREATE EXTENSION cube;\n\
                    CREATE EXTENSION earthdistance;\nCREATE TABLE app.t (id int, at earth);\n";
    let (project, database) = (declaring(declared), Database::new("byhand"));
    // By hand, with more in one of them than is declared.
    database.psql(
        "CREATE SCHEMA app; CREATE SCHEMA ext; CREATE EXTENSION pgcrypto SCHEMA ext; CREATE EXTENSION pg_trgm SCHEMA app; \
         CREATE EXTENSION earthdistance CASCADE;",
    );
    project.revision("a1", "", "CREATE TABLE app.t (id int, at earth); SELECT 'ext';", Some("DROP TABLE app.t;"));
    project.on(&database, &["check"]).exits(0);
    project.settings("extensions = [\"cube\", \"pg_trgm\"]\nschemas = [\"app\", \"ext\"]");
    project.on(&database, &["check"]).exits(0);
    // What is declared in another place is another thing.
    project.file(
        "schema/all.sql",
        &declared.replace("SCHEMA ext;\nCREATE EXTENSION cube", "SCHEMA app;\nCREATE EXTENSION cube"),
    );
    let found = project.on(&database, &["check", "--format", "json"]).exits(3).json();
    let found = found["differences"].as_array().unwrap();
    assert!(found.iter().any(|it| it["object"] == "pgcrypto" && it["attribute"] == "in_schema"), "{found:?}");
    // Twice is once too often.
    project.file("schema/all.sql", &format!("{declared}CREATE SCHEMA ext;\n"));
    project.on(&database, &["check"]).exits(1).says(&["schema \"ext\" already exists", "schema/all.sql"]);
}

#[test]
fn a_view_that_is_made_anew_gets_its_index_at_once() {
    let schema = |bound: u32| {
        format!(
            "CREATE TABLE people (id int PRIMARY KEY, age int);\n\
             CREATE MATERIALIZED VIEW old AS SELECT id FROM people WHERE age > {bound};\n\
             CREATE UNIQUE INDEX old_id ON old (id);\n"
        )
    };
    let (project, database) = (declaring(&schema(60)), Database::new("anew"));
    autogenerate(&project, &database, &[]).exits(0);
    project.on(&database, &["up"]).exits(0);
    project.file("schema/all.sql", &schema(70));
    let document = autogenerate(&project, &database, &[]).exits(0).json();
    let texts = texts(&project, &document);
    assert_eq!(texts.len(), 1, "{texts:#?}");
    assert!(texts[0].contains("CREATE UNIQUE INDEX old_id") && !texts[0].contains("CONCURRENTLY"), "{texts:#?}");
    project.on(&database, &["up"]).exits(0);
    project.on(&database, &["check"]).exits(0);
}

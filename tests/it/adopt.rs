//! `adopt`, and `up` on databases without version rows: the evidence decides, and what it leaves open a person does.

use serde_json::{Value, json};

use crate::project::{Output, Project};
use crate::server::Database;
use crate::sets::{prepare, run_with_psql};

/// a1 makes a table, b2 a column, c3 changes only data, d4 makes another table.
const CHAIN: [(&str, &str, &str); 4] = [
    ("a1", "", "CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL);"),
    ("b2", "a1", "ALTER TABLE users ADD COLUMN phone varchar(20);"),
    ("c3", "b2", "UPDATE users SET phone = '0' WHERE phone IS NULL;"),
    (
        "d4",
        "c3",
        "CREATE TABLE posts (id int PRIMARY KEY, author bigint REFERENCES users); CREATE INDEX posts_author ON posts (author);",
    ),
];

fn project() -> Project {
    let project = Project::new();
    project.settings("shadow = \"target\"");
    for (id, parent, up) in CHAIN {
        project.revision(id, parent, up, None);
    }
    project
}

/// A database that psql has taken as far as that revision.
fn by_hand(purpose: &str, last: &str) -> Database {
    let database = Database::new(purpose);
    let number = CHAIN.iter().position(|(id, ..)| *id == last).unwrap();
    for (_, _, up) in &CHAIN[..=number] {
        database.psql(up);
    }
    database
}

fn rows(database: &Database) -> String {
    let there = database.psql("SELECT to_regclass('alembic_version') IS NOT NULL");
    match there.trim() {
        "t" => database
            .psql("SELECT coalesce(string_agg(version_num, ' ' ORDER BY version_num), 'none') FROM alembic_version"),
        _ => "no table".to_owned(),
    }
    .trim()
    .to_owned()
}

fn adopt(project: &Project, database: &Database, options: &[&str]) -> Output {
    project.on(database, &[&["adopt", "--format", "json"], options].concat())
}

#[test]
fn what_is_equal_is_stamped_and_the_rest_runs() {
    let (project, database) = (project(), by_hand("adopt", "a1"));
    let dry = project.on(&database, &["adopt", "--dry-run"]).exits(0);
    assert_eq!(dry.stdout, "would stamp a1 Revision a1\n");
    assert_eq!(rows(&database), "no table");
    let document = adopt(&project, &database, &["--dry-run"]).exits(0).json();
    let without_warnings = |document: &Value| json!([document["stamped"], document["equal"], document["nearest"]]);
    assert_eq!(without_warnings(&document), json!([["a1"], ["a1"], null]));
    assert_eq!(rows(&database), "no table");
    let document = adopt(&project, &database, &[]).exits(0).json();
    assert_eq!(without_warnings(&document), json!([["a1"], ["a1"], null]));
    assert_eq!(rows(&database), "a1");
    // Adopted is adopted.
    let again = project.on(&database, &["adopt"]).exits(0);
    assert_eq!(again.stdout, "nothing to adopt: the database is at a1\n");
    assert_eq!(rows(&database), "a1");
    project.on(&database, &["up"]).exits(0);
    assert_eq!(rows(&database), "d4");
    project.on(&database, &["drift"]).exits(0);
}

#[test]
fn up_adopts_on_its_way() {
    let (project, database) = (project(), by_hand("adoptup", "a1"));
    database.psql("INSERT INTO users VALUES (1, 'a@example.org')");
    let planned = project.on(&database, &["up", "--dry-run", "--format", "json"]).exits(0).json();
    assert_eq!(planned["adopted"], json!(["a1"]));
    assert_eq!(rows(&database), "no table");
    let done = project.on(&database, &["up", "--format", "json"]).exits(0).json();
    assert_eq!((&done["adopted"], &done["rows_after"]), (&json!(["a1"]), &json!(["d4"])));
    let steps: Vec<String> =
        done["steps"].as_array().unwrap().iter().map(|it| format!("{} {}", it["op"], it["revision"])).collect();
    assert_eq!(steps.join(", ").replace('"', ""), "stamp a1, upgrade b2, upgrade c3, upgrade d4");
    // The one that changes data has run: it was none of those that were there.
    assert_eq!(database.psql("SELECT phone FROM users"), "0\n");
}

#[test]
fn several_that_are_equal_are_a_persons_decision() {
    let (project, database) = (project(), by_hand("adoptseveral", "b2"));
    for command in [&["adopt"][..], &["up"]] {
        let refused = project.on(&database, command).exits(6);
        let refused = refused.says(&[
            "that of 2 revisions",
            "b2 Revision b2",
            "c3 Revision c3",
            "--prefer earliest",
            "--prefer latest",
        ]);
        assert!(refused.stderr.contains("nothing was run"), "{}", refused.stderr);
        assert_eq!(rows(&database), "no table");
    }
    let document = adopt(&project, &database, &[]).exits(6).json();
    assert_eq!((&document["stamped"], &document["equal"]), (&json!([]), &json!(["b2", "c3"])));
    assert_eq!(document["error"]["code"], "untracked");
    for (prefer, revision) in [("earliest", "b2"), ("latest", "c3")] {
        let document = adopt(&project, &database, &["--prefer", prefer, "--dry-run"]).exits(0).json();
        assert_eq!(document["stamped"], json!([revision]), "{prefer}");
    }
    adopt(&project, &database, &["--prefer", "whatever"]).exits(2);
    // As a setting, which a flag overrules.
    project.settings("prefer = \"latest\"");
    adopt(&project, &database, &["--prefer", "refuse"]).exits(6);
    assert_eq!(adopt(&project, &database, &["--dry-run"]).exits(0).json()["stamped"], json!(["c3"]));
    let done = project.on(&database, &["up", "--prefer", "earliest", "--format", "json"]).exits(0).json();
    assert_eq!(done["adopted"], json!(["b2"]));
    assert_eq!(rows(&database), "d4");
}

#[test]
fn a_person_may_know_better() {
    let (project, database) = (project(), by_hand("adoptstamp", "b2"));
    project.on(&database, &["up", "--stamp", "c3"]).exits(0);
    assert_eq!(rows(&database), "d4");
}

#[test]
fn where_none_is_equal_the_nearest_is_shown_and_how_to_get_there() {
    let (project, database) = (project(), by_hand("adoptnone", "b2"));
    database.psql("ALTER TABLE users ADD COLUMN nickname text; ALTER TABLE users ALTER COLUMN phone TYPE varchar(30);");
    for command in [&["adopt"][..], &["up"]] {
        project.on(&database, command).exits(6).says(&[
            "no revision has the schema of the database",
            "the nearest is c3, with 2 differences",
            "extra    column public.users.nickname",
            "differs  column public.users.phone: type is character varying(30), expected character varying(20)",
            "nothing was run",
            "pgkeel up --stamp REVISION",
        ]);
        assert_eq!(rows(&database), "no table");
    }
    let document = adopt(&project, &database, &[]).exits(6).json();
    assert_eq!((&document["stamped"], &document["equal"]), (&json!([]), &json!([])));
    assert_eq!(document["error"]["code"], "untracked");
    let nearest = &document["nearest"];
    assert_eq!(nearest["revision"], "c3");
    assert_eq!(
        nearest["differences"],
        json!([
            {"kind": "column", "object": "public.users.nickname", "change": "added", "attribute": null, "expected": null, "actual": null},
            {"kind": "column", "object": "public.users.phone", "change": "changed", "attribute": "type",
             "expected": "character varying(20)", "actual": "character varying(30)"},
        ])
    );
    // What it says closes the difference does.
    database.try_psql(nearest["sql"].as_str().unwrap()).unwrap();
    let document = adopt(&project, &database, &["--prefer", "latest"]).exits(0).json();
    assert_eq!(document["stamped"], json!(["c3"]));
    assert_eq!(rows(&database), "c3");
}

#[test]
fn a_database_with_nothing_of_the_project_is_far_from_all() {
    let (project, database) = (project(), Database::new("adoptother"));
    database.psql("CREATE TABLE something_else (id int)");
    let document = adopt(&project, &database, &[]).exits(6).json();
    // Of revisions that are equally far, the last: a1 to c3 lack the one table and have one too many.
    assert_eq!(document["nearest"]["revision"], "c3");
    assert_eq!(rows(&database), "no table");
}

#[test]
fn a_fresh_database_has_nothing_to_adopt() {
    let (project, database) = (project(), Database::new("adoptfresh"));
    let output = project.on(&database, &["adopt"]).exits(0);
    assert!(output.stdout.starts_with("nothing to adopt: the database has no objects"), "{}", output.stdout);
    let document = adopt(&project, &database, &[]).exits(0).json();
    assert_eq!(
        (&document["stamped"], &document["equal"], &document["nearest"]),
        (&json!([]), &json!([]), &Value::Null)
    );
    let absent = Database::absent("adoptabsent");
    project.on(&absent, &["adopt"]).exits(6);
}

/// Two branches from one root; on each, two revisions.
fn branched() -> Project {
    let project = Project::new();
    project.settings("shadow = \"target\"");
    project.revision("root", "", "CREATE TABLE root (id int);", None);
    for (branch, first, second) in [("left", "l1", "l2"), ("right", "r1", "r2")] {
        project.revision(first, "root", &format!("CREATE TABLE {branch}_1 (id int);"), None);
        project.revision(second, first, &format!("CREATE TABLE {branch}_2 (id int);"), None);
    }
    project
}

#[test]
fn branches_are_adopted_each_as_far_as_it_is() {
    let project = branched();
    for (tables, stamped) in [
        (&["root"][..], "root"),
        (&["root", "left_1"], "l1"),
        (&["root", "right_1"], "r1"),
        (&["root", "right_1", "right_2"], "r2"),
        (&["root", "left_1", "right_1"], "l1 r1"),
        (&["root", "left_1", "right_1", "right_2"], "l1 r2"),
        (&["root", "left_1", "left_2", "right_1"], "l2 r1"),
        (&["root", "left_1", "left_2", "right_1", "right_2"], "l2 r2"),
    ] {
        let database = Database::new("adoptbranches");
        // From the last to the first: the order in which things come to be is none of the schema.
        for table in tables.iter().rev() {
            database.psql(&format!("CREATE TABLE {table} (id int)"));
        }
        let document = adopt(&project, &database, &[]).exits(0).json();
        let ids = |value: &Value| {
            let mut ids: Vec<String> =
                value.as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()).collect();
            ids.sort();
            ids.join(" ")
        };
        assert_eq!(ids(&document["stamped"]), stamped, "{tables:?}");
        // A state of several rows is a list of them.
        let equal = if stamped.contains(' ') { json!([document["stamped"]]) } else { document["stamped"].clone() };
        assert_eq!(document["equal"], equal, "{tables:?}");
        assert_eq!(rows(&database), stamped);
        project.on(&database, &["upgrade", "heads"]).exits(0);
        assert_eq!(rows(&database), "l2 r2");
    }
    // One that no way through the graph makes.
    let database = Database::new("adoptbranches");
    database.psql("CREATE TABLE root (id int); CREATE TABLE left_2 (id int)");
    adopt(&project, &database, &[]).exits(6);
    assert_eq!(rows(&database), "no table");
}

#[test]
fn another_tools_version_is_a_hint_and_the_schema_decides() {
    let ledger = |version: &str| {
        format!(
            "CREATE TABLE __diesel_schema_migrations (version varchar(50) PRIMARY KEY, run_on timestamp NOT NULL DEFAULT now()); \
             INSERT INTO __diesel_schema_migrations (version) VALUES ('{version}')"
        )
    };
    let project = project();
    let database = by_hand("adoptforeign", "a1");
    // It says d4, and it is not.
    database.psql(&ledger("d4"));
    let found = project.on(&database, &["detect", "--format", "json"]).exits(0).json();
    assert_eq!((&found["state"], &found["foreign"][0]["tool"]), (&json!("foreign"), &json!("diesel")));
    let document = adopt(&project, &database, &[]).exits(0).json();
    assert_eq!(document["stamped"], json!(["a1"]));
    assert_eq!(rows(&database), "a1");
    // Its table is no part of the schema, before and after.
    project.on(&database, &["up"]).exits(0);
    project.on(&database, &["drift", "--strict"]).exits(0);
    // A schema that no revision has is not adopted, whatever the ledger says.
    let database = by_hand("adoptforeign", "a1");
    database.psql(&ledger("a1"));
    database.psql("ALTER TABLE users ADD COLUMN more int");
    let document = adopt(&project, &database, &[]).exits(6).json();
    assert_eq!(document["error"]["code"], "foreign");
    assert_eq!(document["nearest"]["differences"].as_array().map(Vec::len), Some(1), "{document}");
    assert_eq!(rows(&database), "no table");
}

#[test]
fn a_foreign_run_that_failed_or_goes_on_is_let_end_first() {
    let (project, database) = (project(), by_hand("adoptdirty", "a1"));
    database.psql("CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL); INSERT INTO schema_migrations VALUES (7, true)");
    let document = adopt(&project, &database, &[]).exits(6).json();
    assert_eq!((&document["error"]["code"], &document["stamped"]), (&json!("foreign"), &json!([])));
    assert_eq!(rows(&database), "no table");
}

#[test]
fn what_is_no_work_of_revisions_is_no_difference() {
    let project = Project::new();
    project.settings("shadow = \"target\"");
    project.revision(
        "a1",
        "",
        "CREATE TABLE measured (at date NOT NULL, value int) PARTITION BY RANGE (at); \
         CREATE TABLE measured_2024 PARTITION OF measured FOR VALUES FROM ('2024-01-01') TO ('2025-01-01'); \
         CREATE INDEX measured_at ON measured (at);",
        None,
    );
    let database = Database::new("adoptother");
    // A partition made by a job, with an index of its own; an extension; owners, grants, comments, storage parameters.
    database.psql(
        "CREATE EXTENSION pg_trgm; CREATE SCHEMA elsewhere; CREATE TABLE elsewhere.t (id int); \
         CREATE TABLE measured (at date NOT NULL, value int) PARTITION BY RANGE (at); \
         CREATE INDEX measured_at ON measured (at); \
         CREATE TABLE measured_2025 PARTITION OF measured FOR VALUES FROM ('2025-01-01') TO ('2026-01-01'); \
         CREATE INDEX of_the_job ON measured_2025 (value); \
         CREATE TABLE measured_2024 PARTITION OF measured FOR VALUES FROM ('2024-01-01') TO ('2025-01-01') WITH (fillfactor = 70); \
         COMMENT ON TABLE measured IS 'by hand'; GRANT SELECT ON measured TO PUBLIC",
    );
    assert_eq!(adopt(&project, &database, &[]).exits(0).json()["stamped"], json!(["a1"]));
    project.on(&database, &["drift"]).exits(0);
    // A partition of the revision that is gone is one.
    database.psql("DROP TABLE measured_2024");
    project.on(&database, &["drift"]).exits(3);
}

#[test]
fn an_extension_that_a_revision_makes_counts() {
    let project = Project::new();
    project.settings("shadow = \"target\"");
    project.revision("a1", "", "CREATE TABLE t (id int);", None);
    project.revision("b2", "a1", "CREATE EXTENSION pg_trgm;", None);
    let database = Database::new("adoptextension");
    database.psql("CREATE TABLE t (id int)");
    assert_eq!(adopt(&project, &database, &["--dry-run"]).exits(0).json()["stamped"], json!(["a1"]));
    database.psql("CREATE EXTENSION pg_trgm");
    assert_eq!(adopt(&project, &database, &["--dry-run"]).exits(0).json()["stamped"], json!(["b2"]));
}

#[test]
fn a_revision_that_fails_in_the_shadow_is_shown_with_its_place() {
    let (project, database) = (Project::new(), by_hand("adoptfails", "a1"));
    project.settings("shadow = \"target\"");
    project.revision("a1", "", "CREATE TABLE t (id int);\nSELECT 1/0;", None);
    let output = project.on(&database, &["adopt"]).exits(1);
    let output = output.says(&["division by zero", "migrations/a1.sql:7:"]);
    assert!(!output.stderr.contains("bug"), "{}", output.stderr);
    assert_eq!(rows(&database), "no table");
}

/// Each set of plain SQL: databases that psql has taken to a few of its revisions, without a version table.
#[test]
fn a_revision_that_fails_after_the_match_is_named() {
    let project = project();
    project.revision("e5", "d4", "ALTER TABLE elsewhere ADD a int;", None);
    let output = adopt(&project, &by_hand("after", "d4"), &[]).exits(0);
    assert!(output.stderr.contains("e5 and the revisions after it were not compared"), "{}", output.stderr);
    assert!(output.stderr.contains("relation \"elsewhere\" does not exist"), "{}", output.stderr);
}

#[test]
fn real_projects_are_adopted_where_they_are() {
    for (directory, meta, tool) in crate::import::sets().unwrap_or_default() {
        let name = meta["name"].as_str().unwrap();
        let all = meta["migrations"].as_array().unwrap().len();
        if all > 300 {
            eprintln!("skipped: {name} has {all} revisions, which take too long here");
            continue;
        }
        let project = Project::new();
        project.settings("shadow = \"target\"");
        let files = directory.join("files");
        project.pgkeel(&["import", "--from", tool, files.to_str().unwrap()]).exits(0);
        let history = project.pgkeel(&["history", "--format", "json"]).exits(0).json();
        // Newest first.
        let ids: Vec<&str> =
            history["revisions"].as_array().unwrap().iter().rev().map(|it| it["revision"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), all, "{name}");
        for k in [1, all / 2, all] {
            let database = Database::new(&format!("adopt_{name}"));
            prepare(&database, &meta);
            run_with_psql(&database, &directory, &meta, k);
            let output = adopt(&project, &database, &[]);
            assert!(output.code == 0 || output.code == 6, "{name} at {k}: {}", output.stderr);
            let document = output.json();
            let equal: Vec<&str> = document["equal"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
            assert!(equal.contains(&ids[k - 1]), "{name} at {k}, {}: {:#}", ids[k - 1], document);
            assert_eq!(output.code == 0, equal.len() == 1, "{name} at {k}");
            let document = adopt(&project, &database, &["--prefer", "latest"]).exits(0).json();
            if output.code == 6 {
                assert_eq!(document["stamped"], json!([equal.last().unwrap()]), "{name} at {k}");
            }
        }
    }
}

#[test]
fn a_table_that_no_text_names_is_found_all_the_same() {
    let project = Project::new();
    project.revision(
        "aaaa1",
        "",
        "CREATE TABLE log (name text);\n\
         CREATE FUNCTION made() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN EXECUTE format('CREATE TABLE %I ()', NEW.name); RETURN NEW; END $$;\n\
         CREATE TRIGGER made AFTER INSERT ON log FOR EACH ROW EXECUTE FUNCTION made();",
        None,
    );
    project.revision("aaaa2", "aaaa1", "INSERT INTO log VALUES ('hid' || 'den');", None);
    project.revision("aaaa3", "aaaa2", "CREATE TABLE later ();", None);
    project.revision("aaaa4", "aaaa3", "DROP TABLE later;", None);
    let at = |revision: &str, forgotten: &str, expected: serde_json::Value| {
        let database = Database::new("hidden");
        project.on(&database, &["upgrade", revision]).exits(0);
        database.psql(&format!("DROP SCHEMA pgkeel CASCADE; DROP TABLE alembic_version{forgotten}"));
        let found = project.on(&database, &["adopt", "--dry-run", "--prefer", "earliest", "--format", "json"]).exits(0);
        assert_eq!(found.json()["equal"], expected, "{revision}");
    };
    at("aaaa2", "", json!(["aaaa2", "aaaa4"]));
    at("aaaa3", "", json!(["aaaa3"]));
    at("aaaa3", ", later, hidden", json!(["aaaa1"]));
}

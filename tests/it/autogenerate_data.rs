//! What generated statements do to rows, and what they say of them.

use crate::project::Project;
use crate::server::{Database, Server};

fn loaded(sql: &str) -> Database {
    loaded_on(Server::main(), sql)
}

fn loaded_on(server: &'static Server, sql: &str) -> Database {
    let database = Database::new_on(server, "data");
    database.session().batch_execute(sql).unwrap();
    database
}

/// Runs what `diff` prints for one database on the way to another.
#[track_caller]
fn turn(from: &Database, to: &Database) {
    let sql = Project::new().pgkeel(&["diff", "--from", &from.url(), "--to", &to.url()]).exits(0).stdout;
    if let Err(error) = from.session().batch_execute(&sql) {
        panic!("{error:?}\n{sql}");
    }
    let again = Project::new().pgkeel(&["diff", "--from", &from.url(), "--to", &to.url()]).exits(0).stdout;
    assert_eq!(again, "", "a second diff after\n{sql}");
}

/// Turns a schema with rows into another and back. What the query says must be the same all the time.
#[track_caller]
fn keeps(old: &str, rows: &str, new: &str, query: &str) {
    keeps_on(Server::main(), old, rows, new, query);
}

#[track_caller]
fn keeps_on(server: &'static Server, old: &str, rows: &str, new: &str, query: &str) {
    let [database, wanted, before] = [old, new, old].map(|sql| loaded_on(server, sql));
    database.session().batch_execute(rows).unwrap();
    let first = database.psql(query);
    assert!(first.contains('\n'), "nothing to keep");
    turn(&database, &wanted);
    assert_eq!(database.psql(query), first, "on the way up");
    turn(&database, &before);
    assert_eq!(database.psql(query), first, "on the way back");
}

const PLACES: &str = "CREATE TABLE places (code text PRIMARY KEY);
    CREATE TABLE log (what text);
    CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN INSERT INTO public.log VALUES ('came'); RETURN NEW; END $$;";

fn visits(partitions: &str, key: &str) -> String {
    format!(
        "{PLACES}
         CREATE TABLE visits (
             id int GENERATED ALWAYS AS IDENTITY, number serial, place text NOT NULL REFERENCES places, day date NOT NULL,
             twice int GENERATED ALWAYS AS (number * 2) STORED, note varchar(20) DEFAULT 'none', PRIMARY KEY (id, place, day)
         ) {key};
         {partitions}
         CREATE INDEX visits_note ON visits (note);
         ALTER TABLE visits ENABLE ROW LEVEL SECURITY;
         ALTER TABLE visits FORCE ROW LEVEL SECURITY;
         CREATE POLICY mine ON visits USING (note <> 'secret');
         CREATE TABLE photos (
             visit int, place text, day date, FOREIGN KEY (visit, place, day) REFERENCES visits (id, place, day)
         );
         CREATE TRIGGER noted AFTER INSERT ON visits FOR EACH ROW EXECUTE FUNCTION noted();
         CREATE VIEW notes AS SELECT note FROM visits;
         CREATE MATERIALIZED VIEW days AS SELECT day, count(*) FROM visits GROUP BY day;
         COMMENT ON TABLE visits IS 'who was where';
         GRANT SELECT ON visits TO PUBLIC;"
    )
}

const VISITS: &str = "INSERT INTO places VALUES ('a'), ('b');
    INSERT INTO visits (place, day, note) VALUES ('a', '2024-01-01', 'x'), ('b', '2024-02-01', 'secret'), ('b', '2025-01-01', 'z');
    DELETE FROM visits WHERE note = 'z';
    INSERT INTO visits (place, day) VALUES ('b', '2025-01-01');
    INSERT INTO photos SELECT id, place, day FROM visits;
    REFRESH MATERIALIZED VIEW days;";

const SEEN: &str = "SELECT * FROM visits ORDER BY id; SELECT * FROM photos ORDER BY visit; SELECT * FROM days ORDER BY day;
    SELECT count(*) FROM log; SELECT last_value, is_called FROM visits_id_seq; SELECT last_value FROM visits_number_seq";

const BY_PLACE: &str = "CREATE TABLE visits_a PARTITION OF visits FOR VALUES IN ('a');
    CREATE TABLE visits_rest PARTITION OF visits DEFAULT;";

#[test]
fn a_table_that_becomes_partitioned_keeps_its_rows() {
    // Before 17 a partitioned table has no identity that its partitions share.
    keeps(&visits("", ""), VISITS, &visits(BY_PLACE, "PARTITION BY LIST (place)"), SEEN);
}

#[test]
fn a_table_that_is_partitioned_by_something_else_keeps_its_rows() {
    // One partition stays with other bounds, one goes, one comes.
    let by_day = "CREATE TABLE visits_a PARTITION OF visits FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
        CREATE TABLE visits_2025 PARTITION OF visits FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');";
    keeps(&visits(BY_PLACE, "PARTITION BY LIST (place)"), VISITS, &visits(by_day, "PARTITION BY RANGE (day)"), SEEN);
}

/// The indexes of partitions by their numbers, and what they are tied to.
const INDEXES: &str = "SELECT x.indexrelid, x.indexrelid::regclass, h.inhparent::regclass, x.indisvalid
    FROM pg_index x LEFT JOIN pg_inherits h ON h.inhrelid = x.indexrelid
    WHERE x.indrelid::regclass::text ~ '^t[0-9]' ORDER BY 2";

#[test]
fn partitions_keep_their_indexes_when_their_table_is_made_anew() {
    let made = |key: &str, function: &str| {
        format!(
            "CREATE FUNCTION part({function} int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT {function}';
             CREATE TABLE t (id int, x int NOT NULL, y int, u int) PARTITION BY LIST ({key});
             CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1) PARTITION BY RANGE (u);
             CREATE TABLE t11 PARTITION OF t1 FOR VALUES FROM (0) TO (10);
             CREATE TABLE t2 PARTITION OF t DEFAULT; CREATE TABLE t3 PARTITION OF t FOR VALUES IN (3);
             CREATE INDEX t_id ON t (id DESC) WHERE u > 0; CREATE INDEX own ON t2 (u);"
        )
    };
    let with_key = |key: &str| made(key, "p").replace("u int)", "u int, PRIMARY KEY (id, x, y, u))");
    let rows = "INSERT INTO t VALUES (1, 1, 1, 1), (2, 2, 1, 5), (3, 3, 3, 3)";
    for server in [Some(Server::main()), Server::with_vector()].into_iter().flatten() {
        // What the key calls is made anew: the partitions stay as they are.
        let files = format!("{INDEXES}; SELECT oid, relfilenode FROM pg_class WHERE relname ~ '^t[0-9]' ORDER BY oid");
        let query = format!("{files}; SELECT id, tableoid::regclass FROM t ORDER BY id");
        keeps_on(server, &made("part(x)", "p"), rows, &made("part(x)", "q"), &query);
        // The key is another: the rows move.
        let query = format!("{INDEXES}; SELECT id, x, y, u FROM t ORDER BY id");
        keeps_on(server, &with_key("x"), rows, &with_key("y"), &query);
    }
}

#[test]
fn a_partition_that_is_divided_keeps_its_rows() {
    let divided = "CREATE TABLE visits_a PARTITION OF visits FOR VALUES IN ('a');
        CREATE TABLE visits_rest PARTITION OF visits DEFAULT PARTITION BY RANGE (day);
        CREATE TABLE visits_old PARTITION OF visits_rest FOR VALUES FROM (MINVALUE) TO ('2025-01-01');
        CREATE TABLE visits_new PARTITION OF visits_rest FOR VALUES FROM ('2025-01-01') TO (MAXVALUE);";
    let key = "PARTITION BY LIST (place)";
    keeps(&visits(BY_PLACE, key), VISITS, &visits(divided, key), SEEN);
}

#[test]
fn a_partition_that_leaves_a_table_that_is_made_anew_takes_its_rows_along() {
    let old = "CREATE TABLE t (id int, place text) PARTITION BY LIST (place);
        CREATE TABLE t_a PARTITION OF t FOR VALUES IN ('a'); CREATE TABLE t_b PARTITION OF t FOR VALUES IN ('b');";
    let new = "CREATE TABLE t (id int, place text); CREATE TABLE t_a (id int, place text);";
    let (database, wanted) = (loaded(old), loaded(new));
    database.session().batch_execute("INSERT INTO t VALUES (1, 'a'), (2, 'b')").unwrap();
    turn(&database, &wanted);
    assert_eq!(database.psql("SELECT id FROM t; SELECT id FROM t_a"), "2\n1\n");
}

#[test]
fn types_that_are_made_anew_keep_their_values() {
    let table = "CREATE TABLE t (id int, m mood, l mood[] DEFAULT '{sad}', d short, c pair, PRIMARY KEY (id));";
    let types = |moods: &str, check: &str, pair: &str| {
        format!(
            "CREATE TYPE mood AS ENUM ({moods}); CREATE DOMAIN short AS {check}; CREATE TYPE pair AS ({pair}); {table}"
        )
    };
    let rows = "INSERT INTO t VALUES (1, 'sad', '{sad,ok}', 'x', (1, 2)), (2, 'ok', '{}', 'y', (3, 4))";
    keeps(
        &types("'sad', 'ok'", "text CHECK (VALUE <> '')", "a int, b int"),
        rows,
        &types("'ok', 'sad', 'new'", "varchar(10)", "a int, b bigint"),
        "SELECT * FROM t ORDER BY id",
    );
    let key = |types: String| {
        types.replace(
            "PRIMARY KEY (id));",
            "PRIMARY KEY (id, m)) PARTITION BY LIST (m);
        CREATE TABLE t_sad PARTITION OF t FOR VALUES IN ('sad'); CREATE TABLE t_rest PARTITION OF t DEFAULT;",
        )
    };
    keeps(
        &types("'sad', 'ok'", "text CHECK (VALUE <> '')", "a int, b int"),
        rows,
        &key(types("'ok', 'sad', 'new'", "varchar(10)", "a int, b int")),
        "SELECT * FROM t ORDER BY id",
    );
}

#[test]
fn numbers_go_on_after_those_that_are_there() {
    let forms = [
        "CREATE TABLE t (id int NOT NULL, x int)",
        "CREATE TABLE t (id serial, x int)",
        "CREATE TABLE t (id int GENERATED BY DEFAULT AS IDENTITY, x int)",
        "CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY (INCREMENT BY 10), x int)",
    ];
    for old in forms {
        for new in forms.into_iter().skip(1).filter(|new| *new != old) {
            let (database, wanted) = (loaded(old), loaded(new));
            database.session().batch_execute("INSERT INTO t (id) OVERRIDING SYSTEM VALUE VALUES (41)").unwrap();
            if old.contains("GENERATED") || old.contains("serial") {
                database.session().batch_execute("SELECT setval('t_id_seq', 41)").unwrap();
            }
            turn(&database, &wanted);
            let next: i32 = database.psql("INSERT INTO t (x) VALUES (1) RETURNING id").trim().parse().unwrap();
            assert!(next > 41, "{old} to {new}: {next}");
            let (empty, wanted) = (loaded(old), loaded(new));
            turn(&empty, &wanted);
            let first = empty.psql("INSERT INTO t (x) VALUES (1) RETURNING id");
            assert_eq!(first, "1\n", "{old} to {new}");
        }
    }
}

/// A project whose revisions make one schema, and that declares another.
pub(crate) fn declaring(old: &str, declared: &str) -> (Project, Database) {
    let (project, database) = (Project::new(), Database::new("data"));
    project.settings("shadow = \"target\"\ndeclared = \"schema\"");
    project.revision("a1", "", old, Some(""));
    project.file("schema/all.sql", declared);
    (project, database)
}

pub(crate) const REVISION: [&str; 6] = ["revision", "--autogenerate", "-m", "change", "--rev-id", "b2"];

/// The text of the generated revisions.
pub(crate) fn written(project: &Project) -> String {
    let files = std::fs::read_dir(project.path().join("migrations")).unwrap();
    let texts = files.map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap());
    texts.filter(|text| text.contains("-- down_revision: ")).collect()
}

#[track_caller]
pub(crate) fn holds(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "no {part:?} in\n{text}");
    }
}

#[test]
fn what_loses_data_says_so_in_the_file_and_on_the_way() {
    let (project, database) = declaring(
        "CREATE TABLE gone (id int); CREATE TABLE t (id bigint, name text, price numeric(10,3), at timestamptz, x int);",
        "CREATE TABLE t (id int, name varchar(10), price numeric(10,2), at date);",
    );
    let said = project.on(&database, &REVISION).exits(0).stderr;
    let text = written(&project);
    holds(
        &text,
        &[
            "-- loses the rows of public.gone\nDROP TABLE public.gone;",
            "-- loses the values of public.t.x\nALTER TABLE public.t DROP COLUMN x;",
            "-- loses what of public.t.id does not fit into integer\n",
            "-- loses what of public.t.name does not fit into character varying(10)\n",
            "-- loses what of public.t.price does not fit into numeric(10,2)\n",
            "-- loses what of public.t.at does not fit into date\n",
            "-- table public.gone comes back without the rows that it had\nCREATE TABLE public.gone",
            "-- column public.t.x comes back without the values that it had\nALTER TABLE public.t ADD COLUMN x integer;",
        ],
    );
    // The last one stands in the way back: a digit before the point goes where one after it comes.
    assert_eq!(text.matches("-- loses").count(), 7, "{text}");
    holds(&said, &["this loses the rows of public.gone", "does not fit into date"]);
}

#[test]
fn renames_are_told_by_comments_in_the_declared_schema() {
    let (project, database) = declaring(
        "CREATE TABLE persons (id int PRIMARY KEY, mail text, phone text);",
        "-- renamed from: persons\nCREATE TABLE people (\n    id int CONSTRAINT persons_pkey PRIMARY KEY,\n    \
         email text, -- renamed from: mail\n    -- renamed from: phone\n    mobile text\n);",
    );
    project.on(&database, &["upgrade", "a1"]).exits(0);
    database.psql("INSERT INTO persons VALUES (1, 'a@b', '123')");
    project.on(&database, &["check"]).exits(3);
    project.on(&database, &REVISION).exits(0);
    let text = written(&project);
    assert!(!text.contains("DROP") && !text.contains("-- loses"), "{text}");
    project.on(&database, &["upgrade", "head"]).exits(0);
    assert_eq!(database.psql("SELECT id, email, mobile FROM people"), "1|a@b|123\n");
    // The comments stay where they are, and say nothing any more.
    project.on(&database, &["check"]).exits(0);
    project.on(&database, &["downgrade", "-1"]).exits(0);
    assert_eq!(database.psql("SELECT id, mail, phone FROM persons"), "1|a@b|123\n");
}

#[test]
fn what_differs_in_its_name_only_is_renamed_unasked() {
    let old =
        "CREATE TABLE people (id serial PRIMARY KEY, name text UNIQUE CHECK (name <> ''), boss int REFERENCES people);
        CREATE INDEX ON people (name, id);
        CREATE TABLE pets (id int, owner int NOT NULL REFERENCES people);
        CREATE TABLE log (n int PRIMARY KEY, CONSTRAINT above CHECK (n > 0)) PARTITION BY RANGE (n);
        CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM (1) TO (9);";
    let new = old.replace("people", "humans").replace("CONSTRAINT above", "CONSTRAINT positive");
    let (project, database) = declaring(old, &format!("-- renamed from: people\n{new}"));
    project.on(&database, &["upgrade", "a1"]).exits(0);
    database.psql("INSERT INTO people (name) VALUES ('a'), ('b')");
    project.on(&database, &REVISION).exits(0);
    let text = written(&project);
    assert!(!text.contains("DROP") && !text.contains("ADD") && !text.contains("CREATE"), "{text}");
    holds(
        &text,
        &[
            "ALTER TABLE public.humans RENAME CONSTRAINT people_pkey TO humans_pkey;",
            "ALTER TABLE public.humans RENAME CONSTRAINT humans_boss_fkey TO people_boss_fkey;",
            "ALTER INDEX public.people_name_id_idx RENAME TO humans_name_id_idx;",
            "ALTER SEQUENCE public.people_id_seq RENAME TO humans_id_seq;",
            "ALTER TABLE public.log RENAME CONSTRAINT above TO positive;",
        ],
    );
    project.on(&database, &["up"]).exits(0);
    assert_eq!(database.psql("INSERT INTO humans (name) VALUES ('c') RETURNING id"), "3\n");
    project.on(&database, &["check"]).exits(0);
    project.on(&database, &["downgrade", "-1"]).exits(0);
    assert_eq!(database.psql("INSERT INTO people (name) VALUES ('d') RETURNING id"), "4\n");
}

#[test]
fn a_value_that_rows_must_have_is_asked_for() {
    let (project, database) = declaring(
        "CREATE TABLE t (id int, a text, b text DEFAULT 'x');",
        "CREATE TABLE t (id int, a text NOT NULL, b text DEFAULT 'x' NOT NULL, c int NOT NULL, d int NOT NULL DEFAULT 0);",
    );
    project.on(&database, &REVISION).exits(0).says(&["proven without rows in public.t only", "contains null values"]);
    let text = written(&project);
    holds(
        &text,
        &[
            "-- rows without a value: UPDATE public.t SET a = … WHERE a IS NULL;\nALTER TABLE public.t VALIDATE CONSTRAINT t_a_is_there;",
            "-- rows without a value: UPDATE public.t SET b = DEFAULT WHERE b IS NULL;\n",
            "-- where there are rows, add it without NOT NULL, and then:\n-- UPDATE public.t SET c = … WHERE c IS NULL;\n\
             -- ALTER TABLE public.t ALTER COLUMN c SET NOT NULL;\nALTER TABLE public.t ADD COLUMN c integer NOT NULL;",
        ],
    );
    assert!(!text.contains("SET d ="), "{text}");
    project.on(&database, &["upgrade", "head"]).exits(0);
}

#[test]
fn the_proof_has_rows_in_it() {
    let old = "CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE DOMAIN short AS varchar(5) CHECK (VALUE <> '');
        CREATE TABLE kinds (name text PRIMARY KEY CHECK (name IN ('big', 'small')));
        CREATE TABLE things (
            id serial PRIMARY KEY, kind text NOT NULL REFERENCES kinds, above int REFERENCES things, m mood NOT NULL, s short,
            p numeric(2,2), u uuid NOT NULL UNIQUE, l text[] NOT NULL, j jsonb, r tstzrange, day date NOT NULL
        );
        CREATE TABLE strange (x int NOT NULL CHECK (x = 42));";
    // Two things of one kind would not do, and of each kind there is one; the way back finds two of one name.
    let (project, database) =
        declaring(old, &old.replace("day date NOT NULL", "day date NOT NULL CHECK (day < '2000-01-01')"));
    project
        .on(&database, &REVISION)
        .exits(0)
        .says(&["proven without rows in public.things only", "is violated by some row"]);
    let (project, database) = declaring(old, &old.replace("x = 42", "x > 41"));
    let said = project.on(&database, &REVISION).exits(0).stderr;
    assert!(!said.contains("without rows"), "{said}");
}

#[test]
fn a_table_that_is_made_anew_is_proven_with_its_rows() {
    let old = "CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY, place text NOT NULL, x int);";
    let new =
        "CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY, place text NOT NULL, x int) PARTITION BY LIST (place);
        CREATE TABLE t_zug PARTITION OF t FOR VALUES IN ('zug', 'chur');
        CREATE INDEX t_x ON t (x);";
    let (project, database) = declaring(old, new);
    let said = project.on(&database, &REVISION).exits(0).stderr;
    holds(&said, &["public.t is made anew"]);
    assert!(!said.contains("this loses") && !said.contains("without rows"), "{said}");
    project.on(&database, &["upgrade", "a1"]).exits(0);
    database.psql("INSERT INTO t (place) VALUES ('chur'), ('zug')");
    project.on(&database, &["upgrade", "head"]).exits(0);
    assert_eq!(database.psql("SELECT id, place FROM t_zug ORDER BY id"), "1|chur\n2|zug\n");
    project.on(&database, &["downgrade", "-1"]).exits(0);
    assert_eq!(database.psql("INSERT INTO t (place) VALUES ('bern') RETURNING id; SELECT count(*) FROM t"), "3\n3\n");
}

#[test]
fn labels_that_rows_may_have_are_named_before_they_go() {
    let old = "CREATE TYPE mood AS ENUM ('sad', 'it''s ok', 'glad'); CREATE DOMAIN feeling AS mood;
        CREATE TYPE pair AS (a mood, b int);
        CREATE TABLE t (id int, m mood, list mood[], f feeling, p pair); CREATE TABLE other (x text);";
    let (project, database) = declaring(old, &old.replace(", 'it''s ok', 'glad'", ", 'glad'"));
    let said = project.on(&database, &REVISION).exits(0).stderr;
    let text = written(&project);
    holds(
        &text,
        &[
            "-- fails with rows that have 'it''s ok' in public.t.m\n-- UPDATE public.t SET m = … WHERE m IN ('it''s ok');\nALTER TABLE",
            "-- fails with rows that have 'it''s ok' in public.t.list\n-- UPDATE public.t SET list = array_replace(list, \
             'it''s ok', …) WHERE 'it''s ok' = ANY (list);\nALTER TABLE",
            "-- fails with rows that have 'it''s ok' in public.t.f\n-- give them other labels before\nALTER TABLE",
            "-- fails with rows that have 'it''s ok' in public.t.p\n-- give them other labels before\nALTER TABLE",
        ],
    );
    assert_eq!(text.matches("-- fails").count(), 4, "{text}");
    holds(&said, &["this fails with rows that have 'it''s ok' in public.t.m"]);
    // What the comment says is what is to be done.
    project.on(&database, &["upgrade", "a1"]).exits(0);
    database.psql(
        "INSERT INTO t VALUES (1, 'it''s ok', '{sad,it''s ok}', NULL, NULL), (2, 'sad', NULL, 'glad', '(glad,1)')",
    );
    project.on(&database, &["upgrade", "head"]).exits(1).says(&["invalid input value for enum"]);
    let file = std::fs::read_dir(project.path().join("migrations")).unwrap().map(|entry| entry.unwrap().path());
    let file = file.into_iter().find(|path| path.to_str().unwrap().contains("b2")).unwrap();
    let done = text.replace("-- UPDATE", "UPDATE").replace("SET m = …", "SET m = 'sad'").replace(", …)", ", 'glad')");
    std::fs::write(file, done).unwrap();
    project.on(&database, &["upgrade", "head"]).exits(0);
    assert_eq!(
        database.psql("SELECT id, m, list, f, (p).a FROM t ORDER BY id"),
        "1|sad|{sad,glad}||\n2|sad||glad|glad\n"
    );
    // A label that comes is one that goes on the way back.
    let (project, database) = declaring(
        "CREATE TYPE e AS ENUM ('a'); CREATE TABLE t (e e);",
        "CREATE TYPE e AS ENUM ('a', 'b'); CREATE TABLE t (e e);",
    );
    let said = project.on(&database, &REVISION).exits(0).stderr;
    assert!(!said.contains("this fails"), "{said}");
    let text = written(&project);
    let down = text.split("-- migrate:down").nth(1).unwrap();
    holds(down, &["-- fails with rows that have 'b' in public.t.e\n"]);
    assert_eq!(text.matches("-- fails").count(), 1, "{text}");
}

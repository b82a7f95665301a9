use proptest::prelude::proptest;

use crate::convert::error::ConvertError;
use crate::convert::warning::Warning;
use crate::convert::{Converted, Request, SourceFile, Tool, convert};

fn files(list: &[(&str, &str)]) -> Vec<SourceFile> {
    list.iter().map(|(path, text)| SourceFile { path: (*path).into(), content: text.as_bytes().to_vec() }).collect()
}

fn import(tool: Tool, list: &[(&str, &str)]) -> Result<Converted, ConvertError> {
    let files = files(list);
    convert(&Request { tool, root: "old", files: &files, keep_placeholders: false })
}

/// `title: up | down` of each, `-` for no way back, `!` for a section without transaction.
fn outline(tool: Tool, list: &[(&str, &str)]) -> Vec<String> {
    let section = |section: &crate::convert::section::Section| {
        format!("{}{}", if section.transaction { "" } else { "!" }, section.text.trim_end().replace('\n', "/"))
    };
    import(tool, list)
        .unwrap()
        .migrations
        .iter()
        .map(|migration| {
            let down = migration.down.as_ref().map_or_else(|| "-".to_owned(), section);
            format!("{}: {} | {down}", migration.title, section(&migration.up))
        })
        .collect()
}

fn error(tool: Tool, list: &[(&str, &str)]) -> String {
    import(tool, list).unwrap_err().to_string()
}

fn warnings(tool: Tool, list: &[(&str, &str)]) -> Vec<String> {
    import(tool, list).unwrap().warnings.iter().map(ToString::to_string).collect()
}

#[test]
fn diesel() {
    assert_eq!(
        outline(
            Tool::Diesel,
            &[
                ("2024-01-02-000000_add-index/metadata.toml", "run_in_transaction = false\n"),
                ("2024-01-02-000000_add-index/up.sql", "create index concurrently i on t (a);"),
                ("20240101000000_create_t/up.sql", "create table t (a int);\n"),
                ("20240101000000_create_t/down.sql", "drop table t;\n"),
                ("00000000000000_diesel_initial_setup/up.sql", ""),
                ("00000000000000_diesel_initial_setup/down.sql", ""),
                (".diesel_lock", ""),
            ]
        ),
        [
            "Diesel initial setup:  | ",
            "Create t: create table t (a int); | drop table t;",
            "Add index: !create index concurrently i on t (a); | -",
        ]
    );
    assert_eq!(
        error(Tool::Diesel, &[("1_a/down.sql", ""), ("2_b/up.sql", "")]),
        "`old/1_a/down.sql` goes down, but there is no migration that goes up"
    );
    assert_eq!(
        error(Tool::Diesel, &[("2024-01-01_a/up.sql", ""), ("20240101_b/up.sql", "")]),
        "version 20240101 is there twice: `old/2024-01-01_a/up.sql` and `old/20240101_b/up.sql`"
    );
    let bad = [("1_a/up.sql", ""), ("1_a/metadata.toml", "run_in_transaction = \"no\"")];
    assert!(matches!(import(Tool::Diesel, &bad), Err(ConvertError::Settings { .. })));
}

#[test]
fn sqlx() {
    assert_eq!(
        outline(
            Tool::Sqlx,
            &[
                ("10_ten.up.sql", "select 10;\n"),
                ("10_ten.down.sql", "-- no-transaction\nselect -10;\n"),
                ("9_nine.sql", "-- no-transaction\nselect 9;\n"),
                ("README.md", ""),
            ]
        ),
        ["Nine: !-- no-transaction/select 9; | -", "Ten: select 10; | !-- no-transaction/select -10;"]
    );
    assert_eq!(
        error(Tool::Sqlx, &[("1_a.sql", ""), ("01_b.up.sql", "")]),
        "version 1 is there twice: `old/01_b.up.sql` and `old/1_a.sql`"
    );
    assert_eq!(
        error(Tool::Sqlx, &[("99999999999999999999_a.sql", "")]),
        "`old/99999999999999999999_a.sql` has a version that is no number of sqlx"
    );
}

#[test]
fn golang_migrate() {
    let list = [
        ("1510262030_initial.up.sql", "create table t (a int);\n"),
        ("1510262030_initial.down.sql", "drop table t;\n"),
        ("1522178770_tags.up.go", "package migrations"),
        ("1522178770_tags.down.sql", "select 1;\n"),
        ("1537546150_history.up.sql", "-- No_Transaction\nselect 2;\n"),
        ("1537546150_history.down.go", ""),
        ("migrations.go", ""),
        ("seed.sql", "select 1;"),
    ];
    assert_eq!(
        outline(Tool::GolangMigrate, &list),
        ["Initial: create table t (a int); | drop table t;", "History: !-- No_Transaction/select 2; | -"]
    );
    assert_eq!(
        warnings(Tool::GolangMigrate, &list),
        [
            "left out: SQL whose name is not that of a migration: old/seed.sql",
            "left out: a program, not SQL: old/1522178770_tags.up.go",
            "left out: its way up is a program: old/1522178770_tags.down.sql",
            "left out: a program, not SQL: old/1537546150_history.down.go",
        ]
    );
    assert_eq!(
        error(Tool::GolangMigrate, &[("1_a.down.sql", ""), ("2_b.up.sql", "")]),
        "`old/1_a.down.sql` goes down, but there is no migration that goes up"
    );
    let shared =
        [("1_b.up.sql", "b"), ("1_a.up.sql", "a"), ("1_b.down.sql", "-b"), ("2_c.up.sql", "c"), ("2_d.down.sql", "d")];
    assert_eq!(outline(Tool::GolangMigrate, &shared), ["A: a | -", "B: b | -b", "C: c | d"]);
    let told = warnings(Tool::GolangMigrate, &shared);
    assert!(told[0].starts_with("two migrations have the version 1; "), "{told:?}");
    assert_eq!(
        error(Tool::GolangMigrate, &[("1_a.up.sql", ""), ("01_a.up.sql", "")]),
        "version 1 is there twice: `old/01_a.up.sql` and `old/1_a.up.sql`"
    );
}

#[test]
fn dbmate() {
    assert_eq!(
        outline(
            Tool::Dbmate,
            &[
                ("2_b.sql", "--  about b\n--migrate:up transaction:false\nselect 1;\n-- migrate:down\n-- nothing\n"),
                ("1_a.sql.sql", "\n-- migrate:up\nselect 1\n\n-- migrate:down transaction:false\nselect 2"),
                ("3_c.sql", "-- migrate:up\nselect 1;"),
                ("4_d.sql", "-- migrate:up\nselect 1;\n-- migrate:down\nselect 2;\n-- migrate:down again\nselect 3;"),
            ]
        ),
        [
            "A: select 1 | !select 2",
            "B: !--  about b/select 1; | -- nothing",
            "C: select 1; | -",
            "D: select 1; | select 2;/-- was migrate:down again/select 3;",
        ]
    );
    for (text, expected) in [
        ("select 1;\n", "`old/1_a.sql` has no line `-- migrate:up`"),
        ("select 1;\n-- migrate:up\n", "SQL stands before `-- migrate:up`"),
        ("-- migrate:down\n-- migrate:up\n", "`-- migrate:down` stands before `-- migrate:up`"),
        ("-- migrate:update\n", "`old/1_a.sql` has no line `-- migrate:up`"),
    ] {
        assert_eq!(error(Tool::Dbmate, &[("1_a.sql", text)]), expected);
    }
}

#[test]
fn goose() {
    let function = "-- +goose StatementBegin\ncreate function f() returns int language sql as $$ select 1; $$;\n\
                    -- +goose StatementEnd\n";
    assert_eq!(
        outline(
            Tool::Goose,
            &[
                ("00010_ten.sql", &format!("-- +goose NO TRANSACTION\n-- +goose Up\n{function}-- +goose Down\n")),
                ("00009_nine.sql", "-- about nine\n-- +goose up\nselect 1;\n\n-- +goose DOWN\nselect 2;\n"),
                ("00011_go.go", ""),
                ("00011_go_test.go", ""),
            ]
        ),
        [
            "Nine: -- about nine/select 1; | select 2;".to_owned(),
            format!("Ten: !{} | !", function.trim_end().replace('\n', "/")),
        ]
    );
    assert_eq!(
        warnings(Tool::Goose, &[("1_a.sql", "-- +goose Up\n"), ("2_b.go", ""), ("2_b_test.go", "")]),
        ["left out: a program, not SQL: old/2_b.go"]
    );
    for (text, expected) in [
        ("select 1;\n", "`old/1_a.sql` has no line `-- +goose Up`"),
        ("-- +goose Down\n-- +goose Up\n", "`-- +goose Down` stands before `-- +goose Up`"),
        ("-- +goose Up\n-- +goose Up\n", "there is a second `-- +goose Up`"),
        (
            "-- +goose Up\n-- +goose ENVSUB ON\nselect '${HOME}';\n",
            "`${HOME}` is replaced by goose before the file runs; its value is not in the file",
        ),
    ] {
        assert_eq!(error(Tool::Goose, &[("1_a.sql", text)]), expected);
    }
    let off = "-- +goose Up\n-- +goose ENVSUB ON\nselect 1;\n-- +goose ENVSUB OFF\nselect '$x';\n";
    assert!(import(Tool::Goose, &[("1_a.sql", off)]).is_ok());
    assert!(matches!(import(Tool::Goose, &[("0_a.sql", "-- +goose Up")]), Err(ConvertError::BadVersion { .. })));
}

#[test]
fn flyway() {
    let list = [
        ("V1_2_10__last.sql", "select 3;\n"),
        ("V1.2.9__second.sql", "select 2;\n"),
        ("V1__first.sql", "select 1;\n"),
        ("sub/dir/V1.0.1__nested.sql", "select '1.0.1';\n"),
        ("U1.0__first.sql", "select -1;\n"),
        ("V1.2.9__second.sql.conf", "flyway.encoding=UTF-8\nexecuteInTransaction=false\n"),
        ("R__views.sql", "create or replace view v as select 1;\n"),
        ("B5__base.sql", "select 5;\n"),
        ("V7__program.java", ""),
        ("afterMigrate.sql", "select 1;\n"),
    ];
    assert_eq!(
        outline(Tool::Flyway, &list),
        [
            "First: select 1; | select -1;",
            "Nested: select '1.0.1'; | -",
            "Second: !select 2; | -",
            "Last: select 3; | -",
            "Views: create or replace view v as select 1; | -",
        ]
    );
    assert_eq!(
        warnings(Tool::Flyway, &list),
        [
            "left out: a baseline script: the versions before it are imported instead: old/B5__base.sql",
            "a repeatable migration runs once now; a change needs a revision of its own: old/R__views.sql",
            "left out: a program, not SQL: old/V7__program.java",
            "left out: SQL whose name is not that of a migration: old/afterMigrate.sql",
        ]
    );
    assert_eq!(
        error(Tool::Flyway, &[("V1__a.sql", ""), ("sub/V1.0__b.sql", "")]),
        "version 1 is there twice: `old/V1__a.sql` and `old/sub/V1.0__b.sql`"
    );
    assert_eq!(
        error(Tool::Flyway, &[("R__a.sql", ""), ("sub/R__a.sql", "")]),
        "version R a is there twice: `old/R__a.sql` and `old/sub/R__a.sql`"
    );
    assert_eq!(
        error(Tool::Flyway, &[("U2__a.sql", ""), ("V1__a.sql", "")]),
        "`old/U2__a.sql` goes down, but there is no migration that goes up"
    );
    let placeholder = [("V1__a.sql", "create table ${schema}.t (a int);")];
    assert_eq!(
        error(Tool::Flyway, &placeholder),
        "`${schema}` is replaced by flyway before the file runs; its value is not in the file"
    );
    let kept = [("V1__a.sql", "select '${x}';"), ("V1__a.sql.conf", "placeholderReplacement=false")];
    assert!(import(Tool::Flyway, &kept).is_ok());
    let files = files(&placeholder);
    assert!(convert(&Request { tool: Tool::Flyway, root: "", files: &files, keep_placeholders: true }).is_ok());
}

#[test]
fn prisma() {
    let list = [
        ("20230102000000_b/migration.sql", "select 2;\n"),
        ("20230101000000_init/migration.sql", "select 1;\n"),
        ("migration_lock.toml", "# comment\nprovider = \"postgresql\"\n"),
    ];
    assert_eq!(outline(Tool::Prisma, &list), ["Init: select 1; | -", "B: select 2; | -"]);
    assert_eq!(
        error(Tool::Prisma, &[("1_a/migration.sql", ""), ("migration_lock.toml", "provider = \"mysql\"")]),
        "the migrations in `old/migration_lock.toml` are for mysql, not for PostgreSQL"
    );
}

#[test]
fn transactions_are_read_from_the_statements() {
    let section = |text: &str| {
        let converted = import(Tool::Sqlx, &[("1_a.sql", text)]).unwrap();
        (converted.migrations[0].up.transaction, converted.warnings)
    };
    for text in [
        "begin; select 1; commit;",
        "select 1; rollback;",
        "create index concurrently i on t (a);",
        "vacuum t;",
        "prepare transaction 'x';",
    ] {
        assert!(!section(text).0, "{text}");
    }
    for text in ["select 'commit;'", "do $$ begin commit; end $$;", "savepoint a; rollback to a;", "set role x;"] {
        assert_eq!(section(text), (true, Vec::new()), "{text}");
    }
    let bare = |tool, text: &str| import(tool, &[("1_a.up.sql", text)]).unwrap().migrations[0].up.transaction;
    for text in ["do $$ begin perform 1; commit; end $$;", "call tidy();", "cluster t;"] {
        assert!(!bare(Tool::GolangMigrate, text), "{text}");
        assert!(bare(Tool::Sqlx, text), "{text}");
        assert!(bare(Tool::GolangMigrate, &format!("select 1; {text}")), "{text}");
    }
    assert!(bare(Tool::GolangMigrate, "do $$ begin perform 1; end $$;"));
    // A BEGIN in a transaction does nothing.
    assert_eq!(section("begin; select 1;"), (true, Vec::new()));
}

#[test]
fn a_transaction_of_the_tool_is_made_visible_where_the_file_ends_it() {
    let index = "create index concurrently i on t (a)";
    for (text, expected) in [
        (format!("commit; {index}; begin;"), format!("!BEGIN;/commit; {index}; begin;/COMMIT;")),
        (format!("select 1;\ncommit;\n{index};"), format!("!BEGIN;/select 1;/commit;/{index};")),
        (format!("{index};begin;select 1"), format!("!{index};begin;select 1/;/COMMIT;")),
        ("begin; commit;".to_owned(), "!begin; commit;".to_owned()),
        (
            "begin; select 1; rollback and chain; commit".to_owned(),
            "!begin; select 1; rollback and chain; commit".to_owned(),
        ),
    ] {
        assert_eq!(outline(Tool::Sqlx, &[("1_a.sql", &text)]), [format!("A: {expected} | -")]);
    }
    let told = warnings(Tool::Sqlx, &[("1_a.sql", "commit; vacuum; begin;")]);
    assert_eq!(told.len(), 2, "{told:?}");
    // Without a transaction of the tool's there is nothing that this could end.
    assert_eq!(
        outline(Tool::Sqlx, &[("1_a.sql", "-- no-transaction\nselect 1; commit;")]),
        ["A: !-- no-transaction/select 1; commit; | -"]
    );
}

#[test]
fn text_is_kept() {
    let text = "\u{feff}-- ä\r\nselect 1;\r\n\tselect $x$\n-- migrate:down\n$x$;\n-- migrate:up here\n --migrate:up";
    let converted = import(Tool::Sqlx, &[("1_a.sql", text)]);
    // The first marker in a comment stands after SQL, so that this is no file of dbmate.
    let converted = converted.unwrap();
    assert_eq!(
        converted.migrations[0].up.text,
        "-- ä\r\nselect 1;\r\n\tselect $x$\n-- migrate:down\n$x$;\n-- was migrate:up here\n --migrate:up\n"
    );
    assert_eq!(converted.warnings, [Warning::Marker { path: "old/1_a.sql".into(), line: 6 }]);
}

#[test]
fn errors_have_their_place_in_the_file() {
    let text = "-- a\n-- migrate:up\nselect 1;\n-- migrate:down\nselect 'ä';\n\\i other.sql\n";
    let Err(ConvertError::Sql { spot, .. }) = import(Tool::Dbmate, &[("1_a.sql", text)]) else { panic!("no error") };
    assert_eq!((&spot.source[spot.span.start..][..2], spot.path.as_str()), ("\\i", "old/1_a.sql"));
    let lead = "-- a\n\n-- migrate:up\n\\connect x\n";
    let Err(ConvertError::Sql { spot, .. }) = import(Tool::Dbmate, &[("1_a.sql", lead)]) else { panic!("no error") };
    assert!(spot.source[spot.span.start..].starts_with("\\connect"));
}

#[test]
fn bytes_that_are_no_text() {
    let files = [SourceFile { path: "1_a.sql".into(), content: b"select '\xff';".to_vec() }];
    let request = Request { tool: Tool::Sqlx, root: "old/", files: &files, keep_placeholders: false };
    assert_eq!(convert(&request).unwrap_err().to_string(), "`old/1_a.sql` is not UTF-8: byte 8");
}

#[test]
fn what_it_looks_like_instead() {
    let likely = |tool, list: &[(&str, &str)]| match import(tool, list) {
        Err(ConvertError::NothingFound { likely, .. }) => likely.map(|(tool, at)| format!("{tool} {at}")),
        other => panic!("{other:?}"),
    };
    assert_eq!(likely(Tool::Diesel, &[("1_a.up.sql", "")]).as_deref(), Some("golang-migrate "));
    assert_eq!(likely(Tool::Diesel, &[("1_a.sql", "")]).as_deref(), Some("sqlx "));
    assert_eq!(likely(Tool::Diesel, &[("1_a.sql", "-- migrate:up")]).as_deref(), Some("dbmate "));
    assert_eq!(likely(Tool::Diesel, &[("1_a.sql", "-- +goose Up")]).as_deref(), Some("goose "));
    assert_eq!(likely(Tool::Sqlx, &[("V1__a.sql", "")]).as_deref(), Some("flyway "));
    assert_eq!(likely(Tool::Sqlx, &[("1_a/migration.sql", "")]).as_deref(), Some("prisma "));
    assert_eq!(likely(Tool::Sqlx, &[("db/m/1_a.sql", ""), ("x/2_b/up.sql", "")]).as_deref(), Some("sqlx old/db/m"));
    assert_eq!(likely(Tool::Diesel, &[("m/1_a/up.sql", "")]).as_deref(), Some("diesel old/m"));
    assert_eq!(likely(Tool::Diesel, &[("notes.txt", "")]), None);
    let Err(ConvertError::NothingFound { python: true, files: 1, .. }) = import(Tool::Sqlx, &[("versions/a.py", "")])
    else {
        panic!("python")
    };
}

#[test]
fn files_of_another_tool_are_not_run_up_and_down_at_once() {
    let dbmate = [("1_a.sql", "-- migrate:up\nselect 1;\n-- migrate:down\nselect 2;\n")];
    assert_eq!(error(Tool::Sqlx, &dbmate), "this is a file of dbmate, not of sqlx");
    assert_eq!(error(Tool::Goose, &dbmate), "this is a file of dbmate, not of goose");
    let goose = [("1_a.sql", "\n-- x\n-- +goose Up\nselect 1;\n-- +goose Down\nselect 2;\n")];
    assert_eq!(error(Tool::Sqlx, &goose), "this is a file of goose, not of sqlx");
}

#[test]
fn ids_depend_on_tool_version_and_name_alone() {
    let id = |tool, path: &str, text| import(tool, &[(path, text)]).unwrap().migrations[0].revision.clone();
    let first = id(Tool::Sqlx, "1_a.sql", "select 1;");
    assert_eq!(first, id(Tool::Sqlx, "01_a.up.sql", "select 2;"));
    assert_eq!(first.as_str().len(), 12);
    assert_ne!(first, id(Tool::Sqlx, "2_a.sql", "select 1;"));
    assert_ne!(first, id(Tool::Sqlx, "1_b.sql", "select 1;"));
    assert_ne!(first, id(Tool::GolangMigrate, "1_a.up.sql", "select 1;"));
}

proptest! {
    #[test]
    fn any_text_is_taken_or_refused(
        text in "(-- migrate:(up|down)|-- \\+goose (Up|Down|ENVSUB ON)|\\$\\{?|[aä'\";\r\n}]|\n|begin;|commit){0,24}",
        name in "[Vä_.0-9-]{0,8}",
    ) {
        for tool in Tool::ALL {
            for path in [
                format!("1_{name}.sql"),
                format!("1_{name}.up.sql"),
                format!("1_{name}/up.sql"),
                format!("1_{name}/migration.sql"),
                format!("V1__{name}.sql"),
                format!("{name}.sql"),
            ] {
                // Whatever it is, it is an answer.
                import(tool, &[(&path, &text)]).ok();
            }
        }
    }
}

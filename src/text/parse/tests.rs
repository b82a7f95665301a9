use crate::text::parse::{Alone, Class, Name, classify, created_schemas, only_validates, schemas_created_in, split};

fn name(schema: Option<&str>, name: &str) -> Name {
    Name { schema: schema.map(str::to_owned), name: name.to_owned() }
}

#[test]
fn schemas_that_are_named() {
    let text = "create table a.t (x int); create view b.v as select 1; create type c.e as enum ('x'); \
                create function d.f() returns int return 1; create table u (x int); create schema s; \
                create temp table pg_temp.x (a int); create aggregate e.g (int) (sfunc = x, stype = int)";
    assert_eq!(schemas_created_in(text), ["a", "b", "c", "d", "e"]);
    assert_eq!(created_schemas(text), ["s"]);
}

#[test]
fn splits_by_grammar() {
    let text = "-- c\nselect ';'; create function f() returns int begin atomic select 1; end;\n  select 'ä'";
    let parts: Vec<&str> = split(text).unwrap().into_iter().map(|range| &text[range]).collect();
    assert_eq!(parts, ["select ';'", "create function f() returns int begin atomic select 1; end", "select 'ä'"]);
}

#[test]
fn keeps_the_place_of_an_error() {
    let text = "select 'ää';\nselct 2";
    let error = split(text).unwrap_err();
    assert_eq!((error.message.as_str(), &text[error.offset..]), ("syntax error at or near \"selct\"", "selct 2"));
}

#[test]
fn validation_alone() {
    assert!(only_validates("alter table t validate constraint a, validate constraint b"));
    assert!(!only_validates("alter table t add c int, validate constraint b"));
    assert!(!only_validates("select 'validate'"));
}

#[test]
fn classes() {
    let table = [
        ("create table t (a int)", Class::Ordinary),
        ("begin", Class::Begin),
        ("end", Class::Commit { chain: false }),
        ("rollback and chain", Class::Rollback { chain: true }),
        ("rollback to savepoint s", Class::Ordinary),
        ("prepare transaction 'g'", Class::PrepareTransaction { gid: "g".into() }),
        (
            "create unique index concurrently if not exists i on s.t (a)",
            Class::Alone(Alone::CreateIndex { index: Some("i".into()), table: name(Some("s"), "t") }),
        ),
        ("drop index concurrently s.i", Class::Alone(Alone::DropIndex { index: name(Some("s"), "i") })),
        (
            "reindex (concurrently) table s.t",
            Class::Alone(Alone::Reindex { kind: "table", name: name(Some("s"), "t") }),
        ),
        ("reindex index concurrently i", Class::Alone(Alone::Reindex { kind: "index", name: name(None, "i") })),
        ("reindex schema concurrently s", Class::Alone(Alone::Reindex { kind: "schema", name: name(None, "s") })),
        (
            "create index if not exists i on s.t (a)",
            Class::EnsureIndex { index: "i".into(), table: name(Some("s"), "t") },
        ),
        ("reindex table t", Class::MaybeAlone("REINDEX")),
        (
            "alter table p detach partition c concurrently",
            Class::Alone(Alone::Detach { parent: name(None, "p"), partition: name(None, "c") }),
        ),
        ("alter table p detach partition c", Class::Ordinary),
        ("vacuum t", Class::Alone(Alone::Repeatable("VACUUM"))),
        ("analyze t", Class::Ordinary),
        ("do $$ begin end $$", Class::MaybeAlone("DO")),
        ("set lock_timeout = '1s'", Class::Set { name: "lock_timeout".into(), value: Some("1s".into()) }),
        ("set local lock_timeout = '1s'", Class::SetLocal),
        (
            "set local client_encoding = 'LATIN1'",
            Class::Set { name: "client_encoding".into(), value: Some("LATIN1".into()) },
        ),
        ("set role x", Class::SetRole),
        (
            "select pg_catalog.set_config('search_path', '', false)",
            Class::Set { name: "search_path".into(), value: Some(String::new()) },
        ),
        ("select set_config('search_path', '', true)", Class::SetLocal),
        ("create temp table t (a int)", Class::SessionState("a temporary table")),
        ("select 1 into temp t", Class::SessionState("a temporary table")),
        (
            "alter type mood add value 'ok' after 'sad'",
            Class::AddEnumValue { type_name: "mood".into(), value: "ok".into() },
        ),
        ("alter type mood rename value 'a' to 'b'", Class::Ordinary),
        ("copy t from stdin", Class::CopyIn),
        ("copy t from '/x'", Class::Ordinary),
        ("copy t to stdout", Class::CopyOut),
        ("nonsense", Class::Unknown),
    ];
    for (sql, class) in table {
        assert_eq!(classify(sql), class, "{sql}");
    }
}

use crate::detect::ForeignLedger;
use crate::detect::history::{Row, beside, judge, reading};
use crate::detect::table::Table;
use crate::detect::tool::Tool;

/// Rows in short: a row a line, columns separated by blanks, `-` for NULL.
fn rows(text: &str) -> Vec<Row> {
    text.lines()
        .map(|line| line.split_whitespace().map(|word| (word != "-").then(|| word.to_owned())).collect())
        .collect()
}

fn read(tool: Tool, text: &str) -> ForeignLedger {
    judge(tool, &Table::default(), &rows(text), &[])
}

#[track_caller]
fn check(tool: Tool, text: &str, version: &str, applied: &str, dirty: bool) {
    let ledger = read(tool, text);
    let found = (ledger.version.as_deref().unwrap_or("-").to_owned(), ledger.applied.join(" "), ledger.dirty);
    assert_eq!(found, (version.to_owned(), applied.to_owned(), dirty));
}

#[test]
fn flyway_counts_by_numbers_and_takes_back_what_was_undone() {
    check(Tool::Flyway, "2 SQL t V2\n10 SQL t V10\n9 SQL t V9", "10", "2 10 9", false);
    check(Tool::Flyway, "1 SQL t V1\n2 SQL t V2\n2 UNDO_SQL t U2", "1", "1", false);
    check(Tool::Flyway, "2 SQL t V2\n2 UNDO_SQL t U2\n2 SQL t V2", "2", "2", false);
    check(Tool::Flyway, "1_1 SQL t V\n1.1 DELETE t V", "-", "", false);
    check(Tool::Flyway, "- SCHEMA t x", "-", "", false);
    check(Tool::Flyway, "1 SQL t V1\n2 SQL f V2", "1", "1", true);
    check(Tool::Flyway, "5 BASELINE t x\n6 SQL t V6", "6", "5 6", false);
    assert!(!read(Tool::Flyway, "- SCHEMA t x").counts());
    assert!(read(Tool::Flyway, "- SQL t R__views.sql").counts(), "a repeatable migration is an entry");
}

#[test]
fn golang_migrate_names_the_last_version_tried() {
    check(Tool::GolangMigrate, "7 f", "7", "7", false);
    check(Tool::GolangMigrate, "7 t", "7", "7", true);
    check(Tool::GolangMigrate, "-1 t", "-1", "", true);
    assert!(!read(Tool::GolangMigrate, "").counts());
}

#[test]
fn goose_takes_the_newest_row_of_each_version() {
    check(Tool::Goose, "0 t\n1 t\n2 t\n2 f", "1", "1", false);
    check(Tool::Goose, "0 t\n1 t\n1 f\n3 t\n1 t", "3", "3 1", false);
    assert!(!read(Tool::Goose, "0 t").counts());
}

#[test]
fn prisma_needs_an_end_and_no_way_back() {
    check(Tool::Prisma, "a now -\nb - -\nc - now", "a", "a", true);
    check(Tool::Prisma, "a - now\na now -", "a", "a", false);
    assert!(!read(Tool::Prisma, "a - now").counts(), "rolled back, nothing else");
}

#[test]
fn atlas_drops_its_own_notes_and_believes_what_was_resolved() {
    check(Tool::Atlas, ".atlas_cloud_identifier 2 0 0 -\n1 2 1 1 -\n2 2 1 2 boom", "1", "1", true);
    check(Tool::Atlas, "1 1 0 0 -\n2 6 1 2 boom", "2", "1 2", false);
}

#[test]
fn version_tools_without_a_step_have_no_entries() {
    check(Tool::Tern, "3", "3", "1 2 3", false);
    assert!(!read(Tool::Tern, "0").counts());
    check(Tool::Postgrator, "0\n1\n2", "2", "1 2", false);
    assert!(!read(Tool::Postgrator, "0").counts());
}

#[test]
fn several_apps_give_several_versions() {
    check(Tool::Django, "shop 1\nauth 1\nshop 2", "auth.1, shop.2", "shop.1 auth.1 shop.2", false);
    check(Tool::Sqitch, "shop one\nshop two", "two", "one two", false);
    check(Tool::Sqitch, "shop one\nblog two", "blog:two, shop:one", "one two", false);
    check(Tool::Pgroll, "public b a t\npublic a - t\npublic c b f", "b", "a b", true);
    assert_eq!(read(Tool::Pgroll, "public a - t").own_schemas, ["public_a"]);
}

#[test]
fn liquibase_skips_what_did_not_run() {
    check(
        Tool::Liquibase,
        "f 1 me EXECUTED -\nf 2 me SKIPPED -\nf 3 me MARK_RAN v1",
        "f::3::me",
        "f::1::me f::3::me",
        false,
    );
    check(Tool::Liquibase, "f 1 me FAILED -", "-", "", true);
}

#[test]
fn locks_are_dirt() {
    let with = |tool, table, text: &str| judge(tool, &Table::default(), &rows("1"), &[(table, rows(text))]);
    let clean = |ledger: &ForeignLedger| !ledger.dirty && !ledger.locked;
    let locked = |ledger: &ForeignLedger| ledger.dirty && ledger.locked;
    assert!(clean(&with(Tool::Knex, "knex_migrations_lock", "0")));
    assert!(locked(&with(Tool::Knex, "knex_migrations_lock", "1")));
    assert!(clean(&with(Tool::Liquibase, "databasechangeloglock", "f -")));
    assert!(locked(&with(Tool::Liquibase, "databasechangeloglock", "t host")));
    assert!(clean(&with(Tool::Yoyo, "yoyo_lock", "")));
    assert!(locked(&with(Tool::Yoyo, "yoyo_lock", "4242")));
    let uncommitted = with(Tool::GraphileMigrate, "current", "create");
    assert!(uncommitted.dirty && !uncommitted.locked);
}

#[test]
fn every_order_is_by_a_column_or_by_name() {
    for tool in [Tool::EfCore, Tool::Sequelize, Tool::Kysely, Tool::SqlMigrate] {
        assert!(reading(tool).order.is_empty(), "{tool} is sorted by name afterwards");
    }
    assert_eq!(beside(Tool::Sqitch).len(), 2);
    assert!(beside(Tool::Goose).is_empty());
}

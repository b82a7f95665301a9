//! Statements that reach beyond the database they run in: what a shadow database must not replay on a server that others
//! use as well (DESIGN §6). Found by words, as far as words tell: a name that is put together at run time is not seen.

use std::ops::Range;

use crate::text::scan::{Kind, Scanner};

/// What a statement reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// `CREATE ROLE`, `USER` or `GROUP`.
    CreateRole,
    /// `ALTER ROLE … RENAME`.
    RenameRole,
    /// Any other change of roles: `ALTER`, `DROP`, `COMMENT ON ROLE`, `REASSIGN OWNED`.
    ChangeRole,
    /// `GRANT` or `REVOKE` of a role.
    Membership,
    /// `CREATE` or `DROP DATABASE`, or one that is renamed or moved.
    Database,
    /// What is said of a database by its name: its settings, owner, privileges, comment.
    DatabaseAttributes,
    /// Tablespaces.
    Tablespace,
    /// `ALTER SYSTEM`, privileges on parameters, `pg_reload_conf()`.
    System,
    /// Subscriptions, replication slots and origins.
    Replication,
    /// A program that the server starts.
    Program,
    /// Files of the server.
    File,
    /// Code that is loaded into the server.
    Library,
    /// Another server.
    Remote,
    /// Other sessions.
    Session,
}

impl Reach {
    /// Returns what it is, for people.
    pub(crate) fn what(self) -> &'static str {
        match self {
            Self::CreateRole | Self::RenameRole | Self::ChangeRole => "roles belong to the whole server",
            Self::Membership => "memberships of roles belong to the whole server",
            Self::Database => "another database",
            Self::DatabaseAttributes => "a database by its name",
            Self::Tablespace => "tablespaces belong to the whole server",
            Self::System => "the configuration of the whole server",
            Self::Replication => "replication",
            Self::Program => "a program on the server's machine",
            Self::File => "a file on the server's machine",
            Self::Library => "code that is loaded into the server",
            Self::Remote => "another server",
            Self::Session => "other sessions of the server",
        }
    }

    /// Returns whether a private server may take it: only what concerns nobody else and does not leave the server.
    pub(crate) fn is_fine_in_private(self) -> bool {
        matches!(
            self,
            Self::CreateRole | Self::RenameRole | Self::ChangeRole | Self::Membership | Self::DatabaseAttributes
        )
    }

    /// Returns whether a private server leaves it out: it is no part of a schema, and it would change what belongs to
    /// somebody's real databases on that server.
    pub(crate) fn is_left_out_in_private(self) -> bool {
        matches!(self, Self::ChangeRole | Self::DatabaseAttributes)
    }
}

/// What was found in a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// What it reaches.
    pub(crate) reach: Reach,
    /// The byte of the statement at which that is said.
    pub(crate) offset: usize,
    /// Whether the statement itself does it; else code in it does, now or when it is called.
    pub(crate) directly: bool,
}

/// Functions that reach beyond the database, by the beginning of their names.
const CALLS: &[(&str, Reach)] = &[
    ("dblink", Reach::Remote),
    ("postgres_fdw_disconnect", Reach::Remote),
    ("http_", Reach::Remote),
    ("lo_import", Reach::File),
    ("lo_export", Reach::File),
    ("pg_read_file", Reach::File),
    ("pg_read_binary_file", Reach::File),
    ("pg_read_server_files", Reach::File),
    ("pg_file_", Reach::File),
    ("pg_ls_", Reach::File),
    ("pg_stat_file", Reach::File),
    ("pg_terminate_backend", Reach::Session),
    ("pg_cancel_backend", Reach::Session),
    ("pg_reload_conf", Reach::System),
    ("pg_rotate_logfile", Reach::System),
    ("pg_promote", Reach::System),
    ("pg_switch_wal", Reach::System),
    ("pg_create_restore_point", Reach::System),
    ("pg_backup_", Reach::System),
    ("pg_create_physical_replication_slot", Reach::Replication),
    ("pg_create_logical_replication_slot", Reach::Replication),
    ("pg_copy_", Reach::Replication),
    ("pg_drop_replication_slot", Reach::Replication),
    ("pg_replication_slot_advance", Reach::Replication),
    ("pg_logical_slot_", Reach::Replication),
    ("pg_replication_origin_", Reach::Replication),
];

/// Returns what a statement reaches beyond the database that it runs in.
pub(crate) fn reaches_beyond(statement: &str) -> Option<Found> {
    let words = words(statement);
    let first = words.iter().position(|word| word.kind == Kind::Word)?;
    if let Some(reach) = of_statement(statement, &words[first..]) {
        return Some(Found { reach, offset: words[first].range.start, directly: true });
    }
    let is = |at: usize, word: &str| words.get(at).is_some_and(|it| it.is(statement, word));
    // These name functions and call none.
    let calls_nothing = ["grant", "revoke", "comment", "alter", "drop", "security"].iter().any(|word| is(first, word));
    let found = (!calls_nothing).then(|| call(statement, &words)).flatten();
    if let Some((reach, offset)) = found {
        return Some(Found { reach, offset, directly: true });
    }
    let has_body = is(first, "do")
        || is(first, "create")
            && words.iter().skip(first).take(5).any(|it| it.is(statement, "function") || it.is(statement, "procedure"));
    if !has_body {
        return None;
    }
    let bodies = words.iter().filter(|word| matches!(word.kind, Kind::Dollar | Kind::Text));
    let mut found = bodies.filter_map(|body| of_literal(statement, body, false));
    found.next().map(|(reach, offset)| Found { reach, offset, directly: false })
}

/// A word, a quoted name, a constant or a sign.
struct Word {
    kind: Kind,
    range: Range<usize>,
}

impl Word {
    fn is(&self, text: &str, word: &str) -> bool {
        self.kind == Kind::Word && text[self.range.clone()].eq_ignore_ascii_case(word)
    }

    fn is_one_of(&self, text: &str, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(text, word))
    }
}

fn words(text: &str) -> Vec<Word> {
    let is_said = |kind| !matches!(kind, Kind::Space | Kind::LineComment | Kind::BlockComment);
    Scanner::new(text)
        .filter(|piece| is_said(piece.kind))
        .map(|piece| Word { kind: piece.kind, range: piece.range })
        .collect()
}

/// What the statement that these words begin with reaches by itself.
fn of_statement(text: &str, words: &[Word]) -> Option<Reach> {
    let end = words.iter().position(|word| word.kind == Kind::Semicolon).unwrap_or(words.len());
    let words = &words[..end];
    let is = |at: usize, choice: &[&str]| words.get(at).is_some_and(|word| word.is_one_of(text, choice));
    let has = |choice: &[&str]| words.iter().any(|word| word.is_one_of(text, choice));
    let makes = is(0, &["create", "alter", "drop"]);
    if is(0, &["reassign"]) && is(1, &["owned"]) || is(0, &["drop"]) && is(1, &["owned"]) {
        return Some(Reach::ChangeRole);
    }
    if makes && (is(1, &["role", "group"]) || is(1, &["user"]) && !is(2, &["mapping"])) {
        let renames = is(0, &["alter"]) && is(3, &["rename"]);
        let changes = if renames { Reach::RenameRole } else { Reach::ChangeRole };
        return Some(if is(0, &["create"]) { Reach::CreateRole } else { changes });
    }
    if makes && is(1, &["database"]) {
        let only_says = is(0, &["alter"]) && !has(&["rename", "tablespace"]);
        return Some(if only_says { Reach::DatabaseAttributes } else { Reach::Database });
    }
    if makes && is(1, &["tablespace"]) {
        return Some(Reach::Tablespace);
    }
    if makes && is(1, &["subscription"]) {
        return Some(Reach::Replication);
    }
    if is(0, &["alter"]) && is(1, &["system"]) {
        return Some(Reach::System);
    }
    if is(0, &["load"]) {
        return words.get(1).filter(|word| word.kind == Kind::Text).map(|_| Reach::Library);
    }
    if is(0, &["import"]) && is(1, &["foreign"]) {
        return Some(Reach::Remote);
    }
    if is(0, &["comment"]) && is(1, &["on"]) || is(0, &["security"]) && is(1, &["label"]) {
        let on = words.iter().position(|word| word.is(text, "on"))?;
        return of_named(text, words.get(on + 1)?, Reach::ChangeRole);
    }
    if is(0, &["grant", "revoke"]) {
        return of_grant(text, words);
    }
    if is(0, &["copy"]) {
        return of_copy(text, words);
    }
    let is_c = |pair: &[Word]| {
        pair[0].is(text, "language") && matches!(text[pair[1].range.clone()].trim_matches(['\'', '"']), "c" | "C")
    };
    (is(0, &["create"]) && words.windows(2).any(is_c)).then_some(Reach::Library)
}

fn of_named(text: &str, kind: &Word, role: Reach) -> Option<Reach> {
    let all = [
        ("role", role),
        ("database", Reach::DatabaseAttributes),
        ("tablespace", Reach::Tablespace),
        ("subscription", Reach::Replication),
        ("parameter", Reach::System),
    ];
    all.into_iter().find(|(word, _)| kind.is(text, word)).map(|(_, reach)| reach)
}

/// Of privileges on something, that something is named after ON; a role is granted without.
fn of_grant(text: &str, words: &[Word]) -> Option<Reach> {
    let target = words.iter().position(|word| word.is_one_of(text, &["to", "from"]))?;
    match words[..target].iter().position(|word| word.is(text, "on")) {
        Some(on) => of_named(text, words.get(on + 1)?, Reach::ChangeRole),
        None => Some(Reach::Membership),
    }
}

fn of_copy(text: &str, words: &[Word]) -> Option<Reach> {
    let mut depth = 0_usize;
    for (number, word) in words.iter().enumerate() {
        if word.kind == Kind::Open {
            depth += 1;
        } else if word.kind == Kind::Close {
            depth = depth.saturating_sub(1);
        } else if depth == 0 && word.is_one_of(text, &["from", "to"]) {
            let place = words.get(number + 1)?;
            let is_file = (place.kind == Kind::Text).then_some(Reach::File);
            return if place.is(text, "program") { Some(Reach::Program) } else { is_file };
        }
    }
    None
}

/// Finds a call of one of the functions.
fn call(text: &str, words: &[Word]) -> Option<(Reach, usize)> {
    words.windows(2).find_map(|pair| {
        let is_name = matches!(pair[0].kind, Kind::Word | Kind::QuotedName) && pair[1].kind == Kind::Open;
        let name = text[pair[0].range.clone()].trim_matches('"');
        let begins =
            |beginning: &str| name.get(..beginning.len()).is_some_and(|start| start.eq_ignore_ascii_case(beginning));
        let (_, reach) = CALLS.iter().find(|(beginning, _)| is_name && begins(beginning))?;
        Some((*reach, pair[0].range.start))
    })
}

/// Searches the code in a constant. A quoted text in code is mostly a message, so that only what it begins with counts;
/// a body is code all the way.
fn of_literal(text: &str, literal: &Word, is_quoted_in_code: bool) -> Option<(Reach, usize)> {
    let whole = &text[literal.range.clone()];
    if literal.kind == Kind::Dollar {
        let tag = whole[1..].find('$')? + 2;
        let inner = whole.get(tag..whole.len().checked_sub(tag)?)?;
        let found = of_code(inner, false)?;
        return Some((found.0, literal.range.start + tag + found.1));
    }
    let inner = whole.find('\'').and_then(|quote| whole.get(quote + 1..whole.len() - 1))?.replace("''", "'");
    of_code(&inner, is_quoted_in_code).map(|(reach, _)| (reach, literal.range.start))
}

/// What a statement in the middle of code begins with: after THEN or LOOP, for example. Other words are too often names.
const INSIDE: [&str; 8] = ["create", "alter", "drop", "grant", "revoke", "copy", "reassign", "import"];

fn of_code(code: &str, only_beginnings: bool) -> Option<(Reach, usize)> {
    let words = words(code);
    for (number, word) in words.iter().enumerate() {
        let begins = number == 0 || words[number - 1].kind == Kind::Semicolon;
        if word.kind == Kind::Word
            && (begins || !only_beginnings)
            && let Some(reach) = of_statement(code, &words[number..])
            && (begins || word.is_one_of(code, &INSIDE))
        {
            return Some((reach, word.range.start));
        }
        if matches!(word.kind, Kind::Dollar | Kind::Text)
            && let Some(found) = of_literal(code, word, true)
        {
            return Some(found);
        }
    }
    call(code, &words)
}

#[cfg(test)]
mod tests {
    use super::{Reach, reaches_beyond};

    fn reach(statement: &str) -> Option<Reach> {
        reaches_beyond(statement).map(|found| found.reach)
    }

    #[test]
    fn statements_that_reach_beyond() {
        let table = [
            ("create role a", Reach::CreateRole),
            ("/* x */ CREATE USER a PASSWORD 'x'", Reach::CreateRole),
            ("alter role a rename to b", Reach::RenameRole),
            ("drop group if exists a", Reach::ChangeRole),
            ("grant a to b", Reach::Membership),
            ("revoke admin option for a from b", Reach::Membership),
            ("grant connect on database app to a", Reach::DatabaseAttributes),
            ("alter database app set search_path = x", Reach::DatabaseAttributes),
            ("alter database app rename to b", Reach::Database),
            ("create database b", Reach::Database),
            ("create tablespace t location '/x'", Reach::Tablespace),
            ("alter system set fsync = off", Reach::System),
            ("create subscription s connection 'x' publication p", Reach::Replication),
            ("copy t from program 'curl x'", Reach::Program),
            ("copy (select a from t) to '/tmp/x'", Reach::File),
            ("select dblink_exec('x', 'y')", Reach::Remote),
            ("select pg_catalog.\"pg_read_file\" ('x')", Reach::File),
            ("load 'auto_explain'", Reach::Library),
            ("import foreign schema a from server s into b", Reach::Remote),
            ("create function f() returns int as 'x.so', 'f' language c", Reach::Library),
            ("select pg_terminate_backend(pid) from pg_stat_activity", Reach::Session),
            ("do $$begin if not exists (select 1) then create role a; end if; end$$", Reach::CreateRole),
            ("do 'begin execute ''CREATE ROLE a''; end'", Reach::CreateRole),
            (
                "do $$begin execute format('alter database %I set x = 1', current_database()); end$$",
                Reach::DatabaseAttributes,
            ),
            (
                "create or replace function f() returns void language plpgsql as $f$ begin perform dblink('x'); end $f$",
                Reach::Remote,
            ),
            ("create procedure p() as $$ begin execute $q$grant a to b$q$; end $$ language plpgsql", Reach::Membership),
        ];
        for (statement, expected) in table {
            assert_eq!(reach(statement), Some(expected), "{statement}");
        }
    }

    #[test]
    fn statements_that_stay() {
        let all = [
            "create table role (user int)",
            "create user mapping for a server s",
            "grant select on t to a",
            "grant execute on function pg_read_file(text) to a",
            "insert into help values ('create role x', 'drop database y')",
            "alter default privileges grant select on tables to a",
            "copy t from stdin",
            "copy t (a) from stdin with (format csv)",
            "do $$begin raise exception 'you cannot drop user accounts'; end$$",
            "create function f() returns trigger language plpgsql as $$begin -- create role x\n return new; end$$",
            "select copy_to, \"create\" from role",
            "create index on t (a)",
            "comment on table t is 'x'",
        ];
        for statement in all {
            assert_eq!(reach(statement), None, "{statement}");
        }
    }

    #[test]
    fn the_place_is_where_it_is_said() {
        let text = "do $x$begin create role a; end$x$";
        assert!(text[reaches_beyond(text).unwrap().offset..].starts_with("create role"));
        assert!(!reaches_beyond(text).unwrap().directly);
    }
}

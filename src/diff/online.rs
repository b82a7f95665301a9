//! Forms of a change that a database in use stands: what locks for long, or cannot run in the same transaction, is put into
//! parts of its own.

use std::collections::BTreeSet;

use crate::catalog::Catalog;
use crate::catalog::kind::Kind;
use crate::catalog::object::ObjectId;
use crate::diff::Sql;
use crate::diff::relation::is_tied;
use crate::diff::sql::parent;
use crate::text::ident::sparing;

/// Statements that become one revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// What it is about, for the title; empty for the main part.
    pub(crate) what: &'static str,
    /// Its statements.
    pub(crate) statements: Vec<Sql>,
    /// Whether they run in one transaction.
    pub(crate) transaction: bool,
}

/// Which forms are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Online {
    /// Indexes of tables that are there are made `CONCURRENTLY`.
    pub(crate) indexes: bool,
    /// Foreign keys and checks of tables that are there come `NOT VALID` and are validated after.
    pub(crate) constraints: bool,
    /// `SET NOT NULL` goes by way of a validated check.
    pub(crate) not_null: bool,
}

/// Cuts a migration into parts.
pub(crate) fn parts(statements: Vec<Sql>, from: &Catalog, to: &Catalog, online: Online) -> Vec<Part> {
    let mut first = Vec::new();
    let mut main = Vec::new();
    let mut concurrent = Vec::new();
    let mut last = Vec::new();
    let mut made_late: BTreeSet<ObjectId> = BTreeSet::new();
    // Nobody waits for what is made in the same change.
    let is_made = |statement: &&Sql| {
        ["CREATE TABLE ", "CREATE MATERIALIZED VIEW "].iter().any(|create| statement.text.starts_with(create))
    };
    let made: BTreeSet<ObjectId> = statements.iter().filter(is_made).filter_map(|it| it.about.clone()).collect();
    let is_there = |about: Option<&ObjectId>| is_there(from, to, about, &made);
    for mut statement in statements {
        let about = statement.about.clone();
        let is_late = about.as_ref().is_some_and(|about| {
            made_late.contains(about) || to.needs(about).any(|(needed, _)| made_late.contains(needed))
        });
        if is_new_value(&statement.text) {
            first.push(statement);
        } else if online.indexes && is_new_index(&statement.text) && is_there(about.as_ref()) {
            made_late.extend(about);
            concurrent.push(Sql { text: statement.text.replacen("INDEX ", "INDEX CONCURRENTLY ", 1), ..statement });
        } else if is_late {
            made_late.extend(about);
            last.push(statement);
        } else if online.constraints && is_new_check(&statement.text) && is_there(about.as_ref()) {
            if let Some(about) = &about {
                let text = format!("ALTER TABLE {} VALIDATE CONSTRAINT {}", parent(about), sparing(&about.name));
                last.push(Sql { text, about: Some(about.clone()), ..Sql::new("") });
            }
            main.push(Sql { text: format!("{} NOT VALID", statement.text), ..statement });
        } else if online.not_null
            && let Some(column) = about.as_ref().filter(|about| is_new_not_null(&statement.text, about))
            && from.has(column)
            && !becomes_identity(from, to, column)
        {
            let check = format!("{}_{}_is_there", column.parent(), column.name);
            let check = sparing(&check.chars().take(50).collect::<String>());
            let table = parent(column);
            let name = sparing(&column.name);
            let own = |text: String| Sql { text, about: about.clone(), ..Sql::new("") };
            main.push(own(format!("ALTER TABLE {table} ADD CONSTRAINT {check} CHECK ({name} IS NOT NULL) NOT VALID")));
            let validate = own(format!("ALTER TABLE {table} VALIDATE CONSTRAINT {check}"));
            last.push(Sql { note: statement.note.take(), ..validate });
            last.push(statement);
            last.push(own(format!("ALTER TABLE {table} DROP CONSTRAINT {check}")));
        } else {
            main.push(statement);
        }
    }
    let part = |what, statements, transaction| Part { what, statements, transaction };
    let all = [
        part("new values", first, true),
        part("", main, true),
        part("indexes", concurrent, false),
        part("validation", last, true),
    ];
    all.into_iter().filter(|part| !part.statements.is_empty()).collect()
}

/// A new value cannot be used in the transaction that adds it.
fn is_new_value(text: &str) -> bool {
    text.starts_with("ALTER TYPE ") && text.contains(" ADD VALUE ")
}

fn is_new_index(text: &str) -> bool {
    (text.starts_with("CREATE INDEX ") || text.starts_with("CREATE UNIQUE INDEX ")) && !text.contains(" ON ONLY ")
}

fn is_new_check(text: &str) -> bool {
    text.starts_with("ALTER TABLE ")
        && text.contains(" ADD CONSTRAINT ")
        && (text.contains(" FOREIGN KEY ") || text.contains(" CHECK "))
        && !text.ends_with(" NOT VALID")
        && !text.ends_with(" NOT ENFORCED")
        && !text.ends_with(" NO INHERIT")
}

fn is_new_not_null(text: &str, about: &ObjectId) -> bool {
    about.kind == Kind::Column && text.ends_with(" SET NOT NULL")
}

/// An identity is added to columns only that are not-null by then.
fn becomes_identity(from: &Catalog, to: &Catalog, column: &ObjectId) -> bool {
    let is = |catalog: &Catalog| catalog.get(column).is_some_and(|column| column.find("identity").is_some());
    is(to) && !is(from)
}

/// Returns whether the table of an object is an ordinary one that is there: a new one nobody waits for, and a partitioned one
/// cannot have these forms.
fn is_there(from: &Catalog, to: &Catalog, about: Option<&ObjectId>, made: &BTreeSet<ObjectId>) -> bool {
    about.is_some_and(|about| {
        let id = ObjectId::new(Kind::Table, about.schema(), about.parent());
        let view = ObjectId::new(Kind::MaterializedView, about.schema(), about.parent());
        if made.contains(&id) || made.contains(&view) {
            return false;
        }
        let is_plain = |catalog: &Catalog| catalog.get(&id).is_some_and(|table| table.get("partition_key").is_none());
        // What is attached gets the indexes that it lacks then.
        is_plain(from) && is_plain(to) && is_tied(from, to, &id) || from.has(&view)
    })
}

//! Grants: what must be granted and revoked to come from one list to another.
//!
//! A list holds texts `GRANTEE PRIVILEGE [WITH GRANT OPTION] [GRANTED BY role]`, as `sql/catalog/grants.sql` gives them.

use std::collections::{BTreeMap, BTreeSet};

use crate::diff::Sql;
use crate::text::ident::sparing;

/// The grantee that stands for the owner, whatever its name.
pub(super) const OWNER: &str = "@owner";

/// The order in which the manual lists privileges.
const ORDER: [&str; 11] = [
    "SELECT",
    "INSERT",
    "UPDATE",
    "DELETE",
    "TRUNCATE",
    "REFERENCES",
    "TRIGGER",
    "MAINTAIN",
    "CREATE",
    "USAGE",
    "EXECUTE",
];

/// Privileges that columns have as well.
const OF_COLUMNS: [&str; 4] = ["SELECT", "INSERT", "UPDATE", "REFERENCES"];

/// One privilege of one grantee.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Privilege {
    /// Who granted it, if it was not the owner. Written as SQL.
    by: Option<String>,
    /// Who has it. Written as SQL, or [`OWNER`].
    grantee: String,
    /// What it allows.
    name: String,
    /// The column that it is for. Written as SQL.
    column: Option<String>,
}

/// Privileges, and whether the grantee may grant them in turn.
pub(super) type Privileges = BTreeMap<Privilege, bool>;

/// What grants are on, and how its statements are written.
#[derive(Clone, Debug)]
pub(super) struct Subject {
    /// What stands before `GRANT` and `REVOKE`.
    pub(super) start: String,
    /// What stands after `ON`.
    pub(super) on: String,
    /// The owner, as SQL writes it.
    pub(super) owner: String,
    /// What `ALL` would grant.
    pub(super) all: Vec<&'static str>,
}

/// Reads a list. `column`: the column whose list it is.
pub(super) fn privileges(list: &[String], column: Option<&str>) -> Privileges {
    list.iter().map(|item| privilege(item, column)).collect()
}

fn privilege(item: &str, column: Option<&str>) -> (Privilege, bool) {
    let (grantee, rest) = item.split_at(end_of_name(item));
    let rest = rest.trim_start();
    let (rest, by) = match rest.split_once(" GRANTED BY ") {
        Some((rest, by)) => (rest, Some(by.to_owned())),
        None => (rest, None),
    };
    let (name, grantable) = match rest.strip_suffix(" WITH GRANT OPTION") {
        Some(name) => (name, true),
        None => (rest, false),
    };
    let column = column.map(sparing);
    (Privilege { by, grantee: grantee.to_owned(), name: name.to_owned(), column }, grantable)
}

/// Returns where a name ends that may be quoted.
fn end_of_name(text: &str) -> usize {
    let mut quoted = false;
    let end = text.find(|letter| {
        quoted ^= letter == '"';
        letter == ' ' && !quoted
    });
    end.unwrap_or(text.len())
}

/// Rewrites privileges for a new owner: the server turns grants to it, and by it, into those of the owner.
pub(super) fn with_owner(privileges: &Privileges, owner: &str) -> Privileges {
    let mut rewritten = Privileges::new();
    for (privilege, grantable) in privileges {
        let mut privilege = privilege.clone();
        if privilege.grantee == owner {
            privilege.grantee = OWNER.to_owned();
        }
        privilege.by = privilege.by.filter(|by| by != owner);
        *rewritten.entry(privilege).or_default() |= *grantable;
    }
    rewritten
}

/// Returns what every privilege of both lists allows.
pub(super) fn union(mut one: Privileges, other: &Privileges) -> Privileges {
    for (privilege, grantable) in other {
        *one.entry(privilege.clone()).or_default() |= *grantable;
    }
    one
}

/// Returns the privileges of columns that a column has all the time, and that the server takes away together with those of
/// the table.
pub(super) fn taken_along(before: &Privileges, after: &Privileges, column: (&Privileges, &Privileges)) -> Privileges {
    let is_revoked = |privilege: &Privilege| {
        let of_table = Privilege { column: None, ..privilege.clone() };
        let Some(grantable) = before.get(&of_table) else { return false };
        OF_COLUMNS.contains(&privilege.name.as_str()) && after.get(&of_table).is_none_or(|stays| *grantable && !stays)
    };
    let kept = column.1.iter().filter(|(privilege, _)| column.0.contains_key(*privilege) && is_revoked(privilege));
    kept.map(|(privilege, grantable)| (privilege.clone(), *grantable)).collect()
}

/// Returns the statements that turn one list into the other.
pub(super) fn changes(before: &Privileges, after: &Privileges, subject: &Subject) -> Vec<Sql> {
    let gone = before.keys().filter(|privilege| !after.contains_key(*privilege));
    let bound = before.iter().filter(|(privilege, grantable)| **grantable && after.get(*privilege) == Some(&false));
    let new = after
        .iter()
        .filter(|(privilege, grantable)| before.get(*privilege).is_none_or(|had_option| **grantable && !had_option));
    let revoked: BTreeSet<_> = gone.map(|privilege| (privilege, false)).collect();
    let bound: BTreeSet<_> = bound.map(|(privilege, _)| (privilege, false)).collect();
    let granted: BTreeSet<_> = new.map(|(privilege, grantable)| (privilege, *grantable)).collect();
    let loses_option = |by: &str, privilege: &Privilege| {
        let is_it =
            |other: &Privilege| other.grantee == by && other.name == privilege.name && other.column == privilege.column;
        revoked.iter().chain(&bound).any(|(other, _)| is_it(other))
    };
    // What somebody granted goes with the option to do so, and else before it.
    let (with_option, alone): (BTreeSet<_>, BTreeSet<_>) = revoked
        .iter()
        .copied()
        .partition(|(privilege, _)| privilege.by.as_deref().is_some_and(|by| loses_option(by, privilege)));
    let granters: BTreeSet<&str> = with_option.iter().filter_map(|(privilege, _)| privilege.by.as_deref()).collect();
    let mut statements = Vec::new();
    for by_others in [true, false] {
        let these = |set: &BTreeSet<(&Privilege, bool)>| -> BTreeSet<_> {
            set.iter().copied().filter(|(privilege, _)| privilege.by.is_some() == by_others).map(owned).collect()
        };
        statements.extend(written(&these(&alone), subject, &Verb::Revoke(&granters)));
        statements.extend(written(&these(&bound), subject, &Verb::RevokeOption(&granters)));
    }
    for layer in in_layers(&granted) {
        statements.extend(written(&layer, subject, &Verb::Grant));
    }
    statements
}

fn owned((privilege, grantable): (&Privilege, bool)) -> (Privilege, bool) {
    (privilege.clone(), grantable)
}

/// Splits grants so that whoever grants something has got it before.
fn in_layers(granted: &BTreeSet<(&Privilege, bool)>) -> Vec<BTreeSet<(Privilege, bool)>> {
    let mut left: BTreeSet<(Privilege, bool)> = granted.iter().copied().map(owned).collect();
    let mut layers = Vec::new();
    while !left.is_empty() {
        let waits = |privilege: &Privilege| {
            privilege.by.as_ref().is_some_and(|by| {
                left.iter().any(|(other, grantable)| *grantable && other.grantee == *by && other.name == privilege.name)
            })
        };
        let (late, layer): (BTreeSet<_>, BTreeSet<_>) =
            left.iter().cloned().partition(|(privilege, _)| waits(privilege));
        if layer.is_empty() {
            layers.push(late);
            break;
        }
        layers.push(layer);
        left = late;
    }
    layers
}

/// What a statement does. With those who granted to others what is revoked from them.
enum Verb<'a> {
    Grant,
    Revoke(&'a BTreeSet<&'a str>),
    RevokeOption(&'a BTreeSet<&'a str>),
}

/// Returns statements for privileges: one for all grantees that get the same.
fn written(privileges: &BTreeSet<(Privilege, bool)>, subject: &Subject, verb: &Verb<'_>) -> Vec<Sql> {
    type What = BTreeMap<usize, (String, BTreeSet<String>)>;
    let mut of_grantee: BTreeMap<(Option<String>, bool, String), What> = BTreeMap::new();
    for (privilege, grantable) in privileges {
        let key = (privilege.by.clone(), *grantable, privilege.grantee.clone());
        let rank = ORDER.iter().position(|name| *name == privilege.name).unwrap_or(ORDER.len());
        let what =
            of_grantee.entry(key).or_default().entry(rank).or_insert_with(|| (privilege.name.clone(), BTreeSet::new()));
        what.1.extend(privilege.column.clone());
    }
    let mut groups: BTreeMap<(Option<String>, bool, What), Vec<String>> = BTreeMap::new();
    for ((by, grantable, grantee), what) in of_grantee {
        let grantee = if grantee == OWNER { subject.owner.clone() } else { grantee };
        groups.entry((by, grantable, what)).or_default().push(grantee);
    }
    let mut statements = Vec::new();
    for ((by, grantable, what), grantees) in groups {
        let is_all = what.len() > 1
            && what.values().all(|(_, columns)| columns.is_empty())
            && subject.all.iter().all(|name| what.values().any(|(other, _)| other == name));
        let list: Vec<String> = if is_all {
            vec!["ALL".to_owned()]
        } else {
            what.values().map(|(name, columns)| with_columns(name, columns)).collect()
        };
        let Subject { start, on, .. } = subject;
        let cascades = |granters: &BTreeSet<&str>| {
            if grantees.iter().any(|grantee| granters.contains(grantee.as_str())) { " CASCADE" } else { "" }
        };
        let (list, to) = (list.join(", "), grantees.join(", "));
        let text = match verb {
            Verb::Grant => {
                let option = if grantable { " WITH GRANT OPTION" } else { "" };
                format!("{start}GRANT {list} ON {on} TO {to}{option}")
            }
            Verb::Revoke(granters) => format!("{start}REVOKE {list} ON {on} FROM {to}{}", cascades(granters)),
            Verb::RevokeOption(granters) => {
                format!("{start}REVOKE GRANT OPTION FOR {list} ON {on} FROM {to}{}", cascades(granters))
            }
        };
        match by {
            // Nobody can grant in the name of another.
            Some(by) => statements.extend([format!("SET ROLE {by}"), text, "RESET ROLE".to_owned()].map(Sql::new)),
            None => statements.push(Sql::new(text)),
        }
    }
    statements
}

fn with_columns(privilege: &str, columns: &BTreeSet<String>) -> String {
    if columns.is_empty() {
        return privilege.to_owned();
    }
    format!("{privilege} ({})", columns.iter().cloned().collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::{Subject, changes, privileges, taken_along, with_owner};

    fn list(items: &[&str]) -> Vec<String> {
        items.iter().map(|item| (*item).to_owned()).collect()
    }

    fn check(before: &[&str], after: &[&str], expected: &[&str]) {
        let subject = Subject {
            start: String::new(),
            on: "SCHEMA s".to_owned(),
            owner: "CURRENT_USER".to_owned(),
            all: vec!["CREATE", "USAGE"],
        };
        let statements = changes(&privileges(&list(before), None), &privileges(&list(after), None), &subject);
        assert_eq!(statements.iter().map(|sql| sql.text.as_str()).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn grantees_of_the_same_share_a_statement() {
        check(&[], &["a USAGE", "\"b c\" USAGE"], &["GRANT USAGE ON SCHEMA s TO \"b c\", a"]);
        check(
            &[],
            &["a USAGE", "b USAGE", "b CREATE"],
            &["GRANT ALL ON SCHEMA s TO b", "GRANT USAGE ON SCHEMA s TO a"],
        );
        check(
            &["@owner CREATE"],
            &["PUBLIC USAGE"],
            &["REVOKE CREATE ON SCHEMA s FROM CURRENT_USER", "GRANT USAGE ON SCHEMA s TO PUBLIC"],
        );
    }

    #[test]
    fn a_grant_option_comes_and_goes_alone() {
        check(&["a USAGE"], &["a USAGE WITH GRANT OPTION"], &["GRANT USAGE ON SCHEMA s TO a WITH GRANT OPTION"]);
        check(&["a USAGE WITH GRANT OPTION"], &["a USAGE"], &["REVOKE GRANT OPTION FOR USAGE ON SCHEMA s FROM a"]);
    }

    #[test]
    fn whoever_grants_has_it_first_and_loses_it_last() {
        let both = ["a USAGE GRANTED BY b", "b USAGE WITH GRANT OPTION"];
        let grant = "GRANT USAGE ON SCHEMA s TO a";
        check(&[], &both, &["GRANT USAGE ON SCHEMA s TO b WITH GRANT OPTION", "SET ROLE b", grant, "RESET ROLE"]);
        check(&both, &[], &["REVOKE USAGE ON SCHEMA s FROM b CASCADE"]);
        check(&both, &["b USAGE"], &["REVOKE GRANT OPTION FOR USAGE ON SCHEMA s FROM b CASCADE"]);
        let revoke = "REVOKE USAGE ON SCHEMA s FROM a";
        check(&both, &["b USAGE WITH GRANT OPTION"], &["SET ROLE b", revoke, "RESET ROLE"]);
    }

    #[test]
    fn a_new_owner_has_its_grants_as_the_owner() {
        let before = privileges(&list(&["@owner USAGE", "b CREATE", "c USAGE GRANTED BY b"]), None);
        assert_eq!(with_owner(&before, "b"), privileges(&list(&["@owner USAGE", "@owner CREATE", "c USAGE"]), None));
    }

    #[test]
    fn columns_lose_what_the_table_loses() {
        let (table, none) = (privileges(&list(&["a SELECT", "a DELETE"]), None), privileges(&[], None));
        let column = privileges(&list(&["a SELECT", "a UPDATE"]), Some("c"));
        assert_eq!(taken_along(&table, &none, (&column, &column)), privileges(&list(&["a SELECT"]), Some("c")));
        assert_eq!(taken_along(&table, &table, (&column, &column)), privileges(&[], None));
    }
}

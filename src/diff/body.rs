//! What the bodies of routines name: PostgreSQL keeps no dependencies of a body that is text.

use std::collections::{BTreeSet, HashMap};

use crate::catalog::Catalog;
use crate::catalog::kind::Kind;
use crate::catalog::object::ObjectId;
use crate::text::scan::{Kind as Piece, Scanner};

/// The objects that a body may name, by their names.
pub(super) struct Names<'a> {
    catalog: &'a Catalog,
    objects: HashMap<&'a str, Vec<&'a ObjectId>>,
}

impl<'a> Names<'a> {
    /// Collects the names of a catalog.
    pub(super) fn new(catalog: &'a Catalog) -> Self {
        let mut objects: HashMap<&str, Vec<&ObjectId>> = HashMap::new();
        for object in catalog.objects().filter(|object| is_named(object.id.kind)) {
            objects.entry(object.id.name.as_ref()).or_default().push(&object.id);
        }
        Self { catalog, objects }
    }

    /// Returns the objects that the body of a routine names, as far as its words tell. A name without a schema is that of an
    /// object in any schema: which one it is depends on settings that change from call to call.
    pub(super) fn of(&self, id: &ObjectId) -> BTreeSet<ObjectId> {
        let mut found = BTreeSet::new();
        if !is_routine(id.kind) {
            return found;
        }
        let Some(object) = self.catalog.get(id) else { return found };
        if !matches!(object.find("language"), Some("sql" | "plpgsql")) {
            return found;
        }
        let words = words(object.find("body").unwrap_or_default());
        for (at, word) in words.iter().enumerate() {
            let name = match word {
                Word::Name(name) | Word::Operator(name) | Word::Sole(name) => name,
                Word::Dot | Word::Open | Word::Other => continue,
            };
            let is_operator = matches!(word, Word::Operator(_));
            let is_sole = matches!(word, Word::Sole(_));
            let schema = match at.checked_sub(2).map(|before| &words[before..at]) {
                Some([Word::Name(schema), Word::Dot]) => Some(schema.as_str()),
                _ => None,
            };
            let is_called = matches!(words.get(at + 1), Some(Word::Open));
            let candidates = self.objects.get(name.as_str()).into_iter().flatten();
            found.extend(
                candidates
                    // What stands before the dot may be a table as well: `users.id`, an alias.
                    .filter(|other| (other.kind == Kind::Operator) == is_operator)
                    .filter(|other| !is_sole || is_said_in_literals(other.kind))
                    .filter(|other| schema.is_none_or(|schema| schema == other.schema()))
                    .filter(|other| !is_routine(other.kind) || is_called)
                    .filter(|other| **other != id)
                    .map(|other| (*other).clone()),
            );
        }
        found
    }
}

fn is_routine(kind: Kind) -> bool {
    matches!(kind, Kind::Function | Kind::Procedure | Kind::Aggregate)
}

fn is_named(kind: Kind) -> bool {
    const NAMED: [Kind; 13] = [
        Kind::Table,
        Kind::ForeignTable,
        Kind::View,
        Kind::MaterializedView,
        Kind::Sequence,
        Kind::Enum,
        Kind::Domain,
        Kind::Composite,
        Kind::Range,
        Kind::BaseType,
        Kind::Operator,
        Kind::TextSearchConfiguration,
        Kind::TextSearchDictionary,
    ];
    is_routine(kind) || NAMED.contains(&kind)
}

/// Returns whether functions take the names of such objects as text: `nextval('ids')`, `to_tsvector('german', …)`.
fn is_said_in_literals(kind: Kind) -> bool {
    matches!(kind, Kind::Sequence | Kind::TextSearchConfiguration | Kind::TextSearchDictionary)
}

/// What matters of a body.
#[derive(Debug, PartialEq, Eq)]
enum Word {
    Name(String),
    Operator(String),
    /// All that a literal says.
    Sole(String),
    Dot,
    Open,
    Other,
}

/// Returns the words of a body. A literal counts where it is cast to the name of an object (`'app.users'::regclass`), and where
/// it is nothing but a name: the server looks for the object when it reads the body of a SQL function.
fn words(body: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut pieces = Scanner::new(body).peekable();
    while let Some(piece) = pieces.next() {
        let text = &body[piece.range.clone()];
        match piece.kind {
            Piece::Space | Piece::LineComment | Piece::BlockComment => (),
            Piece::Word => words.push(Word::Name(text.to_ascii_lowercase())),
            Piece::QuotedName => {
                let inside = text.strip_prefix('"').unwrap_or(text);
                words.push(Word::Name(inside.strip_suffix('"').unwrap_or(inside).replace("\"\"", "\"")));
            }
            Piece::Open => words.push(Word::Open),
            Piece::Text => {
                let mut inside = self::words(text.trim_matches('\''));
                words.push(Word::Other);
                match inside.as_mut_slice() {
                    _ if body[piece.range.end..].starts_with("::reg") => words.append(&mut inside),
                    [Word::Name(_), Word::Dot, Word::Name(_)] => words.append(&mut inside),
                    [Word::Name(name)] => words.push(Word::Sole(std::mem::take(name))),
                    _ => (),
                }
                words.push(Word::Other);
            }
            Piece::Other if text == "." => words.push(Word::Dot),
            Piece::Other if is_operator(text) => {
                let mut end = piece.range.end;
                while let Some(next) =
                    pieces.next_if(|next| next.kind == Piece::Other && is_operator(&body[next.range.clone()]))
                {
                    end = next.range.end;
                }
                words.push(Word::Operator(body[piece.range.start..end].to_owned()));
            }
            Piece::Dollar | Piece::Semicolon | Piece::Close | Piece::Backslash | Piece::Other => {
                words.push(Word::Other);
            }
        }
    }
    words
}

/// The characters that operators are made of (PostgreSQL manual 4.1.3).
fn is_operator(text: &str) -> bool {
    text.chars().all(|c| "+-*/<>=~!@#%^&|`?".contains(c))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::Names;
    use crate::catalog::Catalog;
    use crate::catalog::kind::Kind;
    use crate::catalog::object::{Object, ObjectId};

    fn check(body: &str) -> Vec<String> {
        let mut catalog = Catalog::new(18);
        let caller = ObjectId::new(Kind::Function, "app", "caller");
        let attributes = [("language", "plpgsql"), ("body", body)];
        let attributes = attributes.iter().map(|(name, value)| (Arc::from(*name), Some(Arc::from(*value)))).collect();
        catalog.add(Object::new(caller.clone(), attributes));
        for (kind, schema, name) in [
            (Kind::Function, "app", "add"),
            (Kind::Function, "other", "add"),
            (Kind::Table, "app", "users"),
            (Kind::View, "app", "We\"ird"),
            (Kind::Enum, "app", "status"),
            (Kind::Operator, "app", "||+"),
            (Kind::Sequence, "app", "ids"),
        ] {
            catalog.add(Object::new(ObjectId::new(kind, schema, name), Vec::new()));
        }
        let names = Names::new(&catalog).of(&caller);
        names.iter().map(ObjectId::path).collect()
    }

    #[test]
    fn names_are_found_in_bodies() {
        assert_eq!(check("begin perform APP.Add (1); end"), ["app.add"]);
        assert_eq!(check("select add(1)"), ["app.add", "other.add"]);
        assert_eq!(check("select u.id from users u where x = 'a'::app.status"), ["app.status", "app.users"]);
        assert_eq!(check("select a ||+ b, a || b, 'users'"), ["app.||+"]);
        assert_eq!(check("select nextval('ids'), 'users'"), ["app.ids"]);
        assert_eq!(check("select 'app.||+'::regoper, 'app.users'::regclass"), ["app.users", "app.||+"]);
        assert_eq!(check("select * from \"We\"\"ird\""), ["app.\"We\"\"ird\""]);
    }

    #[test]
    fn literals_comments_and_own_names_are_none() {
        assert!(check("select 'users', $$ users $$ -- users\n /* users */ , caller(1)").is_empty());
        assert!(check("select add + 1").is_empty());
    }
}

//! Which revisions may make or unmake a table, by the words of their texts.
//!
//! A state that has a table too many, or one too few, is not looked for until a revision comes that says its name. This only
//! saves looking: what is equal is found by looking.

use std::collections::{BTreeSet, HashMap};

use crate::text::ident::cut;
use crate::text::words::words;

/// A table or view: schema and name.
pub(crate) type Named = (String, String);

/// The words of revisions, in the order in which they run.
pub(crate) struct Mentions {
    /// The revisions that say a word, ascending.
    by_word: HashMap<String, Vec<usize>>,
    /// Those that may do anything with any table, ascending.
    opaque: Vec<usize>,
    /// How many there are.
    count: usize,
}

impl Mentions {
    /// Takes the texts of the revisions, in the order in which they run.
    pub(crate) fn of<'t>(texts: impl IntoIterator<Item = &'t str>) -> Self {
        let mut mentions = Self { by_word: HashMap::new(), opaque: Vec::new(), count: 0 };
        let (mut dynamic, mut hidden) = (BTreeSet::<String>::new(), false);
        for text in texts {
            let at = mentions.count;
            mentions.count += 1;
            let said: Vec<String> = words(text).map(str::to_lowercase).collect();
            let uncommented = uncommented(text);
            let spoken: Vec<String> = words(&uncommented).map(str::to_lowercase).collect();
            let is_dynamic = is_dynamic(&spoken);
            if is_dynamic {
                dynamic.extend(functions(&uncommented));
                hidden = hidden || may_make_tables(&spoken);
            }
            if hidden || is_dynamic || is_opaque(text, &spoken) || spoken.iter().any(|word| dynamic.contains(word)) {
                mentions.opaque.push(at);
            }
            for mut word in said {
                word.truncate(cut(&word).len());
                let revisions = mentions.by_word.entry(word).or_default();
                if revisions.last() != Some(&at) {
                    revisions.push(at);
                }
            }
        }
        mentions
    }

    /// Returns the first revision, `from` or one after it, after which the tables that are there may be those that are wanted;
    /// the number of revisions where they are never; none where they are now. One difference that nobody ends earlier is
    /// enough.
    pub(crate) fn first_to_agree(
        &self,
        there: &BTreeSet<Named>,
        wanted: &BTreeSet<Named>,
        from: usize,
    ) -> Option<usize> {
        there.symmetric_difference(wanted).map(|(_, name)| self.next(name, from)).max()
    }

    /// Returns whether a revision may make or drop tables whose names it does not say.
    pub(crate) fn is_opaque(&self, revision: usize) -> bool {
        self.opaque.binary_search(&revision).is_ok()
    }

    /// Returns the first revision, `from` or one after it, that may make or unmake a table of this name.
    fn next(&self, name: &str, from: usize) -> usize {
        let lower = name.to_lowercase();
        if words(&lower).next() != Some(lower.as_str()) {
            // More than one word: nothing is known.
            return from;
        }
        let first = |revisions: &[usize]| {
            revisions.get(revisions.partition_point(|at| *at < from)).copied().unwrap_or(self.count)
        };
        let says = self.by_word.get(&lower).map_or(self.count, |revisions| first(revisions));
        says.min(first(&self.opaque))
    }
}

/// Returns whether a text runs, or makes a function that runs, statements that it puts together.
fn is_dynamic(words: &[String]) -> bool {
    let is_one = |(at, word): (usize, &String)| match word.as_str() {
        "execute" => !is_of_trigger(words, at),
        "dblink" | "dblink_exec" | "query_to_xml" | "xpath_exists" => true,
        _ => false,
    };
    words.iter().enumerate().any(is_one)
}

/// Returns a text without its comments. What looks like one in a string goes as well: that string is a value.
fn uncommented(text: &str) -> String {
    let without_blocks = text.split("/*").enumerate().map(|(number, part)| match number {
        0 => part,
        _ => part.split_once("*/").map_or("", |(_, after)| after),
    });
    let text: Vec<&str> = without_blocks.collect();
    let lines: Vec<String> =
        text.join(" ").lines().map(|line| line.split("--").next().unwrap_or_default().to_owned()).collect();
    lines.join("\n")
}

/// Returns whether statements that a text puts together may make tables or drop them: then nobody knows which, and when; a
/// trigger may do it.
fn may_make_tables(words: &[String]) -> bool {
    const TELLING: [&str; 8] = ["table", "view", "partition", "drop", "rename", "into", "schema", "extension"];
    let puts_together = |at: usize| {
        matches!(
            words.get(at + 1).map(String::as_str),
            Some("format" | "create" | "update" | "insert" | "delete" | "select" | "alter")
        )
    };
    let unknown =
        words.iter().enumerate().any(|(at, word)| word == "execute" && !is_of_trigger(words, at) && !puts_together(at));
    unknown || words.iter().any(|word| TELLING.contains(&word.as_str()))
}

fn is_of_trigger(words: &[String], execute: usize) -> bool {
    matches!(words.get(execute + 1).map(String::as_str), Some("function" | "procedure"))
}

/// Returns the names of the functions that a text makes: each text that says one may call it.
fn functions(text: &str) -> impl Iterator<Item = String> {
    let is = |word: Option<&str>, wanted: [&str; 2]| {
        word.is_some_and(|word| wanted.iter().any(|wanted| word.eq_ignore_ascii_case(wanted)))
    };
    // `CREATE OR REPLACE FUNCTION schema.name (`
    text.split('(').filter_map(move |before| {
        let mut words = before.split_whitespace().rev();
        let name = words.next()?.rsplit('.').next()?;
        let is_made = is(words.next(), ["function", "procedure"]) && is(words.next(), ["create", "replace"]);
        is_made.then(|| name.trim_matches('"').to_lowercase())
    })
}

/// Returns whether a text may make or drop tables whose names it does not say.
fn is_opaque(text: &str, words: &[String]) -> bool {
    let word = |at: Option<usize>| at.and_then(|at| words.get(at)).map(String::as_str);
    let is_one = |(at, this): (usize, &String)| {
        let (before, after) = (word(at.checked_sub(1)), word(Some(at + 1)));
        match this.as_str() {
            "schema" | "owned" | "extension" | "import" | "call" => true,
            // ON CONFLICT DO …, DO INSTEAD of a rule.
            "do" => !matches!(after, Some("nothing" | "update" | "instead" | "also")),
            // ON DELETE CASCADE of a foreign key.
            "cascade" => !matches!(before, Some("delete" | "update")),
            _ => false,
        }
    };
    // A quoted name in escapes says no word of the name.
    let has_escapes = || text.to_ascii_lowercase().contains("u&\"");
    words.iter().enumerate().any(is_one) || has_escapes()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Mentions, Named};

    fn tables(names: &[&str]) -> BTreeSet<Named> {
        names.iter().map(|name| ("public".to_owned(), (*name).to_owned())).collect()
    }

    #[test]
    fn a_table_is_missed_until_its_name_is_said() {
        let mentions =
            Mentions::of(["CREATE TABLE a ()", "CREATE TABLE \"B\" ()", "ALTER TABLE a ADD c int", "DROP TABLE a"]);
        assert_eq!(mentions.first_to_agree(&tables(&[]), &tables(&["a", "B"]), 0), Some(1));
        assert_eq!(mentions.first_to_agree(&tables(&["a"]), &tables(&["a", "B"]), 1), Some(1));
        // Too many, until it is dropped; what only alters it is looked at, since words tell no more.
        assert_eq!(mentions.first_to_agree(&tables(&["a", "B"]), &tables(&["B"]), 2), Some(2));
        assert_eq!(mentions.first_to_agree(&tables(&["a", "B"]), &tables(&["B"]), 3), Some(3));
        assert_eq!(mentions.first_to_agree(&tables(&["a", "B"]), &tables(&["a"]), 2), Some(4));
        assert_eq!(mentions.first_to_agree(&tables(&["a"]), &tables(&["a"]), 2), None);
    }

    #[test]
    fn what_may_do_anything_is_looked_at() {
        let opaque = |texts: &[&str]| Mentions::of(texts.iter().copied()).opaque;
        assert!(opaque(&["CREATE TABLE t (a int REFERENCES u ON DELETE CASCADE)"]).is_empty());
        assert!(opaque(&["INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING", "SELECT f()"]).is_empty());
        assert!(opaque(&["CREATE TRIGGER t BEFORE INSERT ON u EXECUTE FUNCTION f()", "SELECT 1"]).is_empty());
        for text in [
            "DROP TABLE t CASCADE",
            "DROP SCHEMA s",
            "CREATE EXTENSION postgis",
            "DO $$ BEGIN EXECUTE 'x'; END $$",
            "IMPORT FOREIGN SCHEMA s FROM SERVER r INTO t",
            "CREATE TABLE U&\"\\0061\" ()",
        ] {
            assert_eq!(opaque(&[text]), [0], "{text}");
        }
        let makes = |what: &str| {
            let head = "-- of a table\nCREATE OR REPLACE FUNCTION app.f(a name) RETURNS void LANGUAGE plpgsql AS";
            format!("{head} $$ BEGIN EXECUTE {what}; END $$")
        };
        let function = &makes("format('CREATE TRIGGER t ON %I', a)");
        assert_eq!(opaque(&["SELECT 1", function, "SELECT 1", "SELECT public.f()"]), [1, 3]);
        // A trigger may run these whenever a row is written.
        for what in ["format('CREATE TABLE %I ()', a)", "a", "'DROP ' || a"] {
            assert_eq!(opaque(&["SELECT 1", &makes(what), "SELECT 1"]), [1, 2], "{what}");
        }
    }

    #[test]
    fn a_long_name_is_cut_and_two_words_tell_nothing() {
        let long = "t".repeat(70);
        let mentions =
            Mentions::of(["SELECT 1".to_owned(), format!("CREATE TABLE {long} ()")].iter().map(String::as_str));
        assert_eq!(mentions.first_to_agree(&tables(&[]), &tables(&[&long[..63]]), 0), Some(1));
        assert_eq!(mentions.first_to_agree(&tables(&[]), &tables(&["two words"]), 0), Some(0));
        assert_eq!(mentions.first_to_agree(&tables(&[]), &tables(&["nobody_says_it"]), 0), Some(2));
    }
}

//! Text search: parsers, templates, dictionaries, configurations.

use std::collections::BTreeMap;

use crate::catalog::object::Object;
use crate::diff::sql::name;
use crate::diff::{Alteration, Changed, Sql};

const PARSER: [(&str, &str); 5] =
    [("start", "START"), ("gettoken", "GETTOKEN"), ("end", "END"), ("headline", "HEADLINE"), ("lextypes", "LEXTYPES")];
const TEMPLATE: [(&str, &str); 2] = [("init", "INIT"), ("lexize", "LEXIZE")];

/// Creates a parser.
pub(super) fn create_parser(object: &Object) -> Vec<Sql> {
    made_of(object, "PARSER", &PARSER)
}

/// Creates a template.
pub(super) fn create_template(object: &Object) -> Vec<Sql> {
    made_of(object, "TEMPLATE", &TEMPLATE)
}

fn made_of(object: &Object, what: &str, parameters: &[(&str, &str)]) -> Vec<Sql> {
    let parts: Vec<_> = parameters
        .iter()
        .filter_map(|(attribute, keyword)| Some(format!("{keyword} = {}", object.get(attribute)?)))
        .collect();
    vec![Sql::new(format!("CREATE TEXT SEARCH {what} {} (\n    {}\n)", name(&object.id), parts.join(",\n    ")))]
}

/// Drops a parser, template, dictionary or configuration.
pub(super) fn drop(object: &Object) -> Vec<Sql> {
    let kind = object.id.kind.name().to_ascii_uppercase();
    vec![Sql::new(format!("DROP {kind} {}", name(&object.id)))]
}

/// Creates a dictionary.
pub(super) fn create_dictionary(object: &Object) -> Vec<Sql> {
    let options = object.get("options").map(|options| format!(", {options}")).unwrap_or_default();
    let template = object.text("template");
    vec![Sql::new(format!("CREATE TEXT SEARCH DICTIONARY {} (TEMPLATE = {template}{options})", name(&object.id)))]
}

/// Changes the options of a dictionary.
pub(super) fn alter_dictionary(before: &Object, after: &Object, changed: &Changed<'_>) -> Alteration {
    if changed.contains("template") {
        return Alteration::Replace;
    }
    let (old, new) = (options(before.text("options")), options(after.text("options")));
    let is_kept = |option: &&(&str, &str)| old.contains(option);
    // What is set comes last; the server prints the options in the order that this makes.
    let kept: Vec<_> = old.iter().filter(|option| new.contains(option)).collect();
    let set: Vec<_> = new.iter().filter(|option| !is_kept(option)).collect();
    let is_ordered = kept.iter().chain(&set).copied().eq(&new);
    let set = if is_ordered { set } else { new.iter().collect() };
    let written = set.into_iter().map(|(name, value)| format!("{name} = {value}"));
    // An option without a value is taken away.
    let has = |name: &str| new.iter().any(|(other, _)| *other == name);
    let gone = old.iter().map(|(name, _)| *name).filter(|name| !has(name)).map(str::to_owned);
    let changes: Vec<String> = written.chain(gone).collect();
    let text = format!("ALTER TEXT SEARCH DICTIONARY {} ({})", name(&after.id), changes.join(", "));
    Alteration::InPlace(vec![Sql::new(text)])
}

/// Returns the options of a dictionary, written as SQL, which is how the server keeps them: `stopwords = 'english'`.
fn options(text: &str) -> Vec<(&str, &str)> {
    let (mut found, mut quote, mut start) = (Vec::new(), None, 0);
    for (at, letter) in text.char_indices() {
        match (quote, letter) {
            (None, '\'' | '"') => quote = Some(letter),
            (Some(open), letter) if open == letter => quote = None,
            (None, ',') => {
                found.push(&text[start..at]);
                start = at + 1;
            }
            _ => (),
        }
    }
    found.push(&text[start..]);
    found
        .into_iter()
        .filter_map(|option| option.split_once('='))
        .map(|(name, value)| (name.trim(), value.trim()))
        .collect()
}

/// Creates a configuration.
pub(super) fn create_configuration(object: &Object) -> Vec<Sql> {
    let create = format!("CREATE TEXT SEARCH CONFIGURATION {} (PARSER = {})", name(&object.id), object.text("parser"));
    let mut statements = vec![Sql::new(create)];
    statements.extend(mapping(object, "ADD", &mappings(object)));
    statements
}

/// Changes the mappings of a configuration.
pub(super) fn alter_configuration(before: &Object, after: &Object, changed: &Changed<'_>) -> Alteration {
    if changed.contains("parser") {
        return Alteration::Replace;
    }
    let (old, new) = (mappings(before), mappings(after));
    let gone: Vec<_> = old.keys().filter(|token| !new.contains_key(*token)).cloned().collect();
    let mut statements = Vec::new();
    if !gone.is_empty() {
        statements.push(own(after, &format!("DROP MAPPING FOR {}", gone.join(", "))));
    }
    let part = |is_new: bool| {
        let differs = |(token, dictionaries): &(&String, &String)| match old.get(*token) {
            None => is_new,
            Some(other) => !is_new && other != *dictionaries,
        };
        new.iter().filter(differs).map(|(token, dictionaries)| (token.clone(), dictionaries.clone())).collect()
    };
    statements.extend(mapping(after, "ALTER", &part(false)));
    statements.extend(mapping(after, "ADD", &part(true)));
    Alteration::InPlace(statements)
}

fn own(object: &Object, change: &str) -> Sql {
    Sql::new(format!("ALTER TEXT SEARCH CONFIGURATION {} {change}", name(&object.id)))
}

/// Returns each type of token with its dictionaries.
fn mappings(object: &Object) -> BTreeMap<String, String> {
    let parts = |mapping: &String| {
        mapping.split_once(" WITH ").map(|(token, dictionaries)| (token.to_owned(), dictionaries.to_owned()))
    };
    object.list("mappings").iter().filter_map(parts).collect()
}

/// Returns a statement for each list of dictionaries.
fn mapping(object: &Object, verb: &str, mappings: &BTreeMap<String, String>) -> Vec<Sql> {
    let mut tokens: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (token, dictionaries) in mappings {
        tokens.entry(dictionaries).or_default().push(token);
    }
    let statement = |(dictionaries, tokens): (&str, Vec<&str>)| {
        own(object, &format!("{verb} MAPPING FOR {} WITH {dictionaries}", tokens.join(", ")))
    };
    tokens.into_iter().map(statement).collect()
}

#[cfg(test)]
mod tests {
    use super::options;

    #[test]
    fn options_are_told_apart() {
        let found = options("language = 'a, b', stopwords = 'it''s = x'");
        assert_eq!(found, [("language", "'a, b'"), ("stopwords", "'it''s = x'")]);
        assert!(options("").is_empty());
    }
}

//! Wanted database objects and what is there → steps. It looks first: what exists already is never asked for again,
//! since managed servers refuse even `IF NOT EXISTS`.

use crate::text::ident::{Ident, NotAnIdent, readable};
use crate::text::literal::Literal;

/// The database that is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DatabaseWanted {
    /// Its name.
    pub(crate) name: String,
    /// Its owner.
    pub(crate) owner: Option<String>,
    /// Its encoding.
    pub(crate) encoding: Option<String>,
    /// Its locale.
    pub(crate) locale: Option<String>,
    /// Its template.
    pub(crate) template: Option<String>,
}

/// A schema that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SchemaWanted {
    /// Its name.
    pub(crate) name: String,
    /// Its owner.
    pub(crate) owner: Option<String>,
}

/// An extension that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ExtensionWanted {
    /// Its name.
    pub(crate) name: String,
    /// The version.
    pub(crate) version: Option<String>,
    /// The schema to put it in.
    pub(crate) schema: Option<String>,
    /// Whether to create what it requires as well.
    pub(crate) cascade: bool,
    /// Whether to go on without it.
    pub(crate) optional: bool,
}

/// What is in a database.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
pub(crate) struct Facts {
    /// The schemas that exist, of those wanted.
    pub(crate) schemas: Vec<String>,
    /// The extensions that exist, of those wanted.
    pub(crate) extensions: Vec<String>,
    /// The extensions that the server offers, of those wanted.
    pub(crate) offered: Vec<String>,
}

/// What became of an object, or would become of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// It was there.
    Exists,
    /// It was (or would be) created.
    Created,
    /// It is optional, and the server does not offer it; or a pending revision creates it.
    Skipped,
}

impl Status {
    /// Returns the word for it in JSON and messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Exists => "exists",
            Self::Created => "created",
            Self::Skipped => "skipped",
        }
    }
}

/// One object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// `database`, `schema`, `extension`.
    pub(crate) object: &'static str,
    /// Its name.
    pub(crate) name: String,
    /// What is to be done.
    pub(crate) status: Status,
    /// The statement; none where there is nothing to do.
    pub(crate) sql: Option<String>,
    /// Why it is skipped.
    pub(crate) reason: Option<&'static str>,
}

/// What cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BootstrapError {
    /// A name in the settings that is none.
    #[error(transparent)]
    Name(#[from] NotAnIdent),
    /// The server has no such extensions to create.
    #[error("the server does not offer {}", extensions.iter().map(|name| format!("the extension `{name}`")).collect::<Vec<_>>().join(" and "))]
    NotOffered { extensions: Vec<String> },
}

/// Returns the step for a database that exists or not.
///
/// # Errors
/// Names that are none.
pub(crate) fn database(wanted: &DatabaseWanted, exists: bool) -> Result<Step, BootstrapError> {
    let name = wanted.name.clone();
    if exists {
        return Ok(Step { object: "database", name, status: Status::Exists, sql: None, reason: None });
    }
    let mut words = vec![format!("CREATE DATABASE {}", Ident::parse(&name)?)];
    if let Some(owner) = &wanted.owner {
        words.push(format!("OWNER {}", Ident::parse(owner)?));
    }
    // Another encoding or locale than the cluster's is only possible from template0 (PostgreSQL manual 23.3).
    let other = wanted.encoding.is_some() || wanted.locale.is_some();
    match &wanted.template {
        Some(template) => words.push(format!("TEMPLATE {}", Ident::parse(template)?)),
        None if other => words.push("TEMPLATE template0".to_owned()),
        None => (),
    }
    if let Some(encoding) = &wanted.encoding {
        words.push(format!("ENCODING {}", Literal(encoding)));
    }
    if let Some(locale) = &wanted.locale {
        words.push(format!("LOCALE {}", Literal(locale)));
    }
    Ok(Step { object: "database", name, status: Status::Created, sql: Some(words.join(" ")), reason: None })
}

/// Returns the steps inside of the database, in an order that works: schemas before the extensions that go into them.
/// `made_later` are schemas that pending revisions create themselves.
///
/// # Errors
/// Names that are none; extensions that the server does not offer, all in one go.
pub(crate) fn objects(
    schemas: &[SchemaWanted],
    extensions: &[ExtensionWanted],
    made_later: &[String],
    facts: &Facts,
) -> Result<Vec<Step>, BootstrapError> {
    let mut steps = Vec::new();
    for schema in schemas {
        let name = schema.name.clone();
        let object = "schema";
        steps.push(if facts.schemas.contains(&name) {
            Step { object, name, status: Status::Exists, sql: None, reason: None }
        } else if made_later.contains(&name) {
            let reason = Some("a pending revision creates it");
            Step { object, name, status: Status::Skipped, sql: None, reason }
        } else {
            let owner = schema.owner.as_deref().map(Ident::parse).transpose()?;
            let owner = owner.map_or(String::new(), |owner| format!(" AUTHORIZATION {owner}"));
            let sql = format!("CREATE SCHEMA {}{owner}", Ident::parse(&name)?);
            Step { object, name, status: Status::Created, sql: Some(sql), reason: None }
        });
    }
    let mut not_offered = Vec::new();
    for extension in extensions {
        let name = extension.name.clone();
        let object = "extension";
        if facts.extensions.contains(&name) {
            steps.push(Step { object, name, status: Status::Exists, sql: None, reason: None });
        } else if facts.offered.contains(&name) {
            let sql = Some(create_extension(extension)?);
            steps.push(Step { object, name, status: Status::Created, sql, reason: None });
        } else if extension.optional {
            let reason = Some("the server does not offer it");
            steps.push(Step { object, name, status: Status::Skipped, sql: None, reason });
        } else {
            not_offered.push(name);
        }
    }
    if not_offered.is_empty() { Ok(steps) } else { Err(BootstrapError::NotOffered { extensions: not_offered }) }
}

/// Returns a step on one line, for people.
pub(crate) fn line(step: &Step) -> String {
    let reason = step.reason.map_or(String::new(), |reason| format!(": {reason}"));
    format!("{} {} {}{reason}", step.object, readable(&step.name), step.status.name())
}

fn create_extension(extension: &ExtensionWanted) -> Result<String, BootstrapError> {
    let mut words = vec![format!("CREATE EXTENSION {}", Ident::parse(&extension.name)?)];
    if let Some(schema) = &extension.schema {
        words.push(format!("SCHEMA {}", Ident::parse(schema)?));
    }
    if let Some(version) = &extension.version {
        words.push(format!("VERSION {}", Literal(version)));
    }
    if extension.cascade {
        words.push("CASCADE".to_owned());
    }
    Ok(words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::{BootstrapError, DatabaseWanted, ExtensionWanted, Facts, SchemaWanted, Status, database, objects};

    fn extension(name: &str, optional: bool) -> ExtensionWanted {
        ExtensionWanted { name: name.into(), version: None, schema: None, cascade: false, optional }
    }

    #[test]
    fn only_what_is_missing_is_created() {
        let facts = Facts {
            schemas: vec!["there".into()],
            extensions: vec!["vector".into()],
            offered: vec!["vector".into(), "citext".into()],
        };
        let schema = |name: &str| SchemaWanted { name: name.into(), owner: None };
        let wanted = [extension("vector", false), extension("citext", false), extension("none", true)];
        let steps =
            objects(&[schema("there"), schema("new"), schema("later")], &wanted, &["later".into()], &facts).unwrap();
        let seen: Vec<(Status, Option<&str>)> = steps.iter().map(|step| (step.status, step.sql.as_deref())).collect();
        assert_eq!(
            seen,
            [
                (Status::Exists, None),
                (Status::Created, Some("CREATE SCHEMA \"new\"")),
                (Status::Skipped, None),
                (Status::Exists, None),
                (Status::Created, Some("CREATE EXTENSION \"citext\"")),
                (Status::Skipped, None),
            ]
        );
    }

    #[test]
    fn all_that_is_not_offered_comes_in_one_go() {
        let wanted = [extension("a", false), extension("b", false)];
        assert_eq!(
            objects(&[], &wanted, &[], &Facts::default()),
            Err(BootstrapError::NotOffered { extensions: vec!["a".into(), "b".into()] })
        );
    }

    #[test]
    fn another_locale_needs_template0() {
        let wanted = DatabaseWanted { name: "d\"b".into(), locale: Some("C".into()), ..DatabaseWanted::default() };
        assert_eq!(
            database(&wanted, false).unwrap().sql.as_deref(),
            Some("CREATE DATABASE \"d\"\"b\" TEMPLATE template0 LOCALE 'C'")
        );
        assert_eq!(database(&wanted, true).unwrap().sql, None);
    }
}

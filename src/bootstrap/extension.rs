//! Extensions.

use crate::bootstrap::facts::{Objects, Server};
use crate::bootstrap::platform::platform;
use crate::bootstrap::step::{Object, Step, Why};
use crate::bootstrap::wanted::ExtensionWanted;
use crate::text::ident::{Ident, NotAnIdent};
use crate::text::literal::Literal;

/// Returns the step for an extension.
///
/// # Errors
/// A name that is none.
pub(crate) fn extension(wanted: &ExtensionWanted, server: &Server, facts: &Objects) -> Result<Step, NotAnIdent> {
    let name = &wanted.name;
    if let Some(found) = facts.extensions.iter().find(|extension| extension.name == *name) {
        let version = wanted.version.as_ref().filter(|version| **version != found.version);
        let schema = wanted.schema.as_ref().filter(|schema| **schema != found.schema);
        let why = match (version, schema) {
            (Some(wanted), _) => Some(("version", &found.version, wanted)),
            (None, Some(wanted)) => Some(("schema", &found.schema, wanted)),
            (None, None) => None,
        };
        let why = why.map(|(what, is, wanted)| Why::Differs { what, is: is.clone(), wanted: wanted.clone() });
        return Ok(Step::exists(Object::Extension, name).noting(why));
    }
    let create = Step { optional: wanted.optional, ..Step::create(Object::Extension, name, create(wanted)?) };
    let Some(offered) = facts.offered.iter().find(|offered| offered.name == *name) else {
        return Ok(create.refused(Why::NotOffered { extension: name.clone() }));
    };
    if let Some(version) = wanted.version.as_ref().filter(|version| !offered.versions.contains(version)) {
        let (wanted, offered) = (version.clone(), offered.versions.clone());
        return Ok(create.refused(Why::NoVersion { wanted, offered }));
    }
    // Platforms let roles that are no superusers create extensions in ways of their own.
    let doubt = if server.superuser || platform(server).is_some() {
        None
    } else if offered.superuser {
        Some(Why::NeedsSuperuser { role: server.role.clone() })
    } else if facts.may_create {
        None
    } else {
        Some(Why::NoRight { role: server.role.clone(), right: "CREATE privilege on the database" })
    };
    Ok(create.doubting(doubt))
}

fn create(wanted: &ExtensionWanted) -> Result<String, NotAnIdent> {
    let mut words = vec![format!("CREATE EXTENSION {}", Ident::parse(&wanted.name)?)];
    if let Some(schema) = &wanted.schema {
        words.push(format!("SCHEMA {}", Ident::parse(schema)?));
    }
    if let Some(version) = &wanted.version {
        words.push(format!("VERSION {}", Literal(version)));
    }
    if wanted.cascade {
        words.push("CASCADE".to_owned());
    }
    Ok(words.join(" "))
}

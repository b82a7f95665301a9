//! Hosting platforms: which one it is, and what their refusals of an extension mean. They differ from plain PostgreSQL
//! in who may create what, and their texts are all there is to tell by: no SQLSTATE is documented for them.

use crate::bootstrap::facts::Server;

/// A hosting platform with rules of its own for extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Platform {
    Aiven,
    AlloyDb,
    Azure,
    CloudSql,
    DigitalOcean,
    Heroku,
    Neon,
    Rds,
    Supabase,
    Timescale,
}

/// What a refusal of an extension means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExtensionFault {
    /// The server has no files of it.
    NotInstalled,
    /// The platform's list of extensions does not have it.
    NotListed(Platform),
    /// The platform wants it in another schema, or takes another schema for its own.
    WrongSchema(Platform),
    /// Only a superuser may create it.
    NeedsSuperuser,
    /// The role may not create anything in the database.
    NeedsCreate,
}

/// Roles by which a platform is told: the connecting role is one of them, or a member.
pub(crate) const ROLES: &[(&str, Platform)] = &[
    ("azure_pg_admin", Platform::Azure),
    ("rds_superuser", Platform::Rds),
    ("cloudsqlsuperuser", Platform::CloudSql),
    ("alloydbsuperuser", Platform::AlloyDb),
    ("neon_superuser", Platform::Neon),
    ("avnadmin", Platform::Aiven),
    ("doadmin", Platform::DigitalOcean),
    ("tsdbadmin", Platform::Timescale),
];

/// Schemas by which a platform is told, with their owner where the name is an ordinary word.
pub(crate) const SCHEMAS: &[(&str, Option<&str>, Platform)] = &[
    ("_heroku", None, Platform::Heroku),
    ("auth", Some("supabase_auth_admin"), Platform::Supabase),
    ("google_vacuum_mgmt", None, Platform::CloudSql),
    ("neon_migration", Some("cloud_admin"), Platform::Neon),
    ("aiven_extras", Some("avnadmin"), Platform::Aiven),
];

/// Parameters that list the extensions which a platform allows.
pub(crate) const ALLOW_LISTS: &[(&str, Platform)] = &[
    ("azure.extensions", Platform::Azure),
    ("rds.allowed_extensions", Platform::Rds),
    ("rds.extensions", Platform::Rds),
    ("extwlist.extensions", Platform::Aiven),
];

/// Returns the platform that the server is run on, if it is a known one. A superuser is at home: no platform gives that
/// role away.
pub(crate) fn platform(server: &Server) -> Option<Platform> {
    if server.superuser {
        return None;
    }
    let by_role = || {
        ROLES.iter().find(|(role, _)| server.platform_roles.iter().any(|of| of == role)).map(|(_, platform)| *platform)
    };
    let by_schema = || {
        let found = SCHEMAS.iter().find(|(schema, ..)| server.platform_schemas.iter().any(|there| there == schema));
        found.map(|(.., platform)| *platform)
    };
    let by_list = || {
        let found = ALLOW_LISTS.iter().find(|(parameter, _)| server.allow_lists.contains_key(*parameter));
        found.map(|(_, platform)| *platform)
    };
    // DigitalOcean is built on Aiven's technology, list included: its role is what tells.
    by_role().or_else(by_list).or_else(by_schema)
}

/// Returns the parameter with which the platform lists the extensions that it allows, with its value.
pub(crate) fn allow_list(server: &Server) -> Option<(&str, &str)> {
    ALLOW_LISTS.iter().find_map(|(parameter, _)| {
        server.allow_lists.get_key_value(*parameter).map(|(name, value)| (name.as_str(), value.as_str()))
    })
}

/// Returns what the server's refusal to create an extension means, if the text is a known one.
pub(crate) fn extension_fault(sqlstate: &str, message: &str, hint: Option<&str>) -> Option<ExtensionFault> {
    let hint = hint.unwrap_or_default();
    let has = |text: &str| message.contains(text);
    if has("not supported by Amazon RDS") || hint.contains("rds.extensions") {
        Some(ExtensionFault::NotListed(Platform::Rds))
    } else if has("is not allow-listed for") || has("azure_pg_admin") {
        Some(ExtensionFault::NotListed(Platform::Azure))
    } else if has("heroku_ext schema") || has("_heroku schema is not allowed") {
        Some(ExtensionFault::WrongSchema(Platform::Heroku))
    } else if has("Must be superuser to create this extension") || hint.contains("Must be superuser") {
        Some(ExtensionFault::NeedsSuperuser)
    } else if hint.contains("Must have CREATE privilege on current database") {
        Some(ExtensionFault::NeedsCreate)
    } else if has("is not available") || has("could not open extension control file") || sqlstate == "58P01" {
        Some(ExtensionFault::NotInstalled)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::{ExtensionFault, Platform, extension_fault, platform};
    use crate::bootstrap::facts::Server;

    #[test]
    fn refusals_are_told_by_their_texts() {
        let table = [
            (
                "42501",
                "permission denied to create extension \"x\"",
                "Must be superuser to create this extension.",
                ExtensionFault::NeedsSuperuser,
            ),
            (
                "42501",
                "permission denied to create extension \"x\"",
                "Must have CREATE privilege on current database to create this extension.",
                ExtensionFault::NeedsCreate,
            ),
            (
                "0A000",
                "extension \"x\" is not available",
                "The extension must first be installed on the system where PostgreSQL is running.",
                ExtensionFault::NotInstalled,
            ),
            (
                "58P01",
                "could not open extension control file \"/x.control\": No such file or directory",
                "",
                ExtensionFault::NotInstalled,
            ),
            (
                "XX000",
                "Extension \"x\" is not supported by Amazon RDS",
                "Amazon RDS allows users with rds_superuser role to create supported extensions. See: SHOW rds.extensions;",
                ExtensionFault::NotListed(Platform::Rds),
            ),
            (
                "0A000",
                "extension \"x\" is not allow-listed for \"azure_pg_admin\" users in Azure Database for PostgreSQL",
                "",
                ExtensionFault::NotListed(Platform::Azure),
            ),
            (
                "42501",
                "Only members of \"azure_pg_admin\" are allowed to use CREATE EXTENSION",
                "",
                ExtensionFault::NotListed(Platform::Azure),
            ),
            (
                "P0001",
                "Extensions can only be created on heroku_ext schema",
                "",
                ExtensionFault::WrongSchema(Platform::Heroku),
            ),
            (
                "P0001",
                "Creating extensions in the _heroku schema is not allowed",
                "",
                ExtensionFault::WrongSchema(Platform::Heroku),
            ),
        ];
        for (sqlstate, message, hint, fault) in table {
            assert_eq!(extension_fault(sqlstate, message, Some(hint)), Some(fault), "{message}");
        }
        assert_eq!(extension_fault("42601", "syntax error", None), None);
    }

    #[test]
    fn a_superuser_is_on_no_platform() {
        let mut server = Server { platform_roles: vec!["rds_superuser".into()], ..Server::default() };
        assert_eq!(platform(&server), Some(Platform::Rds));
        server.superuser = true;
        assert_eq!(platform(&server), None);
        let listed =
            Server { allow_lists: [("azure.extensions".to_owned(), String::new())].into(), ..Server::default() };
        assert_eq!(platform(&listed), Some(Platform::Azure));
    }
}

//! Which schemas count, and in which ledgers are looked for.

use crate::detect::platform::{is_platform_schema, is_tool_schema};
use crate::detect::tool::TOOL_SCHEMAS;

/// The schemas of one reading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Places {
    /// Their objects count whatever their name is.
    pub(crate) managed: Vec<String>,
    /// Their objects count too, unless the schema turns out to be an extension's.
    pub(crate) visible: Vec<String>,
    /// Ledgers in them are the project's.
    pub(crate) ledgers: Vec<String>,
}

impl Places {
    /// Sorts out the schemas. `managed` are those that settings and revisions name; `search_path` the existing ones of
    /// the session, in order. With `schema_set`, a setting says where the project lives, so that other schemas of the
    /// search path belong to others; without it the project lives where unqualified names go.
    pub(crate) fn new(managed: &[String], schema_set: bool, search_path: &[String]) -> Self {
        let mut places = Self { managed: managed.to_vec(), ..Self::default() };
        let mut path = search_path.iter().filter(|schema| *schema != "pg_catalog");
        if !schema_set {
            // Objects without a schema are made in the first one: that is managing it.
            let first = path.next().cloned().or_else(|| managed.is_empty().then(|| "public".to_owned()));
            places.managed.extend(first);
            places.visible =
                path.filter(|schema| !is_platform_schema(schema) && !is_tool_schema(schema)).cloned().collect();
        }
        places.managed.sort_unstable();
        places.managed.dedup();
        let on_path = search_path.iter().filter(|schema| !is_platform_schema(schema)).cloned();
        places.ledgers = places.managed.iter().cloned().chain(on_path).collect();
        places.ledgers.sort_unstable();
        places.ledgers.dedup();
        places
    }

    /// Returns the schemas to ask the catalog for: those for ledgers, and those that tools keep for themselves.
    pub(crate) fn to_search(&self) -> Vec<&str> {
        let mut schemas: Vec<&str> = self.ledgers.iter().map(String::as_str).collect();
        schemas.extend(TOOL_SCHEMAS.iter().map(|(_, schema)| *schema));
        schemas.sort_unstable();
        schemas.dedup();
        schemas
    }
}

#[cfg(test)]
mod tests {
    use super::Places;

    fn places(managed: &[&str], schema_set: bool, path: &[&str]) -> Places {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        Places::new(&owned(managed), schema_set, &owned(path))
    }

    #[test]
    fn without_a_setting_the_search_path_counts() {
        let found = places(&[], false, &["public", "extensions", "shared", "tiger"]);
        assert_eq!(found.managed, ["public"]);
        assert_eq!(found.visible, ["shared"], "platform schemas on the path are excused");
        assert_eq!(found.ledgers, ["public", "shared"]);
        assert_eq!(places(&[], false, &[]).managed, ["public"], "no schema on the path");
        assert_eq!(places(&["audit"], false, &["public"]).managed, ["audit", "public"]);
    }

    #[test]
    fn with_a_setting_others_on_the_path_are_others() {
        let found = places(&["app"], true, &["app", "public"]);
        assert_eq!(found.managed, ["app"]);
        assert!(found.visible.is_empty());
        assert_eq!(found.ledgers, ["app", "public"]);
    }

    #[test]
    fn a_platform_word_that_is_managed_counts() {
        let found = places(&["auth"], true, &["auth", "storage"]);
        assert_eq!(found.managed, ["auth"]);
        assert_eq!(found.ledgers, ["auth"]);
        assert!(found.to_search().contains(&"supabase_migrations"));
    }
}

//! One object of a catalog: who it is, and what it is like.

use std::fmt;
use std::sync::Arc;

use crate::catalog::kind::Kind;
use crate::text::ident::readable;

/// The role that looks: it has another name in every database, and means the same.
pub(crate) const ME: &str = "@me";

/// Who an object is, by names only: the same in every database that has it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ObjectId {
    /// What it is.
    pub(crate) kind: Kind,
    /// The schema that it stands in. None for what stands in none.
    pub(crate) schema: Option<Arc<str>>,
    /// What it belongs to: the table of a column, constraint, trigger, rule or policy; the type of an attribute; the
    /// server of a user mapping; the role of default privileges.
    pub(crate) parent: Option<Arc<str>>,
    /// Its name. For a cast `source AS target`, for a transform `type FOR language`; for default privileges the kind of
    /// object.
    pub(crate) name: Arc<str>,
    /// What else tells objects of one name apart, as SQL writes it under an empty search path: argument types without
    /// parentheses (functions, procedures, aggregates, operators), the access method of an operator class or family.
    pub(crate) arguments: Option<Arc<str>>,
}

impl ObjectId {
    /// Returns the id of an object that stands in a schema.
    pub(crate) fn new(kind: Kind, schema: &str, name: &str) -> Self {
        Self { kind, schema: Some(schema.into()), parent: None, name: name.into(), arguments: None }
    }

    /// Returns the id of an object that belongs to another.
    pub(crate) fn of(kind: Kind, schema: &str, parent: &str, name: &str) -> Self {
        Self { kind, schema: Some(schema.into()), parent: Some(parent.into()), name: name.into(), arguments: None }
    }

    /// Returns the id of an object that stands in no schema.
    pub(crate) fn wide(kind: Kind, name: &str) -> Self {
        Self { kind, schema: None, parent: None, name: name.into(), arguments: None }
    }

    /// Returns the schema's name, empty for what stands in none.
    pub(crate) fn schema(&self) -> &str {
        self.schema.as_deref().unwrap_or_default()
    }

    /// Returns the parent's name, empty for what has none.
    pub(crate) fn parent(&self) -> &str {
        self.parent.as_deref().unwrap_or_default()
    }

    /// Returns the name without the kind: `public.users.email`, `public.add(integer, integer)`; for default privileges
    /// `of app_owner in schema app on tables`, without the role where it is the one that looks.
    pub(crate) fn path(&self) -> String {
        if self.kind == Kind::DefaultPrivileges {
            let role = self.parent.as_deref().filter(|role| *role != ME).map(|role| format!("of {}", readable(role)));
            let schema = self.schema.as_deref().map(|schema| format!("in schema {}", readable(schema)));
            return [role, schema, Some(format!("on {}", self.name))]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(" ");
        }
        // What these call a name is a phrase, and quoted where it needs to be.
        let phrase = matches!(self.kind, Kind::Cast | Kind::Transform | Kind::Operator);
        let parts = [self.schema.as_deref(), self.parent.as_deref()].into_iter().flatten().map(readable);
        let own = if phrase { self.name.to_string() } else { readable(&self.name) };
        let path = parts.chain([own]).collect::<Vec<_>>().join(".");
        match &self.arguments {
            Some(am) if matches!(self.kind, Kind::OperatorClass | Kind::OperatorFamily) => format!("{path} using {am}"),
            Some(arguments) => format!("{path}({arguments})"),
            None => path,
        }
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.path())
    }
}

/// An object as a query of `sql/catalog/` describes it: each column of the query beside those that say who the object is,
/// is an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Object {
    /// Who it is.
    pub(crate) id: ObjectId,
    /// What it is like.
    attributes: Vec<(Arc<str>, Option<Arc<str>>)>,
}

impl Object {
    /// Takes what was read.
    pub(crate) fn new(id: ObjectId, attributes: Vec<(Arc<str>, Option<Arc<str>>)>) -> Self {
        Self { id, attributes }
    }

    /// Returns the attributes, in the order of their query. None: not set, or as it is where nobody says anything.
    pub(crate) fn attributes(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.attributes.iter().map(|(name, value)| (name.as_ref(), value.as_deref()))
    }

    /// Returns an attribute that the objects of this kind may have.
    pub(crate) fn find(&self, attribute: &str) -> Option<&str> {
        self.attributes.iter().find(|(name, _)| name.as_ref() == attribute).and_then(|(_, value)| value.as_deref())
    }

    /// Returns an attribute of the kind's query.
    ///
    /// # Panics
    /// The query has no such column.
    pub(crate) fn get(&self, attribute: &str) -> Option<&str> {
        match self.attributes.iter().find(|(name, _)| name.as_ref() == attribute) {
            Some((_, value)) => value.as_deref(),
            None => panic!("bug: a {} has no attribute {attribute}", self.id.kind),
        }
    }

    /// Returns an attribute that is always set; empty where it is not.
    ///
    /// # Panics
    /// The query has no such column.
    pub(crate) fn text(&self, attribute: &str) -> &str {
        self.get(attribute).unwrap_or_default()
    }

    /// Returns whether an attribute is `true`; not set is false.
    ///
    /// # Panics
    /// The query has no such column, or it is no boolean.
    pub(crate) fn is(&self, attribute: &str) -> bool {
        match self.get(attribute) {
            Some("true") => true,
            Some("false") | None => false,
            Some(other) => panic!("bug: {attribute} of a {} is no boolean: {other}", self.id.kind),
        }
    }

    /// Returns an attribute that is a JSON list of texts; not set is the empty list.
    ///
    /// # Panics
    /// The query has no such column, or it is no list of texts.
    pub(crate) fn list(&self, attribute: &str) -> Vec<String> {
        match self.get(attribute).map(serde_json::from_str) {
            None => Vec::new(),
            Some(Ok(list)) => list,
            Some(Err(error)) => panic!("bug: {attribute} of a {} is no list: {error}", self.id.kind),
        }
    }

    /// Sets an attribute.
    pub(crate) fn set(&mut self, attribute: &str, value: Option<&str>) {
        let value = value.map(Arc::from);
        match self.attributes.iter_mut().find(|(name, _)| name.as_ref() == attribute) {
            Some((_, old)) => *old = value,
            None => self.attributes.push((attribute.into(), value)),
        }
    }
}

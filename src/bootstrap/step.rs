//! One object: what is to be done about it, and what became of it.

use std::fmt;

use crate::text::ident::readable;
use crate::text::secret::Secret;

/// What a step is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Object {
    Role,
    Membership,
    RoleParameter,
    Database,
    DatabaseParameter,
    Schema,
    Extension,
    Grant,
    DefaultPrivileges,
}

impl Object {
    /// Returns its word in JSON and messages.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::Membership => "membership",
            Self::RoleParameter => "role setting",
            Self::Database => "database",
            Self::DatabaseParameter => "database setting",
            Self::Schema => "schema",
            Self::Extension => "extension",
            Self::Grant => "grant",
            Self::DefaultPrivileges => "default privileges",
        }
    }
}

/// What became of an object, or would become of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// It was there.
    Exists,
    /// It was (or would be) created.
    Created,
    /// It was there and was (or would be) changed.
    Changed,
    /// It is not needed now, or can be done without.
    Skipped,
    /// It can't be had.
    Refused,
}

impl Status {
    /// Returns the word for it in JSON and messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Exists => "exists",
            Self::Created => "created",
            Self::Changed => "changed",
            Self::Skipped => "skipped",
            Self::Refused => "refused",
        }
    }
}

/// Why a step is skipped or refused, or what is to be known of an object that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// A pending revision creates it, or the schema that it is about.
    Later,
    /// The server does not offer the extension.
    NotOffered { extension: String },
    /// The server does not offer this version of the extension.
    NoVersion { wanted: String, offered: Vec<String> },
    /// What exists differs from what is wanted in something that is only set when it is created.
    Differs { what: &'static str, is: String, wanted: String },
    /// The connecting role lacks a right.
    NoRight { role: String, right: &'static str },
    /// Only a superuser may create the extension.
    NeedsSuperuser { role: String },
    /// The role has to be created, and its password is not there.
    NoPassword { missing: String },
    /// The server took the statement, and nothing changed: a warning instead of an error.
    NoEffect { role: String },
    /// Other things are known to be impossible, so that nothing was begun.
    NotBegun,
    /// Something that it needs was refused.
    Needs { what: String },
    /// The schema does not exist, and nothing creates it.
    NoSchema { schema: String },
    /// The server refused.
    Server { message: String, sqlstate: String, detail: Option<String>, hint: Option<String> },
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Later => f.write_str("a pending revision creates it"),
            Self::NotOffered { extension } => write!(f, "the server does not offer the extension `{extension}`"),
            Self::NoVersion { wanted, offered } => {
                write!(f, "the server does not offer version {wanted}, only {}", offered.join(", "))
            }
            Self::Differs { what, is, wanted } => write!(f, "its {what} is {is}, not {wanted}; left as it is"),
            Self::NoRight { role, right } => write!(f, "the role {} has no {right}", readable(role)),
            Self::NeedsSuperuser { role } => {
                write!(f, "only a superuser may create it, and {} is none", readable(role))
            }
            Self::NoPassword { missing } => write!(f, "its password is not there: {missing}"),
            Self::NoEffect { role } => {
                write!(f, "the server changed nothing: {} may not grant all of it", readable(role))
            }
            Self::NotBegun => f.write_str("not begun, since something else can't be had"),
            Self::Needs { what } => write!(f, "it needs {what}"),
            Self::NoSchema { schema } => {
                write!(f, "the schema {} does not exist, and nothing creates it", readable(schema))
            }
            Self::Server { message, sqlstate, .. } => write!(f, "{message} ({sqlstate})"),
        }
    }
}

/// One object and what is to be done about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// What it is.
    pub(crate) object: Object,
    /// Its name.
    pub(crate) name: String,
    /// What is to be done, or was done.
    pub(crate) status: Status,
    /// The statement, without the clause of a password; none where there is nothing to do.
    pub(crate) sql: Option<String>,
    /// The password that the statement ends with.
    pub(crate) password: Option<Secret>,
    /// The reason of the status.
    pub(crate) why: Option<Why>,
    /// Why the server will hardly allow it. Only for a plan: what really happens, the server says.
    pub(crate) doubt: Option<Why>,
    /// Whether to go on where it can't be had.
    pub(crate) optional: bool,
}

impl Step {
    /// Makes a step for what exists.
    pub(crate) fn exists(object: Object, name: impl Into<String>) -> Self {
        let (sql, password, why, doubt) = (None, None, None, None);
        let (name, status, optional) = (name.into(), Status::Exists, false);
        Self { object, name, status, sql, password, why, doubt, optional }
    }

    /// Makes a step that creates.
    pub(crate) fn create(object: Object, name: impl Into<String>, sql: String) -> Self {
        Self { status: Status::Created, sql: Some(sql), ..Self::exists(object, name) }
    }

    /// Makes a step that changes what exists.
    pub(crate) fn change(object: Object, name: impl Into<String>, sql: String) -> Self {
        Self { status: Status::Changed, ..Self::create(object, name, sql) }
    }

    /// Makes a step that is not done.
    pub(crate) fn skipped(object: Object, name: impl Into<String>, why: Why) -> Self {
        Self { status: Status::Skipped, why: Some(why), ..Self::exists(object, name) }
    }

    /// Returns the step as one that can't be done; where it is optional, it is skipped.
    #[must_use]
    pub(crate) fn refused(self, why: Why) -> Self {
        let status = if self.optional { Status::Skipped } else { Status::Refused };
        Self { status, why: Some(why), ..self }
    }

    /// Returns the step with a note.
    #[must_use]
    pub(crate) fn noting(self, why: Option<Why>) -> Self {
        Self { why, ..self }
    }

    /// Returns the step with what speaks against it.
    #[must_use]
    pub(crate) fn doubting(self, doubt: Option<Why>) -> Self {
        Self { doubt, ..self }
    }

    /// Returns whether a statement is to be run.
    pub(crate) fn is_pending(&self) -> bool {
        matches!(self.status, Status::Created | Status::Changed)
    }

    /// Returns whether two steps are about the same object.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.object == other.object && self.name == other.name
    }

    /// Returns the statement as it may be shown: the password is hidden.
    pub(crate) fn shown_sql(&self) -> Option<String> {
        let hidden = if self.password.is_some() { " PASSWORD '***'" } else { "" };
        self.sql.as_ref().map(|sql| format!("{sql}{hidden}"))
    }

    /// Returns what it is about, for a sentence.
    pub(crate) fn title(&self) -> String {
        match self.object {
            Object::Role | Object::Database | Object::Schema | Object::Extension => {
                format!("{} {}", self.object.word(), readable(&self.name))
            }
            Object::Membership
            | Object::RoleParameter
            | Object::DatabaseParameter
            | Object::Grant
            | Object::DefaultPrivileges => format!("{} {}", self.object.word(), self.name),
        }
    }

    /// Returns the step on one line, for people.
    pub(crate) fn line(&self, dry_run: bool) -> String {
        let reason = self.why.as_ref().map_or(String::new(), |why| format!(": {why}"));
        let would = if dry_run && self.is_pending() { "would be " } else { "" };
        format!("{} {would}{}{reason}", self.title(), self.status.name())
    }
}

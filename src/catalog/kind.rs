//! The kinds of database objects.

use std::fmt;

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident $name:literal $reach:ident,)*) => {
        /// What an object is. Its name is the one that `COMMENT ON` uses, where there is one, in lower case.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) enum Kind { $($(#[$doc])* $kind,)* }

        impl Kind {
            /// Every kind, in the order in which objects are told.
            pub(crate) const ALL: &[Self] = &[$(Self::$kind,)*];

            /// Returns the name.
            pub(crate) fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)* }
            }

            /// Returns whether objects of this kind stand in no schema.
            pub(crate) fn is_database_wide(self) -> bool {
                match self { $(Self::$kind => kinds!(@wide $reach),)* }
            }
        }
    };
    (@wide wide) => { true };
    (@wide schema) => { false };
}

kinds! {
    Schema "schema" schema,
    Extension "extension" wide,
    Language "language" wide,
    Collation "collation" schema,
    Conversion "conversion" schema,
    Enum "enum type" schema,
    Domain "domain" schema,
    /// A check (18: or not-null) of a domain.
    DomainConstraint "domain constraint" schema,
    Composite "composite type" schema,
    /// A column of a composite type.
    Attribute "attribute" schema,
    Range "range type" schema,
    /// A type made by functions in C.
    BaseType "base type" schema,
    /// A type that is named and not yet made.
    ShellType "shell type" schema,
    Sequence "sequence" schema,
    /// Ordinary or partitioned, or a partition.
    Table "table" schema,
    ForeignTable "foreign table" schema,
    /// Of a table or foreign table.
    Column "column" schema,
    /// The default of a column of a table, foreign table or view.
    Default "default" schema,
    /// Of a table: with the index that serves it.
    Constraint "constraint" schema,
    /// That serves no constraint.
    Index "index" schema,
    View "view" schema,
    MaterializedView "materialized view" schema,
    /// A column of a view or materialized view.
    ViewColumn "view column" schema,
    Function "function" schema,
    Procedure "procedure" schema,
    Aggregate "aggregate" schema,
    Operator "operator" schema,
    OperatorFamily "operator family" schema,
    OperatorClass "operator class" schema,
    Cast "cast" wide,
    Transform "transform" wide,
    AccessMethod "access method" wide,
    Rule "rule" schema,
    Trigger "trigger" schema,
    Policy "policy" schema,
    Statistics "statistics" schema,
    TextSearchParser "text search parser" schema,
    TextSearchTemplate "text search template" schema,
    TextSearchDictionary "text search dictionary" schema,
    TextSearchConfiguration "text search configuration" schema,
    ForeignDataWrapper "foreign data wrapper" wide,
    Server "server" wide,
    UserMapping "user mapping" wide,
    EventTrigger "event trigger" wide,
    Publication "publication" wide,
    Subscription "subscription" wide,
    /// What `ALTER DEFAULT PRIVILEGES` has set.
    DefaultPrivileges "default privileges" wide,
}

impl Kind {
    /// Returns the kind of that name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

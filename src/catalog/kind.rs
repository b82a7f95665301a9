//! The kinds of database objects.

use std::fmt;

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident $name:literal,)*) => {
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
        }
    };
}

kinds! {
    Schema "schema",
    Extension "extension",
    Language "language",
    Collation "collation",
    Conversion "conversion",
    Enum "enum type",
    Domain "domain",
    /// A check (18: or not-null) of a domain.
    DomainConstraint "domain constraint",
    Composite "composite type",
    /// A column of a composite type.
    Attribute "attribute",
    Range "range type",
    /// A type made by functions in C.
    BaseType "base type",
    /// A type that is named and not yet made.
    ShellType "shell type",
    Sequence "sequence",
    /// Ordinary or partitioned, or a partition.
    Table "table",
    ForeignTable "foreign table",
    /// Of a table or foreign table.
    Column "column",
    /// The default of a column of a table, foreign table or view.
    Default "default",
    /// Of a table: with the index that serves it.
    Constraint "constraint",
    /// That serves no constraint.
    Index "index",
    View "view",
    MaterializedView "materialized view",
    /// A column of a view or materialized view.
    ViewColumn "view column",
    Function "function",
    Procedure "procedure",
    Aggregate "aggregate",
    Operator "operator",
    OperatorFamily "operator family",
    OperatorClass "operator class",
    Cast "cast",
    Transform "transform",
    AccessMethod "access method",
    Rule "rule",
    Trigger "trigger",
    Policy "policy",
    Statistics "statistics",
    TextSearchParser "text search parser",
    TextSearchTemplate "text search template",
    TextSearchDictionary "text search dictionary",
    TextSearchConfiguration "text search configuration",
    ForeignDataWrapper "foreign data wrapper",
    Server "server",
    UserMapping "user mapping",
    EventTrigger "event trigger",
    Publication "publication",
    Subscription "subscription",
    /// What `ALTER DEFAULT PRIVILEGES` has set.
    DefaultPrivileges "default privileges",
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

//! Tables that could be ledgers, as the catalog shows them.

/// A table, its columns in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Table {
    /// The schema.
    pub(crate) schema: String,
    /// The name, as it is stored.
    pub(crate) name: String,
    /// The role that owns it.
    pub(crate) owner: String,
    /// Whether the connecting role may read every row.
    pub(crate) readable: bool,
    /// The columns, in order.
    pub(crate) columns: Vec<Column>,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    /// The name, as it is stored.
    pub(crate) name: String,
    /// The type without modifier, as `format_type` prints it.
    pub(crate) kind: String,
}

impl Table {
    /// Returns the column of this name. Case is ignored, since tools quote, fold or upper-case their names (EF Core,
    /// Liquibase); an exact match wins.
    pub(crate) fn column(&self, name: &str) -> Option<&Column> {
        self.columns
            .iter()
            .find(|column| column.name == name)
            .or_else(|| self.columns.iter().find(|column| column.name.eq_ignore_ascii_case(name)))
    }

    /// Returns whether all these columns are there.
    pub(crate) fn has(&self, names: &[&str]) -> bool {
        names.iter().all(|name| self.column(name).is_some())
    }

    /// Returns whether these columns are there and no others.
    pub(crate) fn has_only(&self, names: &[&str]) -> bool {
        self.columns.len() == names.len() && self.has(names)
    }

    /// Returns whether the column is there and holds characters.
    pub(crate) fn is_text(&self, name: &str) -> bool {
        self.column(name)
            .is_some_and(|column| matches!(column.kind.as_str(), "character varying" | "text" | "character"))
    }

    /// Returns whether the column is there and holds whole numbers.
    pub(crate) fn is_integer(&self, name: &str) -> bool {
        self.column(name)
            .is_some_and(|column| matches!(column.kind.as_str(), "bigint" | "integer" | "smallint" | "numeric"))
    }
}

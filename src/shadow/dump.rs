//! Dumps of shadow databases that stand still, to see what no catalog shows.

use crate::catalog::Catalog;
use crate::catalog::dump::{DumpDifference, View, differences, options};
use crate::catalog::scope::Scope;
use crate::devserver::dump::{Dump, PgDump};
use crate::devserver::error::DevServerError;
use crate::pg::catalog::Bookkeeping;
use crate::pg::session::Session;
use crate::text::ident::Ident;

/// How the dumps of one proof are made and compared.
pub(crate) struct Dumps {
    program: PgDump,
    options: Vec<String>,
    view: View,
    wanted: Side,
    pub(super) before: Side,
    /// What the program said when it failed: nothing is compared then.
    pub(crate) failed: Option<String>,
}

/// One of the schemas that others are compared with.
#[derive(Default)]
pub(super) enum Side {
    /// Not looked at.
    #[default]
    None,
    Going(Dump),
    Text(String),
}

impl Dumps {
    /// Begins, with a dump of the schema that is wanted.
    pub(crate) fn begin(
        program: PgDump,
        wanted: &mut Session,
        scope: &Scope,
        catalogs: &[&Catalog],
        bookkeeping: &Bookkeeping,
    ) -> Self {
        let mut options = options(scope);
        let ledger = &bookkeeping.ledger_schema;
        let tables = [("history", Some(ledger)), ("journal", Some(ledger)), (&bookkeeping.version_table, None)];
        for (name, schema) in tables {
            let schema = schema.map_or_else(|| "*".to_owned(), |schema| pattern(schema));
            options.push(format!("--exclude-table={schema}.{}", pattern(name)));
        }
        let view = View::new(scope, ledger, catalogs);
        let mut dumps = Self { program, options, view, wanted: Side::None, before: Side::None, failed: None };
        dumps.wanted = dumps.start(wanted);
        dumps
    }

    /// Returns the version of the program.
    pub(crate) fn version(&self) -> &str {
        &self.program.version
    }

    /// Starts a dump of the database of a session. Until it is there, that session must change nothing but rows.
    pub(super) fn start(&mut self, session: &Session) -> Side {
        if self.failed.is_some() {
            return Side::None;
        }
        match self.program.start(session.reached(), &self.options) {
            Ok(dump) => Side::Going(dump),
            Err(error) => {
                self.failed = Some(error.to_string());
                Side::None
            }
        }
    }

    /// Starts a dump of what is there before, unless there is one.
    pub(super) fn start_before(&mut self, session: &Session) -> Option<Side> {
        matches!(self.before, Side::None).then(|| self.start(session))
    }

    /// Waits for a dump.
    ///
    /// # Errors
    /// A signal.
    pub(super) fn ended(&mut self, side: Side) -> Result<Side, DevServerError> {
        let Side::Going(dump) = side else { return Ok(side) };
        match dump.text() {
            Ok(Ok(text)) => return Ok(Side::Text(text)),
            Ok(Err(said)) => self.failed = Some(said),
            Err(DevServerError::Interrupted) => return Err(DevServerError::Interrupted),
            Err(error) => self.failed = Some(error.to_string()),
        }
        Ok(Side::None)
    }

    /// Waits for a dump of what is there, and returns how it differs from what is wanted.
    ///
    /// # Errors
    /// A signal.
    pub(super) fn beside_wanted(&mut self, actual: Side) -> Result<Vec<DumpDifference>, DevServerError> {
        let wanted = std::mem::take(&mut self.wanted);
        self.wanted = self.ended(wanted)?;
        let actual = self.ended(actual)?;
        Ok(self.compared(&self.wanted, &actual))
    }

    /// Waits for a dump of what is there, and returns how it differs from what was there before.
    ///
    /// # Errors
    /// A signal.
    pub(super) fn beside_before(&mut self, actual: Side) -> Result<Vec<DumpDifference>, DevServerError> {
        let actual = self.ended(actual)?;
        Ok(self.compared(&self.before, &actual))
    }

    fn compared(&self, expected: &Side, actual: &Side) -> Vec<DumpDifference> {
        match (expected, actual) {
            (Side::Text(expected), Side::Text(actual)) => differences(expected, actual, &self.view),
            (Side::None | Side::Going(_) | Side::Text(_), _) => Vec::new(),
        }
    }
}

/// A name as a pattern of `pg_dump` that stands for it alone.
fn pattern(name: &str) -> String {
    Ident::parse(name).map_or_else(|_| name.to_owned(), |name| name.to_string())
}

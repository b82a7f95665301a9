//! The rows of the version table for the commands that are Alembic's: what is wrong with them is said after what is
//! wrong with the argument, and a row that the graph does not have is a revision that cannot be found.

use crate::commands::guard::untouched;
use crate::commands::view::View;
use crate::commands::{Context, Failure};
use crate::pg::session::Session;
use crate::report::diagnostic::{Diagnostic, Exit};
use crate::revision::graph::{Graph, Index};
use crate::revision::rows::{Active, RowsError};
use crate::revision::target::{Target, TargetError};

/// The rows, of which some may be unknown, or imply each other.
pub(crate) struct Rows<'a> {
    graph: &'a Graph,
    recorded: &'a [String],
}

impl<'a> Rows<'a> {
    /// Takes the rows that were seen.
    pub(crate) fn of(graph: &'a Graph, seen: &'a View) -> Self {
        Self { graph, recorded: &seen.recorded.rows }
    }

    /// The same, if the state lets revisions run.
    ///
    /// # Errors
    /// A database with objects and no version rows; another tool's ledger.
    pub(crate) fn that_may_run(
        cx: &Context,
        session: &mut Session,
        graph: &'a Graph,
        seen: &'a View,
    ) -> Result<Self, Failure> {
        if seen.recorded.rows.is_empty() && !seen.at_base {
            let (state, _) = seen.state(cx, session, graph)?;
            untouched(&state)?;
        }
        Ok(Self::of(graph, seen))
    }

    /// Resolves an argument from the rows.
    ///
    /// # Errors
    /// The argument's; rows that are unknown where the argument counts from them.
    pub(crate) fn resolve<T>(
        &self,
        target: &Target,
        resolve: impl FnOnce(&Graph, &[Index], &Target) -> Result<T, TargetError>,
    ) -> Result<T, Failure> {
        let known: Vec<Index> = self.recorded.iter().filter_map(|row| self.graph.find_name(row)).collect();
        if known.len() < self.recorded.len()
            && let Some(relative) = target.relative().filter(|relative| relative.symbol.is_none())
        {
            if relative.label.is_none() && self.recorded.len() > 1 {
                let (asked, rows) = (target.to_string(), self.recorded.to_vec());
                return Err(TargetError::ManyRows { asked, rows }.into());
            }
            self.active()?;
        }
        Ok(resolve(self.graph, &known, target)?)
    }

    /// Demands that the graph has all rows. That they imply each other is no matter where new ones take their place.
    ///
    /// # Errors
    /// Rows that the graph does not have (`not_found`).
    pub(crate) fn are_known(&self) -> Result<(), Failure> {
        match self.recorded.iter().all(|row| self.graph.find_name(row).is_some()) {
            true => Ok(()),
            false => self.active().map(|_| ()),
        }
    }

    /// Returns what the rows stand for.
    ///
    /// # Errors
    /// Rows that the graph does not have (`not_found`), or that imply each other (`range_error`).
    pub(crate) fn active(&self) -> Result<Active, Failure> {
        Active::of_rows(self.graph, self.recorded.iter().map(String::as_str)).map_err(|error| {
            let (code, exit) = match error {
                RowsError::Unknown { .. } => ("not_found", Exit::Refused),
                RowsError::Overlap { .. } => ("range_error", Exit::Failed),
            };
            Diagnostic { code, exit, ..Diagnostic::from(error) }.into()
        })
    }
}

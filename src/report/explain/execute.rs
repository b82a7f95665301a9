//! What stops a run.

use crate::execute::{ExecuteError, Kept, StatementFailure};
use crate::pg::error::{
    ACTIVE_SQL_TRANSACTION, DEADLOCK_DETECTED, INVALID_TRANSACTION_TERMINATION, LOCK_NOT_AVAILABLE, OUT_OF_MEMORY,
};
use crate::report::diagnostic::{Diagnostic, Exit, Place};
use crate::world::Interrupt;

impl From<ExecuteError> for Diagnostic {
    fn from(error: ExecuteError) -> Self {
        match error {
            ExecuteError::Statement(failure) => statement(&failure),
            ExecuteError::Record { ref step, error: ref cause, ref kept } => {
                let (code, exit) = match cause {
                    cause if cause.closed => ("connection", Exit::Connection),
                    cause if cause.is_lock_trouble() => ("lock", Exit::Lock),
                    _ => ("sql", Exit::Failed),
                };
                let diagnostic = Self::from_error(code, exit, &error).server(cause);
                kept_of(diagnostic, kept, step).help(match cause.sqlstate.as_deref() {
                    Some(LOCK_NOT_AVAILABLE | DEADLOCK_DETECTED) => {
                        "find who holds a lock on the version table or the ledger, and run the command again"
                    }
                    Some("42501") => "the role needs INSERT, UPDATE and DELETE on the version table and the ledger",
                    _ => "run `pgkeel status` to see where the database is, and run the command again",
                })
            }
            ExecuteError::RowsChanged { ref step, ref kept } => kept_of(Self::from_error("version_table", Exit::Failed, &error), kept, step)
                .note("Alembic and other writers of the version table do not heed pgkeel's lock")
                .help("see that no other migration runs, then run the command again"),
            ExecuteError::TableMoved { ref step, ref kept, .. } => kept_of(Self::from_error("refused", Exit::Refused, &error), kept, step)
                .help("leave the version table where it is: set `version_table_schema` to a schema that no revision renames"),
            ExecuteError::LockLost { .. } => Self::from_error("lock", Exit::Lock, &error)
                .note("a transaction that was open was rolled back; what is done of a section without one is in the journal")
                .note("the connection that holds the lock has ended: the server was restarted, or it was terminated")
                .help("run the command again"),
            ExecuteError::ChangedSince { statement, .. } => Self::from_error("interrupted", Exit::Refused, &error)
                .note(format!("statement {statement} of the file is not what was run"))
                .help("bring the file back to what it was when that run began, and run the command again")
                .help("or finish by hand, and say so: `pgkeel stamp --force REVISION`"),
            ExecuteError::Unknown { ref path, ref source_text, ref span, .. } => {
                Self::from_error("interrupted", Exit::Refused, &error)
                    .at(Place { file: path.clone(), source: source_text.to_string(), span: span.clone() })
                    .help("look whether it has done its work; then `--interrupted done` goes on after it")
                    .help("and `--interrupted again` sends it once more")
            }
            ExecuteError::StillAtWork { pid, waited } => Self::from_error("lock", Exit::Lock, &error)
                .note(format!("waited {} s", waited.as_secs()))
                .help(format!("wait until it ends, or end it: SELECT pg_terminate_backend({pid});"))
                .help("then run the command again"),
            ExecuteError::Interrupted { signal, ref kept } => {
                let (exit, name) = match signal {
                    Interrupt::Int => (Exit::Interrupted, "interrupted"),
                    Interrupt::Term => (Exit::Terminated, "terminated"),
                };
                let diagnostic = Self::new("interrupted", exit, name);
                let diagnostic = match kept {
                    Some(kept) => kept_of(diagnostic, kept, "the revision at hand"),
                    None => diagnostic.note("the revision at hand was not begun"),
                };
                diagnostic.help("run the command again: it goes on where it stopped")
            }
            ExecuteError::Sql(error) => error.into(),
        }
    }
}

fn statement(failure: &StatementFailure) -> Diagnostic {
    let error = &failure.error;
    if error.closed && error.sqlstate.is_none() {
        let diagnostic =
            Diagnostic::new("connection", Exit::Connection, format!("the connection was lost in {}", failure.step))
                .at(place(failure));
        return kept_of(diagnostic, &failure.kept, &failure.step)
            .help("run the command again: it looks at what is there and goes on");
    }
    let mut diagnostic = Diagnostic::new("sql", Exit::Failed, error.message.clone()).at(place(failure)).server(error);
    if error.closed {
        diagnostic.code = "connection";
        diagnostic.exit = Exit::Connection;
    }
    if let Some(number) = failure.number
        && failure.of > 1
    {
        diagnostic = diagnostic.note(format!("statement {number} of {} of {}", failure.of, failure.step));
    }
    if failure.deferred {
        diagnostic = diagnostic.note(format!(
            "it was deferred to the end of the transaction: all statements of {} have run",
            failure.step
        ));
    }
    if failure.attempts > 1 {
        diagnostic = diagnostic.note(format!("tried {} times; `retry_for` bounds it", failure.attempts));
    }
    diagnostic = kept_of(diagnostic, &failure.kept, &failure.step);
    if error.closed {
        return diagnostic.help("run the command again: it looks at what is there and goes on");
    }
    if error.is(ACTIVE_SQL_TRANSACTION) || error.is(INVALID_TRANSACTION_TERMINATION) {
        return diagnostic.help("write `transaction=off` behind the section's `-- migrate:` marker");
    }
    if error.is(OUT_OF_MEMORY) && failure.single_transaction {
        return diagnostic
            .help("one transaction holds the locks of all its revisions: raise max_locks_per_transaction and restart the server")
            .help("or run without `--single-transaction`");
    }
    if error.is_lock_trouble() {
        diagnostic.code = "lock";
        diagnostic.exit = Exit::Lock;
        return diagnostic
            .help("find who holds the lock (the lines above name it, or pg_blocking_pids), and run the command again")
            .help("`lock_timeout` and `retry_for` say how long pgkeel tries");
    }
    if error.is("57014") {
        return diagnostic.help("the statement was cancelled; if a timeout did it, set a longer `statement_timeout`");
    }
    if matches!(failure.kept, Kept::Statements { .. }) {
        return diagnostic
            .help("correct the file from that statement on, or the data, and run the command again: it goes on there");
    }
    diagnostic.help("correct the file and run the command again")
}

fn place(failure: &StatementFailure) -> Place {
    Place { file: failure.path.clone(), source: failure.source.to_string(), span: failure.span.clone() }
}

fn kept_of(diagnostic: Diagnostic, kept: &Kept, step: &str) -> Diagnostic {
    diagnostic.note(match kept {
        Kept::Nothing => format!("nothing of {step} was kept"),
        Kept::NothingOfAll => "nothing of this run was kept: all its revisions were one transaction".to_owned(),
        Kept::Statements { done, of } => {
            let are = if *done == 1 { "is done and stays" } else { "are done and stay" };
            format!("{done} of {of} statements of {step} {are}; the journal has them")
        }
        Kept::Part { done, of } => format!(
            "{done} of {of} statements of {step} are done and stay, and so does what the one that failed had committed itself"
        ),
        Kept::Unknown => format!("whether {step} was committed is not known; the version table says it"),
    })
}

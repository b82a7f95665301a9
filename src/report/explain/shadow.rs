//! Shadow databases.

use crate::plan::Op;
use crate::report::diagnostic::{Diagnostic, Exit, Place};
use crate::report::explain::section::explain;
use crate::shadow::declared::DeclaredError;
use crate::shadow::error::{Reaching, ReplayFailure, ShadowError};
use crate::text::span::{byte_offset, line_and_column, word_at};
use crate::world::Interrupt;

/// How many statements are listed.
const LISTED: usize = 20;

impl From<DeclaredError> for Diagnostic {
    fn from(error: DeclaredError) -> Self {
        let place = |file: &crate::shadow::declared::DeclaredFile, span: std::ops::Range<usize>| Place {
            file: file.path.clone(),
            source: file.text.to_string(),
            span,
        };
        match error {
            DeclaredError::Shadow(error) => error.into(),
            DeclaredError::Syntax { ref file, ref fault } => {
                let at = fault.offset();
                Self::from_error("file", Exit::Failed, &error)
                    .at(place(file, at..at))
                    .help("the declared schema is plain SQL, as a server takes it")
            }
            DeclaredError::Statement { ref file, ref span, others, error: ref cause } => {
                let statement = &file.text[span.clone()];
                let marked = cause.position.map_or_else(
                    || span.clone(),
                    |position| {
                        let word = word_at(statement, byte_offset(statement, position));
                        span.start + word.start..span.start + word.end
                    },
                );
                let diagnostic = Self::from_error("sql", Exit::Failed, &error)
                    .server(cause)
                    .at(place(file, marked))
                    .help("correct the declared schema; what it needs beside may be an extension of the settings");
                match others {
                    0 => diagnostic,
                    1 => diagnostic.note("1 more statement waits for something that does not come"),
                    others => {
                        diagnostic.note(format!("{others} more statements wait for something that does not come"))
                    }
                }
            }
        }
    }
}

impl From<ShadowError> for Diagnostic {
    fn from(error: ShadowError) -> Self {
        match error {
            ShadowError::Production { ref private, .. } => Self::from_error("refused", Exit::Refused, &error)
                .note(private.clone())
                .help("install server programs of the target's major version with its extensions: a private server is used then")
                .help("set `shadow` to the URL of another server, or to `dev`")
                .help("or set `shadow = \"target\"`, if a scratch database on the production server is all right"),
            ShadowError::NoTarget => Self::from_error("settings", Exit::Failed, &error)
                .help("set `DATABASE_URL`, or set `shadow` to `auto` or `dev`"),
            ShadowError::DevServer(error) => error.into(),
            ShadowError::Connect(error) => error.into(),
            ShadowError::MayNotCreate { ref role, .. } => {
                let grant = format!("ALTER ROLE {} CREATEDB;", crate::text::ident::readable(role));
                Self::from_error("refused", Exit::Refused, &error)
                    .help(format!("let an administrator run: {grant}"))
                    .help("or set DATABASE_ADMIN_URL to a role that may")
                    .help("or let the shadow live elsewhere: `shadow = \"dev\"`, or the URL of another server")
            }
            ShadowError::Create { error: ref cause, .. } => {
                let exit = if cause.closed { Exit::Connection } else { Exit::Failed };
                let code = if cause.closed { "connection" } else { "sql" };
                Self::from_error(code, exit, &error)
                    .server(cause)
                    .help("correct what the server complains of, or set `shadow` to another place")
            }
            ShadowError::Furnish { .. } => Self::from_error("refused", Exit::Refused, &error)
                .help("install the extension on the server of the shadow, or set `shadow` to a server that offers it"),
            ShadowError::Reaches { ref statements, private } => reaches(&error, statements, private),
            ShadowError::Workspace(error) => error.into(),
            ShadowError::Section { path, source_text, error, op } => explain(&path, &source_text, &error, op.name()),
            ShadowError::Statement(failure) => statement(&failure),
            ShadowError::State(error) => error.into(),
            ShadowError::Name(ref name) => Self::from_error("settings", Exit::Failed, name)
                .help("correct the name in the settings; `pgkeel config` shows where it comes from"),
            ShadowError::Interrupted(signal) => {
                let (exit, word) = match signal {
                    Interrupt::Int => (Exit::Interrupted, "interrupted"),
                    Interrupt::Term => (Exit::Terminated, "terminated"),
                };
                Self::new("interrupted", exit, word)
                    .note("nothing was changed; the shadow database is gone")
                    .help("run the command again")
            }
            ShadowError::Sql(error) => error.into(),
        }
    }
}

fn reaches(error: &ShadowError, statements: &[Reaching], private: bool) -> Diagnostic {
    let mut diagnostic = Diagnostic::from_error("refused", Exit::Refused, error);
    if let Some(first) = statements.first() {
        let span = word_at(&first.source, first.offset);
        diagnostic = diagnostic.at(Place { file: first.path.clone(), source: first.source.to_string(), span });
    }
    for one in statements.iter().take(LISTED) {
        let (line, column) = line_and_column(&one.source, one.offset);
        let (path, what) = (&one.path, one.reach.what());
        diagnostic = diagnostic.note(format!("{path}:{line}:{column}: {what}: {}", one.brief));
    }
    if statements.len() > LISTED {
        diagnostic = diagnostic.note(format!("and {} more", statements.len() - LISTED));
    }
    let diagnostic = diagnostic.note("nothing was run");
    if private || statements.iter().all(|one| !one.reach.is_fine_in_private()) {
        return diagnostic.help(
            "no shadow database takes such statements: move them out of the revisions, or leave these revisions out",
        );
    }
    diagnostic.help("let the shadow live on a private server, where roles are all right: `shadow = \"dev\"`").help(
        "or move what concerns the whole server out of the revisions, into `[[role]]` of the settings, for example",
    )
}

/// Explains a statement of a revision that failed in a shadow.
fn statement(failure: &ReplayFailure) -> Diagnostic {
    let error = &failure.error;
    let place = Place { file: failure.path.clone(), source: failure.source.to_string(), span: failure.span.clone() };
    let (code, exit) = if error.closed { ("connection", Exit::Connection) } else { ("sql", Exit::Failed) };
    let way = match failure.op {
        Op::Upgrade | Op::Stamp => "the way up",
        Op::Downgrade => "the way back",
    };
    let mut diagnostic = Diagnostic::new(code, exit, error.message.clone()).at(place).server(error);
    if failure.of > 1 {
        diagnostic = diagnostic.note(format!("statement {} of {} of {way}", failure.number, failure.of));
    }
    diagnostic
        .note(format!("{way} of {} was replayed in a shadow database; yours was not touched", failure.revision))
        .help("correct the file and run the command again")
        .help(
            "if it needs something that the revisions do not make, name it in the settings: `extensions`, `[[schema]]`",
        )
}

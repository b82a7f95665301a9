//! An error as it is shown: code, exit code, message, place, causes, help.

use crate::text::dsn::masked;
use crate::text::mask::mask_report;

/// The exit codes of the program (DESIGN §7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Failed: a migration failed, bad input, SQL error.
    Failed = 1,
    /// The command line makes no sense.
    Usage = 2,
    /// A check found something.
    Found = 3,
    /// The server is not reachable, or refused the login.
    Connection = 4,
    /// The lock was not got in time, or lost.
    Lock = 5,
    /// A person has to decide.
    Refused = 6,
    /// A bug of ours.
    Bug = 70,
    /// SIGINT.
    Interrupted = 130,
    /// SIGTERM.
    Terminated = 143,
}

/// Where in a file an error stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The file, as a person would type it.
    pub(crate) file: String,
    /// The whole text of the file, for the excerpt; empty where there is none to show.
    pub(crate) source: String,
    /// Bytes of `source` that are marked.
    pub(crate) span: std::ops::Range<usize>,
}

/// What the server said, whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ServerReport {
    /// The SQLSTATE, five characters.
    pub(crate) sqlstate: Option<String>,
    /// The server's DETAIL.
    pub(crate) detail: Option<String>,
    /// The server's HINT.
    pub(crate) hint: Option<String>,
    /// The server's CONTEXT.
    pub(crate) context: Option<String>,
}

/// An error as it is shown.
#[derive(Clone, Debug)]
pub(crate) struct Diagnostic {
    /// The machine-readable code of DESIGN §7: `sql`, `connection`, `not_found`, a state's name, …
    pub(crate) code: &'static str,
    /// The exit code.
    pub(crate) exit: Exit,
    /// One sentence in lower case, without full stop.
    pub(crate) message: String,
    /// What led to it, outermost first.
    pub(crate) causes: Vec<String>,
    /// The place in a file.
    pub(crate) place: Option<Box<Place>>,
    /// The server's report.
    pub(crate) server: Option<Box<ServerReport>>,
    /// Further facts, a line each: the state that the database is in now, what was compared.
    pub(crate) notes: Vec<String>,
    /// The next moves, the best first. Every error but a bug has one.
    pub(crate) help: Vec<String>,
}

impl Diagnostic {
    /// Makes a diagnostic of code, exit code and message.
    pub(crate) fn new(code: &'static str, exit: Exit, message: impl Into<String>) -> Self {
        Self {
            code,
            exit,
            message: message.into(),
            causes: Vec::new(),
            place: None,
            server: None,
            notes: Vec::new(),
            help: Vec::new(),
        }
    }

    /// Makes a diagnostic of an error: its text is the message, its sources are the causes.
    pub(crate) fn from_error(code: &'static str, exit: Exit, error: &dyn std::error::Error) -> Self {
        let mut diagnostic = Self::new(code, exit, error.to_string());
        let mut source = error.source();
        while let Some(cause) = source {
            diagnostic.causes.push(cause.to_string());
            source = cause.source();
        }
        diagnostic
    }

    /// Adds a next move.
    #[must_use]
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// Adds a fact.
    #[must_use]
    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Returns it without passwords: what was typed in the wrong place is quoted in many an error, and the server quotes
    /// what it was sent.
    pub(super) fn masked(&self) -> Self {
        let hide = |text: &String| -> String {
            let words = text.split_inclusive([' ', '\n', '`', '\'', '"']);
            words
                .map(|word| if word.contains("://") && !word.contains("***") { masked(word) } else { word.into() })
                .collect()
        };
        let all = |texts: &[String]| texts.iter().map(hide).collect();
        let said = |text: &String| mask_report(&hide(text));
        let server = self.server.as_ref().map(|server| {
            let part = |text: &Option<String>| text.as_ref().map(said);
            let (detail, hint, context) = (part(&server.detail), part(&server.hint), part(&server.context));
            Box::new(ServerReport { sqlstate: server.sqlstate.clone(), detail, hint, context })
        });
        Self {
            message: if server.is_some() { said(&self.message) } else { hide(&self.message) },
            causes: self.causes.iter().map(said).collect(),
            notes: all(&self.notes),
            help: all(&self.help),
            server,
            ..self.clone()
        }
    }

    /// Sets the place.
    #[must_use]
    pub(crate) fn at(mut self, place: Place) -> Self {
        self.place = Some(Box::new(place));
        self
    }
}

//! The only writer: stdout carries the answer, stderr the talk.

pub(crate) mod config;
pub(crate) mod diagnostic;
pub(crate) mod difference;
pub(crate) mod explain;
pub(crate) mod graph;
pub(crate) mod human;
pub(crate) mod import;
pub(crate) mod json;
pub(crate) mod progress;
mod question;
mod render;

use std::cell::RefCell;
use std::io::{self, IsTerminal as _, Write as _};
use std::sync::Arc;

use anstream::AutoStream;
use serde_json::Value;

use crate::report::diagnostic::Diagnostic;
use crate::report::progress::Progress;

/// How the answer is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// Lines for people.
    #[default]
    Human,
    /// One JSON document.
    Json,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ColorWhen {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl From<ColorWhen> for anstream::ColorChoice {
    fn from(when: ColorWhen) -> Self {
        match when {
            ColorWhen::Auto => Self::Auto,
            ColorWhen::Always => Self::Always,
            ColorWhen::Never => Self::Never,
        }
    }
}

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Volume {
    /// Only the answer and errors.
    Quiet,
    /// Progress and notices as well.
    Normal,
    /// Each statement as well.
    Verbose,
}

/// Writes the answer, the talk and the errors of one command.
pub(crate) struct Reporter {
    format: Format,
    color: ColorWhen,
    volume: Volume,
    warnings: Vec<String>,
    progress: Arc<Progress>,
    /// The first failure to write the answer: a full disk. The reader of a pipe may have seen enough.
    lost: RefCell<Option<io::Error>>,
}

impl Reporter {
    /// Makes the reporter of a command.
    pub(crate) fn new(format: Format, color: ColorWhen, volume: Volume) -> Self {
        let progress = Arc::new(Progress::new(color, volume));
        Self { format, color, volume, warnings: Vec::new(), progress, lost: RefCell::default() }
    }

    /// Returns whether each statement is to be shown.
    pub(crate) fn is_verbose(&self) -> bool {
        self.volume >= Volume::Verbose
    }

    /// Returns whether anybody reads how a run goes on.
    pub(crate) fn shows_progress(&self) -> bool {
        self.volume > Volume::Quiet
    }

    /// Returns whether there is a person at a terminal to be asked.
    pub(crate) fn can_ask(&self) -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// Asks a question that is answered by yes or no. None if there was no answer: Ctrl-C, Ctrl-D, or the terminal has gone.
    pub(crate) fn ask(&self, question: &str) -> Option<bool> {
        let answer = question::ask(question);
        if answer.is_none() {
            self.progress.line("");
        }
        answer
    }

    /// Returns what draws progress; other threads may hold it.
    pub(crate) fn progress(&self) -> Arc<Progress> {
        Arc::clone(&self.progress)
    }

    /// Returns whether the answer is one JSON document.
    pub(crate) fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    /// Writes a line of the answer for people. Nothing where the answer is JSON.
    pub(crate) fn answer(&self, line: &str) {
        self.answers([line]);
    }

    /// Writes many lines of the answer for people, all at once. Nothing where the answer is JSON.
    pub(crate) fn answers(&self, lines: impl IntoIterator<Item = impl AsRef<str>>) {
        if self.format == Format::Human {
            let stdout = AutoStream::new(io::stdout(), self.color.into());
            let mut text = AutoStream::new(Vec::new(), stdout.current_choice());
            for line in lines {
                // Writing to a Vec cannot fail.
                writeln!(text, "{}", line.as_ref()).ok();
            }
            self.note(io::stdout().lock().write_all(&text.into_inner()));
        }
    }

    /// Writes an answer that is a file for another program, byte by byte. Nothing where the answer is JSON.
    pub(crate) fn verbatim(&self, text: &str) {
        if self.format == Format::Human {
            self.note(io::stdout().lock().write_all(text.as_bytes()));
        }
    }

    /// Writes the answer as a JSON document, with the warnings so far. Nothing where the answer is for people.
    pub(crate) fn document(&self, mut document: Value) {
        if self.format == Format::Json {
            self.add_warnings(&mut document);
            let mut stdout = io::stdout().lock();
            self.note(serde_json::to_writer_pretty(&mut stdout, &document).map_err(io::Error::from));
            self.note(writeln!(stdout));
        }
    }

    /// Says something on the way.
    pub(crate) fn talk(&self, line: &str) {
        self.progress.line(line);
    }

    /// Warns.
    pub(crate) fn warn(&mut self, warning: &str) {
        self.progress.warning(warning);
        self.warnings.push(warning.to_owned());
    }

    /// Shows an error; in JSON, as part of the document of what had been done.
    pub(crate) fn error(&self, diagnostic: &Diagnostic, document: Option<Value>) {
        self.progress.clear();
        let diagnostic = &diagnostic.masked();
        if self.format == Format::Json {
            let mut document = document.unwrap_or_else(|| Value::Object(serde_json::Map::new()));
            if let Some(map) = document.as_object_mut() {
                map.insert("error".to_owned(), json::error(diagnostic));
            }
            self.document(document);
        } else {
            self.complain(diagnostic);
        }
    }

    /// Shows an error to people, also where the answer is JSON: stdout is what is broken.
    pub(crate) fn complain(&self, diagnostic: &Diagnostic) {
        let mut stderr = AutoStream::new(io::stderr(), self.color.into()).lock();
        let color = !matches!(stderr.current_choice(), anstream::ColorChoice::Never);
        writeln!(stderr, "{}", render::diagnostic(diagnostic, color)).ok();
    }

    /// Returns why the answer was not written whole, if it was not.
    pub(crate) fn lost(&self) -> Option<io::Error> {
        self.note(io::stdout().flush());
        self.lost.take()
    }

    fn note(&self, written: io::Result<()>) {
        if let Err(error) = written
            && error.kind() != io::ErrorKind::BrokenPipe
        {
            self.lost.borrow_mut().get_or_insert(error);
        }
    }

    fn add_warnings(&self, document: &mut Value) {
        if let Some(map) = document.as_object_mut() {
            let all = map.entry("warnings").or_insert_with(|| Value::Array(Vec::new()));
            if let Some(all) = all.as_array_mut() {
                for warning in &self.warnings {
                    let warning = Value::String(warning.clone());
                    if !all.contains(&warning) {
                        all.push(warning);
                    }
                }
            }
        }
    }
}

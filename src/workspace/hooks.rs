//! Commands that the project wants run on each new revision file.

use std::io;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// A command that did not do its work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HookError {
    /// A quote without its end, or nothing at all.
    #[error("`{command}` is no command line")]
    NoCommand { command: String },
    /// It could not be started.
    #[error("`{command}` cannot be started: {error}")]
    Start { command: String, error: io::Error },
    /// It failed.
    #[error("`{command}` failed: {}", said(output))]
    Failed { command: String, output: String },
}

fn said(output: &str) -> &str {
    if output.is_empty() { "it said nothing" } else { output }
}

/// Runs a command on a file, in the project's directory. The command is no shell's: words are parted by blanks, quotes
/// keep them together, and `<file>` is the file; where it is missing, the file is the last word.
///
/// # Errors
/// A command that cannot be started or that fails, with its output.
pub(crate) fn run_hook(command: &str, file: &Path, root: &Path) -> Result<(), HookError> {
    let none = || HookError::NoCommand { command: command.to_owned() };
    let mut words = words(command).ok_or_else(none)?;
    if !words.iter().any(|word| word.contains("<file>")) {
        words.push("<file>".to_owned());
    }
    let file = file.to_string_lossy();
    let mut words = words.into_iter().map(|word| word.replace("<file>", &file));
    let program = words.next().filter(|word| *word != file).ok_or_else(none)?;
    let output = ended(command, &program, words, root)?;
    if output.status.success() {
        return Ok(());
    }
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).trim().to_owned());
    let output = text.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n");
    Err(HookError::Failed { command: command.to_owned(), output })
}

/// Runs a command in the project's directory and returns what it prints to stdout. The command is no shell's, as above.
///
/// # Errors
/// A command that cannot be started or that fails, with what it said.
pub(crate) fn output(command: &str, root: &Path) -> Result<String, HookError> {
    let none = || HookError::NoCommand { command: command.to_owned() };
    let mut words = words(command).ok_or_else(none)?.into_iter();
    let program = words.next().ok_or_else(none)?;
    let output = ended(command, &program, words, root)?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(text);
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(HookError::Failed { command: command.to_owned(), output: if said.is_empty() { text } else { said } })
}

/// Runs a program to its end. `command` is the line that it was written in.
fn ended(command: &str, program: &str, words: impl Iterator<Item = String>, root: &Path) -> Result<Output, HookError> {
    let mut program = Command::new(program);
    let outcome = program.args(words).current_dir(root).stdin(Stdio::null()).output();
    outcome.map_err(|error| HookError::Start { command: command.to_owned(), error })
}

/// Parts a command line into words, as a shell would that knows nothing but quotes and the backslash.
fn words(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (Some(open), _) if character == open => quote = None,
            (Some('"') | None, '\\') => word.get_or_insert_default().push(characters.next()?),
            (Some(_), _) => word.get_or_insert_default().push(character),
            (None, '\'' | '"') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (None, _) if character.is_whitespace() => words.extend(word.take()),
            (None, _) => word.get_or_insert_default().push(character),
        }
    }
    words.extend(word);
    (quote.is_none() && !words.is_empty()).then_some(words)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{HookError, run_hook, words};

    #[test]
    fn command_lines() {
        let parted = |text: &str| words(text).map(|words| words.join("|"));
        assert_eq!(parted("a  'b c' \"d\\\"e\" f\\ g ''").unwrap(), "a|b c|d\"e|f g|");
        assert_eq!((parted("a 'b"), parted("  ")), (None, None));
    }

    #[test]
    fn the_file_is_where_it_is_wanted() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("a b.sql");
        std::fs::write(&file, "old").unwrap();
        run_hook("sh -c 'printf new > \"$1\"' sh <file>", &file, root.path()).unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "new");
        run_hook("test -f", &file, root.path()).unwrap();
        let failed = run_hook("sh -c 'echo no; echo never >&2; exit 3'", &file, root.path()).unwrap_err();
        assert!(matches!(failed, HookError::Failed { output, .. } if output == "no\nnever"));
        assert!(matches!(run_hook("no-such-program", Path::new("x"), root.path()), Err(HookError::Start { .. })));
        assert!(matches!(run_hook("", Path::new("x"), root.path()), Err(HookError::NoCommand { .. })));
    }
}

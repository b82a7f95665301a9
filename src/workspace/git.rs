//! What the version control knows of the migrations: asked of the `git` program.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Why git has no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GitError {
    /// There is no such program.
    #[error("git cannot be run")]
    Missing(#[source] std::io::Error),
    /// It said no.
    #[error("git {command} failed: {output}")]
    Failed { command: String, output: String },
}

/// A file as it was.
#[derive(Clone, Debug)]
pub(crate) struct Former {
    /// Its path, absolute.
    pub(crate) path: PathBuf,
    /// Its text; what was not UTF-8 is replaced.
    pub(crate) text: String,
}

/// Returns the `.sql` files of the directories that differ now, or are gone, from what they were where `reference` and
/// the present commit part: what came to the reference later is none of this branch's doing.
///
/// # Errors
/// No git, no repository, no such reference.
pub(crate) fn changed_since(directories: &[PathBuf], reference: &str) -> Result<Vec<Former>, GitError> {
    let mut found = Vec::new();
    for directory in directories {
        let top = git(directory, &["rev-parse", "--show-toplevel"], None)?;
        let top = Path::new(std::str::from_utf8(&top).unwrap_or_default().trim()).to_owned();
        let commit = format!("{reference}^{{commit}}");
        let commit = text(&git(directory, &["rev-parse", "--verify", "--end-of-options", &commit], None)?);
        // A shallow clone may not know where they part.
        let base = git(directory, &["merge-base", &commit, "HEAD"], None).map_or(commit, |base| text(&base));
        let names = git(
            directory,
            &["diff", "--name-only", "-z", "--no-renames", "--diff-filter=MDT", &base, "--", "."],
            None,
        )?;
        let names: Vec<String> = names
            .split(|byte| *byte == 0)
            .map(|name| String::from_utf8_lossy(name).into_owned())
            .filter(|name| Path::new(name).extension().is_some_and(|extension| extension == "sql"))
            .filter(|name| !name.contains('\n') && top.join(name).parent().is_some_and(|it| is_same(it, directory)))
            .collect();
        if names.is_empty() {
            continue;
        }
        let wanted: String = names.iter().map(|name| format!("{base}:{name}\n")).collect();
        let objects = git(directory, &["cat-file", "--batch"], Some(&wanted))?;
        let mut rest = objects.as_slice();
        for name in names {
            let Some(end) = rest.iter().position(|byte| *byte == b'\n') else { break };
            let head = String::from_utf8_lossy(&rest[..end]).into_owned();
            rest = &rest[end + 1..];
            let Some(size) = head.rsplit(' ').next().and_then(|size| size.parse::<usize>().ok()) else { continue };
            let content = rest.get(..size).unwrap_or_default();
            found.push(Former { path: top.join(&name), text: String::from_utf8_lossy(content).into_owned() });
            rest = rest.get(size + 1..).unwrap_or_default();
        }
    }
    Ok(found)
}

fn is_same(one: &Path, other: &Path) -> bool {
    one == other || matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().to_owned()
}

fn git(directory: &Path, arguments: &[&str], input: Option<&str>) -> Result<Vec<u8>, GitError> {
    let mut command = Command::new("git");
    command.arg("-C").arg(directory).args(arguments);
    command.stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() });
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(GitError::Missing)?;
    let stdin = child.stdin.take();
    let output = std::thread::scope(|scope| {
        if let (Some(mut stdin), Some(input)) = (stdin, input) {
            // git answers while it reads; if it stops reading, its exit code tells.
            scope.spawn(move || stdin.write_all(input.as_bytes()).ok());
        }
        child.wait_with_output()
    });
    let output = output.map_err(GitError::Missing)?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let command = arguments.first().copied().unwrap_or_default().to_owned();
    Err(GitError::Failed { command, output: text(&output.stderr) })
}

//! The migrations directories: reads and writes revision files.

mod declared;
pub(crate) mod git;
pub(crate) mod hooks;
mod import;
mod owner;
pub(crate) mod tree;

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::revision::graph::{Graph, GraphError};
use crate::revision::script::{Header, ScriptError, Sections, key_place, parse_header, parse_sections};

/// The migrations directories, in the order of the setting.
#[derive(Clone, Debug)]
pub(crate) struct Workspace {
    /// The directories.
    pub(crate) directories: Vec<PathBuf>,
    /// Where the person is: paths below it are shown without it.
    pub(crate) here: PathBuf,
}

/// What is wrong with the migrations directories.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WorkspaceError {
    /// A directory that is not there.
    #[error("the migrations directory `{path}` does not exist")]
    NoDirectory { path: String },
    /// A file or directory that cannot be read or written.
    #[error("cannot {action} {path}")]
    Io {
        action: &'static str,
        path: String,
        #[source]
        error: io::Error,
    },
    /// A file that is not UTF-8.
    #[error("{path} is not UTF-8: byte {byte} is not text")]
    NotUtf8 { path: String, byte: usize },
    /// A file whose header or sections are wrong.
    #[error("{path}: {error}")]
    Script { path: String, source_text: String, error: ScriptError },
    /// Files that make no graph.
    #[error("{error}")]
    Graph { error: Box<GraphError>, places: Vec<KeyPlace> },
    /// A file that would be overwritten.
    #[error("{path} exists already")]
    Exists { path: String },
}

impl WorkspaceError {
    /// Takes an error of a graph whose files are not all written yet.
    pub(crate) fn from_graph(error: GraphError) -> Self {
        Self::Graph { error: Box::new(error), places: Vec::new() }
    }
}

/// A key of a file's header.
#[derive(Debug)]
pub(crate) struct KeyPlace {
    /// The file, as a person would type it.
    pub(crate) path: String,
    /// Its text.
    pub(crate) source_text: String,
    /// The bytes of the key's line.
    pub(crate) span: Range<usize>,
}

/// A revision file, whole.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    /// Its text.
    pub(crate) text: Arc<str>,
    /// Its sections.
    pub(crate) sections: Sections,
}

/// A migrations directory.
struct Directory<'a> {
    path: &'a Path,
    /// What a person would type before the name of a file in it.
    shown: String,
}

impl Directory<'_> {
    fn shown(&self, name: &OsStr) -> String {
        let name = name.to_string_lossy();
        let mut shown = String::with_capacity(self.shown.len() + name.len());
        shown.push_str(&self.shown);
        shown.push_str(&name);
        shown
    }
}

/// How much of a file is read for its header at first; nearly all headers fit.
const HEAD: usize = 2048;

/// From this many files on, two threads read.
const MANY: usize = 256;

impl Workspace {
    /// Reads the headers of all revision files and links them.
    ///
    /// # Errors
    /// Directories and files that cannot be read, headers that are wrong, files that make no graph.
    pub(crate) fn graph(&self) -> Result<Graph, WorkspaceError> {
        let places: Vec<Directory<'_>> = self.directories.iter().map(|path| self.directory(path)).collect();
        let mut files = Vec::new();
        for place in &places {
            files.extend(self.files(place.path)?.into_iter().map(|name| (place, name)));
        }
        let headers = if files.len() < MANY {
            self.headers(&files)?
        } else {
            let (first, second) = files.split_at(files.len() / 2);
            let (first, second) = std::thread::scope(|scope| {
                let other = scope.spawn(|| self.headers(second));
                (self.headers(first), other.join())
            });
            let mut headers = first?;
            match second {
                Ok(second) => headers.extend(second?),
                Err(panic) => std::panic::resume_unwind(panic),
            }
            headers
        };
        Graph::build(headers).map_err(|error| self.placed(error))
    }

    /// Finds the lines that an error of the graph is about.
    fn placed(&self, error: GraphError) -> WorkspaceError {
        let place = |(path, keys): (&str, &[&str])| {
            let source_text = self.text(&self.here.join(path)).ok()?;
            let span = keys.iter().find_map(|key| key_place(&source_text, key))?;
            Some(KeyPlace { path: path.to_owned(), source_text, span })
        };
        let places = error.involved().into_iter().filter_map(place).collect();
        WorkspaceError::Graph { error: Box::new(error), places }
    }

    /// Reads a revision file whole.
    ///
    /// # Errors
    /// A file that cannot be read, sections that are wrong.
    pub(crate) fn script(&self, shown: &str) -> Result<Script, WorkspaceError> {
        let text = self.text(&self.here.join(shown))?;
        match parse_sections(&text) {
            Ok(sections) => Ok(Script { text: Arc::from(text), sections }),
            Err(error) => Err(WorkspaceError::Script { path: shown.to_owned(), source_text: text, error }),
        }
    }

    /// Reads a text file whole, a byte order mark left in its place.
    ///
    /// # Errors
    /// A file that cannot be read or is not UTF-8.
    pub(crate) fn text(&self, path: &Path) -> Result<String, WorkspaceError> {
        let bytes = fs::read(path).map_err(|error| self.io("read", path, error))?;
        String::from_utf8(bytes).map_err(|error| WorkspaceError::NotUtf8 {
            path: self.shown(path),
            byte: error.utf8_error().valid_up_to() + 1,
        })
    }

    /// Writes a file that is not there yet, whole or not at all, with its directory where that is missing. Returns its
    /// path as it is shown.
    ///
    /// # Errors
    /// A file that is there already, or that cannot be written.
    pub(crate) fn write_new(&self, path: &Path, text: &str) -> Result<String, WorkspaceError> {
        let shown = self.shown(path);
        let directory = path.parent().unwrap_or(Path::new("."));
        let owner = owner::of_place(directory);
        fs::create_dir_all(directory).map_err(|error| self.io("create", directory, error))?;
        let written = tempfile::Builder::new()
            .prefix(".pgkeel-")
            .permissions_like_a_plain_file()
            .tempfile_in(directory)
            .and_then(|mut file| file.write_all(text.as_bytes()).map(|()| file))
            .and_then(|file| owner.give(directory, file.as_file()).map(|()| file))
            .map_err(|error| self.io("write", path, error))?;
        match written.persist_noclobber(path) {
            Ok(_) => Ok(shown),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
                Err(WorkspaceError::Exists { path: shown })
            }
            Err(error) => Err(self.io("write", path, error.error)),
        }
    }

    /// Makes a directory that is not there yet. Returns whether it was made.
    ///
    /// # Errors
    /// A directory that cannot be made.
    pub(crate) fn make_directory(&self, path: &Path) -> Result<bool, WorkspaceError> {
        if path.is_dir() {
            return Ok(false);
        }
        fs::create_dir_all(path).map(|()| true).map_err(|error| self.io("create", path, error))
    }

    /// Returns a path as a person would type it from where they are.
    pub(crate) fn shown(&self, path: &Path) -> String {
        let below = path.strip_prefix(&self.here).unwrap_or(path);
        if below.as_os_str().is_empty() { ".".to_owned() } else { below.display().to_string() }
    }

    /// Returns whether two paths are the same directory.
    pub(crate) fn is_same(&self, one: &Path, other: &Path) -> bool {
        one == other || matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
    }

    fn directory<'a>(&self, path: &'a Path) -> Directory<'a> {
        let shown = match self.shown(path) {
            here if here == "." => String::new(),
            shown if shown.ends_with('/') => shown,
            shown => shown + "/",
        };
        Directory { path, shown }
    }

    /// Returns the names of the revision files of a directory, in their order.
    fn files(&self, directory: &Path) -> Result<Vec<OsString>, WorkspaceError> {
        let entries = match fs::read_dir(directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(WorkspaceError::NoDirectory { path: self.shown(directory) });
            }
            Err(error) => return Err(self.io("read", directory, error)),
        };
        let mut names = Vec::new();
        for entry in entries {
            let name = entry.map_err(|error| self.io("read", directory, error))?.file_name();
            let bytes = name.as_encoded_bytes();
            if bytes.ends_with(b".sql") && !bytes.starts_with(b".") {
                names.push(name);
            }
        }
        names.sort_unstable_by(|a, b| a.as_encoded_bytes().cmp(b.as_encoded_bytes()));
        Ok(names)
    }

    fn headers(&self, files: &[(&Directory<'_>, OsString)]) -> Result<Vec<(Header, String)>, WorkspaceError> {
        let mut buffer = [0; HEAD];
        // There may be thousands of files: one buffer for all paths, and what is shown is put together once a directory.
        let mut path = PathBuf::new();
        let mut headers = Vec::with_capacity(files.len());
        for (directory, name) in files {
            path.clear();
            path.push(directory.path);
            path.push(name);
            headers.push((self.header(&path, &mut buffer)?, directory.shown(name)));
        }
        Ok(headers)
    }

    /// Reads a header from the first piece of its file, one read; the whole file is read only where that is too little.
    fn header(&self, path: &Path, buffer: &mut [u8; HEAD]) -> Result<Header, WorkspaceError> {
        let io = |error| self.io("read", path, error);
        let length = File::open(path).and_then(|mut file| file.read(buffer)).map_err(io)?;
        // A character or a line may be cut at the end of the piece; what stands before it is enough.
        let whole_lines = buffer[..length].iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
        if let Ok(head) = std::str::from_utf8(&buffer[..whole_lines])
            && let Ok(header) = parse_header(head)
        {
            return Ok(header);
        }
        let text = self.text(path)?;
        parse_header(&text).map_err(|error| WorkspaceError::Script { path: self.shown(path), source_text: text, error })
    }

    fn io(&self, action: &'static str, path: &Path, error: io::Error) -> WorkspaceError {
        WorkspaceError::Io { action, path: self.shown(path), error }
    }
}

/// Temporary files are private; a revision file is as readable as any file that its author makes.
trait PlainFile {
    fn permissions_like_a_plain_file(&mut self) -> &mut Self;
}

impl PlainFile for tempfile::Builder<'_, '_> {
    #[cfg(unix)]
    fn permissions_like_a_plain_file(&mut self) -> &mut Self {
        use std::os::unix::fs::PermissionsExt as _;
        // The umask applies as it does to any new file.
        self.permissions(fs::Permissions::from_mode(0o666))
    }

    #[cfg(not(unix))]
    fn permissions_like_a_plain_file(&mut self) -> &mut Self {
        self
    }
}

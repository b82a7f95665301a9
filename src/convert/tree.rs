//! The files of a directory, and what a tool's layout makes of them.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::convert::SourceFile;
use crate::convert::error::{ConvertError, Spot};
use crate::convert::warning::Warning;

const BOM: &[u8] = "\u{feff}".as_bytes();

/// The files, by path.
pub(super) struct Tree<'a> {
    root: &'a str,
    files: BTreeMap<&'a str, &'a [u8]>,
}

impl<'a> Tree<'a> {
    pub(super) fn new(root: &'a str, files: &'a [SourceFile]) -> Self {
        let files = files
            .iter()
            .map(|file| (file.path.as_str(), file.content.strip_prefix(BOM).unwrap_or(&file.content)))
            .collect();
        Self { root, files }
    }

    /// The paths, in byte order.
    pub(super) fn paths(&self) -> impl Iterator<Item = &'a str> {
        self.files.keys().copied()
    }

    pub(super) fn has(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    /// The text of a file, without a byte order mark. A file that is not there is empty.
    pub(super) fn text(&self, path: &str) -> Result<&'a str, ConvertError> {
        let bytes = self.files.get(path).copied().unwrap_or_default();
        std::str::from_utf8(bytes)
            .map_err(|error| ConvertError::NotUtf8 { path: self.shown(path), offset: error.valid_up_to() })
    }

    /// A path as a person would type it.
    pub(super) fn shown(&self, path: &str) -> String {
        match self.root.trim_end_matches('/') {
            "" if self.root.is_empty() => path.to_owned(),
            "." => path.to_owned(),
            root => format!("{root}/{path}"),
        }
    }

    /// A place in a file; `span` counts from the byte order mark on.
    pub(super) fn spot(&self, path: &str, source: &str, span: Range<usize>) -> Spot {
        Spot { path: self.shown(path), source: source.to_owned(), span }
    }
}

/// What a tool's layout says about a directory.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// In the order in which the tool applies them.
    pub(super) found: Vec<Found>,
    /// What is not taken along.
    pub(super) warnings: Vec<Warning>,
}

/// One migration as the tool sees it.
#[derive(Debug)]
pub(super) struct Found {
    /// The version, in the one form in which the tool compares it.
    pub(super) version: String,
    /// The name as written.
    pub(super) name: String,
    /// The way up.
    pub(super) up: Piece,
    /// The way back.
    pub(super) down: Option<Piece>,
}

/// The part of a file that makes a section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// The file.
    pub(super) path: String,
    /// Its bytes, one range after the other.
    pub(super) ranges: Vec<Range<usize>>,
    /// Whether the tool was told not to open a transaction.
    pub(super) alone: bool,
}

impl Piece {
    /// A whole file.
    pub(super) fn whole(path: &str, text: &str, alone: bool) -> Self {
        let whole = 0..text.len();
        Self { path: path.to_owned(), ranges: vec![whole], alone }
    }
}

/// The lines of a text with the byte at which each begins; the ends of lines are left out.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (Range<usize>, &str)> {
    let mut at = 0;
    text.split_inclusive('\n').map(move |line| {
        let range = at..at + line.len();
        at = range.end;
        (range, line.trim_end_matches(['\n', '\r']))
    })
}

/// Tells whether a line is blank or a comment.
pub(super) fn is_quiet(line: &str) -> bool {
    let line = line.trim_start();
    line.is_empty() || line.starts_with("--")
}

impl Layout {
    /// Notes a file that is not taken along.
    pub(super) fn leave_out(&mut self, tree: &Tree<'_>, path: &str, why: &'static str) {
        self.warnings.push(Warning::LeftOut { path: tree.shown(path), why });
    }
}

//! Other tools' files → revisions. One file per tool; what they have in common (text, transactions, ids, dates) stands
//! beside them. No IO: the files come in as a list.

pub(crate) mod dates;
mod dbmate;
mod diesel;
pub(crate) mod error;
mod flyway;
mod golang_migrate;
mod goose;
mod guess;
mod names;
mod numbered;
pub(crate) mod place;
mod prisma;
pub(crate) mod section;
mod sqlx;
mod tree;
pub(crate) mod warning;
pub(crate) mod write;

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;

use crate::convert::error::ConvertError;
use crate::convert::section::Section;
use crate::convert::tree::{Found, Tree};
use crate::convert::warning::Warning;
use crate::revision::id::RevisionId;
use crate::text::checksum::sha256;

/// A tool whose files can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tool {
    /// diesel: `<version>_<name>/up.sql`, `down.sql`.
    Diesel,
    /// sqlx: `<version>_<name>.sql`, or `.up.sql` and `.down.sql`.
    Sqlx,
    /// golang-migrate: `<version>_<name>.up.sql`, `.down.sql`.
    GolangMigrate,
    /// dbmate: `<version>_<name>.sql` with `-- migrate:up` and `-- migrate:down`.
    Dbmate,
    /// goose: `<version>_<name>.sql` with `-- +goose Up` and `-- +goose Down`.
    Goose,
    /// Flyway: `V<version>__<name>.sql`, `U<version>__<name>.sql`, `R__<name>.sql`.
    Flyway,
    /// Prisma: `<name>/migration.sql`.
    Prisma,
}

impl Tool {
    /// All of them, in the order in which a layout is tried for a guess: the most particular first.
    pub(crate) const ALL: [Self; 7] =
        [Self::Diesel, Self::Prisma, Self::Flyway, Self::Dbmate, Self::Goose, Self::GolangMigrate, Self::Sqlx];

    /// Returns the tool's name, as it is typed after `--from`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Diesel => "diesel",
            Self::Sqlx => "sqlx",
            Self::GolangMigrate => "golang-migrate",
            Self::Dbmate => "dbmate",
            Self::Goose => "goose",
            Self::Flyway => "flyway",
            Self::Prisma => "prisma",
        }
    }

    /// Returns what the tool's directory looks like, for people.
    pub(crate) fn layout(self) -> &'static str {
        match self {
            Self::Diesel => "directories `<version>_<name>` with `up.sql` and `down.sql`",
            Self::Sqlx => "files `<number>_<name>.sql`, or `<number>_<name>.up.sql` and `.down.sql`",
            Self::GolangMigrate => "files `<number>_<name>.up.sql` and `.down.sql`",
            Self::Dbmate => "files `<number>_<name>.sql` with `-- migrate:up` and `-- migrate:down`",
            Self::Goose => "files `<number>_<name>.sql` with `-- +goose Up` and `-- +goose Down`",
            Self::Flyway => "files `V<version>__<name>.sql`, `U<version>__<name>.sql` and `R__<name>.sql`",
            Self::Prisma => "directories `<timestamp>_<name>` with `migration.sql`",
        }
    }
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for Tool {
    type Err = UnknownTool;

    fn from_str(text: &str) -> Result<Self, UnknownTool> {
        Self::ALL.into_iter().find(|tool| tool.name() == text).ok_or_else(|| UnknownTool { asked: text.to_owned() })
    }
}

/// A name after `--from` that is none of ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{asked}` is none of {}", Tool::ALL.map(Tool::name).join(", "))]
pub(crate) struct UnknownTool {
    asked: String,
}

/// A file of the other tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SourceFile {
    /// Its path below the directory that is imported, with `/` between the parts.
    pub(crate) path: String,
    /// Its bytes; only those of files that [`is_read`] names are needed.
    pub(crate) content: Vec<u8>,
}

/// Tells whether the text of a file matters; of others the name is enough.
pub(crate) fn is_read(path: &str) -> bool {
    matches!(names::extension(path), Some("sql" | "toml" | "conf"))
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request<'a> {
    /// Whose files they are.
    pub(crate) tool: Tool,
    /// The directory as it was typed: it stands before paths in messages.
    pub(crate) root: &'a str,
    /// The files below it.
    pub(crate) files: &'a [SourceFile],
    /// Whether Flyway's `${…}` is text, not a placeholder.
    pub(crate) keep_placeholders: bool,
}

/// A directory of migrations, read and checked.
#[derive(Clone, Debug)]
pub(crate) struct Converted {
    /// In the order in which the tool applies them.
    pub(crate) migrations: Vec<Migration>,
    /// What a person should know.
    pub(crate) warnings: Vec<Warning>,
}

/// One migration, on its way to be a revision.
#[derive(Clone, Debug)]
pub(crate) struct Migration {
    /// The same for the same tool, version and name, whenever it is imported.
    pub(crate) revision: RevisionId,
    /// The title, from the name.
    pub(crate) title: String,
    /// The file of the up section, relative to the imported directory.
    pub(crate) source: String,
    /// When it was written, where the version says so.
    pub(crate) written: Option<Timestamp>,
    /// The way up.
    pub(crate) up: Section,
    /// The way back; none where the tool has none.
    pub(crate) down: Option<Section>,
}

/// Reads a tool's files.
///
/// # Errors
/// Nothing to import, files that contradict each other or the tool's rules, and text that no server can run. Nothing is
/// left out without a warning.
pub(crate) fn convert(request: &Request<'_>) -> Result<Converted, ConvertError> {
    let tree = Tree::new(request.root, request.files);
    let layout = match request.tool {
        Tool::Diesel => diesel::read(&tree),
        Tool::Sqlx => sqlx::read(&tree),
        Tool::GolangMigrate => golang_migrate::read(&tree),
        Tool::Dbmate => dbmate::read(&tree),
        Tool::Goose => goose::read(&tree),
        Tool::Flyway => flyway::read(&tree, request.keep_placeholders),
        Tool::Prisma => prisma::read(&tree),
    }?;
    if layout.found.is_empty() {
        return Err(guess::nothing_found(request.tool, &tree));
    }
    let mut warnings = layout.warnings;
    let mut versions: BTreeMap<(&str, &str), &Found> = BTreeMap::new();
    for found in &layout.found {
        // Of golang-migrate's, two may share a version; `numbered` has seen to it.
        let shared = if request.tool == Tool::GolangMigrate { found.name.as_str() } else { "" };
        if let Some(first) = versions.insert((&found.version, shared), found) {
            return Err(ConvertError::DuplicateVersion {
                version: found.version.clone(),
                first: tree.shown(&first.up.path),
                second: tree.shown(&found.up.path),
            });
        }
        guess::refuse_other_markers(request.tool, &tree, &found.up.path)?;
    }
    let mut ids: BTreeMap<RevisionId, String> = BTreeMap::new();
    let mut migrations = Vec::with_capacity(layout.found.len());
    for found in &layout.found {
        let revision = revision_id(request.tool, found)?;
        if let Some(first) = ids.insert(revision.clone(), found.up.path.clone()) {
            return Err(ConvertError::IdCollision { revision, first, second: found.up.path.clone() });
        }
        migrations.push(Migration {
            revision,
            title: names::title(&found.name, &found.version),
            source: found.up.path.clone(),
            written: dates::of_version(&found.version),
            up: section::read(request.tool, &tree, &found.up, &mut warnings)?,
            down: found
                .down
                .as_ref()
                .map(|down| section::read(request.tool, &tree, down, &mut warnings))
                .transpose()?,
        });
    }
    Ok(Converted { migrations, warnings })
}

/// Twelve hexadecimal digits that depend on nothing but tool, version and name, so that a second import, on whichever
/// machine, finds the same revisions.
fn revision_id(tool: Tool, found: &Found) -> Result<RevisionId, ConvertError> {
    let digest = sha256(&format!("{tool}\n{}\n{}", found.version, found.name));
    RevisionId::parse(&digest[..12]).map_err(|_| panic!("bug: hexadecimal digits are an id"))
}

#[cfg(test)]
mod tests;

//! The declared schema, loaded in a scratch database: plain SQL files in any order.
//!
//! What a statement needs and is not there yet may be made by a later one: such statements wait, and are tried again after
//! the others, as long as that gets any of them done.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use crate::pg::error::SqlError;
use crate::pg::session::Session;
use crate::plan::reach::{Reach, reaches_beyond};
use crate::shadow::error::{Reaching, ShadowError};
use crate::shadow::replay::Replayer;
use crate::text::ident::Ident;
use crate::text::parse::{Base, Class, new_base};
use crate::text::statements::{SplitError, Statement, split};
use crate::world;

/// A file of the declared schema.
#[derive(Clone, Debug)]
pub(crate) struct DeclaredFile {
    /// Its path, as people know it.
    pub(crate) path: String,
    /// Its text.
    pub(crate) text: Arc<str>,
}

/// Why a declared schema cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DeclaredError {
    /// The shadow's.
    #[error(transparent)]
    Shadow(#[from] ShadowError),
    /// A file that is no SQL.
    #[error("{fault}")]
    Syntax {
        /// The file.
        file: DeclaredFile,
        /// What is wrong.
        fault: Box<SplitError>,
    },
    /// A statement that fails, however often it is tried.
    #[error("the declared schema cannot be loaded")]
    Statement {
        /// The file.
        file: DeclaredFile,
        /// The statement's bytes in it.
        span: Range<usize>,
        /// How many others wait for something that does not come.
        others: usize,
        /// The server's.
        #[source]
        error: SqlError,
    },
}

/// A statement of a file, with the settings that the file has made before it.
struct Waiting<'a> {
    file: &'a DeclaredFile,
    statement: Statement,
    settings: Arc<str>,
}

/// Where a statement stands: its file, and its first byte in it.
type Place<'a> = (&'a str, usize);

impl<'a> Waiting<'a> {
    fn place(&self) -> Place<'a> {
        (&self.file.path, self.statement.range.start)
    }
}

/// What the server says of a schema or extension that is there.
const THERE: [&str; 2] = ["42P06", "42710"];

/// What it says of something that others depend on.
const DEPENDED_ON: &str = "2BP01";

/// What the server says of something that is not there: a schema, relation, column, type or other object, function.
const NOT_THERE: [&str; 6] = ["3F000", "42P01", "42703", "42704", "42883", "42P17"];

/// Loads files into a fresh scratch database.
///
/// # Errors
/// A file that is no SQL; a statement that reaches beyond the database; one that fails.
pub(crate) fn load(replayer: &mut Replayer, files: &[DeclaredFile]) -> Result<(), DeclaredError> {
    let mut waiting = Vec::new();
    for file in files {
        let found =
            split(&file.text).map_err(|fault| DeclaredError::Syntax { file: file.clone(), fault: Box::new(fault) })?;
        let mut settings: Arc<str> = "".into();
        for statement in found.statements {
            let text = &file.text[statement.range.clone()];
            refuse(replayer, file, &statement, text)?;
            match &statement.class {
                Class::Set { .. } | Class::SetRole | Class::SessionState(_) => {
                    settings = format!("{settings}{text};\n").into();
                }
                // What pg_dump writes.
                Class::Ordinary if text.starts_with("SELECT pg_catalog.set_config(") => {
                    settings = format!("{settings}{text};\n").into();
                }
                // Each statement is done or not done for itself here.
                Class::Begin | Class::Commit { .. } | Class::SetLocal => (),
                Class::Ordinary
                | Class::EnsureIndex { .. }
                | Class::Rollback { .. }
                | Class::PrepareTransaction { .. }
                | Class::Alone(_)
                | Class::MaybeAlone(_)
                | Class::AddEnumValue { .. }
                | Class::CopyIn
                | Class::CopyOut
                | Class::Unknown => waiting.push(Waiting { file, statement, settings: Arc::clone(&settings) }),
            }
        }
    }
    let session = replayer.session();
    let there = make_room(session, &waiting)?;
    session.run("SET check_function_bodies = off").map_err(ShadowError::from)?;
    let mut current: Option<Arc<str>> = None;
    while !waiting.is_empty() {
        let number = waiting.len();
        let mut later = Vec::new();
        let mut first = None;
        for item in waiting {
            if let Some(signal) = world::interrupted() {
                return Err(ShadowError::Interrupted(signal).into());
            }
            if current.as_ref() != Some(&item.settings) {
                let reset = format!("RESET ALL;\nSET check_function_bodies = off;\n{}", item.settings);
                session.run(&reset).map_err(|error| failed(&item, 0, error))?;
                current = Some(Arc::clone(&item.settings));
            }
            match run(session, &item) {
                Ok(()) => (),
                Err(error) if error.sqlstate.as_deref().is_some_and(|code| NOT_THERE.contains(&code)) => {
                    first.get_or_insert(error);
                    later.push(item);
                }
                Err(error) if THERE.iter().any(|code| error.is(code)) && there.contains(&item.place()) => (),
                Err(error) => return Err(failed(&item, 0, error)),
            }
        }
        if later.len() == number
            && let (Some(item), Some(error)) = (later.first(), first)
        {
            return Err(failed(item, later.len() - 1, error));
        }
        waiting = later;
    }
    session.run("RESET ALL").map_err(ShadowError::from)?;
    Ok(())
}

/// Takes schemas and extensions away that the database was furnished with, where the files make them: the files say what
/// they shall be like. Returns the statements that cannot make theirs, because something is in the one that is there.
///
/// # Errors
/// The connection is lost.
fn make_room<'a>(session: &mut Session, waiting: &[Waiting<'a>]) -> Result<BTreeSet<Place<'a>>, ShadowError> {
    let made: Vec<(Place<'a>, Base)> = waiting
        .iter()
        .filter_map(|item| Some((item.place(), new_base(&item.file.text[item.statement.range.clone()])?)))
        .collect();
    let mut there = BTreeSet::new();
    // A schema is empty when the extensions in it are gone.
    for is_extension in [true, false] {
        for (place, base) in &made {
            let (sql, may_stay) = match base {
                Base::Extension(name) if is_extension => {
                    (format!("DROP EXTENSION IF EXISTS {}", Ident::parse(name)?), true)
                }
                Base::Schema(name, is_alone) if !is_extension && name != "public" => {
                    (format!("DROP SCHEMA IF EXISTS {}", Ident::parse(name)?), *is_alone)
                }
                Base::Extension(_) | Base::Schema(..) => continue,
            };
            match session.run(&sql) {
                Ok(()) => (),
                Err(error) if error.is(DEPENDED_ON) && may_stay => there.extend([*place]),
                Err(error) if error.closed => return Err(error.into()),
                // It fails where it is made, with its place in the file.
                Err(_) => (),
            }
        }
    }
    Ok(there)
}

fn run(session: &mut Session, item: &Waiting<'_>) -> Result<(), SqlError> {
    let text = &item.file.text[item.statement.range.clone()];
    match &item.statement.copy_data {
        Some(data) => session.copy_in(text, &item.file.text[data.clone()]),
        None => session.run(text),
    }
}

fn failed(item: &Waiting<'_>, others: usize, error: SqlError) -> DeclaredError {
    DeclaredError::Statement { file: item.file.clone(), span: item.statement.range.clone(), others, error }
}

/// A declared schema makes objects of one database: what reaches beyond it is refused, but for roles on a private server.
fn refuse(replayer: &Replayer, file: &DeclaredFile, statement: &Statement, text: &str) -> Result<(), ShadowError> {
    let Some(found) = reaches_beyond(text) else { return Ok(()) };
    if replayer.is_private() && Reach::is_fine_in_private(found.reach) {
        return Ok(());
    }
    Err(ShadowError::Reaches {
        statements: vec![Reaching {
            path: file.path.clone(),
            source: Arc::clone(&file.text),
            offset: statement.range.start + found.offset,
            reach: found.reach,
            brief: crate::plan::section::brief(text),
        }],
        private: replayer.is_private(),
    })
}

//! Revisions as a replay takes them: read, split and checked.

use std::sync::Arc;

use crate::plan::Op;
use crate::plan::reach::{Reach, reaches_beyond};
use crate::plan::section::{Prepared, SectionError, brief, prepare};
use crate::revision::graph::{Graph, Index};
use crate::revision::id::RevisionId;
use crate::revision::order::newest_first;
use crate::revision::script::{Down, Header, Section};
use crate::shadow::error::{Reaching, ShadowError};
use crate::shadow::place::Kind;
use crate::workspace::{Script, Workspace};

/// A revision, ready to be replayed.
#[derive(Clone, Debug)]
pub(crate) struct Revised {
    /// Its id.
    pub(crate) id: RevisionId,
    /// The first line of its message.
    pub(crate) title: String,
    /// Its file, as a person would type it.
    pub(crate) path: String,
    /// The way up.
    pub(crate) up: Ready,
    /// The way back.
    pub(crate) down: WayBack,
}

/// Which sections of revisions are wanted: to make them ready takes time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ways {
    /// The way up alone; the way back is as if there were none.
    Up,
    /// Both.
    Both,
}

/// The way back.
#[derive(Clone, Debug)]
pub(crate) enum WayBack {
    /// There is one.
    Section(Ready),
    /// The file has none.
    Missing,
    /// The file says that there is none.
    Irreversible,
    /// There is one that no server can run. That is found out where it is to be run: the way up may be all that is wanted.
    Faulty {
        /// The text of the file.
        source_text: Arc<str>,
        /// What is wrong.
        error: SectionError,
    },
}

impl Revised {
    /// Returns whether no statement of it reaches beyond its database.
    pub(crate) fn is_harmless(&self) -> bool {
        let down = match &self.down {
            WayBack::Section(ready) => ready.reaching.is_empty(),
            WayBack::Missing | WayBack::Irreversible | WayBack::Faulty { .. } => true,
        };
        self.up.reaching.is_empty() && down
    }
}

/// A section that can be replayed.
#[derive(Clone, Debug)]
pub(crate) struct Ready {
    /// Its statements.
    pub(crate) section: Prepared,
    /// Which of them reach beyond the database: their numbers, what they reach, whether they do it themselves, and where
    /// in the file that is said.
    pub(super) reaching: Vec<(usize, Reach, bool, usize)>,
}

impl Ready {
    fn of(section: Prepared) -> Self {
        let all = section.statements.iter().enumerate();
        let reaching = all
            .filter_map(|(number, statement)| {
                let found = reaches_beyond(section.text(statement))?;
                let offset = section.body.start + statement.range.start + found.offset;
                Some((number, found.reach, found.directly, offset))
            })
            .collect();
        Self { section, reaching }
    }

    /// What a statement does itself to the whole server.
    pub(super) fn reach(&self, number: usize) -> Option<Reach> {
        self.reaching.iter().find(|(of, _, directly, _)| *of == number && *directly).map(|(_, reach, ..)| *reach)
    }
}

/// Returns the targets and all that they need, in the order in which an upgrade from nothing runs them.
pub(crate) fn order(graph: &Graph, targets: &[Index]) -> Vec<Index> {
    let set = graph.with_ancestors(targets.iter().copied());
    let mut order = newest_first(graph, &set, targets);
    order.reverse();
    order
}

/// Reads a revision for a server of this major version.
///
/// # Errors
/// A file that cannot be read; a way up that cannot run.
pub(crate) fn read(
    workspace: &Workspace,
    graph: &Graph,
    index: Index,
    major: u32,
    ways: Ways,
) -> Result<Revised, ShadowError> {
    let revision = graph.get(index);
    let script = workspace.script(&revision.path)?;
    revised(&revision.header, &revision.path, &script, major, ways)
}

/// Makes a revision that has no file yet ready for a server of this major version.
///
/// # Errors
/// A way up that cannot run.
pub(crate) fn revised(
    header: &Header,
    path: &str,
    script: &Script,
    major: u32,
    ways: Ways,
) -> Result<Revised, ShadowError> {
    let path = &path.to_owned();
    let ready = |section: &Section| prepare(&script.text, section, major).map(Ready::of);
    let up = ready(&script.sections.up).map_err(|error| ShadowError::Section {
        path: path.clone(),
        source_text: script.text.clone(),
        error,
        op: Op::Upgrade,
    })?;
    let down = match &script.sections.down {
        _ if ways == Ways::Up => WayBack::Missing,
        Down::Section(section) => match ready(section) {
            Ok(ready) => WayBack::Section(ready),
            Err(error) => WayBack::Faulty { source_text: script.text.clone(), error },
        },
        Down::Missing => WayBack::Missing,
        Down::Irreversible => WayBack::Irreversible,
    };
    let title = header.title().to_owned();
    Ok(Revised { id: header.revision.clone(), title, path: path.clone(), up, down })
}

/// Refuses, before anything runs, sections with statements that a server of this kind must not get (DESIGN §6). On a
/// server that others use these are all that reach beyond the database; on a private one, those that leave the server or
/// would touch other databases of it.
///
/// # Errors
/// [`ShadowError::Reaches`] with all of them.
pub(crate) fn guard<'a>(kind: Kind, sections: impl Iterator<Item = (&'a str, &'a Ready)>) -> Result<(), ShadowError> {
    let private = kind == Kind::Private;
    let mut statements = Vec::new();
    for (path, ready) in sections {
        for (number, reach, _, offset) in &ready.reaching {
            if private && reach.is_fine_in_private() {
                continue;
            }
            let section = &ready.section;
            statements.push(Reaching {
                path: path.to_owned(),
                source: section.source.clone(),
                offset: *offset,
                reach: *reach,
                brief: brief(section.text(&section.statements[*number])),
            });
        }
    }
    if statements.is_empty() { Ok(()) } else { Err(ShadowError::Reaches { statements, private }) }
}

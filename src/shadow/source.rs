//! Revisions as a replay takes them: read, split and checked.

use crate::plan::Op;
use crate::plan::reach::{Reach, reaches_beyond};
use crate::plan::section::{Prepared, brief, prepare};
use crate::revision::graph::{Graph, Index};
use crate::revision::id::RevisionId;
use crate::revision::order::newest_first;
use crate::revision::script::{Down, Section};
use crate::shadow::error::{Reaching, ShadowError};
use crate::shadow::place::Kind;
use crate::workspace::{Script, Workspace};

/// A revision, ready to be replayed.
#[derive(Clone, Debug)]
pub(crate) struct Revised {
    /// The revision.
    pub(crate) index: Index,
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

/// The way back.
#[derive(Clone, Debug)]
pub(crate) enum WayBack {
    /// There is one.
    Section(Ready),
    /// The file has none.
    Missing,
    /// The file says that there is none.
    Irreversible,
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
/// A file that cannot be read; sections that cannot run.
pub(crate) fn read(workspace: &Workspace, graph: &Graph, index: Index, major: u32) -> Result<Revised, ShadowError> {
    let revision = graph.get(index);
    let path = &revision.path;
    let script = workspace.script(path)?;
    let ready = |section: &Section, op: Op| match prepare(&script.text, section, major) {
        Ok(section) => Ok(Ready::of(section)),
        Err(error) => {
            Err(ShadowError::Section { path: path.clone(), source_text: script.text.clone(), error, op })
        }
    };
    let Script { sections, .. } = &script;
    Ok(Revised {
        index,
        id: revision.id().clone(),
        title: revision.header.title().to_owned(),
        path: path.clone(),
        up: ready(&sections.up, Op::Upgrade)?,
        down: match &sections.down {
            Down::Section(section) => WayBack::Section(ready(section, Op::Downgrade)?),
            Down::Missing => WayBack::Missing,
            Down::Irreversible => WayBack::Irreversible,
        },
    })
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

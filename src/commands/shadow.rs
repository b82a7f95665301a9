//! Opening a shadow for a command: what settings, target and revisions say of it.

use crate::bootstrap::wanted::{DatabaseWanted, ExtensionWanted, SchemaWanted};
use crate::commands::database::{dev_server, look, maintenance, target};
use crate::commands::view::view;
use crate::commands::{Context, Failure};
use crate::devserver::control;
use crate::pg::session::Session;
use crate::pg::state::StateError;
use crate::report::explain::devserver::progress;
use crate::revision::graph::{Graph, Index};
use crate::settings::target::Target as Place;
use crate::shadow::error::ShadowError;
use crate::shadow::model::Model;
use crate::shadow::place::{Kind, Target, find};
use crate::shadow::source::{Revised, Ways, read};
use crate::shadow::{Blueprint, Shadow};
use crate::text::dsn::Dsn;
use crate::text::ident::Ident;
use crate::text::parse::{GRAMMAR_MAJOR, created_schemas};
use crate::workspace::Workspace;

/// The database that a shadow stands for.
pub(crate) struct Original {
    /// How to connect to the server that was reached.
    dsn: Dsn,
    /// What it is like.
    pub(crate) model: Model,
}

impl Original {
    /// Reads the database that a session is connected to.
    ///
    /// # Errors
    /// The server's.
    pub(crate) fn read(session: &mut Session) -> Result<Self, Failure> {
        Ok(Self { dsn: session.reached().clone(), model: Model::read(session)? })
    }

    /// Takes the server for a database that does not exist yet. The session is one in another database of it.
    ///
    /// # Errors
    /// The server's.
    pub(crate) fn absent(cx: &Context, session: &mut Session) -> Result<Self, Failure> {
        let other = Self::read(session)?;
        Ok(Self { model: other.model.of_another(&cx.settings.database_parameters), ..other })
    }
}

/// How many threads read revisions at most.
const MOST_READERS: usize = 4;

/// For fewer files no thread is started.
const FEWEST_FILES: usize = 16;

/// Reads revisions for a replay.
///
/// # Errors
/// Files that cannot be read, sections that cannot run.
pub(crate) fn revisions(
    cx: &Context,
    graph: &Graph,
    order: &[Index],
    original: Option<&Original>,
    ways: Ways,
) -> Result<Vec<Revised>, Failure> {
    let major = original.map_or(GRAMMAR_MAJOR, |original| original.model.major());
    Ok(read_all(&cx.workspace(), graph, order, major, ways)?)
}

/// Reads revisions for a replay on a server of this major version.
///
/// # Errors
/// Files that cannot be read, sections that cannot run.
pub(crate) fn read_all(
    workspace: &Workspace,
    graph: &Graph,
    order: &[Index],
    major: u32,
    ways: Ways,
) -> Result<Vec<Revised>, ShadowError> {
    let read_part = |part: &[Index]| -> Result<Vec<Revised>, ShadowError> {
        part.iter().map(|index| read(workspace, graph, *index, major, ways)).collect()
    };
    // Splitting hundreds of files takes longer than starting a thread.
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(MOST_READERS);
    let parts: Vec<&[Index]> = order.chunks(order.len().div_ceil(threads).max(FEWEST_FILES)).collect();
    let [first, others @ ..] = parts.as_slice() else { return Ok(Vec::new()) };
    let parts = std::thread::scope(|scope| {
        let others: Vec<_> = others.iter().map(|part| scope.spawn(|| read_part(part))).collect();
        let mut all = vec![read_part(first)];
        // A thread that panics has said why.
        all.extend(others.into_iter().map(|it| it.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))));
        all
    });
    let mut all = Vec::with_capacity(order.len());
    for part in parts {
        all.extend(part?);
    }
    Ok(all)
}

/// Finds the server for shadow databases and opens it for these revisions.
///
/// # Errors
/// No server can be used; names in the settings that are none.
pub(crate) fn open(cx: &mut Context, original: Option<&Original>, revisions: &[Revised]) -> Result<Shadow, Failure> {
    let talk = cx.report.progress();
    let settings = &cx.settings;
    let target =
        original.map(|original| Target { dsn: &original.dsn, admin: settings.admin.as_ref(), model: &original.model });
    let harmless = revisions.iter().all(Revised::is_harmless);
    let place = find(&settings.shadow, target, &dev_server(cx), (&settings.env, harmless), &mut |step| {
        talk.line(&progress(&step))
    })?;
    let blueprint = blueprint(cx, original, revisions, place.kind)?;
    Ok(Shadow::open(place, blueprint)?)
}

/// Tells what a person should know of the shadows that were made.
pub(crate) fn tell_notes(cx: &mut Context, shadow: &mut Shadow) {
    for note in shadow.take_notes() {
        cx.report.warn(&note);
    }
}

fn blueprint(
    cx: &Context,
    original: Option<&Original>,
    revisions: &[Revised],
    kind: Kind,
) -> Result<Blueprint, Failure> {
    let settings = &cx.settings;
    let texts: Vec<&str> = revisions.iter().map(|revised| &revised.up.section).map(|section| section.whole()).collect();
    let single = [settings.schema.as_ref(), settings.version_table_schema.as_ref()];
    let named = settings.schemas.iter().map(|schema| &schema.name).chain(single.into_iter().flatten());
    let mut schemas: Vec<SchemaWanted> = Vec::new();
    for name in named {
        if !schemas.iter().any(|schema| schema.name == *name) {
            schemas.push(SchemaWanted { name: name.clone(), owner: None });
        }
    }
    // Somebody may have made schemas of the target by hand; where no revision makes them, the revisions count on them.
    let of_target = original.iter().flat_map(|original| original.model.schemas());
    for name in of_target.filter(|name| texts.iter().any(|text| says(text, name)) || in_path(original, name)) {
        let is_made = texts.iter().any(|text| says(text, "create schema") && says(text, name));
        if !is_made && !schemas.iter().any(|schema| schema.name == *name) {
            schemas.push(SchemaWanted { name: name.clone(), owner: None });
        }
    }
    if !schemas.is_empty() {
        let made: Vec<String> = texts.iter().flat_map(|text| created_schemas(text)).collect();
        schemas.retain(|schema| !made.contains(&schema.name));
    }
    let ident = |name: &String| Ident::parse(name).map_err(StateError::from);
    Ok(Blueprint {
        database: DatabaseWanted {
            encoding: settings.encoding.clone(),
            locale: settings.locale.clone(),
            parameters: settings.database_parameters.clone(),
            ..DatabaseWanted::default()
        },
        schema: settings.schema.as_ref().map(ident).transpose()?,
        schemas,
        extensions: extensions(cx, original, &texts),
        roles: if kind == Kind::Private { roles(cx, original, &texts) } else { Vec::new() },
        model: original.map(|original| original.model.clone()),
        version_table: settings.version_table.clone(),
        version_table_schema: settings.version_table_schema.clone(),
        connect_timeout: settings.connect_timeout,
    })
}

/// The extensions of the settings, and those that somebody gave the target by hand: where no revision makes them, the
/// revisions may count on them.
fn extensions(cx: &Context, original: Option<&Original>, texts: &[&str]) -> Vec<ExtensionWanted> {
    let mut extensions = cx.settings.extensions.clone();
    let of_target = original.iter().flat_map(|original| &original.model.extensions);
    for extension in of_target {
        let is_known = extensions.iter().any(|known| known.name == extension.name);
        if is_known || texts.iter().any(|text| says(text, "extension") && says(text, &extension.name)) {
            continue;
        }
        extensions.push(ExtensionWanted {
            name: extension.name.clone(),
            version: None,
            schema: Some(extension.schema.clone()),
            cascade: true,
            optional: true,
        });
    }
    extensions
}

/// The roles that revisions name.
fn roles(cx: &Context, original: Option<&Original>, texts: &[&str]) -> Vec<String> {
    let of_target = original.iter().flat_map(|original| &original.model.roles);
    let mut roles: Vec<String> = of_target.chain(cx.settings.roles.iter().map(|role| &role.name)).cloned().collect();
    roles.sort();
    roles.dedup();
    roles.retain(|role| texts.iter().any(|text| says(text, role)));
    roles
}

fn in_path(original: Option<&Original>, schema: &str) -> bool {
    original.is_some_and(|original| says(&original.model.search_path, schema))
}

fn says(text: &str, word: &str) -> bool {
    let (text, word) = (text.as_bytes(), word.as_bytes());
    !word.is_empty() && text.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word))
}

/// Returns the database, where there is one, and the rows of its version table. The private server is started for it.
///
/// # Errors
/// A database that cannot be reached.
pub(crate) fn look_at_target(cx: &mut Context) -> Result<(Option<Original>, Vec<String>), Failure> {
    match &cx.settings.target {
        // The revisions can be tried all the same, on the private server.
        Place::Missing => return Ok((None, Vec::new())),
        Place::DevServer => {
            let talk = cx.report.progress();
            let _started = control::up(&dev_server(cx), &mut |step| talk.line(&progress(&step)))?;
        }
        Place::Url { .. } => (),
    }
    let dsn = target(cx)?;
    let Some(mut session) = look(cx, &dsn)? else {
        let mut session = maintenance(cx, &dsn)?;
        return Ok((Some(Original::absent(cx, &mut session)?), Vec::new()));
    };
    let seen = view(cx, &mut session)?;
    Ok((Some(Original::read(&mut session)?), seen.recorded.rows))
}

/// Returns the database that shadows stand for, where there is one that can be reached.
///
/// # Errors
/// A database that cannot be reached.
pub(crate) fn original(cx: &mut Context) -> Result<Option<Original>, Failure> {
    Ok(look_at_target(cx)?.0)
}

//! Revisions written from the difference between the declared schema and the schema at head, and proven before they are.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::catalog::Catalog;
use crate::catalog::difference::{Difference, differences};
use crate::catalog::kind::Kind;
use crate::catalog::object::ObjectId;
use crate::catalog::scope::{Depth, Scope};
use crate::commands::catalog::{bookkeeping, declared_source};
use crate::commands::database::dev_server;
use crate::commands::revision::{NewArgs, Writing};
use crate::commands::shadow::{Original, open, original, revisions, tell_notes};
use crate::commands::{Context, Failure};
use crate::devserver::dump::PgDump;
use crate::diff::online::{Online, Part, parts};
use crate::diff::renames::{Rename, candidates, hinted, namesakes, parse};
use crate::diff::rewrites::rewrites;
use crate::diff::{DiffError, Sql, migration, script, whole};
use crate::pg::catalog::read;
use crate::report::diagnostic::{Diagnostic, Exit};
use crate::report::difference::{dump_lines, lines, wire};
use crate::report::human::count;
use crate::report::json::written;
use crate::revision::graph::{Graph, Index};
use crate::revision::id::RevisionId;
use crate::revision::script::{Header, NewDown, NewScript, parse_sections, render};
use crate::revision::target::Target;
use crate::shadow::Shadow;
use crate::shadow::declared::load;
use crate::shadow::dump::Dumps;
use crate::shadow::error::LookError;
use crate::shadow::proof::{Claim, Verdict, prove, without_order};
use crate::shadow::replay::Replayer;
use crate::shadow::source::{Revised, Ways, order, revised};
use crate::text::parse::GRAMMAR_MAJOR;
use crate::text::renamed::renamed_from;
use crate::workspace::Script;

/// How a revision is generated.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Autogenerate")]
pub(crate) struct AutoArgs {
    /// A table or column that has another name now: `old=new`, `table.old=new`
    #[arg(long, value_name = "OLD=NEW")]
    pub(crate) rename: Vec<String>,
    /// What looks renamed is not: it is dropped, and something else is made
    #[arg(long)]
    pub(crate) no_renames: bool,
    /// Leave objects alone: a kind, or a path with `*`
    #[arg(long, value_name = "PATTERN")]
    pub(crate) ignore: Vec<String>,
    /// Write the revision without trying it in a shadow database
    #[arg(long)]
    pub(crate) no_proof: bool,
}

/// What the declared schema asks for.
pub(crate) struct Wish {
    /// The schema at head.
    head: Catalog,
    /// The same, with the new names.
    from: Catalog,
    to: Catalog,
    scope: Scope,
    renames: Vec<Rename>,
    /// The revisions before, for the proof.
    before: Vec<Revised>,
    original: Option<Original>,
    /// The declared schema, loaded.
    declared: Replayer,
    shadow: Shadow,
}

impl Wish {
    /// Returns how the schema at head differs from the declared one.
    pub(crate) fn differences(&self) -> Vec<Difference> {
        without_order(differences(&self.to, &self.head, &self.scope))
    }
}

/// Compares the declared schema with that of these revisions.
///
/// # Errors
/// No declared schema; one that cannot be loaded; what looks renamed, where nobody says whether it is.
pub(crate) fn wish(cx: &mut Context, graph: &Graph, parents: &[Index], args: &AutoArgs) -> Result<Wish, Failure> {
    let Some(files) = declared_source(cx)? else { return Err(undeclared()) };
    let original = original(cx)?;
    let all_of = order(graph, &graph.heads());
    let all = revisions(cx, graph, &all_of, original.as_ref(), Ways::Up)?;
    // What any revision makes, no shadow has before the first one runs, also where the parents are not the heads.
    let mut shadow = open(cx, original.as_ref(), &all)?;
    let by_index: BTreeMap<Index, Revised> = all_of.into_iter().zip(all).collect();
    let before: Vec<Revised> = order(graph, parents).iter().filter_map(|index| by_index.get(index).cloned()).collect();
    let books = bookkeeping(cx);
    let mut declared = shadow.replayer()?;
    load(&mut declared, &files)?;
    let to = read(declared.session(), &books)?;
    let mut replayer = shadow.replayer_at(&before)?;
    let mut from = read(replayer.session(), &books)?;
    let head = from.clone();
    let mut scope = Scope::everything(Depth::Full);
    scope.ignored = cx.settings.ignore.iter().chain(&args.ignore).cloned().collect();
    scope.manage(&cx.settings.managed);
    let mut renames = Vec::new();
    for text in &args.rename {
        let rename = parse(text, &from).ok_or_else(|| no_such_rename(text))?;
        replayer.session().run(&rename.sql().text)?;
        renames.push(rename);
        from = read(replayer.session(), &books)?;
    }
    let hints: Vec<_> = files.iter().flat_map(|file| renamed_from(&file.text)).collect();
    while let Some(rename) = hinted(&hints, &from, &to) {
        replayer.session().run(&rename.sql().text)?;
        renames.push(rename);
        from = read(replayer.session(), &books)?;
    }
    if !args.no_renames {
        let mut refused: Vec<Rename> = Vec::new();
        loop {
            let mut open = candidates(&narrowed(&from, &scope), &narrowed(&to, &scope));
            open.retain(|rename| !refused.contains(rename));
            let Some(first) = open.first() else { break };
            if !cx.report.can_ask() {
                return Err(undecided(&open));
            }
            let question = format!("is {} now called {}?", first.old, first.new);
            match cx.report.ask(&question) {
                Some(true) => {
                    replayer.session().run(&first.sql().text)?;
                    renames.push(first.clone());
                    from = read(replayer.session(), &books)?;
                }
                // It says nothing of the others.
                Some(false) => refused.push(first.clone()),
                None => return Err(interrupted(&open)),
            }
        }
        let mut tried: Vec<Rename> = Vec::new();
        loop {
            let mut found = namesakes(&narrowed(&from, &scope), &narrowed(&to, &scope));
            found.retain(|rename| !tried.contains(rename));
            if found.is_empty() {
                break;
            }
            for rename in found {
                // What takes no other name is dropped and made anew: the name is another's, say.
                if replayer.session().run(&rename.sql().text).is_ok() {
                    renames.push(rename.clone());
                }
                tried.push(rename);
            }
            from = read(replayer.session(), &books)?;
        }
    }
    drop(replayer);
    Ok(Wish { head, from, to, scope, renames, before, original, declared, shadow })
}

fn narrowed(catalog: &Catalog, scope: &Scope) -> Catalog {
    let mut narrowed = catalog.clone();
    scope.narrow(&mut narrowed);
    narrowed
}

/// Writes the revisions that the declared schema asks for, after trying them.
///
/// # Errors
/// As [`wish`]; a change that SQL cannot make; a proof that fails; files that cannot be written.
pub(crate) fn autogenerate(
    cx: &mut Context,
    graph: &Graph,
    parents: &[Index],
    depends_on: &[Target],
    message: &str,
    (new, args): (&NewArgs, &AutoArgs),
) -> Result<(), Failure> {
    let mut wish = wish(cx, graph, parents, args)?;
    let mut pg_dump = None;
    let mut up = wish.renames.iter().map(Rename::sql).collect::<Vec<_>>();
    let statements = migration(&wish.from, &wish.to, &wish.scope)?;
    up.extend(if args.no_proof { statements } else { whole(statements)? });
    if up.is_empty() {
        tell_notes(cx, &mut wish.shadow);
        cx.report.answer(
            "nothing to do: the revisions make the declared schema (`pgkeel revision -m …` writes an empty one)",
        );
        cx.report.document(json!({"revisions": [], "proof": null}));
        return Ok(());
    }
    let settings = &cx.settings;
    let online = Online {
        indexes: settings.online_indexes,
        constraints: settings.online_constraints,
        not_null: settings.online_not_null,
    };
    let ups = parts(up, &wish.from, &wish.to, online);
    let mut drafts = drafts(cx, &mut wish, ups)?;
    if !args.no_proof {
        drafts = drafts.into_iter().map(|draft| Draft { down: draft.down.and_then(whole), ..draft }).collect();
    }
    let writing = Writing::new(cx, graph, parents, depends_on, new)?;
    let files = files(&writing, message, &drafts)?;
    if args.no_proof {
        cx.report.warn("not proven: the revision was not tried, up or down; try it with `pgkeel verify`");
    } else {
        let (verdict, dumped_by) = proof(cx, &mut wish, &files)?;
        pg_dump = dumped_by;
        if !verdict.is_proven() {
            return Err(unproven(&verdict, &files));
        }
        tell(cx, &verdict);
    }
    for part in &drafts {
        for loses in part.up.iter().filter_map(|statement| statement.loses.as_ref()) {
            cx.report.warn(&format!("this loses {loses}"));
        }
        for with in part.up.iter().filter_map(|statement| statement.fails.as_ref()) {
            cx.report.warn(&format!("this fails with {with}"));
        }
    }
    tell_notes(cx, &mut wish.shadow);
    drop(wish);
    let texts: Vec<(Header, String)> = files.into_iter().map(|file| (file.header, file.text)).collect();
    let ids: Vec<RevisionId> = texts.iter().map(|(header, _)| header.revision.clone()).collect();
    writing.write(cx, &texts)?;
    let graph = cx.workspace().graph()?;
    let documents: Vec<Value> =
        ids.iter().filter_map(|id| graph.find(id)).map(|index| written(&graph, index)).collect();
    let proof = if args.no_proof { Value::Null } else { json!({"pg_dump": pg_dump}) };
    cx.report.document(json!({"revisions": documents, "proof": proof}));
    Ok(())
}

/// A revision to be written.
struct Draft {
    what: &'static str,
    up: Vec<Sql>,
    up_transaction: bool,
    /// Or why there is no way back.
    down: Result<Vec<Sql>, DiffError>,
    down_transaction: bool,
}

impl Draft {
    /// Says of what comes back that it comes back empty.
    fn with_losses_told(mut self) -> Self {
        let lost: Vec<&ObjectId> =
            self.up.iter().filter(|it| it.loses.is_some()).filter_map(|it| it.about.as_ref()).collect();
        for statement in self.down.iter_mut().flatten() {
            let makes = statement.text.starts_with("CREATE ") || statement.text.contains(" ADD COLUMN ");
            if let Some(about) = statement.about.as_ref().filter(|about| makes && lost.contains(about)) {
                let what = if about.kind == Kind::Column { "values" } else { "rows" };
                let told = format!("{about} comes back without the {what} that it had");
                let note = statement.note.take().map(|note| format!("{told}\n{note}"));
                statement.note = Some(note.unwrap_or(told));
            }
        }
        self
    }
}

/// Finds the way back of each part: from the schema after it to the one before it.
fn drafts(cx: &Context, wish: &mut Wish, ups: Vec<Part>) -> Result<Vec<Draft>, Failure> {
    let back = |statements: Result<Vec<Sql>, DiffError>, renames: &[Rename]| {
        statements.map(|statements| {
            statements.into_iter().chain(renames.iter().rev().map(|rename| rename.reversed().sql())).collect::<Vec<_>>()
        })
    };
    let reversed = back(migration(&wish.to, &wish.from, &wish.scope), &wish.renames);
    if let [_] = ups.as_slice() {
        let down_transaction = true;
        let draft = |part: Part| Draft {
            what: "",
            up: part.statements,
            up_transaction: part.transaction,
            down: reversed.clone(),
            down_transaction,
        };
        return Ok(ups.into_iter().map(draft).map(Draft::with_losses_told).collect());
    }
    // What is there after each part is seen by running it.
    let books = bookkeeping(cx);
    let mut replayer = wish.shadow.replayer_at(&wish.before)?;
    let mut states = vec![read(replayer.session(), &books)?];
    for part in &ups {
        for statement in &part.statements {
            replayer.session().run(&statement.text).map_err(|error| failing(&statement.text, error))?;
        }
        states.push(read(replayer.session(), &books)?);
    }
    drop(replayer);
    let mut drafts = Vec::new();
    let mut earlier: Vec<Sql> = Vec::new();
    for (number, part) in ups.into_iter().enumerate() {
        let mut down;
        if part.what.is_empty() && !wish.renames.is_empty() {
            // The names are the old ones before it; the comparison is with what was there, under the new names.
            let mut replayer = wish.shadow.replayer_at(&wish.before)?;
            let renames = wish.renames.iter().map(Rename::sql);
            for statement in earlier.iter().cloned().chain(renames) {
                replayer.session().run(&statement.text)?;
            }
            let renamed = read(replayer.session(), &books)?;
            down = back(migration(&states[number + 1], &renamed, &wish.scope), &wish.renames);
        } else {
            down = migration(&states[number + 1], &states[number], &wish.scope);
        }
        earlier.extend(part.statements.iter().cloned());
        if !part.transaction {
            for statement in down.iter_mut().flatten() {
                statement.text = statement.text.replacen("DROP INDEX ", "DROP INDEX CONCURRENTLY ", 1);
            }
        }
        drafts.push(Draft {
            what: part.what,
            up: part.statements,
            up_transaction: part.transaction,
            down,
            down_transaction: part.transaction,
        });
    }
    let drafts = drafts.into_iter().map(Draft::with_losses_told).collect();
    Ok(drafts)
}

/// A file to be written.
struct File {
    header: Header,
    text: String,
}

fn files(writing: &Writing, message: &str, drafts: &[Draft]) -> Result<Vec<File>, Failure> {
    let mut files: Vec<File> = Vec::new();
    for (number, draft) in drafts.iter().enumerate() {
        let is_last = number + 1 == drafts.len();
        let title = match drafts.len() {
            1 => message.trim().to_owned(),
            of => {
                let what = if draft.what.is_empty() { String::new() } else { format!(": {}", draft.what) };
                format!("{}, part {} of {of}{what}", message.trim(), number + 1)
            }
        };
        let header = writing.header(&title, files.last().map(|file| &file.header.revision), is_last);
        let up = script(&draft.up);
        let render = |down| render(&NewScript { header: &header, up: &up, up_transaction: draft.up_transaction, down });
        let text = match &draft.down {
            Ok(down) => render(NewDown::Section(&script(down), draft.down_transaction)),
            Err(reason) => format!("{}-- {reason}\n", render(NewDown::Irreversible)),
        };
        files.push(File { header, text });
    }
    Ok(files)
}

/// Tries the revisions. Returns the version of the `pg_dump` that has compared as well, where one has.
fn proof(cx: &Context, wish: &mut Wish, files: &[File]) -> Result<(Verdict, Option<String>), Failure> {
    let major = wish.original.as_ref().map_or(GRAMMAR_MAJOR, |original| original.model.major());
    let mut new = Vec::new();
    for file in files {
        let sections = parse_sections(&file.text)
            .map_err(|error| Diagnostic::from_error("bug", Exit::Bug, &error).note(file.text.clone()))?;
        let script = Script { text: Arc::from(file.text.as_str()), sections };
        new.push(revised(&file.header, "(not written yet)", &script, major, Ways::Both)?);
    }
    let books = bookkeeping(cx);
    let up = rewrites(&wish.from, &wish.to, &wish.scope)?;
    // Where there is no way back, none is tried.
    let down = rewrites(&wish.to, &wish.from, &wish.scope).unwrap_or_default();
    let (from, to, scope) = (&wish.head, &wish.to, &wish.scope);
    let claim = Claim { before: &wish.before, new: &new, from, to, up: &up, down: &down, scope };
    let program = PgDump::find(&dev_server(cx), wish.shadow.major());
    let mut dumps = program.map(|program| Dumps::begin(program, wish.declared.session(), scope, &[from, to], &books));
    let verdict = prove(&mut wish.shadow, &claim, &books, dumps.as_mut()).map_err(|error| {
        let of_revision = matches!(error, LookError::Shadow(_));
        let diagnostic = Diagnostic::from(error);
        let tried = "the generated revision was tried in a shadow database; no file was written";
        Failure::from(if of_revision { diagnostic.note(tried) } else { diagnostic })
    })?;
    Ok((verdict, dumped_by(cx, dumps.as_ref(), wish.shadow.major())))
}

/// Says whether `pg_dump` has compared as well, to those who want to know, and returns its version if so.
fn dumped_by(cx: &Context, dumps: Option<&Dumps>, major: u32) -> Option<String> {
    let version = dumps.filter(|dumps| dumps.failed.is_none()).map(|dumps| dumps.version().to_owned());
    if cx.report.is_verbose() {
        let failed = dumps.and_then(|dumps| dumps.failed.as_deref());
        cx.report.talk(&match (&version, failed) {
            (Some(version), _) => format!("compared by pg_dump {version} as well"),
            (None, Some(said)) => {
                format!("not compared by pg_dump, which fails: {}", said.lines().next().unwrap_or(said))
            }
            (None, None) => format!("not compared by pg_dump: none of PostgreSQL {major} or newer is found"),
        });
    }
    version
}

/// Says what the proof has seen that a person should know before the revision runs on real rows.
fn tell(cx: &mut Context, verdict: &Verdict) {
    for (table, said) in &verdict.unfilled {
        cx.report.warn(&format!("proven without rows in {table} only: with them the server says: {said}"));
    }
    for table in &verdict.anew {
        cx.report.warn(&format!("{table} is made anew: its rows are copied, which locks it all the while"));
    }
    if !verdict.rewritten.is_empty() {
        cx.report.talk(&format!("rewritten as a whole: {}", verdict.rewritten.join(", ")));
    }
}

fn undeclared() -> Failure {
    Diagnostic::new("settings", Exit::Failed, "the project declares no schema to compare with")
        .help("set `declared` to a directory of .sql files, or `schema_command` to a command that prints the schema")
        .help("`pgkeel schema dump` writes the files from a database")
        .into()
}

fn no_such_rename(text: &str) -> Diagnostic {
    Diagnostic::new("usage", Exit::Usage, format!("`--rename {text}` names nothing that is there"))
        .help("write `old=new`, with the old name as it is at head: `users=people`, `users.phone=mobile`")
}

fn undecided(open: &[Rename]) -> Failure {
    let message = format!("{} may have been renamed, and nobody says whether", count(open.len(), "object"));
    advised(Diagnostic::new("rename", Exit::Refused, message), open)
}

fn interrupted(open: &[Rename]) -> Failure {
    advised(Diagnostic::new("interrupted", Exit::Interrupted, "interrupted"), open)
}

fn advised(mut diagnostic: Diagnostic, open: &[Rename]) -> Failure {
    for rename in open {
        diagnostic = diagnostic.note(format!("{} is gone, and {} of the same shape has come", rename.old, rename.new));
    }
    let flags: Vec<String> = open.iter().map(|rename| format!("--rename {}", rename.spelled())).collect();
    diagnostic
        .note("no file was written: what is dropped and made anew loses its data")
        .help(format!("if they were renamed: {}", flags.join(" ")))
        .help("if not, and their data may go: `--no-renames`")
        .into()
}

fn failing(statement: &str, error: crate::pg::error::SqlError) -> Diagnostic {
    Diagnostic::new("proof", Exit::Failed, "a statement of the generated revision fails")
        .server(&error)
        .note(error.message)
        .note(statement.to_owned())
        .note("no file was written")
        .help("report it, with both schemas; write this part by hand meanwhile")
}

fn unproven(verdict: &Verdict, files: &[File]) -> Failure {
    let message = "the generated revision does not do what it should, so that no file was written";
    let mut diagnostic = Diagnostic::new("proof", Exit::Failed, message);
    for (when, found) in [("after the way up", &verdict.up), ("after the way back", &verdict.down)] {
        if !found.is_empty() {
            diagnostic = diagnostic.note(format!("{when}:"));
            diagnostic =
                lines(found).into_iter().fold(diagnostic, |diagnostic, line| diagnostic.note(format!("  {line}")));
        }
    }
    for (when, found) in [("after the way up", &verdict.up_dump), ("after the way back", &verdict.down_dump)] {
        if !found.is_empty() {
            diagnostic = diagnostic.note(format!("{when}, as pg_dump prints it:"));
            diagnostic = dump_lines(found).into_iter().fold(diagnostic, |it, line| it.note(format!("  {line}")));
        }
    }
    for what in &verdict.needless {
        diagnostic = diagnostic.note(format!("the table {what}"));
    }
    for loss in &verdict.emptied {
        diagnostic = diagnostic.note(format!("rows are lost: {loss}"));
    }
    let differences: Vec<Value> = verdict.up.iter().chain(&verdict.down).map(wire).collect();
    let texts: Vec<&str> = files.iter().map(|file| file.text.as_str()).collect();
    let diagnostic = diagnostic
        .help("report it, with both schemas; `--no-proof` writes the revision all the same, for you to correct");
    Failure::from(diagnostic).with(json!({"revisions": [], "differences": differences, "drafts": texts}))
}

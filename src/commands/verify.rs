//! `pgkeel verify`: whether revisions can be applied, taken back and applied again, tried in a shadow database.

use serde_json::{Value, json};

use crate::catalog::Catalog;
use crate::catalog::difference::{Difference, differences};
use crate::catalog::scope::{Depth, Scope};
use crate::commands::catalog::{bookkeeping, declared};
use crate::commands::shadow::{look_at_target, open, revisions, tell_notes};
use crate::commands::{Context, Failure, Outcome};
use crate::pg::catalog::read;
use crate::plan::steps::upgrade as steps;
use crate::report::diagnostic::{Diagnostic, Exit};
use crate::report::difference::{lines, wire as wire_difference};
use crate::report::human::{BAD, GOOD, ID, count};
use crate::report::json::error;
use crate::revision::graph::{Graph, Index};
use crate::revision::rows::Active;
use crate::revision::target::Target as Asked;
use crate::revision::target::range::no_range;
use crate::revision::target::upward::upgrade as resolve;

use crate::shadow::source::{Ways, order};
use crate::shadow::verify::{Look, Verdict, Went, verify as run};

/// Try each pending revision in a shadow database: up, down, up
#[derive(clap::Args)]
pub(crate) struct VerifyArgs {
    /// How far to go: `heads`, an id or the beginning of one, `+N`
    #[arg(default_value = "heads", allow_negative_numbers = true)]
    to: Asked,
    /// Try every revision, not only those that the database does not have yet
    #[arg(long)]
    all: bool,
}

pub(crate) fn verify(args: &VerifyArgs, cx: &mut Context) -> Outcome {
    no_range(&args.to)?;
    let graph = cx.workspace().graph()?;
    let (original, rows) = look_at_target(cx)?;
    let rows = if args.all { Vec::new() } else { rows };
    let active = Active::of_rows(&graph, rows.iter().map(String::as_str))?;
    let pending: Vec<Index> = steps(&graph, &active, &resolve(&graph, &active.row_list(), &args.to)?)
        .into_iter()
        .filter_map(|step| step.index)
        .collect();
    if pending.is_empty() {
        cx.report.answer("nothing to do: no revision is pending; `--all` tries every one");
        cx.report.document(json!({"revisions": []}));
        return Ok(());
    }
    let mut all = order(&graph, &active.row_list());
    let from = all.len();
    all.extend(&pending);
    let all = revisions(cx, &graph, &all, original.as_ref(), Ways::Both)?;
    let mut shadow = open(cx, original.as_ref(), &all)?;
    cx.report.talk(&format!("trying {} on {}", count(pending.len(), "revision"), shadow.shown()));
    if let Some(target) = shadow.target_major().filter(|target| *target != shadow.major()) {
        let major = shadow.major();
        cx.report.warn(&format!(
            "the shadow is PostgreSQL {major} and the database is {target}: what is well here may fail there"
        ));
    }
    let progress = cx.report.progress();
    progress.begin(pending.len());
    let books = bookkeeping(cx);
    let scope = Scope::everything(Depth::Structure);
    let mut last = None;
    let mut look = Look {
        snapshot: &mut |session| {
            let catalog = read(session, &books)?;
            last = Some(catalog.clone());
            Ok::<_, Failure>(catalog)
        },
        compare: &|expected: &Catalog, actual| differences(expected, actual, &scope),
    };
    let verdicts = run(&mut shadow, &all, from, &mut look, &mut |number, revised| {
        progress.at(number, &format!("trying {}", revised.id), &revised.title);
    });
    progress.clear();
    // The sum of all revisions is what the project declares.
    let is_whole =
        all.len() == graph.len() && verdicts.as_ref().is_ok_and(|all| all.last().is_some_and(|it| it.up == Went::Well));
    let undeclared = match last.filter(|_| is_whole) {
        Some(sum) => declared(cx, &mut shadow)?.map(|declared| differences(&declared, &sum, &scope)),
        None => None,
    };
    tell_notes(cx, &mut shadow);
    // The scratch database is dropped before the answer is given: who reads it may end the program.
    drop(shadow);
    tell(cx, &graph, &pending, verdicts?, undeclared)
}

fn tell(
    cx: &mut Context,
    graph: &Graph,
    pending: &[Index],
    mut verdicts: Vec<Verdict<Difference>>,
    undeclared: Option<Vec<Difference>>,
) -> Outcome {
    let mut irreversible = 0;
    let mut documents = Vec::new();
    for verdict in &mut verdicts {
        let (style, word) = if verdict.is_well() { (GOOD, "ok") } else { (BAD, "fails") };
        let mut how = "";
        if verdict.down == Some(Went::Irreversible) {
            how = " (no way back)";
            irreversible += 1;
        }
        cx.report.answer(&format!("{style}{word:<6}{style:#} {ID}{}{ID:#} {}{how}", verdict.id, verdict.title));
        let parts = [
            ("after the way back, compared with before", &verdict.after_down),
            ("after the second way up, compared with after the first", &verdict.after_again),
        ];
        for (when, differences) in parts {
            if !differences.is_empty() {
                cx.report.answer(&format!("    {when}:"));
                cx.report.answers(lines(differences).iter().map(|line| format!("        {line}")));
            }
        }
        let failure = verdict.failure.take().map(Diagnostic::from);
        if let Some(failure) = failure.as_ref().filter(|_| !cx.report.is_json()) {
            cx.report.error(failure, None);
        }
        documents.push(wire(verdict, failure.as_ref()));
    }
    let differing = undeclared.iter().flatten().map(wire_difference).collect::<Vec<_>>();
    cx.report.document(json!({"revisions": documents, "declared": undeclared.as_ref().map(|_| differing)}));
    let undeclared = undeclared.unwrap_or_default();
    if !undeclared.is_empty() {
        cx.report.answer(&format!("{BAD}fails{BAD:#}  the sum of all revisions is not the declared schema:"));
        cx.report.answers(lines(&undeclared).iter().map(|line| format!("        {line}")));
    }
    let bad = verdicts.iter().filter(|verdict| !verdict.is_well()).count();
    if bad == 0 && undeclared.is_empty() {
        let no_way_back = match irreversible {
            0 => String::new(),
            number => format!("; {number} with no way back"),
        };
        cx.report.answer(&format!("{} tried: all is well{no_way_back}", count(verdicts.len(), "revision")));
        return Ok(());
    }
    if let Some(first) = pending.get(verdicts.len()) {
        let rest = pending.len() - verdicts.len();
        let name = graph.get(*first).id();
        cx.report.talk(&format!(
            "{} from {name} on not tried: what comes before cannot be applied",
            count(rest, "revision")
        ));
    }
    if bad > 0 {
        cx.report.talk(&format!("{} found", count(bad, "faulty revision")));
    }
    Err(Failure::Found(Exit::Found))
}

fn wire(verdict: &Verdict<Difference>, failure: Option<&Diagnostic>) -> Value {
    let after = |when: &'static str| {
        move |difference: &Difference| {
            let mut document = wire_difference(difference);
            document["after"] = json!(when);
            document
        }
    };
    let down = verdict.after_down.iter().map(after("down"));
    let again = verdict.after_again.iter().map(after("again"));
    let differences: Vec<Value> = down.chain(again).collect();
    json!({
        "revision": verdict.id.as_str(),
        "up": word(verdict.up),
        "down": verdict.down.map(word),
        "again": verdict.again.map(word),
        "differences": differences,
        "error": failure.map(error),
    })
}

fn word(went: Went) -> &'static str {
    match went {
        Went::Well => "ok",
        Went::Differs => "differs",
        Went::Failed => "failed",
        Went::Irreversible => "irreversible",
    }
}

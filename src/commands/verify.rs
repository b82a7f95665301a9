//! `pgkeel verify`: whether revisions can be applied, taken back and applied again, tried in a shadow database.

use serde_json::{Value, json};

use crate::commands::database::{dev_server, look, maintenance, target};
use crate::commands::shadow::{Original, open, revisions, tell_notes};
use crate::commands::view::view;
use crate::commands::{Context, Failure, Outcome};
use crate::devserver::control;
use crate::plan::steps::upgrade as steps;
use crate::report::diagnostic::{Diagnostic, Exit};
use crate::report::explain::devserver::progress;
use crate::report::human::{BAD, GOOD, ID, count};
use crate::report::json::error;
use crate::revision::graph::{Graph, Index};
use crate::revision::rows::Active;
use crate::revision::target::Target as Asked;
use crate::revision::target::range::no_range;
use crate::revision::target::upward::upgrade as resolve;
use crate::settings::target::Target;
use crate::shadow::inventory::{Difference, read};
use crate::shadow::source::order;
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
    let all = revisions(cx, &graph, &all, original.as_ref())?;
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
    let version_table = cx.settings.version_table.clone();
    let mut look = Look {
        snapshot: &mut |session| Ok::<_, Failure>(read(session, &version_table)?),
        compare: &|expected, actual| expected.differences(actual),
    };
    let verdicts = run(&mut shadow, &all, from, &mut look, &mut |number, revised| {
        progress.at(number, &format!("trying {}", revised.id), &revised.title);
    });
    progress.clear();
    tell_notes(cx, &mut shadow);
    // The scratch database is dropped before the answer is given: who reads it may end the program.
    drop(shadow);
    tell(cx, &graph, &pending, verdicts?)
}

/// The database, where there is one, and the rows of its version table.
fn look_at_target(cx: &mut Context) -> Result<(Option<Original>, Vec<String>), Failure> {
    match &cx.settings.target {
        // The revisions can be tried all the same, on the private server.
        Target::Missing => return Ok((None, Vec::new())),
        Target::DevServer => {
            let talk = cx.report.progress();
            let _started = control::up(&dev_server(cx), &mut |step| talk.line(&progress(&step)))?;
        }
        Target::Url { .. } => (),
    }
    let dsn = target(cx)?;
    let Some(mut session) = look(cx, &dsn)? else {
        let mut session = maintenance(cx, &dsn)?;
        return Ok((Some(Original::absent(cx, &mut session)?), Vec::new()));
    };
    let seen = view(cx, &mut session)?;
    Ok((Some(Original::read(&mut session)?), seen.recorded.rows))
}

fn tell(cx: &mut Context, graph: &Graph, pending: &[Index], mut verdicts: Vec<Verdict<Difference>>) -> Outcome {
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
            ("after the way back", "before", &verdict.after_down),
            ("after the second way up", "after the first", &verdict.after_again),
        ];
        for (when, then, differences) in parts {
            for difference in differences {
                cx.report.answers(lines(difference, when, then));
            }
        }
        let failure = verdict.failure.take().map(Diagnostic::from);
        if let Some(failure) = failure.as_ref().filter(|_| !cx.report.is_json()) {
            cx.report.error(failure, None);
        }
        documents.push(wire(verdict, failure.as_ref()));
    }
    cx.report.document(json!({"revisions": documents}));
    let bad = verdicts.iter().filter(|verdict| !verdict.is_well()).count();
    if bad == 0 {
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
    cx.report.talk(&format!("{} found", count(bad, "faulty revision")));
    Err(Failure::Found(Exit::Found))
}

/// A difference for people.
fn lines(difference: &Difference, when: &str, then: &str) -> Vec<String> {
    let Difference { kind, object, expected, actual } = difference;
    match (expected, actual) {
        (Some(_), None) => vec![format!("    {when}, {kind} {object} is missing")],
        (None, Some(_)) => vec![format!("    {when}, {kind} {object} is there, and was not {then}")],
        (expected, actual) => vec![
            format!("    {when}, {kind} {object} differs"),
            format!("        {then}: {}", expected.as_deref().unwrap_or_default().replace('\n', "\n        ")),
            format!("        now: {}", actual.as_deref().unwrap_or_default().replace('\n', "\n        ")),
        ],
    }
}

fn wire(verdict: &Verdict<Difference>, failure: Option<&Diagnostic>) -> Value {
    let down = verdict.after_down.iter().map(|it| wire_difference(it, "down"));
    let again = verdict.after_again.iter().map(|it| wire_difference(it, "again"));
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

fn wire_difference(difference: &Difference, after: &str) -> Value {
    let change = match (&difference.expected, &difference.actual) {
        (None, _) => "added",
        (_, None) => "removed",
        (Some(_), Some(_)) => "changed",
    };
    json!({
        "kind": difference.kind,
        "object": difference.object,
        "change": change,
        "attribute": null,
        "expected": difference.expected,
        "actual": difference.actual,
        "after": after,
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

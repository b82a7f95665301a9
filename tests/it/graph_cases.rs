//! Alembic's answers to thousands of questions about revision graphs, asked of the binary with a real version table.
//!
//! The cases are data beside the repository (`../shared/data`, or `PGKEEL_CASES`); the test says so and passes where they are missing.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use crate::project::{Output, Project};
use crate::server::Database;

/// Databases that cases are run on side by side.
const THREADS: usize = 4;

/// A node of a case's graph, by its id.
type Needs<'a> = BTreeMap<&'a str, Vec<&'a str>>;

#[test]
fn cases_of_random_graphs() {
    run_file("alembic-cases.jsonl");
}

#[test]
fn cases_of_alembics_own_tests() {
    run_file("alembic-suite-cases.jsonl");
}

fn run_file(name: &str) {
    let folder = std::env::var_os("PGKEEL_CASES")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"), std::path::PathBuf::from);
    let Some(path) = Some(folder.join(name)).filter(|path| path.exists()) else {
        eprintln!("skipped: there is no {name} in the folder of the cases (PGKEEL_CASES)");
        return;
    };
    let text = std::fs::read_to_string(path).unwrap();
    let cases: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let cases: Vec<&Value> = cases.iter().filter(|case| case["command"] != "iterate").collect();
    // Cases of one graph share its files.
    let mut graphs: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
    for case in &cases {
        graphs.entry(case["graph"].to_string()).or_default().push(case);
    }
    let graphs: Vec<Vec<&Value>> = graphs.into_values().collect();
    let next = AtomicUsize::new(0);
    let tally: Mutex<BTreeMap<String, (usize, usize)>> = Mutex::new(BTreeMap::new());
    let faults: Mutex<Vec<String>> = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for number in 0..THREADS {
            let (graphs, next, tally, faults) = (&graphs, &next, &tally, &faults);
            scope.spawn(move || {
                let database = Database::new(&format!("graph{number}"));
                let mut client = database.client();
                while let Some(cases) = graphs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let project = Project::new();
                    write_graph(&project, &cases[0]["graph"]);
                    for case in cases {
                        let verdict = ask(&project, &database, &mut client, case);
                        let mut tally = tally.lock().unwrap();
                        let counts = tally.entry(class(case)).or_default();
                        counts.1 += 1;
                        match verdict {
                            Ok(()) => counts.0 += 1,
                            Err(fault) => faults.lock().unwrap().push(fault),
                        }
                    }
                }
            });
        }
    });
    let tally = tally.into_inner().unwrap();
    let faults = faults.into_inner().unwrap();
    let table: String = tally.iter().fold(String::new(), |mut table, (class, (passed, of))| {
        writeln!(table, "{passed:>5} of {of:>5}  {class}").unwrap();
        table
    });
    eprintln!("{name}:\n{table}");
    let shown = faults.iter().take(30).cloned().collect::<Vec<_>>().join("\n");
    assert!(faults.is_empty(), "{} of {} cases fail:\n{shown}", faults.len(), cases.len());
}

/// What a case is about, for the tally: its command, and the kind of its answer.
fn class(case: &Value) -> String {
    let kind = case["expect"]["error"].as_str().unwrap_or("answer");
    format!("{} {kind}", case["command"].as_str().unwrap())
}

fn write_graph(project: &Project, graph: &Value) {
    for (number, node) in graph.as_array().unwrap().iter().enumerate() {
        let id = node["revision"].as_str().unwrap();
        let mut header = format!("-- Revision {id}\n--\n-- revision: {id}\n");
        for key in ["down_revision", "branch_labels", "depends_on"] {
            let list = words(&node[key]);
            if !list.is_empty() {
                writeln!(header, "-- {key}: {}", list.join(", ")).unwrap();
            }
        }
        let name = format!("migrations/{number:04}_{}.sql", id.replace('/', "_"));
        project.file(&name, &format!("{header}\n-- migrate:up\n\n-- migrate:down\n"));
    }
}

fn ask(
    project: &Project,
    database: &Database,
    client: &mut r2d2_postgres::postgres::Client,
    case: &Value,
) -> Result<(), String> {
    let rows = words(&case["rows"]);
    let mut setup = String::from(
        "DROP TABLE IF EXISTS alembic_version; DROP SCHEMA IF EXISTS pgkeel CASCADE; CREATE TABLE alembic_version \
         (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num));",
    );
    for row in &rows {
        write!(setup, "INSERT INTO alembic_version VALUES ('{row}');").unwrap();
    }
    client.batch_execute(&setup).unwrap();
    let mut arguments = vec![case["command"].as_str().unwrap()];
    arguments.extend(words(&case["args"]));
    arguments.extend(["--format", "json"]);
    let before = files(project.path());
    let output = project.on(database, &arguments);
    for added in files(project.path()).into_iter().filter(|file| !before.contains(file)) {
        std::fs::remove_file(added).unwrap();
    }
    let table: Vec<String> = client
        .query("SELECT version_num FROM alembic_version ORDER BY version_num COLLATE \"C\"", &[])
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect();
    judge(case, &rows, &output, &table).map_err(|why| {
        format!(
            "{}: {} {:?} from {rows:?}: {why}\n    {}\n    wanted {}\n    got exit {} {}{}",
            case["id"].as_str().unwrap(),
            case["command"].as_str().unwrap(),
            words(&case["args"]),
            notation(&case["graph"]),
            case["expect"],
            output.code,
            output.stdout.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(1500).collect::<String>(),
            output.stderr.chars().take(500).collect::<String>(),
        )
    })
}

fn files(project: &Path) -> Vec<std::path::PathBuf> {
    std::fs::read_dir(project.join("migrations")).unwrap().map(|entry| entry.unwrap().path()).collect()
}

fn judge(case: &Value, rows: &[&str], output: &Output, table: &[String]) -> Result<(), String> {
    let document: Value = match serde_json::from_str(&output.stdout) {
        Ok(document) => document,
        Err(error) => return Err(format!("no JSON: {error}")),
    };
    let expect = &case["expect"];
    let code = document["error"]["code"].as_str();
    let stamps = case["command"] == "stamp";
    let targets: Vec<&str> = words(&case["args"]).into_iter().filter(|word| !word.starts_with("--")).collect();
    let several = stamps && (targets.len() > 1 || targets.iter().any(|target| target.ends_with("heads")));
    if case["undetected_cycle"] == true && code == Some("cycle") {
        return Ok(());
    }
    if case["warnings"].as_array().is_some_and(|list| list.iter().any(|warning| warning == "ambiguous_minus")) {
        return (code == Some("ambiguous")).then_some(()).ok_or_else(|| "wanted `ambiguous`".to_owned());
    }
    if several && !rows.is_empty() && !words(&case["args"]).contains(&"--purge") && expect["error"].is_null() {
        // Alembic's result depends on the order of the targets: here they become the rows, or overlap.
        return match code {
            Some("range_error") => Ok(()),
            Some(code) => Err(format!("an error: {code}")),
            None => same_rows(table, &table_wanted(&document)),
        };
    }
    if case["warnings"].as_array().is_some_and(|list| list.iter().any(|warning| warning == "duplicate_id")) {
        // Alembic writes a second file of the id, and warns.
        return (code == Some("bad_graph")).then_some(()).ok_or_else(|| "wanted `bad_graph`".to_owned());
    }
    match (expect["error"].as_str(), code) {
        (Some("internal"), Some(code)) if code != "bug" => Ok(()),
        (Some("internal"), None) if expect["planned"].is_array() => {
            let planned = words(&expect["planned"]);
            let ran: Vec<&str> = steps(&document).into_iter().map(|(_, revision, _)| revision).collect();
            same_rows(table, &words(&expect["rows_ideal"]))?;
            let (mut sorted, mut wanted) = (ran, planned);
            sorted.sort_unstable();
            wanted.sort_unstable();
            (sorted == wanted).then_some(()).ok_or_else(|| "other steps than planned".to_owned())
        }
        (Some("internal"), None) if several => Ok(()),
        (Some(class), code) => {
            (code == Some(class)).then_some(()).ok_or_else(|| format!("wanted the class `{class}`, not {code:?}"))
        }
        (None, Some(_)) if expect["rows_were_not_tips"] == true => Ok(()),
        (None, Some(code)) => Err(format!("an error: {code}")),
        (None, None) if expect["steps"].is_array() => judge_steps(case, rows, &document, table),
        (None, None) if expect["list"].is_array() => judge_list(case, &document),
        (None, None) => judge_new(&expect["new"], &document),
    }
}

fn judge_steps(case: &Value, rows: &[&str], document: &Value, table: &[String]) -> Result<(), String> {
    let expect = &case["expect"];
    let alternatives: Vec<&Value> =
        std::iter::once(expect).chain(case["alternatives"].as_array().into_iter().flatten()).collect();
    let offline = words(&case["args"]).contains(&"--sql");
    let ran = steps(document);
    // A script starts where its range says, not at the rows.
    let from = words(&document["rows_before"]);
    let rows = if offline { from.as_slice() } else { rows };
    if offline && ran.is_empty() && expect["rows_after"].is_null() {
        return Ok(());
    }
    let mut after = words(&document["rows_after"]);
    after.sort_unstable();
    if !offline {
        same_rows(table, &after)?;
    }
    let wanted_rows = |expect: &Value| {
        let ideal = expect["rows_ideal"].as_array().map(|_| words(&expect["rows_ideal"]));
        after == words(&expect["rows_after"]) || ideal.is_some_and(|ideal| after == ideal)
    };
    if !alternatives.iter().any(|expect| wanted_rows(expect)) {
        return Err(format!("other rows after it: {after:?}"));
    }
    if case["command"] == "stamp" {
        return Ok(());
    }
    for (number, (_, revision, after)) in ran.iter().enumerate() {
        // Whatever the order: the rows are the tips after each step.
        let done = &ran[..=number];
        let tips = tips(case, rows, done);
        let by_alembic = words(&expect["steps"][number]["rows"]);
        if *after != tips && !(expect["rows_were_not_tips"] == true && *after == by_alembic) {
            return Err(format!("after {revision} the rows are {after:?}, not {tips:?}"));
        }
    }
    let fits = |expect: &Value| {
        let wanted: Vec<(&str, &str)> = expect["steps"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|step| (step["op"].as_str().unwrap(), step["revision"].as_str().unwrap()))
            .collect();
        let mut ran: Vec<(&str, &str)> = ran.iter().map(|(op, revision, _)| (*op, *revision)).collect();
        let mut wanted = wanted;
        if case["order"] != "exact" {
            ran.sort_unstable();
            wanted.sort_unstable();
        }
        ran == wanted
    };
    if !alternatives.iter().any(|expect| fits(expect)) {
        return Err("other steps".to_owned());
    }
    // Each step has what it needs.
    let needs = needs(&case["graph"]);
    for (number, (op, revision, _)) in ran.iter().enumerate() {
        let later = ran[number + 1..].iter().map(|(_, later, _)| *later);
        let too_late = |later: &str| match *op {
            "upgrade" => needs[revision].contains(&later),
            _ => needs[later].contains(revision),
        };
        if let Some(later) = later.into_iter().find(|later| too_late(later)) {
            return Err(format!("{revision} before {later}"));
        }
    }
    Ok(())
}

fn judge_list(case: &Value, document: &Value) -> Result<(), String> {
    let listed: Vec<&Value> = document["revisions"].as_array().unwrap().iter().collect();
    let mut ids: Vec<&str> = listed.iter().map(|revision| revision["revision"].as_str().unwrap()).collect();
    let mut wanted = words(&case["expect"]["list"]);
    if case["order"] != "exact" || case["command"] == "current" {
        ids.sort_unstable();
        wanted.sort_unstable();
    }
    if ids != wanted {
        return Err(format!("other revisions: {ids:?}"));
    }
    for item in case["expect"]["items"].as_array().into_iter().flatten() {
        let Some(revision) = listed.iter().find(|revision| revision["revision"] == item["revision"]) else {
            return Err("an item is missing".to_owned());
        };
        let mut children = words(&item["children"]);
        children.sort_unstable();
        let mut listed_children = words(&revision["children"]);
        listed_children.sort_unstable();
        if case["command"] == "branches" {
            if children != listed_children {
                return Err(format!("{}: other children", item["revision"]));
            }
            continue;
        }
        let head = revision["is_head"] == true;
        let effective = revision["is_effective_head"] == true;
        let mut labels = words(&item["labels"]);
        labels.sort_unstable();
        let marks = [
            ("labels", words(&revision["branch_labels"]) == labels),
            ("head", item["head"] == (head && !effective) || item["head"] == head),
            ("effective head", item["effective_head"] == effective),
            ("branch point", item["branchpoint"] == revision["is_branch_point"]),
            ("merge point", item["mergepoint"] == revision["is_merge_point"]),
            ("current", case["command"] != "history" || item["current"] == (revision["is_current"] == true)),
        ];
        if let Some((mark, _)) = marks.iter().find(|(_, is)| !is) {
            return Err(format!("{}: other {mark}", item["revision"]));
        }
    }
    Ok(())
}

fn judge_new(new: &Value, document: &Value) -> Result<(), String> {
    let written = &document["revisions"][0];
    match ["revision", "down_revision", "depends_on", "branch_labels"].iter().find(|key| written[**key] != new[**key]) {
        Some(key) => Err(format!("another {key}")),
        None => Ok(()),
    }
}

/// The steps of a document: op, revision, rows after it, sorted.
fn steps(document: &Value) -> Vec<(&str, &str, Vec<&str>)> {
    let steps = document["steps"].as_array().into_iter().flatten();
    steps
        .map(|step| {
            let mut rows = words(&step["rows_after"]);
            rows.sort_unstable();
            (step["op"].as_str().unwrap(), step["revision"].as_str().unwrap(), rows)
        })
        .collect()
}

/// The tips of what is active after these steps.
fn tips<'a>(case: &'a Value, rows: &[&'a str], done: &[(&'a str, &'a str, Vec<&'a str>)]) -> Vec<&'a str> {
    let needs = needs(&case["graph"]);
    let mut active: Vec<&str> = Vec::new();
    let mut open: Vec<&str> = rows.to_vec();
    while let Some(next) = open.pop() {
        if !active.contains(&next) {
            active.push(next);
            open.extend(&needs[next]);
        }
    }
    for (op, revision, _) in done {
        if *op == "upgrade" {
            active.push(revision);
        } else {
            active.retain(|one| one != revision);
        }
    }
    let mut tips: Vec<&str> =
        active.iter().copied().filter(|one| !active.iter().any(|other| needs[other].contains(one))).collect();
    tips.sort_unstable();
    tips
}

/// What each revision needs, labels resolved.
fn needs(graph: &Value) -> Needs<'_> {
    let nodes = graph.as_array().unwrap();
    let of_label = |name: &str| {
        let node = nodes.iter().find(|node| words(&node["branch_labels"]).contains(&name));
        node.map(|node| node["revision"].as_str().unwrap())
    };
    nodes
        .iter()
        .map(|node| {
            let mut needs = words(&node["down_revision"]);
            needs.extend(words(&node["depends_on"]).into_iter().map(|on| of_label(on).unwrap_or(on)));
            (node["revision"].as_str().unwrap(), needs)
        })
        .collect()
}

fn same_rows(table: &[String], wanted: &[&str]) -> Result<(), String> {
    if table == wanted { Ok(()) } else { Err(format!("the version table holds {table:?}, not {wanted:?}")) }
}

fn words(list: &Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// The rows that a document says there are, sorted.
fn table_wanted(document: &Value) -> Vec<&str> {
    let mut rows = words(&document["rows_after"]);
    rows.sort_unstable();
    rows
}

fn notation(graph: &Value) -> String {
    let part = |list: &Value, open: &str, close: &str| {
        let list = words(list);
        if list.is_empty() { String::new() } else { format!("{open}{}{close}", list.join(",")) }
    };
    let nodes = graph.as_array().unwrap().iter().map(|node| {
        format!(
            "{}{}{}{}",
            node["revision"].as_str().unwrap(),
            part(&node["down_revision"], "<-", ""),
            part(&node["depends_on"], " {", "}"),
            part(&node["branch_labels"], " [", "]")
        )
    });
    nodes.collect::<Vec<_>>().join("; ")
}

//! `drift`: what somebody has changed by hand is seen, named, and can be taken back.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::project::{Output, Project};
use crate::server::{Database, Server};

/// A change made by hand, and what `drift` calls it.
#[derive(Clone, Debug)]
struct Mutation {
    name: String,
    strict: bool,
    /// No statement of SQL leads back whole.
    stays: bool,
    newer_only: bool,
    sql: String,
    expected: BTreeSet<String>,
}

fn cases(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/drift").join(name)
}

fn mutations() -> Vec<Mutation> {
    let text = fs::read_to_string(cases("mutations.sql")).unwrap();
    text.split("\n-- @ ").skip(1).map(mutation).collect()
}

fn mutation(block: &str) -> Mutation {
    let (first, rest) = block.split_once('\n').unwrap();
    let words: Vec<&str> = first.split(' ').collect();
    let is_flag = |word: &&str| ["strict", "stays", ">=18"].contains(word);
    let (flags, name): (Vec<&str>, Vec<&str>) = words.into_iter().partition(is_flag);
    let expected = rest.lines().filter_map(|line| line.strip_prefix("-- > ")).map(str::to_owned).collect();
    let sql = rest.lines().filter(|line| !line.starts_with("-- > ")).collect::<Vec<_>>().join("\n");
    Mutation {
        name: name.join(" "),
        strict: flags.contains(&"strict"),
        stays: flags.contains(&"stays"),
        newer_only: flags.contains(&">=18"),
        sql: sql.trim().to_owned(),
        expected,
    }
}

/// The differences of a document, a line for each: `changed table app.pet options`.
fn named(document: &Value) -> BTreeSet<String> {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let line = |it: &Value| {
        [&it["change"], &it["kind"], &it["object"], &it["attribute"]].map(word).join(" ").trim_end().to_owned()
    };
    document["differences"].as_array().unwrap().iter().map(line).collect()
}

/// A database that is at the revision of `schema.sql`.
struct Bench {
    server: &'static Server,
    project: Project,
    database: Database,
    /// As pg_dump prints it, with owners and grants.
    dump: String,
}

impl Bench {
    fn new(server: &'static Server, major: u32) -> Self {
        let project = Project::new();
        project.settings("shadow = \"target\"");
        let schema = fs::read_to_string(cases("schema.sql")).unwrap();
        let lines = schema.lines().filter_map(|line| match line.strip_prefix("{>=18}") {
            Some(line) => (major >= 18).then_some(line),
            None => Some(line),
        });
        project.revision("a1", "", &lines.collect::<Vec<_>>().join("\n"), None);
        let database = Database::new_on(server, "drift");
        project.on(&database, &["up"]).exits(0);
        let dump = database.pg_dump_all();
        Self { server, project, database, dump }
    }

    fn renew(&mut self) {
        self.database = Database::new_on(self.server, "drift");
        self.project.on(&self.database, &["up"]).exits(0);
    }

    fn drift(&self, options: &[&str]) -> Output {
        self.project.on(&self.database, &[&["drift", "--format", "json"], options].concat())
    }

    /// Makes a change, looks whether it is seen, and takes it back. Returns what was seen.
    fn try_one(&self, mutation: &Mutation) -> Result<BTreeSet<String>, String> {
        self.database.try_psql(&mutation.sql).map_err(|error| format!("cannot be made: {error}"))?;
        let output = self.drift(if mutation.strict { &["--strict"] } else { &[] });
        if output.code != 0 && output.code != 3 {
            return Err(format!("exit {}: {}", output.code, output.stderr));
        }
        let document = output.json();
        let found = named(&document);
        if found.is_empty() != (output.code == 0) {
            return Err(format!("exit {} with {found:?}", output.code));
        }
        let revert = document["sql"].as_str().unwrap();
        if let Err(error) = self.database.try_psql(revert) {
            return Err(format!("found {found:#?}\nthe way back fails: {error}\n{revert}"));
        }
        if found.is_empty() || mutation.stays {
            return Ok(found);
        }
        let after = self.database.pg_dump_all();
        if after != self.dump {
            let diff: String = similar_lines(&self.dump, &after);
            return Err(format!("found {found:#?}\nthe way back leads elsewhere:\n{revert}\n---\n{diff}"));
        }
        Ok(found)
    }
}

/// The lines that only one of two texts has.
fn similar_lines(before: &str, after: &str) -> String {
    let (a, b): (BTreeSet<&str>, BTreeSet<&str>) = (before.lines().collect(), after.lines().collect());
    let lost = a.difference(&b).map(|line| format!("- {line}\n"));
    lost.chain(b.difference(&a).map(|line| format!("+ {line}\n"))).collect()
}

fn roles(server: &Server) {
    let make = |role: &str| {
        format!("DO $$ BEGIN CREATE ROLE {role}; EXCEPTION WHEN duplicate_object OR unique_violation THEN END $$;")
    };
    server.admin(&format!("{} {}", make("drift_reader"), make("drift_owner")));
}

/// Every change of the file, on one server. Two databases, so that both processors have work.
fn mutate(server: &'static Server, major: u32) {
    roles(server);
    let only = std::env::var("ONLY").unwrap_or_default();
    let all: Vec<Mutation> =
        mutations().into_iter().filter(|it| (major >= 18 || !it.newer_only) && it.name.contains(&only)).collect();
    assert!(!all.is_empty());
    let update = std::env::var_os("UPDATE").is_some();
    let halves: Vec<Vec<Mutation>> = all.chunks(all.len().div_ceil(2)).map(<[Mutation]>::to_vec).collect();
    let (mut faults, mut seen) = (String::new(), Vec::new());
    std::thread::scope(|scope| {
        let runs: Vec<_> = halves
            .iter()
            .map(|half| {
                scope.spawn(move || {
                    let mut bench = Bench::new(server, major);
                    let mut results = Vec::new();
                    for mutation in half {
                        let result = bench.try_one(mutation);
                        if mutation.stays || !result.as_ref().is_ok_and(|found| !found.is_empty()) {
                            bench.renew();
                        }
                        results.push((mutation.clone(), result));
                    }
                    // What was taken back is gone, also for who asks for everything.
                    let last = bench.drift(&["--strict"]);
                    assert_eq!(last.code, 0, "{}{}", last.stdout, last.stderr);
                    results
                })
            })
            .collect();
        for run in runs {
            for (mutation, result) in run.join().unwrap() {
                match result {
                    Ok(found) if found == mutation.expected => (),
                    Ok(found) if update => seen.push((mutation.name, found)),
                    Ok(found) => {
                        writeln!(faults, "{}: found {found:#?}, expected {:#?}", mutation.name, mutation.expected)
                            .unwrap();
                    }
                    Err(fault) => writeln!(faults, "{}: {fault}", mutation.name).unwrap(),
                }
            }
        }
    });
    if update {
        rewrite(&seen);
    }
    assert!(faults.is_empty(), "on {major}:\n{faults}");
}

/// Writes down what was seen, for a person to read.
fn rewrite(seen: &[(String, BTreeSet<String>)]) {
    let path = cases("mutations.sql");
    let mut text = fs::read_to_string(&path).unwrap();
    for (name, found) in seen {
        let heads = ["", " strict", " stays", " >=18"].map(|flag| format!("\n-- @ {name}{flag}\n"));
        let start = heads.iter().find_map(|head| text.find(head)).unwrap_or_else(|| panic!("{name}")) + 1;
        let end = text[start..].find("\n-- @ ").map_or(text.len(), |at| start + at);
        let mut lines: Vec<String> =
            text[start..end].lines().filter(|line| !line.starts_with("-- > ")).map(str::to_owned).collect();
        let at = lines.iter().rposition(|line| !line.is_empty()).unwrap() + 1;
        lines.splice(at..at, found.iter().map(|line| format!("-- > {line}")));
        let last = if end == text.len() { "\n" } else { "" };
        text.replace_range(start..end, &(lines.join("\n") + last));
    }
    fs::write(path, text).unwrap();
}

#[test]
fn each_change_by_hand_is_seen_named_and_taken_back() {
    mutate(Server::main(), 15);
}

#[test]
fn each_change_by_hand_is_seen_by_the_newest_server() {
    if let Some(server) = Server::with_vector() {
        mutate(server, 18);
    }
}

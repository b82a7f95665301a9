//! Schemas of real projects with hundreds of tables: made from nothing by what `pgkeel diff` prints, and taken back.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::project::Project;
use crate::server::{Database, Server};

/// Returns a file of the folder with the cases.
fn file(name: &str) -> Option<PathBuf> {
    let cases = std::env::var_os("PGKEEL_CASES")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"), PathBuf::from);
    let path = cases.join("large").join(name);
    if !path.is_file() {
        eprintln!("skipped: {} is not there; PGKEEL_CASES names the folder with the cases", path.display());
        return None;
    }
    Some(path)
}

/// Loads a schema as far as the server can: one without contrib has not all of its extensions. Returns whether it has all.
fn load(database: &Database, path: &Path) -> bool {
    let output = Command::new(database.program("psql"))
        .args(["-X", "-q", "-d", &database.url(), "-f", path.to_str().unwrap()])
        .env("PGOPTIONS", "-c client_min_messages=error")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stderr.is_empty()
}

/// A dump without its comments, which tell of the server and of the order.
fn dump(database: &Database) -> Vec<String> {
    let dump = database.pg_dump(&["--schema-only"]);
    dump.lines().filter(|line| !line.is_empty() && !line.starts_with("--")).map(str::to_owned).collect()
}

fn diff(from: &Database, to: &Database) -> String {
    Project::new().pgkeel(&["diff", "--from", &from.url(), "--to", &to.url()]).exits(0).stdout
}

#[track_caller]
fn same(is: &Database, should: &[String], what: &str) {
    let is = dump(is);
    let first = is.iter().zip(should).position(|(is, should)| is != should).unwrap_or(is.len().min(should.len()));
    let around = |lines: &[String]| lines[first.saturating_sub(3)..lines.len().min(first + 3)].join("\n");
    assert!(is == should, "{what}: the dumps differ\n{}\n-- should be\n{}", around(&is), around(should));
}

fn there_and_back(server: &'static Server, name: &str, wants_all: bool) {
    let Some(path) = file(name) else { return };
    let loaded = Database::new_on(server, "large");
    let has_all = load(&loaded, &path);
    assert!(has_all || !wants_all, "{name} does not load");
    let made = Database::new_on(server, "largemade");
    let (empty, full) = (dump(&made), dump(&loaded));
    let (up, down) = (diff(&made, &loaded), diff(&loaded, &made));
    assert_eq!(diff(&loaded, &loaded), "", "{name}: with itself");
    // Neither script knows whether somebody runs it in a transaction: one is, the other is not.
    let script = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(script.path(), format!("BEGIN;\n{up}\nCOMMIT;\n")).unwrap();
    made.psql_file(script.path());
    same(&made, &full, name);
    assert_eq!(diff(&made, &loaded), "", "{name}: a second diff");
    std::fs::write(script.path(), down).unwrap();
    made.psql_file(script.path());
    same(&made, &empty, &format!("{name}, back"));
    std::fs::write(script.path(), up).unwrap();
    made.psql_file(script.path());
    same(&made, &full, &format!("{name}, again"));
}

#[test]
fn danbooru_is_made_from_nothing_and_goes() {
    there_and_back(Server::main(), "danbooru.sql", true);
}

#[test]
fn musicbrainz_is_made_from_nothing_and_goes() {
    there_and_back(Server::main(), "musicbrainz.sql", true);
}

#[test]
fn what_the_newest_server_takes_of_danbooru_is_made_and_goes() {
    if let Some(server) = Server::with_vector() {
        there_and_back(server, "danbooru.sql", false);
    }
}

#[test]
fn what_the_newest_server_takes_of_musicbrainz_is_made_and_goes() {
    if let Some(server) = Server::with_vector() {
        there_and_back(server, "musicbrainz.sql", false);
    }
}

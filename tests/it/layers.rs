//! The house rules of the floors (see the docs of `src/lib.rs`): imports go down only, deciding code does no IO.

use std::fs;
use std::path::{Path, PathBuf};

const FLOORS: &[&[&str]] = &[
    &["text"],
    &["revision", "catalog"],
    &["detect"],
    &["plan", "convert", "diff", "adopt"],
    &["bootstrap"],
    &["world"],
    &["pg", "workspace", "settings", "devserver"],
    &["execute"],
    &["shadow"],
    &["report"],
    &["commands"],
    &["cli"],
];

/// Words that code without IO does not name.
const IO: &[&str] = &[
    "std::fs",
    "std::env",
    "std::net",
    "std::process",
    "postgres::",
    "Timestamp::now",
    "println!",
    "print!",
    "getrandom",
];

/// The last floor without IO.
const PURE: usize = 4;

fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&module))
}

pub(crate) fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The code of a file: without its unit tests and without comments.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let text = text.split("\n#[cfg(test)]\nmod tests").next().unwrap();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The module of a file: `pg` for `src/pg/lock.rs` and for `src/pg.rs`.
fn module(path: &Path) -> String {
    let below = path.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap();
    let first = below.components().next().unwrap().as_os_str().to_str().unwrap();
    first.trim_end_matches(".rs").to_owned()
}

fn all() -> Vec<(PathBuf, String, String)> {
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"))
        .into_iter()
        .map(|path| {
            let (module, code) = (module(&path), code(&path));
            (path, module, code)
        })
        .filter(|(_, module, _)| !matches!(module.as_str(), "main" | "lib"))
        .collect()
}

#[test]
fn imports_go_down_only() {
    let mut faults = Vec::new();
    for (path, module, code) in all() {
        let Some(own) = floor(&module) else {
            faults.push(format!("{module} stands on no floor"));
            continue;
        };
        for (at, _) in code.match_indices("crate::") {
            let used: String = code[at + 7..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            match floor(&used) {
                Some(theirs) if theirs < own || used == module => (),
                _ => faults.push(format!("{}: {module} -> {used}", path.display())),
            }
        }
    }
    faults.dedup();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn deciding_code_does_no_io() {
    for (path, module, code) in all() {
        if floor(&module).is_some_and(|floor| floor <= PURE) {
            for word in IO {
                assert!(!code.contains(word), "{} names {word}", path.display());
            }
        }
    }
}

#[test]
fn each_foreign_crate_has_its_door() {
    let doors: &[(&str, &[&str])] = &[
        ("postgres::", &["src/pg/"]),
        ("rustls::", &["src/pg/"]),
        ("x509_cert::", &["src/pg/tls/"]),
        ("pg_query::", &["src/text/parse.rs", "src/text/parse/"]),
        ("indicatif::", &["src/report/"]),
        ("anstream::", &["src/report/"]),
        ("annotate_snippets::", &["src/report/"]),
        ("figment::", &["src/settings/"]),
        ("dotenvy::", &["src/settings/"]),
    ];
    for (path, _, code) in all() {
        let shown = path.to_str().unwrap();
        for (krate, allowed) in doors {
            let named = code
                .match_indices(krate)
                .any(|(at, _)| !code[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':'));
            assert!(!named || allowed.iter().any(|door| shown.contains(door)), "{shown} names {krate}");
        }
    }
}

#[test]
fn files_are_short() {
    for (path, _, code) in all() {
        let lines = code.lines().count();
        assert!(lines <= 600, "{} has {lines} lines of code", path.display());
    }
}

#[test]
fn every_sql_file_is_used() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let all: String = all().into_iter().map(|(_, _, code)| code).collect();
    let mut open = vec![root.join("sql")];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let shown = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                // Those of the catalog are included by a macro, which takes their names.
                let name = path.file_stem().unwrap().to_str().unwrap();
                let of_catalog = shown.starts_with("sql/catalog/") && all.contains(&format!("\"{name}\" 1"));
                assert!(of_catalog || all.contains(&format!("{shown}\"")), "no source includes {shown}");
            }
        }
    }
}

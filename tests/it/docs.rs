//! What README and docs show exists: commands, files, targets of make, exit codes, states; and the output is real.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::layers::sources;
use crate::project::{Output, Project};
use crate::server::{Database, Server};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// README, CONTRIBUTING and what is in `docs/`.
fn pages() -> Vec<String> {
    let docs = fs::read_dir(Path::new(ROOT).join("docs")).unwrap().map(|entry| entry.unwrap().file_name());
    let docs = docs.map(|name| format!("docs/{}", name.to_str().unwrap()));
    let mut pages: Vec<String> = docs.filter(|page| page.ends_with(".md")).collect();
    pages.extend(["README.md".to_owned(), "CONTRIBUTING.md".to_owned()]);
    pages.sort();
    pages
}

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The fenced blocks of a page, with their language, and the text without them.
fn blocks(page: &str) -> (Vec<(String, String)>, String) {
    let (mut blocks, mut text) = (Vec::new(), String::new());
    let mut open: Option<(String, String)> = None;
    for line in page.lines() {
        match (&mut open, line.trim_start().strip_prefix("```")) {
            (None, Some(language)) => open = Some((language.to_owned(), String::new())),
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some((_, block)), None) => block.extend([line, "\n"]),
            (None, None) => text.extend([line, "\n"]),
        }
    }
    assert!(open.is_none(), "a block has no end");
    (blocks, text)
}

/// What stands in single backticks.
fn code_spans(text: &str) -> Vec<String> {
    let text = text.replace('\n', " ");
    text.split('`').skip(1).step_by(2).map(|span| span.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

/// The command lines of a page, in blocks and in running text.
fn commands(page: &str) -> Vec<String> {
    let (blocks, text) = blocks(page);
    let mut commands = Vec::new();
    for (language, block) in blocks {
        let lines = block.lines().map(str::trim);
        match language.as_str() {
            "console" => commands.extend(lines.filter_map(|line| line.strip_prefix("$ ").map(str::to_owned))),
            "sh" => commands.extend(lines.map(str::to_owned)),
            "yaml" => commands.extend(lines.filter_map(|line| {
                line.strip_prefix("- run: ").or_else(|| line.strip_prefix("- ")).map(str::to_owned)
            })),
            _ => (),
        }
    }
    commands.extend(code_spans(&text));
    let parts = commands.iter().flat_map(|line| line.split("&&"));
    parts.map(|part| part.split('#').next().unwrap_or_default().trim().to_owned()).collect()
}

/// Splits a command line as a shell does, quotes without escapes. Of alternatives, the first is taken.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for c in line.chars() {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            (None, ' ') => words.push(String::new()),
            _ => words.last_mut().unwrap().push(c),
        }
    }
    words.retain(|word| !word.is_empty());
    words.into_iter().map(|word| word.split('|').next().unwrap_or_default().to_owned()).collect()
}

fn pgkeel(arguments: &[&str]) -> Output {
    Output::of(Project::new().command(arguments).output().unwrap())
}

/// Names of the commands that a help page lists.
fn verbs(arguments: &[&str]) -> Vec<String> {
    let help = pgkeel(&[arguments, &["--help"]].concat()).exits(0).stdout;
    let Some((_, list)) = help.split_once("Commands:\n") else { return Vec::new() };
    list.lines()
        .take_while(|line| !line.is_empty())
        // What is indented more goes on with the line before.
        .filter(|line| !line.starts_with("   "))
        .map(|line| line.split_whitespace().next().unwrap().to_owned())
        .collect()
}

#[test]
fn commands_that_are_shown_parse() {
    let mut seen = 0;
    for page in pages().iter().filter(|page| *page != "docs/cli.md") {
        for command in commands(&read(page)) {
            let Some(line) = command.strip_prefix("pgkeel ") else { continue };
            let mut words = words(line);
            // What an ellipsis stands for is not written.
            if let Some(at) = words.iter().position(|word| word.contains('…')) {
                words.truncate(at);
            }
            // `--help` ends the parsing after what stands before it was understood.
            let at = words.iter().position(|word| word == "--").unwrap_or(words.len());
            words.insert(at, "--help".to_owned());
            let arguments: Vec<&str> = words.iter().map(String::as_str).collect();
            let output = pgkeel(&arguments);
            assert_eq!(output.code, 0, "{page}: `{command}`: {}", output.stderr);
            seen += 1;
        }
    }
    assert!(seen > 40, "only {seen} commands were found: the pages are read wrongly");
}

/// Errors and advice send nobody to a command that this version does not have.
#[test]
fn commands_that_messages_name_exist() {
    let verbs = verbs(&[]);
    let mut seen = 0;
    for file in sources(&Path::new(ROOT).join("src")) {
        let text = fs::read_to_string(&file).unwrap();
        let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        for named in lines.flat_map(|line| line.split("`pgkeel ").skip(1)) {
            let verb = named.split([' ', '`', '"']).next().unwrap();
            let is_verb = verb.chars().all(|c| c.is_ascii_lowercase()) && !verb.is_empty();
            assert!(!is_verb || verbs.iter().any(|known| known == verb), "{}: `pgkeel {verb}`", file.display());
            seen += usize::from(is_verb);
        }
    }
    assert!(seen > 40, "only {seen} commands were found: the files are read wrongly");
}

#[test]
fn targets_of_make_that_are_shown_exist() {
    let makefile = read("Makefile");
    let targets: BTreeSet<&str> = makefile
        .lines()
        .filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()))
        .filter_map(|line| line.split_once(':').filter(|(_, rest)| !rest.starts_with('=')).map(|(target, _)| target))
        .collect();
    for page in &pages() {
        for command in commands(&read(page)) {
            let Some(arguments) = command.strip_prefix("make ") else { continue };
            for target in arguments.split(' ').filter(|word| !word.is_empty() && !word.contains(['=', '"'])) {
                assert!(targets.contains(target), "{page}: there is no target `{target}`: `{command}`");
            }
        }
    }
    let documented: Vec<&str> = makefile.lines().filter(|line| line.contains(" ## ")).collect();
    for target in ["db-up", "migrate-up", "migrate-reset", "test", "bench", "help"] {
        assert!(documented.iter().any(|line| line.starts_with(&format!("{target}:"))), "`make help` lacks {target}");
    }
}

#[test]
fn paths_that_are_named_exist() {
    let here = ["src/", "sql/", "tests/", "scripts/", "schema/", "migrations/", "docs/", ".github/", ".ci/"];
    let files =
        ["Makefile", "Dockerfile", "docker-compose.yml", "Cargo.toml", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"];
    let mut seen = 0;
    for page in &pages() {
        let (_, text) = blocks(&read(page));
        for span in code_spans(&text) {
            let path = span.split(' ').next().unwrap_or_default();
            let named = files.contains(&path) || here.iter().any(|folder| path.starts_with(folder));
            if named && !path.contains(['<', '*', '…']) && !path.contains("YYYY") {
                assert!(Path::new(ROOT).join(path).exists(), "{page}: `{path}` does not exist");
                seen += 1;
            }
        }
        // Links between the pages, with their sections.
        let folder = Path::new(page).parent().unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.contains("://") {
                continue;
            }
            let (path, section) = link.split_once('#').unwrap_or((link, ""));
            let path = Path::new(ROOT).join(folder).join(path);
            let target = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{page}: {link}: {error}"));
            let heading = |line: &str| line.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
            let found =
                section.is_empty() || target.lines().any(|line| line.starts_with('#') && heading(line) == section);
            assert!(found, "{page}: {link} has no such section");
            seen += 1;
        }
    }
    assert!(seen > 30, "only {seen} paths were found: the pages are read wrongly");
}

/// The cells of the table that follows a heading.
fn table(page: &str, heading: &str) -> Vec<Vec<String>> {
    let (_, rest) = page.split_once(&format!("\n{heading}\n")).unwrap_or_else(|| panic!("no {heading}"));
    let rows = rest.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
    let cells = |row: &str| row.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect();
    rows.skip(2).map(cells).collect()
}

#[test]
fn each_command_is_listed_and_each_listed_one_exists() {
    let mut listed = BTreeSet::new();
    for span in commands_of_readme().iter().flat_map(|cell| code_spans(cell)) {
        listed.insert(span.split(' ').next().unwrap().to_owned());
    }
    let exist: BTreeSet<String> = verbs(&[]).into_iter().collect();
    assert_eq!(listed, exist);
}

/// The first cells of the table of commands.
fn commands_of_readme() -> Vec<String> {
    let readme = read("README.md");
    let (_, rest) = readme.split_once("| command | what it does |\n").unwrap();
    let rows = rest.lines().skip(1).take_while(|line| line.starts_with('|'));
    rows.map(|row| row.trim_matches('|').split(" | ").next().unwrap().trim().to_owned()).collect()
}

#[test]
fn exit_codes_are_those_of_the_table() {
    let readme = table(&read("README.md"), "## Exit codes");
    let codes: Vec<&str> = readme.iter().map(|row| row[0].as_str()).collect();
    assert_eq!(codes, ["0", "1", "2", "3", "4", "5", "6", "70", "130, 143"]);
    // Those that a test can bring about in a moment; 5, 130 and 143 are shown by the tests of execution and server.
    let (project, database) = (Project::new(), Database::new("exits"));
    project.revision("aaaa0001", "", "CREATE TABLE t ();", None);
    for (arguments, code) in [
        (vec!["heads"], 0),
        (vec!["show", "zzz"], 1),
        (vec!["upp"], 2),
        (vec!["current", "--check-heads"], 3),
        (vec!["current", "--database-url", "postgres://127.0.0.1:1/x"], 4),
    ] {
        project.on(&database, &arguments).exits(code);
    }
    database.psql("CREATE TABLE mine ()");
    project.on(&database, &["up"]).exits(6);
}

#[test]
fn states_are_those_of_the_program() {
    let readme: BTreeSet<String> = table(&read("README.md"), "## What it finds, and what it does")
        .iter()
        .map(|row| row[0].trim_matches('`').to_owned())
        .collect();
    let page = read("docs/states.md");
    let headings: BTreeSet<String> = page
        .lines()
        .filter_map(|line| line.strip_prefix("## "))
        .filter(|heading| !heading.contains(' '))
        .map(str::to_owned)
        .collect();
    assert_eq!(readme, headings);
    let source = read("src/detect/mod.rs");
    let at = source.find("=> \"absent\"").expect("a function that names the states");
    let names = source[..at].rfind("fn ").map(|start| &source[start..]).unwrap().split("\n    }\n").next().unwrap();
    let names: BTreeSet<String> =
        names.split("=> \"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect();
    assert_eq!(readme, names);
}

/// Numbers and what differs between machines, made equal.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut in_number = false;
    for c in text.trim().chars() {
        // A revision id has letters as well: only what has a unit is a measurement.
        let digit = c.is_ascii_digit() || c == '.' && in_number;
        if !digit || !in_number {
            plain.push(if digit { '#' } else { c });
        }
        in_number = digit;
    }
    plain
}

#[test]
fn the_output_in_the_readme_is_real() {
    let (blocks, _) = blocks(&read("README.md"));
    let shown: Vec<(String, String)> = blocks
        .into_iter()
        .filter(|(language, _)| language == "console")
        .flat_map(|(_, block)| block.split("$ pgkeel ").skip(1).map(str::to_owned).collect::<Vec<_>>())
        .map(|block| block.split_once('\n').map(|(command, output)| (command.to_owned(), output.to_owned())).unwrap())
        .collect();
    let Some(server) = Server::with_vector() else { return };
    let database = Database::absent_on(server, "readme");
    // A copy, since one of the commands writes a file.
    let project = Project::new();
    for folder in ["migrations", "schema"] {
        for file in fs::read_dir(Path::new(ROOT).join(folder)).unwrap() {
            let name = file.unwrap().file_name();
            let path = format!("{folder}/{}", name.to_str().unwrap());
            project.file(&path, &read(&path));
        }
    }
    project.file("pgkeel.toml", &read("pgkeel.toml"));
    let mut seen = Vec::new();
    for (command, output) in &shown {
        let words = words(command);
        let arguments: Vec<&str> = words.iter().map(String::as_str).collect();
        let is_failure = output.starts_with("error");
        if is_failure {
            let revision = fs::read_dir(project.path().join("migrations")).unwrap().map(|it| it.unwrap().path());
            let newest = revision.max().unwrap();
            let text = fs::read_to_string(&newest).unwrap();
            let filled = "-- migrate:up\nALTER TABLE users ADD COLUMN phone text;\nUPDATE users SET phone = '' WHERE emial IS NULL;\n";
            fs::write(&newest, text.replacen("-- migrate:up\n", filled, 1)).unwrap();
        } else if command == "downgrade -1" {
            // The empty revision that was written before is not part of what is shown.
            let written = fs::read_dir(project.path().join("migrations")).unwrap().map(|it| it.unwrap().path());
            let written = written.max().unwrap();
            fs::rename(&written, project.path().join("later.sql")).unwrap();
        }
        let real = project.on(&database, &arguments).exits(i32::from(is_failure));
        if command == "upgrade head" {
            let name = "migrations/2099_01_01_0000_later.sql";
            fs::rename(project.path().join("later.sql"), project.path().join(name)).unwrap();
        }
        let real = format!("{}{}", real.stderr, real.stdout);
        // Line by line; `…` stands for what was left out.
        let (shown, real): (Vec<&str>, Vec<&str>) = (output.trim().lines().collect(), real.trim().lines().collect());
        for (shown, real) in shown.iter().zip(&real) {
            let start = |line: &str| plain(line.split(['…', '(']).next().unwrap_or_default());
            let is_of_this_machine = ["database ", "wrote ", "  ╭▸"].iter().any(|word| shown.starts_with(word));
            let is_of_this_revision = shown.contains("9368820b6b8b") || shown.starts_with("  20");
            if !is_of_this_machine && !is_of_this_revision && shown.trim() != "…" {
                assert!(start(real).starts_with(&start(shown)), "`pgkeel {command}`\nshown: {shown}\nreal:  {real}");
            }
        }
        assert!(
            shown.len() == real.len() || shown.last().is_some_and(|line| line.trim() == "…"),
            "{command}: {real:#?}"
        );
        seen.push(command.as_str());
    }
    assert_eq!(seen.len(), 8, "{seen:?}");
}

#[test]
fn the_help_pages_are_docs_cli_md() {
    let mut page = String::from(
        "# Commands\n\nThe help of each command, as the program prints it. A test writes this page: `UPDATE=1 make test \
         TESTS=docs`.\n",
    );
    let block = |title: &str, text: &str| format!("\n## {title}\n\n```text\n{text}\n```\n");
    let mut global = String::new();
    let mut all = vec![Vec::new()];
    for verb in verbs(&[]) {
        all.push(vec![verb.clone()]);
        all.extend(verbs(&[&verb]).into_iter().map(|inner| vec![verb.clone(), inner]));
    }
    for command in &all {
        let mut arguments: Vec<&str> = command.iter().map(String::as_str).collect();
        let title = [&["pgkeel"], arguments.as_slice()].concat().join(" ");
        arguments.push("--help");
        let help = pgkeel(&arguments).exits(0).stdout;
        let (own, everywhere) = help.split_once("\nOptions of all commands:\n").unwrap_or((&help, ""));
        let own: Vec<&str> = own.trim_end().lines().map(str::trim_end).collect();
        page += &block(&title, &own.join("\n"));
        if global.is_empty() {
            global = everywhere.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
        }
        assert!(own.iter().all(|line| line.chars().count() <= 100), "`{title} --help` has too long lines");
    }
    page += &block("Options of all commands", global.trim_end());
    let path = Path::new(ROOT).join("docs/cli.md");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &page).unwrap();
    }
    assert_eq!(fs::read_to_string(&path).unwrap_or_default(), page, "write it anew: UPDATE=1 make test TESTS=docs");
}

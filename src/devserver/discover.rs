//! Finding server programs that fit.

use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use rustix::process::Signal;

use crate::devserver::account::Account;
use crate::devserver::cluster::major_of_data;
use crate::devserver::error::{DevServerError, Refused, Why};
use crate::devserver::paths::{Places, caches};
use crate::devserver::run::to_end;
use crate::devserver::{OLDEST_MAJOR, Programs, Source, Wanted};

const NEEDED: [&str; 3] = ["postgres", "initdb", "pg_ctl"];

/// Directories of packaged programs: parent, what a name in it starts with, what follows it.
const SYSTEM: [(&str, &str, &str); 4] = [
    ("/usr/lib/postgresql", "", "bin"),
    ("/usr/lib64/postgresql", "", "bin"),
    ("/usr", "pgsql-", "bin"),
    ("/usr/local", "pgsql", "bin"),
];
const HOMEBREW: [(&str, &str, &str); 4] = [
    ("/opt/homebrew/opt", "postgresql", "bin"),
    ("/usr/local/opt", "postgresql", "bin"),
    ("/home/linuxbrew/.linuxbrew/opt", "postgresql", "bin"),
    ("/Applications/Postgres.app/Contents/Versions", "", "bin"),
];

/// Finds the server programs for a project: those of the setting; else the system's, if they offer the extensions that
/// the project needs; else the fetched ones. A data directory that is there fixes the major version.
///
/// # Errors
/// Nothing fits: the error lists what was looked at, and why each was refused.
pub(crate) fn discover(wanted: &Wanted) -> Result<Programs, DevServerError> {
    let places = Places::of(wanted)?;
    let data = places.data();
    let made_by = major_of_data(&data);
    let extensions = extensions(wanted);
    let caches = caches(wanted, places.account.other);
    let mut looked: Vec<Refused> = Vec::new();
    let mut seen: Vec<PathBuf> = Vec::new();
    for (directory, source) in candidates(wanted, &caches) {
        let bin = resolve(&directory);
        if seen.contains(&bin) {
            continue;
        }
        seen.push(bin.clone());
        match check(&bin, source, places.account, &extensions, made_by.as_deref(), wanted.major) {
            Ok(programs) => return Ok(programs),
            Err(Problem::Interrupted) => return Err(DevServerError::Interrupted),
            Err(Problem::Unfit(why)) => looked.push(Refused { bin, source, why }),
        }
    }
    match made_by {
        // If only the major version stands in the way, that is what to say.
        Some(made_by) if looked.iter().any(|refused| matches!(refused.why, Why::OtherMajor { .. })) => {
            Err(DevServerError::OtherMajor { data, made_by, looked })
        }
        Some(_) | None => Err(DevServerError::NoPrograms { extensions, looked, caches }),
    }
}

/// Tells whether programs offer all extensions that the project needs.
pub(super) fn offers_all(bin: &Path, account: Account, wanted: &Wanted) -> Result<bool, DevServerError> {
    Ok(missing(bin, account, &extensions(wanted))?.is_empty())
}

/// The names that `CREATE EXTENSION` knows. Packages and people say `pgvector`.
fn extensions(wanted: &Wanted) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in &wanted.extensions {
        let name = if name.eq_ignore_ascii_case("pgvector") { "vector" } else { name.as_str() };
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

fn candidates(wanted: &Wanted, caches: &[PathBuf]) -> Vec<(PathBuf, Source)> {
    if let Some(directory) = &wanted.postgres_bin {
        // People give the program as well as its directory.
        let directory = if directory.is_file() { directory.parent().unwrap_or(directory) } else { directory };
        return vec![(directory.to_owned(), Source::Setting)];
    }
    let mut found = Vec::new();
    let on_path = on_path(wanted);
    found.extend(
        on_path.iter().filter(|path| is_program(&path.join("postgres"))).map(|path| (path.clone(), Source::Path)),
    );
    for (places, source) in [(SYSTEM, Source::System), (HOMEBREW, Source::Homebrew)] {
        found.extend(installed(&places).into_iter().map(|directory| (directory, source)));
    }
    found.extend(on_path.iter().find_map(|path| pg_config(path, "--bindir")).map(|bin| (bin, Source::PgConfig)));
    found.extend(fetched(caches).into_iter().map(|directory| (directory, Source::Fetched)));
    found
}

/// Returns the programs of that name that talk to servers, with their versions, one after the other: a server of another
/// version may need another one. Where the setting names a directory, no other is looked at.
pub(super) fn clients<'a>(wanted: &'a Wanted, name: &'a str) -> impl Iterator<Item = (PathBuf, String, u32)> + 'a {
    let of_setting = wanted.postgres_bin.as_ref().map(|path| {
        let directory = if path.is_file() { path.parent().unwrap_or(path) } else { path };
        vec![directory.to_owned()]
    });
    let directories = of_setting.unwrap_or_else(|| {
        let is_other = Account::for_server().is_ok_and(|account| account.other);
        // What stands in the path may be a script that looks for the others, which takes its time.
        let all = [installed(&SYSTEM), installed(&HOMEBREW), fetched(&caches(wanted, is_other)), on_path(wanted)];
        all.concat()
    });
    directories.into_iter().map(move |directory| directory.join(name)).filter(|program| is_program(program)).filter_map(
        |program| {
            let mut command = std::process::Command::new(&program);
            command.arg("--version").stdin(std::process::Stdio::null());
            let ended = to_end(&mut command, Signal::TERM).ok().filter(|ended| ended.success)?;
            let (version, major) = parse_version(&ended.output)?;
            Some((program, version, major))
        },
    )
}

fn on_path(wanted: &Wanted) -> Vec<PathBuf> {
    let path = wanted.environment.path.as_deref().unwrap_or(OsStr::new(""));
    std::env::split_paths(path).filter(|directory| directory.is_absolute()).collect()
}

fn installed(places: &[(&str, &str, &str)]) -> Vec<PathBuf> {
    let mut directories: Vec<PathBuf> =
        places.iter().flat_map(|(parent, prefix, rest)| children(Path::new(parent), prefix, rest)).collect();
    newest_first(&mut directories);
    directories
}

fn fetched(caches: &[PathBuf]) -> Vec<PathBuf> {
    let in_cache = |cache: &PathBuf| {
        let mut directories = children(&cache.join("postgresql"), "", "bin");
        newest_first(&mut directories);
        directories
    };
    caches.iter().flat_map(in_cache).collect()
}

/// Returns `<parent>/<prefix…>/<rest>` for each such directory. Hidden ones are unfinished downloads.
fn children(parent: &Path, prefix: &str, rest: &str) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(parent) else { return Vec::new() };
    entries
        .flatten()
        .filter(|entry| {
            entry.file_name().to_str().is_some_and(|name| name.starts_with(prefix) && !name.starts_with('.'))
        })
        .map(|entry| entry.path().join(rest))
        .filter(|directory| directory.is_dir())
        .collect()
}

/// Sorts by the numbers in the paths, the highest first: 18 before 9.6.
fn newest_first(directories: &mut [PathBuf]) {
    directories.sort_by_key(|path| {
        let text = path.to_string_lossy();
        let numbers: Vec<u32> =
            text.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).collect();
        (std::cmp::Reverse(numbers), text.into_owned())
    });
}

/// Follows links: `/usr/local/bin/postgres` is often one to where all the programs are. Where it leads to a directory
/// without the others, as with a wrapper, the place of the link counts.
fn resolve(directory: &Path) -> PathBuf {
    let real = directory.join("postgres").canonicalize().ok().and_then(|program| program.parent().map(Path::to_owned));
    real.filter(|bin| NEEDED.iter().all(|name| is_program(&bin.join(name)))).unwrap_or_else(|| directory.to_owned())
}

fn is_program(path: &Path) -> bool {
    path.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

enum Problem {
    Unfit(Why),
    Interrupted,
}

impl From<DevServerError> for Problem {
    fn from(error: DevServerError) -> Self {
        if matches!(error, DevServerError::Interrupted) {
            Self::Interrupted
        } else {
            Self::Unfit(Why::DoesNotRun(chain(&error)))
        }
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

fn check(
    bin: &Path,
    source: Source,
    account: Account,
    extensions: &[String],
    made_by: Option<&str>,
    asked: Option<u32>,
) -> Result<Programs, Problem> {
    if let Some(lacks) = NEEDED.into_iter().find(|name| !is_program(&bin.join(name))) {
        return Err(Problem::Unfit(Why::Lacks(lacks)));
    }
    // As the server's user: root may reach programs that this user cannot.
    let ended = to_end(account.command(&bin.join("postgres")).arg("--version"), Signal::TERM).map_err(|error| {
        let problem = Problem::from(error);
        if let (true, Problem::Unfit(Why::DoesNotRun(said))) = (account.other, &problem) {
            let uid = account.uid;
            return Problem::Unfit(Why::DoesNotRun(format!("{said}, for user {uid} that the server runs as")));
        }
        problem
    })?;
    let (version, major) = ended
        .success
        .then(|| parse_version(&ended.output))
        .flatten()
        .ok_or_else(|| Problem::Unfit(Why::DoesNotRun(ended.output.clone())))?;
    if major < OLDEST_MAJOR {
        return Err(Problem::Unfit(Why::TooOld(version)));
    }
    if let Some(data) = made_by.filter(|data| *data != major.to_string()) {
        return Err(Problem::Unfit(Why::OtherMajor { version, data: data.to_owned() }));
    }
    if let Some(asked) = asked.filter(|asked| *asked != major) {
        return Err(Problem::Unfit(Why::NotAsked { version, asked }));
    }
    let missing = missing(bin, account, extensions)?;
    if !missing.is_empty() {
        return Err(Problem::Unfit(Why::NoExtension { version, missing }));
    }
    Ok(Programs { bin: bin.to_owned(), version, major, source })
}

/// Reads `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`.
fn parse_version(text: &str) -> Option<(String, u32)> {
    let version = text.split_once("(PostgreSQL) ")?.1.split_whitespace().next()?;
    let digits: String = version.chars().take_while(char::is_ascii_digit).collect();
    Some((version.to_owned(), digits.parse().ok()?))
}

/// Returns those of the extensions that are not installed with the programs.
fn missing(bin: &Path, account: Account, extensions: &[String]) -> Result<Vec<String>, DevServerError> {
    if extensions.is_empty() {
        return Ok(Vec::new());
    }
    // What pg_config says is exact; server packages may come without it, and then the usual layouts are looked at.
    let mut shares = Vec::new();
    let pg_config = bin.join("pg_config");
    if is_program(&pg_config) {
        let ended = to_end(account.command(&pg_config).arg("--sharedir"), Signal::TERM)?;
        shares.extend(ended.success.then(|| PathBuf::from(ended.output)));
    }
    if shares.is_empty() {
        shares = usual_shares(bin);
    }
    Ok(extensions
        .iter()
        .filter(|name| !shares.iter().any(|share| share.join("extension").join(format!("{name}.control")).is_file()))
        .cloned()
        .collect())
}

fn usual_shares(bin: &Path) -> Vec<PathBuf> {
    let Some(prefix) = bin.parent() else { return Vec::new() };
    let mut shares = vec![prefix.join("share/postgresql"), prefix.join("share")];
    if let Some(name) = prefix.file_name() {
        // Debian: /usr/lib/postgresql/15/bin and /usr/share/postgresql/15. Homebrew: share/postgresql@15.
        shares.push(Path::new("/usr/share/postgresql").join(name));
        shares.push(prefix.join("share").join(name));
    }
    shares
}

fn pg_config(directory: &Path, option: &str) -> Option<PathBuf> {
    let program = directory.join("pg_config");
    if !is_program(&program) {
        return None;
    }
    let output = std::process::Command::new(program).arg(option).stderr(std::process::Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| PathBuf::from(text.trim())).filter(|bin| bin.is_dir())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{extensions, newest_first, parse_version};
    use crate::devserver::{Environment, Wanted};

    #[test]
    fn reads_versions() {
        let version = |text: &str| parse_version(text);
        assert_eq!(version("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"), Some(("15.18".into(), 15)));
        assert_eq!(version("postgres (PostgreSQL) 19beta1\n"), Some(("19beta1".into(), 19)));
        assert_eq!(version("postgres (PostgreSQL) devel"), None);
        assert_eq!(version("sh: postgres: not found"), None);
    }

    #[test]
    fn newest_come_first() {
        let mut paths: Vec<PathBuf> = ["/l/9.6/bin", "/l/18/bin", "/l/15/bin"].into_iter().map(PathBuf::from).collect();
        newest_first(&mut paths);
        assert_eq!(paths, ["/l/18/bin", "/l/15/bin", "/l/9.6/bin"].map(PathBuf::from));
    }

    #[test]
    fn pgvector_is_vector() {
        let wanted = Wanted {
            root: "/".into(),
            postgres_bin: None,
            extensions: ["pgvector", "pg_trgm", "vector"].map(str::to_owned).into(),
            major: None,
            port: None,
            cache: None,
            environment: Environment::default(),
        };
        assert_eq!(extensions(&wanted), ["vector", "pg_trgm"]);
    }
}

//! Which files and which environment: the configuration file, the project root, the name.

use std::path::{Path, PathBuf};

use crate::settings::dotenv::DotEnv;
use crate::settings::error::SettingsError;
use crate::settings::origin::Origin;
use crate::settings::process::ProcessEnvironment;
use crate::settings::registry::ENVIRONMENT_NAMES;

const FILE_NAME: &str = "pgkeel.toml";

/// Where a project is.
pub(crate) struct Project {
    /// The directory that relative paths in settings start from.
    pub(crate) root: PathBuf,
    /// Its configuration file, if it has one.
    pub(crate) file: Option<PathBuf>,
}

/// Finds the project: the named file, else `pgkeel.toml` in `cwd` or the nearest directory above. The search ends at the
/// root of a repository (a directory with `.git`) and of the file system. Without any file the project is `cwd`.
///
/// # Errors
/// A named file that is not there.
pub(crate) fn project(flag: Option<&Path>, process: &ProcessEnvironment, cwd: &Path) -> Result<Project, SettingsError> {
    let variable = process.get_os("PGKEEL_CONFIG").map(Path::new);
    let named = match (flag, variable) {
        (Some(path), _) => Some((path, Origin::Flag("--config".to_owned()))),
        (None, Some(path)) => Some((path, Origin::Env("PGKEEL_CONFIG".to_owned()))),
        (None, None) => None,
    };
    if let Some((path, origin)) = named {
        let file = cwd.join(path);
        if !file.is_file() {
            return Err(SettingsError::NoFile { path: path.to_owned(), origin });
        }
        let root = file.parent().unwrap_or(cwd).to_owned();
        return Ok(Project { root, file: Some(file) });
    }
    for directory in cwd.ancestors() {
        let file = directory.join(FILE_NAME);
        if file.is_file() {
            return Ok(Project { root: directory.to_owned(), file: Some(file) });
        }
        if directory.join(".git").exists() {
            break;
        }
    }
    Ok(Project { root: cwd.to_owned(), file: None })
}

/// Reads a text file; `Ok(None)` where there is none.
///
/// # Errors
/// A file that can't be read, or is not UTF-8.
pub(crate) fn read(path: &Path, shown: &Path) -> Result<Option<String>, SettingsError> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(SettingsError::Read { path: shown.to_owned(), source }),
    };
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Some(text)),
        Err(_) => Err(SettingsError::NotUtf8 { path: shown.to_owned() }),
    }
}

/// Tells the name of the environment: the flag, `PGKEEL_ENV`, `APP_ENV`, `NODE_ENV` of the process, then the same
/// variables in `.env` (not in `.env.NAME`, whose name is only known afterwards), else `development`.
///
/// # Errors
/// A name that can't be part of a file name.
pub(crate) fn environment_name(
    flag: Option<&str>,
    process: &ProcessEnvironment,
    dotenv: &DotEnv,
) -> Result<(String, Origin), SettingsError> {
    let mut found = flag.map(|name| (name.to_owned(), Origin::Flag("--env".to_owned())));
    for variable in ENVIRONMENT_NAMES {
        if found.is_none() {
            let value = process.get(variable)?;
            found = value.map(|name| (name.to_owned(), Origin::Env((*variable).to_owned())));
        }
    }
    let in_file = ENVIRONMENT_NAMES.iter().find_map(|variable| {
        let origin = Origin::DotEnv { path: dotenv.path.clone(), variable: (*variable).to_owned() };
        Some((dotenv.variables.get(*variable)?.clone(), origin))
    });
    let (name, origin) = found.or(in_file).unwrap_or_else(|| ("development".to_owned(), Origin::Default));
    let usable = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    if !usable || name.is_empty() || name.starts_with('.') {
        return Err(SettingsError::EnvironmentName { name, origin });
    }
    Ok((name, origin))
}

/// Returns a path as a person in `cwd` would type it.
pub(crate) fn as_typed(path: &Path, cwd: &Path) -> PathBuf {
    match path.strip_prefix(cwd) {
        Ok(inner) if !inner.as_os_str().is_empty() => inner.to_owned(),
        _ => path.to_owned(),
    }
}

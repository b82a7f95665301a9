//! Paths and names that come from where the project and the user are.

use std::path::{Path, PathBuf};

use crate::settings::process::{Environment, ProcessEnvironment};

/// Makes the name of the project's directory a plain identifier: what needs no quotes, at most 63 bytes.
pub(crate) fn identifier_of(root: &Path) -> String {
    let name = root.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).take(63).collect();
    match plain.chars().next() {
        Some(first) if first.is_ascii_digit() => format!("_{plain}").chars().take(63).collect(),
        Some(_) if plain.chars().any(|c| c != '_') => plain,
        _ => "app".to_owned(),
    }
}

/// Puts `HOME` in the place of a leading `~`, as a shell does with words that it sees.
pub(crate) fn expand_home(path: &str, process: &ProcessEnvironment) -> PathBuf {
    match (path.strip_prefix("~/"), process.get_os("HOME")) {
        (Some(rest), Some(home)) => Path::new(home).join(rest),
        _ => PathBuf::from(path),
    }
}

/// Where `scripts/fetch-postgres` puts programs: for root `/var/cache/pgkeel` (a server started by root runs as another
/// user, who has to reach them), else `$XDG_CACHE_HOME/pgkeel`, else `~/Library/Caches/pgkeel` on macOS and
/// `~/.cache/pgkeel` elsewhere. Without a home, a directory in the project that git ignores.
pub(crate) fn default_cache(environment: &Environment, root: &Path, is_superuser: bool) -> PathBuf {
    if is_superuser {
        return PathBuf::from("/var/cache/pgkeel");
    }
    if let Some(cache) = &environment.xdg_cache_home {
        return cache.join("pgkeel");
    }
    let usual = if cfg!(target_os = "macos") { "Library/Caches/pgkeel" } else { ".cache/pgkeel" };
    environment.home.as_ref().map_or_else(|| root.join(".pgkeel").join("cache"), |home| home.join(usual))
}

//! Settings that work and are hardly meant so: warnings.

use crate::settings::layers::Layers;
use crate::settings::origin::Origin;
use crate::settings::value::plain;
use crate::text::dsn::Dsn;
use crate::text::nearest::nearest;

/// Warns of passwords in places where others can read them.
pub(crate) fn exposed_passwords(layers: &Layers) -> Vec<String> {
    let mut warnings = Vec::new();
    for key in ["database.url", "database.direct_url", "database.admin_url", "database.password"] {
        for given in layers.of(key) {
            let has_password =
                key == "database.password" || Dsn::parse(&plain(&given.value)).is_ok_and(|dsn| dsn.password.is_some());
            if !has_password {
                continue;
            }
            if let Origin::Flag(flag) = &given.origin {
                warnings.push(format!("the password in {flag} can be seen in the list of processes (`ps`)"));
            }
            if let Origin::File { path, line } | Origin::FileEnv { path, line, .. } = &given.origin {
                let place = format!("{}:{line}", path.display());
                warnings.push(format!("{place} has a password, in a file that is usually committed"));
            }
        }
    }
    warnings
}

/// Warns of a name that has no table and is nearly that of one.
pub(crate) fn misspelt_environment(env: &str, known: &[&str]) -> Option<String> {
    let near = nearest(env, known.iter().copied()).filter(|near| *near != env && !known.contains(&env))?;
    Some(format!("there is no table `[env.{env}]`; did you mean the environment `{near}`?"))
}

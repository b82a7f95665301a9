//! Settings from variables: of the process and of `.env` files.

use std::path::Path;

use crate::settings::dotenv::DotEnv;
use crate::settings::error::SettingsError;
use crate::settings::layers::Layers;
use crate::settings::origin::Origin;
use crate::settings::process::ProcessEnvironment;
use crate::settings::registry::{Kind, OTHER_VARIABLES, SETTINGS, Setting, find};
use crate::text::nearest::nearest;

/// A place that variables come from.
#[derive(Clone, Copy)]
pub(crate) enum Variables<'a> {
    /// A `.env` file.
    File(&'a DotEnv),
    /// The process environment.
    Process(&'a ProcessEnvironment),
}

impl Variables<'_> {
    /// Returns a variable that is set and not empty.
    ///
    /// # Errors
    /// A value that is not Unicode.
    pub(crate) fn get(&self, name: &str) -> Result<Option<String>, SettingsError> {
        match self {
            Self::File(file) => Ok(file.variables.get(name).cloned()),
            Self::Process(process) => Ok(process.get(name)?.map(str::to_owned)),
        }
    }

    /// Returns the origin of a variable from here.
    pub(crate) fn origin(&self, name: &str) -> Origin {
        match self {
            Self::File(file) => Origin::DotEnv { path: file.path.clone(), variable: name.to_owned() },
            Self::Process(_) => Origin::Env(name.to_owned()),
        }
    }

    fn names(&self) -> Vec<&str> {
        match self {
            Self::File(file) => file.variables.keys().map(String::as_str).collect(),
            Self::Process(process) => process.names().collect(),
        }
    }

    /// Adds the layer: one step of the names that other programs know, one of `PGKEEL_…` names above it.
    ///
    /// # Errors
    /// A value that its setting does not take; a variable that is set together with its `_FILE` form.
    pub(crate) fn add_to(&self, layers: &mut Layers, root: &Path) -> Result<(), SettingsError> {
        layers.step();
        if matches!(self, Self::Process(_))
            && self.get("NO_COLOR")?.is_some()
            && let Some(color) = find("color")
        {
            layers.add_text(color, "never", self.origin("NO_COLOR"))?;
        }
        for setting in SETTINGS {
            for name in setting.also.iter().filter(|name| !is_ours(name)) {
                self.add_variable(layers, root, setting, name)?;
            }
        }
        layers.step();
        for setting in SETTINGS {
            for name in setting.also.iter().filter(|name| is_ours(name)) {
                self.add_variable(layers, root, setting, name)?;
            }
            self.add_variable(layers, root, setting, &setting.variable())?;
        }
        Ok(())
    }

    fn add_variable(
        &self,
        layers: &mut Layers,
        root: &Path,
        setting: &'static Setting,
        name: &str,
    ) -> Result<(), SettingsError> {
        let file_name = format!("{name}_FILE");
        let (value, file) = (self.get(name)?, self.get(&file_name)?);
        match (value, file) {
            (None, None) => Ok(()),
            // Kubernetes sets `DATABASE_PORT=tcp://…` in every container beside a service called `database`.
            (Some(value), None) if setting.kind == Kind::Ports && value.starts_with("tcp://") => Ok(()),
            (Some(value), None) => layers.add_text(setting, &value, self.origin(name)),
            (Some(_), Some(_)) => {
                Err(SettingsError::BothForms { first: self.origin(name), second: self.origin(&file_name) })
            }
            (None, Some(file)) => {
                let origin = self.origin(&file_name);
                let text = std::fs::read_to_string(root.join(&file)).map_err(|source| SettingsError::SecretFile {
                    path: file.into(),
                    origin: origin.clone(),
                    source,
                })?;
                // Secrets are mounted with a line break at the end, or without.
                let text = text.strip_suffix('\n').unwrap_or(&text);
                layers.add_text(setting, text.strip_suffix('\r').unwrap_or(text), origin)
            }
        }
    }

    /// Returns a warning for each `PGKEEL_…` variable that is no setting.
    pub(crate) fn unknown(&self) -> Vec<String> {
        let known: Vec<String> = SETTINGS.iter().map(Setting::variable).collect();
        let is_known = |name: &str| OTHER_VARIABLES.contains(&name) || known.iter().any(|known| known == name);
        let unknown = self
            .names()
            .into_iter()
            .filter(|name| is_ours(name) && !is_known(name) && !name.strip_suffix("_FILE").is_some_and(is_known));
        unknown
            .map(|name| {
                let near = nearest(name, known.iter().map(String::as_str).chain(["PGKEEL_ENV", "PGKEEL_CONFIG"]));
                let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
                format!("{} is no setting{near}", self.origin(name))
            })
            .collect()
    }
}

fn is_ours(name: &str) -> bool {
    name.starts_with("PGKEEL_")
}

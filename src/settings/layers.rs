//! The layers of settings and which value of them counts.

use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};

use crate::settings::error::SettingsError;
use crate::settings::origin::{FilePlace, Origin};
use crate::settings::registry::{Kind, Setting, find};
use crate::settings::tables::entries;
use crate::settings::value::{normalise, plain};
use crate::text::dsn::{Dsn, masked};

/// figment's profile for the table `[env.NAME]`. The name of the environment is no part of it, so that an environment
/// called `default` or `global` can't be taken for figment's own profiles.
const OF_ENVIRONMENT: Profile = Profile::const_new("environment");

/// One value of one setting, as one layer gives it.
#[derive(Clone)]
pub(crate) struct Given {
    /// The setting's key.
    pub(crate) key: &'static str,
    /// The value in the shape of its kind.
    pub(crate) value: Value,
    /// Where it came from.
    pub(crate) origin: Origin,
    /// Its place, for values of the file.
    pub(crate) place: Option<Box<FilePlace>>,
    /// Which step of the layers it belongs to; see [`Layers::step`].
    pub(crate) step: usize,
}

impl Given {
    /// Reads the value as a URL.
    ///
    /// # Errors
    /// A text that is no URL.
    pub(crate) fn url(&self) -> Result<Dsn, SettingsError> {
        Dsn::parse(&plain(&self.value)).map_err(|error| SettingsError::Url {
            setting: self.key,
            origin: self.origin.clone(),
            error: Box::new(error),
            place: self.place.clone(),
        })
    }
}

/// A value that a layer gives, in a form that figment merges, with the place in [`Layers::given`] as its source.
struct Source<'a>(usize, &'a Given);

impl Provider for Source<'_> {
    fn metadata(&self) -> Metadata {
        Metadata::from(self.1.origin.to_string(), figment::Source::Custom(self.0.to_string()))
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let profile = match self.1.origin {
            Origin::Default
            | Origin::LibpqEnv(_)
            | Origin::PasswordFile { .. }
            | Origin::Service { .. }
            | Origin::File { .. } => Profile::Default,
            Origin::FileEnv { .. } => OF_ENVIRONMENT,
            Origin::DotEnv { .. } | Origin::Env(_) | Origin::Flag(_) => Profile::Global,
        };
        Ok(profile.collect(Dict::from([(self.1.key.to_owned(), self.1.value.clone())])))
    }
}

/// All values that the layers give, weakest first. It may hold passwords and has no `Debug`.
#[derive(Default)]
pub(crate) struct Layers {
    given: Vec<Given>,
    step: usize,
}

impl Layers {
    /// Begins the next stronger step. A layer of variables is two steps: the names that other programs know as well, and
    /// the `PGKEEL_…` names, which beat them.
    pub(crate) fn step(&mut self) {
        self.step += 1;
    }

    /// Adds a value as text: of a variable, a flag or a default.
    ///
    /// # Errors
    /// A value that the setting does not take.
    pub(crate) fn add_text(
        &mut self,
        setting: &'static Setting,
        text: &str,
        origin: Origin,
    ) -> Result<(), SettingsError> {
        self.add(setting, &Value::from(text), false, origin, None)
    }

    /// Adds a value with the type that the file gives it.
    ///
    /// # Errors
    /// A value that the setting does not take; a setting that stands in this step already.
    pub(crate) fn add_typed(
        &mut self,
        setting: &'static Setting,
        value: &Value,
        origin: Origin,
        place: FilePlace,
    ) -> Result<(), SettingsError> {
        let step = self.step;
        let twice = self.given.iter_mut().find(|given| given.key == setting.key && given.step == step);
        match twice {
            None => self.add(setting, value, true, origin, Some(Box::new(place))),
            // `extensions = […]` and `[[extension]]` tables add up.
            Some(given) if entries(setting.kind).is_some() => {
                let more = checked(setting, value, true, &origin, Some(&place))?;
                let both: Vec<Value> =
                    [&given.value, &more].iter().filter_map(|list| list.as_array()).flatten().cloned().collect();
                given.value = checked(setting, &Value::from(both), true, &origin, Some(&place))?;
                Ok(())
            }
            Some(_) => Err(SettingsError::Twice { key: setting.key, place }),
        }
    }

    fn add(
        &mut self,
        setting: &'static Setting,
        value: &Value,
        typed: bool,
        origin: Origin,
        place: Option<Box<FilePlace>>,
    ) -> Result<(), SettingsError> {
        let value = checked(setting, value, typed, &origin, place.as_deref())?;
        self.given.push(Given { key: setting.key, value, origin, place, step: self.step });
        Ok(())
    }

    /// Returns the values of a setting, weakest first.
    pub(crate) fn of<'a>(&'a self, key: &'a str) -> impl DoubleEndedIterator<Item = &'a Given> {
        self.given.iter().filter(move |given| given.key == key)
    }

    /// Returns the values of each step, weakest step first.
    pub(crate) fn steps(&self) -> impl Iterator<Item = &[Given]> {
        self.given.chunk_by(|one, next| one.step == next.step)
    }

    /// Merges the layers: of each setting the value that counts.
    ///
    /// # Panics
    /// Never: our providers don't fail.
    pub(crate) fn merge(&self) -> Merged<'_> {
        let mut figment = Figment::new().select(OF_ENVIRONMENT);
        for (index, given) in self.given.iter().enumerate() {
            figment = figment.merge(Source(index, given));
        }
        let all = match figment.find_value("") {
            Ok(all) => all,
            Err(error) => panic!("bug: the layers of settings can't be merged: {error}"),
        };
        let winners = all.as_dict().map(|dict| {
            dict.values()
                .filter_map(|value| match &figment.get_metadata(value.tag())?.source {
                    Some(figment::Source::Custom(index)) => self.given.get(index.parse::<usize>().ok()?),
                    _ => None,
                })
                .collect()
        });
        Merged { winners: winners.unwrap_or_default() }
    }
}

/// Of each setting the value that counts.
pub(crate) struct Merged<'a> {
    winners: Vec<&'a Given>,
}

impl<'a> Merged<'a> {
    /// Returns the value that counts.
    pub(crate) fn get(&self, key: &str) -> Option<&'a Given> {
        self.winners.iter().find(|given| given.key == key).copied()
    }
}

/// Returns a value for people: URLs without password, passwords not at all.
pub(crate) fn shown(given: &Given) -> String {
    let text = plain(&given.value);
    let kind = find(given.key).map(|setting| setting.kind);
    if kind == Some(Kind::Password) {
        "***".to_owned()
    } else if kind == Some(Kind::Url) || kind == Some(Kind::ShadowPlace) && text.contains(['/', '=']) {
        given.url().map_or_else(|_| masked(&text), |dsn| dsn.to_string())
    } else {
        text
    }
}

/// Checks a value. An error that is found in a list names the place of the list.
fn checked(
    setting: &'static Setting,
    value: &Value,
    typed: bool,
    origin: &Origin,
    place: Option<&FilePlace>,
) -> Result<Value, SettingsError> {
    normalise(setting.kind, value, typed).map_err(|wrong| SettingsError::Wrong {
        setting: setting.key,
        origin: origin.clone(),
        wrong: Box::new(wrong),
        place: place.map(|place| Box::new(place.clone())),
    })
}

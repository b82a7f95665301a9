//! `pgkeel.toml`.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use figment::value::{Dict, Tag, Value};
use toml_edit::{Document, Item, TableLike};

use crate::settings::error::SettingsError;
use crate::settings::layers::Layers;
use crate::settings::origin::{FilePlace, Origin};
use crate::settings::registry::{SETTINGS, find, keys};
use crate::settings::tables::{Entry, entries};
use crate::settings::value::WrongValue;
use crate::text::dsn::conceal;
use crate::text::nearest::nearest;

/// A configuration file as it was read.
pub(crate) struct ConfigFile {
    document: Document<String>,
    path: PathBuf,
    /// The text without passwords, for the places of errors.
    concealed: Arc<str>,
}

impl ConfigFile {
    /// Parses the text of the file; `path` is the file as a person would type it.
    ///
    /// # Errors
    /// The place where it is no TOML.
    pub(crate) fn parse(path: &Path, text: &str) -> Result<Self, SettingsError> {
        match Document::parse(text.to_owned()) {
            Ok(document) => Ok(Self { document, path: path.to_owned(), concealed: conceal(text).into() }),
            Err(error) => Err(SettingsError::Toml {
                place: FilePlace::new(path, text, error.span().unwrap_or_default()),
                // The message of some errors has further lines, which quote the text.
                message: error.message().lines().next().unwrap_or_default().to_owned(),
            }),
        }
    }

    /// Returns the names of the tables `[env.NAME]`.
    pub(crate) fn environments(&self) -> Vec<&str> {
        let tables = self.document.get("env").and_then(Item::as_table_like);
        tables.map(|tables| tables.iter().map(|(name, _)| name).collect()).unwrap_or_default()
    }

    /// Adds the values of the file and, as a step above, those of `[env.NAME]`. The tables of other environments are
    /// checked as well: a slip in production's table is better found before production.
    ///
    /// # Errors
    /// Unknown keys, values that a setting does not take.
    pub(crate) fn add_to(&self, layers: &mut Layers, env: &str) -> Result<(), SettingsError> {
        layers.step();
        self.walk(self.document.as_table(), "", None, layers)?;
        layers.step();
        let Some(item) = self.document.get("env") else { return Ok(()) };
        let Some(tables) = item.as_table_like() else {
            return Err(self.unknown("env", "env", self.key_span(self.document.as_table(), "env")));
        };
        for (name, item) in tables.iter() {
            let Some(table) = item.as_table_like() else {
                return Err(self.unknown(&format!("env.{name}"), name, self.key_span(tables, name)));
            };
            if name == env {
                self.walk(table, "", Some(name), layers)?;
            } else {
                self.walk(table, "", Some(name), &mut Layers::default())?;
            }
        }
        Ok(())
    }

    fn walk(
        &self,
        table: &dyn TableLike,
        prefix: &str,
        env: Option<&str>,
        layers: &mut Layers,
    ) -> Result<(), SettingsError> {
        for (name, item) in table.iter() {
            let key = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") };
            if key == "env" && env.is_none() {
                continue;
            }
            let span = self.key_span(table, name);
            let setting = match (key.as_str(), item.is_array_of_tables()) {
                ("schema", true) => find("schemas"),
                ("extension", true) => find("extensions"),
                ("role", true) => find("roles"),
                ("grant", true) => find("grants"),
                _ => find(&key),
            };
            let Some(setting) = setting else {
                let known_table = SETTINGS.iter().any(|setting| setting.key.starts_with(&format!("{key}.")));
                match item.as_table_like() {
                    Some(inner) if known_table => self.walk(inner, &key, env, layers)?,
                    _ => return Err(self.unknown(&key, name, span)),
                }
                continue;
            };
            if let Some(known) = entries(setting.kind) {
                self.check_tables(item, known)?;
            }
            let place = self.place(span);
            let line = place.line_and_column().0;
            let origin = match env {
                None => Origin::File { path: self.path.clone(), line },
                Some(env) => Origin::FileEnv { path: self.path.clone(), env: env.to_owned(), line },
            };
            let Some(value) = convert(item) else {
                let wrong = WrongValue::Type { expected: "a value", found: item.type_name().to_owned() };
                let (wrong, place) = (Box::new(wrong), Some(Box::new(place)));
                return Err(SettingsError::Wrong { setting: setting.key, origin, wrong, place });
            };
            let place = item.span().map_or(place, |span| self.place(span));
            layers.add_typed(setting, &value, origin, place)?;
        }
        Ok(())
    }

    /// Refuses unknown keys in `[[schema]]` tables and the like.
    fn check_tables(&self, item: &Item, known: &[(&'static str, Entry)]) -> Result<(), SettingsError> {
        let of_tables =
            item.as_array_of_tables().into_iter().flat_map(|tables| tables.iter().map(|table| table as &dyn TableLike));
        let inline = item.as_array().into_iter().flat_map(|array| {
            array.iter().filter_map(|value| value.as_inline_table().map(|table| table as &dyn TableLike))
        });
        for table in of_tables.chain(inline) {
            if let Some((name, _)) = table.iter().find(|(name, _)| !known.iter().any(|(key, _)| key == name)) {
                return Err(SettingsError::UnknownKey {
                    key: name.to_owned(),
                    near: nearest(name, known.iter().map(|(key, _)| *key)).map(str::to_owned),
                    place: self.place(self.key_span(table, name)),
                });
            }
        }
        Ok(())
    }

    fn unknown(&self, key: &str, name: &str, span: Range<usize>) -> SettingsError {
        // `url` at the top is meant to be `database.url`: the last part is compared as well.
        let by_last_part = || keys().find(|known| known.rsplit('.').next() == Some(name));
        let near = nearest(key, keys()).or_else(by_last_part).map(str::to_owned);
        SettingsError::UnknownKey { key: key.to_owned(), near, place: self.place(span) }
    }

    fn key_span(&self, table: &dyn TableLike, name: &str) -> Range<usize> {
        let of_item = || table.get(name).and_then(Item::span);
        table.key(name).and_then(toml_edit::Key::span).or_else(of_item).unwrap_or_default()
    }

    fn place(&self, span: Range<usize>) -> FilePlace {
        FilePlace { path: self.path.clone(), text: Arc::clone(&self.concealed), span }
    }
}

fn convert(item: &Item) -> Option<Value> {
    match item {
        Item::None => None,
        Item::Value(value) => Some(convert_value(value)),
        Item::Table(table) => Some(convert_table(table)),
        Item::ArrayOfTables(tables) => {
            Some(Value::from(tables.iter().map(|table| convert_table(table)).collect::<Vec<_>>()))
        }
    }
}

fn convert_table(table: &dyn TableLike) -> Value {
    let entries = table.iter().filter_map(|(name, item)| Some((name.to_owned(), convert(item)?)));
    Value::Dict(Tag::Default, entries.collect::<Dict>())
}

fn convert_value(value: &toml_edit::Value) -> Value {
    match value {
        toml_edit::Value::String(text) => Value::from(text.value().as_str()),
        toml_edit::Value::Integer(number) => Value::from(*number.value()),
        toml_edit::Value::Float(number) => Value::from(*number.value()),
        toml_edit::Value::Boolean(flag) => Value::from(*flag.value()),
        // No setting is a date; the text is for the message.
        toml_edit::Value::Datetime(date) => Value::from(vec![date.value().to_string()]),
        toml_edit::Value::Array(array) => Value::from(array.iter().map(convert_value).collect::<Vec<_>>()),
        toml_edit::Value::InlineTable(table) => convert_table(table),
    }
}

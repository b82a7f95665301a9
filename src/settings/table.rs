//! Every setting with its origin, for `pgkeel config`.

use crate::settings::Shown;
use crate::settings::layers::{Layers, Merged, shown};
use crate::settings::origin::Origin;
use crate::settings::registry::SETTINGS;
use crate::settings::target::Assembly;

/// Lists every setting: the value that counts, its origin, what it overrode. Defaults are not listed as overridden.
pub(crate) fn table(
    merged: &Merged<'_>,
    layers: &Layers,
    assembly: &Assembly,
    schema: &Option<(String, Origin)>,
) -> Vec<Shown> {
    SETTINGS
        .iter()
        .map(|setting| {
            let part = match setting.key {
                "database.host" => Some(&assembly.host),
                "database.port" => Some(&assembly.port),
                "database.name" => Some(&assembly.name),
                "database.user" => Some(&assembly.user),
                "database.password" => Some(&assembly.password),
                _ => None,
            };
            if let Some(part) = part {
                let (value, overrides) = part.shown(setting.key == "database.password");
                let origin = part.origin().cloned().unwrap_or(Origin::Default);
                return Shown { name: setting.key, value, origin, overrides };
            }
            let counts = match setting.key {
                // One of the two URLs counts, or neither where parts or `?schema=` come from a stronger layer.
                "database.url" | "database.direct_url" => assembly
                    .url
                    .as_ref()
                    .filter(|(key, _)| *key == setting.key)
                    .and_then(|(key, origin)| layers.of(key).rfind(|given| given.origin == *origin))
                    .map(|given| (shown(given), given.origin.clone())),
                "schema" => schema.clone(),
                key => merged.get(key).map(|given| (shown(given), given.origin.clone())),
            };
            let overrides = layers
                .of(setting.key)
                .rev()
                .filter(|given| given.origin != Origin::Default)
                .filter(|given| counts.as_ref().is_none_or(|(_, origin)| given.origin != *origin))
                .map(|given| (given.origin.clone(), shown(given)))
                .collect();
            let (value, origin) = counts.map_or((None, Origin::Default), |(value, origin)| (Some(value), origin));
            Shown { name: setting.key, value, origin, overrides }
        })
        .collect()
}

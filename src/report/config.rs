//! `pgkeel config`: every setting, its value, the place that it came from, and what it overrode.

use serde_json::{Value, json};

use crate::settings::target::Target;
use crate::settings::{Settings, Shown};
use crate::text::dsn::is_secret;

/// Renders the settings for people: aligned columns, what was overridden below its setting.
pub(crate) fn lines(settings: &Settings) -> Vec<String> {
    let value = |shown: &Shown| shown.value.clone().unwrap_or_else(|| "-".to_owned());
    let name_width = settings.table.iter().map(|shown| shown.name.chars().count()).max().unwrap_or_default();
    // One long URL must not push every origin off the screen.
    let value_width = settings.table.iter().map(|shown| value(shown).chars().count().min(40)).max().unwrap_or_default();
    let row = |name: &str, value: &str, origin: &str| {
        format!("{name:name_width$}  {value:value_width$}  {origin}").trim_end().to_owned()
    };

    let file = settings.config_file.as_ref().map(|file| file.display().to_string());
    let mut lines = vec![
        format!("environment  {} ({})", settings.env, settings.env_origin),
        format!("project      {}", settings.root.display()),
        format!("file         {}", file.as_deref().unwrap_or("-")),
        format!("database     {}", target(settings)),
        String::new(),
    ];
    for shown in &settings.table {
        lines.push(row(shown.name, &value(shown), &shown.origin.to_string()));
        lines.extend(shown.overrides.iter().map(|(origin, value)| row("", value, &format!("{origin} (overridden)"))));
    }
    if !settings.parameters.is_empty() {
        lines.extend([String::new(), "parameters of the connection".to_owned()]);
        lines.extend(parameters(settings).map(|(name, value, origin)| row(name, &value, &origin)));
    }
    lines
}

/// The parameters for people: without those whose values are secrets.
fn parameters(settings: &Settings) -> impl Iterator<Item = (&str, String, String)> {
    settings.parameters.iter().map(|(name, value, origin)| {
        let value = if is_secret(name) { "***".to_owned() } else { value.clone() };
        (name.as_str(), value, origin.to_string())
    })
}

/// Renders the settings as the document of DESIGN §7.
pub(crate) fn json(settings: &Settings) -> Value {
    let shown = settings.table.iter().map(|shown| {
        let overrides =
            shown.overrides.iter().map(|(origin, value)| json!({"origin": origin.to_string(), "value": value}));
        json!({
            "name": shown.name,
            "value": shown.value,
            "origin": shown.origin.to_string(),
            "overrides": overrides.collect::<Vec<_>>(),
        })
    });
    json!({
        "environment": settings.env,
        "root": settings.root.display().to_string(),
        "file": settings.config_file.as_ref().map(|file| file.display().to_string()),
        "database": target(settings),
        "settings": shown.collect::<Vec<_>>(),
        "parameters": parameters(settings)
            .map(|(name, value, origin)| json!({"name": name, "value": value, "origin": origin}))
            .collect::<Vec<_>>(),
        "warnings": settings.warnings,
    })
}

fn target(settings: &Settings) -> String {
    match &settings.target {
        Target::Url { dsn, .. } => dsn.to_string(),
        Target::DevServer => format!("{} on the project's private server", settings.database_name),
        Target::Missing => "none".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use crate::report::config::{json, lines};
    use crate::settings::process::ProcessEnvironment;
    use crate::settings::{Flags, load};

    #[test]
    fn shows_values_origins_and_what_was_overridden_without_passwords() {
        let project = tempfile::tempdir().unwrap();
        std::fs::write(project.path().join("pgkeel.toml"), "lock_timeout = \"1s\"\n").unwrap();
        std::fs::write(project.path().join(".env"), "DATABASE_URL=postgres://me:geheim@h/x\n").unwrap();
        let process =
            ProcessEnvironment::from([("PGKEEL_LOCK_TIMEOUT", "2s"), ("PGKEEL_DATABASE_PASSWORD", "geheim2")]);
        let settings = load(&Flags::default(), &process, project.path()).unwrap();

        let text = lines(&settings).join("\n");
        assert!(!text.contains("geheim"), "{text}");
        assert!(text.contains("database     postgresql://me:***@h/x\n"), "{text}");
        let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        let rows: Vec<String> = text.lines().map(words).collect();
        for row in [
            "lock_timeout 2s PGKEEL_LOCK_TIMEOUT",
            "1s pgkeel.toml:1 (overridden)",
            "database.password *** PGKEEL_DATABASE_PASSWORD",
            "database.host h DATABASE_URL in .env",
            "retry_for 2min default",
            "declared - default",
        ] {
            assert!(rows.iter().any(|present| present == row), "{row}\n{text}");
        }

        let document = json(&settings);
        assert!(!document.to_string().contains("geheim"));
        let lock = document["settings"].as_array().unwrap().iter().find(|row| row["name"] == "lock_timeout").unwrap();
        assert_eq!(lock["origin"], "PGKEEL_LOCK_TIMEOUT");
        assert_eq!(lock["overrides"][0]["origin"], "pgkeel.toml:1");
        assert_eq!(lock["overrides"][0]["value"], "1s");
    }
}

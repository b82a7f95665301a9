//! Settings that can't be used.

use crate::report::diagnostic::{Diagnostic, Exit, Place};
use crate::settings::error::SettingsError;
use crate::settings::origin::{FilePlace, Origin};
use crate::settings::value::WrongValue;
use crate::text::dsn::{DsnError, DsnFault, Part};

impl From<SettingsError> for Diagnostic {
    fn from(error: SettingsError) -> Self {
        let mut diagnostic = Self::from_error("settings", exit(&error), &error);
        if let Some(FilePlace { path, text, span }) = error.place() {
            let file = path.display().to_string();
            diagnostic = diagnostic.at(Place { file, source: text.to_string(), span: span.clone() });
        }
        diagnostic.help = help(&error);
        diagnostic
    }
}

/// What a flag says is usage; the rest failed.
fn exit(error: &SettingsError) -> Exit {
    match error {
        SettingsError::NoFile { origin, .. }
        | SettingsError::Wrong { origin, .. }
        | SettingsError::Url { origin, .. }
        | SettingsError::NoService { origin, .. }
        | SettingsError::EnvironmentName { origin, .. } => match origin {
            Origin::Flag(_) => Exit::Usage,
            Origin::Default
            | Origin::LibpqEnv(_)
            | Origin::PasswordFile { .. }
            | Origin::Service { .. }
            | Origin::File { .. }
            | Origin::FileEnv { .. }
            | Origin::DotEnv { .. }
            | Origin::Env(_) => Exit::Failed,
        },
        SettingsError::Read { .. }
        | SettingsError::NotUtf8 { .. }
        | SettingsError::Toml { .. }
        | SettingsError::UnknownKey { .. }
        | SettingsError::Twice { .. }
        | SettingsError::DotEnv { .. }
        | SettingsError::Substitution { .. }
        | SettingsError::BothForms { .. }
        | SettingsError::SecretFile { .. }
        | SettingsError::Service { .. }
        | SettingsError::NotUnicode { .. }
        | SettingsError::Disagree(_)
        | SettingsError::NoTarget { .. } => Exit::Failed,
    }
}

fn help(error: &SettingsError) -> Vec<String> {
    match error {
        SettingsError::NoFile { .. } => vec![
            "give the path of an existing file".to_owned(),
            "without `--config` and `PGKEEL_CONFIG`, `pgkeel.toml` of this directory or the nearest above is read"
                .to_owned(),
        ],
        SettingsError::Read { .. } => vec!["let this user read the file".to_owned()],
        SettingsError::NotUtf8 { .. } => vec!["save the file as UTF-8".to_owned()],
        SettingsError::Toml { .. } => vec!["texts stand in quotes, tables in brackets: https://toml.io".to_owned()],
        SettingsError::UnknownKey { near, .. } => {
            let near = near.iter().map(|near| format!("did you mean `{near}`?"));
            near.chain(["`pgkeel config` lists all settings".to_owned()]).collect()
        }
        SettingsError::Twice { .. } => vec!["keep one of the two".to_owned()],
        SettingsError::Wrong { wrong, .. } => vec![of_value(wrong)],
        SettingsError::Url { error, .. } => of_url(error),
        SettingsError::DotEnv { .. } => {
            vec!["write `NAME=value`; a value with blanks or `#` stands in single quotes".to_owned()]
        }
        SettingsError::Substitution { reference, .. } if reference.contains(":-") => {
            vec!["write the value itself: defaults in `${NAME:-default}` are not supported".to_owned()]
        }
        SettingsError::Substitution { .. } => vec![
            "where `$` is part of the value, put the value in single quotes".to_owned(),
            "where a variable is meant, write `${NAME}` and set it further up in the file or in the environment"
                .to_owned(),
        ],
        SettingsError::BothForms { .. } => vec!["unset one of the two".to_owned()],
        SettingsError::SecretFile { .. } => {
            vec!["mount the file and let this user read it; relative paths start at the project root".to_owned()]
        }
        SettingsError::Service { .. } => {
            vec![
                "a service has lines `name=value` with libpq's parameters: host, port, dbname, user, sslmode, …"
                    .to_owned(),
            ]
        }
        SettingsError::NoService { near, files, .. } => {
            let files: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
            let near = near.iter().map(|near| format!("did you mean `{near}`?"));
            near.chain([format!("services are looked for in {}", files.join(", "))]).collect()
        }
        SettingsError::NotUnicode { variable } => vec![format!("set {variable} to UTF-8 text")],
        SettingsError::EnvironmentName { .. } => {
            vec!["use letters, digits, `-`, `_` and `.`: the name is part of the file name `.env.NAME`".to_owned()]
        }
        SettingsError::Disagree(disagreement) => vec![
            format!("unset {} or {}, or make them agree", disagreement.first_origin, disagreement.second_origin),
            "where pgkeel is to use another database than the application, set `PGKEEL_DATABASE_URL`".to_owned(),
        ],
        SettingsError::NoTarget { env } => vec![
            "give `--database-url`".to_owned(),
            "set `DATABASE_URL`, or `DATABASE_HOST`, `DATABASE_NAME`, `DATABASE_USER` and `DATABASE_PASSWORD`"
                .to_owned(),
            format!("set `host`, `name` and `user` under `[env.{env}.database]` in `pgkeel.toml`"),
            "`--env development` uses the project's private server".to_owned(),
        ],
    }
}

fn of_value(wrong: &WrongValue) -> String {
    match wrong {
        WrongValue::Type { expected, .. } => format!("give {expected}"),
        WrongValue::NoUnit { number } => {
            format!("write the unit: `\"{number}s\"`, `\"{number}ms\"` or `\"{number}min\"`")
        }
        WrongValue::Choice { .. } => "give one of these words".to_owned(),
        WrongValue::TooShort { .. } => "give a longer time span, such as `10s`".to_owned(),
        WrongValue::Name(_) => "give a name of 1 to 63 bytes".to_owned(),
        WrongValue::Repeated { .. } => "keep one of the two".to_owned(),
        WrongValue::NoName => "add `name = \"…\"` to the table".to_owned(),
        WrongValue::NoEntry { key } => format!("add `{key} = …` to the table: docs/bootstrap.md shows examples"),
        WrongValue::NotOn { key, .. } => format!("leave `{key}` out"),
        WrongValue::Both { .. } => "keep one of the two".to_owned(),
        WrongValue::Word { .. } => "give one of these words".to_owned(),
        WrongValue::Template { .. } => "such as `YYYY_MM_DD_HHMM_<revision>_<slug>`".to_owned(),
        WrongValue::PortCount { .. } => "give one port for all hosts, or one for each host".to_owned(),
    }
}

fn of_url(error: &DsnError) -> Vec<String> {
    const SHAPE: &str = "a URL looks like `postgresql://user:password@host:5432/database`";
    let first = match &error.fault {
        DsnFault::Unencoded { part: Part::Password, .. } => {
            "percent-encode the password: `@` is `%40`, `/` is `%2F`, `#` is `%23`, `?` is `%3F`, `%` is `%25`"
                .to_owned()
        }
        DsnFault::Unencoded { character, .. } => {
            format!("where `{character}` belongs to a name, write `%{:02X}`", u32::from(*character))
        }
        DsnFault::Percent => "where `%` itself is meant, write `%25`".to_owned(),
        DsnFault::UnknownParameter { near: Some(near), .. } => format!("did you mean `{near}`?"),
        DsnFault::UnknownParameter { near: None, .. } => "leave the parameter out".to_owned(),
        DsnFault::NoValue => "write `name=value`; percent-encode `&` in a value as `%26`".to_owned(),
        DsnFault::Twice { .. } => "keep one of the two".to_owned(),
        DsnFault::Quote => "end the quote with `'`; a quote in a value is `\\'`".to_owned(),
        DsnFault::PortCount { .. } => "give one port for all hosts, or one for each host".to_owned(),
        DsnFault::Empty | DsnFault::Scheme | DsnFault::Nul | DsnFault::Port | DsnFault::Bracket => SHAPE.to_owned(),
    };
    vec![first]
}

#[cfg(test)]
mod tests {
    use crate::report::diagnostic::{Diagnostic, Exit};
    use crate::settings::process::ProcessEnvironment;
    use crate::settings::{Flags, load};

    fn diagnose(toml: &str, flags: &Flags, variables: [(&str, &str); 1]) -> Diagnostic {
        let project = tempfile::tempdir().unwrap();
        std::fs::write(project.path().join("pgkeel.toml"), toml).unwrap();
        load(flags, &ProcessEnvironment::from(variables), project.path()).map(|_| ()).unwrap_err().into()
    }

    #[test]
    fn an_unknown_key_is_shown_in_its_file_without_the_password_beside_it() {
        let toml = "[database]\nurl = \"postgres://me:geheim@h\"\nnmae = \"x\"\n";
        let diagnostic = diagnose(toml, &Flags::default(), [("HOME", "/")]);
        let place = diagnostic.place.clone().unwrap();
        assert_eq!((place.file.as_str(), &place.source[place.span.clone()]), ("pgkeel.toml", "nmae"));
        assert_eq!((diagnostic.code, diagnostic.exit), ("settings", Exit::Failed));
        assert_eq!(diagnostic.help[0], "did you mean `database.name`?");
        assert!(!format!("{diagnostic:?}").contains("geheim"));
    }

    #[test]
    fn a_wrong_flag_is_usage_and_every_error_has_help() {
        let flags = Flags { database_url: Some("postgres://me:ge@heim@h".to_owned()), ..Flags::default() };
        let diagnostic = diagnose("", &flags, [("HOME", "/")]);
        assert_eq!(diagnostic.exit, Exit::Usage);
        assert!(diagnostic.help[0].contains("%40") && !format!("{diagnostic:?}").contains("heim"));
        for (toml, variable) in [
            ("x", ("A", "1")),
            ("lock_timeout = 3", ("A", "1")),
            ("", ("PGKEEL_ENV", "a/b")),
            ("", ("PGKEEL_CONFIG", "gone")),
            ("", ("DATABASE_URL", "postgres://h/x?foo=1")),
            ("", ("DATABASE_URL_FILE", "gone")),
            ("[database]\nurl = \"postgres://h/a\"\nname = \"b\"", ("A", "1")),
        ] {
            assert!(!diagnose(toml, &Flags::default(), [variable]).help.is_empty(), "{toml} {variable:?}");
        }
    }
}

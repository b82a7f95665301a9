//! Which source of a setting wins, as `pgkeel config` tells it: value, origin, and what was overridden.

use serde_json::Value;

use crate::project::{Output, Project};

/// Sources of settings, and what must come of them.
struct Case {
    /// Files of the project; without `pgkeel.toml`, there is one with nothing in it.
    files: &'static [(&'static str, &'static str)],
    variables: &'static [(&'static str, &'static str)],
    flags: &'static [&'static str],
    /// Setting, value (empty for none), origin.
    expected: &'static [(&'static str, &'static str, &'static str)],
}

const NONE: Case = Case { files: &[], variables: &[], flags: &[], expected: &[] };

fn config(case: &Case) -> Value {
    let project = Project::new();
    for (path, text) in case.files {
        project.file(path, text);
    }
    let mut command = project.command(&["config", "--format", "json"]);
    command.args(case.flags).envs(case.variables.iter().copied());
    Output::of(command.output().unwrap()).exits(0).json()
}

fn setting<'a>(document: &'a Value, name: &str) -> &'a Value {
    let settings = document["settings"].as_array().unwrap();
    settings.iter().find(|setting| setting["name"] == name).unwrap_or_else(|| panic!("no setting {name}"))
}

#[track_caller]
fn check(case: &Case) -> Value {
    let document = config(case);
    for (name, value, origin) in case.expected {
        let found = setting(&document, name);
        let what = format!("{name} of {:?} {:?} {:?}: {found:#}", case.files, case.variables, case.flags);
        assert_eq!(found["value"].as_str().unwrap_or_default(), *value, "{what}");
        assert_eq!(found["origin"], *origin, "{what}");
    }
    document
}

#[test]
fn each_layer_overrides_those_below() {
    const TOML: (&str, &str) = ("pgkeel.toml", "lock_timeout = \"1s\"\n[env.test]\nlock_timeout = \"2s\"\n");
    const DOTENV: (&str, &str) = (".env", "PGKEEL_LOCK_TIMEOUT=3s\n");
    const DOTENV_TEST: (&str, &str) = (".env.test", "PGKEEL_LOCK_TIMEOUT=4s\n");
    let table = [
        Case { expected: &[("lock_timeout", "3s", "default")], ..NONE },
        Case { files: &[TOML], expected: &[("lock_timeout", "1s", "pgkeel.toml:1")], ..NONE },
        Case {
            files: &[TOML],
            flags: &["--env", "test"],
            expected: &[("lock_timeout", "2s", "pgkeel.toml:3 [env.test]")],
            ..NONE
        },
        Case {
            files: &[TOML, DOTENV, DOTENV_TEST],
            expected: &[("lock_timeout", "3s", "PGKEEL_LOCK_TIMEOUT in .env")],
            ..NONE
        },
        Case {
            files: &[TOML, DOTENV, DOTENV_TEST],
            variables: &[("APP_ENV", "test")],
            expected: &[("lock_timeout", "4s", "PGKEEL_LOCK_TIMEOUT in .env.test")],
            ..NONE
        },
        Case {
            files: &[TOML, DOTENV, DOTENV_TEST],
            variables: &[("NODE_ENV", "test"), ("PGKEEL_LOCK_TIMEOUT", "5s")],
            expected: &[("lock_timeout", "5s", "PGKEEL_LOCK_TIMEOUT")],
            ..NONE
        },
        Case {
            variables: &[("PGKEEL_COLOR", "never")],
            flags: &["--color", "always"],
            expected: &[("color", "always", "--color")],
            ..NONE
        },
    ];
    for case in &table {
        check(case);
    }
    // All that was overridden is told, the strongest first.
    let all = Case {
        files: &[TOML, DOTENV, DOTENV_TEST],
        variables: &[("PGKEEL_ENV", "test"), ("PGKEEL_LOCK_TIMEOUT", "5s")],
        ..NONE
    };
    let document = check(&all);
    let overridden: Vec<&str> = setting(&document, "lock_timeout")["overrides"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["value"].as_str().unwrap())
        .collect();
    assert_eq!(overridden, ["4s", "3s", "2s", "1s"]);
}

#[test]
fn names_of_the_environment() {
    for (variables, flags, environment) in [
        (&[][..], &[][..], "development"),
        (&[("NODE_ENV", "a")], &[], "a"),
        (&[("NODE_ENV", "a"), ("APP_ENV", "b")], &[], "b"),
        (&[("NODE_ENV", "a"), ("APP_ENV", "b"), ("PGKEEL_ENV", "c")], &[], "c"),
        (&[("PGKEEL_ENV", "c")], &["--env", "d"], "d"),
        (&[("PGKEEL_ENV", "")], &[], "development"),
    ] {
        let document = config(&Case { variables, flags, ..NONE });
        assert_eq!(document["environment"], environment, "{variables:?} {flags:?}");
        let create = environment == "development";
        assert_eq!(setting(&document, "database.create")["value"], create.to_string(), "{environment}");
    }
    let named = Case { files: &[(".env", "PGKEEL_ENV=e\n"), (".env.e", "PGKEEL_SCHEMA=s\n")], ..NONE };
    let document = check(&Case { expected: &[("schema", "s", "PGKEEL_SCHEMA in .env.e")], ..named });
    assert_eq!(document["environment"], "e");
}

#[test]
fn urls_and_parts() {
    let table = [
        Case {
            variables: &[("DATABASE_URL", "postgres://u:geheim@h:1/d")],
            expected: &[
                ("database.url", "postgresql://u:***@h:1/d", "DATABASE_URL"),
                ("database.host", "h", "DATABASE_URL"),
                ("database.port", "1", "DATABASE_URL"),
                ("database.name", "d", "DATABASE_URL"),
                ("database.user", "u", "DATABASE_URL"),
                ("database.password", "***", "DATABASE_URL"),
            ],
            ..NONE
        },
        Case {
            variables: &[("DATABASE_HOST", "h"), ("DATABASE_NAME", "d"), ("DATABASE_PASSWORD", "geheim")],
            expected: &[
                ("database.host", "h", "DATABASE_HOST"),
                ("database.name", "d", "DATABASE_NAME"),
                ("database.password", "***", "DATABASE_PASSWORD"),
            ],
            ..NONE
        },
        // A part fills what the URL leaves open.
        Case {
            variables: &[("DATABASE_URL", "postgres://u@h/d"), ("DATABASE_PASSWORD", "geheim")],
            expected: &[("database.password", "***", "DATABASE_PASSWORD"), ("database.host", "h", "DATABASE_URL")],
            ..NONE
        },
        // Ours beat those of the application, and the direct URL the one of the pooler.
        Case {
            variables: &[("DATABASE_URL", "postgres://u@h/d"), ("PGKEEL_DATABASE_URL", "postgres://v@i/e")],
            expected: &[("database.host", "i", "PGKEEL_DATABASE_URL"), ("database.user", "v", "PGKEEL_DATABASE_URL")],
            ..NONE
        },
        Case {
            variables: &[("DATABASE_URL", "postgres://u@pooler/d"), ("DATABASE_DIRECT_URL", "postgres://u@direct/d")],
            expected: &[("database.host", "direct", "DATABASE_DIRECT_URL")],
            ..NONE
        },
        // A stronger URL overrides those below as a whole, a stronger part only itself.
        Case {
            files: &[(".env", "DATABASE_URL=postgres://u:geheim@h:1/d\n")],
            variables: &[("DATABASE_URL", "postgres://v@i/e")],
            expected: &[("database.host", "i", "DATABASE_URL"), ("database.user", "v", "DATABASE_URL")],
            ..NONE
        },
        Case {
            files: &[(".env", "DATABASE_URL=postgres://u:geheim@h:1/d\n")],
            variables: &[("DATABASE_PORT", "2")],
            expected: &[("database.port", "2", "DATABASE_PORT"), ("database.host", "h", "DATABASE_URL in .env")],
            ..NONE
        },
        // libpq's fill what nothing else has set.
        Case {
            variables: &[("DATABASE_URL", "postgres://h/d"), ("PGUSER", "p"), ("PGHOST", "elsewhere"), ("PGPORT", "7")],
            expected: &[
                ("database.user", "p", "PGUSER (libpq)"),
                ("database.host", "h", "DATABASE_URL"),
                ("database.port", "7", "PGPORT (libpq)"),
            ],
            ..NONE
        },
        Case {
            files: &[("secret", "geheim\n")],
            variables: &[("DATABASE_URL", "postgres://u@h/d"), ("DATABASE_PASSWORD_FILE", "secret")],
            expected: &[("database.password", "***", "DATABASE_PASSWORD_FILE")],
            ..NONE
        },
        Case {
            files: &[(".env", "HOST=h\nDATABASE_URL=postgres://${HOST}/d\n")],
            expected: &[("database.host", "h", "DATABASE_URL in .env")],
            ..NONE
        },
        Case {
            variables: &[("DATABASE_URL", "postgresql+asyncpg://u@h/d")],
            expected: &[("database.host", "h", "DATABASE_URL"), ("database.name", "d", "DATABASE_URL")],
            ..NONE
        },
        Case {
            variables: &[("DATABASE_URL", "jdbc:postgresql://h:5/d")],
            expected: &[("database.port", "5", "DATABASE_URL")],
            ..NONE
        },
        Case {
            variables: &[("DATABASE_URL", "postgres://h/d?schema=s")],
            expected: &[("schema", "s", "DATABASE_URL")],
            ..NONE
        },
        Case {
            variables: &[("DATABASE_URL", "postgres://h/d?schema=s"), ("DATABASE_SCHEMA", "t")],
            expected: &[("schema", "t", "DATABASE_SCHEMA")],
            ..NONE
        },
        Case {
            flags: &["--database-url", "postgres://f/d"],
            variables: &[("DATABASE_URL", "postgres://h/d")],
            expected: &[("database.host", "f", "--database-url")],
            ..NONE
        },
    ];
    for case in &table {
        let document = check(case);
        assert!(!document.to_string().contains("geheim"), "{document:#}");
    }
}

#[test]
fn without_a_url() {
    let document = config(&NONE);
    assert!(document["database"].as_str().unwrap().ends_with("on the project's private server"), "{document:#}");
    let production = Case { flags: &["--env", "production"], ..NONE };
    assert_eq!(config(&production)["database"], "none");
}

#[test]
fn the_file_is_found_from_below_and_named() {
    let project = Project::new();
    project.file("pgkeel.toml", "schema = \"top\"\n");
    project.file("other/settings.toml", "schema = \"other\"\nmigrations = \"m\"\n");
    project.file("a/b/keep", "");
    let config = |directory: &str, flags: &[&str], variable: Option<&str>| {
        let mut command = project.command(&["config", "--format", "json"]);
        command.args(flags).current_dir(project.path().join(directory)).envs(variable.map(|it| ("PGKEEL_CONFIG", it)));
        let document = Output::of(command.output().unwrap()).exits(0).json();
        setting(&document, "schema")["value"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(config("a/b", &[], None), "top");
    assert_eq!(config("a/b", &["-c", "../../other/settings.toml"], None), "other");
    assert_eq!(config("", &[], Some("other/settings.toml")), "other");
    assert_eq!(config("", &["-c", "pgkeel.toml"], Some("other/settings.toml")), "top");
    // The search ends at the root of a repository.
    project.file("a/b/.git/keep", "");
    assert_eq!(config("a/b", &[], None), "");
}

#[test]
fn misspelt_variables_and_passwords_in_flags_are_warned_of() {
    let case = Case {
        variables: &[("PGKEEL_LOCK_TIMOUT", "3s")],
        flags: &["--database-url", "postgres://u:geheim@h/d"],
        ..NONE
    };
    let warnings = config(&case)["warnings"].to_string();
    assert!(warnings.contains("did you mean `PGKEEL_LOCK_TIMEOUT`?"), "{warnings}");
    assert!(warnings.contains("--database-url") && !warnings.contains("geheim"), "{warnings}");
}

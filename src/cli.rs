//! The command line: arguments, global flags, dispatch.

use std::cell::OnceCell;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::commands::{
    Context, Failure, Outcome, adopt, bootstrap, branches, check, config, current, db, detect, diff, downgrade, drift,
    edit, ensure_version, heads, history, import, init, list_templates, merge, revision, schema, show, stamp, status,
    up, upgrade, verify,
};
use crate::report::diagnostic::{Diagnostic, Exit};
use crate::report::{ColorWhen, Format, Reporter, Volume};
use crate::settings::process::ProcessEnvironment;
use crate::settings::{Color, Flags, Settings, load};
use crate::world;

/// Takes a PostgreSQL database from nothing to the newest revision, and keeps it there
#[derive(Parser)]
#[command(name = "pgkeel", version, max_term_width = 100, disable_help_subcommand = true)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Args)]
#[command(next_help_heading = "Options of all commands")]
struct Global {
    /// The database, as a URL; a password in it shows in `ps`: prefer DATABASE_URL
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
    /// The environment: development, test, production, … (PGKEEL_ENV, APP_ENV, NODE_ENV)
    #[arg(long, global = true, value_name = "NAME")]
    env: Option<String>,
    /// The settings file (PGKEEL_CONFIG; default: pgkeel.toml here or above)
    #[arg(long, short, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Show each statement with its duration
    #[arg(long, short, global = true)]
    verbose: bool,
    /// Show only the answer and errors
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// When to use colour: auto, always or never (PGKEEL_COLOR, NO_COLOR)
    #[arg(long, global = true, value_name = "WHEN", hide_possible_values = true)]
    color: Option<ColorWhen>,
    /// How the answer is written: human or json (PGKEEL_FORMAT)
    #[arg(long, global = true, value_name = "FORMAT", hide_possible_values = true)]
    format: Option<Format>,
}

#[derive(Subcommand)]
enum Verb {
    Up(up::UpArgs),
    Upgrade(upgrade::UpgradeArgs),
    Downgrade(downgrade::DowngradeArgs),
    Down(downgrade::DownArgs),
    Stamp(stamp::StampArgs),
    Adopt(adopt::AdoptArgs),
    Status(status::StatusArgs),
    Detect(detect::DetectArgs),
    Current(current::CurrentArgs),
    History(history::HistoryArgs),
    Heads(heads::HeadsArgs),
    Branches(branches::BranchesArgs),
    Show(show::ShowArgs),
    Revision(revision::RevisionArgs),
    Create(revision::CreateArgs),
    Merge(merge::MergeArgs),
    Edit(edit::EditArgs),
    Check(check::CheckArgs),
    Diff(diff::DiffArgs),
    Schema(schema::SchemaArgs),
    Drift(drift::DriftArgs),
    Verify(verify::VerifyArgs),
    Init(init::InitArgs),
    #[command(alias = "list_templates")]
    ListTemplates(list_templates::ListTemplatesArgs),
    #[command(alias = "ensure_version")]
    EnsureVersion(ensure_version::EnsureVersionArgs),
    Import(import::ImportArgs),
    Bootstrap(bootstrap::BootstrapArgs),
    Db(db::DbArgs),
    Config(config::ConfigArgs),
}

/// Runs the program with these arguments (the first is the program's name) and returns its exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let environment = ProcessEnvironment::read();
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let asked_by_variable = || environment.get("PGKEEL_FORMAT").ok().flatten().is_some_and(|format| format == "json");
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() && asked_format(&arguments).unwrap_or_else(asked_by_variable) => {
            let report = Reporter::new(Format::Json, ColorWhen::Never, Volume::Normal);
            return finish(&report, Err(usage(&error).into()));
        }
        Err(error) => {
            // Help and version are answers; everything else is a usage error. A closed pipe is no error.
            if error.use_stderr() && error.to_string().contains("://") {
                // A URL in the wrong place may have a password in it.
                return finish(
                    &Reporter::new(Format::Human, ColorWhen::Auto, Volume::Normal),
                    Err(usage(&error).into()),
                );
            }
            error.print().ok();
            return code(if error.use_stderr() { Some(Exit::Usage) } else { None });
        }
    };
    let volume = match (cli.global.quiet, cli.global.verbose) {
        (true, _) => Volume::Quiet,
        (_, true) => Volume::Verbose,
        (false, false) => Volume::Normal,
    };
    // Settings may be what is wrong, and that has to be said in the format that was asked for.
    let early = if asked_by_variable() { Format::Json } else { Format::Human };
    let format = cli.global.format.unwrap_or(early);
    let report = Reporter::new(format, cli.global.color.unwrap_or_default(), volume);
    match settled(&cli.global, &environment, volume) {
        Ok(mut cx) => {
            let outcome = match world::listen_for_signals() {
                Ok(()) => dispatch(&cli.verb, &mut cx).map_err(Failure::or_signal),
                Err(error) => Err(Diagnostic::from_error("bug", Exit::Bug, &error).into()),
            };
            finish(&cx.report, outcome)
        }
        Err(diagnostic) => finish(&report, Err(diagnostic.into())),
    }
}

/// Tells, of arguments that make no sense as a whole, whether they ask for JSON; none where they do not say.
fn asked_format(arguments: &[OsString]) -> Option<bool> {
    let arguments: Vec<&str> = arguments.iter().skip(1).map_while(|argument| argument.to_str()).collect();
    let after = |index: usize| arguments.get(index + 1).copied();
    arguments.iter().enumerate().take_while(|(_, argument)| **argument != "--").find_map(|(index, argument)| {
        let format = if *argument == "--format" { after(index) } else { argument.strip_prefix("--format=") };
        format.map(|format| format == "json")
    })
}

/// A usage error for those who read JSON: clap's first line, its other lines as help.
fn usage(error: &clap::Error) -> Diagnostic {
    let text = error.to_string();
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut message = if error.kind() == clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        "a command is missing".to_owned()
    } else {
        lines.next().unwrap_or_default().trim_start_matches("error: ").to_owned()
    };
    if message.ends_with(':') {
        message = format!("{message} {}", lines.next().unwrap_or_default());
    }
    let diagnostic = Diagnostic::new("usage", Exit::Usage, message);
    lines.map(|line| line.trim_start_matches("tip: ")).fold(diagnostic, Diagnostic::help)
}

fn settled(global: &Global, environment: &ProcessEnvironment, volume: Volume) -> Result<Context, Diagnostic> {
    let here = std::env::current_dir().map_err(|error| {
        Diagnostic::from_error("file", Exit::Failed, &error).help("change to a directory that exists")
    })?;
    let mut overrides = Vec::new();
    if let Some(when) = global.color {
        overrides.push(("color", "--color", value_name(when)));
    }
    if let Some(format) = global.format {
        overrides.push(("format", "--format", value_name(format)));
    }
    let flags = Flags {
        database_url: global.database_url.clone(),
        env: global.env.clone(),
        config: global.config.clone(),
        overrides,
    };
    let settings = load(&flags, environment, &here)?;
    let mut report = Reporter::new(format_of(&settings), color_of(&settings), volume);
    for warning in &settings.warnings {
        report.warn(warning);
    }
    Ok(Context { settings, here, report, revision_schemas: OnceCell::new() })
}

fn dispatch(verb: &Verb, cx: &mut Context) -> Outcome {
    match verb {
        Verb::Up(args) => up::up(args, cx),
        Verb::Upgrade(args) => upgrade::upgrade(args, cx),
        Verb::Downgrade(args) => downgrade::downgrade(args, cx),
        Verb::Down(args) => downgrade::down(args, cx),
        Verb::Stamp(args) => stamp::stamp(args, cx),
        Verb::Adopt(args) => adopt::adopt(args, cx),
        Verb::Status(args) => status::status(args, cx),
        Verb::Detect(args) => detect::detect(args, cx),
        Verb::Current(args) => current::current(args, cx),
        Verb::History(args) => history::history(args, cx),
        Verb::Heads(args) => heads::heads(args, cx),
        Verb::Branches(args) => branches::branches(args, cx),
        Verb::Show(args) => show::show(args, cx),
        Verb::Revision(args) => revision::revision(args, cx),
        Verb::Create(args) => revision::create(args, cx),
        Verb::Import(args) => import::import(args, cx),
        Verb::Merge(args) => merge::merge(args, cx),
        Verb::Edit(args) => edit::edit(args, cx),
        Verb::Check(args) => check::check(args, cx),
        Verb::Drift(args) => drift::drift(args, cx),
        Verb::Schema(args) => schema::schema(args, cx),
        Verb::Diff(args) => diff::diff(args, cx),
        Verb::Verify(args) => verify::verify(args, cx),
        Verb::Init(args) => init::init(args, cx),
        Verb::ListTemplates(args) => list_templates::list_templates(args, cx),
        Verb::EnsureVersion(args) => ensure_version::ensure_version(args, cx),
        Verb::Bootstrap(args) => bootstrap::bootstrap(args, cx),
        Verb::Db(args) => db::db(args, cx),
        Verb::Config(args) => config::config(args, cx),
    }
}

fn finish(report: &Reporter, outcome: Outcome) -> ExitCode {
    match outcome {
        Ok(()) => match report.lost() {
            None => code(None),
            Some(error) => {
                let diagnostic = Diagnostic::new("file", Exit::Failed, format!("cannot write the answer: {error}"))
                    .note("what was to be done is done")
                    .help("free space where stdout leads, and ask again: `pgkeel status`");
                report.complain(&diagnostic);
                code(Some(diagnostic.exit))
            }
        },
        Err(Failure::Found(exit)) => code(Some(exit)),
        Err(Failure::Error(diagnostic, document)) => {
            report.error(&diagnostic, document);
            code(Some(diagnostic.exit))
        }
    }
}

fn code(exit: Option<Exit>) -> ExitCode {
    ExitCode::from(exit.map_or(0, |exit| exit as u8))
}

fn value_name(value: impl clap::ValueEnum) -> String {
    value.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

fn format_of(settings: &Settings) -> Format {
    match settings.format.as_deref() {
        Some("json") => Format::Json,
        _ => Format::Human,
    }
}

fn color_of(settings: &Settings) -> ColorWhen {
    match settings.color {
        Color::Auto => ColorWhen::Auto,
        Color::Always => ColorWhen::Always,
        Color::Never => ColorWhen::Never,
    }
}

//! `pgkeel db`: the project's private development server. It touches no other, whatever DATABASE_URL says.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::commands::database::{dev_server, look};
use crate::commands::downgrade::confirm;
use crate::commands::{Context, Failure, Outcome};
use crate::devserver::error::DevServerError;
use crate::devserver::{Running, Status, Wanted, control, discover, dsn, observe};
use crate::report::diagnostic::{Diagnostic, Exit};
use crate::report::explain::devserver::progress;
use crate::settings::target::Target;
use crate::text::dsn::Dsn;

/// The major version that `scripts/fetch-postgres` gets.
const FETCHED_MAJOR: &str = "18";

/// The project's private development server
#[derive(clap::Args)]
pub(crate) struct DbArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand)]
enum Verb {
    /// Start the server, making its data directory at the first time
    Up,
    /// Stop the server; its data stay
    Down,
    /// Show whether the server runs, and how to reach it
    Status,
    /// Open psql on the project's database
    Psql {
        /// Arguments for psql, after `--`
        #[arg(last = true)]
        arguments: Vec<String>,
    },
    /// Stop the server and delete its data
    Reset {
        /// Answer the question with yes
        #[arg(long, short)]
        yes: bool,
    },
    /// Show which server programs would be used
    Programs {
        /// Only list the extensions of programs that have to be fetched; nothing where programs that fit are there
        #[arg(long)]
        missing: bool,
    },
}

pub(crate) fn db(args: &DbArgs, cx: &mut Context) -> Outcome {
    if let Target::Url { origin, .. } = &cx.settings.target
        && !matches!(args.verb, Verb::Programs { .. })
    {
        cx.report
            .talk(&format!("`db` works on the project's private server only; the database of {origin} is not touched"));
    }
    let wanted = dev_server(cx);
    match &args.verb {
        Verb::Up => up(cx, &wanted),
        Verb::Down => down(cx, &wanted),
        Verb::Status => status(cx, &wanted),
        Verb::Psql { arguments } => psql(cx, &wanted, arguments),
        Verb::Reset { yes } => reset(cx, &wanted, *yes),
        Verb::Programs { missing: false } => programs(cx, &wanted),
        Verb::Programs { missing: true } => missing(cx, &wanted),
    }
}

fn up(cx: &mut Context, wanted: &Wanted) -> Outcome {
    let talk = cx.report.progress();
    let started = control::up(wanted, &mut |step| talk.line(&progress(&step)))?;
    let server = &started.server;
    let how = if started.already { "runs already" } else { "runs" };
    cx.report.answer(&format!("PostgreSQL {} {how} on port {} (pid {})", server.version, server.port, server.pid));
    cx.report.answer(&url(cx, server).to_string());
    let mut document = running(cx, server);
    if let Some(map) = document.as_object_mut() {
        map.insert("already".to_owned(), json!(started.already));
    }
    cx.report.document(document);
    Ok(())
}

fn down(cx: &mut Context, wanted: &Wanted) -> Outcome {
    let stopped = control::down(wanted)?;
    cx.report.answer(if stopped.was_running {
        "stopped; the data stay"
    } else {
        "nothing to do: the server does not run"
    });
    cx.report.document(json!({"state": "stopped", "was_running": stopped.was_running}));
    Ok(())
}

fn status(cx: &mut Context, wanted: &Wanted) -> Outcome {
    let document = match observe::status(wanted)? {
        Status::Running(server) => {
            cx.report.answer(&format!("running:  PostgreSQL {} (pid {})", server.version, server.pid));
            cx.report.answer(&format!("url:      {}", url(cx, &server)));
            cx.report.answer(&format!(
                "tcp:      127.0.0.1:{}, password in {}",
                server.port,
                server.password_file.display()
            ));
            if let Some(bin) = &server.bin {
                cx.report.answer(&format!("programs: {}", bin.display()));
            }
            cx.report.answer(&format!("data:     {}", server.data_dir.display()));
            cx.report.answer(&format!("log:      {}", server.log.display()));
            running(cx, &server)
        }
        Status::Busy { pid, log } => {
            cx.report.answer(&format!("starting or stopping (pid {pid}); its log is {}", log.display()));
            state("starting", Some(pid), None, Some(&log))
        }
        Status::Stopped { data_dir, log, major } => {
            cx.report.answer(&format!("stopped; the data of PostgreSQL {major} are in {}", data_dir.display()));
            cx.report.talk("start it with `pgkeel db up`");
            state("stopped", None, Some(&data_dir), Some(&log))
        }
        Status::NeverInitialised { data_dir } => {
            cx.report.answer(&format!("there is none yet; its data will be in {}", data_dir.display()));
            cx.report.talk("make and start it with `pgkeel db up`");
            state("absent", None, Some(&data_dir), None)
        }
    };
    cx.report.document(document);
    Ok(())
}

fn psql(cx: &mut Context, wanted: &Wanted, arguments: &[String]) -> Outcome {
    let server = observe::running(wanted)?;
    let mut target = url(cx, &server);
    if look(cx, &target)?.is_none() {
        let name = target.dbname.replace("postgres".to_owned()).unwrap_or_default();
        cx.report.talk(&format!("the database `{name}` does not exist yet: `pgkeel up` makes it; this is `postgres`"));
    }
    let program = server.bin.as_deref().map(|bin| bin.join("psql")).filter(|path| path.exists());
    let program = program.unwrap_or_else(|| PathBuf::from("psql"));
    let mut command = std::process::Command::new(&program);
    command.arg(connection(&target)).args(arguments);
    Err(replace_process(&mut command, &program))
}

fn reset(cx: &mut Context, wanted: &Wanted, yes: bool) -> Outcome {
    if !yes && (cx.settings.confirm || cx.report.can_ask()) {
        confirm(cx, &format!("delete the development server of {} with all its data", wanted.root.display()))?;
    }
    let removed = control::remove(wanted)?;
    let data = removed.data_dir.display();
    cx.report.answer(&if removed.existed {
        format!("deleted {data}; `pgkeel db up` makes a new server")
    } else {
        "nothing to do: there is no development server".to_owned()
    });
    cx.report.document(
        json!({"state": "absent", "existed": removed.existed, "data": removed.data_dir.display().to_string()}),
    );
    Ok(())
}

fn programs(cx: &mut Context, wanted: &Wanted) -> Outcome {
    let programs = discover::discover(wanted)?;
    cx.report.answer(&programs.bin.display().to_string());
    cx.report.document(json!({"bin": programs.bin.display().to_string(), "version": programs.version}));
    Ok(())
}

/// What has to be fetched, for scripts: `db up` itself says why programs do not fit.
fn missing(cx: &mut Context, wanted: &Wanted) -> Outcome {
    let lacking = match discover::discover(wanted) {
        Ok(_) => Vec::new(),
        // Where the setting names the programs, no others are looked at.
        Err(DevServerError::NoPrograms { .. } | DevServerError::OtherMajor { .. }) if wanted.postgres_bin.is_some() => {
            Vec::new()
        }
        Err(DevServerError::NoPrograms { extensions, .. }) => lacking(extensions),
        Err(DevServerError::OtherMajor { made_by, .. }) if made_by == FETCHED_MAJOR => {
            lacking(wanted.extensions.clone())
        }
        Err(DevServerError::OtherMajor { .. }) => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    if !lacking.is_empty() {
        cx.report.answer(&lacking.join(","));
    }
    cx.report.document(json!({"extensions": lacking}));
    Ok(())
}

/// Every server offers plpgsql: it stands for programs without any extension.
fn lacking(extensions: Vec<String>) -> Vec<String> {
    if extensions.is_empty() { vec!["plpgsql".to_owned()] } else { extensions }
}

fn url(cx: &Context, server: &Running) -> Dsn {
    dsn(server, &cx.settings.database_name)
}

fn running(cx: &Context, server: &Running) -> Value {
    json!({
        "state": "running",
        "pid": server.pid,
        "port": server.port,
        "socket": server.socket_dir.display().to_string(),
        "data": server.data_dir.display().to_string(),
        "version": server.version,
        "url": url(cx, server).to_string(),
        "bin": server.bin.as_ref().map(|bin| bin.display().to_string()),
        "log": server.log.display().to_string(),
        "password_file": server.password_file.display().to_string(),
    })
}

fn state(state: &str, pid: Option<u32>, data: Option<&Path>, log: Option<&Path>) -> Value {
    let shown = |path: &Path| path.display().to_string();
    json!({
        "state": state, "pid": pid, "port": null, "socket": null, "data": data.map(shown), "version": null,
        "url": null, "log": log.map(shown),
    })
}

/// The connection as libpq's keywords, which psql takes as its first argument. There is no password in it.
fn connection(dsn: &Dsn) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"));
    let mut words = Vec::new();
    if let Some((host, port)) = dsn.hosts.first() {
        words.push(format!("host={}", quoted(host)));
        words.extend(port.map(|port| format!("port={port}")));
    }
    words.extend(dsn.dbname.as_deref().map(|name| format!("dbname={}", quoted(name))));
    words.extend(dsn.user.as_deref().map(|user| format!("user={}", quoted(user))));
    words.join(" ")
}

/// Becomes psql, so that the terminal and its signals are psql's alone. Returns only when that fails.
#[cfg(unix)]
fn replace_process(command: &mut std::process::Command, program: &Path) -> Failure {
    use std::os::unix::process::CommandExt as _;
    let error = command.exec();
    Diagnostic::new("file", Exit::Failed, format!("cannot run {}: {error}", program.display()))
        .help("install psql (the package postgresql-client), or use the build of scripts/fetch-postgres, which has it")
        .into()
}

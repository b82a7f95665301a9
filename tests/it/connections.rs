//! Where connections go and what they log in with: password files, services, several hosts, standbys; and that no
//! password is ever shown.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::own_server::OwnServer;
use crate::project::{Output, Project};

fn config(project: &Project, variables: &[(&str, &str)]) -> Value {
    let mut command = project.command(&["config", "--format", "json"]);
    Output::of(command.envs(variables.iter().copied()).output().unwrap()).exits(0).json()
}

fn origin(document: &Value, name: &str) -> (String, String) {
    let found = ["settings", "parameters"].iter().flat_map(|list| document[list].as_array().unwrap());
    let found = found.into_iter().find(|row| row["name"] == name).unwrap_or_else(|| panic!("no {name}"));
    (found["value"].as_str().unwrap_or_default().to_owned(), found["origin"].as_str().unwrap().to_owned())
}

fn private(project: &Project, path: &str, text: &str, mode: u32) {
    project.file(path, text);
    fs::set_permissions(project.path().join(path), fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn password_files_and_services_fill_what_is_open() {
    let project = Project::new();
    private(&project, ".pgpass", "# mine\nother:*:*:*:x\ndb:5433:app:me:geheim\n", 0o600);
    private(&project, "more.pgpass", "*:*:*:*:geheim\n", 0o600);
    private(&project, "open.pgpass", "*:*:*:*:geheim\n", 0o644);
    project.file(
        ".pg_service.conf",
        "[shop]\nhost=db\nport=5433\ndbname=app\nuser=me\nsslmode=verify-full\nsslrootcert=ca.crt\n",
    );
    let url = ("DATABASE_URL", "postgres://me@db:5433/app");
    let text = |value: &str, origin: &str| (value.to_owned(), origin.to_owned());

    assert_eq!(origin(&config(&project, &[url]), "database.password"), text("***", ".pgpass:3"));
    let elsewhere = ("DATABASE_URL", "postgres://me@db:5434/app");
    assert_eq!(origin(&config(&project, &[elsewhere]), "database.password"), text("", "default"));
    let named = config(&project, &[elsewhere, ("PGPASSFILE", "more.pgpass")]);
    assert_eq!(origin(&named, "database.password"), text("***", "more.pgpass:1"));
    let in_url = config(&project, &[("DATABASE_URL", "postgres://me@db:5434/app?passfile=more.pgpass")]);
    assert_eq!(origin(&in_url, "database.password"), text("***", "more.pgpass:1"));
    let set = config(&project, &[url, ("PGPASSWORD", "geheim")]);
    assert_eq!(origin(&set, "database.password"), text("***", "PGPASSWORD (libpq)"));
    let open = config(&project, &[url, ("PGPASSFILE", "open.pgpass")]);
    assert_eq!(origin(&open, "database.password"), text("", "default"));
    assert!(open["warnings"][0].as_str().unwrap().contains("others may read it (mode 644)"), "{open}");
    let gone = config(&project, &[url, ("PGPASSFILE", "gone")]);
    assert!(gone["warnings"][0].as_str().unwrap().contains("does not exist"), "{gone}");

    let service = ".pg_service.conf [shop]";
    for variables in [[("PGSERVICE", "shop"), ("X", "")], [("DATABASE_URL", "postgres://?service=shop"), ("X", "")]] {
        let found = config(&project, &variables);
        assert_eq!(origin(&found, "database.host"), text("db", service));
        assert_eq!(origin(&found, "database.port"), text("5433", service));
        assert_eq!(origin(&found, "database.name"), text("app", service));
        assert_eq!(origin(&found, "database.user"), text("me", service));
        assert_eq!(origin(&found, "sslmode"), text("verify-full", service));
        let (path, _) = origin(&found, "sslrootcert");
        assert_eq!(path, project.path().join("ca.crt").to_str().unwrap());
        assert_eq!(origin(&found, "database.password"), text("***", ".pgpass:3"));
    }
    // A service is a server: where another host is set, nothing of it is used.
    let other = config(&project, &[("PGSERVICE", "shop"), ("DATABASE_URL", "postgres://you@h/x")]);
    assert_eq!(other["database"], "postgresql://you@h/x");
    let partly = config(&project, &[("DATABASE_URL", "postgres:///?service=shop&user=you")]);
    assert_eq!(origin(&partly, "database.user"), text("you", "DATABASE_URL"));
    assert_eq!(origin(&partly, "database.host"), text("db", service));

    project.file("services", "[a]\nhost=x\nnonsense\n[b]\nsslmod=require\n[c]\nservice=a\n");
    let fails = |service: &str, texts: &[&str]| {
        let mut command = project.command(&["config"]);
        command.env("PGSERVICE", service).env("PGSERVICEFILE", "services");
        Output::of(command.output().unwrap()).exits(1).says(texts);
    };
    fails("a", &["error[settings]: this is no `name=value`", "services:3:1"]);
    fails("b", &["the parameter `sslmod` is unknown", "services:5:1"]);
    fails("c", &["can't name another service", "services:7:1"]);
    fails("bb", &["the service `bb` (PGSERVICE (libpq)) is not defined", "did you mean `b`?", "services"]);
}

/// A port at which nobody listens.
fn closed() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

#[test]
fn of_several_hosts_the_primary_is_taken_and_a_standby_is_told_apart() {
    let primary = OwnServer::start("primary", "");
    let standby = primary.standby("standby");
    let project = Project::new();
    project.revision("aaaa1111", "", "CREATE TABLE t (a int);", Some("DROP TABLE t;"));
    let run = |hosts: &str, parameters: &str, arguments: &[&str]| {
        let url = format!("postgresql://postgres@{hosts}/postgres?{parameters}");
        let mut command = project.command(arguments);
        command.env("DATABASE_URL", url).env("PGKEEL_CONNECT_WAIT", "0").env("PGKEEL_SCHEMA", "app");
        Output::of(command.output().unwrap())
    };
    let (first, second) = (format!("127.0.0.1:{}", primary.port()), format!("127.0.0.1:{}", standby.port()));
    let down = format!("127.0.0.1:{}", closed());

    for verb in [&["up"][..], &["upgrade", "head"], &["stamp", "head"], &["bootstrap"]] {
        let refused = run(&second, "", verb).exits(6).says(&["error[standby]", "primary"]);
        assert!(refused.stdout.is_empty(), "{verb:?} {refused:?}");
    }
    run(&second, "target_session_attrs=primary", &["detect"]).exits(6).says(&["error[standby]", "is no primary"]);
    run(&second, "", &["detect"]).exits(0);
    assert_eq!(primary.psql("SELECT count(*) FROM pg_namespace WHERE nspname IN ('app', 'pgkeel')"), "0\n");

    let all = format!("{down},{second},{first}");
    run(&all, "", &["up"]).exits(0);
    assert_eq!(primary.psql("SELECT count(*) FROM app.t"), "0\n");
    run(&all, "load_balance_hosts=random&target_session_attrs=read-write", &["downgrade", "-1"]).exits(0);
    run(&all, "target_session_attrs=standby", &["up"]).exits(6).says(&["error[standby]"]);
    run(&all, "target_session_attrs=prefer-standby", &["detect"]).exits(0);
    run(&format!("{down},127.0.0.1:{}", closed()), "", &["up"]).exits(4).says(&["cannot reach the server", "refused"]);
    run(&down, "sslmode=sometimes", &["up"]).exits(1).says(&["error[settings]", "sslmode=sometimes"]);
}

#[test]
fn a_server_that_does_not_answer_is_given_up_in_time() {
    // It takes connections and says nothing.
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("postgresql://me@127.0.0.1:{}/x", silent.local_addr().unwrap().port());
    let project = Project::new();
    let clock = Instant::now();
    let mut command = project.command(&["up"]);
    command.env("DATABASE_URL", url).env("PGKEEL_CONNECT_TIMEOUT", "500ms").env("PGKEEL_CONNECT_WAIT", "0");
    let output = Output::of(command.output().unwrap()).exits(4);
    output.says(&["no answer within 0.5 s", "connect_timeout"]);
    assert!(clock.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_password_is_shown_nowhere() {
    const CANARY: &str = "kanarien@vogel:/ #%1";
    let server = OwnServer::start("canary", "log_statement = all\npassword_encryption = 'scram-sha-256'");
    server.psql(&format!("CREATE ROLE app LOGIN CREATEDB PASSWORD '{CANARY}'"));
    server.file(
        "pg_hba.conf",
        "local all postgres trust\nlocal all app scram-sha-256\nhost all all 127.0.0.1/32 scram-sha-256\n",
    );
    server.reload();
    let project = Project::new();
    project.revision("aaaa1111", "", &format!("CREATE TABLE t (a int);\nALTER ROLE app PASSWORD '{CANARY}';"), None);
    let shown = |output: &Output| {
        let all = format!("{}{}", output.stdout, output.stderr);
        for piece in ["kanarien", "vogel", "kanarien%40vogel"] {
            assert!(!all.contains(piece), "{all}");
        }
    };
    let run = |database: &str, password: &str, arguments: &[&str]| {
        let mut command = project.command(arguments);
        command.env("DATABASE_HOST", "127.0.0.1").env("DATABASE_PORT", server.port().to_string());
        command.env("DATABASE_NAME", database).env("DATABASE_USER", "app").env("DATABASE_PASSWORD", password);
        let output = Output::of(command.env("PGKEEL_CONNECT_WAIT", "0").output().unwrap());
        shown(&output);
        output
    };
    run("shop", CANARY, &["up", "-v", "--create"]).exits(0);
    for verb in ["detect", "status", "current", "history", "config", "up"] {
        run("shop", CANARY, &[verb, "-v"]).exits(0);
        run("shop", CANARY, &[verb, "--format", "json"]).exits(0);
    }
    run("shop", &CANARY[1..], &["up"]).exits(4).says(&["error[authentication]"]);
    run("gone", CANARY, &["upgrade", "head"]).exits(6);

    // In a URL: encoded it works, unencoded it is refused with the place of the character.
    let url = |password: &str| format!("postgresql://app:{password}@127.0.0.1:{}/shop", server.port());
    let with_url = |url: &str, arguments: &[&str]| {
        let output = Output::of(project.command(arguments).env("DATABASE_URL", url).output().unwrap());
        shown(&output);
        output
    };
    with_url(&url("kanarien%40vogel%3A%2F%20%23%251"), &["up", "-v"]).exits(0);
    with_url(&url(CANARY), &["up", "-v"]).exits(1).says(&["error[settings]", "***%40***", "unencoded"]);
    let flag = url("kanarien%40vogel%3A%2F%20%23%251");
    let output = Output::of(project.command(&["current", "--database-url", &flag]).output().unwrap()).exits(0);
    shown(&output);
    assert!(output.stderr.contains("can be seen in the list of processes"), "{output:?}");

    let ledger = server
        .psql_in("shop", "SELECT h::text FROM pgkeel.history AS h UNION ALL SELECT j::text FROM pgkeel.journal AS j");
    assert!(ledger.contains("aaaa1111") && !ledger.contains("kanarien"), "{ledger}");
    // What pgkeel itself sends has no password in it; the revision's own text is the user's.
    let sent: String =
        server.log().lines().filter(|line| !line.contains("ALTER ROLE") && !line.contains("CREATE ROLE")).collect();
    assert!(!sent.contains("vogel"), "{sent}");
}

//! Connections that did not come about.

use crate::pg::connect::ConnectError;
use crate::pg::tls::error::{Problem, TlsError};
use crate::report::diagnostic::{Diagnostic, Exit};

impl From<ConnectError> for Diagnostic {
    fn from(error: ConnectError) -> Self {
        let (code, exit) = match &error {
            ConnectError::Interrupted => ("interrupted", Exit::Interrupted),
            ConnectError::NoDatabase { .. } => ("absent", Exit::Refused),
            ConnectError::Parameter(_) | ConnectError::Addresses { .. } | ConnectError::TlsFiles { .. } => {
                ("settings", Exit::Failed)
            }
            ConnectError::Refused { .. } | ConnectError::NoPassword { .. } => ("authentication", Exit::Connection),
            ConnectError::OtherKind { .. } => ("standby", Exit::Refused),
            ConnectError::Unreachable { .. }
            | ConnectError::NotYet { .. }
            | ConnectError::TooMany { .. }
            | ConnectError::NoTls { .. }
            | ConnectError::Tls { .. }
            | ConnectError::Other { .. } => ("connection", Exit::Connection),
        };
        let mut diagnostic = Self::from_error(code, exit, &error);
        if let Some(report) = error.report()
            && report.sqlstate.is_some()
        {
            diagnostic = diagnostic.server(report);
        }
        diagnostic.help = help(&error);
        diagnostic
    }
}

const WHERE_FROM: &str = "`pgkeel config` shows where";

fn help(error: &ConnectError) -> Vec<String> {
    let lines: Vec<String> = match error {
        ConnectError::Unreachable { error, .. } if error.message.contains("lookup") => {
            vec![format!("the host name is not known: correct it in the URL; {WHERE_FROM} it comes from")]
        }
        ConnectError::Unreachable { error, .. } if error.message.contains("No such file") => vec![
            format!("no server listens at that socket; {WHERE_FROM} the host comes from"),
            "for a private development server: `pgkeel db up`".to_owned(),
        ],
        ConnectError::Unreachable { error, .. } if error.message.starts_with("no answer") => vec![
            "something is there that does not answer: a firewall, a server that hangs, or one that is overloaded"
                .to_owned(),
            "a longer `connect_timeout` gives it more time".to_owned(),
        ],
        ConnectError::Unreachable { .. } => vec![
            format!("is the server running, and do host and port fit? {WHERE_FROM} they come from"),
            "for a private development server: `pgkeel db up`".to_owned(),
        ],
        ConnectError::NotYet { .. } => vec!["wait until it is up; `connect_wait` sets how long pgkeel waits".to_owned()],
        ConnectError::TooMany { .. } => {
            vec!["close other sessions, raise max_connections, or wait longer with `connect_wait`".to_owned()]
        }
        ConnectError::Refused { error, .. } if is_about_encryption(&error.message) => vec![
            "pg_hba.conf on the server has no line that lets this connection in as it was made".to_owned(),
            "where the message says `no encryption`, set sslmode=require in the URL; where it says `SSL encryption`, \
             sslmode=disable"
                .to_owned(),
        ],
        ConnectError::Refused { error, .. } if error.message.contains("certificate") => vec![
            "give a certificate that the server takes for this role: `sslcert` and `sslkey` in the URL".to_owned(),
            "the server may demand that its common name is the name of the role (pg_hba.conf, pg_ident.conf)".to_owned(),
        ],
        ConnectError::Refused { error, .. } if error.message.contains("channel binding") => {
            vec!["channel_binding=require needs TLS and a server that logs in with scram-sha-256".to_owned()]
        }
        ConnectError::Refused { error, user, .. } if error.is("42501") => vec![
            format!("let an administrator run: GRANT CONNECT ON DATABASE … TO {user};"),
            format!("{WHERE_FROM} role and database come from"),
        ],
        ConnectError::Refused { .. } => vec![
            format!("correct role and password; {WHERE_FROM} they come from"),
            "check pg_hba.conf on the server if both are right".to_owned(),
        ],
        ConnectError::NoPassword { .. } => vec![
            "set DATABASE_PASSWORD or DATABASE_PASSWORD_FILE, or add a line to ~/.pgpass: host:port:database:user:password"
                .to_owned(),
            format!("a password file is passed over where others may read it; {WHERE_FROM} the password comes from"),
        ],
        ConnectError::NoDatabase { .. } => {
            vec!["create it: `pgkeel bootstrap`, or `pgkeel up --create`".to_owned()]
        }
        ConnectError::Parameter(wrong) => {
            vec![format!("change {} in the URL, or leave it out; {WHERE_FROM} it comes from", wrong.parameter)]
        }
        ConnectError::Addresses { .. } => vec!["give one address for each host, or leave hostaddr out".to_owned()],
        ConnectError::TlsFiles { error } => of_file(error),
        ConnectError::NoTls { .. } => vec![
            "switch TLS on at the server (`ssl = on`, with a certificate), or ask its administrator".to_owned(),
            "only where the network is yours: sslmode=prefer takes a server without TLS as well".to_owned(),
        ],
        ConnectError::Tls { problem, place, .. } => of_handshake(*problem, place),
        ConnectError::OtherKind { .. } => {
            vec![format!("name another host, or change target_session_attrs; {WHERE_FROM} the hosts come from")]
        }
        ConnectError::Interrupted => vec!["run the command again".to_owned()],
        ConnectError::Other { error, .. } if error.message.contains("unsupported startup parameter") => {
            vec!["a pooler refuses `options` of the URL: leave them out, or set DATABASE_DIRECT_URL".to_owned()]
        }
        ConnectError::Other { .. } => vec!["correct what the server complains of and try again".to_owned()],
    };
    lines
}

fn is_about_encryption(message: &str) -> bool {
    message.contains("no pg_hba.conf entry")
}

fn of_file(error: &TlsError) -> Vec<String> {
    match error {
        TlsError::NoRoots => vec![
            "give the certificate of the authority that signed the server's: `sslrootcert=FILE` in the URL, or \
             ~/.postgresql/root.crt"
                .to_owned(),
            "sslrootcert=system believes what the operating system believes".to_owned(),
        ],
        TlsError::NoSystemRoots => {
            vec!["install them (the package ca-certificates), or give a file: `sslrootcert=FILE`".to_owned()]
        }
        TlsError::Read { .. } => {
            vec!["correct the path, and let this user read the file; relative paths start at the project".to_owned()]
        }
        TlsError::NoPem { .. } | TlsError::Pem { .. } => {
            vec!["give a PEM file; DER is turned into PEM by `openssl x509 -inform der`".to_owned()]
        }
        TlsError::Root { .. } => vec!["check it with `openssl x509 -text -noout -in FILE`".to_owned()],
        TlsError::NoKey { .. } => vec!["give it: `sslkey=FILE` in the URL, or ~/.postgresql/postgresql.key".to_owned()],
        TlsError::KeyMode { path, .. } => vec![
            format!("`chmod 600 {}`", path.display()),
            "a file of root may be readable by its group: mode 640".to_owned(),
        ],
        TlsError::EncryptedKey { path } => {
            vec![format!("decrypt it: `openssl pkey -in {} -out NEW`, and `chmod 600 NEW`", path.display())]
        }
        TlsError::Pair { .. } => vec!["give the key that the certificate was made with".to_owned()],
        TlsError::Library { .. } => vec!["change the TLS parameters of the URL".to_owned()],
    }
}

fn of_handshake(problem: Problem, place: &str) -> Vec<String> {
    let look = format!("look at it: `openssl s_client -starttls postgres -connect {place} -showcerts`");
    let mut lines = match problem {
        Problem::WrongName => vec![
            "connect with a name that is in the certificate (`hostaddr` may give the address beside it)".to_owned(),
            "sslmode=verify-ca checks the authority and not the name".to_owned(),
        ],
        Problem::UnknownIssuer => vec![
            "give the certificate of the authority that signed the server's: `sslrootcert=FILE` in the URL".to_owned(),
            "a file ~/.postgresql/root.crt counts in every mode, as with libpq".to_owned(),
        ],
        Problem::Expired => vec!["renew the server's certificate".to_owned()],
        Problem::NotYetValid => vec!["is the clock of this machine right?".to_owned()],
        Problem::Revoked => {
            vec![
                "renew the server's certificate, or the list of revoked ones (sslcrl, ~/.postgresql/root.crl)"
                    .to_owned(),
            ]
        }
        Problem::VersionOne => vec![
            "the certificate is of X.509 version 1, which is refused: `openssl x509 -req` makes such without `-extfile`"
                .to_owned(),
            "make it anew with `-extfile` and a line `subjectAltName = DNS:name`".to_owned(),
        ],
        Problem::ClientCertificate => vec![
            "the server wants a client certificate that it knows: `sslcert` and `sslkey` in the URL, or \
             ~/.postgresql/postgresql.crt and .key"
                .to_owned(),
        ],
        Problem::Protocol => {
            vec!["TLS 1.2 and 1.3 are spoken: has the server ssl_max_protocol_version set?".to_owned()]
        }
        Problem::Other => Vec::new(),
    };
    if problem != Problem::ClientCertificate {
        lines.push(look);
    }
    lines
}

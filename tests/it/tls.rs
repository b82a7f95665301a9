//! TLS against a server with certificates of the test's own making: libpq's modes, and what is said when it fails.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::own_server::OwnServer;
use crate::project::{Output, Project};

/// Authorities and certificates, made with the openssl program.
struct Certificates {
    directory: tempfile::TempDir,
}

impl Certificates {
    fn new() -> Self {
        let this = Self { directory: tempfile::tempdir().unwrap() };
        for authority in ["ca", "other"] {
            this.openssl(&format!(
                "req -new -x509 -days 30 -nodes -newkey ec -pkeyopt ec_paramgen_curve:P-256 -keyout {authority}.key \
                 -out {authority}.crt -subj /CN=Test-{authority}"
            ));
        }
        this
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn openssl(&self, arguments: &str) {
        let mut command = Command::new("openssl");
        let done = command.args(arguments.split_whitespace()).current_dir(self.directory.path()).output().unwrap();
        assert!(done.status.success(), "openssl {arguments}\n{}", String::from_utf8_lossy(&done.stderr));
    }

    /// Makes a certificate that `ca` signs.
    fn signed(&self, name: &str, subject: &str, extensions: Option<&str>, days: &str) {
        self.openssl(&format!(
            "req -new -nodes -newkey rsa:2048 -keyout {name}.key -out {name}.csr -subj /CN={subject}"
        ));
        fs::set_permissions(self.path(&format!("{name}.key")), fs::Permissions::from_mode(0o600)).unwrap();
        let mut with = String::new();
        if let Some(extensions) = extensions {
            fs::write(self.path("extensions"), extensions).unwrap();
            with.push_str("-extfile extensions");
        }
        self.openssl(&format!(
            "x509 -req -in {name}.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out {name}.crt -sha256 {days} {with}"
        ));
    }
}

const HBA: &str = "local all all trust
hostssl all alice 127.0.0.1/32 cert
hostssl all carol 127.0.0.1/32 scram-sha-256
hostssl all tlsonly 127.0.0.1/32 trust
hostnossl all plainonly 127.0.0.1/32 trust
host all postgres 127.0.0.1/32 trust
host replication all 127.0.0.1/32 trust
";

struct Setup {
    server: OwnServer,
    certificates: Certificates,
    project: Project,
}

impl Setup {
    fn new() -> Self {
        let certificates = Certificates::new();
        certificates.signed("good", "localhost", Some("subjectAltName = DNS:localhost"), "-days 30");
        let server = OwnServer::start("tls", "");
        server.file("ca.crt", &certificates.text("ca.crt"));
        server.file("server.crt", &certificates.text("good.crt"));
        server.file("server.key", &certificates.text("good.key"));
        server.file("pg_hba.conf", HBA);
        server.configure("ssl = on\nssl_ca_file = 'ca.crt'");
        server.control("restart");
        server.psql(
            "CREATE ROLE alice LOGIN; CREATE ROLE carol LOGIN PASSWORD 'geheim'; CREATE ROLE tlsonly LOGIN; \
             CREATE ROLE plainonly LOGIN; CREATE FUNCTION public.speaks_tls() RETURNS text LANGUAGE sql AS \
             'SELECT concat(ssl, '' '', version) FROM pg_stat_ssl WHERE pid = pg_backend_pid()'",
        );
        Self { server, certificates, project: Project::new() }
    }

    /// Runs a reading command with this role and these parameters. `HOST` stands for the server, `DIR` for the directory
    /// of the certificates.
    fn detect(&self, user: &str, host: &str, parameters: &str) -> Output {
        self.run(user, host, parameters, &["detect", "--format", "json"])
    }

    fn run(&self, user: &str, host: &str, parameters: &str, arguments: &[&str]) -> Output {
        let directory = self.certificates.directory.path().to_str().unwrap();
        let parameters = parameters.replace("DIR", directory);
        let url = format!("postgresql://{user}@{host}:{}/postgres?{parameters}", self.server.port());
        let mut command = self.project.command(arguments);
        Output::of(command.env("DATABASE_URL", url).env("PGKEEL_CONNECT_WAIT", "0").output().unwrap())
    }

    /// Gives the server another certificate, and waits until it shows it.
    fn certificate(&self, name: &str) {
        self.server.file("server.crt", &self.certificates.text(&format!("{name}.crt")));
        self.server.file("server.key", &self.certificates.text(&format!("{name}.key")));
        self.server.reload();
        let place = format!("127.0.0.1:{}", self.server.port());
        let wanted: String = self.certificates.text(&format!("{name}.crt")).split_whitespace().collect();
        let end = Instant::now() + Duration::from_secs(10);
        loop {
            let done = Command::new("openssl")
                .args(["s_client", "-starttls", "postgres", "-connect", &place])
                .stdin(std::process::Stdio::null())
                .output()
                .unwrap();
            let shown: String = String::from_utf8_lossy(&done.stdout).split_whitespace().collect();
            if shown.contains(&wanted[27..200]) {
                return;
            }
            assert!(Instant::now() < end, "the server does not take the certificate {name}: {}", self.server.log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

fn copy(from: &Path, to: &Path, mode: u32) {
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    fs::copy(from, to).unwrap();
    fs::set_permissions(to, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn modes_and_certificates_mean_what_libpq_says() {
    let setup = Setup::new();
    let (name, address) = ("localhost", "127.0.0.1");
    let ok = |user: &str, host: &str, parameters: &str| {
        let parameters = format!("hostaddr=127.0.0.1&{parameters}");
        setup.detect(user, host, &parameters).exits(0)
    };
    let fails = |user: &str, host: &str, parameters: &str, code: i32, texts: &[&str]| {
        let parameters = format!("hostaddr=127.0.0.1&{parameters}");
        let output = setup.run(user, host, &parameters, &["detect"]).exits(code);
        assert!(!output.stderr.contains("geheim") && output.stderr.contains("help:"), "{output:?}");
        output.says(texts)
    };

    // Which roles get in tells whether TLS was spoken.
    ok("tlsonly", address, "");
    ok("tlsonly", address, "sslmode=allow");
    ok("tlsonly", address, "sslmode=require");
    ok("plainonly", address, "sslmode=disable");
    ok("plainonly", address, "sslmode=allow");
    ok("plainonly", address, "sslmode=prefer");
    fails("tlsonly", address, "sslmode=disable", 4, &["error[authentication]", "no encryption", "sslmode=require"]);
    fails("plainonly", address, "sslmode=require", 4, &["SSL encryption", "sslmode=disable"]);

    // Who is believed.
    ok("tlsonly", address, "sslmode=verify-ca&sslrootcert=DIR/ca.crt");
    ok("tlsonly", name, "sslmode=verify-full&sslrootcert=DIR/ca.crt");
    ok("tlsonly", name, "sslmode=verify-full&sslrootcert=DIR/ca.crt&ssl_min_protocol_version=TLSv1.3&sslsni=0");
    ok("tlsonly", name, "sslmode=verify-full&sslrootcert=DIR/ca.crt&ssl_max_protocol_version=TLSv1.2");
    fails(
        "tlsonly",
        address,
        "sslmode=verify-full&sslrootcert=DIR/ca.crt",
        4,
        &["error[connection]", "for another name", "verify-ca"],
    );
    fails(
        "tlsonly",
        address,
        "sslmode=verify-ca&sslrootcert=DIR/other.crt",
        4,
        &["nobody who is believed", "sslrootcert=FILE"],
    );
    fails("tlsonly", address, "sslmode=require&sslrootcert=DIR/other.crt", 4, &["UnknownIssuer"]);
    fails("tlsonly", address, "sslmode=verify-ca", 1, &["error[settings]", "no root certificate", "root.crt"]);
    fails("tlsonly", address, "sslmode=verify-ca&sslrootcert=DIR/gone.crt", 1, &["gone.crt", "correct the path"]);
    fails("tlsonly", address, "sslmode=verify-ca&sslrootcert=DIR/ca.key", 1, &["there is no certificate in"]);
    fails("tlsonly", name, "sslmode=verify-full&sslrootcert=system", 4, &["UnknownIssuer"]);
    fails("tlsonly", address, "sslmode=verify_full", 1, &["error[settings]", "did you mean `verify-full`?"]);
    // `prefer` goes on in plain text where TLS fails.
    ok("plainonly", address, "sslrootcert=DIR/other.crt");

    // Client certificates.
    setup.certificates.signed("alice", "alice", None, "-days 30");
    let client = "sslmode=require&sslcert=DIR/alice.crt&sslkey=DIR/alice.key";
    ok("alice", address, client);
    fails("alice", address, "sslmode=require", 4, &["certificate", "sslcert"]);
    fails("alice", address, &format!("{client}&sslcertmode=disable"), 4, &["certificate"]);
    fails("alice", address, "sslmode=require&sslcert=DIR/alice.crt", 1, &["no private key"]);
    fails("alice", address, "sslmode=require&sslcert=DIR/alice.crt&sslkey=DIR/good.key", 1, &["cannot be used"]);
    let key = setup.certificates.path("alice.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    fails("alice", address, client, 1, &["may be read by others (mode 644)", "chmod 600"]);
    setup.certificates.openssl("pkey -in good.key -aes256 -passout pass:geheim -out locked.key");
    fs::set_permissions(setup.certificates.path("locked.key"), fs::Permissions::from_mode(0o600)).unwrap();
    fails(
        "alice",
        address,
        "sslmode=require&sslcert=DIR/alice.crt&sslkey=DIR/locked.key",
        1,
        &["is encrypted", "openssl pkey"],
    );

    // Passwords, with the login bound to the channel.
    ok("carol:geheim", address, "sslmode=require&channel_binding=require");
    ok("carol:geheim", address, "sslmode=require&channel_binding=disable");
    fails("carol:geheimer", address, "sslmode=require", 4, &["error[authentication]", "28P01"]);
    fails("carol", address, "sslmode=require", 4, &["wants a password for `carol`, and none is set", "~/.pgpass"]);
    fails("tlsonly", address, "sslmode=require&channel_binding=require", 4, &["channel binding"]);

    // Sockets have no TLS, whatever the settings say.
    let url = format!(
        "host={} port={} user=alice dbname=postgres sslmode=verify-full",
        setup.server.sockets(),
        setup.server.port()
    );
    Output::of(setup.project.command(&["detect"]).env("DATABASE_URL", url).output().unwrap()).exits(0);

    // Default files.
    let home = setup.project.path().join(".postgresql");
    copy(&setup.certificates.path("ca.crt"), &home.join("root.crt"), 0o644);
    copy(&setup.certificates.path("alice.crt"), &home.join("postgresql.crt"), 0o644);
    copy(&key, &home.join("postgresql.key"), 0o600);
    ok("alice", name, "sslmode=verify-full");
    copy(&setup.certificates.path("other.crt"), &home.join("root.crt"), 0o644);
    fails("tlsonly", address, "sslmode=require", 4, &["UnknownIssuer"]);
    fs::remove_dir_all(&home).unwrap();

    // Certificates that are not in order.
    setup.certificates.signed("old", "localhost", Some("subjectAltName = DNS:localhost"), "-days -1");
    setup.certificate("old");
    fails("tlsonly", name, "sslmode=verify-ca&sslrootcert=DIR/ca.crt", 4, &["expired", "renew"]);
    ok("tlsonly", name, "sslmode=require");
    setup.certificates.signed("v1", "localhost", None, "-days 30");
    setup.certificate("v1");
    fails("tlsonly", name, "sslmode=verify-ca&sslrootcert=DIR/ca.crt", 4, &["X.509 version 1", "-extfile"]);
    // As the manual of PostgreSQL makes one: signed by itself, named only by its common name.
    setup.certificates.openssl(
        "req -new -x509 -days 30 -nodes -newkey rsa:2048 -keyout manual.key -out manual.crt -subj /CN=localhost",
    );
    setup.certificate("manual");
    ok("tlsonly", name, "sslmode=verify-full&sslrootcert=DIR/manual.crt");
    fails("tlsonly", address, "sslmode=verify-full&sslrootcert=DIR/manual.crt", 4, &["for another name"]);

    // A server without TLS.
    setup.server.configure("ssl = off");
    setup.server.control("restart");
    ok("plainonly", address, "sslmode=prefer");
    fails("plainonly", address, "sslmode=require", 4, &["does not support TLS", "ssl = on"]);
}

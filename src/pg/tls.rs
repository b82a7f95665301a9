//! TLS with libpq's meanings (PostgreSQL manual 34.19): which certificates are believed, which one is shown.
//!
//! Nothing is read or set up before a server has agreed to speak TLS, so a connection without it costs nothing; only the
//! modes that verify look at their files first, so that a missing one is told whatever the server says.

pub(crate) mod error;
mod files;
mod verify;

use std::pin::Pin;
use std::sync::{Arc, OnceLock};

use postgres::Socket;
use postgres::tls::{MakeTlsConnect, TlsConnect};
use rustls::crypto::ring::default_provider;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ClientConfig, InconsistentKeys};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::pg::params::{Roots, SslMode, TlsWanted};
use crate::pg::tls::error::TlsError;
use crate::pg::tls::files::{certificates, client_certificate, roots_of_system, what_is_there};
use crate::pg::tls::verify::{Believed, key_of, verifier};

/// How TLS is spoken with one server; for cancel requests, too.
#[derive(Clone, Debug)]
pub(crate) struct Tls {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    wanted: TlsWanted,
    config: OnceLock<Result<Arc<ClientConfig>, TlsError>>,
}

/// The handshake with a server of this name.
pub(crate) struct Handshake {
    tls: Tls,
    name: String,
}

type Stream = <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream;
type Failure = Box<dyn std::error::Error + Send + Sync>;

impl Tls {
    /// Keeps in mind how TLS is to be spoken. Reads no file.
    pub(crate) fn new(wanted: TlsWanted) -> Self {
        Self { shared: Arc::new(Shared { wanted, config: OnceLock::new() }) }
    }

    /// Reads the files that a verifying mode needs, before anything is sent.
    ///
    /// # Errors
    /// Files that are missing, not readable, or no certificates and keys.
    pub(crate) fn check(&self) -> Result<(), TlsError> {
        if self.shared.wanted.mode >= SslMode::Require { self.config().map(drop) } else { Ok(()) }
    }

    fn config(&self) -> Result<Arc<ClientConfig>, TlsError> {
        self.shared.config.get_or_init(|| build(&self.shared.wanted).map(Arc::new)).clone()
    }
}

impl MakeTlsConnect<Socket> for Tls {
    type Stream = Stream;
    type TlsConnect = Handshake;
    type Error = std::convert::Infallible;

    fn make_tls_connect(&mut self, name: &str) -> Result<Handshake, Self::Error> {
        Ok(Handshake { tls: self.clone(), name: name.to_owned() })
    }
}

impl TlsConnect<Socket> for Handshake {
    type Stream = Stream;
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<Stream, Failure>> + Send>>;

    fn connect(self, stream: Socket) -> Self::Future {
        let Self { tls, name } = self;
        let config = match tls.config() {
            Ok(config) => config,
            Err(error) => return Box::pin(std::future::ready(Err(Box::new(error) as Failure))),
        };
        let mut maker = MakeRustlsConnect::new(config.as_ref().clone());
        let Ok(handshake) = MakeTlsConnect::<Socket>::make_tls_connect(&mut maker, &name);
        Box::pin(async move { handshake.connect(stream).await.map_err(|error| Box::new(error) as Failure) })
    }
}

fn build(wanted: &TlsWanted) -> Result<ClientConfig, TlsError> {
    let provider = Arc::new(default_provider());
    let all = [(wanted.versions.0, &rustls::version::TLS12), (wanted.versions.1, &rustls::version::TLS13)];
    let versions: Vec<_> = all.into_iter().filter_map(|(spoken, version)| spoken.then_some(version)).collect();
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&versions)
        .map_err(|error| TlsError::Library { text: error.to_string() })?;
    let verifier = verifier(&believed(wanted)?, wanted.mode == SslMode::VerifyFull, &provider)?;
    let builder = builder.dangerous().with_custom_certificate_verifier(verifier);
    let mut config = match client_certificate(wanted)? {
        None => builder.with_no_client_auth(),
        Some((chain, key, path)) => {
            let wrong = |error: rustls::Error| TlsError::Pair { path: path.clone(), text: error.to_string() };
            let key = provider.key_provider.load_private_key(key).map_err(wrong)?;
            // Servers take certificates of X.509 version 1, too, which the library's own comparison cannot read.
            let keys = (key.public_key(), chain.first().and_then(key_of));
            if let (Some(ours), Some(certified)) = keys
                && ours.as_ref() != certified.as_slice()
            {
                return Err(wrong(rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch)));
            }
            let pair = CertifiedKey::new(chain, key);
            builder.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(pair)))
        }
    };
    config.enable_sni = wanted.sends_name;
    // What libpq 17 says as well; direct negotiation demands it (PostgreSQL manual 53.2.11).
    config.alpn_protocols = vec![b"postgresql".to_vec()];
    Ok(config)
}

/// Returns whose certificates are believed. As with libpq, a root certificate that is there is used in every mode; where
/// there is none, only the modes that verify complain.
fn believed(wanted: &TlsWanted) -> Result<Option<Believed>, TlsError> {
    let path = match &wanted.roots {
        Roots::System => return roots_of_system().map(|roots| Some(Believed { roots, revoked: Vec::new() })),
        Roots::File(path) => Some(path.clone()),
        Roots::Default => what_is_there(wanted.directory.as_deref(), "root.crt"),
    };
    let Some(path) = path else {
        return if wanted.mode >= SslMode::VerifyCa { Err(TlsError::NoRoots) } else { Ok(None) };
    };
    let revoked = wanted.revoked.clone().or_else(|| what_is_there(wanted.directory.as_deref(), "root.crl"));
    let revoked = revoked.map_or(Ok(Vec::new()), |path| files::revoked(&path))?;
    Ok(Some(Believed { roots: certificates(&path)?, revoked }))
}

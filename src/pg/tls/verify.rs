//! Verifies a server's certificate with libpq's meanings: `verify-ca` looks at the chain, `verify-full` at the name, too.
//!
//! Beyond what rustls does, as OpenSSL does it for libpq: a certificate that is itself among the believed ones is
//! believed (the self-signed certificate of the PostgreSQL manual), and a certificate that names no host but in its
//! common name is for that host.

use std::net::IpAddr;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use x509_cert::Certificate;
use x509_cert::der::oid::db::rfc4519::CN;
use x509_cert::der::{Decode, Encode, Tag, Tagged};
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

use crate::pg::tls::error::TlsError;

/// Whom to believe.
pub(super) struct Believed {
    pub(super) roots: Vec<CertificateDer<'static>>,
    pub(super) revoked: Vec<CertificateRevocationListDer<'static>>,
}

#[derive(Debug)]
struct Verifier {
    /// None: whoever answers is believed.
    chain: Option<Arc<WebPkiServerVerifier>>,
    /// Believed as they are.
    roots: Vec<CertificateDer<'static>>,
    name: bool,
    algorithms: WebPkiSupportedAlgorithms,
}

/// Makes the verifier. With nobody to believe it takes every certificate, as `sslmode=require` does.
pub(super) fn verifier(
    believed: &Option<Believed>,
    name: bool,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, TlsError> {
    let algorithms = provider.signature_verification_algorithms;
    let Some(Believed { roots, revoked }) = believed else {
        return Ok(Arc::new(Verifier { chain: None, roots: Vec::new(), name, algorithms }));
    };
    let mut store = RootCertStore::empty();
    let (added, _) = store.add_parsable_certificates(roots.iter().cloned());
    if added == 0 {
        return Err(TlsError::Root { text: "it is broken, or of a kind that is not known".to_owned() });
    }
    let chain = WebPkiServerVerifier::builder_with_provider(Arc::new(store), Arc::clone(provider))
        .with_crls(revoked.iter().cloned())
        .build()
        .map_err(|error| TlsError::Root { text: error.to_string() })?;
    Ok(Arc::new(Verifier { chain: Some(chain), roots: roots.clone(), name, algorithms }))
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(chain) = &self.chain else { return Ok(ServerCertVerified::assertion()) };
        let verified = if self.roots.iter().any(|root| root.as_ref() == certificate.as_ref()) {
            is_valid_now(certificate, now)
                .and_then(|()| verify_server_name(&ParsedCertificate::try_from(certificate)?, name))
        } else {
            chain.verify_server_cert(certificate, intermediates, name, ocsp_response, now).map(drop)
        };
        match verified {
            // The name is looked at last: everything else is right.
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if !self.name || is_common_name(certificate, name) => Ok(ServerCertVerified::assertion()),
            verified => verified.map(|()| ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

fn is_valid_now(certificate: &CertificateDer<'_>, now: UnixTime) -> Result<(), Error> {
    let parsed = parsed(certificate).ok_or(Error::InvalidCertificate(CertificateError::BadEncoding))?;
    let validity = parsed.tbs_certificate.validity;
    if now.as_secs() > validity.not_after.to_unix_duration().as_secs() {
        return Err(Error::InvalidCertificate(CertificateError::Expired));
    }
    if now.as_secs() < validity.not_before.to_unix_duration().as_secs() {
        return Err(Error::InvalidCertificate(CertificateError::NotValidYet));
    }
    Ok(())
}

/// Returns the public key of a certificate, as it stands there.
pub(super) fn key_of(certificate: &CertificateDer<'_>) -> Option<Vec<u8>> {
    parsed(certificate)?.tbs_certificate.subject_public_key_info.to_der().ok()
}

fn parsed(certificate: &CertificateDer<'_>) -> Option<Certificate> {
    Certificate::from_der(certificate.as_ref()).ok()
}

/// Returns whether the certificate has no name of a host but the common name, and that is this one (PostgreSQL manual
/// 34.19.1).
fn is_common_name(certificate: &CertificateDer<'_>, name: &ServerName<'_>) -> bool {
    let Some(parsed) = parsed(certificate) else { return false };
    let named = parsed.tbs_certificate.get::<SubjectAltName>().ok().flatten().is_some_and(|(_, names)| {
        names.0.iter().any(|name| matches!(name, GeneralName::DnsName(_) | GeneralName::IpAddress(_)))
    });
    if named {
        return false;
    }
    let attributes = parsed.tbs_certificate.subject.0.iter().flat_map(|set| set.0.iter());
    let common = attributes.filter(|attribute| attribute.oid == CN).find_map(|attribute| {
        let textual = matches!(
            attribute.value.tag(),
            Tag::Utf8String | Tag::PrintableString | Tag::Ia5String | Tag::TeletexString
        );
        std::str::from_utf8(attribute.value.value()).ok().filter(|_| textual).map(str::to_owned)
    });
    common.is_some_and(|common| fits(&common, name))
}

/// A wildcard stands for the whole first label and nothing else; an address must be equal.
fn fits(common: &str, name: &ServerName<'_>) -> bool {
    match name {
        ServerName::IpAddress(address) => common.parse::<IpAddr>().is_ok_and(|common| common == IpAddr::from(*address)),
        ServerName::DnsName(host) => {
            let host = host.as_ref().trim_end_matches('.');
            match common.strip_prefix("*.") {
                None => common.eq_ignore_ascii_case(host),
                Some(rest) => host.split_once('.').is_some_and(|(_, domain)| domain.eq_ignore_ascii_case(rest)),
            }
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use rustls::pki_types::ServerName;

    use super::fits;

    #[test]
    fn a_wildcard_stands_for_one_label() {
        let name = |text: &'static str| ServerName::try_from(text).unwrap();
        for (common, host, fit) in [
            ("db.example.org", "DB.example.org", true),
            ("*.example.org", "db.example.org", true),
            ("*.example.org", "a.db.example.org", false),
            ("*.example.org", "example.org", false),
            ("d*.example.org", "db.example.org", false),
            ("127.0.0.1", "127.0.0.1", true),
            ("*.0.0.1", "127.0.0.1", false),
        ] {
            assert_eq!(fits(common, &name(host)), fit, "{common} {host}");
        }
    }
}

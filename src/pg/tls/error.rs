//! What can be wrong with TLS: our own files, and the server's certificate.

use std::path::PathBuf;

use rustls::CertificateError;

/// A file or setting of ours that cannot be used. It names no secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TlsError {
    /// A mode that verifies, and nothing to verify with.
    #[error("there is no root certificate to verify the server with")]
    NoRoots,
    /// The operating system has no certificates.
    #[error("the operating system has no root certificates")]
    NoSystemRoots,
    /// A file cannot be read.
    #[error("cannot read {}: {text}", path.display())]
    Read { path: PathBuf, text: String },
    /// A file without what it is for.
    #[error("there is no {what} in {}", path.display())]
    NoPem { path: PathBuf, what: &'static str },
    /// A file that is broken.
    #[error("{} is no PEM file: {text}", path.display())]
    Pem { path: PathBuf, text: String },
    /// A root certificate that cannot be used.
    #[error("a root certificate cannot be used: {text}")]
    Root { text: String },
    /// A client certificate without key.
    #[error("there is no private key for the client certificate {}", certificate.display())]
    NoKey { certificate: PathBuf },
    /// A key that others may read.
    #[error("the private key {} may be read by others (mode {mode:03o})", path.display())]
    KeyMode { path: PathBuf, mode: u32 },
    /// A key with a password.
    #[error("the private key {} is encrypted", path.display())]
    EncryptedKey { path: PathBuf },
    /// A certificate and a key that do not belong together.
    #[error("the client certificate {} and its key cannot be used: {text}", path.display())]
    Pair { path: PathBuf, text: String },
    /// The library refuses.
    #[error("TLS cannot be set up: {text}")]
    Library { text: String },
}

/// Why the handshake failed, as far as there is advice for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// The certificate is for another name.
    WrongName,
    /// Nobody who is believed has signed it.
    UnknownIssuer,
    /// It is not valid any more.
    Expired,
    /// It is not valid yet.
    NotYetValid,
    /// It has been revoked, or nobody knows.
    Revoked,
    /// It is of X.509 version 1.
    VersionOne,
    /// The server demands a client certificate, or does not take ours.
    ClientCertificate,
    /// The server knows no version or cipher of ours.
    Protocol,
    /// Something else.
    Other,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::WrongName => "its certificate is for another name",
            Self::UnknownIssuer => "nobody who is believed has signed its certificate",
            Self::Expired => "its certificate has expired",
            Self::NotYetValid => "its certificate is not valid yet",
            Self::Revoked => "its certificate is revoked, or the list of revoked ones does not fit",
            Self::VersionOne => "its certificate is of X.509 version 1",
            Self::ClientCertificate => "it does not take our certificate, or demands one",
            Self::Protocol => "it speaks no version of TLS that we speak",
            Self::Other => "the handshake did not come to its end",
        })
    }
}

impl Problem {
    /// Tells what an error of the library means.
    pub(crate) fn of(error: &rustls::Error) -> Self {
        use rustls::AlertDescription as Alert;
        const OF_CERTIFICATES: [Alert; 8] = [
            Alert::CertificateRequired,
            Alert::BadCertificate,
            Alert::UnknownCA,
            Alert::CertificateUnknown,
            Alert::CertificateExpired,
            Alert::CertificateRevoked,
            Alert::UnsupportedCertificate,
            Alert::AccessDenied,
        ];
        if let rustls::Error::InvalidCertificate(certificate) = error {
            return Self::of_certificate(certificate);
        }
        if let rustls::Error::AlertReceived(alert) = error {
            return match alert {
                known if OF_CERTIFICATES.contains(known) => Self::ClientCertificate,
                known if [Alert::ProtocolVersion, Alert::HandshakeFailure].contains(known) => Self::Protocol,
                _ => Self::Other,
            };
        }
        if matches!(error, rustls::Error::PeerIncompatible(_)) { Self::Protocol } else { Self::Other }
    }

    fn of_certificate(error: &CertificateError) -> Self {
        use CertificateError as Fault;
        if matches!(error, Fault::NotValidForName | Fault::NotValidForNameContext { .. }) {
            Self::WrongName
        } else if matches!(error, Fault::UnknownIssuer) {
            Self::UnknownIssuer
        } else if matches!(error, Fault::Expired | Fault::ExpiredContext { .. }) {
            Self::Expired
        } else if matches!(error, Fault::NotValidYet | Fault::NotValidYetContext { .. }) {
            Self::NotYetValid
        } else if matches!(
            error,
            Fault::Revoked
                | Fault::UnknownRevocationStatus
                | Fault::ExpiredRevocationList
                | Fault::ExpiredRevocationListContext { .. }
        ) {
            Self::Revoked
        } else if format!("{error:?}").contains("UnsupportedCertVersion") {
            // The library keeps this one of its parser's errors closed.
            Self::VersionOne
        } else {
            Self::Other
        }
    }
}

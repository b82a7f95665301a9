//! The files of TLS: certificates, keys, lists of revoked certificates.

use std::path::{Path, PathBuf};

use rustls::pki_types::pem::{Error as PemError, PemObject};
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer};

use crate::pg::params::TlsWanted;
use crate::pg::tls::error::TlsError;

/// A client certificate with its chain, its key, and the file that it came from.
pub(super) type ClientCertificate = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>, PathBuf);

/// Returns a default file, if it is there.
pub(super) fn what_is_there(directory: Option<&Path>, name: &str) -> Option<PathBuf> {
    directory.map(|directory| directory.join(name)).filter(|path| path.exists())
}

/// Reads the certificates of a file.
pub(super) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let text = read(path)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) => Err(TlsError::NoPem { path: path.to_owned(), what: "certificate" }),
        Err(error) => Err(TlsError::Pem { path: path.to_owned(), text: error.to_string() }),
    }
}

/// Reads the lists of revoked certificates of a file.
pub(super) fn revoked(path: &Path) -> Result<Vec<CertificateRevocationListDer<'static>>, TlsError> {
    let text = read(path)?;
    let found: Result<Vec<_>, _> = CertificateRevocationListDer::pem_slice_iter(&text).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) => Err(TlsError::NoPem { path: path.to_owned(), what: "list of revoked certificates" }),
        Err(error) => Err(TlsError::Pem { path: path.to_owned(), text: error.to_string() }),
    }
}

/// Reads the certificates that the operating system believes, or those of `SSL_CERT_FILE`.
pub(super) fn roots_of_system() -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let loaded = rustls_native_certs::load_native_certs();
    if loaded.certs.is_empty() { Err(TlsError::NoSystemRoots) } else { Ok(loaded.certs) }
}

/// Reads the client's certificate and key: those that are named, else the default files where they are.
pub(super) fn client_certificate(wanted: &TlsWanted) -> Result<Option<ClientCertificate>, TlsError> {
    if !wanted.sends_certificate {
        return Ok(None);
    }
    let default = |name: &str| what_is_there(wanted.directory.as_deref(), name);
    let Some(certificate) = wanted.certificate.clone().or_else(|| default("postgresql.crt")) else {
        return Ok(None);
    };
    let Some(key) = wanted.key.clone().or_else(|| default("postgresql.key")) else {
        return Err(TlsError::NoKey { certificate });
    };
    Ok(Some((certificates(&certificate)?, private_key(&key)?, certificate)))
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    check_mode(path)?;
    let text = read(path)?;
    // pki_types passes over sections that it does not know, such as this one.
    if text.windows(BEGIN_ENCRYPTED.len()).any(|window| window == BEGIN_ENCRYPTED)
        || text.windows(ENCRYPTED_HEADER.len()).any(|window| window == ENCRYPTED_HEADER)
    {
        return Err(TlsError::EncryptedKey { path: path.to_owned() });
    }
    PrivateKeyDer::from_pem_slice(&text).map_err(|error| {
        if matches!(error, PemError::NoItemsFound) {
            return TlsError::NoPem { path: path.to_owned(), what: "private key" };
        }
        TlsError::Pem { path: path.to_owned(), text: error.to_string() }
    })
}

const BEGIN_ENCRYPTED: &[u8] = b"-----BEGIN ENCRYPTED PRIVATE KEY";
const ENCRYPTED_HEADER: &[u8] = b"Proc-Type: 4,ENCRYPTED";

/// libpq's rule (PostgreSQL manual 34.19.2): nobody but the owner, or where root owns the file, nobody but root and the
/// group that may read it.
#[cfg(unix)]
fn check_mode(path: &Path) -> Result<(), TlsError> {
    use std::os::unix::fs::MetadataExt as _;
    let found =
        std::fs::metadata(path).map_err(|error| TlsError::Read { path: path.to_owned(), text: error.to_string() })?;
    let forbidden = if found.uid() == 0 { 0o037 } else { 0o077 };
    if found.mode() & forbidden == 0 {
        return Ok(());
    }
    Err(TlsError::KeyMode { path: path.to_owned(), mode: found.mode() & 0o777 })
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    std::fs::read(path).map_err(|error| TlsError::Read { path: path.to_owned(), text: error.to_string() })
}

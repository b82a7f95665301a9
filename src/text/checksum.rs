//! Checksums of sections and statements.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

/// Returns the SHA-256 of a text as 64 lower-case hexadecimal digits.
pub(crate) fn sha256(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

/// Returns bytes as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut hex, byte| {
        // Writing to a String cannot fail.
        write!(hex, "{byte:02x}").ok();
        hex
    })
}

/// Returns the first eight bytes of the SHA-256 of a text as a signed number: a key for advisory locks.
pub(crate) fn lock_key(text: &str) -> i64 {
    Sha256::digest(text.as_bytes()).iter().take(8).fold(0_i64, |key, byte| (key << 8) | i64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::{lock_key, sha256};

    #[test]
    fn known_digest() {
        assert_eq!(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(lock_key("abc"), 0xba78_16bf_8f01_cfea_u64 as i64);
    }
}

//! Which TCP port the server takes.

use std::net::{Ipv4Addr, TcpListener};

/// The first of the ports from which a project's own is chosen: above PostgreSQL's 5432, below the range that Linux
/// gives to outgoing connections.
const FIRST: u16 = 15_432;
const HOW_MANY: u16 = 2_000;

/// Returns the first choice for a project: the same each time, and most likely another than for the next project.
pub(super) fn of_project(digest: &str) -> u16 {
    let number = u32::from_str_radix(digest.get(..6).unwrap_or_default(), 16).unwrap_or_default();
    FIRST + u16::try_from(number % u32::from(HOW_MANY)).unwrap_or_default()
}

/// Tells whether a server could listen on a port now.
pub(super) fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// Returns a free port, near the given one where possible.
pub(super) fn free_near(port: u16) -> Option<u16> {
    (port..port.saturating_add(50)).find(|port| is_free(*port)).or_else(|| {
        let any = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).ok()?;
        any.local_addr().ok().map(|address| address.port())
    })
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener};

    use super::{FIRST, HOW_MANY, free_near, is_free, of_project};

    #[test]
    fn projects_have_ports_of_their_own() {
        assert_eq!(of_project("000000000000"), FIRST);
        assert_eq!(of_project("0007d0ffffff"), FIRST);
        assert!(of_project("ffffffffffff") < FIRST + HOW_MANY);
        assert_ne!(of_project("0a1b2c3d4e5f"), of_project("0a1b2d3d4e5f"));
    }

    #[test]
    fn taken_ports_are_passed_over() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        assert!(!is_free(port));
        assert_ne!(free_near(port).unwrap(), port);
    }
}

//! The migrations directories.

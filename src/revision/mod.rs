//! The revision graph and its files.

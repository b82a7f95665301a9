//! Settings, each with its origin.

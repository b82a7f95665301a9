//! Facts of a database → its state.

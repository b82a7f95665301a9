//! What will be done, as a value.

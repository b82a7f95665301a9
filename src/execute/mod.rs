//! A plan on a locked session → events.

//! The revision graph and its files: what a header says, how revisions hang together, what a target means, which
//! revisions run in which order. No IO.

pub(crate) mod check;
pub(crate) mod graph;
pub(crate) mod id;
pub(crate) mod order;
pub(crate) mod rows;
pub(crate) mod script;
pub(crate) mod target;
pub(crate) mod template;

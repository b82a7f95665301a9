//! The only writer: stdout carries the answer, stderr the talk.

pub(crate) mod config;
pub(crate) mod diagnostic;
pub(crate) mod explain;

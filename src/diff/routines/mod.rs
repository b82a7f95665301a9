//! Routines: functions and procedures, aggregates.

pub(super) mod aggregate;
pub(super) mod function;

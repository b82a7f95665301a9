//! Wanted database objects and what is there → steps.

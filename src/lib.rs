//! pgkeel takes a PostgreSQL database from nothing to the newest revision, and keeps it there.
//!
//! # Floors
//!
//! Imports go down only; `tests/it/layers.rs` keeps it.
//!
//! | floor | modules | does IO |
//! |---|---|---|
//! | 12 | `cli` | parses |
//! | 11 | `commands` | through others |
//! | 10 | `report` | writes to two streams |
//! | 9 | `shadow` | yes |
//! | 8 | `execute` | yes |
//! | 7 | `pg`, `workspace`, `settings`, `devserver` (not each other) | yes |
//! | 6 | `world` (clock, randomness, signals) | yes |
//! | 5 | `bootstrap` | no |
//! | 4 | `plan`, `convert`, `diff`, `adopt` (not each other) | no |
//! | 3 | `detect` | no |
//! | 2 | `revision`, `catalog` (not each other) | no |
//! | 1 | `text` | no |
//!
//! # Invariants
//!
//! 1. Deciding code does no IO, so it fails only for reasons found in its input.
//! 2. What is run was a plan first; `--dry-run` shows exactly that value.
//! 3. The version table and the ledger change only inside the transaction of the step that they record, or are marked
//!    begun before and done after.
//! 4. Nothing is written to the target's version table without the lock; the type `Locked` is the proof.
//! 5. Text reaches SQL as a parameter, an identifier or a literal of `text`.

mod adopt;
mod bootstrap;
mod catalog;
mod cli;
mod commands;
mod convert;
mod detect;
mod devserver;
mod diff;
mod execute;
mod pg;
mod plan;
mod report;
mod revision;
mod settings;
mod shadow;
mod text;
mod workspace;
mod world;

pub use crate::cli::run;

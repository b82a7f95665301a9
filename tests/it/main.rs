//! The one test binary. Each test talks to a real server: `make test` starts it, or `scripts/with-postgres cargo test`.
#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a harness that cannot work ends the test; what is skipped is said on stderr; tests are told by variables where the server is"
)]

mod adopt;
mod along;
mod autogenerate;
mod autogenerate_data;
mod autogenerate_proof;
mod bootstrap;
mod bootstrap_roles;
mod concurrency;
mod connections;
mod detect;
mod devserver;
mod diff_cases;
mod docs;
mod drift;
mod errors;
mod execution;
mod faults;
mod graph;
mod graph_cases;
mod import;
mod large;
mod layers;
mod main_job;
mod own_server;
mod pgbouncer;
mod project;
mod records;
mod resume;
mod server;
mod sets;
mod settings;
mod shadow;
mod shadow_private;
mod terminal;
mod tls;

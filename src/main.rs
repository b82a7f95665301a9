//! The binary: everything stands in the library, so that it is compiled once.

use std::process::ExitCode;

fn main() -> ExitCode {
    pgkeel::run(std::env::args_os())
}

//! The `synse` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    synse::cli::main(std::env::args_os())
}

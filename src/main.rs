//! The `synse` program.

use std::process::ExitCode;

fn main() -> ExitCode {
<<<<<<< HEAD
    synse::cli::main(std::env::args_os())
=======
    synse::cli::main()
>>>>>>> encoder
}

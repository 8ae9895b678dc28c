//! The `lightfall` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    lightfall_cli::run(std::env::args_os())
}

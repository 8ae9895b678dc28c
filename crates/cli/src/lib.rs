//! The lightfall command line: arguments, progress, reports, plots; no physics.

#![forbid(unsafe_code)]

mod annealing;
mod args;
pub mod chart;
mod command;
mod failure;
mod figure;
mod interrupt;
mod photons;
mod progress;
mod solve;
mod sweep;
mod table;
mod topologies;

use args::{Cli, Command};
use clap::{CommandFactory, FromArgMatches};
use failure::Failure;
use std::ffi::OsString;
use std::process::ExitCode;

/// Runs the command line; returns its exit code: 0 done, 1 the run failed, 2 the input was wrong, 3 interrupted.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let parsed = Cli::command().try_get_matches_from(arguments).and_then(|m| Cli::from_arg_matches(&m));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(e) => {
            // Help and version go to stdout with code 0, mistakes to stderr with code 2.
            let _ = e.print();
            return if e.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS };
        }
    };
    let outcome = match cli.command {
        Command::Compare(a) => command::compare(&a),
        Command::Solve(a) => solve::run(&a),
        Command::Photons(a) => photons::run(&a),
        Command::Train(a) => photons::train::run(&a),
        Command::Plot(a) => command::plot(&a),
        Command::Record(a) => command::record(&a),
        Command::New(a) => command::new(&a),
        Command::Check(a) => command::check(&a),
        Command::Schema(a) => command::schema(&a),
        Command::Topologies(a) => topologies::run(&a),
        Command::Completions(a) => command::completions(&a),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Interrupted(how)) => {
            failure::tell(&how);
            ExitCode::from(3)
        }
        Err(failure) => {
            failure.print();
            ExitCode::from(failure.code())
        }
    }
}

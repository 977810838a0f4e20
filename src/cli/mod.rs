//! The command line.

pub mod features;
pub mod train;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Names what people do in front of a depth camera.
#[derive(Parser, Debug)]
#[command(name = "synse", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Trains models.
    Train(train::TrainArgs),
    /// Writes the features of every clip of a store.
    Features(features::FeaturesArgs),
}

/// Runs the program.
pub fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .init();
    let mut out = std::io::stdout();
    let done = match Cli::parse().command {
        Command::Train(args) => train::run_train(&args, &mut out),
        Command::Features(args) => features::run_features(&args, &mut out),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

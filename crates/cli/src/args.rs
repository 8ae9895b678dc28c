//! Arguments.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Simulate quantum and optical hardware that computes by falling down energy landscapes.
#[derive(Debug, Parser)]
#[command(name = "lightfall", version, about, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Compare levels of description of one device: energy descent with errors, differences, a figure.
    Compare(CompareArgs),
    /// What accuracy costs in photons: a trained network on an optical device.
    Photons(PhotonsArgs),
    /// Train the network of a photon model further, with the noise of its device.
    Train(TrainArgs),
    /// Draw the figures of a record again.
    Plot(PlotArgs),
    /// Write what one trajectory measured as CSV: currents, or clicks.
    Record(RecordArgs),
    /// Write a model file with every default spelled out.
    New(NewArgs),
    /// Check a model file and say what a run of it takes.
    Check(CheckArgs),
    /// Print the JSON Schema of model files.
    Schema(SchemaArgs),
    /// List the coupling topologies a model file can name, or show some: keys, a picture of J, its spectrum.
    Topologies(TopologiesArgs),
    /// Print completions for a shell.
    Completions(CompletionsArgs),
}

/// Output format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// A table for people.
    #[default]
    Text,
    /// JSON on stdout.
    Json,
    /// CSV on stdout: level, observable, time, mean, stderr, n.
    Csv,
}

#[derive(Debug, Args)]
pub(crate) struct CompareArgs {
    /// Model file.
    pub(crate) model: PathBuf,
    /// Folder for record.zarr and the figures; `out/NAME` by default.
    #[arg(short, long)]
    pub(crate) out: Option<PathBuf>,
    /// Seed instead of the model's.
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// Trajectories per level and instance instead of the model's.
    #[arg(long)]
    pub(crate) trajectories: Option<u64>,
    /// Worker threads; 0 means one per processor.
    #[arg(long, default_value_t = 0)]
    pub(crate) threads: usize,
    /// Levels, separated by commas, instead of the model's.
    #[arg(long, value_delimiter = ',')]
    pub(crate) levels: Option<Vec<String>>,
    /// Level the others are compared with.
    #[arg(long)]
    pub(crate) reference: Option<String>,
    /// How levels are matched: `auto` by instance where there are several; `noise` forces the general path so that
    /// heterodyne and product trajectories share their noise.
    #[arg(long, default_value = "auto")]
    pub(crate) pair: String,
    /// Stop a level once OBSERVABLE has this standard error at the last time, such as `energy=0.01`.
    #[arg(long, value_name = "OBSERVABLE=STDERR")]
    pub(crate) target: Option<String>,
    /// Stop a level after this many seconds over all its instances (or 30s, 5m, 2h).
    #[arg(long)]
    pub(crate) time_limit: Option<String>,
    /// Override a key of the model, such as `device.open-ising.wz=2.0`; may be repeated.
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// Compare at every value of a key, such as `device.cavity.kappa=0.1:5:6:log` (KEY=FROM:TO:N, KEY=FROM:TO:N:log, KEY=A,B,C); repeated for a grid.
    #[arg(long, value_name = "KEY=VALUES")]
    pub(crate) sweep: Vec<String>,
    /// Continue an unfinished run.
    #[arg(long)]
    pub(crate) resume: bool,
    /// Replace the record of another run.
    #[arg(long)]
    pub(crate) force: bool,
    /// Output format on stdout.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
    /// No progress bars and no notes.
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Args)]
pub(crate) struct PhotonsArgs {
    /// Model file.
    pub(crate) model: PathBuf,
    /// Folder for photons.json and the figures; `out/NAME` by default.
    #[arg(short, long)]
    pub(crate) out: Option<PathBuf>,
    /// Seed instead of the model's.
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// Worker threads; 0 means one per processor.
    #[arg(long, default_value_t = 0)]
    pub(crate) threads: usize,
    /// Override a key of the model, such as `photons.targets=[0.9]`; may be repeated.
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// Take over the figures of a run that was cut off.
    #[arg(long)]
    pub(crate) resume: bool,
    /// Output format on stdout.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
    /// No progress bars and no notes.
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Args)]
pub(crate) struct TrainArgs {
    /// Model file; its table [training] says how.
    pub(crate) model: PathBuf,
    /// npz file for the trained weights.
    #[arg(short, long)]
    pub(crate) out: PathBuf,
    /// Seed instead of the model's.
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// Override a key of the model, such as `training.epochs=20`; may be repeated.
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// Replace a file that exists.
    #[arg(long)]
    pub(crate) force: bool,
    /// No progress bars and no notes.
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Args)]
pub(crate) struct PlotArgs {
    /// Folder of a run, or its record.zarr.
    pub(crate) result: PathBuf,
    /// Folder for the figures; the folder of the record by default.
    #[arg(short, long)]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct RecordArgs {
    /// Folder of a run, or its record.zarr.
    pub(crate) result: PathBuf,
    /// Level whose record is written, such as `homodyne`.
    #[arg(long)]
    pub(crate) level: String,
    /// Trajectory.
    #[arg(long, default_value_t = 0)]
    pub(crate) trajectory: u64,
    /// Instance of the device.
    #[arg(long, default_value_t = 0)]
    pub(crate) instance: u64,
    /// The clicks of a level that also has currents.
    #[arg(long)]
    pub(crate) clicks: bool,
    /// File to write; standard output by default.
    #[arg(short, long)]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct NewArgs {
    /// Kind of device, such as `open-ising`.
    pub(crate) kind: String,
    /// File to write; standard output by default.
    #[arg(short, long)]
    pub(crate) out: Option<PathBuf>,
    /// Overwrite the file.
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// Model file.
    pub(crate) model: PathBuf,
    /// Override a key of the model; may be repeated.
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct TopologiesArgs {
    /// Topologies to show, or model files whose couplings to show; a list of all if none.
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,
    /// Folder for figures of J and its spectrum, NAME.svg and NAME.png; of all topologies if none is named.
    #[arg(short, long)]
    pub(crate) out: Option<PathBuf>,
    /// Seed of drawn couplings.
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
    /// Output format: text or json.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// Shell.
    pub(crate) shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
pub(crate) struct SchemaArgs {
    /// Kind of model: of `compare`, or of `photons`.
    #[arg(value_enum, default_value_t)]
    pub(crate) kind: SchemaKind,
}

/// Kind of model file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaKind {
    /// Levels of a device.
    #[default]
    Compare,
    /// A photon budget.
    Photons,
}
